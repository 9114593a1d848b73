// The question about the street when the position touches two grids, and open cases near by.

import { choice, make } from "./dom.js";
import { fill } from "./words.js";

/** Shows or hides the border question for a result of /locate. */
export function showNear(form, result, words) {
  const box = form.querySelector("[data-near]");
  const choices = box.querySelector("[data-near-choices]");
  const candidates = result?.near_boundary ?? [];
  box.hidden = candidates.length < 2;
  if (box.hidden) {
    choices.replaceChildren();
    return;
  }
  const before = form.querySelector("input[name=near_choice]:checked")?.value ?? "";
  const question = result.question || words.question;
  box.querySelector("[data-near-legend]").textContent = question;
  box.querySelector("[data-near-question]").textContent = question;
  box.querySelector("[data-near-hint]").textContent = result.question_hint || words.question_hint;
  const known = candidates.some((one) => one.code === before);
  choices.replaceChildren(
    ...candidates.map((one) => choice("near_choice", one.code, one.label, one.note, one.code === before)),
    choice("near_choice", "", words.unsure, words.unsure_note, !known),
  );
}

/** Shows open cases near by with "me too"; hidden when there are none. */
export function showSimilar(form, list, words) {
  const box = form.querySelector("[data-similar]");
  box.hidden = !list.length;
  if (box.hidden) return;
  const title = box.querySelector("[data-similar-title]");
  title.textContent = fill(title.dataset.wordsTitle, { n: list.length });
  box.querySelector("[data-similar-list]").replaceChildren(
    ...list.map((one) =>
      make(
        "li",
        {},
        ...(one.photo_url ? [make("img", { src: one.photo_url, alt: "", width: 55, height: 55 })] : []),
        make("p", {}, make("strong", {}, one.title), make("span", { class: "note" }, one.note ?? "")),
        make("button", { class: "button button-outline", type: "submit", name: "join", value: one.code }, words.joins, make("span", { class: "visually-hidden" }, ` ${one.title}`)),
      ),
    ),
  );
}
