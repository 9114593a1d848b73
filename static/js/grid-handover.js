// Keeps the progress of a hand-over fresh until it is done: the server's own part is swapped in.
import { tell } from "./lib/dom.js";

const EVERY_MS = 2000;

export default function gridHandover(part) {
  async function look() {
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!response.ok || response.redirected) throw new Error(`hand-over: ${response.status}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("[data-handover]");
      if (!fresh) return;
      part.replaceWith(document.adoptNode(fresh));
      // It starts itself again while something waits (its data-module says so).
      tell(fresh, "added");
    } catch (error) {
      console.warn("the hand-over cannot be looked at; trying again", error);
      setTimeout(look, EVERY_MS);
    }
  }

  setTimeout(look, EVERY_MS);
}
