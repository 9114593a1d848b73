"""How one indicator went, beside the period before and the year before: for chart and table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.domain.indicator_book import BOOK
from gridgov.domain.indicator_model import Indicator, Kind, Part
from gridgov.services import trends
from gridgov.services.board import View
from gridgov.services.trends import Point, Step, Trend
from gridgov.web import board_measures

STEP_WORDS = {
    Step.DAY: lazy_pgettext("trend", "Day"),
    Step.WEEK: lazy_pgettext("trend", "Week"),
    Step.MONTH: lazy_pgettext("trend", "Month"),
}
# The step that is shown unless another was asked for, by the days of the period.
DAYS_AT_MOST, WEEKS_AT_MOST = 62, 400


def usual_step(first: date, last: date) -> Step:
    """Return the step that gives a period a readable number of points."""
    days = (last - first).days + 1
    if days <= DAYS_AT_MOST:
        return Step.DAY
    return Step.WEEK if days <= WEEKS_AT_MOST else Step.MONTH


def trend(
    session: Session, view: View, code: str, step: str | None, *, now: datetime
) -> dict[str, Any]:
    """Return a trend in steps as asked, or in longer ones where those would be too many."""
    one = BOOK[code]
    usual = usual_step(view.first, view.last)
    wanted = Step(step) if step in set(Step) else usual
    found = _trend(session, view, code, wanted, now=now)
    if found is None:
        found = _trend(session, view, code, Step.MONTH, now=now)
    shown = wanted if found is None else found.step
    return {
        "step": str(shown),
        "step_words": str(STEP_WORDS[shown]),
        "coarser": shown is not wanted,
        "steps": [
            {"value": str(key), "words": str(text), "current": key is shown}
            for key, text in STEP_WORDS.items()
        ],
        "kind": str(one.kind),
        "lines": [] if found is None else _lines(one, found),
        "rows": [] if found is None else _rows(view, one, found),
        "days": [] if found is None else [point.first.isoformat() for point in found.points],
    }


def _lines(one: Indicator, found: Trend) -> list[dict[str, Any]]:
    names = (board_measures.name(one.code), _("The period before"), _("The year before"))
    series = (found.points, found.before, found.year_before)
    return [
        {"name": name, **_line(one, points, found.points)}
        for name, points in zip(names, series, strict=True)
    ]


def _trend(session: Session, view: View, code: str, step: Step, *, now: datetime) -> Trend | None:
    """Return a trend, None for more steps than a chart can show."""
    try:
        return trends.trend(session, view, code, step, now=now)
    except InvalidInput as error:
        if error.reason != "too_many":
            raise
        return None


def _line(one: Indicator, points: Sequence[Point], beside: Sequence[Point]) -> dict[str, Any]:
    """Return a line step by step beside the period: what is longer is cut, shorter ends early."""
    kept = [*points[: len(beside)], *([None] * (len(beside) - len(points)))]
    return {
        "values": [None if point is None else _number(one, point) for point in kept],
        "texts": ["" if point is None else _text(one, point) for point in kept],
        "spans": ["" if point is None else _span(point) for point in kept],
    }


def _number(one: Indicator, point: Point) -> float | None:
    if point.value is None:
        return None
    return round(100 * point.value, 4) if one.kind is Kind.SHARE else point.value


def _text(one: Indicator, point: Point) -> str:
    value = board_measures.written(one, point.value)
    if point.denominator is None:
        return value
    return f"{value} ({point.numerator:,} / {point.denominator:,})"


def _span(point: Point) -> str:
    if point.first == point.last:
        return point.first.isoformat()
    return _("%(first)s to %(last)s", first=point.first.isoformat(), last=point.last.isoformat())


def _rows(view: View, one: Indicator, found: Trend) -> list[dict[str, Any]]:
    """Return the table, the newest step first."""
    series = (found.points, found.before, found.year_before)
    rows = [
        {
            "span": _span(point),
            "cells": [
                _cell(view, one, points[n] if n < len(points) else None, beside=bool(m))
                for m, points in enumerate(series)
            ],
        }
        for n, point in enumerate(found.points)
    ]
    return list(reversed(rows))


def _cell(view: View, one: Indicator, point: Point | None, *, beside: bool) -> dict[str, Any]:
    """Return a step of a line with the way to its cases; another period says which days."""
    if point is None:
        return {"text": "—"}
    days = replace(view, first=point.first, last=point.last)
    urls = board_measures.behind_urls(days, one.code, view.area_code)
    parts = {Part.NUMERATOR: point.numerator, Part.DENOMINATOR: point.denominator}
    return {
        "text": "" if point.denominator is None else board_measures.written(one, point.value),
        "parts": [
            {"number": number, "url": urls[part]}
            for part, number in parts.items()
            if number is not None
        ],
        "span": _span(point) if beside else "",
    }
