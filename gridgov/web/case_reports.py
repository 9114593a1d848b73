"""What people told of a case, as staff read it: without abuse in the way, without vault data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.privacy import mask_contact
from gridgov.domain.problems import fold_abuse
from gridgov.domain.roles import Actor
from gridgov.domain.scope import may_see
from gridgov.services import splitting
from gridgov.services.reference import Reference
from gridgov.storage import cases
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report
from gridgov.web import words
from gridgov.web.receipts import place_of


def quotes(reports: Sequence[Report], reference: Reference, now: datetime) -> list[dict[str, Any]]:
    """Return the words of each report that has any: {text, whole, at}.

    `whole` is what was really written, where abuse was folded away, else None.
    """
    return [
        {
            **folded(report.text),
            "at": words.clock(report.received_at, now, reference.zone),
        }
        for report in reports
        if report.text
    ]


def folded(text: str) -> dict[str, str | None]:
    """Return words as staff read them, and the whole of them where something was folded."""
    found = fold_abuse(text)
    return {
        "text": mask_contact(found.shown),
        "whole": mask_contact(text) if found.folded else None,
    }


def place(case: Case, reports: Sequence[Report], reference: Reference) -> str:
    """Return the place as the first report says it, with the door that the public never sees."""
    told = next((report.place_words for report in reports if report.place_words), None)
    return str(folded(told)["text"]) if told else place_of(case, reference)


def sent_together(
    session: Session, case: Case, reports: Sequence[Report], actor: Actor
) -> list[dict[str, str]]:
    """Return a fact with the numbers of the cases that came in the same text, if any."""
    numbers: list[str] = []
    for report in reports:
        for other in () if report.joined else splitting.together(session, report):
            found = session.get_one(Case, other.case_id)
            if found.id != case.id and may_see(actor, cases.scope_of(session, found)):
                numbers.append(found.number)
    return [{"name": _("Reported together"), "value": words.joined(*numbers)}] if numbers else []
