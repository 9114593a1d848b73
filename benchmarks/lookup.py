"""Measure where-is-this-point: the product's net beside a bare STRtree and PostGIS.

    python -m benchmarks.lookup [--voronoi] [--postgis-url postgresql://…] [--json]

On the sample district's grids, or on a net of Voronoi cells. Five figures, each in
microseconds per lookup at the median and the 99th percentile: a bare STRtree query
that only builds the point and asks; `Net.covering` (the same with the tie broken by
code); `Net.locate` without an accuracy and with 20 m (the written reason: border,
neighbour, candidates); and a prepared `ST_Covers` query over one connection, with the
bare round trip of that connection beside it (on a throw-away server, when no address
is given). The answers of all of them are compared on every point.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import psycopg
import shapely

from gridgov.demo import geography
from gridgov.domain.datum import LonLat
from gridgov.domain.routing import AreaKind, AreaShape, Net
from tests.support import postgis

TITLE = "Where is this point?"
BASE = "bare STRtree query"
GRIDS = 683
LOOKUPS = 20_000
POSTGIS_LOOKUPS = 5_000
SEED = 20201020
# About the size of Gaoming, in degrees.
EXTENT = (112.43, 22.63, 112.92, 23.02)

_QUERY = """
SELECT min(code) FROM bench_grid
WHERE ST_Covers(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326))
"""


def synthetic_net(cells: int = GRIDS) -> Net:
    """Build a seamless net of Voronoi cells of about 60 vertices, all of them unit grids."""
    west, south, east, north = EXTENT
    rng = np.random.default_rng(SEED)
    seeds = shapely.MultiPoint(rng.uniform((west, south), (east, north), (cells, 2)))
    frame = shapely.box(*EXTENT)
    polygons = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame))
    clipped = shapely.segmentize(shapely.intersection(polygons, frame), 0.0015)
    shapes = (
        AreaShape(f"{i:06d}", None, AreaKind.GRID, f"grid {i}", f"grid {i}", cell)
        for i, cell in enumerate(clipped)
    )
    return Net(1, "", shapes, synthetic=True)


def sample_net() -> Net:
    """Build the net of the sample district."""
    shapes = (
        AreaShape(
            code=area.code,
            parent_code=area.parent_code or None,
            kind=AreaKind(area.kind),
            name=area.name,
            name_en=area.name_en,
            geometry=area.geometry,
            categories=frozenset(area.categories),
        )
        for area in geography.load_areas()
    )
    return Net(1, "440608", shapes, synthetic=True)


def positions(net: Net, count: int) -> list[LonLat]:
    """Draw random positions that some unit grid covers, in a fixed order."""
    grids = [area.geometry for area in net.areas(AreaKind.GRID)]
    west, south, east, north = shapely.total_bounds(grids)
    tree = shapely.STRtree(grids)
    rng = np.random.default_rng(SEED)
    drawn: list[LonLat] = []
    while len(drawn) < count:
        pairs = rng.uniform((west, south), (east, north), (count, 2))
        inside = np.unique(tree.query(shapely.points(pairs), "intersects")[0])
        drawn += [LonLat(lon=float(lon), lat=float(lat)) for lon, lat in pairs[inside]]
    return drawn[:count]


def timed(lookup: Callable[[LonLat], Any], places: Sequence[LonLat]) -> dict[str, float]:
    """Return the median and the 99th percentile of one lookup in microseconds."""
    for place in places[:500]:  # warm up caches and the connection
        lookup(place)
    spent = np.empty(len(places))
    for i, place in enumerate(places):
        start = time.perf_counter_ns()
        lookup(place)
        spent[i] = time.perf_counter_ns() - start
    p50, p99 = np.percentile(spent, [50, 99]) / 1_000
    return {"p50_us": round(float(p50), 1), "p99_us": round(float(p99), 1)}


def bare_tree(net: Net) -> Callable[[LonLat], Any]:
    """Return the least that any in-process lookup must do."""
    tree = shapely.STRtree([area.geometry for area in net.areas(AreaKind.GRID)])
    return lambda place: tree.query(shapely.Point(place.lon, place.lat), "intersects")


def run(postgis_url: str | None, net: Net | None = None) -> dict[str, Any]:
    """Measure every way of looking a point up and compare their answers.

    Returns `{"grids", "vertices_median", "lookups", "rows": {name: {"p50_us",
    "p99_us"}}, "agree", "compared"}`; the PostGIS rows only with an address.
    """
    net = net or synthetic_net()
    places = positions(net, LOOKUPS)
    rows = {
        BASE: timed(bare_tree(net), places),
        "Net.covering": timed(net.covering, places),
        "Net.locate": timed(net.locate, places),
        "Net.locate, accuracy 20 m": timed(
            lambda place: net.locate(place, accuracy_m=20.0), places
        ),
    }
    answers = [net.locate(place).area_code for place in places]
    compared = [(net.covering(place)[0], a) for place, a in zip(places, answers, strict=True)]
    if postgis_url is not None:
        found = _measure_postgis(postgis_url, net, places[:POSTGIS_LOOKUPS], rows)
        compared += list(zip(found, answers, strict=False))
    grids = [area.geometry for area in net.areas(AreaKind.GRID)]
    return {
        "grids": len(grids),
        "vertices_median": int(np.median(shapely.get_num_coordinates(grids))),
        "lookups": len(places),
        "rows": rows,
        "compared": len(compared),
        "agree": sum(one == other for one, other in compared),
    }


def run_sample() -> dict[str, Any]:
    """Measure on the sample district's net, beside a throw-away PostGIS."""
    with postgis.start(durable=True) as server:
        url = server.create_database().replace("postgresql+psycopg://", "postgresql://")
        return run(url, sample_net())


