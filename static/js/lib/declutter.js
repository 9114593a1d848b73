// Names on a small map: where two would lie on each other the less important one is not shown.

const GAP_PX = 2;

function meets(one, other) {
  return one.left < other.right + GAP_PX && other.left < one.right + GAP_PX && one.top < other.bottom + GAP_PX && other.top < one.bottom + GAP_PX;
}

/** Shows as many of the elements as find room, the first ones first; `kept` lie in the way of all. */
export function declutter(elements, kept = []) {
  const taken = kept.map((element) => element.getBoundingClientRect());
  const boxes = elements.map((element) => [element, element.getBoundingClientRect()]);
  for (const [element, box] of boxes) {
    const hidden = box.width > 0 && taken.some((other) => meets(box, other));
    element.style.visibility = hidden ? "hidden" : "";
    if (!hidden && box.width > 0) taken.push(box);
  }
}
