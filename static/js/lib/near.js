// The question about the street when the position touches two grids.

import { choice } from "./dom.js";

/** Shows or hides the border question for a result of /locate. */
export function showNear(form, result, words) {
  const box = form.querySelector("[data-near]");
  if (!box) return;
  const choices = box.querySelector("[data-near-choices]");
  const candidates = result?.near ?? [];
  box.hidden = candidates.length < 2;
  if (box.hidden) {
    choices.replaceChildren();
    return;
  }
  const before = form.querySelector("input[name=near_choice]:checked")?.value ?? "";
  const question = result.question;
  box.querySelector("[data-near-legend]").textContent = question;
  box.querySelector("[data-near-question]").textContent = question;
  box.querySelector("[data-near-hint]").textContent = result.hint ?? "";
  const known = candidates.some((one) => one.code === before);
  choices.replaceChildren(
    ...candidates.map((one) => choice("near_choice", one.code, one.label, one.note, one.code === before)),
    choice("near_choice", "", words.unsure, words.unsure_note, !known),
  );
}
