"""The lists of the administration as Excel books, for reading: as their pages show them.

What an office fills in and sends back is the template of an import; what another district
takes is the configuration pack. Neither is masked, and neither is made here.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext

from gridgov.services import keys
from gridgov.services import reference as references
from gridgov.storage.session import read_only
from gridgov.web import (
    admin_catalogue,
    admin_keys,
    admin_people,
    admin_replies,
    admin_rules,
    admin_units,
)
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, LOOK, searched
from gridgov.web.list_export import NARROW, WIDE, Column, Sheet, send

Shown = dict[str, Any]


def _sign_in(one: Shown) -> str:
    if not one["active"]:
        return _("ended")
    return _("has a password") if one["can_sign_in"] else _("no password")


def _marks(one: Shown) -> str:
    said = (
        _("inbox") if one.get("inbox") else "",
        _("confidential") if one.get("confidential") else "",
        _("ended %(day)s", day=one["ended"]) if one.get("ended") else "",
    )
    return " · ".join(filter(None, said))


def _workday(one: Shown) -> str:
    return _("workday") if one["workday"] else pgettext("day", "day off")


PEOPLE: Sequence[Column[Shown]] = (
    Column(lazy_pgettext("person", "Name"), itemgetter("name")),
    Column(_l("User name"), itemgetter("username")),
    Column(_l("Roles"), lambda one: " / ".join(one["roles"]), WIDE),
    Column(_l("Sign-in"), _sign_in),
)
UNITS: Sequence[Column[Shown]] = (
    Column(lazy_pgettext("column", "Name"), itemgetter("name"), WIDE),
    Column(lazy_pgettext("column", "Code"), itemgetter("code")),
    Column(_l("Level"), itemgetter("level")),
    Column(_l("Area"), itemgetter("area")),
    Column(_l("Contact"), itemgetter("contact"), masked=True),
    Column(_l("People"), itemgetter("people"), NARROW),
    Column(lazy_pgettext("sheet", "Marks"), _marks),
)
CLASSES: Sequence[Column[Shown]] = (
    Column(lazy_pgettext("column", "Code"), itemgetter("code"), NARROW),
    Column(lazy_pgettext("column", "Name"), itemgetter("name"), WIDE),
    Column(_l("Major class"), itemgetter("major")),
    Column(_l("Unit"), itemgetter("unit"), WIDE),
    Column(_l("Level"), itemgetter("level"), NARROW),
    Column(_l("Limit to accept"), itemgetter("accept")),
    Column(_l("Limit to handle"), itemgetter("handle")),
    Column(_l("Other limits"), itemgetter("others"), WIDE),
    Column(lazy_pgettext("sheet", "Marks"), _marks),
)
REPLIES: Sequence[Column[Shown]] = (
    Column(_l("For which class"), itemgetter("of")),
    Column(_l("Short name"), itemgetter("title")),
    Column(_l("Words of the text"), itemgetter("text"), WIDE, masked=True),
    Column(_l("Short name in English"), itemgetter("title_en")),
    Column(_l("Words in English"), itemgetter("text_en"), WIDE, masked=True),
)
DAYS: Sequence[Column[Shown]] = (
    Column(_l("Day"), itemgetter("day")),
    Column(lazy_pgettext("column", "Name"), itemgetter("name")),
    Column(_l("Workday"), _workday),
    Column(_l("Published in"), itemgetter("source"), WIDE),
)
KEYS: Sequence[Column[Shown]] = (
    Column(_l("Name of the program"), itemgetter("name"), WIDE),
    Column(lazy_pgettext("sheet", "Begins with"), itemgetter("prefix")),
    Column(_l("What it may do"), lambda one: " ".join(one["scopes"]), WIDE),
    Column(_l("Its reports are marked as"), itemgetter("channel")),
    Column(lazy_pgettext("sheet", "Made"), itemgetter("made")),
    Column(lazy_pgettext("sheet", "By"), itemgetter("by")),
    Column(lazy_pgettext("sheet", "Revoked"), itemgetter("revoked")),
)


@admin.get("/people.xlsx")
@requires(*LOOK, area=AREA)
def export_people() -> Response:
    """Send the people of the list as an Excel book."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        gone = admin_people.wants_gone()
        rows = admin_people.listed(session, reference, searched(), gone=gone)
    return send("people", [Sheet(_("People"), PEOPLE, rows)], reference)


@admin.get("/units.xlsx")
@requires(*LOOK, area=AREA)
def export_units() -> Response:
    """Send the units of the list as an Excel book."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        rows = admin_units.listed(session, reference, searched())
    return send("units", [Sheet(_("Units"), UNITS, rows)], reference)


@admin.get("/catalogue.xlsx")
@requires(*LOOK, area=AREA)
def export_classes() -> Response:
    """Send the classes of the list as an Excel book."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        rows = admin_catalogue.listed(session, reference, searched())
    return send("catalogue", [Sheet(_("Catalogue"), CLASSES, rows)], reference)


@admin.get("/replies.xlsx")
@requires(*LOOK, area=AREA)
def export_replies() -> Response:
    """Send the response texts as an Excel book."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
    rows = admin_replies.listed(reference, reference.replies)
    return send("replies", [Sheet(_("Response texts"), REPLIES, rows)], reference)


@admin.get("/calendar.xlsx")
@requires(*LOOK, area=AREA)
def export_calendar() -> Response:
    """Send the days that differ from Monday to Friday as an Excel book, newest year first."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        years = admin_rules.listed(session, reference)
    rows = [day | {"source": year["source"]} for year in years for day in year["days"]]
    return send("calendar", [Sheet(_("Calendar"), DAYS, rows)], reference)


@admin.get("/keys.xlsx")
@requires(*LOOK, area=AREA)
def export_keys() -> Response:
    """Send the keys of programs as an Excel book: never the key, only how it begins."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        found = keys.listed(session, reference.district_code)
    rows = [admin_keys.row_of(one, reference) for one in found]
    in_use = [one for one in rows if one["revoked"] is None]
    ended = [one for one in rows if one["revoked"] is not None]
    return send("keys", [Sheet(_("Keys for programs"), KEYS, in_use + ended)], reference)
