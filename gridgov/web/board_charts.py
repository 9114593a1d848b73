"""What stands below the map of the board: units, and how it went day by day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy.orm import Session

from gridgov.domain.counters import Dim
from gridgov.services import breakdowns, trends
from gridgov.services.board import View
from gridgov.services.breakdowns import Share
from gridgov.services.reference import Reference
from gridgov.services.trends import Point, Step, Trend
from gridgov.web import board_measures
from gridgov.web.i18n import pick

TREND_DAYS = 30
MOST_UNITS = 12
LINES = ("received_flow", "closed_flow")


def units(session: Session, view: View, reference: Reference) -> dict[str, Any]:
    """Return the table of units: most overdue first; those with under 20 cases have no rate."""
    found = {
        code: {one.key: one for one in breakdowns.breakdown(session, view, code, Dim.UNIT)}
        for code in ("closure_rate", "closed_on_time_share", "open")
    }
    rows = [_unit_row(view, reference, key, found) for key in found["closure_rate"]]
    rows.sort(key=lambda row: (-row["open"], -row["received"], row["name"]))
    return {"rows": rows[:MOST_UNITS], "more": max(0, len(rows) - MOST_UNITS)}


def _unit_row(
    view: View, reference: Reference, key: str, found: dict[str, dict[str, Share]]
) -> dict[str, Any]:
    unit = reference.units.get(key)
    rate, timely = found["closure_rate"][key], found["closed_on_time_share"].get(key)
    waiting = found["open"].get(key)
    urls = {
        "received": board_measures.behind_urls(view, "received", view.area_code, unit=key),
        "closed": board_measures.behind_urls(view, "closed", view.area_code, unit=key),
        "open": board_measures.behind_urls(view, "open", view.area_code, unit=key),
        "timely": board_measures.behind_urls(
            view, "closed_on_time_share", view.area_code, unit=key
        ),
    }
    return {
        "name": _("People of the grids") if unit is None else pick(unit.name, unit.name_en),
        "received": rate.denominator or 0,
        "closed": rate.numerator,
        "rate": board_measures.text_of(rate) if rate.rankable else "—",
        "timely": board_measures.text_of(timely) if timely and timely.rankable else "—",
        "open": 0 if waiting is None else waiting.numerator,
        "urls": {name: one["numerator"] for name, one in urls.items()},
    }


def trend(
    session: Session, view: View, *, now: datetime, today: date, as_of: datetime | None = None
) -> dict[str, Any]:
    """Return received and closed of the last 30 days of a view, beside the 30 days before."""
    last = min(view.last, today)
    first = max(view.first, last - timedelta(days=TREND_DAYS - 1))
    if first > last:
        first = last
    lately = View(view.district_code, view.area_code, first, last, view.classes)
    found = {
        code: trends.trend(session, lately, code, Step.DAY, now=now, as_of=as_of) for code in LINES
    }
    received, closed = (found[code] for code in LINES)
    before = _before(received)
    lines: list[tuple[str, Sequence[Point | None]]] = [
        *zip(LINES, (received.points, closed.points), strict=True),
        (LINES[0], before),
    ]
    return {
        "days": [point.first.isoformat() for point in received.points],
        "lines": [
            {"name": name, "values": [None if one is None else one.numerator for one in points]}
            for name, (_code, points) in zip(
                (
                    pgettext("figure", "Received"),
                    pgettext("figure", "Closed"),
                    _("Received, the days before"),
                ),
                lines,
                strict=True,
            )
        ],
        "rows": [
            {
                "day": point.first.isoformat(),
                "cells": [_cell(view, code, points[n]) for code, points in lines],
            }
            for n, point in enumerate(received.points)
        ],
    }


def _of_day(view: View, code: str, point: Point) -> str:
    day = replace(view, first=point.first, last=point.last)
    return board_measures.behind_urls(day, code, view.area_code)["numerator"]


def _cell(view: View, code: str, point: Point | None) -> dict[str, Any] | None:
    """Return a day of a line with the way to its cases, None where the line has none."""
    return None if point is None else {"number": point.numerator, "url": _of_day(view, code, point)}


def _before(found: Trend) -> list[Point | None]:
    """Return the period before, step by step beside this one; None where it has fewer steps."""
    missing = max(0, len(found.points) - len(found.before))
    return ([None] * missing + list(found.before))[-len(found.points) :] if found.points else []
