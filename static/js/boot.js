// Starts one ES module per data-module attribute: data-module="position" loads ./position.js and
// calls its default export with the element. Several names may stand in one attribute. Markup that
// arrives later (a refetched fragment) is started by dispatching "gridgov:added" on it.

// Only plain names, perhaps one folder deep: the attribute never chooses a foreign address.
const NAME = /^[a-z0-9-]+(\/[a-z0-9-]+)?$/;
const started = new WeakMap();

async function start(element, name) {
  const names = started.get(element) ?? new Set();
  if (!NAME.test(name) || names.has(name)) return;
  started.set(element, names.add(name));
  try {
    const module = await import(`./${name}.js`);
    await module.default(element);
  } catch (error) {
    // The page works without scripts; say what failed and leave the plain page standing.
    console.error(`module ${name} did not start`, error);
  }
}

function startAll(root) {
  const found = root.querySelectorAll("[data-module]");
  const elements = root.matches?.("[data-module]") ? [root, ...found] : [...found];
  const namesOf = (element) => element.dataset.module.trim().split(/\s+/);
  return Promise.all(elements.flatMap((element) => namesOf(element).map((name) => start(element, name))));
}

document.addEventListener("gridgov:added", (event) => startAll(event.target));
// Whoever drives the page by a program (the tests do) sees from when on it is more than links and forms.
startAll(document).then(() => document.documentElement.toggleAttribute("data-started", true));
