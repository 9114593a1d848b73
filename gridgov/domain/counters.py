"""What a case adds to which counters: a pure function of its view, and of what happened.

Three families of counters, by the local day they stand on: the day a case was received,
the day it is due, the day something happened to it. Beside them two tables cut the first
two by class of problem, unit and channel, and one holds numbers of other cuts: by the hour
of the week, and by how long it took (`domain/spells.py`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from gridgov.domain.case_counters import due_flags, flags
from gridgov.domain.fact_view import FactView
from gridgov.domain.spells import bin_of
from gridgov.domain.workflow import Action


class FactTable(StrEnum):
    """The narrow tables, by which day they are keyed (local days), and their cuts."""

    RECEIVED = "received"
    HAPPENED = "happened"
    DUE = "due"
    SPLIT_RECEIVED = "split_received"
    SPLIT_DUE = "split_due"
    TALLY = "tally"


class NarrowTable(StrEnum):
    """The tables that have a row for each area and local day."""

    RECEIVED = "received"
    HAPPENED = "happened"
    DUE = "due"


class Dim(StrEnum):
    """What a cut is made by."""

    CATEGORY = "category"
    UNIT = "unit"
    CHANNEL = "channel"
    HOUR = "hour"  # of the week
    CLOSED_AFTER = "closed_after"  # a bin of minutes, see spells
    RESPONDED_AFTER = "responded_after"
    OPEN_FROM = "open_from"  # the hour of the day an open case was received in
    UNANSWERED_FROM = "unanswered_from"


SPELL_DIMS = frozenset({Dim.CLOSED_AFTER, Dim.RESPONDED_AFTER})
WAITING_DIMS = frozenset({Dim.OPEN_FROM, Dim.UNANSWERED_FROM})
NARROW = tuple(FactTable(str(table)) for table in NarrowTable)
SPLITS: Mapping[FactTable, FactTable] = {
    FactTable.RECEIVED: FactTable.SPLIT_RECEIVED,
    FactTable.DUE: FactTable.SPLIT_DUE,
}

# What is counted on the day it happened, by the action that made it happen.
HAPPENED: Mapping[Action, str] = {
    Action.SUBMIT: "received",
    Action.CHECK_PASS: "closed",
    Action.SELF_RESOLVE: "closed",
    Action.RECORD_CLOSED: "closed",
    Action.RETURN: "returned",
    Action.PASS_UP: "passed_up",
    Action.CLIMB: "passed_up",
    Action.SEND_BACK: "reworked",
    Action.REOPEN: "reopened",
    Action.SPOT_FAIL: "reopened",
    Action.REJECT: "rejected",
    Action.RECORD_REJECTED: "rejected",
    Action.TRANSFER: "transferred",
    Action.RECORD_TRANSFERRED: "transferred",
    Action.MARK_OVERDUE: "overdue",
    Action.WITHDRAW: "void",
    Action.GRANT_VOID: "void",
    Action.MERGE: "merged",
    Action.UNMERGE: "taken_back",
    Action.GRANT_EXTENSION: "extended",
    Action.GRANT_SUSPENSION: "suspended",
    Action.JOIN: "joined",
    Action.URGE: "urged",
    Action.SUPERVISE: "supervised",
    Action.APPEAL: "appealed",
}
# A granted appeal reopens what was closed, and takes back what was not accepted.
APPEAL_GRANTED: Mapping[bool, str] = {True: "reopened", False: "taken_back"}

# The place of a name is its bit in the flags of a case: add at the end, never in between.
COUNTERS: Mapping[FactTable, tuple[str, ...]] = {
    FactTable.RECEIVED: (
        "received",
        "closed",
        "invalid",
        "open",
        "rejected",
        "void",
        "merged",
        "transferred",
        "to_accept",
        "accepted",
        "accepted_on_time",
        "accepted_late",
        "registered",
        "registered_on_time",
        "registered_late",
        "registered_right",
        "dispatched",
        "dispatched_on_time",
        "dispatched_late",
        "dispatched_right",
        "handled",
        "handled_on_time",
        "handled_late",
        "closed_on_time",
        "closed_late",
        "overdue",
        "returned",
        "reworked",
        "extended",
        "suspended",
        "reopened",
        "to_respond",
        "responded",
        "responded_on_time",
        "closed_here",
        "one_go",
        "repeated",
        "closed_grid",
        "closed_village",
        "closed_town",
        "closed_district",
        "asked_solved",
        "solved",
        "asked_satisfied",
        "satisfied",
        "spot_checked",
        "spot_passed",
        # Counted from a day on, see SCHEDULED; these have no bit of their own.
        "matured",
        "should_close",
        # Not one a case: a number.
        "repeats",
        "self_handled",
        "waiting_late",
        "answered",
    ),
    FactTable.HAPPENED: (*dict.fromkeys([*HAPPENED.values(), *APPEAL_GRANTED.values()]),),
    FactTable.DUE: (
        "due",
        "closed",
        "closed_on_time",
        "closed_late",
        "first_due",
        "first_closed",
        "first_closed_on_time",
    ),
    FactTable.TALLY: ("cases",),
}
# Known beforehand: the day from which they count is written with them, so that what comes
# by the passing of time needs no clock, and a figure of a past day is still a sum.
SCHEDULED = frozenset({"matured", "should_close"})


class Cell(NamedTuple):
    """Where one case counts, before areas and spans: `from_on` only for what is scheduled."""

    table: FactTable
    day: date
    from_on: date | None
    dim: str
    value: str


Cells = dict[Cell, Counter[str]]


def counters_of(table: FactTable) -> tuple[str, ...]:
    """Return the counters of a table or of its cut."""
    for whole, split in SPLITS.items():
        if table is split:
            return COUNTERS[whole]
    return COUNTERS[table]


def day_counters(table: FactTable) -> tuple[str, ...]:
    """Return the counters of a table that its rows by day hold: all but what is scheduled."""
    return tuple(name for name in counters_of(table) if name not in SCHEDULED)


def cells(view: FactView) -> Cells:
    """Return what a case adds to the counters of each of its areas, given its view."""
    due, first = due_flags(view)
    found = _moving(view)
    _stand(found, view, _received(view), dict.fromkeys(due, 1), dict.fromkeys(first, 1))
    return found


def _received(view: FactView) -> dict[str, int]:
    found = dict.fromkeys(flags(view), 1)
    if view.repeats and view.valid:
        found["repeats"] = view.repeats
    return found


def _stand(
    found: Cells,
    view: FactView,
    received: Mapping[str, int],
    due: Mapping[str, int],
    first: Mapping[str, int],
) -> None:
    """Put counters of the day received and the days due where a case stands, and in its cuts."""
    first_on = view.first_due_on or view.due_on
    for dim, value in (
        ("", ""),
        (Dim.CATEGORY, view.category),
        (Dim.UNIT, view.unit),
        (Dim.CHANNEL, view.channel),
    ):
        on_received = FactTable.SPLIT_RECEIVED if dim else FactTable.RECEIVED
        on_due = FactTable.SPLIT_DUE if dim else FactTable.DUE
        _put(found, Cell(on_received, view.received_on, None, dim, value), received)
        _put(found, Cell(on_due, view.due_on, None, dim, value), due)
        _put(found, Cell(on_due, first_on, None, dim, value), first)


def _moving(view: FactView) -> Cells:
    """Return what is scheduled, and what stands in tallies."""
    found: Cells = {}
    if view.valid:
        _put(found, _whole(view, view.due_on), {"matured": 1})
        until = None if view.closed else view.due_on
        _put(found, _whole(view, until), {"should_close": 1})
    for dim, number in _tallied(view):
        _put(found, Cell(FactTable.TALLY, view.received_on, None, dim, number), {"cases": 1})
    return found


def _whole(view: FactView, from_on: date | None) -> Cell:
    return Cell(FactTable.RECEIVED, view.received_on, from_on, "", "")


def _put(found: Cells, cell: Cell, counts: Mapping[str, int]) -> None:
    if counts:
        kept = found.get(cell)
        if kept is None:
            found[cell] = Counter(counts)
        else:
            kept.update(counts)


def _tallied(view: FactView) -> Iterator[tuple[Dim, str]]:
    if not view.valid:
        return
    if view.hour is not None:
        yield Dim.HOUR, str(view.hour)
        yield from _waiting(view, str(view.hour % 24))
    if view.closed and view.closed_after is not None:
        yield Dim.CLOSED_AFTER, str(bin_of(view.closed_after))
    if "responded" in view.passed:
        yield Dim.RESPONDED_AFTER, str(bin_of(view.passed["responded"]))


def _waiting(view: FactView, hour: str) -> Iterator[tuple[Dim, str]]:
    if not view.closed:
        yield Dim.OPEN_FROM, hour
    if not {"recorded", "responded"} & view.passed.keys():
        yield Dim.UNANSWERED_FROM, hour


def change(before: FactView | None, after: FactView) -> Cells:
    """Return by how much a message changes what a case adds; unchanged cells are left out."""
    if before is None:
        return cells(after)
    if _where(before) == _where(after):
        # Most messages: the case stands where it stood, and little has changed.
        (due, first), (due_was, first_was) = due_flags(after), due_flags(before)
        found = _less(_moving(after), _moving(before))
        _stand(
            found,
            after,
            _difference(_received(after), _received(before)),
            _difference(dict.fromkeys(due, 1), dict.fromkeys(due_was, 1)),
            _difference(dict.fromkeys(first, 1), dict.fromkeys(first_was, 1)),
        )
        return found
    return _less(cells(after), cells(before))


def _where(view: FactView) -> tuple[object, ...]:
    days = view.received_on, view.due_on, view.first_due_on
    return (*days, view.category, view.unit, view.channel)


def _less(found: Cells, taken: Cells) -> Cells:
    for cell, counts in taken.items():
        found.setdefault(cell, Counter()).subtract(counts)
    changed = {
        cell: Counter({name: n for name, n in counts.items() if n})
        for cell, counts in found.items()
    }
    return {cell: counts for cell, counts in changed.items() if counts}


def _difference(now: Mapping[str, int], was: Mapping[str, int]) -> dict[str, int]:
    if now == was:
        return {}
    found = {name: n - was.get(name, 0) for name, n in now.items()}
    found.update((name, -n) for name, n in was.items() if name not in now)
    return {name: n for name, n in found.items() if n}


def happening(before: FactView | None, action: Action | None) -> str | None:
    """Return the counter of the day something happened, None for what is not counted."""
    if action is Action.GRANT_APPEAL:
        return APPEAL_GRANTED[before is not None and before.closed]
    return None if action is None else HAPPENED.get(action)
