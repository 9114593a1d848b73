// The area under the pointer or the focus: outlined, its figures in the call-out, a line between.
// Also keeps the legend's number of areas per class. The figures come from the table beside the map.
import { leaderPath } from "./lib/leader.js";
import { fill, wordsOf } from "./lib/words.js";

// Closer than this the discs would touch (design.md, Map): the larger one shows the sum.
const DISC_PX = 34;

export default function boardMap(box) {
  const svg = box.querySelector("svg");
  const board = box.closest("[data-area-code]");
  const callout = box.querySelector("[data-callout]");
  const words = wordsOf(board);

  function choose(code) {
    if (!callout || !code) return;
    for (const use of svg.querySelectorAll("use[data-chosen]")) use.setAttribute("href", `#map-${code}`);
    callout.dataset.area = code;
    fillCallout(board, callout, code);
    drawLeader(svg, callout, code);
  }

  function onReach(event) {
    const area = event.target.closest?.(".map-area");
    if (area) choose(area.dataset.area);
  }

  svg.addEventListener("pointerover", onReach);
  svg.addEventListener("focusin", onReach);
  board.addEventListener("gridgov:frame", () => {
    if (!svg.isConnected) return; // another net came, and another map with it
    countClasses(board, svg, words);
    tidy(svg);
    choose(callout?.dataset.area);
  });
  new ResizeObserver(() => {
    if (!svg.isConnected) return;
    tidy(svg);
    if (callout) takeCorner(svg, callout);
    choose(callout?.dataset.area);
  }).observe(svg);
}

function fillCallout(board, callout, code) {
  const row = board.querySelector(`tr[data-area="${CSS.escape(code)}"]`);
  if (!row) return;
  // A count has no parts.
  const cell = (name) => row.querySelector(`[data-field="${name}"]`)?.textContent ?? "";
  const put = (name, text) => {
    callout.querySelector(`[data-field="${name}"]`).textContent = text;
  };
  put("name", row.querySelector("th").textContent);
  put("measure", cell("measure"));
  put("measure_parts", cell("measure_parts"));
  put("overdue", cell("overdue"));
}

function drawLeader(svg, callout, code) {
  const leader = svg.querySelector("[data-leader]");
  const shape = svg.querySelector(`#map-${CSS.escape(code)}`);
  // Below the map (narrow pages) the call-out needs no line.
  const beside = shape && svg.getScreenCTM() && getComputedStyle(callout).position === "absolute";
  const names = [...svg.querySelectorAll(".map-label, .map-disc")];
  const path = beside ? leaderPath(svg, shape, callout.getBoundingClientRect(), names) : null;
  if (path) leader.setAttribute("d", path);
  else leader.removeAttribute("d");
}

// The corner in which the call-out hides least of the map, tried at three by three points.
function takeCorner(svg, callout) {
  const outline = svg.querySelector(".map-outline");
  const matrix = svg.getScreenCTM()?.inverse();
  if (!outline || !matrix) return;
  const hidden = ["top-left", "top-right", "bottom-left", "bottom-right"].map((corner) => {
    callout.dataset.corner = corner;
    const { left, top, width, height } = callout.getBoundingClientRect();
    const points = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => [(width * i) / 2, (height * j) / 2]));
    const hits = points.filter(([x, y]) =>
      outline.isPointInFill(new DOMPoint(left + x, top + y).matrixTransform(matrix)),
    );
    return { corner, hits: hits.length };
  });
  callout.dataset.corner = hidden.reduce((best, one) => (one.hits < best.hits ? one : best)).corner;
}

function countClasses(board, svg, words) {
  for (const element of board.querySelectorAll("[data-legend]")) {
    const wanted = CSS.escape(element.dataset.legend);
    const n = svg.querySelectorAll(`.map-area[data-class="${wanted}"]`).length;
    element.textContent = fill(n === 1 ? words.areas_one : words.areas_many, { n });
  }
}

// A name that would lie on another is left out; the table and the call-out have it.
function tidy(svg) {
  mergeDiscs(svg);
  const placed = [];
  for (const label of svg.querySelectorAll(".map-label")) {
    label.removeAttribute("data-crowded");
    const { left, right, top, bottom } = label.getBoundingClientRect();
    const hit = placed.some((a) => left < a.right && right > a.left && top < a.bottom && bottom > a.top);
    if (hit) label.setAttribute("data-crowded", "");
    else placed.push({ left, right, top, bottom });
  }
}

function mergeDiscs(svg) {
  const scale = svg.getScreenCTM()?.a || 1;
  const leaders = [];
  const discs = [...svg.querySelectorAll("[data-disc]")].map((element) => {
    const { e: x, f: y } = element.transform.baseVal.consolidate().matrix;
    return { element, x, y, sum: Number(element.querySelector("[data-field]").textContent), more: 0 };
  });
  for (const disc of discs.filter((one) => one.sum > 0).sort((a, b) => b.sum - a.sum)) {
    const near = leaders.find((one) => Math.hypot(one.x - disc.x, one.y - disc.y) * scale < DISC_PX);
    disc.element.toggleAttribute("data-merged", Boolean(near));
    if (!near) leaders.push(disc);
    else near.more += disc.sum;
  }
  for (const { element, sum, more } of leaders) {
    element.toggleAttribute("data-leads", more > 0);
    element.querySelector("[data-sum]").textContent = more > 0 ? String(sum + more) : "";
    element.dataset.digits = String(sum + more).length;
  }
}
