// Small helpers to build markup without strings of HTML.

const SVG = "http://www.w3.org/2000/svg";

/** make("button", {class: "button", type: "button"}, "words", child, …) */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children);
  return element;
}

/** An icon of the sprite; its address is read from an icon that is already on the page. */
export function icon(name, size = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", size ? `icon icon-${size}` : "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  const any = document.querySelector("svg use[href*='icons.svg']");
  use.setAttribute("href", `${any?.getAttribute("href").split("#")[0] ?? ""}#${name}`);
  svg.append(use);
  return svg;
}

/** A radio as a whole touch area, as the macro choice(boxed=True) renders it. */
export function choice(name, value, words, note, checked = false) {
  const text = make("span", { class: "choice-words" }, words);
  if (note) text.append(make("br"), make("span", { class: "choice-note" }, note));
  return make(
    "label",
    { class: "choice choice-box" },
    make("input", { type: "radio", name, value, checked }),
    make("span", { class: "choice-ring" }),
    text,
  );
}

/** Tells listeners on an element and above it that something happened. */
export function tell(element, name, detail) {
  element.dispatchEvent(new CustomEvent(`gridgov:${name}`, { bubbles: true, detail }));
}
