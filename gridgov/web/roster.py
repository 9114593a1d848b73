"""The duty roster of an area: who has it now and next, leaves to decide, grids with nobody."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.assignment import DutyKind
from gridgov.domain.errors import GridgovError, InvalidInput, NotFound
from gridgov.domain.roles import Role
from gridgov.services import arranging, leaves, vacancies
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import roster_form, roster_look, roster_words, sentences, shell
from gridgov.web.access import current_actor, requires
from gridgov.web.errors import status_of
from gridgov.web.instance import utc_now
from gridgov.web.places import name_of

roster = Blueprint("roster", __name__, url_prefix="/admin/roster")

WHO = (Role.DISPATCHER, Role.SUPERVISOR, Role.OFFICE, Role.SYSTEM_ADMIN, Role.HANDLER)
AREA = "areas the person has an office for; of a village or town, its own"


@roster.get("")
@requires(*WHO, area=AREA)
def show() -> BaseResponse:
    """Show the roster of an area: /admin/roster?area=CODE."""
    return _page(request.args.get("area", ""), {}, {}, 200)


def _page(
    asked: str,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    status: int,
    refused: str = "",
    opened: str = "",
) -> BaseResponse:
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        mine = leaves.arranged_areas(actor, reference)
        area = chosen(asked, mine, reference)
        head = shell.staff_context(actor, "roster", reference)
        context = _context(session, area, mine, reference, now)
    html = render_template(
        "admin/roster.html",
        **head,
        **context,
        leave_kinds=roster_words.choices(roster_words.LEAVE_WORDS),
        kinds=_kinds(bool(context["grids"])),
        weekdays=roster_words.choices(dict(enumerate(roster_words.WEEKDAY_WORDS))),
        may_decide=actor.has(*leaves.DECIDES) or actor.has(Role.HANDLER),
        values=values,
        errors=errors,
        refused=refused,
        opened=opened,
    )
    return make_response(html, status)


def _kinds(with_grids: bool) -> list[dict[str, str]]:
    """Return what somebody can be: for a village or town alone night duty and cover."""
    found = roster_words.choices(
        {kind: said for kind, said in roster_words.POST_WORDS.items() if kind in set(DutyKind)}
    )
    if with_grids:
        return found
    above = {str(DutyKind.NIGHT), str(DutyKind.COVER)}
    return [one for one in found if one["value"] in above]


def chosen(asked: str, mine: frozenset[str], reference: Reference) -> AreaShape:
    """Return the area that is shown, the first of one's own without a wish. Raises: NotFound."""
    known = sorted(code for code in mine if reference.net.find(code) is not None)
    code = asked or next(iter(known), "")
    area = reference.net.find(code)
    if area is None or not mine & {one.code for one in reference.net.path(code)}:
        raise NotFound(f"no roster of {code}")
    return area


def _context(
    session: Session,
    area: AreaShape,
    mine: frozenset[str],
    reference: Reference,
    now: datetime,
) -> dict[str, Any]:
    net = reference.net
    path = [one for one in net.path(area.code) if mine & {up.code for up in net.path(one.code)}]
    inside = grids_of(area, reference)
    look = roster_look.look(session, reference, inside, area, now)
    return {
        "area": {"code": area.code, "name": name_of(area)},
        "path": [_link(one) for one in path[:-1]],
        "children": roster_look.children(look, area),
        "grids": roster_look.grids(look, _shown(area, inside)),
        "above": roster_look.above(look),
        "vacant": roster_look.vacant(look),
        "asked": roster_look.asked(look),
        "away": roster_look.away(look),
        "handed": roster_look.handed(look),
        "updated": f"{now.astimezone(reference.zone):%H:%M}",
        "today": reference.local_day(now).isoformat(),
        "export_url": url_for("roster.export", area=area.code),
    }


def grids_of(area: AreaShape, reference: Reference) -> list[AreaShape]:
    """Return the grids of an area, itself where it is one."""
    return [one for one in vacancies.grids(reference) if _below(one, area, reference)]