def _measure_postgis(
    url: str, net: Net, places: Sequence[LonLat], rows: dict[str, dict[str, float]]
) -> list[str]:
    """Time the prepared query in a temporary table; return its answers."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        connection.execute("CREATE TEMP TABLE bench_grid (code text, geom geometry(Geometry,4326))")
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bench_grid VALUES (%s, ST_GeomFromWKB(%s, 4326))",
                [(a.code, shapely.to_wkb(a.geometry)) for a in net.areas(AreaKind.GRID)],
            )
        connection.execute("CREATE INDEX ON bench_grid USING gist (geom)")
        connection.execute("ANALYZE bench_grid")

        def covers(place: LonLat) -> str:
            row = connection.execute(_QUERY, (place.lon, place.lat), prepare=True).fetchone()
            return str(row[0]) if row else ""

        rows["PostGIS ST_Covers, prepared"] = timed(covers, places)
        rows["– of which the round trip (select 1)"] = timed(
            lambda _: connection.execute("SELECT 1", prepare=True).fetchone(), places
        )
        return [covers(place) for place in places]


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as a table."""
    lines = [
        f"{result['grids']} grids of {result['vertices_median']} vertices (median), "
        f"{result['lookups']:,} random points; answers agree on "
        f"{result['agree']:,} of {result['compared']:,}.",
        "",
        "| lookup | p50 µs | p99 µs | ratio at p50 |",
        "|---|---|---|---|",
    ]
    base = result["rows"][BASE]["p50_us"]
    for name, figures in result["rows"].items():
        ratio = figures["p50_us"] / base
        lines.append(f"| {name} | {figures['p50_us']} | {figures['p99_us']} | {ratio:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--postgis-url", help="a database with PostGIS, for the comparison")
    parser.add_argument("--voronoi", action="store_true", help="use a net of Voronoi cells")
    parser.add_argument("--json", action="store_true", help="print the JSON only")
    asked = parser.parse_args()
    if asked.postgis_url or asked.voronoi:
        result = run(asked.postgis_url, None if asked.voronoi else sample_net())
    else:
        result = run_sample()
    if not asked.json:
        print(as_markdown(result), end="\n\n")
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
