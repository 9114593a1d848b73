// A place by name, for phones that give no position: asks the areas by name and offers the answers.

import { choice } from "./dom.js";
import { fill } from "./words.js";

const MOST = 8;

/** Wires the search box; `chosen(area)` is called with {code, name, note} when one is picked. */
export function wireSearch(section, words, chosen) {
  const input = section.querySelector("input[name=place_words]");
  const button = section.querySelector("[data-search-place]");
  const note = section.querySelector("[data-search-note]");
  const box = section.querySelector("[data-place-choices]");
  let found = [];
  button.hidden = false;

  const say = (sentence) => {
    note.textContent = sentence;
    note.hidden = !sentence;
  };

  const search = async () => {
    const wanted = input.value.trim();
    if (!wanted) return input.focus();
    button.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`${section.dataset.search}?${new URLSearchParams({ q: wanted, limit: MOST })}`, { headers: { Accept: "application/json" } });
      found = response.ok ? ((await response.json()).areas ?? []) : [];
    } catch {
      // No network: the words themselves go with the report and the server looks them up.
      found = [];
    }
    button.removeAttribute("aria-busy");
    box.replaceChildren(...found.slice(0, MOST).map((one) => choice("area_code", one.code, one.name, one.note)));
    say(found.length ? fill(words.found, { n: Math.min(found.length, MOST) }) : words.nothing);
  };

  button.addEventListener("click", search);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    search();
  });
  box.addEventListener("change", (event) => {
    const label = event.target.closest("label").querySelector(".choice-words");
    chosen(found.find((one) => one.code === event.target.value) ?? { code: event.target.value, name: label.firstChild.textContent });
  });
  return () => {
    box.querySelectorAll("input:checked").forEach((radio) => (radio.checked = false));
  };
}
