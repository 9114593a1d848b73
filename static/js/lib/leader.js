// The line from a call-out to its area: it ends at the border, and goes where it crosses no name.
const STEPS = 96;
const MARGIN_PX = 3;

function crosses([ax, ay], [bx, by], box) {
  const [left, right] = [box.left - MARGIN_PX, box.right + MARGIN_PX];
  const [top, bottom] = [box.top - MARGIN_PX, box.bottom + MARGIN_PX];
  // The part of the line that lies between the box's sides, then between its top and its foot.
  let [from, to] = [0, 1];
  for (const [a, b, low, high] of [[ax, bx, left, right], [ay, by, top, bottom]]) {
    if (a === b) {
      if (a < low || a > high) return false;
      continue;
    }
    const [one, other] = [(low - a) / (b - a), (high - a) / (b - a)];
    from = Math.max(from, Math.min(one, other));
    to = Math.min(to, Math.max(one, other));
  }
  return from <= to;
}

/** The path of the line in units of the drawing: from a box on the screen to a shape of the svg. */
export function leaderPath(svg, shape, box, names) {
  const matrix = svg.getScreenCTM();
  const back = matrix.inverse();
  const boxes = names.map((name) => name.getBoundingClientRect()).filter((one) => one.width > 0);
  const long = shape.getTotalLength();
  let best = null;
  for (let n = 0; n < STEPS; n += 1) {
    const to = shape.getPointAtLength((long * n) / STEPS).matrixTransform(matrix);
    const from = [Math.min(Math.max(to.x, box.left), box.right), Math.min(Math.max(to.y, box.top), box.bottom)];
    const far = Math.hypot(to.x - from[0], to.y - from[1]);
    const hits = boxes.filter((one) => crosses(from, [to.x, to.y], one)).length;
    if (!best || hits < best.hits || (hits === best.hits && far < best.far)) best = { hits, far, from, to };
  }
  if (!best || best.far < 1) return null;
  const from = new DOMPoint(...best.from).matrixTransform(back);
  const to = best.to.matrixTransform(back);
  return `M${from.x} ${from.y}L${to.x} ${to.y}`;
}
