// An indicator over time, drawn by uPlot. data-chart: {days: [ISO], kind: share | count | index, by: day | week | month,
// lines: [{name, values: numbers or null, texts: ["91.2% (31 / 34)"], spans: ["2026-08-03 to 2026-08-09"]}]}; the
// first line is the period shown, the others lie beside it step by step and are dashed. The table says the same.
import { make } from "./lib/dom.js";
import { colourOf, markers, plot } from "./lib/plot.js";

const HEIGHT = 240;
const DASHES = [undefined, [6, 4], [2, 3]];
const WIDTHS = [2.5, 1.5, 1.5];

export default function chartLines(box) {
  const { days, kind, by, lines: all } = JSON.parse(box.dataset.chart);
  // What has no figure at all is no line, and no name under the chart.
  const lines = all.filter((line, n) => n === 0 || line.values.some((one) => one !== null));
  if (days.length < 2) {
    box.hidden = true; // one step is no line; the table has it
    box.closest("[data-renew]")?.querySelector("details")?.setAttribute("open", "");
    return;
  }
  const colour = (name) => colourOf(box, name);
  const tip = make("div", { class: "chart-tip", hidden: true });

  function range(_chart, low, high) {
    if (kind !== "share") return [0, Math.max(kind === "count" ? 4 : 1, high * 1.1)];
    // Shares near the top would be one flat line from zero; the axis says where it begins.
    const room = Math.max(2, (high - low) * 0.15);
    return [Math.max(0, Math.floor(low - room)), Math.min(100, Math.ceil(high + room))];
  }

  function options() {
    const [ink, grid] = [colour("--ink-2"), colour("--line")];
    const strokes = [colour("--s1"), colour("--s2"), colour("--s3")];
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    const unit = kind === "share" ? "%" : "";
    return {
      padding: [null, 28, null, null], // half of the last word below the axis
      legend: { live: false, markers },
      scales: { y: { range } },
      axes: [
        { ...axis, size: 32, space: by === "month" ? 72 : 50, grid: { show: false }, values: (_chart, at) => at.map(dayOf(days, by)) },
        { ...axis, size: 52, values: (_chart, at) => at.map((one) => `${one.toLocaleString("en")}${unit}`) },
      ],
      series: [
        {},
        ...lines.map((line, n) => ({
          label: line.name,
          stroke: strokes[n % strokes.length],
          dash: DASHES[n % DASHES.length],
          width: WIDTHS[n % WIDTHS.length],
          points: { size: 5, show: n === 0 && days.length <= 62, filter: (_chart, _n, all) => (all ? null : alone(line.values)) },
          spanGaps: false,
        })),
      ],
      hooks: { setCursor: [(chart) => show(chart, chart.cursor.idx)] },
    };
  }

  // What each line says at the step under the pointer: value, numerator and denominator.
  function show(chart, at) {
    tip.hidden = at === null || at === undefined || chart.cursor.left < 0;
    if (tip.hidden) return;
    tip.replaceChildren(
      ...lines
        .filter((line) => line.texts[at])
        .map((line) => make("p", {}, make("b", {}, `${line.name} ${line.texts[at]}`), ` ${line.spans[at]}`)),
    );
    const right = chart.cursor.left > chart.over.clientWidth / 2;
    tip.style.left = right ? "56px" : "";
    tip.style.right = right ? "" : "12px";
  }

  plot(box, { days, lines, height: HEIGHT, options, beside: [tip] });
}

// A step between two without a figure is no part of any line: it shows as a point.
const alone = (values) =>
  values.flatMap((one, n) => (one !== null && (values[n - 1] ?? null) === null && (values[n + 1] ?? null) === null ? [n] : []));

// The year is said where it is not the same all over; a month has no day.
const dayOf = (days, by) => {
  const one = days[0].slice(0, 4) === days.at(-1).slice(0, 4);
  return (seconds) => {
    const day = new Date(seconds * 1000).toISOString().slice(0, 10);
    if (by === "month") return day.slice(0, 7);
    return one ? day.slice(5) : day.slice(2);
  };
};
