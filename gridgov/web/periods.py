"""Periods of the board: local days, both included."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.services import board
from gridgov.services.reference import NamedPeriod, Reference
from gridgov.web.i18n import pick

KEYS = {
    "today": _l("Today"),
    "week": _l("This week"),
    "month": _l("This month"),
    "all": _l("Since launch"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """A named or free period; `key` is "" for a free one."""

    key: str
    first: date
    last: date


class Days(Protocol):
    """Whatever has a first and a last local day."""

    @property
    def first(self) -> date:
        """The first day."""

    @property
    def last(self) -> date:
        """The last day, included."""


def day(text: str) -> date:
    """Read an ISO day. Raises: InvalidInput (field date)."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("date", "invalid", text=text) from error


def named(key: str, session: Session, reference: Reference, now: datetime) -> Period:
    """Return a named period up to today; since launch for anything else."""
    launch, today = board.since_launch(session, reference, now)
    starts = {
        "today": today,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
    }
    return Period(key if key in starts else "all", starts.get(key, launch), today)


def read(
    values: Mapping[str, Any], session: Session, reference: Reference, now: datetime
) -> tuple[date, date]:
    """Return the days asked for by from and to; since launch up to today where missing.

    Raises: InvalidInput.
    """
    first = day(values["from"]) if values.get("from") else None
    last = day(values["to"]) if values.get("to") else None
    return filled(first, last, session, reference, now)


def filled(
    first: date | None, last: date | None, session: Session, reference: Reference, now: datetime
) -> tuple[date, date]:
    """Return a period whose ends may be missing: since launch, up to today.

    Raises: InvalidInput (field date) for a last day before the first.
    """
    launch, today = board.since_launch(session, reference, now)
    begins = first or launch
    ends = last or max(begins, today)
    if begins > ends:
        raise InvalidInput("date", "invalid")
    return begins, ends


def links(
    area_code: str, chosen: Period, reference: Reference, endpoint: str = "board.show", **kept: str
) -> list[dict[str, Any]]:
    """Return the period chips of a page: the usual ones, then those the district named.

    `kept` is what else each address asks for.
    """
    more: dict[str, Any] = {"area": area_code, **kept}
    usual = [
        {
            "words": str(words),
            "url": url_for(endpoint, **more, period=key),
            "current": key == chosen.key,
        }
        for key, words in KEYS.items()
    ]
    return usual + [_named_link(endpoint, more, chosen, one) for one in reference.periods]


def asked(days: Days) -> dict[str, Any]:
    """Return how an address asks for days, as `read` reads it."""
    return {"from": days.first.isoformat(), "to": days.last.isoformat()}


def _named_link(
    endpoint: str, more: dict[str, Any], chosen: Period, one: NamedPeriod
) -> dict[str, Any]:
    return {
        "words": pick(one.name, one.name_en),
        "url": url_for(endpoint, **more, **asked(one)),
        "current": (chosen.first, chosen.last) == (one.first, one.last),
    }


def words_of(period: Days) -> str:
    """Return the period in words: 2026-08-01 至 2026-11-20."""
    if period.first == period.last:
        return period.first.isoformat()
    return _("%(first)s to %(last)s", first=period.first.isoformat(), last=period.last.isoformat())
