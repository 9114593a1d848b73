"""A lost receipt code is found by phone: asked for on the page, read out at the desk.

The page never shows a code and never tells whether a number is known: what it says and
what it writes is the same for every number. Who answers compares the caller's number, day
and kind with what was asked for; an SMS gateway may send the code to the number that the
report itself was made with, never to one that was typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput, NotAllowed
from gridgov.domain.intake import check_phone
from gridgov.domain.roles import Actor, Role
from gridgov.domain.scope import may_see
from gridgov.services.intake import Sealer
from gridgov.services.reference import of as reference_of
from gridgov.storage import cases, recoveries
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id
from gridgov.storage.recoveries import Recovery
from gridgov.storage.reports import Report

log = structlog.get_logger()

# A number is noted so often in a day; what is asked beyond that changes nothing.
ONCE_A_DAY = 3
DAY = timedelta(days=1)
WAITS = timedelta(days=7)
MOST = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A report made with a number, as the desk reads it out; `asked` while it is waited for."""

    report: Report
    case: Case
    asked: bool


def ask(
    session: Session,
    district_code: str,
    phone: str,
    *,
    reported_on: date | None,
    category_code: str | None,
    now: datetime,
    vault: Sealer,
) -> None:
    """Note that somebody lost a code; says nothing of whether the number is known.

    Raises: InvalidInput (phone: missing, wrong_length, not_a_phone; category).
    """
    number = check_phone(phone)
    if number is None:
        raise InvalidInput("phone", "missing")
    if category_code:
        reference_of(session, district_code).category(category_code)
    lookup = vault.lookup(number)
    asked = recoveries.asked_lately(session, district_code, lookup, now=now, within=DAY)
    if asked >= ONCE_A_DAY:
        return
    session.add(
        Recovery(
            id=new_id(),
            district_code=district_code,
            phone_lookup=lookup,
            reported_on=reported_on,
            category_code=category_code or None,
            asked_at=now,
        )
    )


def waiting(session: Session, district_code: str, *, now: datetime) -> Sequence[Recovery]:
    """Return who waits for an answer and can be helped: a report was made with that number."""
    return recoveries.waiting(session, district_code, now - WAITS)


def find(session: Session, phone: str, *, by: Actor, now: datetime, vault: Sealer) -> list[Found]:
    """Return the reports made with a number that the person at the desk may know of.

    The look is logged, and what was asked for with this number is answered by it. Raises:
    InvalidInput (phone), NotAllowed.
    """
    if not by.has(Role.DISPATCHER):
        raise NotAllowed("receipt codes are read out by dispatchers")
    number = check_phone(phone)
    if number is None:
        raise InvalidInput("phone", "missing")
    lookup = vault.lookup(number)
    found = recoveries.reports_by_phone(session, by.district_code, lookup, limit=MOST)
    known = cases.of_ids(session, {report.case_id for report in found})
    seen = [one for one in found if may_see(by, known[one.case_id].scope())]
    asked = recoveries.open_for(session, by.district_code, lookup)
    if seen:
        for one in asked:
            one.answered_at, one.answered_by_id = now, by.person_id
        log.info(
            "receipt codes were looked up by phone",
            person=str(by.person_id),
            cases=[known[one.case_id].number for one in seen],
        )
    return [_found(one, known, asked, session, by) for one in seen]


def _found(
    report: Report,
    known: dict[UUID, Case],
    asked: Sequence[Recovery],
    session: Session,
    by: Actor,
) -> Found:
    day = reference_of(session, by.district_code).local_day(report.received_at)
    fits = any(
        one.reported_on in (None, day) and one.category_code in (None, report.category_code)
        for one in asked
    )
    return Found(report, known[report.case_id], fits)
