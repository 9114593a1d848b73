// A map of the net, for the pages of the administration: borders of one version, in view only, drawn
// on a canvas. No tiles. Borders are dashed violet lines drawn once; an area is filled (and stroked)
// only where the page's own style says so.

import { loadLeaflet } from "./leaflet.js";
import { borderLines } from "./net-lines.js";
import { wordsOf } from "./words.js";

const MARGIN = 0.25; // asked for around the view, so that a small move asks for nothing
const NEAR_ZOOM = 13;
const PAUSE_MS = 120;
// A finer zoom than this has no finer borders (domain/generalise.py).
const FINEST = 17;
const NOTHING = { stroke: false, fill: true, fillOpacity: 0 };
const EMPTY = { type: "FeatureCollection", features: [] };

/** The value of a CSS token such as "--map-border", as canvas needs it. */
export function token(name, element = document.documentElement) {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

class NetMap {
  constructor(L, section, options) {
    Object.assign(this, { L, section, options, shown: EMPTY, overlays: new Set() });
    const words = wordsOf(section);
    this.box = section.querySelector("[data-map]") ?? section;
    this.box.classList.add("net-map");
    this.map = L.map(this.box, { attributionControl: false, zoomControl: false, preferCanvas: true, minZoom: 7, maxZoom: 20, zoomSnap: 0.25, doubleClickZoom: false });
    L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in ?? "+", zoomOutTitle: words.zoom_out ?? "−" }).addTo(this.map);
    L.control.scale({ imperial: false, maxWidth: 120 }).addTo(this.map);
    this.areas = L.geoJSON(null, { style: (feature) => this.styleOf(feature), onEachFeature: (feature, layer) => this.wire(feature, layer) }).addTo(this.map);
    this.lines = L.polyline([], { interactive: false }).addTo(this.map);
    this.names = L.layerGroup().addTo(this.map);
    this.map.on("moveend", () => this.later());
    new ResizeObserver(() => this.map.invalidateSize({ pan: false })).observe(this.box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.restyle());
  }

  styleOf(feature) {
    return { ...NOTHING, ...this.options.style?.(feature) };
  }

  wire(feature, layer) {
    if (this.options.onArea) layer.on("click", (event) => this.options.onArea(feature, event));
  }

  /** Draws the areas again with the page's style, for instance after another one was chosen. */
  restyle() {
    this.areas.setStyle((feature) => this.styleOf(feature));
    // From afar cells are as small as dashes: a thin line is quieter then.
    const near = this.map.getZoom() >= NEAR_ZOOM;
    this.lines.setStyle({ color: token("--map-border", this.box), weight: near ? 1.5 : 0.75, dashArray: near ? "6 4" : null, opacity: near ? 1 : 0.7 });
    this.lines.bringToFront();
    this.areas.eachLayer((layer) => {
      if (layer.options.stroke) layer.bringToFront();
    });
    for (const one of this.overlays) one.bringToFront();
    this.label();
  }

  /** Puts more GeoJSON on top, not to be pressed; style(feature) as for areas, `radius` for points. */
  layer(geojson, style = () => ({})) {
    const { L } = this;
    const made = L.geoJSON(geojson, { interactive: false, style, pointToLayer: (feature, spot) => L.circleMarker(spot, { interactive: false, ...style(feature) }) });
    this.overlays.add(made);
    made.on("remove", () => this.overlays.delete(made));
    return made.addTo(this.map);
  }

  // A name stands where it fits into its area, on two lines at most, and nowhere else.
  label() {
    this.names.clearLayers();
    if (!this.options.label) return;
    this.areas.eachLayer((layer) => {
      const text = this.options.label(layer.feature);
      if (!text) return;
      const bounds = layer.getBounds();
      const [one, other] = [bounds.getNorthWest(), bounds.getSouthEast()].map((at) => this.map.latLngToContainerPoint(at));
      if (other.x - one.x < 56 || other.y - one.y < 24 || !this.map.getBounds().intersects(bounds)) return;
      const name = document.createElement("span");
      name.textContent = text;
      const icon = this.L.divIcon({ html: name, className: "net-label", iconSize: null });
      this.L.marker(layer.getCenter(), { icon, interactive: false, keyboard: false }).addTo(this.names);
    });
  }

  later() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.look().catch((error) => console.warn("net", error)), PAUSE_MS);
  }

  /** Asks again for what is in view, also where it was there: the draft has changed. */
  async redraw() {
    this.held = null;
    await this.look();
  }

  /** Sees to it that what is in view is drawn; what is there or on its way is not asked again. */
  async look() {
    const zoom = Math.min(Math.ceil(this.map.getZoom()), FINEST);
    const view = this.map.getBounds();
    if (this.held?.zoom !== zoom || !this.held.bounds.contains(view)) {
      this.held = { zoom, bounds: view.pad(MARGIN) };
      this.latest = this.ask(this.held);
    } else this.label();
    return this.latest;
  }

  async ask(held) {
    const { zoom, bounds } = held;
    const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degrees) => degrees.toFixed(5)).join(",");
    this.asking?.abort();
    this.asking = new AbortController();
    const query = new URLSearchParams({ kind: this.options.kind ?? "grid", zoom, bbox });
    try {
      const join = this.options.areas.includes("?") ? "&" : "?";
      const response = await fetch(`${this.options.areas}${join}${query}`, { signal: this.asking.signal, headers: { Accept: "application/geo+json, application/json" } });
      if (!response.ok) throw new Error(`areas: ${response.status}`);
      this.draw(await response.json());
    } catch (error) {
      // The next view is being asked for already: whoever waits, waits for that.
      if (error.name === "AbortError") return this.latest;
      if (this.held === held) this.held = null; // the next move tries again
      throw error;
    }
  }

  draw(collection) {
    this.shown = collection;
    this.areas.clearLayers();
    this.areas.addData(collection);
    this.lines.setLatLngs(borderLines(collection.features));
    const coarser = this.section.querySelector("[data-coarser]");
    if (coarser) coarser.hidden = !collection.coarser;
    this.restyle();
    this.options.onDrawn?.(collection);
  }
}

/** Opens a map in a section that carries data-leaflet and data-leaflet-css (lib/leaflet.js).
 *
 * The map is put into its [data-map] (or itself). `areas`: address of a version's areas.geojson;
 * `fit`: [west, south, east, north]; `style(feature)`: Leaflet path options over "no fill, no
 * stroke"; `onArea(feature, event)`: an area was pressed. Also: `kind` (grid), `label(feature)`: a
 * name where it fits, `onDrawn(collection)`: other areas came, `coarser` says that they are a level
 * above. An element [data-coarser] in the section is shown meanwhile. Words: zoom_in, zoom_out.
 * Returns {map, L, redraw(), restyle(), layer(geojson, style), shown}.
 */
export async function netMap(section, options) {
  const L = await loadLeaflet(section);
  const net = new NetMap(L, section, options);
  const [west, south, east, north] = options.fit;
  net.map.fitBounds([[south, west], [north, east]], { padding: [12, 12], animate: false });
  await net.redraw();
  return net;
}
