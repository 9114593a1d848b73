"""Measure where-is-this-point: the product's net beside a bare STRtree and PostGIS.

    python -m benchmarks.lookup [--cells 683 10000 …] [--postgis-url postgresql://…] [--json]

On the sample district's 683 grids and on nets made up (benchmarks/nets.py), each size in a
process of its own. Five figures, each in microseconds per lookup at the median and the
99th percentile: a bare STRtree query that only builds the point and asks; `Net.covering`
(the same with the tie broken by code); `Net.locate` without an accuracy and with 20 m (the
written reason: border, neighbour, candidates); and a prepared `ST_Covers` query over one
connection, with the bare round trip of that connection beside it (on a throw-away server,
when no address is given). The answers of all of them are compared on every point. Besides:
how long the index takes to build, and what polygons and index take of memory.
"""

import argparse
import ctypes
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely

from benchmarks import alone, nets
from gridgov.demo import geography
from gridgov.domain.datum import LonLat
from gridgov.domain.routing import AreaKind, AreaShape, Net
from tests.support import postgis

TITLE = "Where is this point?"
BASE = "bare STRtree query"
COVERING, LOCATE = "Net.covering", "Net.locate"
PREPARED = "PostGIS ST_Covers, prepared"
SAMPLE = 683
SIZES = (SAMPLE, 10_000, 150_000, 1_000_000)
LOOKUPS = 20_000
POSTGIS_LOOKUPS = 5_000
SEED = 20201020
MIB = 1024.0**2

_QUERY = """
SELECT min(code) FROM bench_grid
WHERE ST_Covers(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326))
"""


def sample_net() -> Net:
    """Build the net of the sample district."""
    return Net(1, "440608", sample_areas(), synthetic=True)


def sample_areas() -> list[AreaShape]:
    """Return the areas of the sample district."""
    return [area.shape() for area in geography.load_areas()]


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


def run(postgis_url: str | None = None, sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """Measure every size in a process of its own, beside a throw-away PostGIS.

    Returns `{cells: what `measure` returns}`.
    """
    if postgis_url is not None:
        return {str(cells): _apart(cells, postgis_url) for cells in sizes}
    with postgis.start(durable=True) as server:
        url = server.create_database().replace("postgresql+psycopg://", "postgresql://")
        return {str(cells): _apart(cells, url) for cells in sizes}


def _apart(cells: int, url: str) -> dict[str, Any]:
    alone = ["--alone", str(cells), "--postgis-url", url]
    command = [sys.executable, "-m", "benchmarks.lookup", *alone]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{cells} cells: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(cells: int, postgis_url: str) -> dict[str, Any]:
    """Measure every way of looking a point up in one net, and compare their answers.

    Returns `{"grids", "vertices_median", "lookups", "build_s", "polygons_mib", "index_mib",
    "rows": {name: {"p50_us", "p99_us"}}, "agree", "compared"}`.
    """
    empty = _resident()
    areas = sample_areas() if cells == SAMPLE else nets.net(cells)
    drawn = _resident()
    start = time.perf_counter()
    net = Net(1, areas[0].code, areas, synthetic=True)
    for kind in AreaKind:  # a tree is packed when it is asked for the first time
        net.covering(LonLat(lon=0.0, lat=0.0), kind)
    build_s = time.perf_counter() - start
    indexed = _resident()
    places = positions(net, LOOKUPS)
    rows = {
        BASE: timed(bare_tree(net), places),
        COVERING: timed(net.covering, places),
        LOCATE: timed(net.locate, places),
        f"{LOCATE}, accuracy 20 m": timed(lambda place: net.locate(place, accuracy_m=20.0), places),
    }
    answers = [net.locate(place).area_code for place in places]
    compared = [(net.covering(place)[0], a) for place, a in zip(places, answers, strict=True)]
    found = _measure_postgis(postgis_url, net, places[:POSTGIS_LOOKUPS], rows)
    compared += list(zip(found, answers, strict=False))
    grids = net.layer(AreaKind.GRID).polygons
    return {
        "grids": len(grids),
        "vertices_median": int(np.median(shapely.get_num_coordinates(grids))),
        "lookups": len(places),
        "build_s": round(build_s, 2),
        "polygons_mib": round((drawn - empty) / MIB),
        "index_mib": round((indexed - drawn) / MIB),
        "rows": rows,
        "compared": len(compared),
        "agree": sum(one == other for one, other in compared),
    }


def _resident() -> int:
    """Return the bytes of memory this process needs: what was freed is given back first."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def _measure_postgis(
    url: str, net: Net, places: Sequence[LonLat], rows: dict[str, dict[str, float]]
) -> list[str]:
    """Time the prepared query in a temporary table; return its answers."""
    layer = net.layer(AreaKind.GRID)
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        connection.execute("CREATE TEMP TABLE bench_grid (code text, geom geometry(Geometry,4326))")
        with connection.cursor().copy("COPY bench_grid FROM STDIN") as copy:
            for code, polygon in zip(layer.codes, layer.polygons, strict=True):
                ewkb = shapely.to_wkb(shapely.set_srid(polygon, 4326), hex=True, include_srid=True)
                copy.write_row((code, ewkb))
        connection.execute("CREATE INDEX ON bench_grid USING gist (geom)")
        connection.execute("ANALYZE bench_grid")

        def covers(place: LonLat) -> str:
            row = connection.execute(_QUERY, (place.lon, place.lat), prepare=True).fetchone()
            return str(row[0]) if row else ""

        rows[PREPARED] = timed(covers, places)
        rows["– of which the round trip (select 1)"] = timed(
            lambda _: connection.execute("SELECT 1", prepare=True).fetchone(), places
        )
        return [covers(place) for place in places]


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as a table a size, and one of what the index costs."""
    parts = [_table(found) for found in result.values()]
    lines = [
        "What the index costs a process: built once per version, shared by its threads.",
        "",
        "| grids | built in s | polygons MiB | index MiB | Net.covering p50 µs | Net.locate p50 µs "
        "| PostGIS p50 µs | PostGIS / Net.covering |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for found in result.values():
        rows = found["rows"]
        own, other = rows[COVERING]["p50_us"], rows[PREPARED]["p50_us"]
        costs = (found["build_s"], found["polygons_mib"], found["index_mib"])
        times = (own, rows[LOCATE]["p50_us"], other, f"{other / own:.1f}")
        told = (f"{found['grids']:,}", *costs, *times)
        lines.append(f"| {' | '.join(map(str, told))} |")
    return "\n\n".join([*parts, "\n".join(lines)])


def _table(found: dict[str, Any]) -> str:
    lines = [
        f"{found['grids']:,} grids of {found['vertices_median']} vertices (median), "
        f"{found['lookups']:,} random points; answers agree on "
        f"{found['agree']:,} of {found['compared']:,}.",
        "",
        "| lookup | p50 µs | p99 µs | ratio at p50 |",
        "|---|---|---|---|",
    ]
    base = found["rows"][BASE]["p50_us"]
    for name, figures in found["rows"].items():
        ratio = figures["p50_us"] / base
        lines.append(f"| {name} | {figures['p50_us']} | {figures['p99_us']} | {ratio:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = alone.parser(__doc__)
    parser.add_argument("--cells", type=int, nargs="+", default=SIZES, help="sizes of the nets")
    parser.add_argument("--postgis-url", help="a database with PostGIS, for the comparison")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone is not None:
        print(json.dumps(measure(asked.alone, asked.postgis_url)))
        return
    result = run(asked.postgis_url, asked.cells)
    alone.tell(result, as_markdown, only_json=asked.json)


if __name__ == "__main__":
    main()
