// Warnings and what stands below the map are read anew at most once a minute, and only when something has changed:
// sums by unit and day do not need to follow every case.
import { tell } from "./lib/dom.js";

const EVERY_MS = 60_000;
const PARTS = [".board-warnings", ".key-lamps", ".board-units", ".board-trend"];

export default function boardRenew(below) {
  const board = below.closest("[data-cursor]");
  let shown = board.dataset.cursor;

  async function renew() {
    if (document.hidden || board.dataset.cursor === shown || board.dataset.net === "") return;
    const cursor = board.dataset.cursor;
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) throw new Error(`board: ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of PARTS) swap(board.querySelector(part), page.querySelector(part));
    shown = cursor;
  }

  setInterval(() => renew().catch((error) => console.warn("units and trend stay", error)), EVERY_MS);
}

function swap(before, after) {
  if (!before || !after) return;
  // Whoever reads the table or holds the focus here is not interrupted; the next minute comes.
  if (before.contains(document.activeElement)) return;
  const open = before.querySelector("details[open]") !== null;
  tell(before, "gone");
  before.replaceWith(document.adoptNode(after));
  if (open) after.querySelector("details")?.setAttribute("open", "");
  tell(after, "added");
}
