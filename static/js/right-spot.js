// The small map of a case that was put in the wrong spot: the worker moves the pin, the server says
// which grid it lies in, and one button hands the case there. Opened when that reason is chosen.

import { locate } from "./lib/locate.js";
import { openMap } from "./lib/report-map.js";
import { fill, wordsOf } from "./lib/words.js";

const REASON = "wrong_spot";
// A pin set by hand is as good as the finger: about the width of a lane.
const HAND_ACCURACY_M = 8;

class RightSpot {
  constructor(section) {
    this.section = section;
    this.form = section.closest("form");
    this.words = wordsOf(section);
    this.pin = JSON.parse(section.dataset.pin);
    this.found = section.querySelector("[data-found]");
    this.take = section.querySelector("[data-take]");
    this.asked = 0;
    this.map = null;
  }

  start() {
    this.form.addEventListener("change", (event) => {
      if (event.target.name === "reason") this.choose(event.target.value);
    });
    this.form.closest("details")?.addEventListener("toggle", () => this.choose(this.reason()));
    this.choose(this.reason());
  }

  get(name) {
    return this.form.elements.namedItem(name).value;
  }

  reason() {
    return this.form.querySelector("input[name=reason]:checked")?.value;
  }

  choose(reason) {
    this.section.hidden = reason !== REASON;
    // A map that opens inside a folded form has no size.
    if (!this.section.hidden && this.form.closest("details")?.open !== false) this.open();
  }

  async open() {
    this.opening ??= this.load();
    try {
      await this.opening;
    } catch (error) {
      console.error("map", error);
      this.opening = null;
      this.found.textContent = this.words.map_failed;
    }
  }

  async load() {
    const { lon, lat, middle } = this.pin;
    const put = this.get("lon") ? [Number(this.get("lon")), Number(this.get("lat"))] : null;
    const state = lon === null ? null : { lon, lat, accuracy: this.pin.accuracy ?? 0 };
    const first = put ? { lon: put[0], lat: put[1], accuracy: 0 } : state;
    this.map = await openMap(this.section, this.words, first, (...spot) => this.moved(...spot));
    if (put) await this.moved(...put);
    else if (state) this.map.show(state, { area: { code: this.pin.home } });
    else if (middle) this.map.map.setView([middle[1], middle[0]], 16);
  }

  async moved(lon, lat) {
    const spot = { lon: lon.toFixed(7), lat: lat.toFixed(7), accuracy_m: HAND_ACCURACY_M, datum: "wgs84" };
    const values = { ...spot, position_source: "map_pin" };
    for (const [name, value] of Object.entries(values)) this.form.elements.namedItem(name).value = value;
    const mine = ++this.asked;
    const answer = await locate(this.section.dataset.locate, new URLSearchParams({ ...spot, category: this.pin.category }));
    if (mine !== this.asked) return;
    this.map.show({ lon, lat, accuracy: 0 }, { area: answer?.area });
    this.say(answer);
  }

  say(answer) {
    const code = answer?.state === "found" ? answer.area.code : null;
    this.take.hidden = !code || code === this.pin.home;
    this.take.value = this.take.hidden ? "" : code;
    this.take.textContent = fill(this.words.take, { name: answer?.name });
    if (!answer) this.found.textContent = this.words.lookup_failed;
    else if (!code) this.found.textContent = this.words.outside;
    else this.found.textContent = this.take.hidden ? this.words.same : fill(this.words.found, { name: answer.name });
  }
}

export default function start(section) {
  new RightSpot(section).start();
}
