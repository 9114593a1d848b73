"""Handing a case to the grid next door: what its page offers, and how its history tells it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import metres_between
from gridgov.domain.handover import DutyPlace
from gridgov.domain.next_door import NextDoor, Side
from gridgov.domain.roles import Actor
from gridgov.services import dispatch
from gridgov.services.grids_next_door import Offer, Way, offer
from gridgov.services.reference import Reference
from gridgov.storage import people
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.web import words
from gridgov.web.i18n import pick
from gridgov.web.places import landmark_words, name_of

SIDE_WORDS = {
    Side.NORTH: _l("to the north"),
    Side.NORTH_EAST: _l("to the north-east"),
    Side.EAST: _l("to the east"),
    Side.SOUTH_EAST: _l("to the south-east"),
    Side.SOUTH: _l("to the south"),
    Side.SOUTH_WEST: _l("to the south-west"),
    Side.WEST: _l("to the west"),
    Side.NORTH_WEST: _l("to the north-west"),
}
Names = Mapping[UUID, str]


def form(
    session: Session, case: Case, actor: Actor, reference: Reference, now: datetime
) -> dict[str, Any] | None:
    """Return what the form needs, None where there is no grid to hand the case to."""
    found = offer(case, actor, reference, dispatch.duties_of(session, reference, now))
    if case.confidential or not (found.near or found.others or case.lon is not None):
        return None
    ids = {way.person_id for way in found.near if way.person_id is not None}
    names = people.names(session, ids)
    return {
        "near": [_way(way, names, reference) for way in found.near],
        "others": _others(found, reference),
        "pin": _pin(case, reference),
    }


def _way(way: Way, names: Names, reference: Reference) -> dict[str, Any]:
    code = way.grid.area.code
    return {
        "value": code,
        "words": name_of(way.grid.area),
        "landmarks": landmark_words(reference, code),
        "where": where(way.grid),
        "who": _who(way, names, reference),
        "vacant": not way.is_manned,
    }


def where(grid: NextDoor) -> str:
    """Return in words on which side of the pin a grid's border is, and how far."""
    if grid.holds:
        return _("the pin lies in it")
    if grid.away_m is None or grid.side is None:
        return ""
    side = str(SIDE_WORDS[grid.side])
    return _("border %(far)s %(side)s of the pin", far=far(grid.away_m), side=side)


def far(metres: float) -> str:
    """Return a distance as people in the street say it: 14 m, 1.2 km."""
    if metres >= 1000:
        return _("%(km)s km", km=f"{metres / 1000:.1f}")
    return _("%(metres)s m", metres=max(1, round(metres)))


def _who(way: Way, names: Names, reference: Reference) -> str:
    if way.person_id is not None:
        return names.get(way.person_id, "")
    unit = reference.units.get(way.unit_code or "")
    return _("nobody has the duty there") if unit is None else pick(unit.name, unit.name_en)


def _others(found: Offer, reference: Reference) -> list[dict[str, Any]]:
    """Return what else may be chosen, by village (or whatever each hangs on)."""

    def above(area: AreaShape) -> str:
        return area.parent_code or ""

    grouped = groupby(sorted(found.others, key=lambda one: (above(one), one.code)), key=above)
    return [{"words": _name(reference, code), "grids": _choices(grids)} for code, grids in grouped]


def _choices(grids: Iterable[AreaShape]) -> list[dict[str, str]]:
    return [{"value": area.code, "words": name_of(area)} for area in grids]


def _name(reference: Reference, code: str | None) -> str:
    area = reference.area(code)
    return (code or "") if area is None else name_of(area)


def _pin(case: Case, reference: Reference) -> dict[str, Any]:
    """Return where the small map opens: at the case's pin, else in the middle of its grid."""
    home = reference.net.find(case.home_grid)
    middle = None
    if home is not None and home.geometry is not None:
        point = home.geometry.representative_point()
        middle = [point.x, point.y]
    return {
        "lon": case.lon,
        "lat": case.lat,
        "accuracy": None if case.duty_reason else case.routing.get("accuracy_m"),
        "middle": middle,
        "home": case.home_grid,
        "category": case.category_code,
    }


def duty_words(case: Case, reference: Reference) -> str:
    """Return whose duty a case became since it was routed, and why; empty while it is the same."""
    if case.duty_reason is None:
        return ""
    reason = str(words.REASON_WORDS[case.duty_reason])
    name = _name(reference, case.duty.anchor or case.district_code)
    return _("now the duty of %(grid)s (%(reason)s)", grid=name, reason=reason)


def told(entry: CaseEntry, names: Names, reference: Reference) -> str:
    """Return what a line of the history says of a duty that moved; empty for other lines."""
    if "duty" not in entry.data:
        return ""
    one, other = (_home(entry.data[key], reference) for key in ("duty_was", "duty"))
    # A pin can be corrected within a grid.
    moved = [] if one == other else [_("from %(one)s to %(other)s", one=one, other=other)]
    holder = entry.data.get("person")
    if holder is not None and UUID(holder) in names:
        moved.append(_("now with %(name)s", name=names[UUID(holder)]))
    if "position" in entry.data:
        moved.append(_pin_moved(entry.data))
    return words.joined(*moved)


def _home(place: Mapping[str, Any], reference: Reference) -> str:
    duty = DutyPlace.from_json(place)
    return _name(reference, duty.anchor or reference.district_code)


def _pin_moved(data: Mapping[str, Any]) -> str:
    was = data["position_was"]
    if was is None:
        return _("the pin was set")
    lon, lat = data["position"]
    metres = metres_between(LonLat(lon=was[0], lat=was[1]), LonLat(lon=lon, lat=lat))
    return _("the pin was moved by %(far)s", far=far(metres))
