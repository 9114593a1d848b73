"""Configuration packs as files: one JSON document with a format, notes and checksums."""

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from gridgov import __version__
from gridgov.domain import storms
from gridgov.domain.catalogue import Category, Level
from gridgov.domain.closing import ClosingRule
from gridgov.domain.deadlines import Limit
from gridgov.domain.errors import InvalidInput
from gridgov.domain.packs import FORMAT, RULES, SECTIONS, USUAL_LIMITS, VERSION, Pack, UnitKind
from gridgov.domain.published_days import PublishedDay
from gridgov.domain.questions import Question
from gridgov.domain.replies import ReplyText
from gridgov.domain.setup import UnitRow
from gridgov.domain.stage_limits import SEVERITIES, read_limits
from gridgov.domain.storms import StormRule
from gridgov.domain.table_imports import Located, Place, Plan, ReadTable, Refusal, Table
from gridgov.importers.rows import Row
from gridgov.importers.setup_tables import class_of, unit_of
from gridgov.services import calendars, closing, district_limits, packs, setup_base
from gridgov.services.packs import Content
from gridgov.services.setup_base import Options, Source, local_day
from gridgov.services.setup_columns import COLUMNS
from gridgov.storage import districts
from gridgov.storage.session import read_only, unit_of_work

FIELD = "file"
MOST_BYTES = 20 * 1024 * 1024
MOST_NOTES = 500
T = TypeVar("T")


def export(district_code: str, notes: str, *, now: datetime) -> bytes:
    """Return a district's pack as it is sent or written. Raises: NotFound."""
    with read_only() as session:
        content = packs.gather(session, district_code)
    return written(content, notes, now=now)


def written(content: Content, notes: str, *, now: datetime) -> bytes:
    """Return a pack with what it was made for, and a checksum for each part."""
    sections = {
        "catalogue": [_class_cells(one) for one in content.classes],
        "units": [_unit_cells(one) for one in content.units],
        "unit_kinds": [kind.as_json() for kind in content.kinds],
        "replies": [one.as_json() for one in content.replies],
        "settings": dict(content.settings),
        "calendar": [
            {
                "date": one.day.isoformat(),
                "workday": one.workday,
                "name": one.name,
                "name_en": one.name_en,
                "source": one.source,
            }
            for one in content.days
        ],
    }
    pack = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": now.isoformat(),
        "made_with": f"gridgov {__version__}",
        "made_for": {"district": content.name, "notes": notes[:MOST_NOTES]},
        "checksums": {name: checksum(part) for name, part in sections.items()},
        "sections": sections,
    }
    return json.dumps(pack, ensure_ascii=False, indent=1).encode() + b"\n"


