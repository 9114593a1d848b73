// Leaflet, fetched only when a map is asked for, and the pin that is drawn with it.

import { make } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
// A drop with a hole, its point at the bottom middle of a 30 × 40 box.
const PIN = "M15 39.5C6.6 29 1.5 21.5 1.5 14.5a13.5 13.5 0 0 1 27 0c0 7-5.1 14.5-13.5 25ZM15 9.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z";

let loading = null;

/** Loads Leaflet and its style from the addresses on a section; returns its `L`. */
export function loadLeaflet(section) {
  if (!document.querySelector("link[data-leaflet-style]")) {
    document.head.prepend(make("link", { rel: "stylesheet", href: section.dataset.leafletCss, "data-leaflet-style": true }));
  }
  // Leaflet ships no small ES module: its classic build, imported for its effect, leaves `L`.
  loading ??= import(section.dataset.leaflet).then(() => window.L.noConflict());
  return loading;
}

/** The pin as an SVG element, coloured by CSS (.map-pin-shape). */
export function pinPicture() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 30 40");
  svg.setAttribute("class", "map-pin-shape");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PIN);
  svg.append(path);
  return svg;
}
