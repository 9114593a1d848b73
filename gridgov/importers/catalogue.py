"""The catalogue and the units of a district as files; every refusal names the line."""

import re
from pathlib import Path

from gridgov.domain.catalogue import (
    EMERGENCY_NUMBERS,
    ICONS,
    Category,
    Level,
    UnitLevel,
    UnitRecord,
)
from gridgov.domain.deadlines import Limit
from gridgov.domain.errors import InvalidInput
from gridgov.domain.stage_limits import Allowed, parse_allowed
from gridgov.importers.rows import Row, read_records

CATEGORY_COLUMNS = (
    "code",
    "parent_code",
    "name",
    "name_en",
    "severity",
    "default_level",
    "unit_code",
    "self_close",
    "accept_limit",
    "handle_limit",
    "confidential",
    "public",
    "after_photo",
    "hand_over",
    "direct_unit",
    "icon",
    "keywords",
    "tile",
    "stages",
)
UNIT_COLUMNS = ("code", "name", "name_en", "level", "area_code", "inbox")
_TILES = frozenset("12345678")


def read_catalogue(path: Path) -> list[Category]:
    """Return the major and minor classes of a catalogue file, in its order.

    A minor class follows its major class and starts with its code; keywords are apart by
    spaces. Raises: InvalidInput (field is the column, or `catalogue` for the file as a
    whole; `line`; `rows` names every refused row).
    """
    codes: set[str] = set()
    majors: set[str] = set()
    tiles: set[int] = set()

    def read(row: Row) -> Category:
        if row.cells["code"] in codes:
            row.refuse("code", "twice")
        codes.add(row.cells["code"])
        # Known even if another cell of it is refused: its minor classes are not to blame.
        if not row.cells["parent_code"]:
            majors.add(row.cells["code"])
        category = category_of(row)
        if category.parent_code and category.parent_code not in majors:
            row.refuse("parent_code", "no_major_class_above")
        if category.tile is not None and category.tile in tiles:
            row.refuse("tile", "twice")
        if category.tile is not None:
            tiles.add(category.tile)
        return category

    return read_records(path, CATEGORY_COLUMNS, "catalogue", read)


def category_of(row: Row) -> Category:
    """Return the class of a row by itself. Raises: InvalidInput (field is the column)."""
    parent = row.cells["parent_code"]
    code = _code(row, r"\d{4}" if parent else r"\d{2}")
    if not code.startswith(parent):
        row.refuse("parent_code", "not_the_start_of_code")
    _check_paths(row)
    accept, single_accept = _limit(row, "accept_limit")
    handle, single_handle = _limit(row, "handle_limit")
    single = {"accept": single_accept, "handle": single_handle}
    return Category(
        code=code,
        parent_code=parent or None,
        name=row.text("name"),
        name_en=row.text("name_en"),
        severity=int(_one_of(row, "severity", frozenset("1234"))),
        default_level=Level(_one_of(row, "default_level", frozenset(Level))),
        unit_code=row.cells["unit_code"] or None,
        self_close=row.flag("self_close"),
        accept_limit=accept,
        handle_limit=handle,
        confidential=row.flag("confidential"),
        public=row.flag("public"),
        after_photo=row.flag("after_photo"),
        hand_over=_one_of(row, "hand_over", EMERGENCY_NUMBERS | {""}) or None,
        direct_unit=row.flag("direct_unit"),
        icon=_one_of(row, "icon", ICONS),
        keywords=tuple(dict.fromkeys(row.cells["keywords"].split())),
        tile=int(_one_of(row, "tile", _TILES | {""}) or 0) or None,
        stages=row.cells["stages"],
        stage_limits={stage: allowed for stage, allowed in single.items() if allowed},
    )


def _check_paths(row: Row) -> None:
    """Refuse rules that contradict each other: who may see the case, and where it goes first."""
    if row.flag("confidential") and row.flag("public"):
        row.refuse("public", "confidential")
    if row.flag("confidential") and not row.flag("direct_unit"):
        row.refuse("direct_unit", "confidential")
    if row.flag("direct_unit") and not row.cells["unit_code"]:
        row.refuse("unit_code", "blank")


def _code(row: Row, shape: str) -> str:
    code = row.text("code")
    if re.fullmatch(shape, code, re.ASCII) is None:
        row.refuse("code", "wrong_shape")
    return code


def _one_of(row: Row, column: str, known: frozenset[str]) -> str:
    if row.cells[column] not in known:
        row.refuse(column, "unknown")
    return row.cells[column]


def _limit(row: Row, column: str) -> tuple[Limit, Allowed]:
    """Return the limit a class must have, and those of single severities beside it."""
    row.text(column)
    found = allowed_of(row, column)
    if found.usual is None:
        row.refuse(column, "no_usual_limit")
    return found.usual, Allowed(None, found.single)


def allowed_of(row: Row, column: str, text: str | None = None) -> Allowed:
    """Return what a cell (or `text` for it) allows: 2WD; 3=6H. Raises: InvalidInput."""
    try:
        return parse_allowed(row.cells.get(column, "") if text is None else text)
    except InvalidInput as error:
        row.refuse(column, "not_a_severity" if error.reason == "severity" else "not_a_limit")


def read_units(path: Path) -> list[UnitRecord]:
    """Return the units of a file, in its order; village committees are made from the villages.

    Raises: InvalidInput (field is the column, or `units` for the file as a whole; `line`;
    `rows` names every refused row).
    """
    codes: set[str] = set()
    inboxes: set[str] = set()

    def read(row: Row) -> UnitRecord:
        unit = UnitRecord(
            code=_code(row, r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"),
            name=row.text("name"),
            name_en=row.text("name_en"),
            level=UnitLevel(_one_of(row, "level", frozenset(UnitLevel))),
            area_code=_area(row),
            inbox=row.flag("inbox"),
        )
        if unit.code in codes:
            row.refuse("code", "twice")
        codes.add(unit.code)
        if unit.inbox and unit.area_code in inboxes:
            row.refuse("inbox", "twice")
        if unit.inbox:
            inboxes.add(unit.area_code)
        return unit

    return read_records(path, UNIT_COLUMNS, "units", read)


def _area(row: Row) -> str:
    code = row.text("area_code")
    # Twelve digits in China; elsewhere whatever the district calls itself (boston).
    if re.fullmatch(r"\d{6,12}|[a-z][a-z0-9-]{0,31}", code, re.ASCII) is None:
        row.refuse("area_code", "wrong_shape")
    return code
