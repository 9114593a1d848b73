// Keeps a wall right for weeks. Frames change the headline at once; everything else is renewed by
// fetching the page itself and swapping the parts that changed, after a change and once a minute:
// lamps turn by the clock alone, "today" becomes another day, the server comes back with other files.
// One timer does it all, nodes are reused or dropped, nothing is added twice.
import { follow, timeOfDay } from "./lib/live.js";
import { fill, wordsOf } from "./lib/words.js";

const TURN_S = 30;
const RENEW_S = 60; // at the latest, also without a change
const CHANGED_S = 10; // after a change: sums by unit and village need not follow every case
const KEPT = 8;

export default function boardWall(root) {
  const words = wordsOf(root);
  const shownHtml = new Map();
  let turns = turnsOf(root);
  let turn = 0;
  let turnedAt = Date.now();
  let renewedAt = Date.now();
  let freshAt = Date.now();
  let cursor = Number(root.dataset.cursor);
  let renewedCursor = cursor;
  let renewing = false;
  let connection = "plain";
  let ended = ""; // "ended": nobody is signed in any more; "gone": the area is no more
  for (const part of parts(root)) shownHtml.set(part.dataset.part, part.outerHTML);

  function take(frame) {
    if (frame?.gone) return end("gone");
    if (!frame || (!frame.reset && !(frame.cursor > cursor))) return;
    cursor = frame.cursor;
    freshAt = Date.now();
    if (frame.figures) showFigures(root, frame.figures);
    showCards(root, frame.cards ?? [], frame.reset);
    if (frame.net !== undefined && String(frame.net) !== root.dataset.net) renewedCursor = -1;
  }

  function end(why) {
    ended = why;
    say();
  }

  async function renew() {
    const at = cursor;
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (response.status === 404) return end("gone");
    // Sent to the page where one signs in: it is said, and asked again, in case somebody does.
    if (response.redirected || response.status === 401 || response.status === 403) return end("ended");
    if (!response.ok) throw new Error(`wall: ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-build]");
    if (!fresh) throw new Error("wall: another page");
    if (fresh.dataset.build !== root.dataset.build) return location.reload();
    const again = ended !== "";
    ended = "";
    apply(page, fresh, at);
    if (again) live.again();
  }

  function apply(page, fresh, at) {
    const moved = ["from", "to", "areaCode"].some((name) => fresh.dataset[name] !== root.dataset[name]);
    const older = Number(fresh.dataset.cursor) < cursor && !moved;
    const otherNet = fresh.dataset.net !== root.dataset.net;
    for (const name of ["from", "to", "net"]) root.dataset[name] = fresh.dataset[name];
    for (const after of parts(fresh)) {
      const name = after.dataset.part;
      if (name === "map" && !otherNet) continue;
      // What came by a frame meanwhile is newer than the page.
      if (older && after.dataset.byFrame !== undefined) continue;
      swap(name, after);
    }
    const script = root.querySelector("script[data-turns]");
    const newTurns = page.querySelector("script[data-turns]").textContent;
    if (script.textContent !== newTurns) {
      script.textContent = newTurns;
      turns = turnsOf(root);
    }
    showTurn();
    renewedCursor = at;
    freshAt = Date.now();
    say();
    if (!moved) return;
    // Another day: the server is asked for another view, whatever it told of the old one.
    cursor = 0;
    live.again();
  }

  function swap(name, after) {
    const html = after.outerHTML;
    const before = root.querySelector(`[data-part="${name}"]`);
    if (!before || (shownHtml.get(name) === html && after.dataset.byFrame === undefined)) return;
    shownHtml.set(name, html);
    before.replaceWith(document.adoptNode(after));
  }

  function showTurn() {
    const now = turns[turn % turns.length];
    root.querySelector("[data-turn-title]").textContent = now.words;
    for (const area of root.querySelectorAll(".map-area")) {
      area.dataset.class = String(now.classes[area.dataset.area] ?? "none");
    }
    for (const label of root.querySelectorAll(".map-label")) {
      label.querySelector("[data-text]").textContent = now.texts[label.dataset.area] ?? "";
    }
    const legend = root.querySelectorAll("[data-legend]");
    legend.forEach((one, n) => (one.textContent = now.legend[n] ?? ""));
    for (const one of root.querySelectorAll("[data-turn]")) {
      one.toggleAttribute("aria-current", Number(one.dataset.turn) === turn % turns.length);
    }
  }

  function say() {
    const name = ended || connection;
    root.dataset.live = name;
    if (name === "plain") return;
    const n = Math.max(0, Math.round((Date.now() - freshAt) / 1000));
    put(root.querySelector("[data-fresh]"), fill(words[name], { n, time: timeOfDay(new Date(freshAt)) }));
  }

  function clock() {
    const [lang, timeZone] = [document.documentElement.lang, root.dataset.zone];
    const now = new Date();
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
    const day = { month: "long", day: "numeric", weekday: "long", timeZone };
    put(root.querySelector("[data-clock]"), new Intl.DateTimeFormat(lang, time).format(now));
    put(root.querySelector("[data-day]"), new Intl.DateTimeFormat(lang, day).format(now));
  }

  function tick() {
    clock();
    say();
    const now = Date.now();
    if (now - turnedAt >= TURN_S * 1000) {
      turnedAt = now;
      turn += 1;
      showTurn();
    }
    const wait = cursor !== renewedCursor && !ended ? CHANGED_S : RENEW_S;
    if (renewing || now - renewedAt < wait * 1000) return;
    renewing = true;
    renewedAt = now;
    renew()
      .catch((error) => console.warn("the wall stays as it is", error))
      .finally(() => (renewing = false));
  }

  async function poll() {
    const address = new URL(root.dataset.url, location.href);
    const { areaCode: area, from, to } = root.dataset;
    for (const [name, value] of Object.entries({ after: cursor, area, from, to })) {
      address.searchParams.set(name, value);
    }
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    if (response.status === 404) return end("gone");
    if (response.redirected || response.status === 401 || response.status === 403) return end("ended");
    if (!response.ok) throw new Error(`changes: ${response.status}`);
    if (response.status !== 204) take(await response.json());
    freshAt = Date.now();
  }

  const live = follow({
    watch: () => {
      const { areaCode: area, from, to } = root.dataset;
      return { topic: "board", area, from, to, cursor };
    },
    event: "board",
    take,
    poll,
    state: (name) => {
      // A server that comes back may have other files and another day: look at once.
      if (name !== "cut" && connection === "cut") renewedAt = 0;
      if (name === "on") freshAt = Date.now();
      connection = name;
      say();
    },
  });
  clock();
  setInterval(tick, 1000);
}

const turnsOf = (root) => JSON.parse(root.querySelector("script[data-turns]").textContent);
const parts = (root) => [...root.querySelectorAll("[data-part]")];

function showFigures(root, figures) {
  for (const element of root.querySelectorAll("[data-figure]")) {
    if (figures[element.dataset.figure] !== undefined) put(element, figures[element.dataset.figure]);
  }
  if (figures.bar !== undefined) root.querySelector("[data-bar]").setAttribute("width", figures.bar);
  for (const element of root.querySelectorAll("[data-indicator]")) {
    const value = figures.key?.[element.dataset.indicator];
    if (!value) continue;
    for (const piece of element.querySelectorAll("[data-piece]")) put(piece, value[piece.dataset.piece]);
  }
  const ripe = figures.key?.closure_rate?.maturity;
  if (ripe !== undefined) put(root.querySelector("[data-maturity]"), ripe);
}

// The html is rendered and escaped by the server's own template; a parser, not innerHTML, reads it.
function showCards(root, cards, reset) {
  const list = root.querySelector("[data-feed]");
  if (reset && cards.length) list.replaceChildren();
  const known = new Set([...list.children].map((one) => Number(one.dataset.position)));
  for (const card of [...cards].sort((a, b) => a.position - b.position).slice(-KEPT)) {
    if (known.has(card.position)) continue;
    const page = new DOMParser().parseFromString(card.html, "text/html");
    const item = page.querySelector("li.feed-card");
    if (item) list.prepend(document.adoptNode(item));
  }
  while (list.children.length > KEPT) list.lastElementChild.remove();
}

function put(element, value) {
  const text = typeof value === "number" ? value.toLocaleString("en") : String(value);
  if (element.textContent !== text) element.textContent = text;
}
