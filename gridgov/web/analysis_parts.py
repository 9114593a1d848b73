"""Parts of the analysis page: hours of the week, cuts, the stock, what is due, warnings."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import format_decimal, lazy_pgettext, pgettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.counters import Dim
from gridgov.domain.indicator_book import BOOK, FAMILIES
from gridgov.domain.indicator_model import Better, Indicator, Kind
from gridgov.domain.roles import Actor
from gridgov.services import breakdowns, due_today, stocks, surges
from gridgov.services.board import View
from gridgov.services.breakdowns import Share
from gridgov.services.reference import Reference
from gridgov.services.surges import Surge
from gridgov.storage import people
from gridgov.storage.cases import Case
from gridgov.storage.scope import visible
from gridgov.web import board_measures, cards, periods, words
from gridgov.web.i18n import language, pick
from gridgov.web.places import name_of

WEEKDAYS = (_l("Mon"), _l("Tue"), _l("Wed"), _l("Thu"), _l("Fri"), _l("Sat"), _l("Sun"))
CLASSES = 5
ROWS_AT_FIRST = 12
DUE_AT_FIRST = 20
CUTS = (
    (Dim.UNIT, _l("By unit")),
    (Dim.CATEGORY, _l("By class of problem")),
    (Dim.CHANNEL, _l("By channel")),
)
STOCK_WORDS = {
    "received": lazy_pgettext("figure", "Received"),
    "reopened": _l("Reopened"),
    "taken_back": _l("Open again after merging or refusal"),
    "closed": lazy_pgettext("figure", "Closed"),
    "rejected": _l("Not accepted"),
    "void": _l("Void"),
    "merged": _l("Merged"),
    "transferred": _l("Transferred"),
}


def heat(session: Session, view: View) -> dict[str, Any]:
    """Return reports by hour and weekday: a row for each hour, a column for each day."""
    found = breakdowns.heat(session, view)
    most = max(found)
    days = [found[24 * day : 24 * day + 24] for day in range(7)]
    peak = found.index(most)
    return {
        "days": [str(day) for day in WEEKDAYS],
        "rows": [
            {
                "hour": f"{hour:02d}",
                "cells": [
                    {
                        "count": days[day][hour],
                        "cls": _heat_class(days[day][hour], most),
                        "words": _cell_words(day, hour, days[day][hour]),
                        "url": _cell_url(view, day, hour) if days[day][hour] else None,
                    }
                    for day in range(7)
                ],
            }
            for hour in range(24)
        ],
        "sums": [
            {"number": sum(counts), "url": _day_url(view, day)} for day, counts in enumerate(days)
        ],
        "total": sum(found),
        "total_url": board_measures.behind_urls(view, "received", view.area_code)["numerator"],
        "peak": _cell_words(peak // 24, peak % 24, most),
        "most": most,
    }


def _cell_url(view: View, day: int, hour: int) -> str:
    urls = board_measures.behind_urls(view, "received", view.area_code, hour=str(24 * day + hour))
    return urls["numerator"]


def _day_url(view: View, day: int) -> str:
    urls = board_measures.behind_urls(view, "received", view.area_code, weekday=str(day))
    return urls["numerator"]


def _heat_class(count: int, most: int) -> int:
    """Return 1 to 5 for a fifth of the fullest hour each, 0 for an empty one."""
    return 0 if not count else -(-count * CLASSES // most)


def _cell_words(day: int, hour: int, count: int) -> str:
    return _("%(hour)s: %(count)s", hour=hour_words(day, hour), count=f"{count:,}")


def hour_words(day: int, hour: int) -> str:
    """Return an hour of the week in words; `day` 0 is Monday."""
    return _(
        "%(day)s %(first)s:00–%(last)s:00",
        day=WEEKDAYS[day],
        first=f"{hour:02d}",
        last=f"{hour + 1:02d}",
    )


def cut_code(asked: str | None) -> str:
    """Return the indicator to cut: the closure rate for none, or one that cannot be cut."""
    one = BOOK.get(asked or "")
    return board_measures.USUAL if one is None or not _cuttable(one) else one.code


def _cuttable(one: Indicator) -> bool:
    return one.spell is None and breakdowns.can_be_cut(one)


def cut_choices(chosen: str) -> list[dict[str, Any]]:
    """Return every indicator that can be cut, in families."""
    return families(chosen, lambda one: _cuttable(one))


def families(chosen: str, wanted: Any) -> list[dict[str, Any]]:
    """Return the indicators for which `wanted(one)` holds, in families, for a choice."""
    found = [
        {
            "words": family.of(language()),
            "options": [
                {"code": one.code, "words": one.name.of(language()), "current": one.code == chosen}
                for one in part
                if wanted(one)
            ],
        }
        for family, part in FAMILIES
    ]
    return [family for family in found if family["options"]]


def cuts(session: Session, view: View, code: str, reference: Reference) -> list[dict[str, Any]]:
    """Return an indicator by unit, class and channel; what needs attention first."""
    found = []
    for by, words_of_it in CUTS:
        shares = _ordered(BOOK[code], breakdowns.breakdown(session, view, code, by))
        most = max((share.value or 0.0 for share in shares), default=0.0)
        rows = [_cut_row(view, code, by, share, most, reference) for share in shares]
        found.append(
            {
                "key": str(by),
                "words": str(words_of_it),
                "rows": rows[:ROWS_AT_FIRST],
                "rest": rows[ROWS_AT_FIRST:],
            }
        )
    return found


def _ordered(one: Indicator, shares: Sequence[Share]) -> list[Share]:
    """Return the ranked ones first, of these the one that needs attention most; then the few."""
    if one.kind is Kind.COUNT:
        return list(shares)
    sign = -1 if one.better is Better.DOWN else 1
    ranked = [share for share in shares if share.rankable and share.value is not None]
    ranked.sort(key=lambda share: (sign * (share.value or 0.0), share.key))
    return ranked + [share for share in shares if share not in ranked]


def _cut_row(
    view: View, code: str, by: Dim, share: Share, most: float, reference: Reference
) -> dict[str, Any]:
    one = BOOK[code]
    ranked = share.rankable or one.kind is Kind.COUNT
    full = 1.0 if one.kind is Kind.SHARE else most
    return {
        "name": key_words(by, share.key, reference),
        "text": board_measures.written(one, share.value) if ranked else None,
        "bar": round(100 * min(1.0, (share.value or 0.0) / full), 1) if ranked and full else 0,
        "numerator": share.numerator,
        "denominator": share.denominator,
        "urls": board_measures.behind_urls(view, code, view.area_code, **{str(by): share.key}),
    }


def key_words(by: Dim, key: str, reference: Reference) -> str:
    """Return the name of a unit, class of problem or channel a figure is cut by."""
    if by is Dim.UNIT:
        unit = reference.units.get(key)
        if unit is None:
            return key or _("People of the grids")
        return pick(unit.name, unit.name_en)
    if by is Dim.CATEGORY:
        return category_words(key, reference) or _("No class")
    return str(words.CHANNEL_WORDS.get(key, key)) or _("Other channel")


def category_words(code: str, reference: Reference) -> str:
    """Return the name of a class of problem, its code where the catalogue lost it."""
    found = reference.catalogue.get(code)
    return code if found is None else pick(found.name, found.name_en)


def stock(session: Session, view: View, *, now: datetime) -> dict[str, Any]:
    """Return the stock table with its balance; each line opens its cases, or its acts."""
    found = stocks.stock(session, view, now=now)

    def lines(numbers: dict[str, int]) -> list[dict[str, Any]]:
        return [
            {
                "words": str(STOCK_WORDS[name]),
                "count": number,
                "url": board_measures.behind_urls(view, f"{name}_flow", view.area_code)[
                    "numerator"
                ],
            }
            for name, number in numbers.items()
        ]

    days = periods.asked(view)
    return {
        "ends": {
            end: url_for("board.stock_cases", area=view.area_code, end=end, **days)
            for end in ("opening", "closing")
        },
        "opening": found.opening,
        "came": lines(found.came),
        "went": lines(found.went),
        "closing": found.closing,
        "difference": found.difference,
    }


def due(
    session: Session, actor: Actor, view: View, reference: Reference, *, now: datetime
) -> dict[str, Any]:
    """Return what is due today: how many, how many of them closed, and the open ones by time.

    The actor's own policy is applied to the list besides the view's classes.
    """
    found, today = due_today.due_today(session, view, now=now), reference.local_day(now)
    ids = [one.case_id for one in found.cases]
    seen = session.scalars(select(Case).where(Case.id.in_(ids), visible(actor)))
    known = {case.id: case for case in seen}
    names = people.names(session, {c.assignee_id for c in known.values() if c.assignee_id})
    rows = [
        _due_row(known[one.case_id], one.due_at, names, reference, now)
        for one in found.cases
        if one.case_id in known
    ]
    waiting = found.due - found.closed
    return {
        "due": found.due,
        "closed": found.closed,
        "open": waiting,
        "urls": board_measures.behind_urls(
            replace(view, first=today, last=today), "closure_due", view.area_code
        ),
        "rows": rows[:DUE_AT_FIRST],
        "rest": rows[DUE_AT_FIRST:],
        "unlisted": max(0, waiting - len(rows)),
    }


def _due_row(
    case: Case, due_at: datetime, names: dict[UUID, str], reference: Reference, now: datetime
) -> dict[str, Any]:
    row = cards.behind_row(case, reference, now)
    person = names.get(case.assignee_id) if case.assignee_id else None
    return {
        **row,
        "due": words.clock(due_at, now, reference.zone),
        "holder": words.joined(row["unit"] or "", person or "") or "—",
    }


def warnings(
    session: Session, view: View, reference: Reference, *, now: datetime
) -> list[dict[str, Any]]:
    """Return the surges of today in an area and right below it, each a sentence and its cases."""
    return [
        {
            "words": _surge_words(one, reference),
            "url": board_measures.behind_urls(
                View(view.district_code, one.area, one.day, one.day, view.classes),
                "received",
                one.area,
                **({"category": one.category} if one.category else {}),
            )["numerator"],
        }
        for one in surges.surges(session, view, now=now)
    ]


def _surge_words(one: Surge, reference: Reference) -> str:
    area = reference.net.find(one.area)
    expected = format_decimal(round(one.expected, 1 if one.expected < 10 else 0))
    values = {
        "count": f"{one.count:,}",
        "area": one.area if area is None else name_of(area),
        "usual": expected,
    }
    if one.category is None:
        return _("Today %(count)s reports in %(area)s, usually %(usual)s", **values)
    return _(
        "Today %(count)s reports of “%(problem)s” in %(area)s, usually %(usual)s",
        problem=category_words(one.category, reference),
        **values,
    )


def heat_legend() -> list[dict[str, Any]]:
    """Return the colours of the hours in words, from few to many."""
    few, many = pgettext("heat", "few"), pgettext("heat", "many")
    texts = [few, "", "", "", many]
    return [{"cls": n, "words": text} for n, text in enumerate(texts, 1)]
