"""Measure nets out of files: seconds and memory for each format, beside GDAL alone.

    python -m benchmarks.area_files [--cells 150000] [--json]

For each format the net is written once and read in a process of its own: recognised,
decoded, brought to WGS-84, made to areas, checked feature by feature, laid on the outline
in each datum. The baseline is what the library does at the least: `pyogrio.raw.read` and
`shapely.from_wkb` of the same file, in the same process. Memory is the largest resident
set of that process.
"""

import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import shapely
from pyogrio.raw import read

from benchmarks import alone
from benchmarks.nets import DISTRICT, net
from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum
from gridgov.importers.area_export import write_areas
from gridgov.importers.area_fields import fields_of
from gridgov.importers.area_projection import target_frame
from gridgov.importers.area_read import Ground, read_net, read_outline

TITLE = "Nets in and out of files"
CELLS = 150_000
# File name, datum, projection: each format once, each kind of conversion once.
CASES: tuple[tuple[str, Datum | None, str | None], ...] = (
    ("net.gpkg", Datum.WGS84, None),
    ("net.zip", None, "EPSG:4547"),
    ("net.geojson", Datum.GCJ02, None),
    ("net.kml", Datum.BD09, None),
)
OUTLINE = "outline.gpkg"


def run() -> dict[str, Any]:
    """Measure all formats at the full size; return `{"cells", "files": [one result each]}`."""
    return measure(CELLS)


def measure(cells: int) -> dict[str, Any]:
    """Write a net in every format, and read each in a process of its own."""
    areas = net(cells)
    files: list[dict[str, Any]] = []
    with TemporaryDirectory() as folder:
        top = [AreaKind.DISTRICT]
        write_areas(Path(folder) / OUTLINE, areas, target_frame(None, None), top)
        for name, datum, crs in CASES:
            path, frame = Path(folder) / name, target_frame(datum, crs)
            start = time.perf_counter()
            write_areas(path, areas, frame)
            written = time.perf_counter() - start
            command = [sys.executable, "-m", "benchmarks.area_files", "--read", str(path)]
            told = ["--datum", str(datum)] if datum is not None else []
            done = subprocess.run(command + told, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout)
            if found["areas"] != len(areas):
                raise SystemExit(f"{name}: {found['areas']} of {len(areas)} areas came back")
            size = round(path.stat().st_size / 2**20)
            files.append(
                {"file": name, "frame": frame.name, "write_s": written, "mib": size} | found
            )
    return {"cells": cells, "areas": len(areas), "files": files}


def measure_reading(path: Path, datum: Datum | None) -> dict[str, Any]:
    """Read one file as an import does, then as GDAL does alone."""
    outline = read_outline(path.with_name(OUTLINE))
    ground = Ground(DISTRICT, DISTRICT, DISTRICT, outline=outline)
    start, worked = time.perf_counter(), time.process_time()
    found = read_net(path, replace(fields_of({}), datum=datum), ground)
    spent, worked = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    count = len(found.areas)
    del found
    start = time.process_time()
    shapely.from_wkb(read(f"/vsizip/{path}" if path.suffix == ".zip" else path)[2])
    bare = time.process_time() - start
    return {"areas": count, "read_s": spent, "cpu_s": worked, "bare_s": bare, "peak_mib": peak}


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as a table."""
    lines = [
        f"A synthetic net of {result['cells']:,} grids ({result['areas']:,} areas, 36 corners a "
        "grid) written and read again, one thread. Reading holds everything up to the draft: "
        "encoding, datum or projection, the checks of each feature, the datum guard. The "
        "baseline is GDAL alone (`pyogrio.raw.read` and `shapely.from_wkb`) on the same file; the "
        "ratio is of processor time, which the neighbours on the machine do not change.",
        "",
        "| file | coordinates | MiB | write s | **read s** | of a core | *baseline* | ratio "
        "| peak MiB |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {one['file']} | {one['frame']} | {one['mib']} | {one['write_s']:.1f} "
            f"| **{one['read_s']:.1f}** | {one['cpu_s']:.1f} | {one['bare_s']:.1f} "
            f"| {one['cpu_s'] / one['bare_s']:.1f} | {one['peak_mib']:.0f} |"
            for one in result["files"]
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = alone.parser(__doc__)
    parser.add_argument("--cells", type=int, default=CELLS)
    parser.add_argument("--read", type=Path, help="measure reading this file")
    parser.add_argument("--datum", type=Datum)
    asked = parser.parse_args()
    if asked.read is not None:
        print(json.dumps(measure_reading(asked.read, asked.datum)))
        return
    result = measure(asked.cells)
    alone.tell(result, as_markdown, only_json=asked.json)


if __name__ == "__main__":
    main()
