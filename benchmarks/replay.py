"""Measure the sample's history: acts per second through the services, beside the raw driver.

    python -m benchmarks.replay [--json]

Sixteen months of Gaoming are planned and played through intake and casework in one process,
200 acts a transaction, and folded into the facts. An act is one line of a case's history.
The baseline writes the rows that are there at the end once more, in transactions of 200
messages, with the bare driver: no rules, no reads, no case row written twice.
"""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask_migrate import upgrade

from benchmarks import alone, raw
from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.demo import gaoming
from gridgov.demo.replay_plan import FULL
from gridgov.storage.base import db
from gridgov.web.instance import EXTENSION
from tests.support import postgis

TITLE = "The sample's history, replayed"
SQLITE, POSTGIS = "SQLite", "PostgreSQL + PostGIS"
UNIT = 200
# In the order in which their keys need one another.
TABLES = ("reporters", "cases", "reports", "photos", "tasks", "case_history", "messages")


@dataclass
class Watch:
    """Notes when each step of the loading began, and when the last act was done."""

    steps: dict[str, float]
    played: float = 0.0

    def say(self, text: str) -> None:
        """Note the step that begins now."""
        self.steps[text.partition(":")[0]] = time.perf_counter()

    def progress(self, _done: int, _total: int) -> None:
        """Note when the last unit was committed."""
        self.played = time.perf_counter()


def run() -> dict[str, Any]:
    """Measure on both databases.

    Returns `{name: {"acts", "seconds", "per_second", "fold_s", "raw_per_second", "ratio"}}`;
    the ratio is acts per second over those of the raw driver.
    """
    measured = {}
    for name, prepared in ((SQLITE, _sqlite), (POSTGIS, _postgis)):
        with prepared() as (url, spare, folder):
            watch, acts = _load(url, folder)
            least = _write_again(url, spare())
        seconds = watch.played - watch.steps["history"]
        measured[name] = {
            "acts": acts,
            "seconds": round(seconds, 1),
            "per_second": round(acts / seconds, 1),
            "fold_s": round(watch.steps["cases"] - watch.played, 1),
            "raw_per_second": round(acts / least, 1),
            "ratio": round(least / seconds, 3),
        }
    return measured


@contextmanager
def _sqlite() -> Iterator[tuple[str, Any, Path]]:
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        file, copy = Path(folder) / "gridgov.sqlite", Path(folder) / "spare.sqlite"

        def spare() -> str:
            shutil.copy(file, copy)
            return f"sqlite:///{copy}"

        yield f"sqlite:///{file}", spare, Path(folder)


@contextmanager
def _postgis() -> Iterator[tuple[str, Any, Path]]:
    with (
        postgis.start(durable=True) as server,
        tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder,
    ):
        url = server.create_database()
        yield url, lambda: server.create_database(template=url), Path(folder)


def _load(url: str, folder: Path) -> tuple[Watch, int]:
    """Load the sample with its history; return the times and the lines of the history."""
    watch = Watch({})
    app = create_app(Settings(database_url=url, instance=folder / "instance"))
    with app.app_context():
        upgrade()
        held = app.extensions[EXTENSION]
        tools = gaoming.Tools(str, held.vault, held.photos, watch.say, watch.progress)
        loaded = gaoming.load(tools, now=datetime.now(UTC), history=FULL)
        held.photos.close()
        db.session.remove()
        db.engine.dispose()
    if loaded.statement is None:
        raise RuntimeError("the history was not played")
    return watch, int(loaded.statement["acts"])


def _write_again(url: str, spare_url: str) -> float:
    """Empty a copy's rows and write the history's again; return the seconds it took."""
    rows = _rows(url)
    connection = raw.connect(spare_url)
    lite = isinstance(connection, sqlite3.Connection)
    _empty(connection, lite=lite)
    mark = "?" if lite else "%s"
    inserts = {
        table: f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - names from this file
        f"VALUES ({', '.join([mark] * len(columns))})"
        for table, (columns, _) in rows.items()
    }
    units = max(max(found) for _, found in rows.values() if found) + 1
    cursor = connection.cursor()
    start = time.perf_counter()
    for unit in range(units):
        cursor.execute("BEGIN IMMEDIATE" if lite else "BEGIN")
        for table in TABLES:
            if found := rows[table][1].get(unit):
                cursor.executemany(inserts[table], found)
        cursor.execute("COMMIT")
    spent = time.perf_counter() - start
    connection.close()
    return spent


def _empty(connection: Any, *, lite: bool) -> None:
    if not lite:
        connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        return
    connection.execute("PRAGMA foreign_keys=OFF")
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
    connection.execute("PRAGMA foreign_keys=ON")


Table = tuple[list[str], dict[int, list[tuple[Any, ...]]]]


def _rows(url: str) -> dict[str, Table]:
    """Return the columns and rows of each table, the rows by the transaction they go into.

    A case with its reports, tasks and photos goes with the message that opened it.
    """
    connection = raw.connect(url)
    read: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = {}
    for table in TABLES:
        cursor = connection.execute(f"SELECT * FROM {table}")  # noqa: S608
        read[table] = ([column[0] for column in cursor.description], cursor.fetchall())
    connection.close()
    opened, of_line = _units(*read["messages"])
    columns, reports = read["reports"]
    at_reporter, at_case = columns.index("reporter_id"), columns.index("case_id")
    of_reporter = {row[at_reporter]: opened[row[at_case]] for row in reports}
    grouped: dict[str, Table] = {}
    for table, (names, rows) in read.items():
        units: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            value = dict(zip(names, row, strict=True))
            if table == "reporters":
                unit = of_reporter[value["id"]]
            elif table == "messages":
                unit = (value["position"] - 1) // UNIT
            elif table == "case_history":
                unit = of_line[value["case_id"], value["seq"]]
            else:
                unit = opened[value["id"] if table == "cases" else value["case_id"]]
            units.setdefault(unit, []).append(tuple(row))
        grouped[table] = (names, units)
    return grouped


def _units(
    names: list[str], messages: list[tuple[Any, ...]]
) -> tuple[dict[Any, int], dict[tuple[Any, int], int]]:
    """Return case → transaction of its first line, and line of a case → its transaction."""
    opened: dict[Any, int] = {}
    of_line: dict[tuple[Any, int], int] = {}
    for row in messages:
        value = dict(zip(names, row, strict=True))
        unit = (value["position"] - 1) // UNIT
        if value["entry_seq"] is not None:
            of_line[value["case_id"], value["entry_seq"]] = unit
            opened[value["case_id"]] = min(unit, opened.get(value["case_id"], unit))
    return opened, of_line


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    acts = next(iter(result.values()))["acts"]
    lines = [
        f"{FULL.total:,} reports and {acts:,} lines of history from June 2019 to October 2020, "
        "planned from one seed and played through the services in the order of time, 200 acts "
        "a transaction; then folded into the facts. Baseline: the bare driver writes the rows "
        "that are there at the end, 200 messages a transaction, nothing read or decided.",
        "",
        "| database | acts per second | seconds | folding s | raw acts per second | ratio |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {one['per_second']} | {one['seconds']} | {one['fold_s']} | "
        f"{one['raw_per_second']} | {one['ratio']:.3f} |"
        for name, one in result.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    alone.main(__doc__, run, as_markdown)
