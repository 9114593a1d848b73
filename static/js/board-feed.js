// The live feed: puts the server's cards on top as they come, or holds them while paused.
import { flashBy } from "./lib/flash.js";
import { fill, wordsOf } from "./lib/words.js";

// As many as a person looks back over; older ones are behind the figures.
const KEPT = 50;

export default function boardFeed(panel) {
  const board = panel.closest("[data-area-code]");
  const list = panel.querySelector("[data-feed]");
  const button = panel.querySelector("[data-pause]");
  const heldNote = panel.querySelector("[data-held]");
  const words = wordsOf(board);
  const flash = flashBy("just-in");
  let held = [];
  let paused = false;

  function show(cards) {
    const known = new Set([...list.children].map((one) => Number(one.dataset.position)));
    const added = [];
    for (const card of [...cards].sort((a, b) => a.position - b.position)) {
      if (known.has(card.position)) continue;
      const item = cardOf(card.html);
      if (!item) continue;
      list.prepend(item);
      added.push(item);
    }
    flash(added);
    while (list.children.length > KEPT) list.lastElementChild.remove();
    panel.querySelector("[data-feed-empty]").hidden = list.children.length > 0;
  }

  function take({ cards = [], reset = false }) {
    if (reset) held = [];
    if (reset && cards.length) list.replaceChildren();
    if (!paused) {
      show(cards);
      return;
    }
    held.push(...cards);
    heldNote.textContent = held.length ? fill(words.held, { n: held.length }) : "";
  }

  function turn() {
    paused = !paused;
    const icon = button.querySelector("use");
    icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, paused ? "#play" : "#pause"));
    button.querySelector("span").textContent = paused ? words.resume : words.pause;
    if (paused) return;
    show(held.splice(0));
    heldNote.textContent = "";
  }

  button.hidden = false;
  button.addEventListener("click", turn);
  board.addEventListener("gridgov:frame", (event) => take(event.detail));
}

// The html is rendered and escaped by the server's own template; a parser, not innerHTML, reads it.
function cardOf(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const item = page.querySelector("li.feed-card");
  return item && document.adoptNode(item);
}
