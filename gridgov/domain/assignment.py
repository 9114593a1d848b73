"""Who gets a case, and who checks it. Every choice carries its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class DutyKind(StrEnum):
    """A grid has one lead (A 岗) and at least one deputy (B 岗)."""

    LEAD = "lead"
    DEPUTY = "deputy"


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A person who has the duty for a grid now."""

    person_id: UUID
    kind: DutyKind


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who leads or checks a case: a person, or a unit, and why."""

    person_id: UUID | None
    unit_code: str | None
    reason: str


def choose_handler(
    duties: Sequence[OnDuty], *, direct_unit: str | None, village_unit: str | None
) -> Assignment | None:
    """Return who handles a new case; None leaves it to the dispatcher.

    A category that belongs to a unit goes straight there; everything else starts
    with the grid's lead, then the deputy, then the village.
    """
    if direct_unit is not None:
        return Assignment(None, direct_unit, "category_unit")
    for kind in (DutyKind.LEAD, DutyKind.DEPUTY):
        for duty in duties:
            if duty.kind is kind:
                return Assignment(duty.person_id, None, f"grid_{kind}")
    if village_unit is not None:
        return Assignment(None, village_unit, "village_cover")
    return None


def choose_checker(
    duties: Sequence[OnDuty],
    *,
    handlers: frozenset[UUID],
    handling_unit: str | None,
    village_unit: str | None,
    town_unit: str | None,
) -> Assignment | None:
    """Return who checks a resolved case: never somebody who handled it.

    The deputy first, then the lead, then the village, then the town.
    """
    for kind in (DutyKind.DEPUTY, DutyKind.LEAD):
        for duty in duties:
            if duty.kind is kind and duty.person_id not in handlers:
                return Assignment(duty.person_id, None, f"check_{kind}")
    for unit, reason in ((village_unit, "check_village"), (town_unit, "check_town")):
        if unit is not None and unit != handling_unit:
            return Assignment(None, unit, reason)
    return None
