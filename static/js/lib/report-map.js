// The small map of the report form: the district's own grids, a pin, its accuracy. Loaded with
// Leaflet only when somebody asks for it. No tile server: the grids are all that is drawn.

import { make } from "./dom.js";

const ZOOM = 16;
// Grids are asked for again when the centre has moved this far from where they were last asked for.
const REFETCH_M = 600;
// Nearer than this, names of grids and landmarks find room.
const NAMES_ZOOM = 15.5;
const STEP_PX = 4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SVG = "http://www.w3.org/2000/svg";
// A drop with a hole, its point at the bottom middle of a 30 × 40 box.
const PIN = "M15 39.5C6.6 29 1.5 21.5 1.5 14.5a13.5 13.5 0 0 1 27 0c0 7-5.1 14.5-13.5 25ZM15 9.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z";

async function loadLeaflet(section) {
  if (!document.querySelector("link[data-leaflet-style]")) {
    document.head.prepend(make("link", { rel: "stylesheet", href: section.dataset.leafletCss, "data-leaflet-style": true }));
  }
  // Leaflet ships no small ES module: its classic build, imported for its effect, leaves `L`.
  await import(section.dataset.leaflet);
  return window.L.noConflict();
}

function pinPicture() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 30 40");
  svg.setAttribute("class", "map-pin-shape");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PIN);
  svg.append(path);
  return svg;
}

class ReportMap {
  constructor(L, box, words, section, moved) {
    Object.assign(this, { L, box, moved, section });
    this.map = L.map(box, { attributionControl: false, zoomControl: false, maxZoom: 19, minZoom: 11, zoomSnap: 0.5 });
    L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(this.map);
    // Grids lie under the accuracy circle however late they arrive.
    this.map.createPane("grids").style.zIndex = 350;
    this.landmarks = L.layerGroup().addTo(this.map);
    this.grids = L.geoJSON(null, { pane: "grids", style: { className: "map-grid" }, onEachFeature: (feature, layer) => this.label(feature, layer) }).addTo(this.map);
    this.circle = L.circle([0, 0], { radius: 0, className: "map-accuracy", interactive: false });
    const icon = L.divIcon({ html: pinPicture(), className: "map-pin", iconSize: [30, 40], iconAnchor: [15, 40] });
    this.pin = L.marker([0, 0], { draggable: true, keyboard: true, icon, autoPan: true });
    this.pin.on("dragend", () => this.put(this.pin.getLatLng()));
    this.map.on("click", (event) => this.put(event.latlng));
    this.map.on("moveend", () => this.fetchGrids());
    this.map.on("zoomend", () => box.classList.toggle("map-far", this.map.getZoom() < NAMES_ZOOM));
    this.pinWords = words.pin;
    this.chosen = new Set();
  }

  label(feature, layer) {
    const { name, landmarks } = feature.properties;
    layer.bindTooltip(name, { permanent: true, direction: "center", className: "map-label" });
    for (const one of landmarks ?? []) {
      const icon = this.L.divIcon({ html: make("span", {}, one.name), className: "map-landmark", iconSize: null });
      this.L.marker([one.lat, one.lon], { icon, interactive: false, keyboard: false }).addTo(this.landmarks);
    }
  }

  put(spot) {
    this.pin.setLatLng(spot);
    this.circle.remove();
    this.moved(spot.lng, spot.lat);
  }

  // Arrow keys move the pin by a few pixels, so the nearer the finer.
  nudge(event) {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.map.latLngToContainerPoint(this.pin.getLatLng());
    this.put(this.map.containerPointToLatLng([at.x + way[0] * STEP_PX, at.y + way[1] * STEP_PX]));
  }

  /** Draws position ({lon, lat, accuracy} or null) and tints the grid it lies in and its neighbours. */
  show(state, result) {
    if (state) {
      const spot = [state.lat, state.lon];
      const first = !this.map.hasLayer(this.pin);
      // Leaflet places nothing before it knows the view.
      if (first || !this.map.getBounds().pad(-0.1).contains(spot)) this.map.setView(spot, first ? ZOOM : this.map.getZoom());
      this.pin.setLatLng(spot).addTo(this.map);
      this.circle.setLatLng(spot).setRadius(state.accuracy);
      if (state.accuracy > 10) this.circle.addTo(this.map);
      if (first) this.wirePin();
    }
    this.chosen = new Set([result?.area?.code, ...(result?.near_boundary ?? []).map((one) => one.code)]);
    this.tint();
  }

  wirePin() {
    const element = this.pin.getElement();
    element.setAttribute("aria-label", this.pinWords);
    element.addEventListener("keydown", (event) => this.nudge(event));
  }

  tint() {
    this.grids.eachLayer((layer) => {
      const chosen = this.chosen.has(layer.feature.properties.code);
      layer.getElement()?.classList.toggle("map-grid-chosen", chosen);
      layer.getTooltip()?.getElement()?.classList.toggle("map-label-chosen", chosen);
      if (chosen) layer.bringToFront();
    });
  }

  async fetchGrids() {
    const centre = this.map.getCenter();
    if (this.fetchedAt && this.map.distance(centre, this.fetchedAt) < REFETCH_M) return;
    this.fetchedAt = centre;
    const near = `${centre.lng.toFixed(6)},${centre.lat.toFixed(6)}`;
    const response = await fetch(`${this.section.dataset.grids}?${new URLSearchParams({ near })}`);
    if (!response.ok) throw new Error(`grids: ${response.status}`);
    const collection = await response.json();
    this.grids.clearLayers();
    this.landmarks.clearLayers();
    this.grids.addData(collection);
    // Without any position yet: show what came, the person finds the spot and presses it.
    if (!this.map.hasLayer(this.pin) && !this.framed) {
      this.framed = true;
      this.map.fitBounds(this.grids.getBounds());
    }
    this.tint();
  }
}

/** Opens the map in a section; moved(lon, lat) is called when the person sets the pin. */
export async function openMap(section, words, state, moved) {
  const L = await loadLeaflet(section);
  const box = section.querySelector("[data-map]");
  box.hidden = false;
  const map = new ReportMap(L, box, words, section, moved);
  if (state) map.show(state, null);
  else {
    const [lon, lat] = (section.dataset.centre || "0,0").split(",").map(Number);
    map.map.setView([lat, lon], 13);
  }
  await map.fetchGrids();
  return map;
}
