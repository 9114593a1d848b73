"""Splitting a case with several problems: the parts proposed, the dispatcher decides."""

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import GridgovError, NotFound
from gridgov.domain.roles import Role
from gridgov.domain.workflow import Action, CaseState, allowed
from gridgov.services import reference as references
from gridgov.services import splitting_cases, standing
from gridgov.services.effects import Given
from gridgov.services.splitting_cases import Part
from gridgov.storage import reports
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import (
    cards,
    case_reports,
    case_words,
    desk_query,
    sentences,
    shell,
    work,
)
from gridgov.web.access import current_actor, requires
from gridgov.web.desk import desk
from gridgov.web.errors import status_of
from gridgov.web.instance import utc_now

AREA = "cases in the areas the person dispatches for"
PARTS = 5


@desk.get("/cases/<uuid:case_id>/split")
@requires(Role.DISPATCHER, area=AREA)
def split_form(case_id: UUID) -> BaseResponse:
    """Show what was told and the problems its words tell of."""
    return _page(case_id, None, None, 200)


@desk.post("/cases/<uuid:case_id>/split")
@requires(Role.DISPATCHER, area=AREA)
def split_send(case_id: UUID) -> BaseResponse:
    """Open a case for each part that was chosen."""
    typed = request.form.get("version", "")
    seen = int(typed) if typed.isdecimal() and len(typed) < 10 else None
    parts = _parts()
    chosen = [Part(one["text"], one["category"]) for one in parts if one["take"]]
    try:
        with unit_of_work() as session:
            made = splitting_cases.split_case(
                session,
                case_id,
                chosen,
                by=current_actor(),
                now=utc_now(),
                given=Given(seen_seq=seen),
            )
            numbers = [one.number for one in made]
    except NotFound:
        raise
    except GridgovError as error:
        return _page(case_id, parts, sentences.of(error), status_of(error))
    shell.say_done(_("Split; new: %(cases)s.", cases=case_words.listed(numbers)))
    return redirect(url_for("desk.show", tab="all", case=case_id), code=303)


def _parts() -> list[dict[str, Any]]:
    form = request.form
    return [
        {
            "take": f"take_{at}" in form or _added(at),
            "text": form.get(f"text_{at}", "").strip(),
            "category": form.get(f"category_{at}", ""),
            "added": f"added_{at}" in form,
        }
        for at in range(PARTS)
        if f"text_{at}" in form
    ]


def _added(at: int) -> bool:
    """Tell whether the empty part at the end was filled in: that is choosing it."""
    typed = request.form.get(f"text_{at}", "").strip() or request.form.get(f"category_{at}")
    return f"added_{at}" in request.form and bool(typed)


def _page(
    case_id: UUID, parts: list[dict[str, Any]] | None, wrong: str | None, status: int
) -> BaseResponse:
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        case = work.visible_case(session, case_id, actor)
        reference = references.of(session, actor.district_code)
        relations = standing.relations(session, case, actor)
        can = Action.SPLIT in allowed(CaseState(case.state), relations)
        told = reports.of_case(session, case.id)
        if parts is None:
            found = splitting_cases.proposals(session, case)
            # The first problem stays with the case itself.
            parts = [
                {
                    "take": at > 0 and one.category is not None,
                    "text": one.own,
                    "category": "" if one.category is None else one.category.code,
                }
                for at, one in enumerate(found[:PARTS])
            ]
        head = shell.staff_context(actor, "desk", reference)
    if len(parts) < PARTS and not any(one.get("added") for one in parts):
        parts.append({"take": False, "text": "", "category": "", "added": True})
    html = render_template(
        "staff/desk-split.html",
        **head,
        case={
            "id": case.id,
            "number": case.number,
            "version": case.history_seq,
            "title": cards.title_of(case, reference),
            "quotes": case_reports.quotes(told, reference, now),
        },
        can=can,
        parts=parts,
        wrong=wrong,
        classes=[
            (said, [one for one in options if one["value"] not in reference.majors])
            for said, options in desk_query.classes(reference)
        ],
        back_url=url_for("desk.show", tab="all", case=case.id),
    )
    return make_response(html, status)
