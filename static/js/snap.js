// The big button of the first page opens the camera at once, keeps the photo on this device and goes
// to the form, which finds it there. Without scripts it is a plain link to the form.

import { make } from "./lib/dom.js";
import { keepPhotos } from "./lib/store.js";

export default function start(link) {
  const input = make("input", { type: "file", accept: "image/*,.heic,.heif", capture: "environment", hidden: true, tabindex: "-1", "data-snap": true });
  link.after(input);
  link.addEventListener("click", (event) => {
    // A mouse and keyboard mean a desk: no camera to open, the form's own choice serves better.
    if (event.metaKey || event.ctrlKey || !matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    input.click();
  });
  input.addEventListener("change", async () => {
    if (!input.files.length) return;
    try {
      await keepPhotos(input.files);
    } catch (error) {
      console.warn("the photo cannot be kept; the form asks for it again", error);
    }
    location.assign(link.href);
  });
}
