// Two maps of one view: the net in force and the draft. Every case of the time is a dot, one that
// changes grid a diamond in another colour; the borders that are new are drawn strong. The maps
// move together.
import { declutter } from "./lib/declutter.js";
import { netMap, token } from "./lib/net-map.js";
import { fill, wordsOf } from "./lib/words.js";

const PAUSE_MS = 150;

export default async function gridRehearsal(section) {
  const plan = JSON.parse(section.querySelector("script[data-maps]").textContent);
  const words = wordsOf(section);
  const changed = new Set(plan.changed);
  const fresh = new Set(plan.fresh);
  section.classList.add("rehearsal-drawn");

  function open(side, areas) {
    const box = section.querySelector(`[data-${side}]`);
    const names = plan.names[side];
    return netMap(box, {
      areas,
      fit: plan.fit,
      style: (feature) => look(feature.properties.code, side, changed, fresh),
      label: ({ properties }) => names[properties.code] ?? "",
      onDrawn: () => tidy(box),
    });
  }

  // One after the other: the second finds Leaflet there.
  const old = await open("old", plan.old);
  const draft = await open("new", plan.new);
  together(old.map, draft.map);
  const diamond = diamondOf(old.L);
  const drawn = [old, draft].map((net) => ({ net, dots: net.L.layerGroup().addTo(net.map) }));
  let line = null;

  function borders() {
    line?.remove();
    if (plan.borders) line = draft.layer(plan.borders, () => ({ color: token("--s3"), weight: 4, opacity: 1 }));
  }

  let asking = null;
  let shown = { moved: [], stayed: [] };

  function paint() {
    borders();
    const [small, large] = sizes(draft.map.getZoom());
    for (const { net, dots } of drawn) {
      dots.clearLayers();
      const quiet = { radius: small, stroke: false, fill: true, fillOpacity: 0.9, fillColor: token("--s2"), interactive: false };
      for (const [lon, lat] of shown.stayed) net.L.circleMarker([lat, lon], quiet).addTo(dots);
      const loud = { radius: large, weight: 1, color: token("--surface"), fill: true, fillOpacity: 1, fillColor: token("--s3"), interactive: false };
      for (const [lon, lat] of shown.moved) new diamond([lat, lon], loud).addTo(dots);
      tidy(net.section);
    }
  }

  async function lookAgain() {
    const view = draft.map.getBounds().pad(0.1);
    const bbox = [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()].map((degrees) => degrees.toFixed(5)).join(",");
    asking?.abort();
    asking = new AbortController();
    try {
      const address = new URL(plan.points, location.href);
      address.searchParams.set("bbox", bbox);
      const response = await fetch(address, { signal: asking.signal, headers: { Accept: "application/json" } });
      if (!response.ok || response.redirected) throw new Error(`points: ${response.status}`);
      shown = await response.json();
      paint();
      tellDots(section, shown, words);
    } catch (error) {
      if (error.name === "AbortError") return;
      console.warn("the cases cannot be drawn", error);
      section.querySelector("[data-dots]").textContent = words.failed;
    }
  }

  let waiting = 0;
  draft.map.on("moveend", () => {
    clearTimeout(waiting);
    waiting = setTimeout(lookAgain, PAUSE_MS);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  await lookAgain();
}

// From far away the dots would cover the ground they stand on.
function sizes(zoom) {
  if (zoom < 13) return [1.2, 2.6];
  return zoom < 15 ? [1.7, 3.5] : [2.5, 4.5];
}

// Two numbers on each other are none.
function tidy(box) {
  declutter([...box.querySelectorAll(".net-label span")]);
}

function look(code, side, changed, fresh) {
  if (!changed.has(code)) return {};
  const line = { stroke: true, color: token("--ink"), weight: 2, opacity: 1 };
  return side === "new" && fresh.has(code) ? { ...line, fillColor: token("--s3"), fillOpacity: 0.12 } : line;
}

// What one shows the other shows: by hand, by wheel, by keys, after a change of size.
function together(one, other) {
  let leading = null;
  const follow = (from, to) => () => {
    if (leading === to) return;
    leading = from;
    to.setView(from.getCenter(), from.getZoom(), { animate: false });
    leading = null;
  };
  one.on("move zoomend", follow(one, other));
  other.on("move zoomend", follow(other, one));
}

// Leaflet's canvas knows circles and lines; a diamond is a circle marker that draws four corners.
function diamondOf(L) {
  L.Canvas.include({
    _updateDiamond(layer) {
      if (!this._drawing || layer._empty()) return;
      const { x, y } = layer._point;
      const r = layer._radius;
      const pen = this._ctx;
      pen.beginPath();
      pen.moveTo(x, y - r);
      pen.lineTo(x + r, y);
      pen.lineTo(x, y + r);
      pen.lineTo(x - r, y);
      pen.closePath();
      this._fillStroke(pen, layer);
    },
  });
  return L.CircleMarker.extend({
    _updatePath() {
      this._renderer._updateDiamond(this);
    },
  });
}

function tellDots(section, { total, left_out: left, confidential }, words) {
  const said = [fill(words.dots, { n: total })];
  if (left) said.push(fill(words.left_out, { n: left }));
  if (confidential) said.push(fill(words.hidden, { n: confidential }));
  section.querySelector("[data-dots]").textContent = said.join(" · ");
}
