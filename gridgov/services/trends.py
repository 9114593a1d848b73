"""How an indicator went, step by step, beside the period before and the year before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.domain.errors import InvalidInput
from gridgov.domain.indicator_book import indicator
from gridgov.domain.indicator_model import Indicator, Parts, counters_needed, evaluate
from gridgov.domain.spans import month_of, next_month
from gridgov.services.board import View
from gridgov.services.readings import Reading, reading

MOST_STEPS = 400


class Step(StrEnum):
    """How long one point of a trend is."""

    DAY = "day"
    WEEK = "week"  # Monday to Sunday
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Point:
    """One step: local days first..last (cut to the period), and what the indicator came to."""

    first: date
    last: date
    numerator: int
    denominator: int | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Trend:
    """The steps of the period, and those of as many days before and of a year before."""

    code: str
    step: Step
    points: tuple[Point, ...]
    before: tuple[Point, ...]
    year_before: tuple[Point, ...]


def trend(
    session: Session,
    view: View,
    code: str,
    step: Step,
    *,
    now: datetime,
    as_of: datetime | None = None,
) -> Trend:
    """Return how an indicator of a view's area went.

    Indicators of durations have no trend. Raises: NotFound, InvalidInput (step) for more
    than 400 steps and for durations.
    """
    one = indicator(code)
    if one.spell is not None:
        raise InvalidInput("step", "no_trend")
    read = reading(session, view.district_code, view.classes, now=now, as_of=as_of)
    first, last = view.first, min(view.last, read.today)
    length = last - first + timedelta(days=1)
    if length.days > MOST_STEPS * {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 28}[step]:
        raise InvalidInput("step", "too_many")
    return Trend(
        code=code,
        step=step,
        points=_points(read, view.area_code, one, step, first, last),
        before=_points(read, view.area_code, one, step, *period_before(first, last)),
        year_before=_points(read, view.area_code, one, step, *year_before(first, last)),
    )


def period_before(first: date, last: date) -> tuple[date, date]:
    """Return the period right before: whole months before whole months, else as many days."""
    day = timedelta(days=1)
    if first.day == 1 and (last + day).day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        start = first
        for _ in range(months):
            start = month_of(start - day)
        return start, first - day
    return first - (last - first) - day, first - day


def year_before(first: date, last: date) -> tuple[date, date]:
    """Return the same days a year before; what ends with a February ends with it there as well."""
    after = last + timedelta(days=1)
    end = year_back(after) - timedelta(days=1) if after.day == 1 else year_back(last)
    return year_back(first), end


def year_back(day: date) -> date:
    """Return the same day a year before; of 29 February the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _start_of(day: date, step: Step) -> date:
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return month_of(day) if step is Step.MONTH else day


def _next(day: date, step: Step) -> date:
    if step is Step.MONTH:
        return next_month(day)
    return day + timedelta(days=7 if step is Step.WEEK else 1)


def _points(
    read: Reading, area: str, one: Indicator, step: Step, first: date, last: date
) -> tuple[Point, ...]:
    counts: dict[date, dict[tuple[FactTable, str], int]] = {}
    for table, names in counters_needed([one]).items():
        days = read.sums_by_day(table, [area], first, last, names, each_day=step is not Step.MONTH)
        for (_, day), numbers in days.items():
            kept = counts.setdefault(_start_of(day, step), {})
            for name, number in numbers.items():
                kept[table, name] = kept.get((table, name), 0) + number
    return tuple(
        _point(evaluate(one, counts.get(_start_of(start, step), {})), start, end)
        for start, end in spans(first, last, step)
    )


def spans(first: date, last: date, step: Step) -> list[tuple[date, date]]:
    """Return the steps that local days first..last lie in, cut to them: their first and last."""
    found = []
    start = _start_of(first, step)
    while start <= last:
        after = _next(start, step)
        found.append((max(start, first), min(after - timedelta(days=1), last)))
        start = after
    return found


def _point(parts: Parts, first: date, last: date) -> Point:
    return Point(first, last, parts.numerator, parts.denominator, parts.value)
