"""Clocks: limits in four units, and the working calendar they are counted on.

Working hours are counted inside the opening hours. n working days end at the same
local time n working days later; a start outside the hours counts from the next
opening; one working day is not eight working hours (architecture, 8.15).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from gridgov.domain.errors import InvalidInput

DAY = timedelta(days=1)
YELLOW_FROM = 0.8
# Where nobody set a limit: later than every day anybody will ask for, so never late and in
# no due cohort; far enough from the last moment there is to be shown in any time zone.
NO_LIMIT = datetime(9999, 1, 1, tzinfo=UTC)
# What the law fixes by date: New Year, Labour Day (1 and 2 May), National Day. The other
# statutory days (Spring Festival, Qingming, Dragon Boat, Mid-Autumn) follow the moon or the
# sun, and which days around them are exchanged (调休) is published: nobody guesses those.
STATUTORY = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
# A calendar without a single workday would be searched for ever.
MAX_SEARCH_DAYS = 4000
# No limit of any unit is longer; 2,000 working days still end within the search above.
MAX_AMOUNT = 2000


class LimitUnit(StrEnum):
    """The four units of a limit (工作时, 工作日, 自然时, 自然日)."""

    WORKING_HOUR = "wh"
    WORKING_DAY = "wd"
    NATURAL_HOUR = "nh"
    NATURAL_DAY = "nd"

    @property
    def working(self) -> bool:
        """Tell whether the unit is counted on the working calendar."""
        return self in (LimitUnit.WORKING_HOUR, LimitUnit.WORKING_DAY)


_SIGNS = {
    "WH": LimitUnit.WORKING_HOUR,
    "WD": LimitUnit.WORKING_DAY,
    "H": LimitUnit.NATURAL_HOUR,
    "D": LimitUnit.NATURAL_DAY,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A length of time allowed: an amount in one of the four units."""

    amount: float
    unit: LimitUnit

    def __str__(self) -> str:
        """Return the limit as `parse_limit` reads it; parts of an hour as minutes."""
        if self.unit is LimitUnit.NATURAL_HOUR and not float(self.amount).is_integer():
            return f"{self.amount * 60:g}min"
        sign = next(sign for sign, unit in _SIGNS.items() if unit is self.unit)
        return f"{self.amount:g}{sign}"


