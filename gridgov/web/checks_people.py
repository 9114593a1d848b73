"""The people of the grids on the page of the checks: who has a duty, who begins, who is offered."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.assignment import DutyKind, OnDuty
from gridgov.services.grids_checks import Checked
from gridgov.services.grids_roster import Roster
from gridgov.storage import people
from gridgov.web.finding_words import name_of

# How many people are offered for a duty; anybody else can be typed.
OFFERED, OFFERED_FREE = 200, 100

Signs = Mapping[UUID, tuple[str, str]]


def people_of(
    session: Session, checked: Checked, lacking: Sequence[str], planned: Roster, today: date
) -> dict[str, Any]:
    """Return who has or gets the duties of some grids, what is planned, and who is offered.

    `forms` is by code, for the grids that lack somebody and for those with a plan.
    """
    net = checked.net
    kept = [code for code in planned if net.find(code) is not None]
    codes = list(dict.fromkeys([*lacking, *kept]))
    if not codes:
        return {"forms": {}, "planned": [], "offered": []}
    near = _near(checked, codes)
    free = people.without_duty(session, net.district_code, today, OFFERED_FREE)
    has = {code: checked.roster.get(code, ()) for code in codes}
    plan = {code: planned.get(code, ()) for code in codes}
    duties = [one for code in codes for one in (*has[code], *plan[code])]
    signs = people.signs(session, {*near, *free, *(one.person_id for one in duties)})
    return {
        "forms": {code: _form(has[code], plan[code], signs) for code in codes},
        "planned": [{"code": code, "name": name_of(net.find(code), code)} for code in kept],
        "offered": [
            {"value": _sign(signs[person]), "note": near.get(person, "")}
            for person in [*near, *free]
            if person in signs
        ],
    }


def _near(checked: Checked, codes: Sequence[str]) -> dict[UUID, str]:
    """Return who has a duty in the same villages, and which."""
    net = checked.net
    parents = {area.parent_code for code in codes if (area := net.find(code)) is not None}
    around = [area for parent in sorted(filter(None, parents)) for area in net.children(parent)]
    found: dict[UUID, str] = {}
    for area in around:
        for duty in checked.roster.get(area.code, ()):
            name = name_of(area, area.code)
            leads = duty.kind is DutyKind.LEAD
            word = _("leads %(area)s", area=name) if leads else _("deputy of %(area)s", area=name)
            found.setdefault(duty.person_id, word)
    return dict(list(found.items())[:OFFERED])


def _form(has: Sequence[OnDuty], plan: Sequence[OnDuty], signs: Signs) -> dict[str, Any]:
    """Return who leads and stands in for a grid without its plan, and what that says."""
    begin = {duty.person_id for duty in plan}
    stay = [duty for duty in has if duty.person_id not in begin]
    return {
        "has_lead": _told(stay, DutyKind.LEAD, signs),
        "has_deputy": _told(stay, DutyKind.DEPUTY, signs),
        "lead": _told(plan, DutyKind.LEAD, signs),
        "deputy": _told(plan, DutyKind.DEPUTY, signs),
    }


def _told(duties: Sequence[OnDuty], kind: DutyKind, signs: Signs) -> str:
    listed = [one.person_id for one in duties if one.kind is kind]
    return ", ".join(_sign(signs[person]) for person in listed if person in signs)


def _sign(sign: tuple[str, str]) -> str:
    name, username = sign
    return f"{name} {username}"
