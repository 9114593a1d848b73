"""Facts: counters folded from the log, per area and local day. Never counted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Integer,
    Select,
    String,
    Table,
    and_,
    delete,
    func,
    select,
)
from sqlalchemy.orm import Session

from gridgov.domain.counters import NARROW, Dim, FactTable, counters_of, day_counters
from gridgov.domain.indicators import FactKey, Rows, without_zeros
from gridgov.domain.scope import CaseClass
from gridgov.domain.spans import Piece, Span, cover, month_of
from gridgov.storage import many
from gridgov.storage.base import Base

Stored = dict[tuple[str, ...], dict[str, int]]


def _table(table: FactTable) -> Table:
    """Return a table: its key, then one column for each counter."""
    cut = ["dim", "value"] if table not in NARROW else []
    # What every question names stands first, then the range it asks for.
    names = ["area_code", *cut[:1], "span", "day", *cut[1:], "changed_on", "case_class"]
    kinds: dict[str, type[Date] | type[String]] = {"day": Date, "changed_on": Date}
    return Table(
        f"facts_{table}",
        Base.metadata,
        Column("district_code", ForeignKey("districts.code"), primary_key=True),
        *(Column(name, kinds.get(name, String), primary_key=True) for name in names),
        *(Column(name, Integer, nullable=False, server_default="0") for name in counters_of(table)),
        # The key is most of a row: on SQLite the rows lie in its order, and only once.
        sqlite_with_rowid=False,
    )


TABLES: dict[FactTable, Table] = {table: _table(table) for table in FactTable}
_KEY = {table: [c.name for c in found.primary_key] for table, found in TABLES.items()}


def add(session: Session, district_code: str, rows: Rows) -> None:
    """Add changes to the counters, one statement per table."""
    by_table: dict[FactTable, list[FactKey]] = defaultdict(list)
    for key in sorted(rows):  # in the order of the key: neighbours lie together
        by_table[key.table].append(key)
    for table, keys in by_table.items():
        found = (_row(district_code, key, rows[key]) for key in keys)
        changed = [row for row in found if row is not None]
        many.upsert(session, TABLES[table], changed, added=counters_of(table))


def _row(district_code: str, key: FactKey, counts: Mapping[str, int]) -> dict[str, Any] | None:
    """Return a row with what changes in it, None where nothing does."""
    row: dict[str, Any] = {name: number for name, number in counts.items() if number}
    if not row:
        return None
    row["district_code"] = district_code
    row["area_code"] = key.area_code
    row["span"] = str(key.span)
    row["day"] = key.day
    row["changed_on"] = key.changed_on
    row["case_class"] = str(key.case_class)
    if key.table not in NARROW:
        row["dim"], row["value"] = str(key.dim), key.value
    return row


def _within(table: Table, piece: Piece) -> list[ColumnElement[bool]]:
    found = [table.c.span == str(piece.span), table.c.day.between(piece.first, piece.last)]
    if piece.changed_first is not None:
        found.append(table.c.changed_on >= piece.changed_first)
    if piece.changed_last is not None:
        found.append(table.c.changed_on <= piece.changed_last)
    return found


def _asked(
    name: FactTable,
    district_code: str,
    area_codes: Sequence[str],
    classes: frozenset[CaseClass],
    piece: Piece,
) -> ColumnElement[bool]:
    table = TABLES[name]
    return and_(
        table.c.district_code == district_code,
        table.c.area_code.in_(area_codes),
        table.c.case_class.in_([str(one) for one in sorted(classes)]),
        *_within(table, piece),
    )


def sums(
    session: Session,
    name: FactTable,
    district_code: str,
    area_codes: Sequence[str],
    classes: frozenset[CaseClass],
    pieces: Iterable[Piece],
    counters: Sequence[str],
) -> dict[str, dict[str, int]]:
    """Return area code → counter → number over the pieces of a period."""
    table = TABLES[name]
    found = {area: dict.fromkeys(counters, 0) for area in area_codes}
    columns = [func.sum(table.c[one]) for one in counters]
    for piece in pieces:
        query = select(table.c.area_code, *columns).where(
            _asked(name, district_code, area_codes, classes, piece)
        )
        for area, *numbers in session.execute(query.group_by(table.c.area_code)):
            kept = found[area]
            for one, number in zip(counters, numbers, strict=True):
                kept[one] += int(number)
    return found


def sums_by_day(
    session: Session,
    name: FactTable,
    district_code: str,
    area_codes: Sequence[str],
    classes: frozenset[CaseClass],
    pieces: Iterable[Piece],
    counters: Sequence[str],
) -> dict[tuple[str, date], dict[str, int]]:
    """Return (area code, day or first of the month) → counter → number."""
    table = TABLES[name]
    found: dict[tuple[str, date], dict[str, int]] = {}
    columns = [func.sum(table.c[one]) for one in counters]
    for piece in pieces:
        query = select(table.c.area_code, table.c.day, *columns).where(
            _asked(name, district_code, area_codes, classes, piece)
        )
        for area, day, *numbers in session.execute(query.group_by(table.c.area_code, table.c.day)):
            kept = found.setdefault((area, day), dict.fromkeys(counters, 0))
            for one, number in zip(counters, numbers, strict=True):
                kept[one] += int(number)
    return found


def sums_by_value(
    session: Session,
    name: FactTable,
    district_code: str,
    area_code: str,
    classes: frozenset[CaseClass],
    dim: Dim,
    pieces: Iterable[Piece],
    counters: Sequence[str],
) -> dict[str, dict[str, int]]:
    """Return value of a cut → counter → number of one area."""
    table = TABLES[name]
    found: dict[str, dict[str, int]] = {}
    columns = [func.sum(table.c[one]) for one in counters]
    for piece in pieces:
        query: Select[Any] = select(table.c.value, *columns).where(
            table.c.dim == str(dim), _asked(name, district_code, [area_code], classes, piece)
        )
        for value, *numbers in session.execute(query.group_by(table.c.value)):
            kept = found.setdefault(value, dict.fromkeys(counters, 0))
            for one, number in zip(counters, numbers, strict=True):
                kept[one] += int(number)
    return found


def sums_by_day_and_value(
    session: Session,
    name: FactTable,
    district_code: str,
    area_code: str,
    classes: frozenset[CaseClass],
    dim: Dim,
    pieces: Iterable[Piece],
    counter: str,
) -> dict[tuple[date, str], int]:
    """Return (day, value of a cut) → number of one area."""
    table = TABLES[name]
    found: dict[tuple[date, str], int] = defaultdict(int)
    for piece in pieces:
        query = select(table.c.day, table.c.value, func.sum(table.c[counter])).where(
            table.c.dim == str(dim), _asked(name, district_code, [area_code], classes, piece)
        )
        for day, value, number in session.execute(query.group_by(table.c.day, table.c.value)):
            found[day, value] += int(number)
    return found


def as_of_day(
    session: Session,
    district_code: str,
    area_code: str,
    classes: frozenset[CaseClass],
    counters: Sequence[str],
    day: date,
    *,
    grid: bool,
) -> dict[str, int]:
    """Return counter → number over all cases ever received, as of the end of a local day.

    `grid` tells that the area is one: of those changes are kept by day alone.
    """
    month = month_of(day)
    ever = (date(1, 1, 1), date(9999, 12, 1))
    pieces = [
        Piece(Span.MONTH_MONTH, *ever, None, month - timedelta(days=1)),
        Piece(Span.MONTH_DAY, *ever, month, day),
    ]
    if grid:
        pieces = [Piece(Span.DAY_DAY, *ever, None, day)]
    return sums(session, FactTable.RECEIVED, district_code, [area_code], classes, pieces, counters)[
        area_code
    ]


def received_and_closed(
    session: Session,
    district_code: str,
    area_codes: Sequence[str],
    first: date,
    last: date,
    classes: frozenset[CaseClass],
) -> dict[str, tuple[int, int]]:
    """Return area code → (received, closed) of the cohort of days first..last, both included."""
    found = sums(
        session,
        FactTable.RECEIVED,
        district_code,
        area_codes,
        classes,
        cover(first, last),
        ("received", "closed"),
    )
    return {area: (one["received"], one["closed"]) for area, one in found.items()}


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
    piece = Piece(Span.DAY, first, last)
    found = sums_by_day(
        session, table, district_code, area_codes, classes, [piece], day_counters(table)
    )
    return [
        (area, day, counts) for (area, day), counts in sorted(found.items()) if any(counts.values())
    ]


def first_day(session: Session, district_code: str) -> date | None:
    """Return the first local day on which anything was received."""
    table = TABLES[FactTable.RECEIVED]
    found: date | None = session.scalar(
        select(func.min(table.c.day)).where(
            table.c.district_code == district_code,
            table.c.area_code == district_code,
            table.c.span == str(Span.DAY),
        )
    )
    return found


def clear(session: Session, district_code: str) -> None:
    """Empty the facts of a district before a rebuild."""
    for table in TABLES.values():
        session.execute(delete(table).where(table.c.district_code == district_code))


def whole(session: Session, district_code: str) -> Stored:
    """Return all non-zero rows of a district under all their spans, for comparing two foldings."""
    found: Stored = {}
    for name, table in TABLES.items():
        keys, counters = _KEY[name][1:], counters_of(name)
        for row in session.execute(
            select(table).where(table.c.district_code == district_code)
        ).mappings():
            counts = {one: row[one] for one in counters if row[one]}
            if counts:
                found[str(name), *(str(row[key]) for key in keys)] = counts
    return found


def as_stored(rows: Rows) -> Stored:
    """Return rows in the shape of `whole`."""
    found: Stored = {}
    for key, counts in without_zeros(rows).items():
        keys = _KEY[key.table][1:]
        found[str(key.table), *(str(getattr(key, name)) for name in keys)] = dict(counts)
    return found


def days_of(rows: Rows) -> Stored:
    """Return those of some rows that stand under a day, in the shape of `everything`."""
    found: Stored = {}
    for key, counts in without_zeros(rows).items():
        if key.table in NARROW and key.span is Span.DAY:
            name = str(key.table), key.area_code, key.day.isoformat(), str(key.case_class)
            found[name] = {one: counts.get(one, 0) for one in day_counters(key.table)}
    return found


def everything(session: Session, district_code: str) -> Stored:
    """Return all non-zero rows by day of a district: (table, area, day, class) → counters."""
    found: Stored = {}
    for name in NARROW:
        table = TABLES[name]
        query = select(table).where(
            table.c.district_code == district_code, table.c.span == str(Span.DAY)
        )
        for row in session.execute(query).mappings():
            counts = {one: row[one] for one in day_counters(name)}
            if any(counts.values()):
                key = str(name), row["area_code"], row["day"].isoformat(), row["case_class"]
                found[key] = counts
    return found
