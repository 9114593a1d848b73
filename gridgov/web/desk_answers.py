"""The answer to an order from elsewhere: ready to be copied into the hotline's own system."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.errors import NotFound
from gridgov.domain.privacy import mask_personal
from gridgov.domain.roles import Role
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import history, reports
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only
from gridgov.web import cards, shell, words, work
from gridgov.web.access import current_actor, requires
from gridgov.web.desk import desk
from gridgov.web.downloads import TEXT, download
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now

# Words that are meant for those outside; the newest of them is the answer.
ANSWERING = (Action.REPLY, Action.RESOLVE, Action.SELF_RESOLVE, Action.REJECT, Action.TRANSFER)
AREA = "cases the policy shows to the person"


@desk.get("/cases/<uuid:case_id>/answer")
@requires(Role.DISPATCHER, area=AREA)
def answer(case_id: UUID) -> str:
    """Show the words for each order of the case."""
    actor = current_actor()
    with read_only() as session:
        case, reference, orders = _read(session, case_id)
        head = shell.staff_context(actor, "desk", reference)
        told = _told(session, case)
    return render_template(
        "staff/desk-answer.html",
        **head,
        orders=[_order(one, case, reference, told, utc_now()) for one in orders],
        number=case.number,
        ready=told is not None,
        case_url=url_for("work.case", case_id=case.id),
        file_url=url_for("desk.answer_file", case_id=case.id),
        back_url=url_for("desk.show", tab="all", case=case.id),
    )


@desk.get("/cases/<uuid:case_id>/answer.txt")
@requires(Role.DISPATCHER, area=AREA)
def answer_file(case_id: UUID) -> Response:
    """Send the same words as a text file."""
    with read_only() as session:
        case, reference, orders = _read(session, case_id)
        told = _told(session, case)
    whole = [_order(one, case, reference, told, utc_now())["text"] for one in orders]
    return download("\n\n".join(whole), TEXT, f"{case.number}.txt")


def _read(session: Session, case_id: UUID) -> tuple[Case, Reference, Sequence[Report]]:
    """Return a case with the reports that have a number elsewhere. Raises: NotFound."""
    case = work.visible_case(session, case_id, current_actor())
    orders = [one for one in reports.of_case(session, case.id) if one.external_id]
    if not orders:
        raise NotFound(f"case {case.number} is no order from elsewhere")
    return case, references.of(session, case.district_code), orders


def _told(session: Session, case: Case) -> str | None:
    for entry in reversed(history.of_case(session, case.id)):
        if entry.text and Action(entry.action) in ANSWERING:
            return mask_personal(entry.text)
    return None


def _order(
    report: Report, case: Case, reference: Reference, told: str | None, now: datetime
) -> dict[str, Any]:
    unit = reference.units.get(case.unit_code or "")
    closed = case.closed_at or case.resolved_at
    lines = [
        (_("Order"), report.external_id or ""),
        (_("Case"), case.number),
        (_("Matter"), cards.title_of(case, reference)),
        (_("State"), str(words.STATE_WORDS[CaseState(case.state)])),
        (_("Handled by"), pick(unit.name, unit.name_en) if unit else ""),
        (_("Finished"), words.clock(closed, now, reference.zone) if closed else ""),
        (_("Answer"), told or ""),
    ]
    colon = pick("：", ": ")
    return {
        "external_id": report.external_id,
        "channel": str(words.CHANNEL_WORDS.get(report.channel, report.channel)),
        "text": "\n".join(f"{name}{colon}{value}" for name, value in lines if value),
    }
