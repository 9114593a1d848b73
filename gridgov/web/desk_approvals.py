"""What waits for a decision of this person: applications, appeals, rulings, decided in place."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from flask import Response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Session

from gridgov.domain.privacy import mask_personal
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import Action
from gridgov.services import desk_queue
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import history
from gridgov.storage.session import read_only
from gridgov.web import cards, case_acts, case_words, shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.case_acts import DECIDING
from gridgov.web.case_fields import Look
from gridgov.web.desk import desk
from gridgov.web.instance import utc_now
from gridgov.web.list_export import WIDE, Column, Sheet, send

MOST, MOST_OUT = 100, 1_000  # on the page, in a file
AREA = "cases in the areas the person dispatches for or leads"
DECISIONS = frozenset({*map(str, DECIDING), str(Action.RULE)})


@desk.get("/approvals")
@requires(*shell.DECIDING, area=AREA)
def approvals() -> str:
    """List what was applied for, with the forms that decide it; what others decide says so."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = _waiting(session, actor, reference, now, MOST)
        head = shell.staff_context(
            actor, "desk" if actor.has(Role.DISPATCHER) else "approvals", reference
        )
    mine = [one for one in found if one["acts"]]
    return render_template(
        "staff/desk-approvals.html",
        **head,
        mine=mine,
        others=[one for one in found if not one["acts"]],
        desk_back=url_for("desk.approvals"),
        export_url=url_for("desk.export_approvals"),
        back_url=url_for("desk.show" if actor.has(Role.DISPATCHER) else "staff.start"),
    )


def _waiting(
    session: Session, actor: Actor, reference: Reference, now: datetime, limit: int
) -> list[dict[str, Any]]:
    """Return what waits for a decision, most urgent first, each with the forms that decide it."""
    found = []
    for case in desk_queue.to_decide(session, actor, now=now, limit=limit):
        look = Look(session, case, actor, reference, now)
        found.append(
            {
                "row": cards.desk_row(case, case.channel, reference, now),
                "number": case.number,
                "version": case.history_seq,
                "facts": _facts(look),
                "acts": [act for act in case_acts.acts(look) if act.name in DECISIONS],
            }
        )
    return found


COLUMNS: Sequence[Column[dict[str, Any]]] = (
    Column(_l("Number"), itemgetter("number"), 22),
    Column(_l("Class"), lambda one: one["row"]["title"]),
    Column(_l("Place"), lambda one: one["row"]["place"], WIDE, masked=True),
    Column(lazy_pgettext("column", "Limit"), lambda one: one["row"]["lamp"]["words"]),
    Column(lazy_pgettext("column", "Left"), lambda one: one["row"]["left"]),
    Column(lazy_pgettext("sheet", "What is asked"), lambda one: " ".join(one["facts"]), 72, True),
    Column(lazy_pgettext("sheet", "Decided by"), lambda one: _decider(one)),
)


def _decider(one: dict[str, Any]) -> str:
    return _("you") if one["acts"] else _("somebody else")


@desk.get("/approvals.xlsx")
@requires(*shell.DECIDING, area=AREA)
def export_approvals() -> Response:
    """Send what waits for a decision as an Excel book, the person's own first as on the page."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = _waiting(session, actor, reference, now, MOST_OUT + 1)
    found.sort(key=lambda one: not one["acts"])
    return send("approvals", [Sheet(_("Approvals"), COLUMNS, found, MOST_OUT)], reference)


def _facts(look: Look) -> list[str]:
    if look.asked is not None:
        return case_words.application(look)
    return _returns(look) + case_words.rule_and_proposal(look, told=True)


def _returns(look: Look) -> list[str]:
    """Return why and with which words it was returned, each time."""
    entries = [
        entry
        for entry in history.of_case(look.session, look.case.id)
        if entry.action == Action.RETURN
    ]
    return [
        _(
            "Returned, %(reason)s: %(words)s",
            reason=str(words.REASON_WORDS.get(entry.reason or "", entry.reason or "")),
            words=mask_personal(entry.text or "") or "—",
        )
        for entry in entries
    ]
