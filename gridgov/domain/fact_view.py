"""A case as the counters see it: what a message of the log carries, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from gridgov.domain.scope import CaseClass
from gridgov.domain.workflow import INVALID_STATES, CaseState

NOTHING: Mapping[str, Any] = MappingProxyType({})
# What each letter of `kinds` says of the area that stands in its place.
KINDS = "dtvgp"  # district, town, village, grid, professional grid
# Written only where they say something, so that a message stays short; one of an older
# gridgov lacks them all.
_PLAIN = ("state", "category", "unit", "channel", "level", "cell")
_NUMBERS = ("hour", "repeats", "closed_after")


@dataclass(frozen=True, slots=True)
class FactView:
    """A case as the counters see it. `areas` runs from the district to the grid.

    `kinds` says by one letter each what the areas are. `hour` is the local hour of the week
    it was received in, Monday 0:00 to 1:00 being 0; `closed_after` the minutes from there to
    its end; `first_due_on` the day it was due before an extension, `first_on_time` whether
    it was closed by then; `overdue` that the timetable marked it; `cell` the square of about
    110 m it lies in; `unit` whose it is or was last, empty for the people of the grid;
    `passed` what it came through on its way (`domain/passage.py`).
    """

    valid: bool
    closed: bool
    on_time: bool
    confidential: bool
    areas: tuple[str, ...]
    received_on: date
    due_on: date
    state: str = ""
    category: str = ""
    unit: str = ""
    channel: str = ""
    level: str = ""
    cell: str = ""
    kinds: str = ""
    first_due_on: date | None = None
    hour: int | None = None
    closed_after: int | None = None
    repeats: int = 0
    overdue: bool = False
    first_on_time: bool = False
    passed: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to do something."""
        return self.valid and not self.closed

    @property
    def case_class(self) -> CaseClass:
        """Return in which class of figures it stands."""
        return CaseClass.CONFIDENTIAL if self.confidential else CaseClass.OPEN

    @property
    def area_kinds(self) -> str:
        """Return the kinds of its areas; of an old message, those that most probably are."""
        return self.kinds or KINDS[: len(self.areas)]

    @property
    def end(self) -> CaseState | None:
        """Return the state in which it counts no more, None for a valid case.

        A message of an older gridgov does not say which; then it is taken for rejected.
        """
        if self.valid:
            return None
        found = CaseState(self.state) if self.state else CaseState.REJECTED
        return found if found in INVALID_STATES else CaseState.REJECTED

    def as_json(self) -> dict[str, Any]:
        """Return the view for the body of a message."""
        body: dict[str, Any] = {  # written out: asdict copies deeply, a third of a message's cost
            "valid": self.valid,
            "closed": self.closed,
            "on_time": self.on_time,
            "confidential": self.confidential,
            "areas": list(self.areas),
            "received_on": self.received_on.isoformat(),
            "due_on": self.due_on.isoformat(),
        }
        for name in (*_PLAIN, "overdue", "first_on_time"):
            if value := getattr(self, name):
                body[name] = value
        for name in _NUMBERS:
            value = getattr(self, name)
            if value is not None and (value or name != "repeats"):
                body[name] = value
        if self.kinds and self.kinds != KINDS[: len(self.areas)]:
            body["kinds"] = self.kinds
        if self.first_due_on is not None:
            body["first_due_on"] = self.first_due_on.isoformat()
        if self.passed:
            body["passed"] = dict(self.passed)
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any], state: str | None = None) -> "FactView":
        """Read a view back from the body of a message; `state` is what an old one lacks."""
        first = body.get("first_due_on")
        get = body.get
        return cls(
            body["valid"],
            body["closed"],
            body["on_time"],
            body["confidential"],
            tuple(body["areas"]),
            date.fromisoformat(body["received_on"]),
            date.fromisoformat(body["due_on"]),
            get("state", state or ""),
            get("category", ""),
            get("unit", ""),
            get("channel", ""),
            get("level", ""),
            get("cell", ""),
            get("kinds", ""),
            None if first is None else date.fromisoformat(first),
            get("hour"),
            get("closed_after"),
            get("repeats", 0),
            get("overdue", False),
            get("first_on_time", False),
            get("passed", NOTHING),
        )
