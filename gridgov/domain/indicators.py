"""Figures: how a message of the log changes the counters.

A message about a case carries the case as the counters saw it before and as they
must see it now (`FactView`). What the case adds to a counter is a pure function
of its view, so a message changes the counters by (after - before): merges,
reopenings and late corrections need no rule of their own, and the tables can be
rebuilt from the log at any time.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from gridgov.domain.scope import CaseClass
from gridgov.domain.workflow import Action

DEFINITION = "closure_rate_cohort_v1"


class FactTable(StrEnum):
    """The three narrow tables, by which day they are keyed (local days)."""

    RECEIVED = "received"
    HAPPENED = "happened"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class FactView:
    """A case as the counters see it. `areas` runs from the district to the grid."""

    valid: bool
    closed: bool
    on_time: bool
    confidential: bool
    areas: tuple[str, ...]
    received_on: date
    due_on: date

    def as_json(self) -> dict[str, Any]:
        """Return the view for the body of a message."""
        return {  # written out: asdict copies deeply, a third of the cost of a message
            "valid": self.valid,
            "closed": self.closed,
            "on_time": self.on_time,
            "confidential": self.confidential,
            "areas": list(self.areas),
            "received_on": self.received_on.isoformat(),
            "due_on": self.due_on.isoformat(),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "FactView":
        """Read a view back from the body of a message."""
        return cls(
            valid=body["valid"],
            closed=body["closed"],
            on_time=body["on_time"],
            confidential=body["confidential"],
            areas=tuple(body["areas"]),
            received_on=date.fromisoformat(body["received_on"]),
            due_on=date.fromisoformat(body["due_on"]),
        )


class FactKey(NamedTuple):
    """The row a counter stands in (a tuple: folding hashes ten million of them)."""

    table: FactTable
    day: date
    area_code: str
    case_class: CaseClass


Counts = Counter[tuple[FactKey, str]]

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
}

COUNTERS: Mapping[FactTable, tuple[str, ...]] = {
    FactTable.RECEIVED: ("received", "closed", "invalid"),
    FactTable.HAPPENED: tuple(dict.fromkeys(HAPPENED.values())),
    FactTable.DUE: ("due", "closed", "closed_on_time"),
}


def _standing(view: FactView) -> Iterator[tuple[FactTable, date, str]]:
    yield FactTable.RECEIVED, view.received_on, "received" if view.valid else "invalid"
    if not view.valid:
        return
    yield FactTable.DUE, view.due_on, "due"
    if view.closed:
        yield FactTable.RECEIVED, view.received_on, "closed"
        yield FactTable.DUE, view.due_on, "closed"
        if view.on_time:
            yield FactTable.DUE, view.due_on, "closed_on_time"


def _class_of(view: FactView) -> CaseClass:
    return CaseClass.CONFIDENTIAL if view.confidential else CaseClass.OPEN


def contribution(view: FactView) -> Counts:
    """Return what a case adds to the counters of its areas, given its view."""
    counts: Counts = Counter()
    for table, day, counter in _standing(view):
        for area in view.areas:
            counts[FactKey(table, day, area, _class_of(view)), counter] += 1
    return counts


def fold(
    before: FactView | None, after: FactView, action: Action | None, happened_on: date
) -> Counts:
    """Return by how much a message changes each counter; unchanged ones are left out."""
    counts = contribution(after)
    if before is not None:
        counts.subtract(contribution(before))
    name = HAPPENED.get(action) if action is not None else None
    if name is not None:
        for area in after.areas:
            counts[FactKey(FactTable.HAPPENED, happened_on, area, _class_of(after)), name] += 1
    return Counter({key: change for key, change in counts.items() if change})


@dataclass(frozen=True, slots=True)
class Figures:
    """The headline figures of an area and a period of days, both included.

    received: valid cases received in the period; closed: those of them closed by
    now; open: the rest; overdue: open ones of them whose running limit has passed, to
    sign or to handle: the red lamps.
    """

    received: int
    closed: int
    overdue: int
    cursor: int

    @property
    def open(self) -> int:
        """Return how many of the received cases are not closed."""
        return self.received - self.closed

    @property
    def closure_rate(self) -> float | None:
        """Return closed / received (the cohort rate, 0 to 1), None for 0 received."""
        return self.closed / self.received if self.received else None


# Fixed classes of the choropleth, worst last; they belong to the definition.
RATE_CLASSES = (0.98, 0.95, 0.90, 0.85)
FEW = 20  # fewer cases than this get no colour and no rank


def rate_class(closed: int, received: int) -> int | None:
    """Return the colour class 1 (≥ 98 %) to 5 (< 85 %), None for fewer than 20 cases."""
    if received < FEW:
        return None
    rate = closed / received
    return next((n for n, least in enumerate(RATE_CLASSES, 1) if rate >= least), 5)
