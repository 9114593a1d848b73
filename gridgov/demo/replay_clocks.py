"""When things happen in the replay: when people report, and how long each step takes.

Handling times are log-normal shares of the limits of the class, counted on the working
calendar; so most acts fall into opening hours, and urgent classes are worked on at night.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import Limit, LimitUnit, WorkingCalendar, due_at

DAY = timedelta(days=1)
FIRST_DAY = date(2019, 6, 1)
LAST_DAY = date(2020, 10, 19)
# How busy a month was against the usual: a new service that becomes known, typhoons from
# June to September, the Spring Festival, and February 2020, when people stayed at home.
BUSY: Mapping[tuple[int, int], float] = {
    (2019, 6): 0.55, (2019, 7): 0.7, (2019, 8): 0.85, (2019, 9): 0.9, (2019, 10): 0.85,
    (2019, 11): 0.9, (2019, 12): 0.95, (2020, 1): 1.0, (2020, 2): 0.4, (2020, 3): 0.75,
    (2020, 4): 0.95, (2020, 5): 1.1, (2020, 6): 1.3, (2020, 7): 1.3, (2020, 8): 1.35,
    (2020, 9): 1.35, (2020, 10): 1.2,
}  # fmt: skip
# Typhoons that came near in the period: a day brings three times the usual.
STORMS = frozenset({date(2019, 8, 1), date(2020, 8, 19), date(2020, 9, 18), date(2020, 10, 14)})
STORM = 3.0
WEEKEND = 0.7
# Weights of the local hours 0 to 23.
RESIDENTS = (0, 0, 0, 0, 0, 0, 0, 5, 9, 11, 11, 8, 6, 5, 7, 9, 9, 9, 8, 9, 9, 7, 0, 0)
OFFICE = (0, 0, 0, 0, 0, 0, 0, 1, 10, 13, 13, 8, 2, 2, 9, 12, 11, 7, 1, 0, 0, 0, 0, 0)
NIGHT = (6, 4, 2, 2, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 9)
AT_NIGHT = 0.6  # of the reports outside the usual times; the others come on holidays
WAKES, SLEEPS = 7, 22
# From this limit on, nobody is called out at night.
CAN_WAIT_H = 12.0


class Arrivals:
    """Days and hours at which reports come in."""

    def __init__(self, rng: random.Random, calendar: WorkingCalendar) -> None:
        """Weigh the days of the period."""
        self._rng = rng
        self._calendar = calendar
        days = [FIRST_DAY + n * DAY for n in range((LAST_DAY - FIRST_DAY).days + 1)]
        self._holidays = [day for day in days if self.is_holiday(day)]
        self._days = [day for day in days if not self.is_holiday(day)]
        self._sums = list(accumulate(self._weight(day) for day in self._days))

    def is_holiday(self, day: date) -> bool:
        """Tell whether a weekday is free: the festivals, apart from usual weekends."""
        return day.weekday() < 5 and not self._calendar.is_workday(day)

    def is_off(self, moment: datetime) -> bool:
        """Tell whether a moment lies at night or on a holiday."""
        local = self._calendar.local(moment)
        return not WAKES - 1 <= local.hour < SLEEPS or self.is_holiday(local.date())

    def usual(self, *, office: bool) -> datetime:
        """Return a moment of a usual day; `office` for what staff and the hotline bring."""
        day = self._rng.choices(self._days, cum_weights=self._sums)[0]
        return self._at(day, OFFICE if office else RESIDENTS)

    def off(self) -> datetime:
        """Return a moment at night or on a holiday."""
        if self._rng.random() < AT_NIGHT:
            day = self._rng.choices(self._days, cum_weights=self._sums)[0]
            return self._at(day, NIGHT)
        return self._at(self._rng.choice(self._holidays), RESIDENTS)

    def _weight(self, day: date) -> float:
        weight = BUSY[day.year, day.month] * (1 if day.weekday() < 5 else WEEKEND)
        return weight * (STORM if day in STORMS else 1)

    def _at(self, day: date, hours: tuple[int, ...]) -> datetime:
        hour = self._rng.choices(range(24), hours)[0]
        at = time(hour, self._rng.randrange(60), self._rng.randrange(60))
        return self._calendar.moment(day, at)


@dataclass(frozen=True, slots=True)
class Pace:
    """Shares of the limits at which half of the cases are signed and handled, and the spread."""

    sign: float
    handle: float
    spread: float


USUAL = Pace(0.28, 0.33, 0.45)
# By major class: disputes and buildings drag on, emergencies do not.
PACES: Mapping[str, Pace] = {
    "04": Pace(0.32, 0.42, 0.5),
    "07": Pace(0.25, 0.3, 0.45),
    "08": Pace(0.35, 0.35, 0.6),
    "10": Pace(0.32, 0.4, 0.5),
    "11": Pace(0.22, 0.3, 0.4),
}
CHECK = Limit(2, LimitUnit.WORKING_HOUR)
DISPATCH = Limit(1, LimitUnit.WORKING_HOUR)
ANSWER = Limit(1, LimitUnit.NATURAL_DAY)


class Clocks:
    """How long the people of the sample take for each step."""

    def __init__(self, rng: random.Random, calendar: WorkingCalendar) -> None:
        """Keep the dice and the calendar."""
        self._rng = rng
        self._calendar = calendar

    def signed(self, at: datetime, category: Category) -> datetime:
        """Return when somebody signs what reached them at a moment."""
        pace = _pace(category)
        return self._after(at, category.accept_limit, pace.sign, 0.55)

    def handled(self, at: datetime, category: Category, share: float = 1.0) -> datetime:
        """Return when a signed case is resolved; `share` of the usual for a second try."""
        pace = _pace(category)
        return self._after(at, category.handle_limit, pace.handle * share, pace.spread)

    def checked(self, at: datetime, category: Category) -> datetime:
        """Return when somebody has looked at what was resolved."""
        limit = category.handle_limit
        if limit.unit in (LimitUnit.NATURAL_HOUR, LimitUnit.WORKING_HOUR):
            return self._after(at, limit, 0.12, 0.5)
        return self._after(at, CHECK, 0.5, 0.6)

    def dispatched(self, at: datetime) -> datetime:
        """Return when the dispatcher has dealt with what came back or was without a place."""
        return self._after(at, DISPATCH, 0.4, 0.6)

    def answered(self, at: datetime) -> datetime:
        """Return when the resident says how it was."""
        return self._after(at, ANSWER, 0.35, 0.9)

    def _after(self, at: datetime, limit: Limit, median: float, spread: float) -> datetime:
        share = median * math.exp(spread * self._rng.gauss(0, 1))
        taken = Limit(max(limit.amount * share, 0.01), limit.unit)
        then = due_at(at, taken, self._calendar).at
        then += timedelta(seconds=self._rng.randrange(20, 200))
        hours = limit.amount * (24 if limit.unit is LimitUnit.NATURAL_DAY else 1)
        return self._awake(then) if hours >= CAN_WAIT_H else then

    def _awake(self, moment: datetime) -> datetime:
        """Return the moment, or a time of the next morning for one in the night."""
        local = self._calendar.local(moment)
        if WAKES <= local.hour < SLEEPS:
            return moment
        day = local.date() if local.hour < WAKES else local.date() + DAY
        morning = time(WAKES, self._rng.randrange(60), self._rng.randrange(60))
        return self._calendar.moment(day, morning) + timedelta(minutes=self._rng.randrange(90))


def _pace(category: Category) -> Pace:
    return PACES.get(category.code[:2], USUAL)
