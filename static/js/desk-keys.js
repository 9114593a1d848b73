// The desk by keyboard: walking the list, the case beside it, choosing rows, single keys for acts.
// Single keys act only while the list or the case has the focus and nobody types (WCAG 2.1.4).
// What is chosen and shown survives a live update of the list; everything is links and forms without
// this script.
import { tell } from "./lib/dom.js";
import { fill, wordsOf } from "./lib/words.js";

const STEP = { j: 1, k: -1 };
const ACTS = { d: "dispatch", v: "ask_verify", m: "merge", r: "rule", e: "grant_extension", u: "urge", c: "reply", t: "note" };
const LINKS = { n: "new", a: "approvals", s: "split" };
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const NEAR_PX = 800;

export default function deskKeys(queue) {
  const words = wordsOf(queue);
  const side = document.querySelector("[data-desk-case]");
  const announce = queue.querySelector("[data-announce]");
  const help = queue.querySelector("[data-keys]");
  const helpButton = queue.querySelector("[data-help]");
  const chosen = new Set();
  let asking = 0;

  const links = () => [...queue.querySelectorAll("[data-case] th a[href]")];
  const rowOf = (id) => queue.querySelector(`[data-case="${CSS.escape(id)}"]`);
  const say = (sentence) => {
    announce.textContent = sentence;
  };

  // ── the list ──────────────────────────────────────────
  function walk(step) {
    const all = links();
    const here = all.indexOf(document.activeElement.closest?.("tr")?.querySelector("th a"));
    const shown = all.findIndex((one) => one.closest("tr").hasAttribute("aria-current"));
    const from = here >= 0 ? here : shown;
    const next = all[from < 0 ? 0 : Math.min(Math.max(from + step, 0), all.length - 1)];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    say(fill(words.row, { n: all.indexOf(next) + 1, all: all.length, title: next.textContent }));
  }

  function current() {
    const here = document.activeElement.closest?.("[data-case]");
    const id = here?.dataset.case ?? side.querySelector("[data-case-shown]")?.dataset.caseShown;
    return (id && rowOf(id)?.querySelector("th a")) || null;
  }

  function choose(link) {
    const box = link?.closest("tr").querySelector("[name=case_id]");
    if (!box) return;
    box.checked = !box.checked;
    note(box);
  }

  function note(box) {
    if (box.checked) chosen.add(box.value);
    else chosen.delete(box.value);
    const sentence = chosen.size ? fill(words.chosen, { n: chosen.size }) : "";
    queue.querySelector("[data-chosen]").textContent = sentence;
  }

  queue.addEventListener("change", (event) => {
    if (event.target.name === "case_id") note(event.target);
  });

  // A live update brought new rows: what was chosen and shown stays so.
  queue.addEventListener("gridgov:added", () => {
    for (const box of queue.querySelectorAll("[name=case_id]")) box.checked = chosen.has(box.value);
    mark(side.querySelector("[data-case-shown]")?.dataset.caseShown);
    watchEnd();
  });

  // ── the case beside it ────────────────────────────────
  async function show(link, { focus = false } = {}) {
    const turn = (asking += 1);
    side.hidden = false;
    document.querySelector("main.desk, .desk")?.classList.add("desk-split");
    side.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(link.dataset.panelUrl, { headers: { Accept: "text/html" } });
      if (!response.ok || response.redirected) throw new Error(`case: ${response.status}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (turn !== asking) return false;
      const fresh = document.adoptNode(page.querySelector("[data-panel]"));
      side.querySelector("[data-panel]").replaceWith(fresh);
      side.scrollTop = 0;
      mark(link.closest("tr").dataset.case);
      history.replaceState(null, "", link.href);
      tell(fresh, "added");
      if (focus) fresh.querySelector("#panel-title")?.focus({ preventScroll: true });
      return true;
    } catch (error) {
      console.warn("the case did not load", error);
      if (turn === asking) say(words.failed);
      return false;
    } finally {
      if (turn === asking) side.removeAttribute("aria-busy");
    }
  }

  function mark(id) {
    for (const row of queue.querySelectorAll("[data-case][aria-current]")) row.removeAttribute("aria-current");
    for (const one of side.querySelectorAll("[data-point]")) one.classList.toggle("is-chosen", one.dataset.point === id);
    if (id) rowOf(id)?.setAttribute("aria-current", "true");
  }

  const plain = (event) => event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;

  queue.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel-url]");
    if (!link || plain(event)) return;
    event.preventDefault();
    // On a narrow screen the panel stands below a long list, not beside it: the case has its own page.
    if (matchMedia("(max-width: 1023px)").matches) location.assign(link.dataset.page);
    else show(link);
  });

  side.addEventListener("click", (event) => {
    const link = rowOf(event.target.closest("[data-point]")?.dataset.point ?? "")?.querySelector("th a");
    if (!link || plain(event)) return;
    event.preventDefault();
    show(link, { focus: true });
  });

  // ── acts ──────────────────────────────────────────────
  async function act(name) {
    const link = current();
    const shown = side.querySelector("[data-case-shown]")?.dataset.caseShown;
    if (link && link.closest("tr").dataset.case !== shown && !(await show(link))) return;
    const form = side.querySelector(`#act-${name}`);
    const fold = form?.closest("details.act");
    if (!fold) return say(words.cannot);
    fold.open = true;
    fold.scrollIntoView({ block: "nearest" });
    form.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
  }

  async function follow(name) {
    if (name === "split") {
      const link = current();
      const shown = side.querySelector("[data-case-shown]")?.dataset.caseShown;
      if (link && link.closest("tr").dataset.case !== shown && !(await show(link))) return;
    }
    const found = document.querySelector(`[data-act="${name}"]`);
    if (found) found.click();
    else say(words.cannot);
  }

  function openHelp() {
    if (help.open) help.close();
    else help.showModal();
  }

  const OTHERS = {
    "/": () => document.getElementById("q")?.focus(),
    f: () => {
      const filters = document.getElementById("filters");
      filters.open = true;
      filters.querySelector("select")?.focus();
    },
    g: () => document.getElementById("desk-map")?.focus(),
    o: () => {
      const link = current();
      if (link) location.assign(link.dataset.page);
    },
    x: () => choose(current()),
    "?": openHelp,
  };

  function press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest?.(TYPING) || event.target.closest?.("dialog")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (STEP[key]) walk(STEP[key]);
    else if (ACTS[key]) act(ACTS[key]);
    else if (LINKS[key]) follow(LINKS[key]);
    else if (OTHERS[key]) OTHERS[key]();
    else return;
    event.preventDefault();
  }

  queue.addEventListener("keydown", press);
  side.addEventListener("keydown", press);
  // With nothing in focus the page itself is the desk.
  document.addEventListener("keydown", (event) => {
    if (event.target === document.body) press(event);
  });
  helpButton.hidden = false;
  helpButton.addEventListener("click", openHelp);

  // ── more rows ─────────────────────────────────────────
  const end = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more(), {
    root: null,
    rootMargin: `${NEAR_PX}px`,
  });
  let loading = false;

  function watchEnd() {
    end.disconnect();
    const line = queue.querySelector("[data-more-line]");
    if (line) end.observe(line);
  }

  async function more() {
    const last = [...queue.querySelectorAll("[data-rows]")].at(-1);
    if (loading || !last?.dataset.more) return;
    loading = true;
    try {
      const response = await fetch(last.dataset.more, { headers: { Accept: "text/html" } });
      if (!response.ok || response.redirected) throw new Error(`rows: ${response.status}`);
      const box = document.createElement("template");
      box.innerHTML = `<table>${await response.text()}</table>`;
      const fresh = [...box.content.querySelectorAll("[data-rows]")];
      if (!last.isConnected) return; // a live update was faster
      delete last.dataset.more;
      last.after(...fresh);
      const count = queue.querySelectorAll("[data-case]").length;
      if (!fresh.at(-1)?.dataset.more) queue.querySelector("[data-more-line]")?.remove();
      // The next live update brings as many rows as stand here now.
      const live = new URL(queue.dataset.url, location.href);
      live.searchParams.set("rows", count);
      queue.dataset.url = live.href;
    } catch (error) {
      console.warn("no more rows came", error);
      end.disconnect(); // the link below the list is still there
    } finally {
      loading = false;
      if (queue.querySelectorAll("[data-case]").length < 2000) watchEnd();
    }
  }
  watchEnd();
}
