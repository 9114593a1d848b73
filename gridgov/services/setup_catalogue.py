"""Versions of the catalogue: what a file or an administrator changes holds for new cases.

A case keeps the version it was made with: its limits, words and rules of evidence stay.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from gridgov.domain.catalogue import Category
from gridgov.domain.table_imports import (
    Change,
    ChangeKind,
    Difference,
    Located,
    Place,
    Plan,
    ReadTable,
    Refusal,
    Table,
    change_of,
)
from gridgov.services.setup_base import Prepared, revise
from gridgov.storage import catalogue as stored
from gridgov.storage import districts
from gridgov.storage.catalogue import CategoryRow
from gridgov.storage.ids import new_id

# Beside these columns of a class, a file without them leaves it as it is.
_FLAGS = ("self_close", "confidential", "public", "after_photo", "direct_unit")
_TEXTS = ("name", "name_en", "parent_code", "severity", "default_level", "unit_code")
_MORE = ("hand_over", "icon", "tile", "stages")


def prepare(
    session: Session, district_code: str, read: ReadTable[Category], *, whole: bool
) -> Prepared:
    """Return what a file of classes would do; `whole`: what is not in it is ended.

    Questions stay as they are, and so do limits of stages the file has no columns for.
    Raises: NotFound.
    """
    known = classes(session, district_code)
    rows = [_kept(row, known.get(row.value.code), read.given) for row in read.rows]
    return plan_of(session, district_code, rows, read, whole=whole)


def plan_of(
    session: Session,
    district_code: str,
    rows: Sequence[Located[Category]],
    read: ReadTable[Category],
    *,
    whole: bool,
    more_units: Collection[str] = (),
) -> Prepared:
    """Return what these classes would do; refusals of `read` come with them.

    `more_units` are about to be written before them. Raises: NotFound.
    """
    known = classes(session, district_code)
    told = {row.value.code for row in rows}
    changes = [
        change_of(
            row.value.code,
            row.value.name,
            _fields(known.get(row.value.code)),
            _fields(row.value) or {},
            row.place,
        )
        for row in rows
    ]
    active = [unit for unit in stored.units(session, district_code) if unit.ended_on is None]
    units = {unit.code for unit in active} | set(more_units)
    gone = [one for code, one in sorted(known.items()) if whole and code not in told]
    changes += [_ended(one) for one in gone]
    staying = {code for code in known if not whole} | told
    refusals = [*read.refusals, *_refused(rows, known, staying, units, whole=whole)]
    plan = Plan(str(Table.CATALOGUE), tuple(changes), tuple(refusals), tuple(read.ignored))
    written = [row.value for row in rows]

    def write() -> int:
        moved = {one.key for one in plan.done()}
        return _write(session, district_code, [c for c in written if c.code in moved], gone)

    return Prepared(plan, write)


def classes(session: Session, district_code: str) -> dict[str, Category]:
    """Return the classes of the current version by code, with limits as they are written."""
    district = districts.get(session, district_code)
    rows = stored.categories(session, district_code, district.catalogue_version)
    return {row.code: Category.from_json(row.rules) for row in rows}


def _kept(
    row: Located[Category], before: Category | None, given: Iterable[str]
) -> Located[Category]:
    if before is None:
        return row
    columns = set(given)
    kept = {
        stage: limit
        for stage, limit in before.stage_limits.items()
        if f"{stage}_limit" not in columns
    }
    stays: dict[str, object] = {"questions": before.questions}
    stays["stage_limits"] = {**kept, **row.value.stage_limits}
    for name in (*_FLAGS, "unit_code", "hand_over", "icon", "tile", "stages", "name_en"):
        if name not in columns:
            stays[name] = getattr(before, name)
    if "keywords" not in columns:
        stays["keywords"] = before.keywords
    return replace(row, value=replace(row.value, **stays))  # type: ignore[arg-type]


def _fields(one: Category | None) -> dict[str, str] | None:
    if one is None:
        return None
    fields = {name: _text(getattr(one, name)) for name in (*_TEXTS, *_MORE)}
    fields |= {name: "01"[getattr(one, name)] for name in _FLAGS}
    fields["keywords"] = " ".join(one.keywords)
    fields |= one.limit_cells()
    fields["questions"] = ", ".join(question.code for question in one.questions)
    return fields


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _ended(one: Category) -> Change:
    fields = (Difference("ended", "0", "1"),)
    return Change(ChangeKind.ENDED, one.code, one.name, fields=fields)


def _refused(
    rows: Sequence[Located[Category]],
    known: Mapping[str, Category],
    staying: set[str],
    units: set[str],
    *,
    whole: bool,
) -> list[Refusal]:
    told = {row.value.code for row in rows}
    tiles = {
        one.tile: code
        for code, one in known.items()
        if one.tile is not None and not whole and code not in told
    }
    found: list[Refusal] = []

    def refuse(row: Located[Category], column: str, reason: str, value: str, **more: str) -> None:
        cell = row.cells.get(column, "")
        found.append(Refusal(row.place, column, reason, value, cell, more))

    for row in rows:
        one = row.value
        if one.parent_code is not None and one.parent_code not in staying:
            refuse(row, "parent_code", "no_major_class", one.parent_code)
        if one.unit_code is not None and one.unit_code not in units:
            refuse(row, "unit_code", "unknown_unit", one.unit_code)
        if one.tile is not None:
            owner = tiles.setdefault(one.tile, one.code)
            if owner != one.code:
                refuse(row, "tile", "second_tile", str(one.tile), category=owner)
    return found


def _write(
    session: Session, district_code: str, written: Sequence[Category], gone: Sequence[Category]
) -> int:
    """Write a new version of what changed; the first one is the version the district has."""
    revise(session, district_code)
    district = districts.get(session, district_code)
    first = not stored.entries(session, district_code, district.catalogue_version)
    if not first:
        district.catalogue_version += 1
    entries = [(one, False) for one in written] + [(one, True) for one in gone]
    session.add_all(
        CategoryRow(
            id=new_id(),
            district_code=district_code,
            version=district.catalogue_version,
            code=one.code,
            parent_code=one.parent_code,
            name=one.name,
            name_en=one.name_en,
            rules=one.as_json(),
            ended=is_ended,
        )
        for one, is_ended in entries
    )
    session.flush()
    return district.catalogue_version


def change_one(session: Session, district_code: str, wanted: Category) -> Prepared:
    """Return what changing a single class would do. Raises: NotFound."""
    row = Located(Place(), wanted)
    return plan_of(session, district_code, [row], ReadTable(Table.CATALOGUE), whole=False)
