// The borders of a net as lines, each drawn once. Two neighbours share their border corner by corner;
// stroked twice, the gaps of one dashed line would be filled by the other.

/** Returns the rings of a polygon or multipolygon of GeoJSON. */
function ringsOf(geometry) {
  if (geometry?.type === "Polygon") return geometry.coordinates;
  return geometry?.type === "MultiPolygon" ? geometry.coordinates.flat() : [];
}

// Corners as numbers, and for each the corners it is joined to.
function graphOf(features) {
  const numbers = new Map();
  const corners = [];
  const joined = [];
  const numberOf = (corner) => {
    const key = `${corner[0]} ${corner[1]}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = corners.push(corner) - 1;
      numbers.set(key, number);
      joined.push(new Set());
    }
    return number;
  };
  for (const feature of features) {
    for (const ring of ringsOf(feature.geometry)) {
      let before = numberOf(ring[0]);
      for (const corner of ring.slice(1)) {
        const here = numberOf(corner);
        if (here !== before) {
          joined[before].add(here);
          joined[here].add(before);
        }
        before = here;
      }
    }
  }
  return { corners, joined };
}

/** Returns lines of [lat, lon] from node to node: every edge of the features' borders once. */
export function borderLines(features) {
  const { corners, joined } = graphOf(features);
  const place = (number) => [corners[number][1], corners[number][0]];
  const lines = [];

  function walk(from, to) {
    const line = [place(from)];
    for (let [before, here] = [from, to]; ; ) {
      joined[before].delete(here);
      joined[here].delete(before);
      line.push(place(here));
      // One edge left means the line goes on; none or several: it ends or forks here.
      if (nodes.has(here) || joined[here].size !== 1) return lines.push(line);
      [before, here] = [here, joined[here].values().next().value];
    }
  }

  const nodes = new Set([...joined.keys()].filter((number) => joined[number].size !== 2));
  for (const node of nodes) for (const next of [...joined[node]]) walk(node, next);
  // What is left are rings that nothing meets, such as a lake.
  for (const start of joined.keys()) if (joined[start].size) walk(start, joined[start].values().next().value);
  return lines;
}
