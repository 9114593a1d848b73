"""Over which time a draft is rehearsed: the last months, or a period the district named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import ngettext
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.services.reference import Reference
from gridgov.storage import grid_past
from gridgov.web import periods
from gridgov.web.i18n import pick

MONTHS = (1, 3, 6, 12)
USUAL = 3
# In fewer cases a difference between two grids says nothing about them.
ENOUGH = 100


@dataclass(frozen=True, slots=True)
class Time:
    """A time that a rehearsal looks back at: local days, both included.

    `months` is 0 for a free period; `chosen` tells that somebody asked for it.
    """

    months: int
    first: date
    last: date
    since: datetime
    until: datetime
    chosen: bool

    @property
    def days(self) -> int:
        """Count the days."""
        return (self.last - self.first).days + 1

    def query(self) -> dict[str, Any]:
        """Return what asks for this time in an address."""
        if self.months:
            return {"months": self.months}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def read(args: Mapping[str, str], session: Session, reference: Reference, now: datetime) -> Time:
    """Return the time that was asked for; else a usual one that has cases.

    Raises: InvalidInput (field date).
    """
    if args.get("from") or args.get("to"):
        first, last = periods.read(args, session, reference, now)
        return between(reference, first, last, now, chosen=True)
    asked = args.get("months")
    if asked is None:
        return _with_cases(session, reference, now)
    if asked not in {str(months) for months in MONTHS}:
        raise InvalidInput("date", "invalid")
    return back(reference, int(asked), now, chosen=True)


def _with_cases(session: Session, reference: Reference, now: datetime) -> Time:
    """Return three months; where they hold next to nothing, a year, or a named period."""
    usual = back(reference, USUAL, now)
    named = [one for _words, one in _named(reference, now)]
    for candidate in (usual, back(reference, max(MONTHS), now), *named):
        since, until = candidate.since, candidate.until
        if grid_past.at_least(session, reference.district_code, since, until, ENOUGH):
            return candidate
    return usual


def back(reference: Reference, months: int, now: datetime, *, chosen: bool = False) -> Time:
    """Return the last so many months up to now, from the day after the same day of then."""
    today = reference.local_day(now)
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    # The day before the first of the month after: what a shorter month ends with.
    end = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    first = end.replace(day=min(today.day, end.day)) + timedelta(days=1)
    return Time(months, first, today, _begins(reference, first), now, chosen)


def between(
    reference: Reference, first: date, last: date, now: datetime, *, chosen: bool = False
) -> Time:
    """Return a time of whole days, as far as they are past. Raises: InvalidInput (date)."""
    since = _begins(reference, first)
    if since >= now:
        raise InvalidInput("date", "invalid")
    last = min(last, reference.local_day(now))
    until = min(_begins(reference, last + timedelta(days=1)), now)
    return Time(0, first, last, since, until, chosen)


def _begins(reference: Reference, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=reference.zone).astimezone(UTC)


def _named(reference: Reference, now: datetime) -> list[tuple[str, Time]]:
    """Return the periods the district gave a name, without those to come."""
    today = reference.local_day(now)
    return [
        (pick(one.name, one.name_en), between(reference, one.first, one.last, now))
        for one in reference.periods
        if one.first <= today
    ]


def links(number: int, chosen: Time, reference: Reference, now: datetime) -> list[dict[str, Any]]:
    """Return the times a page offers: months, and what the district gave a name."""
    usual = [
        (ngettext("%(num)d month", "%(num)d months", months), back(reference, months, now))
        for months in MONTHS
    ]
    return [
        {
            "words": words,
            "url": url_for("grids.rehearsal", number=number, **one.query()),
            "current": (one.months, one.first, one.last)
            == (chosen.months, chosen.first, chosen.last),
        }
        for words, one in (*usual, *_named(reference, now))
    ]
