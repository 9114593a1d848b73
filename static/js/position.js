// Finds where the person is, says it by the name of the grid, and lets them correct it: again, on a
// small map, or by name. The position itself travels in hidden fields; the server decides the grid.

import { tell } from "./lib/dom.js";
import { locate } from "./lib/locate.js";
import { showNear } from "./lib/near.js";
import { wireSearch } from "./lib/place-search.js";
import { fill, wordsOf } from "./lib/words.js";
import { restore } from "./draft.js";

const GPS = { enableHighAccuracy: true, timeout: 12_000, maximumAge: 30_000 };
// A pin set by hand is as good as the finger: about the width of a lane.
const HAND_ACCURACY_M = 8;

class Place {
  constructor(section) {
    this.section = section;
    this.form = section.closest("form");
    this.words = wordsOf(section);
    this.name = section.querySelector("[data-place]");
    this.note = section.querySelector("[data-place-note]");
    this.byName = section.querySelector("[data-place-words]");
    this.asked = 0;
    this.map = null;
    this.mapButton = section.querySelector("[data-open-map]");
    this.unchoose = wireSearch(section, this.words, (area) => this.choose(area));
  }

  get(name) {
    return this.form.elements.namedItem(name).value;
  }

  say(name, note = "", folded = true) {
    this.name.textContent = name;
    this.note.textContent = note;
    if (!folded) this.byName.open = true;
  }

  set(lon, lat, accuracy, source) {
    const values = { lon, lat, accuracy_m: accuracy, datum: lon === "" ? "" : "wgs84", position_source: source };
    for (const [name, value] of Object.entries(values)) this.form.elements.namedItem(name).value = value;
    tell(this.section, "changed");
  }

  ask() {
    if (!navigator.geolocation) return this.denied();
    this.say(this.words.finding);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.unchoose();
        this.set(coords.longitude.toFixed(7), coords.latitude.toFixed(7), Math.round(coords.accuracy), "browser");
        this.look(true);
      },
      () => this.denied(),
      GPS,
    );
  }

  denied() {
    // Not finding it again is no reason to drop what was found or chosen before.
    if (this.get("lon")) return this.look();
    this.say(this.words.denied, this.words.denied_note, false);
  }

  choose(area) {
    this.asked += 1;
    this.section.dataset.grid = area.code;
    this.set("", "", "", "area_name");
    showNear(this.form, null, this.words);
    this.say(area.name, this.words.chosen);
  }

  async look(fold = false) {
    const mine = ++this.asked;
    const accuracy = this.get("accuracy_m");
    const query = new URLSearchParams({
      lon: this.get("lon"), lat: this.get("lat"), accuracy, datum: this.get("datum"),
      category: this.form.querySelector("input[name=category]:checked")?.value ?? "",
    });
    const result = await locate(this.section.dataset.locate, query);
    if (mine !== this.asked) return;
    this.show(result, accuracy);
    if (fold && result?.state === "found") this.byName.open = false;
    this.map?.show(this.state(), result);
    // Which side, and where at all, is seen on a map: it comes by itself where there is doubt.
    if (result?.near.length > 1 || result?.state === "vague") this.openMapWhenSeen();
  }

  // Not before it is in sight: with large type its step comes later, and a hidden map has no size.
  openMapWhenSeen() {
    if (this.map || this.watching) return;
    this.watching = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      this.watching.disconnect();
      this.openMap();
    });
    this.watching.observe(this.section);
  }

  show(result, accuracy) {
    const rough = fill(this.map ? this.words.drag : this.words.accuracy, { n: accuracy });
    const note = this.get("position_source") === "map_pin" ? this.words.by_hand : rough;
    showNear(this.form, result?.state === "found" ? result : null, this.words);
    // A district that hands over what is not its own says so by a name.
    const refused = result?.state === "outside" && !result.name;
    this.section.classList.toggle("place-bad", refused);
    this.section.dataset.grid = (result?.state === "found" && result.area.code) || "";
    if (!result) this.say(this.words.lookup_failed, note);
    else if (refused) this.say(this.words.outside, this.words.outside_note, false);
    else if (result.state !== "vague") this.say(result.name, note);
    else this.say(fill(this.words.vague, { n: accuracy }), this.words.vague_note, false);
  }

  state() {
    const [lon, lat, accuracy] = ["lon", "lat", "accuracy_m"].map((name) => this.get(name));
    return lon ? { lon: Number(lon), lat: Number(lat), accuracy: Number(accuracy) || 0 } : null;
  }

  async openMap() {
    const button = this.mapButton;
    if (this.map || button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      const { openMap } = await import("./lib/report-map.js");
      this.map = await openMap(this.section, this.words, this.state(), (lon, lat) => {
        this.unchoose();
        this.set(lon.toFixed(7), lat.toFixed(7), HAND_ACCURACY_M, "map_pin");
        this.look();
      });
      button.hidden = true;
      if (this.state()) this.look();
    } catch (error) {
      console.error("map", error);
      this.note.textContent = this.words.map_failed;
    }
    button.removeAttribute("aria-busy");
  }
}

export default function start(section) {
  const place = new Place(section);
  restore(place.form);
  const again = section.querySelector("[data-relocate]");
  again.hidden = place.mapButton.hidden = false;
  again.addEventListener("click", () => place.ask());
  place.mapButton.addEventListener("click", () => place.openMap());
  place.form.addEventListener("change", (event) => {
    if (event.target.name === "category" && place.get("lon")) place.look();
  });
  if (place.get("lon")) place.look(true);
  else if (!section.classList.contains("field-wrong")) place.ask();
}
