"""What the clock does to many cases at once: marks (overdue, supervision) and bare warnings.

The workflow table is asked and the chain sealed as for every act, and what follows from a
mark is what the forecast says (`escalation.plan` and `after`); only the reading and the
writing is done many rows at a time (architecture, 8.1), or 100,000 limits that pass
together would take minutes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from gridgov.domain.catalogue import Level
from gridgov.domain.escalation import ACTION_OF, MARKS, REMINDS, TELLS, CaseView, Planned, TimerKind
from gridgov.domain.escalation import after as after_of
from gridgov.domain.fact_view import FactView
from gridgov.domain.messages import MessageKind
from gridgov.domain.roles import Actor
from gridgov.domain.supervision import by_clock, rises, watching_level
from gridgov.domain.workflow import Action, CaseState, Need, Relation, decide
from gridgov.services import casework, timers
from gridgov.services import history as chain
from gridgov.services.fact_views import fact_view, once_overdue
from gridgov.services.reference import Reference
from gridgov.services.standing import WATCHED_AT
from gridgov.storage import bulk, messages
from gridgov.storage import timers as store
from gridgov.storage.cases import Case
from gridgov.storage.timers import CaseRows, Changes, Coming

_SYSTEM = frozenset({Relation.SYSTEM})


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark changes of a case, and what its line says."""

    column: str
    value: Any
    reason: str | None
    data: dict[str, Any]


class Marks:
    """The marks and warnings of one unit of work: done to locked cases, written at its end."""

    def __init__(
        self, session: Session, reference: Reference, now: datetime, changes: Changes
    ) -> None:
        """Begin with nothing done; `changes` are those of the rows the cases come with."""
        self.done: Counter[str] = Counter()  # by kind
        self._session = session
        self._reference = reference
        self._now = now
        self._changes = changes
        self._lines: list[dict[str, Any]] = []
        self._heads: list[dict[str, Any]] = []

    def run(self, case: Case, rows: CaseRows) -> Coming | None:
        """Do what has come due on a case in its order; return the act that is next, if one is.

        A mark that no longer applies ends as overtaken.
        """
        course = _Course(self._session, case, self._reference, self._now)
        while (one := min(rows.due(self._now), key=_turn, default=None)) is not None:
            kind = TimerKind(one.kind)
            if kind in TELLS:
                course.tell(one)
                rows.end(one, store.FIRED, self._now)
            elif kind in MARKS:
                marked = course.mark(one)
                rows.end(one, store.FIRED if marked else store.OVERTAKEN, self._now)
                if self._reference.ladder:  # the next rung follows from this one
                    course.follow(one, rows, marked=marked)
            else:
                break
            self.done[kind] += 1
        if course.lines:
            self._lines += course.lines
            self._heads.append(_head(case))
        return one

    def write(self) -> None:
        """Write what was done: lines, cases and rows."""
        bulk.add_lines(self._session, self._lines)
        bulk.mark_cases(self._session, self._heads)
        store.write(self._session, self._changes)


def _turn(one: Coming) -> tuple[datetime, int]:
    return Planned(TimerKind(one.kind), one.due_at).turn


def _head(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "overdue_at": case.overdue_at,
        "supervision": case.supervision,
        "updated_at": case.updated_at,
        "history_seq": case.history_seq,
        "history_hash": case.history_hash,
    }


class _Course:
    """What comes to one case in one unit, thing after thing."""

    def __init__(self, session: Session, case: Case, reference: Reference, now: datetime) -> None:
        self.lines: list[dict[str, Any]] = []
        self._session = session
        self._case = case
        self._reference = reference
        self._now = now
        self._view: CaseView | None = None  # what decides about what comes next
        self._facts: FactView | None = None  # what the counters see
        are = casework.holders(case)
        self._about = {
            "number": case.number,
            "confidential": case.confidential,
            "people": sorted(map(str, are.people)),
            "units": sorted(are.units),
        }

    def tell(self, one: Coming) -> None:
        """Put into the log that somebody's time is up; nothing about the case changes.

        `body["due"]` is the kind (domain/escalation.TimerKind), `case_id` the case. A
        reminder that comes after what it reminds of says nothing: its row was set too late.
        """
        case = self._case
        if one.kind in REMINDS and datetime.fromisoformat(one.data["until"]) < self._now:
            return
        body = self._about | {
            "due": one.kind,
            "due_at": one.due_at.isoformat(),
            "data": one.data,
            "case_id": str(case.id),
            "level": case.level,
            "areas": [],  # no board counts it
            "desks": list(case.duty_path()),
        }
        kind = MessageKind.CASE_DUE
        messages.append(self._session, case.district_code, kind, at=self._now, body=body)

    def mark(self, one: Coming) -> bool:
        """Set a mark: seal its line, announce it, and let the case know; False if it is over."""
        case, now = self._case, self._now
        mark = _mark_of(case, one, now)
        if mark is None:
            return False
        state, action = CaseState(case.state), ACTION_OF[TimerKind(one.kind)]
        given: Mapping[Need, object] = {Need.LEVEL: mark.value, Need.REASON: mark.reason}
        decide(state, action, _SYSTEM, given, photo_required=False)
        before = self._facts or fact_view(case, self._reference)
        by = Actor.system(case.district_code)
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
        # The counters see nothing of a supervision.
        self._facts = once_overdue(before) if action is Action.MARK_OVERDUE else before
        self._announce(action, line, before, self._facts)
        self.lines.append(line)
        return True

    def follow(self, one: Coming, rows: CaseRows, *, marked: bool) -> None:
        """Let what comes after a mark be to come, as the forecast says it."""
        case, reference = self._case, self._reference
        if self._view is None:
            action = ACTION_OF[TimerKind(one.kind)]
            self._view = timers.view_of(
                self._session, case, reference, action=action, assists=False
            )
        elif marked:
            done = Planned(TimerKind(one.kind), one.due_at)
            limits = timers.limits_of(case, reference)
            self._view = after_of(self._view, done, limits, reference.calendar)
        wanted = timers.wanted(case, self._view, reference)
        rows.want(wanted, self._now, timers.kept(case))

    def _announce(
        self, action: Action, line: dict[str, Any], before: FactView, after: FactView
    ) -> None:
        """Put a mark into the log, as `casework.announce` does; nobody's part moves."""
        case = self._case
        areas = list(after.areas)
        body = self._about | {
            "action": line["action"],
            "from": line["from_state"],
            "to": line["to_state"],
            "hash": line["hash"],
            "areas": areas,
            "desks": sorted(set(case.duty_path()) - set(areas)),
            "before": before.as_json(),
            "after": after.as_json(),
        }
        messages.append(
            self._session,
            case.district_code,
            casework.kind_of(action),
            at=line["at"],
            body=body,
            case_id=case.id,
            entry_seq=line["seq"],
        )


def _mark_of(case: Case, one: Coming, now: datetime) -> Mark | None:
    """Return what a mark changes, None when it applies no more."""
    kind = TimerKind(one.kind)
    if kind is TimerKind.OVERDUE:
        if case.overdue_at is not None or case.limit_at >= now:
            return None
        return Mark("overdue_at", now, None, {"limit_at": case.limit_at.isoformat()})
    rule = by_clock(kind)
    if not rises(case.supervision, rule.level):
        return None
    watching = str(watching_level(Level(case.level)))
    data = {"supervision": str(rule.level), "was": case.supervision, **one.data}
    return Mark("supervision", str(rule.level), rule.reason, data | {WATCHED_AT: watching})
