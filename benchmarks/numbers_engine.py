"""Measure the number engine against the size of the history behind it, and how fast it folds.

    python -m benchmarks.numbers_engine [--sizes 10000,1000000] [--large 10000000] [--json]
    python -m benchmarks.numbers_engine --ask DATABASE_URL

Each size is an installation of its own with that many cases of five years, written in bulk
(`many_cases`). Asked are the board's API and what a board reads, one after the other in one
process; the promise is that the largest takes at most half as long again as the smallest.
What is folded is a log of whole lives, into empty tables.
"""  # noqa: D205

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask
from sqlalchemy.orm import Session

from benchmarks import alone, many_cases, servers
from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.domain.areas import AreaKind
from gridgov.domain.counters import Dim
from gridgov.domain.scope import CaseClass
from gridgov.services import (
    behind,
    breakdowns,
    due_today,
    figures,
    hot_spots,
    indicators,
    keys,
    stocks,
    surges,
    trends,
)
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.services.trends import Step
from gridgov.storage import case_facts, facts, messages
from gridgov.storage.base import db
from gridgov.storage.session import read_only, unit_of_work
from tests.support import postgis

TITLE = "Figures do not grow with the history"
SMALL, BIG = 10_000, 1_000_000
ASKED = 60
FOLDED = 2_000  # cases of the log that is folded: about 11,000 messages
DISTRICT = many_cases.DISTRICT
NOW = datetime(2026, 10, 31, 8, tzinfo=UTC)
BOTH = frozenset(CaseClass)
START = "from gridgov.cli import main; main()"
Question = Callable[[Session], object]


def run(sizes: tuple[int, ...] = (SMALL, BIG), large: int | None = None) -> dict[str, Any]:
    """Measure both databases, PostgreSQL with one more size if asked.

    Returns `{"sizes": {database: {cases: {question: {"p50_ms", "p95_ms"}}}}, "folding":
    {database: messages a second}}`.
    """
    found: dict[str, Any] = {"sizes": {}, "folding": {}}
    for name, made in (("SQLite", _sqlite), ("PostgreSQL", _postgis)):
        found["sizes"][name] = {}
        more = (large,) if large and made is _postgis else ()
        for cases in (*sizes, *more):
            with made() as app:
                found["sizes"][name][cases] = _filled(name, app, cases)
        with made() as app:
            found["folding"][name] = fold_speed()
    return found


def _filled(name: str, app: Flask, cases: int) -> dict[str, dict[str, float]]:
    start = time.perf_counter()
    with unit_of_work() as session:
        many_cases.fill(session, cases)
    db.engine.dispose()  # the connection that filled keeps a cache no server has
    took = time.perf_counter() - start
    times = ask(app)
    # Each size as it comes: the last one of a long run may be an hour away.
    print(f"{name}, {cases:,} cases, filled in {took:.0f} s: {times}", file=sys.stderr, flush=True)
    return times


@contextmanager
def existing(url: str) -> Iterator[Flask]:
    """Open a database that was filled before, to ask it again."""
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        settings = Settings(instance=Path(folder), database_url=url, rate_limits=False)
        app = create_app(settings)
        with app.app_context():
            yield app
            db.engine.dispose()


@contextmanager
def _sqlite() -> Iterator[Flask]:
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'instance' / 'gridgov.sqlite'}"
        with _installed(Path(folder) / "instance", url) as app:
            yield app


@contextmanager
def _postgis() -> Iterator[Flask]:
    with (
        postgis.start() as server,
        tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder,
        _installed(Path(folder) / "instance", server.create_database()) as app,
    ):
        yield app


