"""The roster of an area as an Excel book: duties of all its grids, leaves, hand-overs."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from flask import Response, request
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext

from gridgov.services import leaves
from gridgov.services import reference as references
from gridgov.storage.session import read_only
from gridgov.web import roster_look
from gridgov.web.access import current_actor, requires
from gridgov.web.instance import utc_now
from gridgov.web.list_export import NARROW, WIDE, Column, Sheet, moment, send
from gridgov.web.places import name_of
from gridgov.web.roster import AREA, WHO, chosen, grids_of, roster
from gridgov.web.roster_look import Look

Shown = dict[str, Any]
NOBODY: Shown = {"post": "", "name": "", "username": "", "span": "", "hours": ()}
DUTIES: Sequence[Column[Shown]] = (
    Column(_l("Area"), itemgetter("area"), WIDE),
    Column(lazy_pgettext("sheet", "Code"), itemgetter("code")),
    Column(lazy_pgettext("sheet", "Post"), itemgetter("post")),
    Column(lazy_pgettext("person", "Name"), itemgetter("name")),
    Column(_l("User name"), itemgetter("username")),
    Column(lazy_pgettext("sheet", "Now"), itemgetter("state")),
    Column(lazy_pgettext("sheet", "Days"), itemgetter("span")),
    Column(
        lazy_pgettext("sheet", "Hours"),
        lambda one: " / ".join(hours["words"] for hours in one["hours"]),
        WIDE,
    ),
)
LEAVES: Sequence[Column[Shown]] = (
    Column(lazy_pgettext("person", "Name"), itemgetter("name")),
    Column(_l("From"), itemgetter("from")),
    Column(_l("Until"), itemgetter("until")),
    Column(_l("What kind?"), itemgetter("kind")),
    Column(_l("Covered by"), itemgetter("cover")),
    Column(lazy_pgettext("sheet", "Decision"), itemgetter("state")),
)
HANDED: Sequence[Column[Shown]] = (
    Column(lazy_pgettext("sheet", "Handed over"), itemgetter("at")),
    Column(lazy_pgettext("sheet", "Given by"), itemgetter("from")),
    Column(lazy_pgettext("sheet", "Taken by"), itemgetter("to")),
    Column(lazy_pgettext("sheet", "Cases"), itemgetter("count"), NARROW),
    Column(lazy_pgettext("sheet", "Receipt"), itemgetter("state"), WIDE),
)


@roster.get("/export.xlsx")
@requires(*WHO, area=AREA)
def export() -> Response:
    """Send the roster of an area with that of all its grids: /admin/roster/export.xlsx?area=CODE.

    Raises: NotFound for an area the person arranges nothing for.
    """
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        mine = leaves.arranged_areas(actor, reference)
        area = chosen(request.args.get("area", ""), mine, reference)
        seen = roster_look.look(session, reference, grids_of(area, reference), area, now)
        sheets = [
            Sheet(pgettext("sheet", "Duties"), DUTIES, _duties(seen)),
            Sheet(pgettext("sheet", "Leave"), LEAVES, roster_look.absent(seen)),
            Sheet(pgettext("sheet", "Hand-overs"), HANDED, _handed(seen)),
        ]
    return send("roster", sheets, reference)


def _duties(seen: Look) -> list[Shown]:
    """Return who stands in for the whole area, then the people of each grid, now and next.

    A grid that has nobody named has a line as well.
    """
    above = {"area": name_of(seen.area), "code": seen.area.code}
    found = [above | one for one in roster_look.above(seen)]
    for grid in roster_look.grids(seen, seen.grids):
        here = {"area": grid["name"], "code": grid["code"]}
        found += [here | one for one in (*grid["people"], *grid["next"])]
        if grid["vacant"]:
            found.append(here | NOBODY | {"state": pgettext("sheet", "nobody now")})
    return found


def _handed(seen: Look) -> list[Shown]:
    shown = zip(roster_look.handed(seen), seen.handed, strict=True)
    return [line | {"at": moment(one.offered_at, seen.reference)} for line, one in shown]
