// The bar's links open the form they point at, one form at a time, and put the focus into it.
export default function caseActions(section) {
  const panels = [...section.querySelectorAll("details.act")];

  function open(panel) {
    panel.open = true;
    const first = panel.querySelector("textarea, select, input:not([type=hidden])");
    first?.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "start" });
  }

  for (const panel of panels) {
    panel.addEventListener("toggle", () => {
      if (!panel.open) return;
      for (const other of panels) if (other !== panel) other.open = false;
    });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#act-']");
    const panel = link && document.getElementById(link.hash.slice(1))?.closest("details");
    if (!panel) return;
    event.preventDefault();
    open(panel);
  });
  const wanted = panels.find((panel) => `#${panel.querySelector("form").id}` === location.hash);
  if (wanted) open(wanted);
  else panels.find((panel) => panel.open)?.querySelector("[aria-invalid=true]")?.focus();
}
