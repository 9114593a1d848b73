// J and K walk through the rows of the queue while it has the focus (WCAG 2.1.4: single keys act
// only there); Enter opens the row by itself, because the focus is on its link.
const STEP = { j: 1, k: -1 };

export default function deskKeys(queue) {
  queue.addEventListener("keydown", (event) => {
    const step = STEP[event.key.toLowerCase()];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    const links = [...queue.querySelectorAll("[data-case] a[href]")];
    const here = links.indexOf(document.activeElement);
    const next = links[here < 0 ? 0 : here + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
