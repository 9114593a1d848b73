// Lines over days, drawn by uPlot. data-chart: {days: [ISO], lines: [{name, values}], day: its word}; the first line
// is the one that matters, the others are dashed. Below it stand the values of the day under the pointer, of the last
// day otherwise. The table beside it says the same to everybody else.
import uPlot from "../vendor/uplot/uPlot.esm.js";

const HEIGHT = 170;
const DASHES = [null, [6, 4], [2, 3]];
const WIDTHS = [2, 2, 1.5];
const MARKS = ["solid", "dashed", "dotted"];

export default function chartDays(box) {
  const { days, lines, day } = JSON.parse(box.dataset.chart);
  if (days.length < 2) return;
  const times = days.map((one) => Date.parse(`${one}T00:00:00Z`) / 1000);
  const colour = (name) => getComputedStyle(box).getPropertyValue(name).trim();

  function options(width) {
    const [ink, grid] = [colour("--ink-2"), colour("--line")];
    const strokes = [colour("--accent"), ink, colour("--ink-3")];
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    return {
      width,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      cursor: { y: false },
      legend: { live: true, markers: { dash: (_chart, n) => MARKS[(n - 1) % MARKS.length] } },
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

  let chart = null;
  function draw() {
    chart?.destroy();
    chart = new uPlot(options(box.clientWidth), [times, ...lines.map((line) => line.values)], box);
  }

  const resized = new ResizeObserver(() => {
    if (!box.isConnected) return;
    if (!chart) draw();
    else if (chart.width !== box.clientWidth) chart.setSize({ width: box.clientWidth, height: HEIGHT });
  });
  resized.observe(box);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", draw);
  // A board hangs for weeks: what is replaced must not stay behind.
  box.closest("section")?.addEventListener("gridgov:gone", () => {
    resized.disconnect();
    dark.removeEventListener("change", draw);
    chart?.destroy();
  });
}

const isoOf = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
const dayOf = (seconds) => isoOf(seconds).slice(5);
