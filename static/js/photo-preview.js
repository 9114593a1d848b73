// Shows the chosen photos before they are sent, so that a blurred one is seen in time.
import { make } from "./lib/dom.js";
import { fill } from "./lib/words.js";

export default function photoPreview(field) {
  const input = field.querySelector("input[type=file]");
  const list = field.querySelector("[data-preview]");

  input.addEventListener("change", () => {
    list.replaceChildren(...[...input.files].map((file, i) => itemOf(file, i + 1, list.dataset.alt)));
    list.hidden = input.files.length === 0;
  });
}

function itemOf(file, n, alt) {
  const address = URL.createObjectURL(file);
  const image = make("img", { src: address, alt: fill(alt, { n }) });
  image.onload = () => URL.revokeObjectURL(address);
  // A browser that cannot show the kind (HEIC) still sends it: show its name instead.
  image.onerror = () => image.replaceWith(make("span", { class: "note" }, file.name));
  return make("li", { class: "photo-chosen" }, image);
}
