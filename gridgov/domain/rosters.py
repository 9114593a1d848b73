"""Who is there for an area at a moment, and who of them gets a case: every choice says why.

Duties say whose an area is, leaves and shifts when somebody is there for it. They route
work and nothing else: nobody's hours are counted here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from gridgov.domain.assignment import (
    NEIGHBOUR,
    Assignment,
    Because,
    DutyKind,
    PassedOver,
    Why,
)
from gridgov.domain.catalogue import Category
from gridgov.domain.milestones import STEP_CODES, parse

HANDLE_ORDER = (
    *(DutyKind.LEAD, DutyKind.DEPUTY, DutyKind.NIGHT, DutyKind.COVER),
    *(NEIGHBOUR, DutyKind.VOLUNTEER),
)
# The deputy looks first at what the lead did.
CHECK_ORDER = (
    *(DutyKind.DEPUTY, DutyKind.LEAD, DutyKind.NIGHT, DutyKind.COVER),
    *(NEIGHBOUR, DutyKind.VOLUNTEER),
)
# One open case weighs as much as this way to the spot when one of several is chosen.
A_CASE_IS_LIKE_M = 300
# A night duty without hours of its own has these.
NIGHT_FROM, NIGHT_TO = time(18), time(8)
_AHEAD_DAYS = 8
_ENFORCEMENT = frozenset({"stop_work", "penalty", "pull_down"})


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours in which somebody is there: each week on a weekday (0 Monday), or on one day.

    `closes` not after `opens` means the next morning. `first` and `last` (included) are the
    days on which a shift may begin.
    """

    opens: time
    closes: time
    weekday: int | None = None
    on: date | None = None
    first: date | None = None
    last: date | None = None

    def begins_on(self, day: date) -> bool:
        """Tell whether it begins on a local day."""
        if (self.first is not None and day < self.first) or (
            self.last is not None and day > self.last
        ):
            return False
        return day == self.on if self.on is not None else day.weekday() == self.weekday

    def on_day(self, day: date) -> tuple[datetime, datetime]:
        """Return when it begins and ends if it begins on a local day; local clock, no zone."""
        over = timedelta(days=1 if self.closes <= self.opens else 0)
        return datetime.combine(day, self.opens), datetime.combine(day + over, self.closes)


NIGHT = tuple(Shift(NIGHT_FROM, NIGHT_TO, weekday=day) for day in range(7))


def running(shifts: Iterable[Shift], local: datetime) -> datetime | None:
    """Return until when a shift runs at a local moment (without zone), None outside all."""
    ends = [
        end
        for shift in shifts
        for day in (local.date(), local.date() - timedelta(days=1))
        if shift.begins_on(day)
        for begin, end in [shift.on_day(day)]
        if begin <= local < end
    ]
    return max(ends, default=None)


