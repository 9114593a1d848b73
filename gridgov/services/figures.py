"""The values of indicators: per area and code, each with its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.domain.indicator_book import indicator
from gridgov.domain.indicator_model import (
    FEW,
    Indicator,
    Kind,
    Parts,
    counters_needed,
    evaluate,
    wilson,
)
from gridgov.domain.indicators import Figures
from gridgov.services import spells
from gridgov.services.board import View
from gridgov.services.indicators import PROJECTOR
from gridgov.services.readings import Reading, reading
from gridgov.storage import messages

AreaCounts = dict[str, dict[tuple[FactTable, str], int]]


@dataclass(frozen=True, slots=True)
class Value:
    """One indicator of one area.

    `value` is a number of cases, a share (0 to 1), an index or natural hours; None where
    there is nothing to divide by, which prints as "—". `low` and `high` are the ends of its
    95 % interval (shares only). `maturity` is the share of the cohort whose limit has come.
    `rankable` is False for fewer than 20 cases. `cursor` is the place in the log.
    """

    code: str
    area: str
    numerator: int
    denominator: int | None
    value: float | None
    low: float | None
    high: float | None
    maturity: float | None
    rankable: bool
    cursor: int


def values(
    session: Session,
    view: View,
    codes: Sequence[str],
    *,
    now: datetime,
    areas: Sequence[str] | None = None,
    as_of: datetime | None = None,
) -> dict[str, dict[str, Value]]:
    """Return area → code → value for a view's period and classes of case.

    `areas` are those asked for, by default the view's own. `as_of` looks at a past moment.
    Raises: NotFound for an unknown code.
    """
    asked = [indicator(code) for code in codes]
    areas = [view.area_code] if areas is None else list(areas)
    read = reading(session, view.district_code, view.classes, now=now, as_of=as_of)
    counts = counted(read, view, areas, asked)
    cursor = messages.cursor_position(session, PROJECTOR, view.district_code)
    moment = now if as_of is None else as_of
    return {
        area: {
            one.code: value_of(
                one, area, counts[area], cursor, _hours(read, view, area, one, moment)
            )
            for one in asked
        }
        for area in areas
    }


def headline(
    session: Session, view: View, areas: Sequence[str], *, now: datetime, as_of: datetime
) -> dict[str, Figures]:
    """Return area → the headline figures of a view as they stood at a past moment."""
    codes = ("received", "closed", "overdue")
    found = values(session, view, codes, now=now, areas=areas, as_of=as_of)
    shown: dict[str, Figures] = {}
    for area, of in found.items():
        received, closed, overdue = (of[code].numerator for code in codes)
        shown[area] = Figures(received, closed, overdue, cursor=of[codes[0]].cursor)
    return shown


def counted(
    read: Reading, view: View, areas: Sequence[str], asked: Sequence[Indicator]
) -> AreaCounts:
    """Return area → (table, counter) → number for what some indicators are made of."""
    found: AreaCounts = {area: {} for area in areas}
    for table, names in counters_of(asked).items():
        sums = read.sums(table, areas, view.first, view.last, names)
        for area, numbers in sums.items():
            found[area].update({(table, name): number for name, number in numbers.items()})
    return found


def counters_of(asked: Sequence[Indicator]) -> dict[FactTable, tuple[str, ...]]:
    """Return the counters some indicators and their maturity are made of, by table."""
    needed = counters_needed(asked)
    if any(one.ripens for one in asked):
        received = needed.get(FactTable.RECEIVED, ())
        needed[FactTable.RECEIVED] = tuple(dict.fromkeys([*received, "matured", "received"]))
    return needed


def _hours(read: Reading, view: View, area: str, one: Indicator, moment: datetime) -> float | None:
    if one.spell is None:
        return None
    return spells.hours(read, area, view.first, view.last, one, moment)


def value_of(
    one: Indicator,
    area: str,
    counts: Mapping[tuple[FactTable, str], int],
    cursor: int,
    hours: float | None,
) -> Value:
    """Return an indicator of an area from its counters; `hours` is that of a duration."""
    parts = evaluate(one, counts)
    interval = interval_of(one, parts)
    matured = counts.get((FactTable.RECEIVED, "matured"), 0)
    received = counts.get((FactTable.RECEIVED, "received"), 0)
    of = parts.numerator if parts.denominator is None else parts.denominator
    return Value(
        code=one.code,
        area=area,
        numerator=parts.numerator,
        denominator=parts.denominator,
        value=parts.value if one.spell is None else hours,
        low=None if interval is None else interval[0],
        high=None if interval is None else interval[1],
        maturity=matured / received if one.ripens and received else None,
        rankable=of >= FEW,
        cursor=cursor,
    )


def interval_of(one: Indicator, parts: Parts) -> tuple[float, float] | None:
    """Return the 95 % interval of a share (Wilson), None for what is none."""
    if one.kind is not Kind.SHARE or parts.denominator is None:
        return None
    return wilson(parts.numerator, parts.denominator)
