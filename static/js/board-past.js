// The time slider: an hour of the past is an address, and this goes there. From now one leaves the
// live page by a link; between two past hours only the board is swapped, so that replaying is quick.
import { tell } from "./lib/dom.js";
import { fill, wordsOf } from "./lib/words.js";

const STEP_MS = 1200; // as long as a person needs to see what changed
const PLAY = "#play";

export default function boardPast(panel) {
  const words = wordsOf(panel);
  const hours = JSON.parse(panel.querySelector("script[data-hours]").textContent);
  const range = panel.querySelector("[data-range]");
  const play = panel.querySelector("[data-play]");
  const looking = panel.querySelector("[data-looking]");
  const hint = panel.querySelector("[data-hint]");
  const past = panel.dataset.moment !== "";
  let timer = 0;
  let asked = 0; // only the answer to the newest question is shown

  const wordsAt = (n) => (n >= hours.length ? words.now : hours[n].words);

  function say(n) {
    looking.textContent = fill(words.looking, { moment: wordsAt(n) });
    range.setAttribute("aria-valuetext", wordsAt(n));
    const bars = panel.querySelectorAll(".slider-bar");
    bars.forEach((bar, at) => bar.classList.toggle("slider-bar-chosen", at === n));
  }

  async function go(n) {
    const now = n >= hours.length;
    const url = now ? panel.dataset.now : hours[n].url;
    if (now || !past) return location.assign(url);
    const mine = ++asked;
    const response = await fetch(url, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) throw new Error(`board: ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (mine !== asked) return;
    show(page);
    history.replaceState(null, "", url);
    hint.textContent = "";
  }

  function show(page) {
    const before = document.querySelector(".board-live");
    const after = page.querySelector(".board-live");
    if (!after) return location.reload();
    for (const section of before.querySelectorAll("section")) tell(section, "gone");
    before.replaceWith(document.adoptNode(after));
    tell(after, "added");
    for (const part of [".board-bar", ".slider-steps"]) {
      document.querySelector(part)?.replaceWith(document.adoptNode(page.querySelector(part)));
    }
    tell(document.querySelector(".board-bar"), "added");
  }

  function failed(error) {
    console.warn("the hour could not be shown", error);
    stop();
    hint.textContent = words.failed;
  }

  function step() {
    const next = Number(range.value) + 1;
    range.value = String(next);
    say(next);
    if (next >= hours.length) stop();
    go(next)
      .then(() => timer && (timer = setTimeout(step, STEP_MS)))
      .catch(failed);
  }

  function label(on) {
    const icon = play.querySelector("use");
    icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, on ? "#pause" : "#play"));
    play.querySelector("span").textContent = on ? words.stop : words.play;
  }

  function start() {
    label(true);
    // From now there is nothing to play: begin at the left end of the strip.
    if (!past || Number(range.value) >= hours.length) return location.assign(hours[0].url + PLAY);
    timer = setTimeout(step, STEP_MS);
  }

  function stop() {
    clearTimeout(timer);
    timer = 0;
    label(false);
  }

  range.hidden = play.hidden = false;
  range.addEventListener("input", () => say(Number(range.value)));
  range.addEventListener("change", () => {
    stop();
    go(Number(range.value)).catch(failed);
  });
  play.addEventListener("click", () => (timer ? stop() : start()));
  if (location.hash === PLAY && past) {
    history.replaceState(null, "", location.pathname + location.search);
    start();
  }
}
