"""What residents are told: the public word changed, a question, an answer, a lost code.

Only those who asked for it: a browser that subscribed, or a phone that was left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.approvals import Applied
from gridgov.domain.notices import (
    BY_SMS,
    JUST_NOW,
    REPORT,
    STATES_BY_SMS,
    NoticeKind,
    Recipient,
    Way,
)
from gridgov.domain.workflow import PUBLIC_STATE, Action, CaseState, PublicState
from gridgov.services.recovery import WAITS
from gridgov.services.reference import Reference
from gridgov.storage import applications, cases, merges, notice_people, recoveries, reports
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.reports import Report, Reporter

# Codes sent for one request: somebody who reports every day gets the newest.
MOST_CODES = 3
_ONE_LINE = {
    Action.ASK_INFO: NoticeKind.QUESTION,
    Action.REPLY: NoticeKind.REPLIED,
    Action.MERGE: NoticeKind.MERGED,
    Action.DENY_APPEAL: NoticeKind.REPLIED,
}
# What a resident must hear although the public word stays: the undoing of a merge, of which an
# SMS said that it goes on with another, and the end of an appeal.
_RINGS = frozenset({Action.UNMERGE, Action.DENY_APPEAL})


@dataclass(frozen=True, slots=True)
class Told:
    """Whoever follows a report is told something; `number` is that of the own case."""

    report: Report
    kind: NoticeKind
    number: str
    by_sms: bool
    state: CaseState | None = None


def told(session: Session, case: Case, entry: CaseEntry, ways: frozenset[Way]) -> list[Told]:
    """Return which residents are told of a line of a case's history."""
    action = Action(entry.action)
    kind = _ONE_LINE.get(action)
    state = None
    if kind is None:
        state = _changed(entry)
        if state is None:
            return []
        kind = NoticeKind.PUBLIC
    public = None if state is None else PUBLIC_STATE[state]
    by_sms = kind in BY_SMS or public in STATES_BY_SMS or action in _RINGS
    wanted = [one for one in _following(session, case, action) if _is_news(one, entry, public)]
    found = _reachable(session, wanted, ways, by_sms)
    numbers = _numbers(session, [one for one, _rings in found], case)
    return [Told(one, kind, numbers[one.case_id], rings, state) for one, rings in found]


def _following(session: Session, case: Case, action: Action) -> Sequence[Report]:
    """Return the reports whose reporters a line concerns."""
    if action is Action.MERGE:
        return reports.of_case(session, case.id)
    every = merges.reports_following(session, case)
    if action is not Action.DENY_APPEAL:
        return every
    appeals = [one for one in applications.of_case(session, case.id) if one.kind == Applied.APPEAL]
    return [one for one in every if appeals and one.id == appeals[-1].report_id]


def _changed(entry: CaseEntry) -> CaseState | None:
    """Return the state a line led to where the public word changed with it."""
    if entry.from_state is None:
        return None
    was, now = CaseState(entry.from_state), CaseState(entry.to_state)
    if entry.action == Action.UNMERGE:
        return now  # they read what the other case said: that it was closed, perhaps
    return None if PUBLIC_STATE[was] is PUBLIC_STATE[now] else now


def _is_news(report: Report, entry: CaseEntry, state: PublicState | None) -> bool:
    """Tell whether a reporter does not know it: by an own act, or from the receipt just got."""
    if report.withdrawn_at is not None or entry.data.get("report") == str(report.id):
        return False
    if state is PublicState.ACCEPTED and entry.at - report.received_at < JUST_NOW:
        return False
    return report.received_at <= entry.at


def _reachable(
    session: Session, found: list[Report], ways: frozenset[Way], by_sms: bool
) -> list[tuple[Report, bool]]:
    """Return which reports have a browser or a phone, and which of them may get an SMS.

    A phone gets one, however often its owner reported and joined.
    """
    names = {one.id: str(Recipient(REPORT, str(one.id))) for one in found}
    known = notice_people.subscriptions(session, list(names.values())) if names else {}
    browsers = set(known) if ways & {Way.PUSH, Way.FILE} else set()
    phones = by_sms and bool(ways & {Way.SMS, Way.FILE})
    rung: set[bytes] = set()
    reached = []
    for one in found:
        phone = _phone(session, one) if phones else None
        rings = phone is not None and phone not in rung
        if phone is not None:
            rung.add(phone)
        if rings or names[one.id] in browsers:
            reached.append((one, rings))
    return reached


def _phone(session: Session, report: Report) -> bytes | None:
    """Return by what a phone that can be rung is known again, None without one."""
    reporter = None if report.reporter_id is None else session.get(Reporter, report.reporter_id)
    if reporter is None or reporter.erased_at is not None or reporter.phone_sealed is None:
        return None
    return reporter.phone_lookup or reporter.phone_sealed


def _numbers(session: Session, found: list[Report], case: Case) -> dict[UUID, str]:
    others = {one.case_id for one in found} - {case.id}
    known = cases.of_ids(session, others) if others else {}
    return {case.id: case.number} | {one: row.number for one, row in known.items()}


def lost_codes(
    session: Session, reference: Reference, *, now: datetime
) -> Iterator[tuple[str, Case, Told]]:
    """Yield (key, case, what is told) for each code that was asked for and is known."""
    district = reference.district_code
    for asked in recoveries.waiting(session, district, now - WAITS):
        made = recoveries.reports_by_phone(session, district, asked.phone_lookup, limit=100)
        fitting = [
            one
            for one in made
            if asked.reported_on in (None, reference.local_day(one.received_at))
            and asked.category_code in (None, one.category_code)
        ]
        for report in fitting[:MOST_CODES]:
            case = cases.get(session, report.case_id)
            kind = NoticeKind.LOST_CODE
            yield f"lost:{asked.id.hex}", case, Told(report, kind, case.number, by_sms=True)
