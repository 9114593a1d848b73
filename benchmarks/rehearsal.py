"""Measure the rehearsal of a draft: a million past positions through two nets.

    python -m benchmarks.rehearsal [--positions 1000000] [--json]

On the sample district's net and on a synthetic one of 10,000 grids. The draft splits one
grid in forty and merges one in forty with a neighbour. Timed are the whole rehearsal (both
nets, the moves, the load and its spread), the comparison of the two nets by ground
(lineage), and as baseline one bare bulk query of the same points against a tree of the
active net's grids, points made beforehand. Some positions are placed one by one as well,
to compare the answers.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks import alone, nets
from benchmarks.lookup import sample_net
from gridgov.domain import lineage
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.domain.net_edits import cut, fresh_codes, joined
from gridgov.domain.rehearsal import rehearse
from gridgov.domain.replay import Past
from gridgov.domain.routing import Net

TITLE = "Rehearsing a boundary change"
POSITIONS = 1_000_000
COMPARED = 2_000
EVERY = 40  # one grid in so many is split, and one merged
SEED = 20201020
MONTHS = 12.0


def draft_of(net: Net) -> Net:
    """Return a net in which some grids were split and some merged with a neighbour."""
    shapes = {area.code: area for area in net.areas()}
    grids = net.areas(AreaKind.GRID)
    for area in grids[::EVERY]:
        _split(shapes, area)
    for area in grids[EVERY // 2 :: EVERY]:
        if area.code in shapes:
            _merge(shapes, net, area)
    return Net(net.version + 1, net.district_code, shapes.values(), synthetic=True)


def _split(shapes: dict[str, AreaShape], area: AreaShape) -> None:
    assert area.geometry is not None
    west, south, east, north = area.geometry.bounds
    line = [((west + east) / 2, south - 1), ((west + east) / 2, north + 1)]
    try:
        halves = cut(area.geometry, line)[:2]
    except InvalidInput:
        return  # bent so that a straight line leaves three parts
    del shapes[area.code]
    for code, half in zip(fresh_codes(area.code, shapes, 2), halves, strict=True):
        shapes[code] = replace(area, code=code, geometry=half)


def _merge(shapes: dict[str, AreaShape], net: Net, area: AreaShape) -> None:
    assert area.geometry is not None
    for code in net.layer(AreaKind.GRID).touching(area.geometry):
        other = shapes.get(code)
        if other is None or code == area.code or other.parent_code != area.parent_code:
            continue
        try:
            ground = joined([area.geometry, other.geometry])
        except InvalidInput:
            continue
        del shapes[code]
        shapes[area.code] = replace(area, geometry=ground)
        return


def positions(net: Net, count: int) -> NDArray[np.float64]:
    """Draw positions in the district, a row each, in a fixed order."""
    outline = net.area(net.district_code).geometry
    west, south, east, north = shapely.bounds(outline)
    rng = np.random.default_rng(SEED)
    drawn = np.empty((0, 2))
    while len(drawn) < count:
        pairs = rng.uniform((west, south), (east, north), (count, 2))
        inside = shapely.STRtree([outline]).query(shapely.points(pairs), "intersects")[0]
        drawn = np.vstack((drawn, pairs[np.unique(inside)]))
    return drawn[:count]


def measure(net: Net, count: int) -> dict[str, Any]:
    """Rehearse a draft of a net with so many positions, beside a bare bulk query."""
    draft = draft_of(net)
    pairs = positions(net, count)
    classes = np.array(["0101", "0302", "0607", "0901"])[np.arange(count) % 4]
    leads = {area.code: UUID(int=i) for i, area in enumerate(net.areas(AreaKind.GRID))}
    points = shapely.points(pairs)
    tree = shapely.STRtree([area.geometry for area in net.areas(AreaKind.GRID)])
    start = time.perf_counter()
    tree.query(points, "intersects")
    bare = time.perf_counter() - start
    start = time.perf_counter()
    links = lineage.changed(lineage.compare(net, draft))
    compared = time.perf_counter() - start
    start = time.perf_counter()
    found = rehearse(Past.of(pairs[:, 0], pairs[:, 1], classes, MONTHS), net, draft, leads, leads)
    spent = time.perf_counter() - start
    return {
        "grids": len(net.areas(AreaKind.GRID)),
        "links": len(links),
        "moved": found.moved,
        "bare_s": round(bare, 2),
        "lineage_s": round(compared, 2),
        "rehearsal_s": round(spent, 2),
        "agree": agreeing(draft, pairs[:COMPARED], classes[:COMPARED].tolist()),
    }


def agreeing(net: Net, pairs: NDArray[np.float64], classes: Sequence[str]) -> int:
    """Count the positions that are placed alike one by one and all at once."""
    codes = net.place_many(pairs[:, 0], pairs[:, 1], categories=classes).area_codes()
    one_by_one = (
        net.locate(LonLat(lon=lon, lat=lat), category=category).area_code
        for (lon, lat), category in zip(pairs.tolist(), classes, strict=True)
    )
    return sum(one == other for one, other in zip(codes, one_by_one, strict=True))


def run(count: int = POSITIONS) -> dict[str, Any]:
    """Measure on the sample's net and on one of 10,000 grids."""
    large = Net(1, nets.DISTRICT, nets.net(10_000), synthetic=True)
    return {
        "positions": count,
        "compared": COMPARED,
        "rows": [measure(sample_net(), count), measure(large, count)],
    }


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as a table."""
    agree = sum(row["agree"] for row in result["rows"])
    compared = result["compared"] * len(result["rows"])
    lines = [
        f"{result['positions']:,} positions through the active net and a draft, with the load of "
        f"every grid and worker before and after; placed one by one, {agree:,} of {compared:,} "
        "positions have the same answer. The bare query goes through one net only.",
        "",
        "| grids | links that changed | cases that would move | bare bulk query s "
        "| lineage s | rehearsal s | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        ratio = row["rehearsal_s"] / row["bare_s"]
        lines.append(
            f"| {row['grids']:,} | {row['links']:,} | {row['moved']:,} | {row['bare_s']} "
            f"| {row['lineage_s']} | {row['rehearsal_s']} | {ratio:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = alone.parser(__doc__)
    parser.add_argument("--positions", type=int, default=POSITIONS)
    asked = parser.parse_args()
    result = run(asked.positions)
    alone.tell(result, as_markdown, only_json=asked.json)


if __name__ == "__main__":
    main()
