"""Measure the desk's search over 100,000 cases, beside a raw query on the same index.

    python -m benchmarks.search [--json] [--cases N]

Both databases are filled with reports of known words; then a two-character word, a rare
word, a whole phrase and a number are asked for as the desk does it, and of the bare index.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from flask_migrate import upgrade
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from benchmarks import alone
from gridgov.app import create_app
from gridgov.cli_demo import load_sample
from gridgov.config import Settings
from gridgov.storage import search
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import EXTENSION
from tests.support import postgis

TITLE = "Search at the desk over many cases"
SQLITE, POSTGIS = "SQLite", "PostgreSQL + PostGIS"
CASES = 100_000
WORDS = [
    "路灯不亮",
    "垃圾堆积",
    "井盖缺失",
    "油烟扰民",
    "占道经营",
    "共享单车",
    "污水冒溢",
    "树木折断",
]
PLACES = ["荷香路", "文华路", "沧江路", "中山路", "跃华路", "泰华社区", "河江社区", "月明社区"]
ROUNDS = 30
# What is asked for, and the token of it the bare index is asked for.
ASKED = (("路灯", "路灯"), ("龘字", "龘字"), ("荷香路路灯不亮", "荷香"), ("5000号", "5000"))
DISTRICT = "440608"


def fill(count: int) -> float:
    """Copy a case and its report until there are so many; return seconds for the index."""
    dice, spent = Random(1), 0.0
    for start in range(0, count, 5_000):
        with unit_of_work() as session:
            case = session.scalars(select(Case)).first()
            report = session.scalars(select(Report)).first()
            assert case is not None
            assert report is not None
            cases, reports = [], []
            for number in range(start, min(start + 5_000, count)):
                values = {c.name: getattr(case, c.name) for c in Case.__table__.columns}
                told = {c.name: getattr(report, c.name) for c in Report.__table__.columns}
                cases.append(values | {"id": new_id(), "number": f"B-{number:07d}"})
                words = "，".join(dice.choice(PLACES) + dice.choice(WORDS) for _ in range(4))
                rare = "龘字牌坊" if number % 5_000 == 0 else ""
                reports.append(
                    told
                    | {
                        "id": new_id(),
                        "case_id": cases[-1]["id"],
                        "client_token": f"bench-{number:07d}",
                        "receipt_code": f"B{number:07d}",
                        "text": f"{words}{rare}{number}号",
                    }
                )
            session.connection().execute(insert(Case), cases)
            session.connection().execute(insert(Report), reports)
            began = time.perf_counter()
            search.add_many(session, cases, reports)
            spent += time.perf_counter() - began
    return spent


def milliseconds(act: Callable[[], object]) -> float:
    """Return the median of some rounds, in milliseconds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1_000)
    return statistics.median(taken)


def found(session: Session, words: str) -> list[UUID]:
    """Return a page of what is found, as the desk asks for it."""
    query = (
        select(Case.id).where(search.found_by(session, words)).order_by(Case.limit_at).limit(100)
    )
    return list(session.scalars(query))


def raw(session: Session, token: str) -> None:
    """Ask the bare index for the same token and page."""
    if db.engine.dialect.name == "postgresql":
        session.execute(
            text("SELECT case_id FROM search_texts WHERE tokens @@ CAST(:q AS tsquery) LIMIT 100"),
            {"q": f"'{token}'"},
        ).all()
        return
    session.execute(
        text("SELECT rowid FROM search_words WHERE search_words MATCH :q LIMIT 100"),
        {"q": f'"{token}"'},
    ).all()


def run(cases: int = CASES) -> dict[str, Any]:
    """Measure on both databases.

    Returns `{name: {"cases", "index_s", "asked": {words: {"ms", "rows", "raw_ms", "ratio"}}}}`:
    medians of 30 rounds; rows are those of the page, at most 100.
    """
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        measured = {SQLITE: _measure(f"sqlite:///{folder}/bench.sqlite", Path(folder), cases)}
    with (
        postgis.start(durable=True) as server,
        tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder,
    ):
        measured[POSTGIS] = _measure(server.create_database(), Path(folder), cases)
    return measured


def _measure(url: str, folder: Path, cases: int) -> dict[str, Any]:
    app = create_app(Settings(database_url=url, instance=folder / "instance"))
    with app.app_context():
        upgrade()
        load_sample(app)
        spent = fill(cases)
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
                line.execute(text("ANALYZE"))
        with read_only() as session:
            asked = {words: _asked(session, words, token) for words, token in ASKED}
        db.session.remove()
        db.engine.dispose()
    app.extensions[EXTENSION].photos.close()
    return {"cases": cases, "index_s": round(spent, 1), "asked": asked}


def _asked(session: Session, words: str, token: str) -> dict[str, float]:
    ours = milliseconds(partial(found, session, words))
    bare = milliseconds(partial(raw, session, token))
    return {
        "ms": round(ours, 2),
        "rows": len(found(session, words)),
        "raw_ms": round(bare, 2),
        "ratio": round(ours / bare, 1),
    }


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    count = next(iter(result.values()))["cases"]
    lines = [
        f"{count:,} more cases, each with a report of four places and problems; a page of 100 "
        f"in the order of the desk, median of {ROUNDS} rounds. Baseline: the first 100 hits of "
        "one token of the bare index, in no order and with no case read.",
        "",
        "| database | asked for | rows | ms | bare index ms | ratio | index in bulk s |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {words} | {one['rows']} | {one['ms']} | {one['raw_ms']} | {one['ratio']} | "
        f"{measured['index_s']} |"
        for name, measured in result.items()
        for words, one in measured["asked"].items()
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and tell, from the command line."""
    parser = alone.parser(__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="how many cases")
    asked = parser.parse_args()
    alone.tell(run(asked.cases), as_markdown, only_json=asked.json)


if __name__ == "__main__":
    main()
