"""The figures counted slowly: every case and every line of its history, one by one.

Nothing of the folding of the log is used. What a case came through is read from its
history; only whether a stage was reached in time is taken from the case, as the limits of
the stages stand in no history.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry

ZONE = ZoneInfo("Asia/Shanghai")
DISTRICT = "440608"
Table = dict[tuple[str, ...], dict[str, int]]
# Counter of what happened → the actions that make it happen.
HAPPENED = {
    "received": "submit",
    "closed": "check_pass self_resolve record_closed",
    "returned": "return",
    "passed_up": "pass_up climb",
    "reworked": "send_back",
    "reopened": "reopen spot_fail",
    "rejected": "reject record_rejected",
    "transferred": "transfer record_transferred",
    "overdue": "mark_overdue",
    "void": "withdraw grant_void",
    "merged": "merge",
    "taken_back": "unmerge",
    "extended": "grant_extension",
    "suspended": "grant_suspension",
    "joined": "join",
    "urged": "urge",
    "supervised": "supervise",
    "appealed": "appeal",
}
STAGES = ("accepted", "registered", "dispatched")
RECEIVED = [
    *(f"{stage}{end}" for stage in STAGES for end in ("", "_on_time", "_late")),
    *(f"closed_{level}" for level in ("grid", "village", "town", "district")),
    *("received", "closed", "invalid", "open", "rejected", "void", "merged", "transferred"),
    *("to_accept", "registered_right", "dispatched_right", "handled", "handled_on_time"),
    *("handled_late", "closed_on_time", "closed_late", "overdue", "returned", "reworked"),
    *("extended", "suspended", "reopened", "to_respond", "responded", "responded_on_time"),
    *("closed_here", "one_go", "repeated", "asked_solved", "solved", "asked_satisfied"),
    *("satisfied", "spot_checked", "spot_passed", "repeats", "self_handled"),
    *("waiting_late", "answered"),
]
DUE = [
    *("due", "closed", "closed_on_time", "closed_late"),
    *("first_due", "first_closed", "first_closed_on_time"),
]
NAMES = {"received": RECEIVED, "happened": list(HAPPENED), "due": DUE}
OF_ACTION = {action: name for name, actions in HAPPENED.items() for action in actions.split()}
ENDED = ("rejected", "transferred", "void", "merged")
AFTER_THE_DOOR = ("verifying", "registered", "dispatched", "handling", "suspended", "resolved")
IN_HAND = ("dispatched", "handling", "suspended", "resolved", "closed")


def local(moment: datetime) -> str:
    """The local day of a moment."""
    return moment.astimezone(ZONE).date().isoformat()


def slow_count(session: Session) -> Table:
    """Count every case and every line of history by hand, under each area of its path."""
    found: Counter[tuple[str, str, str, str, str]] = Counter()
    lines: dict[UUID, list[CaseEntry]] = {}
    for entry in session.scalars(select(CaseEntry).order_by(CaseEntry.case_id, CaseEntry.seq)):
        lines.setdefault(entry.case_id, []).append(entry)
    for case in session.scalars(select(Case).where(Case.district_code == DISTRICT)):
        counted = list(of_case(case, lines[case.id]))
        kind = "confidential" if case.confidential else "open"
        places = (case.town_code, case.village_code, case.grid_code, case.professional_code)
        for area in (DISTRICT, *places):
            for table, day, name, number in counted if area else ():
                found[table, str(area), day, kind, name] += number
    rows: Table = {}
    for (table, area, day, kind, name), number in found.items():
        row = rows.setdefault((table, area, day, kind), dict.fromkeys(NAMES[table], 0))
        row[name] = number
    return rows


def of_case(case: Case, entries: list[CaseEntry]) -> Iterator[tuple[str, str, str, int]]:
    """What one case counts for: (table, local day, counter, number)."""
    for entry in entries:
        name = OF_ACTION.get(entry.action)
        if entry.action == "grant_appeal":
            name = "reopened" if entry.from_state == "closed" else "taken_back"
        if name is not None:
            yield "happened", local(entry.at), name, 1
    day = local(case.received_at)
    for name in names_of(case, Past(entries)):
        yield "received", day, name, 1
    if case.state not in ENDED:
        if case.report_count > 1:
            yield "received", day, "repeats", case.report_count - 1
        yield from due(case)


def due(case: Case) -> Iterator[tuple[str, str, str, int]]:
    """What a valid case counts for on the days it is due."""
    first = case.first_due_at or case.due_at
    yield "due", local(case.due_at), "due", 1
    yield "due", local(first), "first_due", 1
    if case.state == "closed":
        yield "due", local(case.due_at), "closed", 1
        yield "due", local(first), "first_closed", 1
        late = case.closed_at is None or case.closed_at > case.due_at
        yield "due", local(case.due_at), "closed_late" if late else "closed_on_time", 1
        if case.closed_at is not None and case.closed_at <= first:
            yield "due", local(first), "first_closed_on_time", 1


class Past:
    """What the lines of a history say happened."""

    def __init__(self, entries: list[CaseEntry]) -> None:
        """Keep the lines, oldest first."""
        self.entries = entries
        self.actions = [entry.action for entry in entries]
        self.recorded = any(action.startswith("record_") for action in self.actions)

    def did(self, *actions: str) -> bool:
        """Tell whether any of some actions happened."""
        return any(action in self.actions for action in actions)

    def reached(self, states: tuple[str, ...]) -> bool:
        """Tell whether the case ever came to one of some states, other than by a record."""
        return any(
            entry.to_state in states
            for entry in self.entries
            if not entry.action.startswith("record_")
        )

    def reopened(self) -> bool:
        """Tell whether it was closed and taken up again."""
        granted = any(
            entry.action == "grant_appeal" and entry.from_state == "closed"
            for entry in self.entries
        )
        return granted or self.did("reopen", "spot_fail")

    def stayed_closed(self, since: CaseEntry) -> bool:
        """Tell whether it was never open again after a line that closed it."""
        later = [entry for entry in self.entries if entry.seq > since.seq]
        return all(entry.to_state == "closed" for entry in later if entry.to_state)

    def moved(self) -> bool:
        """Tell whether it was returned, or given on after it had been given to somebody."""
        given = False
        for entry in self.entries:
            if entry.action == "return":
                return True
            if given and entry.action in ("dispatch", "rule", "hand_neighbour"):
                return True
            given = given or entry.to_state in IN_HAND
        return False

    def answered_by_a_person(self) -> bool:
        """Tell whether one of the staff did anything."""
        return any(
            entry.by_role not in ("system", "resident", "program")
            for entry in self.entries
            if entry.action != "submit" and not entry.action.startswith("record_")
        )

    def last_data(self, *actions: str) -> CaseEntry | None:
        """The last line of some actions."""
        return next((e for e in reversed(self.entries) if e.action in actions), None)


def timed(case: Case, name: str) -> Iterator[str]:
    """A stage that was reached, and whether in time."""
    yield name
    yield f"{name}_on_time" if case.passed[name] else f"{name}_late"


def names_of(case: Case, past: Past) -> Iterator[str]:
    """The counters of the day received."""
    valid = case.state not in ENDED
    yield "received" if valid else "invalid"
    if not valid:
        yield case.state
    if not past.recorded and case.state != "merged":
        yield "to_accept"
        if past.reached((*AFTER_THE_DOOR, "closed")):
            yield from timed(case, "accepted")
        if past.reached(("registered", *IN_HAND)):
            yield from timed(case, "registered")
            if valid or case.state == "transferred":
                yield "registered_right"
    if valid:
        yield from work(case, past)
        yield from quality(case, past)


def work(case: Case, past: Past) -> Iterator[str]:
    """How far the work on a valid case is."""
    yield from standing(case, past)
    if past.reached(IN_HAND):
        yield from timed(case, "dispatched")
        if not past.moved():
            yield "dispatched_right"
    if case.state in ("resolved", "closed"):
        by_us = past.did("resolve", "self_resolve")
        assert by_us or past.recorded  # what ended elsewhere was handled elsewhere, unless reopened
        if by_us:
            yield from timed(case, "handled")
    once = {
        "returned": past.did("return"),
        "reworked": past.did("send_back") or past.reopened(),
        "extended": past.did("grant_extension"),
        "suspended": past.did("grant_suspension"),
        "reopened": past.reopened(),
    }
    yield from (name for name, so in once.items() if so)
    if not past.recorded:
        yield from response(case, past)


def standing(case: Case, past: Past) -> Iterator[str]:
    """Whether it is done, and if not, whether it is over its limit and whose turn it is."""
    if case.state == "closed":
        late = case.closed_at is None or case.closed_at > case.due_at
        yield from ("closed", "closed_late" if late else "closed_on_time")
        return
    yield "open"
    if case.overdue_at is not None and case.state not in ("need_info", "suspended"):
        yield "overdue"
        if past.reached(IN_HAND) and case.state != "resolved":
            yield "waiting_late"


def response(case: Case, past: Past) -> Iterator[str]:
    """Whether somebody answered; of what came with its end that was elsewhere."""
    yield "to_respond"
    if past.answered_by_a_person():
        yield "responded"
        if case.passed["response"]:
            yield "responded_on_time"


def quality(case: Case, past: Past) -> Iterator[str]:
    """How well a valid case was done."""
    if case.report_count > 1:
        yield "repeated"
    if case.state == "closed" and not past.recorded:
        yield "closed_here"
        yield f"closed_{case.level}"
        if not past.did("send_back") and not past.reopened():
            yield "one_go"
        done = past.last_data("resolve", "self_resolve")
        if done is not None and done.action == "self_resolve" and past.stayed_closed(done):
            yield "self_handled"
    answer = past.last_data("rate")
    if answer is not None:
        here = case.state == "closed" and not past.recorded
        yield from said(answer.data["solved"], answer.data["satisfaction"], here=here)
    spot = past.last_data("spot_check", "spot_fail")
    if spot is not None:
        yield "spot_checked"
        if spot.action == "spot_check":
            yield "spot_passed"


def said(solved: bool | None, satisfaction: str | None, *, here: bool) -> Iterator[str]:
    """What the reporter answered; `here`: of a case that is closed now, by us."""
    if solved is not None:
        yield "asked_solved"
        if here:
            yield "answered"
        if solved:
            yield "solved"
    if satisfaction:
        yield "asked_satisfied"
        if satisfaction in ("satisfied", "very_satisfied"):
            yield "satisfied"
