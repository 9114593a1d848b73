"""What an import of people, duties, units or classes says: refusals, fields, counts."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext

from gridgov.domain.errors import GridgovError, InvalidInput
from gridgov.domain.table_imports import Change, ChangeKind, Plan, Refusal, Table
from gridgov.services.setup_columns import COLUMNS
from gridgov.web import sentences
from gridgov.web.i18n import language
from gridgov.web.words import ROLE_WORDS

TABLE_WORDS: Mapping[str, Any] = {
    Table.PEOPLE: _l("People"),
    Table.DUTIES: _l("Duties"),
    Table.UNITS: _l("Units"),
    Table.CATALOGUE: _l("Catalogue"),
    "calendar": _l("Calendar"),
    "pack": _l("Configuration pack"),
    "settings": _l("Settings"),
}
KIND_WORDS: Mapping[ChangeKind, Any] = {
    ChangeKind.NEW: lazy_pgettext("import", "new"),
    ChangeKind.CHANGED: lazy_pgettext("import", "changed"),
    ChangeKind.ENDED: lazy_pgettext("import", "ended"),
    ChangeKind.UNCHANGED: lazy_pgettext("import", "unchanged"),
}
# What can be wrong with a cell, the same for all tables.
REASONS: Mapping[str, Any] = {
    "blank": _l("This cell must be filled."),
    "wrong_shape": _l("This does not have the form that is asked for; see the notes."),
    "unknown": _l("This word is not known here; see the notes for those that are."),
    "not_0_or_1": _l("Write 1 for yes or 0 for no."),
    "not_a_date": _l("This is not a date. Write it as 2026-12-01."),
    "not_a_limit": _l("Write a limit as a number and WH, WD, H, D or min, such as 4WH or 2WD."),
    "not_a_severity": _l(
        "Severities are 1 to 4, each once, after the limit for all of them: 2WD; 3=6H; 4=2H."
    ),
    "no_usual_limit": _l("The limit for all severities is missing: 2WD; 3=6H; 4=2H."),
    "too_long": _l("This is too long; at most 120 characters fit."),
    "taken": _l("Somebody else has this already."),
    "unknown_area": _l("The active net has no area with this code."),
    "unknown_unit": _l("There is no unit with this code, or it has ended."),
    "unknown_person": _l("There is nobody with this user name. Import the people first."),
    "not_active": _l("This person is no longer active."),
    "by_duties": _l("The grids of a worker stand in the file of duties; leave this cell blank."),
    "by_unit": _l("A handler works for a unit, not for an area; leave this cell blank."),
    "only_handlers": _l("Only a handler works for a unit; leave this cell blank."),
    "before_start": _l("The last day lies before the first."),
    "not_above": _l("A village or town has night duty and cover; a grid has the rest."),
    "administrator": _l("Administrators have no duty for grids. Name somebody else."),
    "last_admin": _l("Nobody would be left to administrate the district."),
    "has_people": _l("People still work for this unit; move them first."),
    "has_cases": _l("Open cases or tasks are still with this unit; give them to another first."),
    "no_major_class": _l("There is no major class with this code."),
    "not_the_start_of_code": _l("The code of a minor class begins with its major class."),
    "confidential": _l(
        "A confidential class is not public and goes straight to a unit; put one of them right."
    ),
    "usual_workday": _l("A make-up workday takes the place of a Saturday or Sunday."),
    "gap": _l("These years do not follow on what is published; no year may be left out."),
    "checksum": _l("This part was changed after the pack was made."),
    "broken": _l("This part of the pack cannot be read."),
}
FILE_REASONS: Mapping[str, Any] = {
    "missing": _l("Choose a file."),
    "empty": _l("There is no row below the header."),
    "unreadable": _l("This cannot be read: an Excel file (.xlsx) or a CSV file is needed."),
    "protected": _l("This file has a password. Save it without one and choose it again."),
    "for_reading": _l(
        "This is a list that was taken out for reading: numbers in it are masked. "
        "Take the template."
    ),
    "wrong_calendar": _l("The columns must be date, workday, name_zh, name_en and source."),
    "not_a_pack": _l("This is not a configuration pack of gridgov."),
    "newer_pack": _l("This pack was made by a newer gridgov, whose format is not known here."),
}


def reason(refusal: Refusal) -> str:
    """Return why a cell was refused, as a sentence."""
    more = dict(refusal.more)
    if refusal.reason == "twice":
        return _("The same stands in line %(line)s already.", line=more.get("first", "?"))
    if refusal.reason == "differs":
        return _(
            "Line %(line)s says “%(before)s” about the same person.",
            line=more.get("first", "?"),
            before=more.get("before") or "—",
        )
    if refusal.reason == "begun":
        return _(
            "This duty began on %(day)s already; write that day or leave the cell blank.",
            day=more.get("since", "?"),
        )
    if refusal.reason in ("has_lead", "two_posts"):
        return _of_grid(refusal.reason, more)
    if refusal.reason == "second_inbox":
        return _("The area has an inbox already: unit %(unit)s.", unit=more.get("unit", "?"))
    if refusal.reason == "named_by_catalogue":
        return _(
            "The catalogue still names this unit (class %(code)s); change that first.",
            code=more.get("category", "?"),
        )
    if refusal.reason == "second_tile":
        return _("Class %(code)s has this place already.", code=more.get("category", "?"))
    return str(REASONS.get(refusal.reason, refusal.reason))


def _of_grid(code: str, more: Mapping[str, str]) -> str:
    """Return why somebody cannot be the lead, or the deputy, of a grid in these days."""
    line = _(" (line %(line)s)", line=more["first"]) if "first" in more else ""
    if code == "two_posts":
        return _("This person is its lead or deputy already%(line)s: they are two.", line=line)
    return _(
        "The grid has a lead in these days: %(who)s%(line)s. Give that duty a last day first.",
        who=more.get("who", "?"),
        line=line,
    )


def column(table: str, key: str) -> str:
    """Return a column as its header says it; a field nobody fills in as it is called."""
    known = COLUMNS.get(Table(table), ()) if table in set(Table) else ()
    for one in known:
        if one.key == key:
            return one.name_en if language() == "en" else one.name
    words = {
        "roles": _("Roles"),
        "questions": _("Questions"),
        "ended": _("Ended"),
        "parent_code": _("Major class"),
        "date": _("Day"),
        "workday": _("Workday"),
        "name": pgettext("column", "Name"),
        "text": _("Text"),
        "info_limit": _("Limit for the reporter’s answer"),
        "ruling_limit": _("Ruling limit"),
        "record_limit": _("Limit to register an emergency"),
        "usual_limits": _("Limits for all classes"),
        "ladder": _("Climbing"),
        "natural_from": _("At night from severity"),
        "reports": _("Reports at least"),
        "minutes": _("within minutes"),
        "radius_m": _("Metres apart"),
        "lasts_hours": _("Hours offered"),
        "far_m": _("Metres from the spot"),
        "quick_min": _("Minutes until done"),
        "early_min": _("Minutes before the report"),
    }
    return words.get(key, key)


def where(refusal: Refusal) -> str:
    """Return sheet and line of a refusal; the file as a whole where it has none."""
    place = refusal.place
    if not place.line:
        return _("the file as a whole") if not place.sheet else place.sheet
    line = _("line %(line)s", line=place.line)
    return f"{place.sheet} {line}" if place.sheet else line


def line_of(plan: Plan, refusal: Refusal) -> str:
    """Return a refusal as one line, for a terminal."""
    head = column(plan.table, refusal.column) if refusal.column else ""
    said = f" ({refusal.value})" if refusal.value else ""
    cell = f" {refusal.cell}" if refusal.cell else ""
    return f"{where(refusal)}{cell} {head}: {reason(refusal)}{said}"


def counted(plan: Plan) -> str:
    """Return how many entries are new, changed, ended and unchanged, in words."""
    counts = plan.counts()
    return _(
        "%(new)s new, %(changed)s changed, %(ended)s ended, %(unchanged)s unchanged",
        new=counts[ChangeKind.NEW],
        changed=counts[ChangeKind.CHANGED],
        ended=counts[ChangeKind.ENDED],
        unchanged=counts[ChangeKind.UNCHANGED],
    )


def fields_of(plan: Plan, change: Change) -> list[dict[str, str]]:
    """Return the fields of a change as a table shows them."""
    return [
        {
            "name": column(plan.table, one.field),
            "before": _value(plan.table, one.field, one.before),
            "after": _value(plan.table, one.field, one.after),
        }
        for one in change.fields
    ]


def _value(table: str, field: str, text: str) -> str:
    """Return a value as people say it: roles and yes and no in words."""
    if field == "roles":
        return ", ".join(_role(one) for one in text.split(", ") if one)
    known = COLUMNS.get(Table(table), ()) if table in set(Table) else ()
    is_flag = field == "workday" or any(one.key == field and one.shape == "flag" for one in known)
    words = {"1": _("yes"), "0": _("no")}
    return words.get(text, text) if is_flag else text


def _role(text: str) -> str:
    role, _blank, where = text.partition(" ")
    return f"{ROLE_WORDS.get(role, role)} {where}".strip()


def of_file(error: GridgovError) -> str:
    """Return why a file as a whole cannot be used."""
    if not isinstance(error, InvalidInput) or error.field != "file":
        return sentences.of(error)
    if error.reason == "wrong_columns":
        names = [column(str(error.values["table"]), key) for key in error.values["columns"]]
        return _(
            "No sheet of this file has the columns %(columns)s. Take the template.",
            columns=", ".join(names),
        )
    if error.reason == "too_large":
        return _("At most %(limit)s MB are taken.", limit=error.values["limit"])
    if error.reason == "too_many_rows":
        return _("At most %(limit)s rows are taken.", limit=error.values["limit"])
    if error.reason == "bad_line":
        return _("Line %(line)s cannot be used.", line=error.values["line"])
    return str(FILE_REASONS.get(error.reason) or sentences.of(error))
