"""Marks that the clock sets on many cases at once: overdue, supervision; and bare warnings.

The workflow table is asked and the chain sealed as for every act; only the writing is done
many rows at a time (architecture, 8.1), or 100,000 limits that pass together would take
minutes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from gridgov.domain.escalation import ACTION_OF, RED, TimerKind
from gridgov.domain.fact_view import FactView
from gridgov.domain.messages import MessageKind
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, CaseState, Need, Relation, decide
from gridgov.services import casework, timers
from gridgov.services import history as chain
from gridgov.services.fact_views import fact_view
from gridgov.services.reference import Reference
from gridgov.storage import bulk, messages
from gridgov.storage import timers as store
from gridgov.storage.cases import Case
from gridgov.storage.timers import Due

_BY_CLOCK = {TimerKind.YELLOW: "overdue", TimerKind.RED: "far_overdue"}
_SYSTEM = frozenset({Relation.SYSTEM})


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark changes of a case, and what its line says."""

    column: str
    value: Any
    reason: str | None
    data: dict[str, Any]


def set_marks(
    session: Session, due: Sequence[Due], reference: Reference, *, now: datetime
) -> Counter[str]:
    """Set the marks that have come due on locked cases; return how many were set, by kind.

    Each case stands in `due` once. A mark that no longer applies ends as overtaken.
    """
    lines: list[dict[str, Any]] = []
    changed: dict[str, list[dict[str, Any]]] = {}
    count: Counter[str] = Counter()
    ended = []
    for one in due:
        mark = _mark(one, now)
        ended.append((one.timer_id, store.OVERTAKEN if mark is None else store.FIRED))
        if mark is not None:
            count[one.kind] += 1
            lines.append(_set(session, one, mark, reference, now))
            changed.setdefault(mark.column, []).append(_row(one.case, mark))
    bulk.add_lines(session, lines)
    for column, rows in changed.items():
        bulk.mark_cases(session, column, rows)
    store.end(session, ended, at=now)
    if reference.ladder:  # the next rung follows from this one
        for one in due:
            timers.follow(session, one.case, ACTION_OF[TimerKind(one.kind)], reference)
    return count


def _mark(one: Due, now: datetime) -> Mark | None:
    """Return what a mark changes, None when it applies no more."""
    case, kind = one.case, TimerKind(one.kind)
    if kind is TimerKind.OVERDUE:
        if case.overdue_at is not None or case.limit_at >= now:
            return None
        return Mark("overdue_at", now, None, {"limit_at": case.limit_at.isoformat()})
    if case.supervision in (one.kind, RED):
        return None
    data = {"supervision": one.kind, "was": case.supervision, **one.data}
    return Mark("supervision", one.kind, _BY_CLOCK[kind], data)


def _set(
    session: Session, one: Due, mark: Mark, reference: Reference, now: datetime
) -> dict[str, Any]:
    """Seal the line of a mark, announce it, and let the case know; return the line."""
    case, state = one.case, CaseState(one.case.state)
    action = ACTION_OF[TimerKind(one.kind)]
    given: Mapping[Need, object] = {Need.LEVEL: mark.value, Need.REASON: mark.reason}
    decide(state, action, _SYSTEM, given, photo_required=False)
    by = Actor.system(case.district_code)
    before = fact_view(case, reference)
    line = chain.next_line(
        case, action, by=by, now=now, from_state=state, reason=mark.reason, data=mark.data
    )
    # As read from the database: what is written in bulk is not written once more by a flush.
    for column, value in (
        (mark.column, mark.value),
        ("updated_at", now),
        ("history_seq", line["seq"]),
        ("history_hash", line["hash"]),
    ):
        set_committed_value(case, column, value)
    _announce(session, case, action, line, before, reference)
    return line


def _announce(
    session: Session,
    case: Case,
    action: Action,
    line: dict[str, Any],
    before: FactView,
    reference: Reference,
) -> None:
    """Put a mark into the log, as `casework.announce` does; nobody's part moves."""
    are = casework.holders(case)
    view = fact_view(case, reference).as_json()
    body = {
        "action": line["action"],
        "from": line["from_state"],
        "to": line["to_state"],
        "hash": line["hash"],
        "number": case.number,
        "areas": view["areas"],
        "confidential": case.confidential,
        "people": sorted(map(str, are.people)),
        "units": sorted(are.units),
        "desks": sorted(set(case.duty_path()) - set(view["areas"])),
        "before": before.as_json(),
        "after": view,
    }
    messages.append(
        session,
        case.district_code,
        casework.kind_of(action),
        at=line["at"],
        body=body,
        case_id=case.id,
        entry_seq=line["seq"],
    )


def _row(case: Case, mark: Mark) -> dict[str, Any]:
    return {
        "row_id": case.id,
        "value": mark.value,
        "at": case.updated_at,
        "seq": case.history_seq,
        "hash": case.history_hash,
    }


def tell(session: Session, due: Sequence[Due], *, now: datetime) -> None:
    """Put into the log that somebody's time is up; nothing about the cases changes.

    `body["due"]` is the kind (domain/escalation.TimerKind), `case_id` the case.
    """
    for one in due:
        case = one.case
        are = casework.holders(case)
        body = {
            "due": one.kind,
            "due_at": one.due_at.isoformat(),
            "data": one.data,
            "case_id": str(case.id),
            "number": case.number,
            "level": case.level,
            "areas": [],  # no board counts it
            "desks": list(case.duty_path()),
            "confidential": case.confidential,
            "people": sorted(map(str, are.people)),
            "units": sorted(are.units),
        }
        messages.append(session, case.district_code, MessageKind.CASE_DUE, at=now, body=body)
    store.end(session, [(one.timer_id, store.FIRED) for one in due], at=now)
