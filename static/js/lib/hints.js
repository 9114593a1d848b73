// The markup of what the words of a report suggest; report-hints.js decides when.

import { choice, icon, make } from "./dom.js";
import { fill } from "./words.js";

/** Names the numbers to call, with a link each; hidden while there is no reason to call. */
export function showCalls(box, { emergency, advice }, words) {
  const numbers = emergency ? [emergency.number] : (advice?.numbers ?? []);
  const hint = emergency ?? advice;
  box.hidden = !hint;
  const named = numbers.length > 1 ? fill(words.or, { first: numbers[0], second: numbers[1] }) : (numbers[0] ?? "");
  const sentence = emergency ? words.danger : words.advice;
  box.querySelector("[data-hint-danger-words]").textContent = hint
    ? fill(sentence, { words: hint.words, number: named, numbers: named })
    : "";
  box.querySelector("[data-hint-danger-calls]").replaceChildren(
    ...numbers.map((number) =>
      make("a", { class: "button", href: `tel:${number}` }, icon("phone", "medium"), fill(words.call, { number })),
    ),
  );
}

/** Offers kinds of problem as buttons, the likeliest first, each with what speaks for it. */
export function showKinds(list, kinds, words, chosen) {
  list.replaceChildren(
    ...kinds.map((kind) => {
      const text = make("span", {}, make("strong", {}, kind.name), make("span", { class: "note" }, kind.reason));
      const label = `${fill(words.choose, { name: kind.name })}, ${kind.reason}`;
      const button = make("button", { type: "button", class: "hint-kind", "aria-label": label }, icon(kind.icon), text);
      button.addEventListener("click", () => chosen(kind));
      return button;
    }),
  );
}

/** Offers to send several problems apart; an answer to an offer that is gone goes with it. */
export function showProblems(box, problems, words) {
  const field = box.querySelector("[data-hint-split]");
  field.hidden = problems.length < 2;
  const title = problems.length < 2 ? "" : fill(words.several, { n: problems.length });
  field.querySelector("[data-hint-split-legend]").textContent = title;
  field.querySelector("[data-hint-split-title]").textContent = title;
  field.querySelector("[data-hint-problems]").replaceChildren(
    ...problems.map(({ text, category }) =>
      make("li", {}, `${text} `, make("span", { class: "note" }, category?.name ?? words.no_class)),
    ),
  );
  if (field.hidden) field.querySelectorAll("input:checked").forEach((radio) => (radio.checked = false));
}

/**
 * Offers the places the words name, where none is found yet or another one is: a position far from
 * the place somebody writes about is the phone's, not the problem's.
 */
export function showPlaces(form, places, words) {
  const section = form.querySelector("[data-place-words]");
  const box = section.querySelector("[data-place-choices]");
  const note = section.querySelector("[data-search-note]");
  const ours = box.hasAttribute("data-from-words");
  if ((box.childElementCount && !ours) || box.querySelector("input:checked")) return;
  const grid = form.querySelector("[data-grid]")?.dataset.grid ?? "";
  const fits = grid && places.some((place) => grid.startsWith(place.code) || place.code === grid);
  const offered = fits ? [] : places;
  if (!offered.length && !ours) return;
  box.toggleAttribute("data-from-words", offered.length > 0);
  box.replaceChildren(...offered.map((place) => choice("area_code", place.code, place.name, place.note)));
  note.textContent = offered.length ? words.place : "";
  note.hidden = !offered.length;
  if (offered.length) section.open = true;
}
