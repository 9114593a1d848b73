// Says what is missing beside its field, before anything (a photo!) is sent and lost on the way.
// The sentence is the control's data-missing; the server checks everything again.
export default function checkForm(form) {
  let sent = false;
  form.noValidate = true;

  form.addEventListener("submit", (event) => {
    const wrong = [...form.querySelectorAll("[required]")].filter(isMissing);
    for (const control of wrong) say(control, control.dataset.missing);
    if (wrong.length) wrong[0].focus();
    if (wrong.length || sent) event.preventDefault();
    else sent = true;
  });
  form.addEventListener("input", (event) => say(event.target, ""));
  form.addEventListener("change", (event) => say(event.target, ""));
  addEventListener("pageshow", () => {
    sent = false;
  });
}

function isMissing(control) {
  return control.validity.valueMissing || (control.type === "textarea" && !control.value.trim());
}

function say(control, sentence) {
  const line = document.getElementById(control.dataset.error ?? `${control.id}-error`);
  if (!line) return;
  line.hidden = !sentence;
  line.querySelector("span").textContent = sentence;
  line.closest(".field").classList.toggle("field-wrong", Boolean(sentence));
  if (control.type === "radio") return;
  control.toggleAttribute("aria-invalid", false);
  if (sentence) control.setAttribute("aria-invalid", "true");
}
