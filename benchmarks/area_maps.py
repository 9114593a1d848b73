"""Measure what maps get: borders in view, from nets of 683 and 150,000 grids.

    python -m benchmarks.area_maps [--cells 150000 …] [--json]

A district is written to SQLite and asked through the application, without a socket, as a
map asks that is moved about: windows of 1440 × 900 pixels at random places, at each zoom.
A window is asked twice: the first time its borders may have to be generalised, the second
time they are kept. Beside it stands the least that any server does for the same window:
a tree asked for it, and the borders as they were drawn turned into GeoJSON and packed.
"""

import gzip
import json
import math
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from flask.testing import FlaskClient
from flask_migrate import upgrade

from benchmarks import alone, nets
from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.demo import geography
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.services import districts
from gridgov.services import reference as references
from gridgov.services.area_maps import Window
from gridgov.services.districts import NewDistrict
from gridgov.storage.base import db
from gridgov.storage.session import read_only, unit_of_work

TITLE = "Borders for maps"
PATH = "/api/v1/areas.geojson"
SAMPLE, BIG = 683, 150_000
ZOOMS = (10, 12, 13, 14, 15, 16, 17)
WINDOWS = 60
PIXELS = (1440, 900)
SEED = 20201020
EQUATOR_PIXEL_M = 2 * math.pi * 6378137.0 / 256
DEGREE_M = 111_320.0
GZIP_LEVEL = 6


def areas_of(cells: int) -> list[AreaShape]:
    """Return the sample's areas for its own number of grids, else a net made up."""
    if cells != SAMPLE:
        return nets.net(cells)
    return [
        AreaShape(
            area.code,
            area.parent_code or None,
            AreaKind(area.kind),
            area.name,
            area.name_en,
            area.geometry,
        )
        for area in geography.load_areas()
    ]


@contextmanager
def serving(areas: Sequence[AreaShape]) -> Iterator[tuple[FlaskClient, dict[str, float]]]:
    """Yield a client of an installation with these areas, and what getting there took (s)."""
    spent: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'gridgov.sqlite'}"
        app = create_app(Settings(database_url=url, instance=Path(folder), rate_limits=False))
        with app.app_context():
            upgrade()
            start = time.perf_counter()
            with unit_of_work() as session:
                district = districts.create(session, _district(areas), now=datetime.now(UTC))
                districts.activate_net(
                    session, district, areas, {}, synthetic=True, now=datetime.now(UTC)
                )
                code = district.code
            spent["written"] = time.perf_counter() - start
            start = time.perf_counter()
            with read_only() as session:
                references.of(session, code)
            spent["read"] = time.perf_counter() - start
        yield app.test_client(), spent
        with app.app_context():
            db.engine.dispose()
        app.extensions["gridgov"].photos.close()


def _district(areas: Sequence[AreaShape]) -> NewDistrict:
    code = next(area.code for area in areas if area.kind is AreaKind.DISTRICT)
    days = (date(2026, 1, 1), date(2026, 12, 31))
    hours = (("08:30", "17:30"),)
    return NewDistrict(code, code, code, "Asia/Shanghai", ("zh-Hans", "en"), hours, days)


def windows(areas: Sequence[AreaShape], zoom: int) -> list[Window]:
    """Return what a screen shows at a zoom, around random places of the net."""
    shapes = np.array([a.geometry for a in areas if a.kind is AreaKind.GRID], dtype=object)
    rng = np.random.default_rng(SEED + zoom)
    middles = shapely.get_coordinates(shapely.centroid(rng.choice(shapes, WINDOWS)))
    found = []
    for lon, lat in middles.tolist():
        pixel = EQUATOR_PIXEL_M * math.cos(math.radians(lat)) / 2**zoom
        wide = PIXELS[0] * pixel / DEGREE_M / math.cos(math.radians(lat)) / 2
        high = PIXELS[1] * pixel / DEGREE_M / 2
        found.append(Window(lon - wide, lat - high, lon + wide, lat + high))
    return found


def run(sizes: Sequence[int] = (SAMPLE, BIG)) -> dict[str, Any]:
    """Measure every size; return `{cells: {"spent", "memory_mib", "rows": {zoom: figures}}}`.

    Figures are `kind`, `features` (median), `kb` and `bare_kb` (packed, the largest), and
    p50 and p95 in milliseconds for `first`, `again` and `bare`.
    """
    return {str(cells): _measure(areas_of(cells)) for cells in sizes}


