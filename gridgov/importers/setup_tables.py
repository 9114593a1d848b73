"""People, duties, units and classes as their files tell them: each row a value, or refused."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from gridgov.domain.assignment import DutyKind
from gridgov.domain.catalogue import Category, UnitLevel
from gridgov.domain.questions import Question
from gridgov.domain.roles import STAFF_ROLES, Role
from gridgov.domain.setup import DutyRecord, GrantRecord, PersonRow, UnitRow
from gridgov.domain.stage_limits import Allowed
from gridgov.domain.table_imports import ReadTable, Table
from gridgov.importers.catalogue import allowed_of, category_of
from gridgov.importers.rows import Row
from gridgov.importers.sheets import read_table

LONGEST = 120
STAGES = ("verify", "dispatch", "sign", "check", "appeal")
_USERNAME = re.compile(r"[^\W_]{4,32}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_UNIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)


def read_people(path: Path) -> ReadTable[PersonRow]:
    """Return the rows of a file of people. Raises: InvalidInput, as `read_table`."""
    found = read_table(path, Table.PEOPLE, person_of)
    key = "{0.username}|{0.grant}".format
    found.refuse_twice(lambda one: key(one).casefold(), "username", lambda one: one.username)
    _refuse_contradictions(found)
    return found


def person_of(row: Row, *, known_username: bool = False) -> PersonRow:
    """Return what a row says of a person; a user name that is in use already may be odd.

    Raises: InvalidInput (field is the column).
    """
    username = row.text("username")
    if not known_username and _USERNAME.fullmatch(username) is None:
        row.refuse("username", "wrong_shape")
    email = row.cells["email"]
    if email and _EMAIL.fullmatch(email) is None:
        row.refuse("email", "wrong_shape")
    role = row.cells["role"] or str(Role.WORKER)
    if role not in STAFF_ROLES:
        row.refuse("role", "unknown")
    area, unit = row.cells["area_code"] or None, row.cells["unit_code"] or None
    if role == Role.WORKER and (area or unit):
        row.refuse("area_code" if area else "unit_code", "by_duties")
    if role == Role.HANDLER and unit is None:
        row.refuse("unit_code", "blank")
    if role != Role.HANDLER and unit is not None:
        row.refuse("unit_code", "only_handlers")
    if role == Role.HANDLER and area is not None:
        row.refuse("area_code", "by_unit")
    return PersonRow(
        username=username,
        name=_name(row, "name"),
        email=email or None,
        active=_flag(row, "active", default=True),
        grant=None if role == Role.WORKER else GrantRecord(role, area, unit),
    )


def _refuse_contradictions(found: ReadTable[PersonRow]) -> None:
    """Refuse a row that says something else of a person than an earlier one."""
    first: dict[str, tuple[Any, int]] = {}
    for row in found.rows:
        one = row.value
        told = {"name": one.name, "email": one.email or "", "active": "01"[one.active]}
        before, line = first.setdefault(one.username.casefold(), (told, row.place.line))
        for column, value in told.items():
            if before[column] != value:
                found.refuse(row, column, "differs", value, first=line, before=before[column])
                break


def read_duties(path: Path) -> ReadTable[DutyRecord]:
    """Return the rows of a file of duties. Raises: InvalidInput, as `read_table`."""
    found = read_table(path, Table.DUTIES, _duty)
    key = "{0.username}|{0.area_code}|{0.kind}".format
    found.refuse_twice(lambda one: key(one).casefold(), "username", lambda one: one.username)
    return found


def _duty(row: Row) -> DutyRecord:
    kind = row.text("kind").casefold()
    if kind not in set(DutyKind):
        row.refuse("kind", "unknown")
    starts, ends = _day(row, "starts_on"), _day(row, "ends_on")
    if starts and ends and ends < starts:
        row.refuse("ends_on", "before_start")
    return DutyRecord(row.text("username"), row.text("area_code"), kind, starts, ends)


def _day(row: Row, column: str) -> date | None:
    text = row.cells[column]
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        row.refuse(column, "not_a_date")


def read_units(path: Path) -> ReadTable[UnitRow]:
    """Return the rows of a file of units. Raises: InvalidInput, as `read_table`."""
    found = read_table(path, Table.UNITS, unit_of)
    found.refuse_twice(lambda one: one.code, "code")
    return found


def unit_of(row: Row) -> UnitRow:
    """Return the unit of a row. Raises: InvalidInput (field is the column)."""
    code = row.text("code")
    if _UNIT.fullmatch(code) is None:
        row.refuse("code", "wrong_shape")
    level = row.text("level")
    if level not in set(UnitLevel):
        row.refuse("level", "unknown")
    name = _name(row, "name")
    return UnitRow(
        code=code,
        name=name,
        name_en=_short(row, "name_en") or name,
        level=level,
        area_code=row.cells["area_code"] or None,
        inbox=_flag(row, "inbox", default=False),
        contact=_short(row, "contact"),
        ended=_flag(row, "ended", default=False),
    )


def read_classes(path: Path) -> ReadTable[Category]:
    """Return the classes of a file, majors and minors in any order.

    Raises: InvalidInput, as `read_table`.
    """
    found = read_table(path, Table.CATALOGUE, class_of)
    found.refuse_twice(lambda one: one.code, "code")
    tiles = [one for one in found.rows if one.value.tile is not None]
    seen: dict[int | None, int] = {}
    for row in tiles:
        first = seen.setdefault(row.value.tile, row.place.line)
        if first != row.place.line:
            found.refuse(row, "tile", "twice", str(row.value.tile), first=first)
    return found


def class_of(
    row: Row, questions: tuple[Question, ...] = (), more_limits: Mapping[str, str] | None = None
) -> Category:
    """Return the class of a row; what may be blank gets its usual value.

    `more_limits` are of stages the file has no columns for. Raises: InvalidInput (field is
    the column).
    """
    code = row.text("code")
    cells = dict(row.cells)
    if not cells["parent_code"] and len(code) == 4:
        cells["parent_code"] = code[:2]
    usual = {"icon": "other", "name_en": cells["name"], "self_close": "0", "confidential": "0"}
    usual |= {"after_photo": "0", "direct_unit": "0"}
    usual["public"] = "0" if cells["confidential"] == "1" else "1"
    row = Row(row.line, {key: text or usual.get(key, "") for key, text in cells.items()})
    _name(row, "name")
    found = category_of(row)
    told = {f"{stage}_limit": row.cells.get(f"{stage}_limit", "") for stage in STAGES}
    limits = {**found.stage_limits, **_limits(row, {**told, **(more_limits or {})})}
    return replace(found, stage_limits=limits, questions=questions)


def _limits(row: Row, told: Mapping[str, str]) -> dict[str, Allowed]:
    found = {
        column.removesuffix("_limit"): allowed_of(row, column, text)
        for column, text in told.items()
    }
    return {stage: allowed for stage, allowed in found.items() if allowed}


def _name(row: Row, column: str) -> str:
    row.text(column)
    return _short(row, column)


def _short(row: Row, column: str) -> str:
    text = row.cells[column]
    if len(text) > LONGEST:
        row.refuse(column, "too_long")
    return text


def _flag(row: Row, column: str, *, default: bool) -> bool:
    return default if not row.cells[column] else row.flag(column)
