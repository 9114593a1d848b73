"""What the counters saw of each case last: which cases stand behind a figure.

Folded from the log with the counters, in the same transaction. A counter is a bit of
`flags` (of the day received) or `due_flags` (of the days due); a case stands behind a
figure exactly if it has the bit and its day lies in the period.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Index, Table, and_, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.case_counters import due_flags, flags
from gridgov.domain.counters import COUNTERS, FactTable
from gridgov.domain.fact_view import KINDS, FactView
from gridgov.domain.scope import CaseClass
from gridgov.storage import many
from gridgov.storage.base import Base

BITS: Mapping[FactTable, Mapping[str, int]] = {
    table: {name: 1 << place for place, name in enumerate(COUNTERS[table])}
    for table in (FactTable.RECEIVED, FactTable.DUE)
}
AREA_COLUMNS: Mapping[str, str] = {
    "d": "district_code",
    "t": "town_code",
    "v": "village_code",
    "g": "grid_code",
    "p": "professional_code",
}


class CaseFact(Base):
    """A case as the counters saw it last. `hour`, `closed_after`, `responded_after`: FactView."""

    __tablename__ = "case_facts"
    __table_args__ = (
        Index("ix_case_facts_district", "district_code", "received_on", "case_id"),
        Index("ix_case_facts_town", "town_code", "received_on", "case_id"),
        Index("ix_case_facts_village", "village_code", "received_on", "case_id"),
        Index("ix_case_facts_grid", "grid_code", "received_on", "case_id"),
        Index(
            "ix_case_facts_professional",
            "professional_code",
            "received_on",
            sqlite_where=text("professional_code IS NOT NULL"),
            postgresql_where=text("professional_code IS NOT NULL"),
        ),
        Index("ix_case_facts_district_due", "district_code", "due_on", "case_id"),
        Index("ix_case_facts_village_due", "village_code", "due_on", "case_id"),
    )

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    district_code: Mapped[str]
    town_code: Mapped[str | None]
    village_code: Mapped[str | None]
    grid_code: Mapped[str | None]
    professional_code: Mapped[str | None]
    case_class: Mapped[str]
    category: Mapped[str]
    unit: Mapped[str]
    channel: Mapped[str]
    cell: Mapped[str]
    received_on: Mapped[date]
    due_on: Mapped[date]
    first_due_on: Mapped[date]
    hour: Mapped[int | None]
    closed_after: Mapped[int | None]
    responded_after: Mapped[int | None]
    repeats: Mapped[int]
    flags: Mapped[int] = mapped_column(BigInteger)
    due_flags: Mapped[int]


_TABLE = cast(Table, CaseFact.__table__)


def bits(table: FactTable, names: Iterable[str]) -> int:
    """Return the flags of some counters."""
    places = BITS[table]
    return sum(places[name] for name in names)


def row_of(case_id: UUID, view: FactView) -> dict[str, Any]:
    """Return the row of a case, given how the counters see it."""
    due, first = due_flags(view)
    areas = dict(zip(view.area_kinds, view.areas, strict=True))
    return {
        "case_id": case_id,
        **{AREA_COLUMNS[kind]: areas.get(kind) for kind in KINDS},
        "case_class": str(view.case_class),
        "category": view.category,
        "unit": view.unit,
        "channel": view.channel,
        "cell": view.cell,
        "received_on": view.received_on,
        "due_on": view.due_on,
        "first_due_on": view.first_due_on or view.due_on,
        "hour": view.hour,
        "closed_after": view.closed_after,
        "responded_after": view.passed.get("responded"),
        "repeats": view.repeats,
        "flags": bits(FactTable.RECEIVED, flags(view)),
        "due_flags": bits(FactTable.DUE, due | first),
    }


def put(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write cases as they stand now, new or anew."""
    many.upsert(session, _TABLE, sorted(rows, key=lambda row: str(row["case_id"])))


def clear(session: Session, district_code: str) -> None:
    """Empty the rows of a district before a rebuild."""
    session.execute(delete(CaseFact).where(CaseFact.district_code == district_code))


def whole(session: Session, district_code: str) -> dict[UUID, dict[str, Any]]:
    """Return every row of a district, for comparing two foldings."""
    query = select(_TABLE).where(_TABLE.c.district_code == district_code)
    return {row["case_id"]: dict(row) for row in session.execute(query).mappings()}


def in_area(kind: str, area_code: str) -> ColumnElement[bool]:
    """Return the condition that a case was routed into an area; `kind` as in FactView."""
    return _TABLE.c[AREA_COLUMNS[kind]] == area_code


def in_classes(classes: frozenset[CaseClass]) -> ColumnElement[bool]:
    """Return the condition that a case belongs to one of the classes."""
    return CaseFact.case_class.in_([str(one) for one in sorted(classes)])


def counts_in(table: FactTable, names: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a case counts in all of some counters of a table."""
    column = CaseFact.flags if table is FactTable.RECEIVED else CaseFact.due_flags
    wanted = bits(table, names)
    return and_(column.op("&")(wanted) == wanted)


def day_of(table: FactTable, name: str) -> ColumnElement[date]:
    """Return the day a counter of a case stands on."""
    if table is FactTable.RECEIVED:
        column = _TABLE.c.received_on
    elif name.startswith("first_"):
        column = _TABLE.c.first_due_on
    else:
        column = _TABLE.c.due_on
    return column