def _measure(areas: Sequence[AreaShape]) -> dict[str, Any]:
    with serving(areas) as (client, spent):
        shown = {zoom: windows(areas, zoom) for zoom in ZOOMS}
        bare = {
            kind: shapely.STRtree([a.geometry for a in areas if a.kind is kind])
            for kind in AreaKind
        }
        before = _resident_mib()
        rows = {str(zoom): _at(client, shown[zoom], zoom, bare) for zoom in ZOOMS}
        return {"spent": spent, "kept_mib": round(_resident_mib() - before), "rows": rows}


def _at(
    client: FlaskClient,
    shown: Sequence[Window],
    zoom: int,
    trees: Mapping[AreaKind, shapely.STRtree],
) -> dict[str, Any]:
    asked = [
        {"kind": "grid", "zoom": zoom, "version": 1, "bbox": ",".join(f"{e:.6f}" for e in window)}
        for window in shown
    ]
    first = [_ask(client, query) for query in asked]
    again = [_ask(client, query) for query in asked]
    kinds, counts = zip(*(_told(body) for body, _ in first), strict=True)
    bare = [_bare(trees[kind], window) for kind, window in zip(kinds, shown, strict=True)]
    return {
        "kind": "/".join(sorted(set(kinds))),
        "features": int(np.median(counts)),
        "kb": max(len(body) for body, _ in first) // 1000,
        "bare_kb": max(len(body) for body, _ in bare) // 1000,
        "first": _quantiles(first),
        "again": _quantiles(again),
        "bare": _quantiles(bare),
    }


Timed = tuple[bytes, float]


def _ask(client: FlaskClient, query: Mapping[str, Any]) -> Timed:
    """Ask for borders as a browser does; return the packed body and the seconds it took."""
    start = time.perf_counter()
    answer = client.get(PATH, query_string=query, headers={"Accept-Encoding": "gzip"})
    spent = time.perf_counter() - start
    assert answer.status_code == 200, answer.text
    return answer.data, spent


def _told(body: bytes) -> tuple[AreaKind, int]:
    """Return what an answer holds: the kind of its areas and how many."""
    found = json.loads(gzip.decompress(body))
    return AreaKind(found["kind"]), len(found["features"])


def _bare(tree: shapely.STRtree, window: Window) -> Timed:
    """Answer a window with the borders as they were drawn, without names."""
    start = time.perf_counter()
    texts = shapely.to_geojson(tree.geometries[tree.query(shapely.box(*window))])
    body = gzip.compress(",".join(texts).encode(), GZIP_LEVEL)
    return body, time.perf_counter() - start


def _quantiles(timed: Sequence[Timed]) -> dict[str, float]:
    p50, p95 = np.percentile([seconds for _, seconds in timed], [50, 95]) * 1_000
    return {"p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1)}


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1024**2


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as tables, one a size."""
    parts = [
        f"Windows of {PIXELS[0]} × {PIXELS[1]} pixels, {WINDOWS} a zoom at random places; kB are "
        f"packed, the largest answer. *First*: the borders may have to be generalised. *Again*: "
        f"the same window once more. *Bare*: a tree asked, and the borders as they were drawn "
        f"turned into GeoJSON and packed, without names.",
    ]
    for cells, found in result.items():
        spent = found["spent"]
        lines = [
            f"{int(cells):,} grids. Written to SQLite in {spent['written']:.1f} s, read by a "
            f"process in {spent['read']:.1f} s; what was drawn takes {found['kept_mib']} MiB.",
            "",
            "| zoom | shown | areas (median) | kB | p50 / p95 ms first | again | bare | bare kB |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for zoom, row in found["rows"].items():
            times = [f"{row[w]['p50_ms']} / {row[w]['p95_ms']}" for w in ("first", "again", "bare")]
            cells_of = (zoom, row["kind"], row["features"], row["kb"], *times, row["bare_kb"])
            lines.append(f"| {' | '.join(map(str, cells_of))} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def main() -> None:
    """Run from the command line."""
    parser = alone.parser(__doc__)
    parser.add_argument("--cells", type=int, nargs="+", default=[SAMPLE, BIG])
    asked = parser.parse_args()
    result = run(asked.cells)
    alone.tell(result, as_markdown, only_json=asked.json)


if __name__ == "__main__":
    main()
