// What was drawn but is not in the net: the line or the corners in a form's field, the parts of a split.

import { make } from "./dom.js";
import { token } from "./net-map.js";

/** Reads a field of points, one "lon,lat" a line, as [lat, lon]; [] while it cannot be read. */
function pointsIn(text) {
  const lines = text.split(/[\n;；]/).map((line) => line.trim()).filter(Boolean);
  const points = lines.map((line) => line.split(/[\s,，]+/).map(Number));
  const readable = points.every((point) => point.length === 2 && point.every(Number.isFinite));
  return readable ? points.map(([lon, lat]) => [lat, lon]) : [];
}

/** Shows what stands in a panel's forms on a map; `nameOf({name, name_en})` names the parts. */
export function drawnOn(net, panel, nameOf) {
  const { L, map } = net;
  const layers = [];
  const put = (layer) => layers.push(layer.addTo(map));

  function part(half, keeps, style) {
    put(L.geoJSON(half.geometry, { interactive: false, style: { ...style, weight: 2, fillOpacity: keeps ? 0 : 0.14 } }));
    const icon = L.divIcon({ html: make("span", {}, nameOf(half)), className: "net-label net-label-new", iconSize: null });
    put(L.marker([half.at[1], half.at[0]], { icon, interactive: false, keyboard: false }));
  }

  /** Draws anew: `halves` as the panel's data-state has them, the rest from its fields. */
  function show({ halves }) {
    for (const layer of layers.splice(0)) layer.remove();
    const style = { color: token("--s3"), weight: 3, interactive: false, fillColor: token("--s3") };
    const heir = panel.querySelector("[name=heir]:checked")?.value;
    halves.forEach((half, n) => part(half, heir === String(n), style));
    const field = (name) => pointsIn(panel.querySelector(`textarea[name=${name}]`)?.value ?? "");
    if (field("line").length) put(L.polyline(field("line"), style));
    if (field("polygon").length) put(L.polygon(field("polygon"), { ...style, fillOpacity: 0.12 }));
  }

  return { show };
}
