// Borders that confuse people, on the map: a thick line each, its number as in the table; the number
// in the table comes to it.

import { declutter } from "./lib/declutter.js";
import { netMap, token } from "./lib/net-map.js";

const THIN_PX = 4;
const THICK_PX = 12;

function middleOf(L, layer) {
  const lines = layer.getLatLngs();
  const longest = Array.isArray(lines[0]) ? lines.reduce((one, other) => (other.length > one.length ? other : one)) : lines;
  return longest[Math.floor(longest.length / 2)];
}

export default async function bordersMap(section) {
  const lines = JSON.parse(section.querySelector("[data-lines]").textContent);
  section.hidden = false;
  const net = await netMap(section, {
    areas: section.dataset.areas,
    fit: JSON.parse(section.dataset.fit),
    label: ({ properties }) => properties[document.documentElement.lang === "en" ? "name_en" : "name"],
  });
  const { L, map } = net;
  const most = Math.max(...lines.features.map((one) => one.properties.count));
  const weight = (feature) => THIN_PX + ((THICK_PX - THIN_PX) * feature.properties.count) / most;
  const drawn = net.layer(lines, (feature) => ({ color: token("--s3", section), weight: weight(feature), opacity: 0.85 }));
  const places = new Map();
  drawn.eachLayer((layer) => {
    const number = String(layer.feature.properties.number);
    const mark = document.createElement("span");
    mark.textContent = number;
    const icon = L.divIcon({ html: mark, className: "borders-mark", iconSize: null });
    L.marker(middleOf(L, layer), { icon, interactive: false, keyboard: false }).addTo(map);
    places.set(number, layer.getBounds());
  });
  // Where numbers would lie on each other the more confusing border keeps its own.
  const tidy = () => declutter([...section.querySelectorAll(".borders-mark span")]);
  map.on("moveend", tidy);
  tidy();
  for (const button of document.querySelectorAll("[data-show]")) {
    button.disabled = false;
    button.addEventListener("click", () => {
      map.fitBounds(places.get(button.dataset.show), { padding: [40, 40], maxZoom: 17 });
      section.scrollIntoView({ block: "nearest" });
    });
  }
}
