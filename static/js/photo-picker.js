// Photos with preview and removal. The files themselves are sent untouched: the server reads the
// position they may carry and takes all metadata out.

import { icon, make, tell } from "./lib/dom.js";
import { keepPhotos, keptPhotos } from "./lib/store.js";
import { fill, wordsOf } from "./lib/words.js";

/** Whether a script may set the files of an input; without it the plain input stays as it is. */
function canSetFiles() {
  try {
    return new DataTransfer().items !== undefined;
  } catch {
    return false;
  }
}

const isPhoto = (file) => !file.type || file.type.startsWith("image/");

class Picker {
  constructor(field) {
    this.field = field;
    this.words = wordsOf(field);
    this.most = Number(field.dataset.max);
    this.list = field.querySelector("[data-photo-list]");
    this.adder = this.list.querySelector(".photo-new");
    [this.input, this.album] = field.querySelectorAll("input[type=file]");
    this.files = [];
    this.already = this.list.querySelectorAll(".photo-item").length;
  }

  say(sentence) {
    const line = this.field.querySelector("[data-error]");
    line.querySelector("span").textContent = sentence;
    line.hidden = !sentence;
    this.field.classList.toggle("field-wrong", Boolean(sentence));
  }

  add(chosen) {
    this.say("");
    const room = this.most - this.already - this.files.length;
    const photos = chosen.filter(isPhoto);
    const other = chosen.find((file) => !isPhoto(file));
    if (other) this.say(fill(this.words.not_image, { name: other.name }));
    if (photos.length > room) this.say(this.words.most);
    this.files.push(...photos.slice(0, room));
    this.changed();
  }

  remove(index) {
    this.files.splice(index, 1);
    this.say("");
    this.changed();
    this.input.focus();
  }

  changed() {
    this.show();
    keepPhotos(this.files).catch((error) => console.warn("photos are not kept", error));
    tell(this.field, "changed");
  }

  item(file, index) {
    const number = this.already + index + 1;
    const address = URL.createObjectURL(file);
    const picture = make("img", { src: address, alt: fill(this.words.photo, { n: number }) });
    picture.onload = () => URL.revokeObjectURL(address);
    // A browser that cannot show the kind (HEIC) still sends it: show its name instead.
    picture.onerror = () => picture.replaceWith(make("span", { class: "photo-name" }, icon("image"), file.name));
    const button = make("button", { type: "button", class: "photo-remove", "aria-label": fill(this.words.remove, { n: number }) }, icon("close", "small"));
    button.addEventListener("click", () => this.remove(index));
    return make("li", { class: "photo-item", "data-chosen": true }, picture, button);
  }

  show() {
    this.list.querySelectorAll("[data-chosen]").forEach((item) => item.remove());
    this.adder.before(...this.files.map((file, index) => this.item(file, index)));
    const count = this.already + this.files.length;
    this.adder.querySelector("[data-photo-words]").textContent = count ? this.words.another : this.words.first;
    this.adder.hidden = count >= this.most;
    this.album.closest("label").hidden = count >= this.most;
    const transfer = new DataTransfer();
    this.files.forEach((file) => transfer.items.add(file));
    this.input.files = transfer.files;
    this.album.value = "";
  }
}

export default async function start(field) {
  if (!canSetFiles()) return;
  const picker = new Picker(field);
  field.classList.add("photos-live");
  // All photos go out through the first input; the second only opens the album.
  picker.album.removeAttribute("name");
  for (const input of [picker.input, picker.album]) {
    input.addEventListener("change", () => input.files.length && picker.add([...input.files]));
  }
  const form = field.closest("form");
  form.addEventListener("gridgov:clear", () => {
    picker.files = [];
    picker.show();
  });
  const chosen = [...picker.input.files];
  const kept = form.hasAttribute("data-fresh") ? await keptPhotos().catch(() => []) : [];
  if (chosen.length || kept.length) {
    picker.files = (chosen.length ? chosen : kept).slice(0, picker.most);
    picker.show();
    tell(field, "changed");
  }
}
