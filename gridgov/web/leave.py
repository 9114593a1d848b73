"""The own leave, and what was handed over to me: asked for here, taken or declined here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import GridgovError, InvalidInput
from gridgov.domain.roles import Actor, Role
from gridgov.services import leaves, relief
from gridgov.services import reference as references
from gridgov.services.leaves import LeaveKind
from gridgov.services.reference import Reference
from gridgov.services.relief import Move
from gridgov.storage import people
from gridgov.storage import rosters as store
from gridgov.storage.rosters import HandOver, Leave
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import roster_form, roster_words, sentences, shell
from gridgov.web.access import current_actor, requires
from gridgov.web.errors import status_of
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now

leave = Blueprint("leave", __name__, url_prefix="/work/leave")

WHO = (Role.WORKER, Role.HANDLER)
AREA = "the own leave, and what was handed over to the person"


@leave.get("")
@requires(*WHO, area=AREA)
def show() -> BaseResponse:
    """Show what waits to be taken over, the own leaves, and the form for another one."""
    return _page({}, {}, 200)


def _page(
    values: Mapping[str, str], errors: Mapping[str, str], status: int, refused: str = ""
) -> BaseResponse:
    actor, now = current_actor(), utc_now()
    assert actor.person_id is not None
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        head = shell.staff_context(actor, "work", reference)
        mine = store.leaves_of(session, [actor.person_id], actor.district_code, now)
        offered = store.waiting_for(session, actor.person_id)
        who = {one.from_person_id for one in offered}
        who |= {one.covered_by_id for one in mine if one.covered_by_id is not None}
        names = people.names(session, who)
        context = {
            "offered": [_offered(one, names, reference) for one in offered],
            "leaves": [_leave(session, one, names, reference) for one in mine],
            "arranges": bool(leaves.arranged_areas(actor, reference)),
        }
    html = render_template(
        "staff/leave.html",
        **head,
        **context,
        kinds=[
            {"value": str(one), "words": said} for one, said in roster_words.LEAVE_WORDS.items()
        ],
        declines=[
            {"value": code, "words": str(said)} for code, said in roster_words.DECLINE_WORDS.items()
        ],
        values={"kind": str(LeaveKind.LEAVE), **values},
        errors=errors,
        refused=refused,
        zone=reference.zone.key,
    )
    return make_response(html, status)


def _offered(one: HandOver, names: Mapping[UUID, str], reference: Reference) -> dict[str, Any]:
    return {
        "from": names.get(one.from_person_id, ""),
        "at": roster_words.day_clock(one.offered_at, utc_now(), reference),
        "cases": [
            {"number": item["number"], "url": url_for("work.case", case_id=item["case"])}
            for item in one.items
        ],
        "take_url": url_for("leave.take", hand_over_id=one.id),
        "decline_url": url_for("leave.decline", hand_over_id=one.id),
    }


def _leave(
    session: Session, one: Leave, names: Mapping[UUID, str], reference: Reference
) -> dict[str, Any]:
    return {
        **span(one, reference),
        "state": state(one),
        "sign": "wait" if one.granted is None else "done",
        "cover": names.get(one.covered_by_id, "") if one.covered_by_id is not None else "",
        "moves": told(session, leaves.rehearse(session, one, utc_now()), reference)
        if one.begun_at is None
        else [],
        "begun": one.begun_at is not None,
        "end_url": url_for("leave.end", leave_id=one.id),
    }


def span(one: Leave, reference: Reference) -> dict[str, str]:
    """Return from when until when, and why, in words."""
    begin, end = (moment.astimezone(reference.zone) for moment in (one.starts_at, one.ends_at))
    return {
        "from": f"{begin:%Y-%m-%d %H:%M}",
        "until": f"{end:%Y-%m-%d %H:%M}",
        "kind": str(roster_words.LEAVE_WORDS[LeaveKind(one.kind)]),
    }


def state(one: Leave) -> str:
    """Return how a leave stands."""
    if one.granted is None:
        return _("waits for a decision")
    if not one.granted:
        return _("refused")
    return _("runs") if one.begun_at is not None else _("granted")


def told(session: Session, moves: Sequence[Move], reference: Reference) -> list[dict[str, Any]]:
    """Return to whom how many cases go when a leave begins; nobody last and marked."""
    ids = {one.to.person_id for one in moves if one.to is not None and one.to.person_id}
    names = people.names(session, ids)
    counts: Counter[str] = Counter()
    numbers: dict[str, list[str]] = {}
    for one in moves:
        to = one.to
        if to is None:
            name = ""
        elif to.person_id is not None:
            name = names.get(to.person_id, "")
        else:
            unit = reference.units.get(to.unit_code or "")
            name = "" if unit is None else pick(unit.name, unit.name_en)
        counts[name] += 1
        numbers.setdefault(name, []).append(one.case.number)
    return [
        {
            "name": name or _("nobody: appoint somebody first"),
            "nobody": not name,
            "count": count,
            "numbers": numbers[name],
        }
        for name, count in sorted(counts.items(), key=lambda each: (not each[0], each[0]))
    ]


@leave.post("")
@requires(*WHO, area=AREA)
def ask() -> BaseResponse:
    """Ask for a leave; what cannot be taken says why and keeps what was typed."""
    actor, form = current_actor(), request.form.to_dict()
    try:
        with unit_of_work() as session:
            reference = references.of(session, actor.district_code)
            wanted = roster_form.leave(session, form, reference)
            leaves.ask(session, _me(actor), wanted, by=actor, now=utc_now())
    except GridgovError as error:
        return _refused(form, error)
    return redirect(url_for("leave.show"), code=303)


def _me(actor: Actor) -> UUID:
    assert actor.person_id is not None  # `requires` lets only staff in
    return actor.person_id


def _refused(form: Mapping[str, str], error: GridgovError) -> BaseResponse:
    said = sentences.of(error)
    if isinstance(error, InvalidInput):
        return _page(form, {error.field: said}, status_of(error))
    return _page(form, {}, status_of(error), refused=said)


@leave.post("/<uuid:leave_id>/end")
@requires(*WHO, area=AREA)
def end(leave_id: UUID) -> BaseResponse:
    """Take a leave back, or come back before its end."""
    try:
        with unit_of_work() as session:
            leaves.end(session, leave_id, by=current_actor(), now=utc_now())
    except GridgovError as error:
        return _refused({}, error)
    return redirect(url_for("leave.show"), code=303)


@leave.post("/hand-overs/<uuid:hand_over_id>/take")
@requires(*WHO, area=AREA)
def take(hand_over_id: UUID) -> BaseResponse:
    """Give the receipt for what was handed over: it is taken and signed."""
    try:
        with unit_of_work() as session:
            relief.take(session, hand_over_id, by=current_actor(), now=utc_now())
    except GridgovError as error:
        return _refused({}, error)
    return redirect(url_for("work.tasks", tab="handling"), code=303)


@leave.post("/hand-overs/<uuid:hand_over_id>/decline")
@requires(*WHO, area=AREA)
def decline(hand_over_id: UUID) -> BaseResponse:
    """Decline what was handed over, with a reason: it goes to the next one."""
    reason = request.form.get("reason", "")
    try:
        with unit_of_work() as session:
            relief.decline(session, hand_over_id, reason, by=current_actor(), now=utc_now())
    except GridgovError as error:
        return _refused({}, error)
    return redirect(url_for("leave.show"), code=303)
