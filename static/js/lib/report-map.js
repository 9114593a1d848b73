// The small map of the report form: the district's own grids, a pin, its accuracy. Loaded with
// Leaflet only when somebody asks for it. No tile server: the grids are all that is drawn.

import { declutter } from "./declutter.js";
import { make } from "./dom.js";
import { loadLeaflet, pinPicture } from "./leaflet.js";

const ZOOM = 16;
// The circle of a rough position has to fit into the map as well: metres up to which a zoom shows it.
const ZOOM_FOR = [[200, ZOOM], [450, 15], [900, 14]];
const FAR_ZOOM = 13.5;
// Grids are asked for again when the centre has moved this far from where they were last asked for.
const REFETCH_M = 600;
// Nearer than this, names of grids and landmarks find room.
const NAMES_ZOOM = 15.5;
const GRIDS_ZOOM = 13.5;
const PIN_ZOOM = 15;
const STEP_PX = 4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function zoomFor(accuracy) {
  return ZOOM_FOR.find(([metres]) => accuracy <= metres)?.[1] ?? FAR_ZOOM;
}

class ReportMap {
  constructor(L, box, words, section, moved) {
    Object.assign(this, { L, box, moved, section });
    this.map = L.map(box, { attributionControl: false, zoomControl: false, maxZoom: 19, minZoom: 9, zoomSnap: 0.5 });
    L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(this.map);
    // Grids lie under the accuracy circle however late they arrive.
    this.map.createPane("grids").style.zIndex = 350;
    this.landmarks = L.layerGroup().addTo(this.map);
    this.grids = L.geoJSON(null, { pane: "grids", style: { className: "map-grid" }, onEachFeature: (feature, layer) => this.label(feature, layer) }).addTo(this.map);
    this.circle = L.circle([0, 0], { radius: 0, className: "map-accuracy", interactive: false });
    const icon = L.divIcon({ html: pinPicture(), className: "map-pin", iconSize: [30, 40], iconAnchor: [15, 40] });
    this.pin = L.marker([0, 0], { draggable: true, keyboard: true, icon, autoPan: true });
    this.pin.on("dragend", () => this.put(this.pin.getLatLng()));
    this.map.on("click", (event) => this.press(event.latlng));
    this.map.on("moveend", () => this.fetchGrids().then(() => this.tidy(), (error) => console.warn("grids", error)));
    this.map.on("zoomend", () => box.classList.toggle("map-far", this.map.getZoom() < NAMES_ZOOM));
    this.pinWords = words.pin;
    this.chosen = new Set();
  }

  label(feature, layer) {
    const { label, kind, landmarks, code } = feature.properties;
    layer.bindTooltip(label, { permanent: true, direction: "center", className: `map-label map-label-${kind}` });
    for (const one of landmarks ?? []) {
      const icon = this.L.divIcon({ html: make("span", { "data-grid": code }, one.name), className: "map-landmark", iconSize: null });
      this.L.marker([one.lat, one.lon], { icon, interactive: false, keyboard: false }).addTo(this.landmarks);
    }
  }

  // From far away a press comes nearer first: a pin set there would be a guess.
  press(spot) {
    if (this.map.getZoom() < PIN_ZOOM) this.map.setView(spot, Math.min(this.map.getZoom() + 2, PIN_ZOOM));
    else this.put(spot);
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
      if (first || !this.map.getBounds().pad(-0.1).contains(spot)) this.map.setView(spot, first ? zoomFor(state.accuracy) : this.map.getZoom());
      this.pin.setLatLng(spot).addTo(this.map);
      this.circle.setLatLng(spot).setRadius(state.accuracy);
      if (state.accuracy > 10) this.circle.addTo(this.map);
      if (first) this.wirePin();
    }
    this.chosen = new Set([result?.area?.code, ...(result?.near ?? []).map((one) => one.code)]);
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
    this.tidy();
  }

  // The landmarks of the grids in question come first: they are the words of the question.
  tidy() {
    const all = (selector) => [...this.box.querySelectorAll(selector)];
    const marks = all(".map-landmark");
    for (const mark of marks) mark.classList.toggle("map-landmark-asked", this.chosen.has(mark.firstChild.dataset.grid));
    const [asked, rest] = [true, false].map((is) => marks.filter((mark) => mark.classList.contains("map-landmark-asked") === is));
    const names = [...all(".map-label-chosen"), ...all(".map-label:not(.map-label-chosen)")];
    declutter([...asked, ...names, ...rest], all(".leaflet-control-zoom, .map-pin-shape"));
  }

  async fetchGrids() {
    const centre = this.map.getCenter();
    if (this.map.getZoom() < GRIDS_ZOOM) return;
    if (this.fetchedAt && this.map.distance(centre, this.fetchedAt) < REFETCH_M) return;
    this.fetchedAt = centre;
    this.draw(await this.areas({ near: `${centre.lng.toFixed(6)},${centre.lat.toFixed(6)}` }));
    this.tint();
  }

  async areas(query) {
    const response = await fetch(`${this.section.dataset.grids}?${new URLSearchParams(query)}`);
    if (!response.ok) throw new Error(`areas: ${response.status}`);
    return response.json();
  }

  draw(collection) {
    this.landmarks.clearLayers();
    this.grids.clearLayers();
    this.grids.addData(collection);
  }

  /** Without a position: the parts of the district, or those of an area, tinted; pressing one comes nearer. */
  async overview(parent) {
    const found = await this.areas({ parent: parent || this.section.dataset.district });
    this.chosen = new Set(parent ? found.features.map((one) => one.properties.code) : []);
    this.draw(found);
    // Room at the right for the zoom buttons.
    this.map.fitBounds(this.grids.getBounds(), { paddingTopLeft: [8, 8], paddingBottomRight: [60, 8] });
  }
}

/** Opens the map in a section; moved(lon, lat) is called when the person sets the pin. */
export async function openMap(section, words, state, moved, parent) {
  const L = await loadLeaflet(section);
  const box = section.querySelector("[data-map]");
  box.hidden = false;
  const map = new ReportMap(L, box, words, section, moved);
  try {
    if (state) {
      map.show(state, null);
      await map.fetchGrids();
    } else await map.overview(parent);
  } catch (error) {
    // A blank map helps nobody; the next press tries again.
    map.map.remove();
    box.hidden = true;
    throw error;
  }
  return map;
}