def _shown(area: AreaShape, inside: Sequence[AreaShape]) -> Sequence[AreaShape]:
    """Return the grids that are listed: all of a village, of more what hangs on no village."""
    if area.kind in (AreaKind.VILLAGE, *arranging.GRIDS) or len(inside) <= roster_look.MOST:
        return inside
    return [grid for grid in inside if grid.parent_code == area.code][: roster_look.MOST]


def _below(grid: AreaShape, area: AreaShape, reference: Reference) -> bool:
    return area.code in {one.code for one in reference.net.path(grid.code)}


def _link(area: AreaShape) -> dict[str, str]:
    return {"name": name_of(area), "url": url_for("roster.show", area=area.code)}


# Acts ------------------------------------------------------------------------------------


def _again(error: GridgovError, form: str) -> BaseResponse:
    """Show the page with what was typed and the sentence beside its field."""
    said, sent = sentences.of(error), request.form.to_dict()
    values = {**sent, "days": request.form.getlist("days")}
    asked = sent.get("page", "") or sent.get("area", "")
    if isinstance(error, InvalidInput):
        return _page(asked, values, {error.field: said}, status_of(error), opened=form)
    return _page(asked, values, {}, status_of(error), refused=said, opened=form)


def _done(act: Callable[[Session, Reference], object], form: str = "") -> BaseResponse:
    """Do what a form asks for and go back to the roster; what is refused stands in `form`."""
    try:
        with unit_of_work() as session:
            act(session, references.of(session, current_actor().district_code))
    except GridgovError as error:
        if isinstance(error, NotFound) and not form:
            raise
        return _again(error, form)
    return redirect(url_for("roster.show", area=request.form.get("page") or None), code=303)


@roster.post("/leaves/<uuid:leave_id>/decide")
@requires(*WHO, area=AREA)
def decide(leave_id: UUID) -> BaseResponse:
    """Grant or refuse a leave."""
    actor, now = current_actor(), utc_now()
    granted = request.form.get("granted") == "yes"
    return _done(
        lambda session, _: leaves.decide(session, leave_id, granted=granted, by=actor, now=now)
    )


@roster.post("/leaves")
@requires(*WHO, area=AREA)
def ask_leave() -> BaseResponse:
    """Ask for a leave of somebody of the area, who did not or could not do so."""
    actor, now = current_actor(), utc_now()

    def ask(session: Session, reference: Reference) -> None:
        who = roster_form.person(session, request.form, "person", reference)
        wanted = roster_form.leave(session, request.form, reference)
        leaves.ask_for(session, who, wanted, by=actor, now=now)

    return _done(ask, "leave")


@roster.post("/duties")
@requires(*WHO, area=AREA)
def add_duty() -> BaseResponse:
    """Give somebody a duty for an area."""
    actor, now = current_actor(), utc_now()

    def add(session: Session, reference: Reference) -> None:
        new = roster_form.duty(session, request.form, reference, reference.local_day(now))
        arranging.add_duty(session, new, by=actor, now=now)

    return _done(add, "duty")


@roster.post("/duties/<uuid:duty_id>/end")
@requires(*WHO, area=AREA)
def end_duty(duty_id: UUID) -> BaseResponse:
    """End a duty, today being no day of it any more."""
    actor, now = current_actor(), utc_now()

    def end(session: Session, reference: Reference) -> None:
        last = reference.local_day(now) - timedelta(days=1)
        arranging.end_duty(session, duty_id, last=last, by=actor, now=now)

    return _done(end)


@roster.post("/shifts")
@requires(*WHO, area=AREA)
def add_shift() -> BaseResponse:
    """Write hours in which somebody is there."""
    actor, now = current_actor(), utc_now()

    def add(session: Session, reference: Reference) -> None:
        new = roster_form.shift(session, request.form, request.form.getlist("days"), reference)
        arranging.add_shift(session, new, by=actor, now=now)

    return _done(add, "shift")


@roster.post("/shifts/<uuid:shift_id>/end")
@requires(*WHO, area=AREA)
def end_shift(shift_id: UUID) -> BaseResponse:
    """End hours of somebody."""
    actor, now = current_actor(), utc_now()
    return _done(lambda session, _: arranging.end_shift(session, shift_id, by=actor, now=now))
