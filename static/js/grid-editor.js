// The editor of the net: the map beside the panel. The panel is the page's own HTML; what it says in
// its data-state is what the map shows. Drawing fills a form's field of points, nothing else.

import { make } from "./lib/dom.js";
import { draw } from "./lib/net-draw.js";
import { drawnOn } from "./lib/net-drawn.js";
import { netMap, token } from "./lib/net-map.js";
import { livePanel } from "./lib/panel.js";
import { fill, wordsOf } from "./lib/words.js";

const NEAREST = 17;

/** "河江社区 02 网格" → "02 网格": in its village, on the map, the number is enough. */
const shortName = (name) => name.replace(/^.*?\s(?=\d|grid\b)/, "");

export default async function gridEditor(root) {
  const words = wordsOf(root);
  const panel = root.querySelector("[data-panel]");
  const bar = root.querySelector("[data-draw-bar]");
  const say = (text) => (bar.querySelector("[data-draw-words]").textContent = text);
  const english = document.documentElement.lang === "en";
  const read = () => JSON.parse(panel.querySelector("[data-state]").textContent);
  let state = read();
  let drawing = null;
  let overlay = null;

  const chosen = () => state.chosen;
  const ticked = () => new Set([...panel.querySelectorAll("[data-act=merge][open] [name=codes]:checked")].map((box) => box.value));

  function style(feature) {
    const { code } = feature.properties;
    if (code === chosen()) return { stroke: true, color: token("--ink"), weight: 2.5, fillColor: token("--map-chosen"), fillOpacity: 1 };
    if (ticked().has(code)) return { stroke: true, color: token("--accent"), weight: 2, fillColor: token("--map-chosen"), fillOpacity: 1 };
    if (state.changed.includes(code)) return { stroke: true, color: token("--s3"), weight: 2, fillColor: token("--s3"), fillOpacity: 0.12 };
    return { fillColor: token("--map-block"), fillOpacity: 1 };
  }

  const overStyle = ({ properties }) => {
    const over = { color: token("--s4"), weight: 1.5, fillColor: token("--s4"), fillOpacity: 0.1 };
    return properties.code === chosen() ? { ...over, color: token("--ink"), weight: 2.5 } : over;
  };

  function press(feature, event) {
    if (drawing) return;
    if (net.shown.coarser) return net.map.fitBounds(event.target.getBounds());
    const box = panel.querySelector(`[data-act=merge][open] [name=codes][value="${CSS.escape(feature.properties.code)}"]`);
    if (box) {
      box.checked = !box.checked;
      return net.restyle();
    }
    const refusal = panel.querySelector("[data-act=merge][open] #codes-error");
    if (refusal && feature.properties.code !== chosen()) {
      // Not among what can be ticked: leaving for it would lose the ticks.
      refusal.hidden = false;
      refusal.querySelector("span").textContent = words.other_village;
      return refusal.scrollIntoView({ block: "nearest" });
    }
    const search = new URLSearchParams(location.search);
    const asked = search.get("q") ? { q: search.get("q") } : {};
    live.go(`${location.pathname}?${new URLSearchParams({ ...asked, grid: feature.properties.code })}`, {}, { told: { stay: true } });
  }

  const nameOf = ({ name, name_en: inEnglish }) => shortName((english && inEnglish) || name);
  // A grid that is being split is named by its parts.
  const label = ({ properties }) => (state.halves.length && properties.code === chosen() ? "" : nameOf(properties));
  const fit = root.dataset.fit.split(",").map(Number);
  const net = await netMap(root, { areas: root.dataset.areas, fit, style, label, onArea: press });
  const drawn = drawnOn(net, panel, nameOf);

  async function professionals() {
    const response = await fetch(`${root.dataset.areas}?kind=professional`, { headers: { Accept: "application/geo+json, application/json" } });
    if (!response.ok) throw new Error(`professional grids: ${response.status}`);
    const found = await response.json();
    overlay?.remove();
    overlay = found.coarser ? null : net.layer(found, overStyle);
  }

  function see() {
    if (!state.fit) return;
    const [west, south, east, north] = state.fit;
    net.map.fitBounds(net.L.latLngBounds([south, west], [north, east]).pad(0.4), { maxZoom: NEAREST });
  }

  async function apply({ stay = false } = {}) {
    const before = state.revision;
    state = read();
    drawing?.cancel();
    for (const button of panel.querySelectorAll("[data-draw]")) button.hidden = false;
    if (!stay) see();
    if (state.revision !== before) await Promise.all([net.redraw(), professionals()]);
    else net.restyle();
    overlay?.setStyle(overStyle);
    drawn.show(state);
  }

  function failed() {
    panel.querySelector("[data-failed]")?.remove();
    panel.prepend(make("p", { class: "case-notice case-notice-refused", role: "alert", "data-failed": true }, words.failed));
  }

  // "data-ready" says that the map shows what the panel says; after a change it is drawn anew first.
  let applying = 0;
  async function came(told) {
    const turn = (applying += 1);
    root.removeAttribute("data-ready");
    try {
      await apply(told);
    } catch (error) {
      console.warn("editor", error);
    }
    if (turn === applying) root.setAttribute("data-ready", "");
  }

  const live = livePanel(panel, { failed, came });

  function start(button) {
    const name = button.dataset.draw;
    const closed = name === "polygon";
    const form = button.form;
    const area = name === "line" ? net.areas.getLayers().find((layer) => layer.feature.properties.code === chosen()) : null;
    const rings = () => (area ? area.getLatLngs().flat(area.feature.geometry.type === "Polygon" ? 0 : 1).map((ring) => [...ring, ring[0]]) : []);
    drawing?.cancel();
    bar.hidden = false;
    root.querySelector(".net-editor-map").scrollIntoView({ block: "nearest" });
    drawing = draw(net, {
      closed,
      lines: () => (closed ? net.lines.getLatLngs() : rings()),
      changed: (n) => say(n ? fill(n === 1 ? words.points_one : words.points, { n }) : words[`start_${name}`]),
      ended: (points) => {
        drawing = null;
        bar.hidden = true;
        if (!points) return button.focus();
        form.elements[name].value = points.map((point) => `${point.lng.toFixed(7)},${point.lat.toFixed(7)}`).join("\n");
        drawn.show(state);
        if (closed) form.elements.name.focus();
        else form.requestSubmit();
      },
    });
    net.map.getContainer().focus({ preventScroll: true });
  }

  panel.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-draw]");
    if (button) start(button);
  });
  panel.addEventListener("change", (event) => {
    if (event.target.name === "codes") net.restyle();
    if (["line", "polygon", "heir"].includes(event.target.name)) drawn.show(state);
  });
  panel.addEventListener("toggle", (event) => event.target.dataset.act === "merge" && net.restyle(), true);
  bar.querySelector("[data-draw-back]").addEventListener("click", () => drawing?.back());
  bar.querySelector("[data-draw-cancel]").addEventListener("click", () => drawing?.cancel());
  bar.querySelector("[data-draw-end]").addEventListener("click", () => drawing?.end());
  await professionals();
  await apply();
  root.setAttribute("data-ready", "");
}
