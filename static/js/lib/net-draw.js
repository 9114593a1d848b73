// Drawing on the map of the net: press point after point; a double press, Enter or a button ends, Esc
// leaves. A point near a border goes onto it, first of all onto its corners.

import { token } from "./net-map.js";

const SNAP_PX = 12;
const SAME_PX = 4; // the two presses of a double press are one point

/** Returns the place on lines of LatLngs that is near enough to snap to, or the spot itself. */
function snapped(map, spot, lines) {
  const at = map.latLngToLayerPoint(spot);
  let best = { far: SNAP_PX, spot };
  const take = (far, found) => {
    if (far < best.far) best = { far, spot: found() };
  };
  for (const line of lines) {
    const ends = line.map((corner) => map.latLngToLayerPoint(corner));
    ends.forEach((end, i) => take(end.distanceTo(at) - 4, () => line[i]));
    for (let i = 1; i < ends.length; i += 1) {
      const [a, b] = [ends[i - 1], ends[i]];
      const along = b.subtract(a);
      const share = ((at.x - a.x) * along.x + (at.y - a.y) * along.y) / (along.x ** 2 + along.y ** 2 || 1);
      const foot = a.add(along.multiplyBy(Math.min(1, Math.max(0, share))));
      take(foot.distanceTo(at), () => map.layerPointToLatLng(foot));
    }
  }
  return best.spot;
}

/** Starts drawing; `lines()` are borders to snap to, `changed(n)` and `ended(points or null)` are told.
 *
 * Points are LatLngs. Returns {end(), cancel(), back()}.
 */
export function draw(net, { closed, lines, changed, ended }) {
  const { L, map } = net;
  const box = map.getContainer();
  const points = [];
  const colour = token("--s3", box);
  const style = { color: colour, weight: 3, fillColor: colour, fillOpacity: 0.12, interactive: false };
  const shape = (closed ? L.polygon([], style) : L.polyline([], style)).addTo(map);
  const corners = L.layerGroup().addTo(map);

  function show(next) {
    shape.setLatLngs(next ? [...points, next] : points);
    corners.clearLayers();
    for (const point of points) L.circleMarker(point, { radius: 4, color: colour, weight: 2, fillColor: token("--surface", box), fillOpacity: 1, interactive: false }).addTo(corners);
  }

  function press(event) {
    const spot = snapped(map, event.latlng, lines());
    const last = points.at(-1);
    if (last && map.latLngToLayerPoint(last).distanceTo(map.latLngToLayerPoint(spot)) < SAME_PX) return;
    points.push(spot);
    show();
    changed(points.length);
  }

  const move = (event) => points.length && show(closed ? event.latlng : snapped(map, event.latlng, lines()));

  function stop(result) {
    map.off({ click: press, mousemove: move, dblclick: end });
    document.removeEventListener("keydown", key);
    box.classList.remove("net-drawing");
    shape.remove();
    corners.remove();
    ended(result);
  }

  function end() {
    if (points.length >= (closed ? 3 : 2)) stop(points);
  }

  const cancel = () => stop(null);

  function back() {
    points.pop();
    show();
    changed(points.length);
  }

  function key(event) {
    const writing = event.target.closest?.("input, textarea, select, button, a");
    if (event.key === "Escape") cancel();
    else if (event.key === "Enter" && !writing) end();
    else if (event.key === "Backspace" && !writing) back();
    else return;
    event.preventDefault();
  }

  map.on({ click: press, mousemove: move, dblclick: end });
  document.addEventListener("keydown", key);
  box.classList.add("net-drawing");
  changed(0);
  return { end, cancel, back };
}
