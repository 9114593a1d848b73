// The findings of the checks on the map: what is listed is drawn, and "on the map" goes there.

import { netMap, token } from "./lib/net-map.js";

const NEAREST = 19;
const NAMED = 14.75; // farther away the names would lie over each other
const AROUND_DEGREES = 0.0002; // 20 m around a point

function styleOf(feature) {
  const colour = token(feature.properties.blocks ? "--red-mark" : "--yellow-mark");
  const point = feature.geometry.type === "Point";
  return { color: colour, fillColor: colour, weight: point ? 2 : 1.5, radius: 6, fillOpacity: point ? 0.35 : 0.25, opacity: 1 };
}

/** The bounds of all that was drawn of one finding: its ground and its point. */
function boundsOf(L, features) {
  const bounds = L.geoJSON({ type: "FeatureCollection", features }).getBounds();
  const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  return [[south - AROUND_DEGREES, west - AROUND_DEGREES], [north + AROUND_DEGREES, east + AROUND_DEGREES]];
}

export default async function start(page) {
  const response = await fetch(page.dataset.findings, { headers: { Accept: "application/geo+json" } });
  if (!response.ok) throw new Error(`findings: ${response.status}`);
  const found = await response.json();
  const section = page.querySelector("[data-map-section]");
  const english = document.documentElement.lang === "en";
  let net = null;
  const label = ({ properties }) => (net?.map.getZoom() >= NAMED ? (english ? properties.name_en : properties.name) : "");
  net = await netMap(page, { areas: page.dataset.areas, fit: JSON.parse(page.dataset.fit), label });
  const layer = net.layer(found, styleOf);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => layer.setStyle(styleOf));
  page.addEventListener("click", (event) => {
    const link = event.target.closest("[data-show]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const features = found.features.filter((feature) => String(feature.properties.place) === link.dataset.show);
    if (!features.length) return;
    event.preventDefault();
    for (const entry of page.querySelectorAll("[data-entry]")) entry.toggleAttribute("data-shown", entry.dataset.entry === link.dataset.show);
    net.map.fitBounds(boundsOf(net.L, features), { maxZoom: NEAREST, animate: false });
    const box = section.getBoundingClientRect();
    if (box.top < 0 || box.bottom > innerHeight) section.scrollIntoView({ block: "start" });
  });
}