@contextmanager
def _installed(instance: Path, url: str) -> Iterator[Flask]:
    settings = servers.environment(
        GRIDGOV_INSTANCE=str(instance), GRIDGOV_DATABASE_URL=url, GRIDGOV_RATE_LIMITS="0"
    )
    subprocess.run(
        [sys.executable, "-c", START, "demo", "gaoming"],
        cwd=servers.ROOT,
        env=settings,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    app = create_app(Settings(instance=instance, database_url=url, rate_limits=False))
    with app.app_context():
        yield app
        db.engine.dispose()


def ask(app: Flask) -> dict[str, dict[str, float]]:
    """Return question → quantiles in milliseconds."""
    _analyze()
    with unit_of_work() as session:
        secret = keys.make(
            session, DISTRICT, "bench", ["board:read"], "api", by=None, now=datetime.now(UTC)
        ).secret
    client = app.test_client()
    header = {"Authorization": f"Bearer {secret}"}

    def board_api() -> None:
        answer = client.get("/api/v1/board?from=2021-11-01&to=2026-10-31", headers=header)
        if answer.status_code != 200:
            raise RuntimeError(answer.get_data(as_text=True))

    found = {"GET /api/v1/board since launch": _times(board_api)}
    for name, question in questions().items():
        found[name] = _times(lambda asked=question: _read(asked))  # type: ignore[misc]
    return found


def _read(question: Question) -> None:
    with read_only() as session:
        question(session)


def _analyze() -> None:
    """Let the database know its rows and tidy up, as it does by itself in time."""
    known = "VACUUM ANALYZE" if db.engine.dialect.name == "postgresql" else "ANALYZE"
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(known)


def questions() -> dict[str, Question]:
    """Return what a board reads, by name; a district with its towns, since launch and a month."""
    with read_only() as session:
        net = references.of(session, DISTRICT).net
        towns = [area.code for area in net.children(DISTRICT) if area.kind is AreaKind.TOWN]
        village = net.children(towns[0])[0].code
    whole = View(DISTRICT, DISTRICT, date(2021, 11, 1), date(2026, 10, 31), BOTH)
    month = View(DISTRICT, DISTRICT, date(2026, 10, 1), date(2026, 10, 31), BOTH)
    odd = View(DISTRICT, village, date(2024, 3, 7), date(2026, 10, 20), BOTH)
    head = ["received", "closed", "overdue", "closure_rate", "closure_due", "one_go_share"]
    past = datetime(2026, 7, 15, 16, tzinfo=UTC)

    def ask_values(view: View, areas: list[str], **more: Any) -> Question:
        return lambda session: figures.values(session, view, head, now=NOW, areas=areas, **more)

    return {
        "headline of the district and its towns, since launch": ask_values(
            whole, [DISTRICT, *towns]
        ),
        "headline of a village, from one day to another": ask_values(odd, [village]),
        "headline as of a past moment": ask_values(whole, [DISTRICT, *towns], as_of=past),
        "median time to close": lambda s: figures.values(s, whole, ["close_median"], now=NOW),
        "trend of a year by day": lambda s: trends.trend(
            s,
            View(DISTRICT, DISTRICT, date(2025, 11, 1), date(2026, 10, 31), BOTH),
            "closure_rate",
            Step.DAY,
            now=NOW,
        ),
        "by class of problem, since launch": lambda s: breakdowns.breakdown(
            s, whole, "closure_rate", Dim.CATEGORY
        ),
        "hour and weekday, since launch": lambda s: breakdowns.heat(s, whole),
        "stock table of a month": lambda s: stocks.stock(s, month, now=NOW),
        "surges": lambda s: surges.surges(s, month, now=NOW),
        "hot spots of a month": lambda s: hot_spots.hot_spots(s, month),
        "due today": lambda s: due_today.due_today(s, month, now=NOW),
        "first page of the cases behind": lambda s: behind.cases_of(
            s, behind.Question(whole, "closure_rate"), now=NOW
        ),
    }


def _times(act: Callable[[], object]) -> dict[str, float]:
    for _ in range(5):
        act()
    times = []
    for _ in range(ASKED):
        start = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - start))
    p50, p95 = np.percentile(times, [50, 95])
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def fold_speed() -> float:
    """Return how many messages a second are folded, batch by batch."""
    with unit_of_work() as session:
        many_cases.fill(session, FOLDED, with_messages=True)
    with unit_of_work() as session:
        facts.clear(session, DISTRICT)
        case_facts.clear(session, DISTRICT)
        cursor = messages.lock_cursor(session, indicators.PROJECTOR, DISTRICT)
        if cursor is None:
            raise RuntimeError("somebody else folds")
        cursor.position = 0
    start, folded = time.perf_counter(), 0
    while True:
        with unit_of_work() as session:
            count = indicators.fold_pending(session, DISTRICT)
        folded += count
        if not count:
            return round(folded / (time.perf_counter() - start))


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and tables."""
    lines = [
        f"p50 / p95 in milliseconds of {ASKED} questions, one after the other, in one process "
        "with one connection; installations of five years with so many cases. The last column "
        "is the largest p50 over the smallest."
    ]
    for name, sizes in result["sizes"].items():
        heads = [f"{int(cases):,}" for cases in sizes]
        lines += ["", f"| {name} | {' | '.join(heads)} | ratio |", "|---" * (len(heads) + 2) + "|"]
        for question in next(iter(sizes.values())):
            one = [times[question] for times in sizes.values()]
            cells = [f"{times['p50_ms']} / {times['p95_ms']}" for times in one]
            ratio = one[-1]["p50_ms"] / one[0]["p50_ms"]
            lines.append(f"| {question} | {' | '.join(cells)} | {ratio:.2f} |")
    told = ", ".join(f"{name} {speed:,.0f}" for name, speed in result["folding"].items())
    return "\n".join([*lines, "", f"Folded messages a second: {told}."])


def as_lines(result: dict[str, dict[str, float]]) -> str:
    """Return what one database answered, a question a line."""
    return "\n".join(f"{t['p50_ms']} / {t['p95_ms']} ms: {name}" for name, t in result.items())


def main() -> None:
    """Run from the command line."""
    parser: argparse.ArgumentParser = alone.parser(__doc__)
    parser.add_argument("--sizes", default=f"{SMALL},{BIG}")
    parser.add_argument("--large", type=int, help="one more size on PostgreSQL")
    parser.add_argument("--ask", metavar="URL", help="only ask a database filled by many_cases")
    asked = parser.parse_args()
    if asked.ask:
        with existing(asked.ask) as app:
            alone.tell(ask(app), as_lines, only_json=asked.json)
        return
    sizes = tuple(int(size) for size in asked.sizes.split(","))
    alone.tell(run(sizes, asked.large), as_markdown, only_json=asked.json)


if __name__ == "__main__":
    main()
