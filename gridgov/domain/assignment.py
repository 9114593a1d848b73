"""Who has a case, and why: what every choice of a holder or a checker returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID


class DutyKind(StrEnum):
    """What somebody is for an area. A grid has one lead (A 岗) and at least one deputy (B 岗).

    Cover stands in for a grid next door, night has the duty at night (夜间值守), volunteers
    are the outer circles (一核三圈).
    """

    LEAD = "lead"
    DEPUTY = "deputy"
    COVER = "cover"
    NIGHT = "night"
    VOLUNTEER = "volunteer"


# Whose grid it is; the other kinds stand in or help.
HOME_KINDS = (DutyKind.LEAD, DutyKind.DEPUTY)
NEIGHBOUR = "neighbour"  # the lead of a grid next door, named by nobody


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A person who has the duty for a grid now."""

    person_id: UUID
    kind: DutyKind


class Why(StrEnum):
    """Why somebody did not get a case who would have come first."""

    ON_LEAVE = "on_leave"
    OFF_SHIFT = "off_shift"
    INACTIVE = "inactive"
    NIGHT_DUTY = "night_duty"  # a night duty is running, and the person has no shift now
    HANDLED = "handled"  # who handled a case never checks it
    GAVE_UP = "gave_up"  # had it, and is away or declined it
    TAKES_PART = "takes_part"
    VOLUNTEER = "volunteer"  # volunteers lead no enforcement
    BUSIER = "busier"  # has more in hand, or is farther away


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Somebody who would have come first, why not, and until when (None: nobody knows)."""

    person_id: UUID
    post: str
    why: Why
    until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it for the history: ids and codes, no words."""
        return {
            "person": str(self.person_id),
            "post": self.post,
            "why": str(self.why),
            "until": None if self.until is None else self.until.isoformat(),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read it back from `as_json`."""
        until = body["until"]
        return cls(
            UUID(body["person"]),
            body["post"],
            Why(body["why"]),
            None if until is None else datetime.fromisoformat(until),
        )


@dataclass(frozen=True, slots=True)
class Because:
    """Why it was this person or unit: who was passed over; open cases, metres from the spot."""

    post: str
    passed: tuple[PassedOver, ...] = ()
    load: int | None = None
    distance_m: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it for the history."""
        return {
            "post": self.post,
            "passed": [one.as_json() for one in self.passed],
            "load": self.load,
            "distance_m": self.distance_m,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read it back from `as_json`."""
        passed = tuple(map(PassedOver.from_json, body["passed"]))
        return cls(body["post"], passed, body["load"], body["distance_m"])


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who leads or checks a case: a person, or a unit, and why.

    `because` is there where somebody was passed over; who comes first needs no words.
    """

    person_id: UUID | None
    unit_code: str | None
    reason: str
    because: Because | None = field(default=None, compare=False)

    def told(self) -> dict[str, Any]:
        """Return what the history keeps of the choice besides who it was."""
        found: dict[str, Any] = {"why": self.reason}
        return found if self.because is None else found | {"because": self.because.as_json()}
