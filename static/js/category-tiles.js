// Search in all kinds of problems, and the chosen one named where the list is folded away.

export default function start(field) {
  const all = field.querySelector("[data-all]");
  const box = all.querySelector("[data-category-search]");
  const input = box.querySelector("input");
  const none = box.querySelector("[data-category-none]");
  const chosen = all.querySelector("[data-chosen]");
  const minors = [...all.querySelectorAll("[data-find]")];
  box.hidden = false;

  field.querySelector("[data-open-all]").addEventListener("click", (event) => {
    event.preventDefault();
    all.open = true;
    input.focus();
    all.scrollIntoView({ block: "start" });
  });

  input.addEventListener("input", () => {
    // Every word typed must be there, in any order.
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = (label) => wanted.every((word) => label.dataset.find.toLowerCase().includes(word));
    for (const label of minors) label.hidden = !hits(label);
    for (const major of all.querySelectorAll("[data-major]")) {
      major.hidden = !major.querySelector("[data-find]:not([hidden])");
    }
    none.hidden = minors.some((label) => !label.hidden);
  });

  // Enter in the search must not send the report.
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });

  const name = () => {
    const radio = field.querySelector("input[name=category]:checked");
    const inList = radio?.closest("[data-find]");
    chosen.textContent = inList ? inList.textContent.trim() : "";
  };
  field.addEventListener("change", name);
  field.closest("form").addEventListener("reset", () => setTimeout(name));
  name();
}
