// Sends the report through the one intake door, shows what has to be put right beside the field, and
// hands it to the outbox when there is no signal.

import { tell } from "./lib/dom.js";
import { clearErrors, focusField, formError, showErrors } from "./lib/fields.js";
import { send } from "./lib/send.js";
import { queue } from "./lib/store.js";
import { fill, wordsOf } from "./lib/words.js";
import { clearDraft, valuesOf } from "./draft.js";

function showEmergency(form, { number, words }) {
  const panel = form.querySelector("[data-emergency]");
  panel.querySelector("[data-emergency-words]").textContent = fill(panel.dataset.emergency, { number, words });
  panel.querySelector("[data-emergency-number]").textContent = number;
  panel.querySelector(".emergency-call").href = `tel:${number}`;
  panel.hidden = false;
  panel.querySelector(".emergency-call").focus({ preventScroll: true });
  panel.scrollIntoView({ block: "center" });
}

function showRefusal(form, words, problem) {
  if (problem.emergency) {
    showEmergency(form, problem.emergency);
    return;
  }
  const errors = problem.errors ?? [];
  const first = showErrors(form, errors);
  if (!errors.length) formError(form, problem.title || words.refused);
  // Elder mode shows one step at a time: the step of the first error has to come into sight first.
  tell(first ?? form, "wrong");
  focusField(form, first);
}

async function keepForLater(form, words, token, fields, photos) {
  try {
    await queue({ token, fields, photos, at: Date.now(), api: form.dataset.api });
  } catch (error) {
    // The browser keeps nothing: the form stays as it is, and says so.
    console.warn("outbox", error);
    formError(form, words.unkept);
    focusField(form, null);
    return;
  }
  await clearDraft(form);
  form.hidden = true;
  const kept = document.querySelector("[data-queued]");
  kept.hidden = false;
  kept.focus();
  document.dispatchEvent(new CustomEvent("gridgov:queued"));
}

export default function start(form) {
  const words = wordsOf(form);
  const button = form.querySelector("[data-main-submit]");
  const label = form.querySelector("[data-send-words]");
  const ready = label.textContent;
  let busy = false;
  let called = null;

  const working = (on) => {
    busy = on;
    button.setAttribute("aria-disabled", String(on));
    label.textContent = on ? words.sending : ready;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    working(true);
    clearErrors(form);
    form.querySelector("[data-emergency]").hidden = true;
    const token = form.elements.namedItem("client_token").value;
    const fields = valuesOf(form);
    // "Me too" and "I have called" are buttons of their own: their name says which was pressed.
    if (event.submitter?.name) fields.push([event.submitter.name, event.submitter.value]);
    // Who has called need not be asked again because the phone number lacks a digit.
    const told = form.elements.namedItem("text").value;
    if (event.submitter?.name === "emergency_ack") called = told;
    else if (called === told) fields.push(["emergency_ack", "1"]);
    const photos = [...form.querySelector("input[name=photos]").files];
    const answer = await send(form.dataset.api, fields, photos, token);
    working(false);
    if (answer.kind === "accepted") {
      await clearDraft(form);
      location.assign(answer.receipt.receipt_url);
    } else if (answer.kind === "refused") showRefusal(form, words, answer.problem);
    else await keepForLater(form, words, token, fields, photos);
  });

  // Coming back by the browser's back button finds the page as it was left: ready to send.
  window.addEventListener("pageshow", () => working(false));
}
