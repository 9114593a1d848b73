// Keeps a list of cases fresh: on each push the server's own fragment is fetched and swapped in,
// so that a card looks the same however it arrived. Used by /work and /desk.
import { make, tell } from "./lib/dom.js";
import { follow, showState, timeOfDay } from "./lib/live.js";
import { fill, wordsOf } from "./lib/words.js";

// Long enough to read and reach; stays while it has the focus or the pointer (design.md, Toast).
const TOAST_MS = 10000;
const SPREAD_MS = 2000;

export default function workLive(root) {
  const words = wordsOf(root);
  const note = root.querySelector("[data-stale]");
  const toast = makeToast(words);
  let fresh = new Date();
  let running = null;
  let again = false;

  async function refetch() {
    const response = await fetch(root.dataset.url, { headers: { Accept: "text/html" } });
    // A session that ended answers with the sign-in page: not a list.
    if (!response.ok || response.redirected) throw new Error(`list: ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!page.querySelector("[data-live-part]")) throw new Error("list: no part to show");
    const news = newsIn(root, page);
    swap(root, page);
    fresh = new Date();
    if (news) toast(news);
  }

  // Several pushes at once cost one fetch; a push during a fetch costs one more, never a queue.
  function refresh() {
    if (running) {
      again = true;
      return running;
    }
    running = refetch().finally(() => {
      running = null;
      if (again) refresh().catch(failed);
      again = false;
    });
    return running;
  }

  const look = () => refresh().then(() => stale(false), failed);

  function failed(error) {
    console.warn("the list stays as it is", error);
    stale(true);
  }

  function stale(is) {
    const sentence = is ? fill(words.cut, { time: timeOfDay(fresh) }) : "";
    if (note.textContent !== sentence) note.textContent = sentence;
  }

  follow({
    watch: () => ({ topic: root.dataset.topic }),
    event: root.dataset.topic,
    // Another net concerns every list of the district: not all of them in the same second.
    take: (news) => setTimeout(look, news?.net ? Math.random() * SPREAD_MS : 0),
    poll: refresh,
    state(name) {
      showState(name);
      stale(name === "cut");
    },
  });
}

function swap(root, page) {
  const before = [...root.querySelectorAll("[data-live-part]")];
  const after = [...page.querySelectorAll("[data-live-part]")].map((part) => document.adoptNode(part));
  const focused = before.some((part) => part.contains(document.activeElement)) ? document.activeElement.id : "";
  const tabs = root.querySelector(".tabs").scrollLeft;
  before.forEach((part, at) => part.replaceWith(after[at]));
  root.querySelector(".tabs").scrollLeft = tabs;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  for (const part of after) tell(part, "added");
}

// News is a case that was not in the first tab before: by name when that tab is open, else by count.
function newsIn(before, after) {
  const first = (part) => part.querySelector("[data-tab]");
  if (Number(first(after).dataset.count) <= Number(first(before).dataset.count)) return null;
  const open = first(after).hasAttribute("aria-current");
  if (!open) return { href: first(after).href };
  const known = new Set([...before.querySelectorAll("[data-case]")].map((one) => one.dataset.case));
  const one = [...after.querySelectorAll("[data-case]")].find((it) => !known.has(it.dataset.case));
  if (!one) return null;
  one.classList.add("just-in");
  const link = one.querySelector("a[href]");
  return { href: link.href, title: link.textContent };
}

function makeToast(words) {
  const box = make("div", { role: "status" });
  document.body.append(box);
  let timer = 0;

  function hide() {
    if (box.matches(":hover, :focus-within")) timer = setTimeout(hide, TOAST_MS);
    else box.replaceChildren();
  }

  return ({ href, title }) => {
    const close = make("button", { type: "button" }, words.close);
    close.addEventListener("click", () => box.replaceChildren());
    const text = make("p", {}, title ? fill(words.new, { title }) : words.waiting);
    const link = make("a", { href }, title ? words.open : words.show);
    box.replaceChildren(make("div", { class: "toast" }, text, link, close));
    clearTimeout(timer);
    timer = setTimeout(hide, TOAST_MS);
  };
}
