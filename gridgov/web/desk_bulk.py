"""Common acts: choose rows, look at what would happen to each, confirm, read the receipts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import GridgovError, InvalidInput
from gridgov.domain.roles import Role
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import desk_bulk, desk_queue
from gridgov.services import reference as references
from gridgov.services.desk_bulk import ACTIONS, MOST, Order, TakenBack
from gridgov.services.reference import Reference
from gridgov.storage import people
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import (
    cards,
    case_fields,
    case_input,
    desk_export,
    sentences,
    shell,
    words,
    work,
)
from gridgov.web.access import current_actor, requires
from gridgov.web.case_acts import Act
from gridgov.web.case_fields import Look
from gridgov.web.case_forms import FORMS
from gridgov.web.desk import desk
from gridgov.web.errors import status_of
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now

AREA = "cases in the areas the person dispatches for"


@desk.post("/bulk")
@requires(Role.DISPATCHER, area=AREA)
def bulk_preview() -> BaseResponse:
    """Show what an act would do to each chosen case; nothing is changed."""
    asked = request.form.get("do", "")
    ids = _ids()
    if asked == "export":  # here, not by an address: that would hold a hundred of them
        return desk_export.of_chosen(_chosen()[: desk_queue.MOST])
    if asked not in set(ACTIONS) or not ids:
        return _page(None, ids, [], wrong=_("Choose at least one case and what is to be done."))
    action = Action(asked)
    try:
        order = _order(action)
    except InvalidInput as error:
        rows = [{"id": one, "can": False, "said": ""} for one in ids]
        return _page(action, ids, rows, errors={error.field: sentences.of(error)})
    tried = request.form.get("look") is not None or not FORMS[action].fields
    rows = [_tried(one, order) for one in ids] if tried else [_open(one) for one in ids]
    return _page(action, ids, rows, tried=tried)


@desk.post("/bulk/do")
@requires(Role.DISPATCHER, area=AREA)
def bulk_do() -> BaseResponse:
    """Do it, each case in a unit of work of its own, and give a receipt or a reason for each."""
    asked, ids = request.form.get("do", ""), _ids()
    if asked not in set(ACTIONS) or not ids:
        return _page(None, ids, [], wrong=_("Choose at least one case and what is to be done."))
    action = Action(asked)
    try:
        order = _order(action)
    except InvalidInput as error:
        return _page(
            action, ids, [_open(one) for one in ids], errors={error.field: sentences.of(error)}
        )
    rows = [_done(one, order) for one in ids]
    return _page(action, ids, rows, done=True)


def _ids() -> list[UUID]:
    """Return the chosen cases, as many as one act takes."""
    return _chosen()[:MOST]


def _left() -> int:
    """Return how many chosen cases are not among those the act takes."""
    typed = request.form.get("left", "")
    known = int(typed) if typed.isdecimal() and len(typed) < 6 else 0
    return max(known, len(_chosen()) - MOST)


def _chosen() -> list[UUID]:
    """Return the chosen cases, each once."""
    found: dict[UUID, None] = {}
    for typed in request.form.getlist("case_id"):
        try:
            found[UUID(typed)] = None
        except ValueError:
            continue  # no row of ours: nobody chose it on the page
    return list(found)


def _order(action: Action) -> Order:
    """Read the fields of the act. Raises: InvalidInput (field)."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        given = replace(case_input.given_for(action, reference), seen_seq=None)
        into = None
        if action is Action.MERGE and request.form.get("case"):
            into = case_input.other_case(session, current_actor().district_code)
    return Order(action, given, into)


def _seen(case_id: UUID, order: Order) -> Order:
    """Return the order as it was decided on one case: by the look the person had at it."""
    typed = request.form.get(f"seen_{case_id}", "")
    seq = int(typed) if typed.isdecimal() and len(typed) < 10 else None
    return replace(order, given=replace(order.given, seen_seq=seq))


def _tried(case_id: UUID, order: Order) -> dict[str, Any]:
    try:
        with unit_of_work() as session:
            desk_bulk.attempt(
                session, case_id, _seen(case_id, order), by=current_actor(), now=utc_now()
            )
    except TakenBack as seen:
        return {"id": case_id, "can": True, "said": _becomes(seen)}
    except GridgovError as error:
        return {"id": case_id, "can": False, "said": _why(error)}
    return {"id": case_id, "can": False, "said": ""}


def _open(case_id: UUID) -> dict[str, Any]:
    return {"id": case_id, "can": None, "said": ""}


def _done(case_id: UUID, order: Order) -> dict[str, Any]:
    try:
        with unit_of_work() as session:
            case = desk_bulk.perform(
                session, case_id, _seen(case_id, order), by=current_actor(), now=utc_now()
            )
            seq = case.history_seq
    except GridgovError as error:
        return {"id": case_id, "can": False, "said": _why(error)}
    return {"id": case_id, "can": True, "said": _("Done; line %(seq)s of its history.", seq=seq)}


def _why(error: GridgovError) -> str:
    if isinstance(error, InvalidInput) and error.reason == "missing":
        return _("Something is missing for it; see above.")
    return sentences.of(error)


def _becomes(seen: TakenBack) -> str:
    """Return what the case would be afterwards: its state and who would have it."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        who = {seen.assignee_id} if seen.assignee_id else set()
        names = people.names(session, who)
    unit = reference.units.get(seen.unit_code or "")
    holder = words.joined(pick(unit.name, unit.name_en) if unit else "", *names.values())
    state = str(words.STATE_WORDS[CaseState(seen.state)])
    return _("%(state)s, with %(holder)s", state=state, holder=holder) if holder else state


def _page(
    action: Action | None,
    ids: Sequence[UUID],
    outcomes: list[dict[str, Any]],
    *,
    errors: dict[str, str] | None = None,
    wrong: str | None = None,
    tried: bool = False,
    done: bool = False,
) -> BaseResponse:
    actor, now = current_actor(), utc_now()
    back = request.form.get("back", "")
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = {case.id: case for case in desk_queue.of_ids(session, actor, ids)}
        act = None if action is None else _act(session, action, list(found.values()), reference)
        head = shell.staff_context(actor, "desk", reference)
        rows = [
            {
                **one,
                "row": cards.desk_row(found[one["id"]], found[one["id"]].channel, reference, now),
                "number": found[one["id"]].number,
                "seen": request.form.get(f"seen_{one['id']}") or found[one["id"]].history_seq,
            }
            for one in outcomes
            if one["id"] in found
        ]
    if act is not None:
        act.errors = errors or {}
        act.values = request.form.to_dict() if "look" in request.form else {}
    html = render_template(
        "staff/desk-bulk.html",
        **head,
        act=act,
        rows=rows,
        can=sum(one["can"] is True for one in rows),
        cannot=sum(one["can"] is False for one in rows),
        tried=tried,
        done=done,
        wrong=wrong,
        most=MOST,
        left=_left(),
        back_url=back if work.is_desk(back) else url_for("desk.show"),
    )
    status = 200 if wrong is None and not errors else status_of(InvalidInput("form", "missing"))
    return make_response(html, status)


def _act(
    session: Session, action: Action, chosen: Sequence[Case], reference: Reference
) -> Act | None:
    """Return the form of the act, with the choices the first of the cases has.

    Of the response texts only those are offered that fit every class that was chosen.
    """
    if not chosen:
        return None
    look = Look(session, chosen[0], current_actor(), reference, utc_now())
    act = Act(name=str(action), url=url_for("desk.bulk_preview"), form=FORMS[action])
    act.fields = case_fields.of(look, action)
    for view in act.fields:
        case_fields.offer_texts(reference, chosen, action, view)
    return act
