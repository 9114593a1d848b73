// While somebody writes: danger, likely kinds of problem, several problems, personal data, places.
// Proposals only. Nothing is chosen, sent or left out by itself, and without a signal nothing shows.

import { tell } from "./lib/dom.js";
import { showCalls, showKinds, showPlaces, showProblems } from "./lib/hints.js";
import { fill, wordsOf } from "./lib/words.js";

// Long enough for a person to finish a word, short enough to be there before the next field.
const CALM_MS = 600;
const LEAST_CHARACTERS = 4;

async function ask(address, text, placeWords) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ text, place_words: placeWords }),
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    // No signal: the report goes on without proposals, and the server reads it when it arrives.
    return null;
  }
}

class Hints {
  constructor(box) {
    this.box = box;
    this.form = box.closest("form");
    this.words = wordsOf(box);
    this.text = this.form.elements.namedItem("text");
    this.place = this.form.elements.namedItem("place_words");
    this.asked = "";
    this.kinds = [];
  }

  part(name) {
    return this.box.querySelector(`[data-hint-${name}]`);
  }

  async look() {
    const [text, place] = [this.text.value.trim(), this.place.value.trim()];
    const asked = `${text}\n${place}`;
    if (asked === this.asked) return;
    this.asked = asked;
    const found = text.length < LEAST_CHARACTERS ? {} : await ask(this.box.dataset.hints, text, place);
    if (found === null || asked !== this.asked) return;
    showCalls(this.part("danger"), found, this.words);
    showProblems(this.box, found.problems ?? [], this.words);
    this.personal(found.personal ?? []);
    this.kinds = found.categories ?? [];
    this.offer();
    showPlaces(this.form, found.places ?? [], this.words);
  }

  personal(kinds) {
    const line = this.part("personal");
    line.hidden = !kinds.length;
    const list = kinds.join(this.words.list_comma);
    line.querySelector("span").textContent = kinds.length ? fill(this.words.personal, { kinds: list }) : "";
  }

  // The kinds are offered until one of them is chosen; another choice stands, with the offer beside it.
  offer() {
    const chosen = this.form.querySelector("input[name=category]:checked")?.value;
    const box = this.part("categories");
    // Sent apart, each problem has its kind from its own words.
    const apart = this.form.querySelector("input[name=split]:checked")?.value === "yes";
    const open = !apart && this.kinds.length > 0 && !this.kinds.some((kind) => kind.code === chosen);
    const said = this.part("chosen");
    if (open) {
      said.textContent = "";
      showKinds(this.part("list"), this.kinds, this.words, (kind) => this.choose(kind));
    }
    this.part("title").hidden = !open;
    box.hidden = !open && !said.textContent;
  }

  choose(kind) {
    const radio = this.form.querySelector(`input[name=category][value="${CSS.escape(kind.code)}"]`);
    if (!radio) return;
    radio.checked = true;
    this.part("list").replaceChildren();
    const said = this.part("chosen");
    said.textContent = fill(this.words.changed, { name: kind.name });
    this.part("title").hidden = true;
    said.tabIndex = -1;
    said.focus({ preventScroll: true });
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    tell(this.form, "changed");
  }
}

export default function start(box) {
  const hints = new Hints(box);
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => hints.look(), CALM_MS);
  };
  hints.text.addEventListener("input", later);
  hints.place.addEventListener("change", later);
  hints.form.addEventListener("change", (event) => {
    if (["category", "split"].includes(event.target.name)) hints.offer();
  });
  // A draft that was put back, or a form that came back, has its words already.
  hints.form.addEventListener("gridgov:changed", later);
  later();
}
