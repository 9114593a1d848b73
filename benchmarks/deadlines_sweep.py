"""Measure the sweep: 100,000 limits that have passed, marked on both databases.

    python -m benchmarks.deadlines_sweep [--json] [--cases N] [--mix N]

Open cases are written in bulk into the sample district and get their rows from the command
that older databases get them from; then one process sweeps, as the timetable does, at a
moment after all of their limits. With the ladder on, every one of them is put under
supervision as well, and then once more: red. The baseline writes the same lines, messages
and columns with the bare driver, in transactions of as many rows: nothing read or decided.

The mix is what a weekend without a server leaves behind, in a database of its own with the
ladder on from the start: each case warns, is marked and is put under supervision twice over,
and one in six was dispatched to a worker who never signed, so it climbs first.
"""

import gc
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask_migrate import upgrade
from sqlalchemy import select

from benchmarks import alone, raw
from gridgov.app import create_app
from gridgov.cli_demo import load_sample
from gridgov.config import Settings
from gridgov.domain.assignment import Assignment
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework, imports, sweep, timers
from gridgov.services import reference as references
from gridgov.services.effects import Given
from gridgov.services.imports import Outcome, PastRequest
from gridgov.services.routing import locate
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import EXTENSION
from tests.support import postgis
from tests.support.acts import (
    DISTRICT,
    inside,
    person,
    set_ladder,
)

TITLE = "A sweep of limits that have passed"
SQLITE, POSTGIS = "SQLite", "PostgreSQL + PostGIS"
CASES = 100_000
MIX = 20_000  # of about four rows each; 100,000 of them take very long to prepare
UNSIGNED = 6  # one in six
UNIT = 2_000
OPENED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LATE = OPENED + timedelta(days=200)
Prepared = Iterator[tuple[str, Callable[[str], str], Path]]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a sweep fired and took: seconds on the wall, and of this process's own work."""

    due: int
    seconds: float
    cpu_s: float

    def told(self, prefix: str = "") -> dict[str, Any]:
        """Return the figures under their names."""
        return {
            f"{prefix}due": self.due,
            f"{prefix}seconds": round(self.seconds, 1),
            f"{prefix}cpu_s": round(self.cpu_s, 1),
            f"{prefix}per_second": round(self.due / self.seconds),
        }


def run(cases: int = CASES, mix: int = MIX) -> dict[str, Any]:
    """Measure on both databases: without the ladder, with it, and a mix of all kinds.

    Returns `{name: {"due", "seconds", "cpu_s", "per_second", the same with "ladder_" and
    "mix_" before them, "fill_s", "raw_s", "raw_per_second", "ratio"}}`; due are rows that
    were fired, CPU seconds are those of the sweeping process (not of a database server), the
    ratio is marks per second over those of the raw driver.
    """
    measured = {}
    for name, prepared in ((SQLITE, _sqlite), (POSTGIS, _postgis)):
        with prepared() as (url, spare, folder):
            measured[name] = _measure(url, spare, folder, cases, mix)
    return measured


@contextmanager
def _sqlite() -> Prepared:
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        file = Path(folder) / "gridgov.sqlite"

        def spare(name: str) -> str:
            copy = Path(folder) / f"{name}.sqlite"
            for part in Path(folder).glob(f"{file.name}*"):  # the log of the last writer too
                shutil.copy(part, part.with_name(part.name.replace(file.name, copy.name)))
            return f"sqlite:///{copy}"

        yield f"sqlite:///{file}", spare, Path(folder)


@contextmanager
def _postgis() -> Prepared:
    with (
        postgis.start(durable=True) as server,
        tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder,
    ):
        url = server.create_database()
        yield url, lambda _name: server.create_database(template=url), Path(folder)


