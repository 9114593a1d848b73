// Large type: one question a page. The same form, one step in sight at a time; without scripts it is
// simply one long page.

import { make } from "./lib/dom.js";
import { fill } from "./lib/words.js";

export default function start(form) {
  const steps = [...form.querySelectorAll("[data-step]")];
  const head = form.querySelector("[data-steps-head]");
  const words = form.querySelector("[data-steps-words]");
  const bar = head.querySelector(".steps-bar");
  const nav = form.querySelector("[data-steps-nav]");
  const back = nav.querySelector("[data-step-back]");
  const send = form.querySelector("[data-send]");
  const submit = send.querySelector("[data-main-submit]");
  const note = form.querySelector("[data-send-note]");
  const parts = steps.map(() => bar.appendChild(make("span")));
  let now = 0;

  function show(next, focus = true) {
    now = Math.max(0, Math.min(next, steps.length - 1));
    const last = now === steps.length - 1;
    steps.forEach((step, index) => (step.hidden = index !== now));
    parts.forEach((part, index) => part.classList.toggle("steps-past", index <= now));
    words.textContent = fill(head.dataset.wordsStep, { n: now + 1, all: steps.length });
    back.hidden = now === 0;
    nav.querySelector("[data-step-on]").hidden = last;
    submit.hidden = note.hidden = !last;
    if (!focus) return;
    const title = steps[now].querySelector("legend, h2, .field-label");
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }

  head.hidden = nav.hidden = false;
  form.classList.add("by-steps");
  // The main action takes the place of "next" on the last step.
  nav.append(submit);
  send.hidden = true;
  back.addEventListener("click", () => show(now - 1));
  nav.querySelector("[data-step-on]").addEventListener("click", () => show(now + 1));
  // A field that has to be put right brings its step into sight.
  form.addEventListener("gridgov:wrong", (event) => {
    const step = steps.findIndex((one) => one.contains(event.target));
    if (step >= 0) show(step, false);
  });
  const wrong = steps.findIndex((step) => step.querySelector(".field-wrong"));
  show(Math.max(wrong, 0), false);
}
