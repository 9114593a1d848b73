"""What waits for a decision of this person: applications, appeals, rulings, decided in place."""

from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from gridgov.domain.privacy import mask_personal
from gridgov.domain.roles import Role
from gridgov.domain.workflow import Action
from gridgov.services import desk_queue
from gridgov.services import reference as references
from gridgov.storage import history
from gridgov.storage.session import read_only
from gridgov.web import cards, case_acts, case_words, shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.case_acts import DECIDING
from gridgov.web.case_fields import Look
from gridgov.web.desk import desk
from gridgov.web.instance import utc_now

MOST = 100
DECISIONS = frozenset({*map(str, DECIDING), str(Action.RULE)})


@desk.get("/approvals")
@requires(*shell.DECIDING, area="cases in the areas the person dispatches for or leads")
def approvals() -> str:
    """List what was applied for, with the forms that decide it; what others decide says so."""
    actor, now = current_actor(), utc_now()
    found: list[dict[str, Any]] = []
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        for case in desk_queue.to_decide(session, actor, now=now, limit=MOST):
            look = Look(session, case, actor, reference, now)
            acts = [act for act in case_acts.acts(look) if act.name in DECISIONS]
            found.append(
                {
                    "row": cards.desk_row(case, case.channel, reference, now),
                    "number": case.number,
                    "version": case.history_seq,
                    "facts": _facts(look),
                    "acts": acts,
                }
            )
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
        back_url=url_for("desk.show" if actor.has(Role.DISPATCHER) else "staff.start"),
    )


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
