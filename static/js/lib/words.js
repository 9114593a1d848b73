// Sentences for scripts come from the page's own JSON block, so that the catalogues stay in one place.

/** Returns the words of the nearest <script type="application/json" data-words> under an element. */
export function wordsOf(element) {
  const block = element.querySelector("script[data-words]");
  return block ? JSON.parse(block.textContent) : {};
}

/** Fills {name} places of a sentence. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
