"""Boston's year as an import for benchmarks: the real files, or as many rows made from ours."""

import csv
import gzip
from pathlib import Path

from benchmarks.servers import ROOT

SHARED = ROOT.parent / "shared" / "data" / "boston311"
FIXTURES = ROOT / "tests" / "fixtures" / "boston311"
MAPPING = ROOT / "geodata" / "boston" / "mapping.toml"
AREAS = "police_districts.geojson"
ROWS = 121_145


def areas() -> Path:
    """Return the file of the police districts."""
    places = (SHARED / AREAS, FIXTURES / f"{AREAS}.gz")
    return next(place for place in places if place.exists())


def requests(folder: Path) -> tuple[list[Path], bool]:
    """Return files of 121,145 requests, and whether they are the real ones.

    Where the shared data is missing, the committed extract is repeated in `folder` with
    numbers of its own for each copy.
    """
    real = sorted(SHARED.glob("requests_*.csv.gz"))
    if real:
        return real, True
    made = folder / "requests.csv"
    with gzip.open(next(FIXTURES.glob("requests*.csv.gz")), "rt", encoding="utf-8") as source:
        header, *rows = list(csv.reader(source))
    with made.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(header)
        for number in range(ROWS):
            row = rows[number % len(rows)]
            writer.writerow([f"{number + 1:012d}", *row[1:]])
    return [made], False
