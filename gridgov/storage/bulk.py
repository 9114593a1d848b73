"""Writing many rows at once: closed history from elsewhere, and marks that the clock sets.

Core executemany, not objects: 121,000 requests took 18 s against 509 s through the
ORM (architecture, 8.1). Nothing here decides anything.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridgov.storage import many, search
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.numbers import CaseNumber
from gridgov.storage.reports import Report

Rows = Sequence[Mapping[str, Any]]


def add_cases(session: Session, cases: Rows, reports: Rows, lines: Rows) -> None:
    """Write cases with their reports and the lines of their histories, in that order."""
    for model, rows in ((Case, cases), (Report, reports), (CaseEntry, lines)):
        if rows:
            session.connection().execute(insert(cast(Table, model.__table__)), rows)
    search.add_many(session, cases, reports)


_HISTORY = cast(Table, CaseEntry.__table__)
_CASES = cast(Table, Case.__table__)


def add_lines(session: Session, lines: Rows) -> None:
    """Write sealed lines of histories; their cases are there already."""
    many.insert(session, _HISTORY, lines)


def mark_cases(session: Session, rows: Rows) -> None:
    """Write columns of many cases, each row with its `id`; objects do not learn of it."""
    many.update(session, _CASES, rows)


def known_tokens(session: Session, district_code: str, tokens: Sequence[str]) -> set[str]:
    """Return those client tokens that came before."""
    found: set[str] = set()
    for start in range(0, len(tokens), 500):
        page = tokens[start : start + 500]
        found.update(
            session.scalars(
                select(Report.client_token).where(
                    Report.district_code == district_code, Report.client_token.in_(page)
                )
            )
        )
    return found


def take_numbers(
    session: Session, district_code: str, counts: Mapping[date, int]
) -> dict[date, int]:
    """Take `count` case numbers of each local day; return the first one of each."""
    dialect = session.get_bind().dialect.name
    upsert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    first: dict[date, int] = {}
    # In order of days, so that two imports cannot wait for each other.
    for day, count in sorted(counts.items()):
        statement = upsert(CaseNumber).values(district_code=district_code, day=day, next=count + 1)
        after = session.execute(
            statement.on_conflict_do_update(
                index_elements=["district_code", "day"], set_={"next": CaseNumber.next + count}
            ).returning(CaseNumber.next)
        ).scalar_one()
        first[day] = after - count
    return first
