"""Boston as a second district beside the sample: loaded from files, counted by hand.

What the tests compare with is read here with plain csv, and shares no code with the import.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from gridgov.app import create_app
from gridgov.config import ROOT
from gridgov.importers import areas, requests
from gridgov.importers.requests import Imported
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only
from tests.support.app import copy_of

TESTS = Path(__file__).parents[1]
EXTRACT = TESTS / "fixtures" / "boston311"
WHOLE = TESTS.parents[1] / "shared" / "data" / "boston311"
MAPPING = ROOT / "geodata" / "boston" / "mapping.toml"
BOSTON = "boston"
NEW_YORK = ZoneInfo("America/New_York")
# When the city took the snapshot its own statuses speak of.
SNAPSHOT = datetime(2016, 1, 12, 22, 22, tzinfo=NEW_YORK)
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)

Cells = dict[str, str]


def request_files(folder: Path = EXTRACT) -> list[Path]:
    """The request files of a folder, in order."""
    return sorted(folder.glob("requests*.csv.gz"))


def cells(files: Sequence[Path]) -> list[Cells]:
    """Every row of the files by its columns."""
    rows: list[Cells] = []
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            rows += csv.DictReader(text)
    return rows


def moment(text: str) -> datetime | None:
    """A time of the file as a moment; None for a blank."""
    if not text:
        return None
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=NEW_YORK)


def by_district(rows: Sequence[Cells]) -> dict[str, tuple[int, int]]:
    """Police district → (closed, received), by the city's own label."""
    received = Counter(row["police_district"].replace("-", "") for row in rows)
    closed = Counter(
        row["police_district"].replace("-", "") for row in rows if row["CASE_STATUS"] == "Closed"
    )
    return {label: (closed[label], count) for label, count in received.items() if label}


def load(files: Sequence[Path], report: Path, *, areas_file: Path | None = None) -> Imported:
    """Make the district and take the requests in, inside an application context."""
    areas.load(areas_file or EXTRACT / "police_districts.geojson.gz", None, now=NOW)
    return requests.load(files, MAPPING, district_code=None, report_file=report, now=NOW)


@dataclass(frozen=True)
class Boston:
    """An application with Boston in it, and what the import said."""

    app: Flask
    imported: Imported
    rows: list[Cells]


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgres)]
)
def boston(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Boston]:
    """The sample with Boston's extract beside it, on each kind of database, for a whole file."""
    postgis = request.getfixturevalue("postgis") if request.param == "postgis" else None
    folder = tmp_path_factory.mktemp("boston")
    copied = copy_of(request.getfixturevalue(f"{request.param}_sample"), folder, postgis)
    app = create_app(copied.settings())
    with app.app_context():
        imported = load(request_files(), folder / "report.csv")
        yield Boston(app, imported, cells(request_files()))
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()


def found_in(path: Path) -> list[dict[str, str]]:
    """The rows of a report."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_number() -> dict[str, Case]:
    """Boston's cases by the number the city gave them."""
    with read_only() as session:
        pairs = session.execute(
            select(Report.external_id, Case)
            .join(Case, Case.id == Report.case_id)
            .where(Case.district_code == BOSTON)
        ).all()
        return {str(number): case for number, case in pairs}
