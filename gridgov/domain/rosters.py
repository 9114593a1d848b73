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

    def holds_on(self, day: date) -> bool:
        """Tell whether a local day lies in the days it is written for, whatever its weekday."""
        return _within(day, self.first, self.last)

    def begins_on(self, day: date) -> bool:
        """Tell whether it begins on a local day."""
        if not self.holds_on(day):
            return False
        return day == self.on if self.on is not None else day.weekday() == self.weekday

    def on_day(self, day: date) -> tuple[datetime, datetime]:
        """Return when it begins and ends if it begins on a local day; local clock, no zone."""
        over = timedelta(days=1 if self.closes <= self.opens else 0)
        return datetime.combine(day, self.opens), datetime.combine(day + over, self.closes)


NIGHT = tuple(Shift(NIGHT_FROM, NIGHT_TO, weekday=day) for day in range(7))


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or day >= first) and (last is None or day <= last)


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who may be asked for an area: as what, and what keeps the person from it.

    `leave_until` is the end of a leave that runs now; `shifts` empty means at any hour.
    `load` counts open cases, `distance_m` the way from the spot to the own ground. A night
    duty has its `first` and `last` day: its nights begin on these.
    """

    person_id: UUID
    post: str
    active: bool = True
    leave_until: datetime | None = None
    shifts: tuple[Shift, ...] = ()
    load: int | None = None
    distance_m: float | None = None
    first: date | None = None
    last: date | None = None

    def hours_on(self, day: date) -> tuple[Shift, ...]:
        """Return the hours that count on a local day, none for any hour.

        Hours of one day say nothing of the days around it. A night duty without any has the
        usual night.
        """
        weekly = tuple(one for one in self.shifts if one.on is None and one.holds_on(day))
        once = tuple(one for one in self.shifts if one.on == day)
        usual = NIGHT if self.post == DutyKind.NIGHT else ()
        return weekly + once or usual

    def turns_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return when the hours that begin on a local day begin and end; local clock, no zone."""
        if not _within(day, self.first, self.last):
            return []
        return [shift.on_day(day) for shift in self.hours_on(day) if shift.begins_on(day)]

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
    if is_in_hours(one, clock):
        return None
    return Why.OFF_SHIFT, clock.moment(_back(one, clock.local))


def is_in_hours(one: Standing, clock: Clock) -> bool:
    """Tell whether a moment lies in somebody's hours, also in those of the night before."""
    local = clock.local
    today = local.date()
    if not one.hours_on(today):
        return True
    days = (today, today - timedelta(days=1))
    return any(begin <= local < end for day in days for begin, end in one.turns_on(day))


def _back(one: Standing, local: datetime) -> datetime | None:
    """Return when somebody outside the own hours is there again, None for not within a week."""
    for ahead in range(_AHEAD_DAYS):
        day = local.date() + timedelta(days=ahead)
        if ahead and not one.hours_on(day):
            return datetime.combine(day, time())
        begins = [begin for begin, _end in one.turns_on(day) if begin > local]
        if begins:
            return min(begins)
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
        later = night and _waits_for_night(one, clock)
        return int(later), order.index(one.post), one.turn

    found: dict[UUID, Standing] = {}
    for one in sorted(standings, key=rank):
        found.setdefault(one.person_id, one)
    return list(found.values())


def _waits_for_night(one: Standing, clock: Clock) -> bool:
    """Tell whether somebody comes after a night duty that is running: no hours, no night."""
    return one.post != DutyKind.NIGHT and not one.hours_on(clock.local.date())


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

    Who is only outside the own shift comes back by the clock; that is no vacancy. Neither
    volunteers nor a night duty, which has the nights of many grids, stand for its people.
    """
    others = (DutyKind.VOLUNTEER, DutyKind.NIGHT)
    reasons = [away(one, clock) for one in standings if one.post not in others]
    return any(
        reason is None or (reason[0] is Why.OFF_SHIFT and reason[1] is not None)
        for reason in reasons
    )
