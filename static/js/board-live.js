// Keeps the board's figures equal to the log. A frame, pushed, acknowledged or polled:
//   {cursor, reset?, figures: {received, closed, open, overdue, numerator, denominator: integers,
//    closure_rate_text, bar, lamps?: {green, yellow, red, grey}, key: {code: {text, numerator,
//    denominator, maturity}}},
//    areas: [{code, cls, rate_text, measure, measure_parts, received, closed, open, overdue, label}],
//    cards: [{position, html}]}
// Only what changed need be in it. It is applied when its cursor is newer, or when it says reset.
// "net" is the version of the areas: with another one map and table are fetched anew. {gone: true}
// instead of a frame: the area of this board ended with such a change.
// The parts that draw for themselves (map, feed) hear "gridgov:frame" on the root.
import { tell } from "./lib/dom.js";
import { flashBy } from "./lib/flash.js";
import { follow, showState, timeOfDay } from "./lib/live.js";
import { fill, wordsOf } from "./lib/words.js";

const OF_THE_NET = [".board-map", ".board-areas", ".crumbs", ".board-parts"];
const SPREAD_MS = 2000; // all boards of a district renew at one change: not in the same second

export default function boardLive(root) {
  const words = wordsOf(root);
  const note = root.querySelector("[data-stale]");
  const { areaCode: area, from, to, by } = root.dataset;
  let cursor = Number(root.dataset.cursor);
  let fresh = new Date();
  let [renewing, ended] = [false, false];

  function take(frame) {
    if (frame?.gone) return gone();
    if (!frame || (!frame.reset && !(frame.cursor > cursor))) return;
    cursor = frame.cursor;
    root.dataset.cursor = String(cursor);
    fresh = new Date();
    if (frame.figures) showFigures(root, frame.figures);
    if (frame.figures?.key) showKey(root, frame.figures.key);
    for (const one of frame.areas ?? []) showArea(root, one);
    flash(changed.splice(0));
    tell(root, "frame", frame);
    if (frame.net !== undefined && String(frame.net) !== root.dataset.net) renewSoon();
  }

  function renewSoon() {
    if (renewing) return;
    renewing = true;
    const start = () => renew().catch(failed).finally(() => (renewing = false));
    setTimeout(start, Math.random() * SPREAD_MS);
  }

  async function renew() {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (response.status === 404) return gone();
    if (!response.ok || response.redirected) throw new Error(`board: ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of OF_THE_NET) swap(part, page);
    ended = false;
    root.dataset.net = page.querySelector("[data-net]").dataset.net;
    showNote("");
  }

  function gone() {
    ended = true;
    root.dataset.net = "";
    showNote(words.gone);
  }

  // What stands under a note is old: dimmed, with the time it is from or why it ended.
  function showNote(sentence) {
    root.classList.toggle("board-old", sentence !== "");
    note.hidden = sentence === "";
    note.textContent = sentence;
  }

  async function poll() {
    const address = new URL(root.dataset.url, location.href);
    for (const [name, value] of Object.entries({ after: cursor, area, from, to, by })) {
      if (value !== "") address.searchParams.set(name, value);
    }
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    if (response.status === 404) return gone();
    if (!response.ok || response.redirected) throw new Error(`changes: ${response.status}`);
    if (response.status !== 204) take(await response.json());
    fresh = new Date();
  }

  function state(name) {
    showState(name);
    if (ended) return;
    if (name !== "cut") fresh = new Date();
    showNote(name === "cut" ? fill(words.stale, { time: timeOfDay(fresh) }) : "");
  }

  // "Today" and "since launch" end today: a board that hangs on a wall over midnight asks anew.
  const begun = new Date().toDateString();
  if (!new URLSearchParams(location.search).has("from")) {
    setInterval(() => new Date().toDateString() !== begun && location.reload(), 60_000);
  }

  follow({
    watch: () => ({ topic: "board", area, from, to, by, cursor }),
    event: "board",
    take,
    poll,
    state,
  });
}

const flash = flashBy("just-changed");
const changed = []; // by the frame that is being taken

const failed = (error) => console.warn("the map stays as it is", error);
function swap(part, page) {
  const [before, after] = [document.querySelector(part), page.querySelector(part)];
  // One of the two has no parts to show at all: another kind of page.
  if (!before !== !after) location.reload();
  if (!before || !after) return;
  before.replaceWith(document.adoptNode(after));
  tell(after, "added");
}

function showFigures(root, figures) {
  for (const element of root.querySelectorAll("[data-figure]")) {
    const value = figures[element.dataset.figure];
    if (value !== undefined) put(element, value);
  }
  for (const element of root.querySelectorAll("[data-lamp]")) {
    const value = figures.lamps?.[element.dataset.lamp];
    if (value !== undefined) put(element, value);
  }
  const bar = root.querySelector("[data-bar]");
  if (bar && figures.bar !== undefined) bar.setAttribute("width", figures.bar);
}

// The key figures beside the headline, each by its code, and how ripe the headline is.
function showKey(root, key) {
  for (const element of root.querySelectorAll("[data-indicator]")) {
    const value = key[element.dataset.indicator];
    if (!value) continue;
    for (const part of element.querySelectorAll("[data-part]")) put(part, value[part.dataset.part]);
  }
  const ripe = root.querySelector("[data-maturity]");
  if (ripe && key.closure_rate) ripe.textContent = key.closure_rate.maturity;
}

function showArea(root, area) {
  for (const element of root.querySelectorAll(`[data-area="${CSS.escape(area.code)}"]`)) {
    for (const field of element.querySelectorAll("[data-field]")) {
      const value = area[field.dataset.field];
      if (value !== undefined) put(field, value);
    }
    if (element.dataset.class !== undefined && area.cls !== undefined) {
      element.dataset.class = area.cls ?? "none";
      if (area.label) element.setAttribute("aria-label", area.label);
    }
    if (element.dataset.disc !== undefined && area.overdue !== undefined) {
      element.toggleAttribute("data-zero", area.overdue === 0);
    }
  }
}

function put(element, value) {
  const text = typeof value === "number" ? value.toLocaleString("en") : String(value);
  element.toggleAttribute("data-zero", value === 0);
  if (element.textContent === text) return;
  element.textContent = text;
  changed.push(element);
}
