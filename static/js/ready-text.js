// A select of ready texts above a textarea: choosing one fills it, or goes on after what was
// written. Without this script the chosen text is sent where the textarea is left empty.
export default function readyText(field) {
  const choice = field.querySelector("select");
  const area = document.getElementById(field.dataset.fills);
  // From here on the textarea alone says what is sent.
  choice.removeAttribute("name");
  let filled = "";

  choice.addEventListener("change", () => {
    const typed = area.value.trim();
    const own = typed && typed !== filled.trim() ? `${typed}\n` : "";
    filled = choice.value;
    area.value = own + filled;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    if (filled) area.focus();
  });
}
