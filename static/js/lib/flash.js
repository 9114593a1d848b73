// Marks what has just changed, for the eye, at most once a second: on a busy day everything changes
// with every frame, and what always moves says nothing and keeps the machine painting.
const GAP_MS = 1000;

/** A function that lets elements flash by a class of the style sheet, unless others just did. */
export function flashBy(name) {
  let last = -GAP_MS;
  return (elements) => {
    const now = performance.now();
    if (!elements.length || now - last < GAP_MS) return;
    last = now;
    for (const element of elements) element.classList.remove(name);
    // Asking for the width makes the browser forget the last run, so the same class runs again.
    void elements[0].getBoundingClientRect().width;
    for (const element of elements) element.classList.add(name);
  };
}