def next_begin(shifts: Iterable[Shift], local: datetime) -> datetime | None:
    """Return when the next shift begins after a local moment, None for none within a week."""
    days = [local.date() + timedelta(days=ahead) for ahead in range(_AHEAD_DAYS)]
    begins = [shift.on_day(day)[0] for shift in shifts for day in days if shift.begins_on(day)]
    return min((begin for begin in begins if begin > local), default=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who may be asked for an area: as what, and what keeps the person from it.

    `leave_until` is the end of a leave that runs now; `shifts` empty means at any hour.
    `load` counts open cases, `distance_m` the way from the spot to the own ground.
    """

    person_id: UUID
    post: str
    active: bool = True
    leave_until: datetime | None = None
    shifts: tuple[Shift, ...] = ()
    load: int | None = None
    distance_m: float | None = None

    @property
    def hours(self) -> tuple[Shift, ...]:
        """Return the hours that count; a night duty without any has the usual night."""
        return NIGHT if self.post == DutyKind.NIGHT and not self.shifts else self.shifts

    @property
    def turn(self) -> tuple[float, str]:
        """Return the place among those of the same post: less in hand, nearer, then by id."""
        away = A_CASE_IS_LIKE_M * (self.load or 0) + (self.distance_m or 0.0)
        return round(away, 1), str(self.person_id)


@dataclass(frozen=True, slots=True)
class Clock:
    """A moment (aware UTC) and the zone in which people work."""

    at: datetime
    zone: ZoneInfo

    @property
    def local(self) -> datetime:
        """Return the local clock, without zone."""
        return self.at.astimezone(self.zone).replace(tzinfo=None)

    def moment(self, local: datetime | None) -> datetime | None:
        """Return a local clock as a moment, to the zone of `at`."""
        if local is None:
            return None
        return local.replace(tzinfo=self.zone).astimezone(self.at.tzinfo)


def away(one: Standing, clock: Clock) -> tuple[Why, datetime | None] | None:
    """Return why somebody is not there now and until when; None for who is there."""
    if not one.active:
        return Why.INACTIVE, None
    if one.leave_until is not None:
        return Why.ON_LEAVE, one.leave_until
    if one.hours and running(one.hours, clock.local) is None:
        return Why.OFF_SHIFT, clock.moment(next_begin(one.hours, clock.local))
    return None


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody is looked for: in which order, who is out of the question, what else.

    `barred` says why; `units` take it where nobody is there, in order, with the code of the
    reason; `check` asks for a checker.
    """

    barred: Mapping[UUID, Why]
    units: tuple[tuple[str, str], ...] = ()
    enforcement: bool = False
    check: bool = False


def choose(standings: Sequence[Standing], ask: Ask, clock: Clock) -> Assignment | None:
    """Return who gets it and why, None where nobody and no unit can.

    Those who are there come first, in the order of their posts, among equals who has less in
    hand and is nearer; then the units; at last who is only outside the own shift. Never
    somebody who is barred, on leave or gone.
    """
    ranked = _ranked(standings, ask, clock)
    reasons = {one.person_id: _why_not(one, ask, clock) for one in ranked}
    there = next((one for one in ranked if reasons[one.person_id] is None), None)
    if there is not None:
        return _person(there, ranked, reasons, ask, standings)
    passed = _passed(ranked, reasons)
    for unit, reason in ask.units:
        because = Because(reason, passed) if passed else None
        return Assignment(None, unit, reason, because)
    later = [one for one in ranked if _is_off(reasons[one.person_id])]
    return _person(later[0], ranked, reasons, ask, standings) if later else None


Reason = tuple[Why, datetime | None] | None


def _is_off(reason: Reason) -> bool:
    return reason is not None and reason[0] is Why.OFF_SHIFT


def _ranked(standings: Sequence[Standing], ask: Ask, clock: Clock) -> list[Standing]:
    """Return each person once, as the first of the posts, in the order they are asked."""
    order = CHECK_ORDER if ask.check else HANDLE_ORDER
    night = any(
        one.post == DutyKind.NIGHT and away(one, clock) is None and one.person_id not in ask.barred
        for one in standings
    )

    def rank(one: Standing) -> tuple[int, int, tuple[float, str]]:
        later = night and _waits_for_night(one)
        return int(later), order.index(one.post), one.turn

    found: dict[UUID, Standing] = {}
    for one in sorted(standings, key=rank):
        found.setdefault(one.person_id, one)
    return list(found.values())


def _waits_for_night(one: Standing) -> bool:
    """Tell whether somebody comes after a night duty that is running: no hours, no night."""
    return one.post != DutyKind.NIGHT and not one.shifts


def _why_not(one: Standing, ask: Ask, clock: Clock) -> Reason:
    gone = away(one, clock)
    if gone is not None and gone[0] is not Why.OFF_SHIFT:
        return gone
    if one.person_id in ask.barred:
        return ask.barred[one.person_id], None
    if ask.enforcement and one.post == DutyKind.VOLUNTEER:
        return Why.VOLUNTEER, None
    return gone


def _passed(ranked: Iterable[Standing], reasons: Mapping[UUID, Reason]) -> tuple[PassedOver, ...]:
    return tuple(
        PassedOver(one.person_id, one.post, why[0], why[1])
        for one in ranked
        if (why := reasons[one.person_id]) is not None
    )


def _person(
    chosen: Standing,
    ranked: Sequence[Standing],
    reasons: Mapping[UUID, Reason],
    ask: Ask,
    standings: Sequence[Standing],
) -> Assignment:
    """Return the choice of a person, with everybody who would have come first."""
    place = ranked.index(chosen)
    order = CHECK_ORDER if ask.check else HANDLE_ORDER
    passed: list[PassedOver] = []
    for turn, one in enumerate(ranked):
        own = (order.index(each.post) for each in standings if each.person_id == one.person_id)
        by_post = min(own) < order.index(chosen.post)
        if turn < place or (by_post and one is not chosen):
            # Who would come first and is there waits for the night duty, or would have it.
            why, until = reasons[one.person_id] or (Why.NIGHT_DUTY, None)
            passed.append(PassedOver(one.person_id, one.post, why, until))
    passed += [
        PassedOver(one.person_id, one.post, Why.BUSIER)
        for one in ranked[place + 1 :]
        if one.post == chosen.post
        and reasons[one.person_id] is None
        and chosen.load is not None
        and one.person_id not in {each.person_id for each in passed}
    ]
    act = "check" if ask.check else "grid"
    plain = not passed and chosen.load is None
    metres = None if chosen.distance_m is None else round(chosen.distance_m)
    because = None if plain else Because(chosen.post, tuple(passed), chosen.load, metres)
    return Assignment(chosen.person_id, None, f"{act}_{chosen.post}", because)


def needs_loads(standings: Sequence[Standing], ask: Ask, clock: Clock) -> bool:
    """Tell whether the choice depends on what people have in hand, or would be told with it.

    Where the first in the order is there and has no equal, nobody has to be counted.
    """
    if not standings:
        return False
    ranked = _ranked(standings, ask, clock)
    first = ranked[0]
    equals = [one for one in ranked if one.post == first.post]
    return len(equals) > 1 or _why_not(first, ask, clock) is not None


def weighed(
    standings: Iterable[Standing],
    loads: Mapping[UUID, int],
    distances: Mapping[UUID, float],
) -> list[Standing]:
    """Return those with what they have in hand and how far they are."""
    return [
        replace(one, load=loads.get(one.person_id, 0), distance_m=distances.get(one.person_id))
        for one in standings
    ]


def is_enforcement(category: Category) -> bool:
    """Tell whether a class may end in an order or a penalty: nothing a volunteer leads."""
    steps = {STEP_CODES.get(step.name, "") for step in parse(category.stages)}
    return category.direct_unit or bool(steps & _ENFORCEMENT)


def is_manned(standings: Sequence[Standing], clock: Clock) -> bool:
    """Tell whether a grid has anybody: here now, or back within the shifts of the week.

    Who is only outside the own shift comes back by the clock; that is no vacancy.
    """
    reasons = [away(one, clock) for one in standings if one.post != DutyKind.VOLUNTEER]
    return any(
        reason is None or (reason[0] is Why.OFF_SHIFT and reason[1] is not None)
        for reason in reasons
    )
