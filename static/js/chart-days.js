// Lines over days, drawn by uPlot. data-chart: {days: [ISO], lines: [{name, values}], day: its word}; the first line
// is the one that matters, the others are dashed. Below it stand the values of the day under the pointer, of the last
// day otherwise. The table beside it says the same to everybody else.
import { colourOf, markers, plot } from "./lib/plot.js";

const HEIGHT = 170;
const DASHES = [null, [6, 4], [2, 3]];
const WIDTHS = [2, 2, 1.5];

export default function chartDays(box) {
  const { days, lines, day } = JSON.parse(box.dataset.chart);
  if (days.length < 2) return;
  const colour = (name) => colourOf(box, name);

  function options() {
    const [ink, grid] = [colour("--ink-2"), colour("--line")];
    const strokes = [colour("--accent"), ink, colour("--ink-3")];
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    return {
      legend: { live: true, markers },
      scales: { y: { range: (_chart, _low, high) => [0, Math.max(4, high * 1.1)] } },
      axes: [
        { ...axis, size: 28, grid: { show: false }, values: (_chart, at) => at.map(dayOf) },
        { ...axis, size: 44 },
      ],
      series: [
        { label: day, value: (_chart, at) => (at === null ? "" : isoOf(at)) },
        ...lines.map((line, n) => ({
          label: line.name,
          stroke: strokes[n % strokes.length],
          dash: DASHES[n % DASHES.length] ?? undefined,
          width: WIDTHS[n % WIDTHS.length],
          points: { show: false },
          value: (_chart, value) => (value === null ? "—" : value.toLocaleString("en")),
        })),
      ],
      hooks: { ready: [sayLast], setCursor: [(chart) => chart.cursor.idx ?? sayLast(chart)] },
    };
  }

  function sayLast(chart) {
    chart.setLegend({ idx: days.length - 1 }, false);
  }

  plot(box, { days, lines, height: HEIGHT, options });
}

const isoOf = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
const dayOf = (seconds) => isoOf(seconds).slice(5);