def parse_limit(text: str) -> Limit:
    """Read a limit such as 4WH, 2WD, 6H, 15D or 30min (natural minutes).

    Raises: InvalidInput (field limit).
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(WH|WD|H|D|min(?:\s*H)?)", text.strip())
    if found is None:
        raise InvalidInput("limit", "unknown", text=text)
    amount, sign = float(found[1]), found[2]
    if amount > MAX_AMOUNT:
        raise InvalidInput("limit", "too_long", text=text, limit=MAX_AMOUNT)
    if sign.startswith("min"):
        return Limit(amount / 60, LimitUnit.NATURAL_HOUR)
    return Limit(amount, _SIGNS[sign])


@dataclass(frozen=True)
class WorkingCalendar:
    """A district's working time.

    `hours` are the opening hours of a workday, in order, not overlapping; `days`
    says of each published day whether it is a workday; outside first..last the
    calendar is provisional: Monday to Friday without the statutory days of a fixed date,
    1 January, 1 and 2 May, 1 to 3 October (domain.md 5.6). Clocks that change with the
    season must do so outside the opening hours.
    """

    timezone: str
    hours: tuple[tuple[time, time], ...]
    days: Mapping[date, bool]
    first: date
    last: date

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def minutes_a_day(self) -> float:
        """Return the opening time of a usual workday in minutes."""
        return sum(_minutes(closes) - _minutes(opens) for opens, closes in self.hours)

    @cached_property
    def sorted_days(self) -> list[date]:
        """Return the published days in order (sorting them costs more than all the rest)."""
        return sorted(self.days)

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on a day."""
        known = self.days.get(day)
        if known is not None:
            return known
        return day.weekday() < 5 and not self._is_off_by_law(day)

    def _is_off_by_law(self, day: date) -> bool:
        return (day.month, day.day) in STATUTORY and self.is_provisional(day)

    def off_by_law(self, first: date, end: date) -> int:
        """Count the weekdays of first..end, the last one left out, that only the law has off."""
        if self.first <= first and end <= self.last:
            return 0
        days = (
            date(year, month, number)
            for year in range(first.year, end.year + 1)
            for month, number in STATUTORY
        )
        return sum(
            first <= day < end
            and day.weekday() < 5
            and day not in self.days
            and self.is_provisional(day)
            for day in days
        )

    def is_provisional(self, day: date) -> bool:
        """Tell whether nobody has published this day's calendar yet."""
        return not self.first <= day <= self.last

    @cached_property
    def _openings(self) -> dict[date, tuple[tuple[datetime, datetime], ...]]:
        """Return the opening hours of the days asked for so far: a lamp asks for a few, often."""
        return {}

    def openings(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return the opening hours of a day as UTC moments; empty on a free day."""
        found = self._openings.get(day)
        if found is None:
            hours = self.hours if self.is_workday(day) else ()
            found = tuple(
                (self.moment(day, first), self.moment(day, last)) for first, last in hours
            )
            self._openings[day] = found
        return found

    def moment(self, day: date, at: time) -> datetime:
        """Return a local time of a day as UTC."""
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)

    def local(self, moment: datetime) -> datetime:
        """Return a moment in local time."""
        return moment.astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends, and whether it rests on days nobody has published yet."""

    at: datetime
    provisional: bool


class Lamp(StrEnum):
    """The lamp of a case. It follows from the clock and is never set by hand."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a limit in minutes (working or natural, as `unit` says), or over it."""

    minutes: float
    overdue: bool
    unit: LimitUnit


def _minutes(at: time) -> float:
    return at.hour * 60 + at.minute + at.second / 60


def due_at(start: datetime, limit: Limit, calendar: WorkingCalendar) -> Due:
    """Return when a limit that starts at a UTC moment ends."""
    if limit.unit is LimitUnit.NATURAL_HOUR:
        return Due(start + timedelta(hours=limit.amount), provisional=False)
    if limit.unit is LimitUnit.NATURAL_DAY:
        return Due(_natural_days(start, limit.amount, calendar), provisional=False)
    if limit.unit is LimitUnit.WORKING_HOUR:
        end = _working_hours(start, limit.amount, calendar)
    else:
        end = _working_days(start, limit.amount, calendar)
    return Due(end, calendar.is_provisional(calendar.local(end).date()))


def after_pause(
    left: float | None, unit: LimitUnit, now: datetime, calendar: WorkingCalendar
) -> Due | None:
    """Return when a limit ends of which so many hours were left when its clock stopped.

    The hours are of the unit's kind, working or natural. None where nothing was left: what
    was over stays over, at its old moment.
    """
    if left is None or left <= 0:
        return None
    hours = LimitUnit.WORKING_HOUR if unit.working else LimitUnit.NATURAL_HOUR
    return due_at(now, Limit(left, hours), calendar)


def started_before(
    now: datetime, used: float, unit: LimitUnit, calendar: WorkingCalendar
) -> datetime:
    """Return from when on a clock that never stood has run for so many minutes at a moment.

    The minutes are of the unit's kind, working or natural.
    """
    left = timedelta(minutes=used)
    if not unit.working or left <= timedelta(0):
        return now - left
    day = calendar.local(now).date()
    for offset in range(MAX_SEARCH_DAYS):
        for opens, closes in reversed(calendar.openings(day - offset * DAY)):
            inside = min(closes, now) - opens
            if left <= inside:
                return opens + inside - left
            left -= max(inside, timedelta(0))
    raise InvalidInput("calendar", "no_workday")


def started_for(due: datetime, limit: Limit, calendar: WorkingCalendar) -> datetime:
    """Return from when on a clock that never stood would have used a limit up at a moment."""
    days = limit.unit in (LimitUnit.WORKING_DAY, LimitUnit.NATURAL_DAY)
    day = calendar.minutes_a_day if limit.unit.working else DAY / timedelta(minutes=1)
    return started_before(due, limit.amount * (day if days else 60), limit.unit, calendar)


def since_going_on(
    since: datetime, paused_at: datetime, now: datetime, unit: LimitUnit, calendar: WorkingCalendar
) -> datetime:
    """Return from when on a clock counts that ran since a moment, stood and goes on now.

    It has used what it had used when it stopped: working time of a working limit.
    """
    used = minutes_between(since, paused_at, unit, calendar)
    return started_before(now, used, unit, calendar)


def _natural_days(start: datetime, days: float, calendar: WorkingCalendar) -> datetime:
    whole, part = divmod(days, 1)
    local = calendar.local(start)
    same_time = datetime.combine(
        local.date() + int(whole) * DAY, local.timetz().replace(tzinfo=None), tzinfo=calendar.zone
    )
    return same_time.astimezone(UTC) + timedelta(days=part)


def _openings_from(
    start: datetime, calendar: WorkingCalendar
) -> Iterator[tuple[datetime, datetime]]:
    day = calendar.local(start).date()
    for offset in range(MAX_SEARCH_DAYS):
        for opens, closes in calendar.openings(day + offset * DAY):
            if closes > start:
                yield max(opens, start), closes
    raise InvalidInput("calendar", "no_workday")


def _working_hours(start: datetime, hours: float, calendar: WorkingCalendar) -> datetime:
    left = timedelta(hours=hours)
    for opens, closes in _openings_from(start, calendar):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise InvalidInput("calendar", "no_workday")


def _working_days(start: datetime, days: float, calendar: WorkingCalendar) -> datetime:
    whole, part = divmod(days, 1)
    begins, _ = next(_openings_from(start, calendar))
    local = calendar.local(begins)
    day, left = local.date(), int(whole)
    for _ in range(MAX_SEARCH_DAYS):
        if left == 0:
            break
        day += DAY
        left -= calendar.is_workday(day)
    else:
        raise InvalidInput("calendar", "no_workday")
    end = calendar.moment(day, local.timetz().replace(tzinfo=None))
    if part:
        end = _working_hours(end, part * calendar.minutes_a_day / 60, calendar)
    return end


def working_minutes_between(a: datetime, b: datetime, calendar: WorkingCalendar) -> float:
    """Return the minutes of opening time between two moments; negative when b is before a."""
    if b < a:
        return -working_minutes_between(b, a, calendar)
    first, last = calendar.local(a).date(), calendar.local(b).date()
    edges = {first, last}
    inner = _workdays_between(first + DAY, last, calendar)
    total = inner * calendar.minutes_a_day
    for day in edges:
        for opens, closes in calendar.openings(day):
            inside = min(closes, b) - max(opens, a)
            total += max(0.0, inside / timedelta(minutes=1))
    return total


def minutes_between(a: datetime, b: datetime, unit: LimitUnit, calendar: WorkingCalendar) -> float:
    """Return the minutes between two moments as a unit counts; negative when b is before a."""
    if unit.working:
        return working_minutes_between(a, b, calendar)
    return (b - a) / timedelta(minutes=1)


def _workdays_between(first: date, end: date, calendar: WorkingCalendar) -> int:
    """Count the workdays of first..end, the last one left out, without walking weeks."""
    days = (end - first).days
    if days <= 0:
        return 0
    weeks, rest = divmod(days, 7)
    usual = weeks * 5 + sum((first + n * DAY).weekday() < 5 for n in range(rest))
    known = calendar.sorted_days
    for day in known[bisect_left(known, first) : bisect_left(known, end)]:
        usual += calendar.days[day] - (day.weekday() < 5)
    return usual - calendar.off_by_law(first, end)


def share_used(
    start: datetime, due: datetime, now: datetime, unit: LimitUnit, calendar: WorkingCalendar
) -> float:
    """Return the used share of a limit: 0 at its start, 1 at its end, more beyond."""
    if now >= due:
        return max(1.0, (now - start) / max(due - start, timedelta(seconds=1)))
    if unit.working:
        whole = working_minutes_between(start, due, calendar)
        return working_minutes_between(start, now, calendar) / whole if whole else 0.0
    return max(0.0, (now - start) / max(due - start, timedelta(seconds=1)))


def lamp(
    *,
    started_at: datetime,
    due_at: datetime,
    now: datetime,
    unit: LimitUnit,
    calendar: WorkingCalendar,
    paused: bool = False,
) -> Lamp:
    """Return the lamp: green under 80 % of the limit, yellow to 100 %, red over, grey paused."""
    if paused:
        return Lamp.GREY
    if now > due_at:
        return Lamp.RED
    used = share_used(started_at, due_at, now, unit, calendar)
    return Lamp.YELLOW if used >= YELLOW_FROM else Lamp.GREEN


def remaining(
    due: datetime, now: datetime, unit: LimitUnit, calendar: WorkingCalendar
) -> Remaining:
    """Return what is left until a limit, or by how much it is passed, both as minutes ≥ 0."""
    minutes = minutes_between(min(now, due), max(now, due), unit, calendar)
    return Remaining(minutes, now > due, unit)
