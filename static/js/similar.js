// Shows the open cases around the spot, so that the same hole is not reported five times.

import { make } from "./lib/dom.js";
import { fill, wordsOf } from "./lib/words.js";

function shown(one, words) {
  const name = make("strong", {}, one.title);
  const note = make("span", { class: "note" }, one.note);
  const same = make("span", { class: "visually-hidden" }, ` ${one.title}`);
  return make(
    "li",
    {},
    make("p", {}, name, note),
    make("button", { class: "button button-outline", type: "submit", name: "join", value: one.code }, words.me_too, same),
  );
}

export default function start(section) {
  const form = section.closest("form");
  const words = wordsOf(section);
  const title = section.querySelector("[data-similar-title]");
  const list = section.querySelector("[data-similar-list]");
  let asked = "";

  async function look() {
    const value = (name) => form.elements.namedItem(name)?.value ?? "";
    const query = new URLSearchParams({
      lon: value("lon"), lat: value("lat"), datum: value("datum"),
      category: form.querySelector("input[name=category]:checked")?.value ?? "",
    }).toString();
    if (query === asked) return;
    asked = query;
    const found = value("lon") ? await fetchSimilar(`${section.dataset.nearby}?${query}`) : [];
    if (query !== asked) return; // the spot moved on while the answer travelled
    title.textContent = found.length ? fill(words.near_by, { n: found.length }) : "";
    list.replaceChildren(...found.map((one) => shown(one, words)));
    section.hidden = !found.length;
  }

  form.addEventListener("gridgov:changed", look);
  form.addEventListener("change", (event) => {
    if (event.target.name === "category") look();
  });
  look();
}

async function fetchSimilar(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).similar : [];
  } catch (error) {
    // Without signal there is nothing to propose; the report goes on as a new one.
    console.warn("similar", error);
    return [];
  }
}
