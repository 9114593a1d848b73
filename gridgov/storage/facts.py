"""Facts: counters folded from the log, per area and local day. Never counted."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import ForeignKey, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.indicators import COUNTERS, Counts, FactKey, FactTable
from gridgov.domain.scope import CaseClass
from gridgov.storage.base import Base


class _Key:
    """The key of the three tables: district, area (or ancestor), local day, class."""

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"), primary_key=True)
    area_code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    case_class: Mapped[str] = mapped_column(primary_key=True)


class FactReceived(_Key, Base):
    """By the day the case was received: the cohorts."""

    __tablename__ = "facts_received"

    received: Mapped[int] = mapped_column(default=0)
    closed: Mapped[int] = mapped_column(default=0)
    invalid: Mapped[int] = mapped_column(default=0)


class FactHappened(_Key, Base):
    """By the day something happened to the case: the flows."""

    __tablename__ = "facts_happened"

    received: Mapped[int] = mapped_column(default=0)
    closed: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    passed_up: Mapped[int] = mapped_column(default=0)
    reworked: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    transferred: Mapped[int] = mapped_column(default=0)
    overdue: Mapped[int] = mapped_column(default=0)


class FactDue(_Key, Base):
    """By the day the handling limit ends: the due cohorts."""

    __tablename__ = "facts_due"

    due: Mapped[int] = mapped_column(default=0)
    closed: Mapped[int] = mapped_column(default=0)
    closed_on_time: Mapped[int] = mapped_column(default=0)


FactModel = type[FactReceived] | type[FactHappened] | type[FactDue]

TABLES: dict[FactTable, FactModel] = {
    FactTable.RECEIVED: FactReceived,
    FactTable.HAPPENED: FactHappened,
    FactTable.DUE: FactDue,
}


def add(session: Session, district_code: str, counts: Counts) -> None:
    """Add changes to the counters, one upsert per table."""
    rows: dict[FactKey, dict[str, int]] = defaultdict(dict)
    for (key, counter), change in counts.items():
        rows[key][counter] = change
    for table, model in TABLES.items():
        values = [
            {
                "district_code": district_code,
                "area_code": key.area_code,
                "day": key.day,
                "case_class": str(key.case_class),
                **{name: changes.get(name, 0) for name in COUNTERS[table]},
            }
            for key, changes in sorted(rows.items(), key=lambda item: str(item[0]))
            if key.table is table
        ]
        if values:
            _upsert(session, model, COUNTERS[table], values)


def _upsert(
    session: Session, model: FactModel, counters: Sequence[str], values: list[dict[str, Any]]
) -> None:
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table = cast(Table, model.__table__)
    statement = insert(table)
    # One compiled statement with many rows of parameters: a VALUES list would be
    # compiled anew for each batch (about 3 ms).
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["district_code", "area_code", "day", "case_class"],
            set_={name: table.c[name] + statement.excluded[name] for name in counters},
        ),
        values,
    )


def received_and_closed(
    session: Session,
    district_code: str,
    area_codes: Sequence[str],
    first: date,
    last: date,
    classes: frozenset[CaseClass],
) -> dict[str, tuple[int, int]]:
    """Return area code → (received, closed) of the cohort of days first..last, both included."""
    rows = session.execute(
        select(
            FactReceived.area_code, func.sum(FactReceived.received), func.sum(FactReceived.closed)
        )
        .where(
            FactReceived.district_code == district_code,
            FactReceived.area_code.in_(area_codes),
            FactReceived.day.between(first, last),
            FactReceived.case_class.in_([str(case_class) for case_class in classes]),
        )
        .group_by(FactReceived.area_code)
    )
    return {area: (int(received), int(closed)) for area, received, closed in rows}


def by_day(
    session: Session,
    district_code: str,
    table: FactTable,
    area_codes: Sequence[str],
    first: date,
    last: date,
    classes: frozenset[CaseClass],
) -> list[tuple[str, date, dict[str, int]]]:
    """Return (area, local day, counters) of a table for days first..last, by area and day.

    The classes are added up; a row whose counters have all come back to zero is left out.
    """
    model = TABLES[table]
    columns = [getattr(model, name) for name in COUNTERS[table]]
    rows = session.execute(
        select(model.area_code, model.day, *map(func.sum, columns))
        .where(
            model.district_code == district_code,
            model.area_code.in_(area_codes),
            model.day.between(first, last),
            model.case_class.in_([str(case_class) for case_class in classes]),
        )
        .group_by(model.area_code, model.day)
        .order_by(model.area_code, model.day)
    )
    found = []
    for area, day, *sums in rows:
        counts = dict(zip(COUNTERS[table], map(int, sums), strict=True))
        if any(counts.values()):
            found.append((area, day, counts))
    return found


def first_day(session: Session, district_code: str) -> date | None:
    """Return the first local day on which anything was received."""
    return session.scalar(
        select(func.min(FactReceived.day)).where(
            FactReceived.district_code == district_code, FactReceived.area_code == district_code
        )
    )


def clear(session: Session, district_code: str) -> None:
    """Empty the facts of a district before a rebuild."""
    for model in TABLES.values():
        session.execute(delete(model).where(model.district_code == district_code))


def everything(session: Session, district_code: str) -> dict[tuple[str, ...], dict[str, int]]:
    """Return all non-zero facts of a district, for comparing two foldings."""
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for table, model in TABLES.items():
        rows: Sequence[Any] = session.scalars(
            select(model).where(model.district_code == district_code)
        ).all()
        for row in rows:
            counts = {name: getattr(row, name) for name in COUNTERS[table]}
            if any(counts.values()):
                found[str(table), row.area_code, row.day.isoformat(), row.case_class] = counts
    return found
