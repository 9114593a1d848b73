// The analysis is read anew each minute while somebody looks at it. Each part with data-renew is replaced by
// itself: not where the reader holds the focus, and what is unfolded stays unfolded.
import { tell } from "./lib/dom.js";

const EVERY_MS = 60_000;

export default function analysisRenew(root) {
  async function renew() {
    if (document.hidden) return;
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) throw new Error(`analysis: ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const before of root.querySelectorAll("[data-renew]")) {
      const after = page.querySelector(`[data-renew="${before.dataset.renew}"]`);
      if (after) swap(before, after);
    }
  }

  // A page that answers a form has no address of its own to read again.
  if (root.querySelector("[data-error-summary]")) return;
  setInterval(() => renew().catch((error) => console.warn("the analysis stays", error)), EVERY_MS);
}

function swap(before, after) {
  if (before.contains(document.activeElement)) return;
  if (before.innerHTML === after.innerHTML) return;
  const open = [...before.querySelectorAll("details")].map((one) => one.open);
  tell(before, "gone");
  before.replaceWith(document.adoptNode(after));
  after.querySelectorAll("details").forEach((one, n) => one.toggleAttribute("open", open[n] ?? false));
  tell(after, "added");
}
