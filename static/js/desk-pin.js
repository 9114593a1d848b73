// The spot of a report that is typed in, set on a small map: the pin fills the fields for coordinates,
// which stand there without this script as well.

import { tell } from "./lib/dom.js";
import { openMap } from "./lib/report-map.js";
import { wordsOf } from "./lib/words.js";

export default function deskPin(section) {
  const form = section.closest("form");
  const words = wordsOf(section);
  const button = section.querySelector("[data-open-map]");
  const said = section.querySelector("[data-found]");
  const field = (name) => form.elements.namedItem(name);
  let map = null;

  // What was typed for another map's coordinates is shown only after the server has turned it.
  function typed() {
    const [lon, lat] = [Number(field("lon").value), Number(field("lat").value)];
    return lon && lat && field("datum").value === "wgs84" ? { lon, lat, accuracy: 0 } : null;
  }

  function put(lon, lat) {
    field("lon").value = lon.toFixed(6);
    field("lat").value = lat.toFixed(6);
    field("datum").value = "wgs84";
    map?.show(typed(), null);
    said.textContent = words.set;
    tell(section, "changed");
  }

  async function open() {
    if (map || button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      map = await openMap(section, words, typed(), put, field("area_code").value);
      button.hidden = true;
      if (!typed()) said.textContent = words.nearer;
    } catch (error) {
      console.error("map", error);
      said.textContent = words.failed;
    }
    button.removeAttribute("aria-busy");
  }

  // The village that is chosen is where the map looks, until there is a pin.
  function follow() {
    if (map && !typed()) map.overview(field("area_code").value).catch((error) => console.warn("map", error));
  }

  button.hidden = false;
  button.addEventListener("click", open);
  field("area_code").addEventListener("change", follow);
  for (const name of ["lon", "lat", "datum"]) field(name).addEventListener("change", () => map?.show(typed(), null));
}