def _measure(
    url: str, spare: Callable[[str], str], folder: Path, cases: int, mix: int
) -> dict[str, Any]:
    app = create_app(Settings(database_url=url, instance=folder / "instance"))
    with app.app_context():
        upgrade()
        load_sample(app)
        _close()
    for_mix = spare("mix")
    with app.app_context():
        _write_cases(cases)
        filled = _fill()
        _close()
    empty = spare("empty")
    with app.app_context():
        plain = _sweep(LATE)
        with unit_of_work() as session:
            set_ladder(session, on=True)
        # Their supervision lies in the future of the moment the ladder was switched on.
        _fill()
        ladder = _sweep(LATE + timedelta(days=100))
        app.extensions[EXTENSION].photos.close()
        _close()
    count, least = _write_again(url, empty)
    return {
        **plain.told(),
        **ladder.told("ladder_"),
        **_mix(for_mix, folder, mix).told("mix_"),
        "fill_s": round(filled, 1),
        "raw_s": round(least, 1),
        "raw_per_second": round(count / least),
        "ratio": round((plain.due / plain.seconds) / (count / least), 3),
    }


def _close() -> None:
    db.session.remove()
    db.engine.dispose()


def _mix(url: str, folder: Path, cases: int) -> Spent:
    """Sweep what so many cases left behind: warnings, climbs, marks and supervision."""
    app = create_app(Settings(database_url=url, instance=folder / "instance"))
    with app.app_context():
        with unit_of_work() as session:
            set_ladder(session, on=True)
        _write_cases(cases)
        _dispatch(cases // UNSIGNED)
        _fill()
        spent = _sweep(LATE)
        app.extensions[EXTENSION].photos.close()
        _close()
    return spent


def _dispatch(cases: int) -> None:
    """Give so many of the cases to a worker of the sample, who will not sign."""
    with read_only() as session:
        written = select(Case.id).where(Case.received_at == OPENED).order_by(Case.number)
        made = list(session.scalars(written.limit(cases)))
        given = Given(assignment=Assignment(person(session, "worker").person_id, None, "grid_lead"))
    by = Actor.system(DISTRICT)
    for start in range(0, cases, UNIT):
        with unit_of_work() as session:
            for case_id in made[start : start + UNIT]:
                casework.perform(session, case_id, Action.DISPATCH, by=by, now=OPENED, given=given)


def _write_cases(cases: int) -> None:
    """Write open cases with a limit that will have passed, in units of 2,000."""
    with read_only() as session:
        reference = references.of(session, DISTRICT)
        spot = inside(session)
    placement = locate(reference, spot, "0101", None)
    for start in range(0, cases, UNIT):
        requests = [
            PastRequest(
                external_id=f"late-{number}",
                opened_at=OPENED,
                outcome=Outcome.OPEN,
                category_code="0101",
                placement=placement,
                # Not all at one moment: no two days are the same.
                target_at=OPENED + timedelta(days=1, seconds=number),
                position=spot,
            )
            for number in range(start, min(cases, start + UNIT))
        ]
        batch = imports.prepare(requests, reference, source="bench", now=OPENED)
        with unit_of_work() as session:
            imports.write(session, batch)


def _fill(now: datetime = OPENED) -> float:
    began = time.perf_counter()
    after: UUID | None = None
    first = True
    while first or after is not None:
        first = False
        with unit_of_work() as session:
            after = timers.fill(session, DISTRICT, after, now=now)
    return time.perf_counter() - began


def _sweep(now: datetime) -> Spent:
    """Fire everything that is due at a moment."""
    gc.collect()
    gc.freeze()  # as a server does once it has started (gridgov.app.start_background)
    began, worked = time.perf_counter(), time.process_time()
    fired, more = 0, True
    while more:
        with unit_of_work() as session:
            done = sweep.fire(session, DISTRICT, now=now)
        fired, more = fired + done.fired, done.more
    return Spent(fired, time.perf_counter() - began, time.process_time() - worked)


MARK = "mark_overdue"


def _write_again(url: str, spare_url: str) -> tuple[int, float]:
    """Write the marks of the sweep into a copy from before; return how many and the seconds."""
    source, target = raw.connect(url), raw.connect(spare_url)
    lite = isinstance(target, sqlite3.Connection)
    mark = "?" if lite else "%s"
    lines = source.execute(f"SELECT * FROM case_history WHERE action = '{MARK}'")  # noqa: S608
    line_names = [column[0] for column in lines.description]
    rows = lines.fetchall()
    at, key, seq, seal = (line_names.index(name) for name in ("at", "case_id", "seq", "hash"))
    told = source.execute("SELECT * FROM messages WHERE kind = 'case.overdue'")
    told_names = [column[0] for column in told.description]
    news = {
        (row[told_names.index("case_id")], row[told_names.index("entry_seq")]): row for row in told
    }
    position = told_names.index("position")
    last = target.execute("SELECT max(position) FROM messages").fetchone()[0]
    cursor, spent = target.cursor(), 0.0
    for start in range(0, len(rows), sweep.BATCH):
        unit = rows[start : start + sweep.BATCH]
        messages = []
        for row in unit:
            last += 1
            message = news[row[key], row[seq]]
            messages.append((*message[:position], last, *message[position + 1 :]))
        heads = [(row[at], row[at], row[seq], row[seal], row[key]) for row in unit]
        ends = [(row[at], row[key]) for row in unit]
        began = time.perf_counter()
        cursor.execute("BEGIN IMMEDIATE" if lite else "BEGIN")
        cursor.executemany(_insert("case_history", line_names, mark), unit)
        cursor.executemany(
            f"UPDATE cases SET overdue_at = {mark}, updated_at = {mark}, "  # noqa: S608
            f"history_seq = {mark}, history_hash = {mark} WHERE id = {mark}",
            heads,
        )
        cursor.executemany(
            f"UPDATE timers SET outcome = 'fired', ended_at = {mark} "  # noqa: S608
            f"WHERE case_id = {mark} AND kind = 'overdue' AND ended_at IS NULL",
            ends,
        )
        cursor.executemany(_insert("messages", told_names, mark), messages)
        cursor.execute("COMMIT")
        spent += time.perf_counter() - began
    source.close()
    target.close()
    return len(rows), spent


def _insert(table: str, names: list[str], mark: str) -> str:
    return (
        f"INSERT INTO {table} ({', '.join(names)}) "  # noqa: S608 - names from the database
        f"VALUES ({', '.join([mark] * len(names))})"
    )


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    lines = [
        f"Open cases whose limit has passed, all swept by one process in units of {sweep.BATCH:,} "
        "rows: each case is locked, the workflow table is asked, its line is sealed, and its "
        "message is logged; the row ends in the same transaction. *Ladder*: the same cases "
        "once more with the ladder on, put under yellow and then under red supervision. *Mix*: "
        "other cases with the ladder on from the start, one in six not signed: climbs, warnings, "
        "marks and supervision. *CPU* is the sweeping process's own work. "
        "*Rows* is how long an older database of this size takes to get its rows. Baseline: "
        "executemany of the same lines, messages and columns by the bare driver.",
        "",
        "| database | due | seconds | CPU s | per second | ladder: due | seconds | CPU s | "
        "mix: due | seconds | CPU s | rows s | raw per second | ratio |",
        "|" + "---|" * 14,
    ]
    lines += [
        f"| {name} | {one['due']:,} | {one['seconds']} | {one['cpu_s']} | "
        f"{one['per_second']:,} | {one['ladder_due']:,} | {one['ladder_seconds']} | "
        f"{one['ladder_cpu_s']} | {one['mix_due']:,} | {one['mix_seconds']} | "
        f"{one['mix_cpu_s']} | {one['fill_s']} | {one['raw_per_second']:,} | "
        f"{one['ratio']:.3f} |"
        for name, one in result.items()
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and tell, from the command line."""
    parser = alone.parser(__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="how many limits have passed")
    parser.add_argument("--mix", type=int, default=MIX, help="how many cases of every kind")
    asked = parser.parse_args()
    alone.tell(run(asked.cases, asked.mix), as_markdown, only_json=asked.json)


if __name__ == "__main__":
    main()
