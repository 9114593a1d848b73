// Puts the sentence of an error beside its field, as the macro error_line() renders it.

// Names the API may use for a part of a field that the page shows as one.
const ALIASES = {
  lon: "position", lat: "position", datum: "position", accuracy: "position", accuracy_m: "position",
  position_source: "position", area_code: "place_words", photo: "photos", category_code: "category",
};

function controlOf(field) {
  return field.querySelector("input:not([type=hidden]):not([hidden]), textarea, select");
}

export function clearErrors(form) {
  form.querySelectorAll("[data-error-summary]").forEach((summary) => summary.remove());
  form.querySelectorAll(".field-wrong").forEach((field) => field.classList.remove("field-wrong"));
  form.querySelectorAll("[data-error], [data-form-error]").forEach((line) => (line.hidden = true));
  form.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
}

/** Shows a sentence about the whole form. */
export function formError(form, sentence) {
  const line = form.querySelector("[data-form-error]");
  line.querySelector("span").textContent = sentence;
  line.hidden = false;
}

/** Shows {field, message} errors. Returns the first field that has one, or null. */
export function showErrors(form, errors) {
  const marked = [];
  for (const { field: name, message } of errors) {
    const field = form.querySelector(`[data-field="${CSS.escape(ALIASES[name] ?? name)}"]`);
    const line = field?.querySelector("[data-error]");
    if (!line) {
      formError(form, message);
      continue;
    }
    field.hidden = false;
    field.closest("details")?.setAttribute("open", "");
    field.classList.add("field-wrong");
    line.querySelector("span").textContent = message;
    line.hidden = false;
    controlOf(field)?.setAttribute("aria-invalid", "true");
    marked.push(field);
  }
  marked.sort((one, other) => (one.compareDocumentPosition(other) & 4 ? -1 : 1));
  return marked[0] ?? null;
}

/** Moves focus to the control of a field, or to the form's own sentence. */
export function focusField(form, field) {
  const target = field ? (controlOf(field) ?? field) : form.querySelector("[data-form-error]");
  if (!target.matches("input, textarea, select")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
  (field ?? target).scrollIntoView({ block: "center" });
}