def checksum(part: Any) -> str:
    """Return what tells whether a part is as it was, however the file is laid out."""
    text = json.dumps(part, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _class_cells(one: Category) -> dict[str, Any]:
    """Return a class as the cells of its row, with its questions beside them."""
    cells: dict[str, Any] = {}
    body, limits = one.as_json(), one.limit_cells()
    for column in COLUMNS[Table.CATALOGUE]:
        value = limits.get(column.key, body.get(column.key, ""))
        if column.key == "keywords":
            value = " ".join(one.keywords)
        cells[column.key] = _cell(value)
    more = {key.removesuffix("_limit"): text for key, text in limits.items() if key not in cells}
    return cells | {"more_limits": more, "questions": body["questions"]}


def _unit_cells(one: UnitRow) -> dict[str, str]:
    found = {"code": one.code, "name": one.name, "name_en": one.name_en, "level": one.level}
    return found | {"inbox": _cell(one.inbox)}


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "01"[value]
    return str(value) if isinstance(value, str | int | Level | Limit) else ""


def read(path: Path) -> Pack:
    """Return a pack, checked part by part; refused rows are kept in its tables.

    Raises: InvalidInput (field file: unreadable, too_large, not_a_pack, newer_pack).
    """
    document = _document(path)
    sections, sums = document["sections"], document["checksums"]
    classes: ReadTable[Category] = ReadTable(Table.CATALOGUE)
    units: ReadTable[UnitRow] = ReadTable(Table.UNITS)
    for name in SECTIONS:
        if name in sections and sums.get(name) != checksum(sections[name]):
            classes.refusals.append(Refusal(Place(name), "", "checksum"))
    _rows(classes, "catalogue", sections.get("catalogue", []))
    _rows(units, "units", sections.get("units", []))
    about = document.get("made_for", {})
    told: dict[str, Any] = sections.get("settings", {})
    nothing: dict[str, Any] = {}
    settings = _part(classes, "settings", lambda: _rules(told), nothing)
    return Pack(
        notes=str(about.get("notes", "")),
        made_at=str(document.get("made_at", "")),
        made_by=str(about.get("district", "")),
        classes=classes,
        units=units,
        kinds=_part(classes, "unit_kinds", lambda: _kinds(sections.get("unit_kinds", [])), ()),
        replies=_part(
            classes,
            "replies",
            lambda: tuple(map(ReplyText.from_json, sections.get("replies", []))),
            (),
        ),
        settings=settings,
        days=_part(classes, "calendar", lambda: _days(sections.get("calendar", [])), ()),
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InvalidInput(FIELD, "too_large", limit=MOST_BYTES // 2**20)
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(FIELD, "unreadable", f"{path.name}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(FIELD, "not_a_pack", f"{path.name} is no pack: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidInput(FIELD, "not_a_pack", f"{path.name} is no configuration pack")
    if document.get("version") != VERSION:
        sentence = f"{path.name} has format version {document.get('version')}, known is {VERSION}"
        raise InvalidInput(FIELD, "newer_pack", sentence)
    parts = (document.get("sections"), document.get("checksums"), document.get("made_for", {}))
    if not all(isinstance(part, dict) for part in parts):
        raise InvalidInput(FIELD, "not_a_pack", f"{path.name} has no sections")
    return document


def _part(table: ReadTable[Category], name: str, make: Any, empty: T) -> T:
    try:
        found: T = make()
    except (KeyError, TypeError, ValueError, AttributeError, InvalidInput):
        table.refusals.append(Refusal(Place(name), "", "broken"))
        return empty
    return found


def _rows(table: ReadTable[Any], name: str, rows: Any) -> None:
    """Read each row of a section as a row of a file; the number of a row is its line."""
    if not isinstance(rows, list):
        table.refusals.append(Refusal(Place(name), "", "broken"))
        return
    keys = [column.key for column in COLUMNS[table.table]]
    for line, told in enumerate(rows, 1):
        place = Place(name, line)
        try:
            row = Row(line, {key: str(told.get(key, "")) for key in keys})
            value = unit_of(row) if table.table is Table.UNITS else _class(row, told)
        except InvalidInput as error:
            wrong = str(error.values.get("value", ""))
            table.refusals.append(Refusal(place, error.field, error.reason, wrong))
        except (KeyError, TypeError, ValueError, AttributeError):
            table.refusals.append(Refusal(place, "", "broken"))
        else:
            table.rows.append(Located(place, value))
    table.refuse_twice(lambda one: str(one.code), "code")


def _class(row: Row, told: dict[str, Any]) -> Category:
    questions = tuple(map(Question.from_json, told.get("questions", ())))
    more = {f"{stage}_limit": text for stage, text in told.get("more_limits", {}).items()}
    return class_of(row, questions=questions, more_limits=more)


def _kinds(rows: list[dict[str, Any]]) -> tuple[UnitKind, ...]:
    found = tuple(UnitKind(**row) for row in rows)
    for one in found:
        if "{code}" not in one.code or one.level not in ("town", "village"):
            raise ValueError(one.code)
    return found


def _rules(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that are rules of work, checked. Raises: ValueError, TypeError."""
    found = {key: settings[key] for key in RULES if key in settings}
    if not isinstance(found.get("ladder", False), bool):
        raise TypeError("ladder")
    if "closing" in found:
        closing.check_rule(ClosingRule.from_settings(found["closing"]))
    if set(read_limits(found.get(USUAL_LIMITS, {}))) - set(district_limits.STAGES):
        raise ValueError(USUAL_LIMITS)
    storms.check_rule(StormRule.from_settings(found.get("storm", {})))
    if found.get("natural_from") not in (None, *SEVERITIES):
        raise ValueError("natural_from")
    for opens, closes in found.get("working_hours", ()):
        if datetime.strptime(opens, "%H:%M") >= datetime.strptime(closes, "%H:%M"):  # noqa: DTZ007
            raise ValueError("working_hours")
    return found


def _days(rows: list[dict[str, Any]]) -> tuple[PublishedDay, ...]:
    found = [
        PublishedDay(
            date.fromisoformat(row["date"]),
            bool(row["workday"]),
            str(row["name"]),
            str(row["name_en"]),
            str(row["source"]),
        )
        for row in rows
    ]
    if len({one.day for one in found}) != len(found):
        raise ValueError("a day twice")
    return tuple(sorted(found, key=lambda one: one.day))


def dry_run(path: Path, district_code: str, options: Options, *, now: datetime) -> Plan:
    """Return what a pack would change, and write nothing. Raises: as `read`, NotFound."""
    pack = read(path)
    with read_only() as session:
        today = local_day(session, district_code, now)
        return packs.prepare(session, district_code, pack, whole=options.whole, today=today).plan


def run(
    path: Path,
    district_code: str,
    options: Options,
    *,
    source: Source,
    now: datetime,
    expected: str | None = None,
) -> Plan:
    """Do what a pack says, all of it or nothing, and count again what rested on a guess.

    Raises: as `dry_run`, TableRefused, PlanChanged.
    """
    pack = read(path)
    with unit_of_work() as session:
        districts.freeze(session, district_code)
        today = local_day(session, district_code, now)
        prepared = packs.prepare(session, district_code, pack, whole=options.whole, today=today)
        plan = setup_base.carry_out(
            session, district_code, prepared, source=source, now=now, expected=expected
        )
    after, more = None, bool(pack.days)
    while more:
        with unit_of_work() as session:
            after, _moved = calendars.recount(session, district_code, after, now=now)
        more = after is not None
    return plan
