// The reports sent from this device, with the state they are in now. Only this browser knows the codes.

import { icon, make } from "./lib/dom.js";
import { forget, myReports, refresh } from "./lib/reports.js";

// The first page shows the newest; asking for more would cost the first page its speed.
const NEWEST = 2;

function row(report) {
  const title = make("strong", {}, report.title || report.code);
  const state = make("span", { class: "note" }, report.summary || report.code);
  return make("li", {}, make("a", { href: report.url }, make("span", {}, title, state), icon("next", "medium")));
}

function show(section, reports) {
  section.querySelector(".my-list").replaceChildren(...reports.map(row));
  section.hidden = !reports.length;
}

async function latest(report) {
  const response = await fetch(`${report.url.replace(/[?#].*$/, "")}/fragment`, { headers: { Accept: "text/html" } });
  if (response.status === 404) return forget(report.code);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const receipt = page.querySelector("[data-receipt]");
  if (receipt) refresh(report.code, receipt.dataset.title, receipt.dataset.summary);
}

export default async function start(section) {
  const many = section.hasAttribute("data-all") ? Infinity : NEWEST;
  const reports = () => myReports().slice(0, many);
  show(section, reports());
  // Old states stay in sight while the new ones are asked for, and when they cannot be had.
  await Promise.allSettled(reports().map(latest));
  show(section, reports());
}
