// A uPlot chart over days: as wide as its box, in the colours of the day or the night, until the page takes it away.
import uPlot from "../../vendor/uplot/uPlot.esm.js";

const MARKS = ["solid", "dashed", "dotted"];

// How uPlot draws the marks of its legend: as the lines themselves.
export const markers = { dash: (_chart, n) => MARKS[(n - 1) % MARKS.length] };

// What a custom property of the page's style says here and now.
export const colourOf = (box, name) => getComputedStyle(box).getPropertyValue(name).trim();

// options() is asked anew whenever it is drawn; `beside` stands in the box with the chart.
export function plot(box, { days, lines, height, options, beside = [] }) {
  const values = [days.map((one) => Date.parse(`${one}T00:00:00Z`) / 1000), ...lines.map((line) => line.values)];
  const size = () => ({ width: box.clientWidth, height });
  const tzDate = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");
  let chart = null;

  function draw() {
    chart?.destroy();
    chart = new uPlot({ ...size(), tzDate, cursor: { y: false }, ...options() }, values, box);
    box.append(...beside);
  }

  const resized = new ResizeObserver(() => {
    if (!box.isConnected) return;
    if (!chart) draw();
    else if (chart.width !== box.clientWidth) chart.setSize(size());
  });
  resized.observe(box);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", draw);
  // A board hangs for weeks and renews itself: what is replaced must not stay behind.
  for (const kept of [box.closest("section"), box.closest("[data-renew]")]) {
    kept?.addEventListener("gridgov:gone", () => {
      resized.disconnect();
      dark.removeEventListener("change", draw);
      chart?.destroy();
    });
  }
}
