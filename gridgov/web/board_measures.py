"""Indicators on the board: the key figures beside the headline, and what the map is coloured by."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.indicator_book import BOOK, FAMILIES
from gridgov.domain.indicator_model import Better, Indicator, Kind, Part
from gridgov.domain.indicators import RATE_CLASSES, Figures, rate_class
from gridgov.services import figures
from gridgov.services.board import Snapshot, View
from gridgov.services.breakdowns import Share
from gridgov.services.figures import Value
from gridgov.web import periods, words
from gridgov.web.i18n import language

USUAL = "closure_rate"
# Beside the headline, as a leader asks for them.
KEY = ("closure_due_on_time", "one_go_share", "closed_in_town_share", "satisfied_share")
# One press away on the map; every other indicator stands in the list behind them.
TABS = (USUAL, "closure_due_on_time", "overdue", "received", "satisfied_share")
CLASSES = 5


def chosen(code: str | None) -> str:
    """Return the indicator that was asked for, the closure rate for none or an unknown one."""
    return USUAL if code is None or code not in BOOK else code


def chosen_by_steps(code: str | None) -> str:
    """Return as `chosen`, but a figure that has a value for each day, which a duration has not."""
    found = chosen(code)
    return USUAL if BOOK[found].spell is not None else found


def name(code: str) -> str:
    """Return an indicator's name in the language of the request.

    The one of the headline is called there as everybody says; the book's name tells it from its
    kin (by cohort, by what was due), which stand on the page of definitions.
    """
    return _("Closure rate") if code == USUAL else BOOK[code].name.of(language())


def text(value: Value) -> str:
    """Return a value as people read it; "—" where there is nothing to divide by."""
    return written(BOOK[value.code], value.value)


def text_of(share: Share) -> str:
    """Return the share of a unit or class as people read it."""
    return words.percent(share.value)


def written(one: Indicator, value: float | None) -> str:
    """Return a number of an indicator's kind as people read it."""
    if value is None:
        return words.percent(None)
    if one.kind is Kind.SHARE:
        return words.percent(value)
    if one.kind is Kind.COUNT:
        return f"{value:,.0f}"
    if one.kind is Kind.HOURS:
        return _("%(hours)s h", hours=f"{value:,.1f}")
    return f"{value:.2f}"


def key_figures(
    session: Session, view: View, *, now: datetime, as_of: datetime | None = None
) -> dict[str, dict[str, Any]]:
    """Return code → what the page shows of a key figure, the headline's maturity included."""
    codes = (USUAL, *KEY)
    found = figures.values(session, view, codes, now=now, as_of=as_of)[view.area_code]
    return {code: as_json(found[code]) for code in codes}


def as_json(value: Value) -> dict[str, Any]:
    """Return a value as a page shows it."""
    ripe = value.maturity
    return {
        "text": text(value),
        "value": value.value,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "maturity": "" if ripe is None else _ripe_words(ripe, value.denominator or 0),
        "interval": ""
        if value.low is None or value.high is None
        else _("%(low)s to %(high)s", low=words.percent(value.low), high=words.percent(value.high)),
    }


def _ripe_words(ripe: float, cases: int) -> str:
    """Return how much of a cohort has come due, and how many cases have not."""
    waiting = round(cases * (1 - ripe))
    if not waiting:
        return _("all of them due")
    return _("%(share)s due, %(count)s not yet", share=words.percent(ripe), count=f"{waiting:,}")


def measured(
    session: Session, found: Snapshot, code: str, *, now: datetime, as_of: datetime | None = None
) -> dict[str, dict[str, Any]]:
    """Return area → text, parts and colour class (1 best … 5, "none") of an indicator.

    The closure rate is in the snapshot already: a frame of the usual board asks nothing more.
    """
    if code == USUAL:
        return {area.code: _of_snapshot(of_area) for area, of_area in found.parts}
    areas = [area.code for area, _figures in found.parts]
    read = figures.values(session, found.view, [code], now=now, areas=areas, as_of=as_of)
    values = {area: read[area][code] for area in areas}
    classes = classed(BOOK[code], values)
    return {area: as_json(value) | {"cls": classes[area]} for area, value in values.items()}


def _of_snapshot(found: Figures) -> dict[str, Any]:
    return {
        "text": words.percent(found.closure_rate),
        "value": found.closure_rate,
        "numerator": found.closed,
        "denominator": found.received,
        "maturity": "",
        "interval": "",
        "cls": rate_class(found.closed, found.received) or "none",
    }


def classed(one: Indicator, values: Mapping[str, Value]) -> dict[str, int | str]:
    """Return the colour class of each area: 5 needs most attention, "none" has too few cases.

    Shares have fixed classes, which belong to the definition, so that two days compare. Numbers
    have none, nor shares of which neither much nor little is good: there the areas are put in
    five parts of equal span, the most in the last.
    """
    known = compared(one, values)
    low, high = min(known.values(), default=0.0), max(known.values(), default=0.0)
    found: dict[str, int | str] = dict.fromkeys(values, "none")
    for area, value in known.items():
        fixed = _has_classes(one)
        found[area] = _share_class(one, value) if fixed else _span_class(one, value, low, high)
    return found


def _has_classes(one: Indicator) -> bool:
    return one.kind is Kind.SHARE and one.better is not Better.NEITHER


def compared(one: Indicator, values: Mapping[str, Value]) -> dict[str, float]:
    """Return area → value of those whose value can be compared with others.

    What is divided says nothing of fewer than 20 cases; a number of cases is what it is.
    """
    return {
        area: value.value
        for area, value in values.items()
        if value.value is not None and (value.rankable or one.kind is Kind.COUNT)
    }


def _share_class(one: Indicator, value: float) -> int:
    good = 1 - value if one.better is Better.DOWN else value
    return next((n for n, least in enumerate(RATE_CLASSES, 1) if good >= least), CLASSES)


def _span_class(one: Indicator, value: float, low: float, high: float) -> int:
    if high <= low:
        return 1
    place = (value - low) / (high - low)
    if one.better is Better.UP:
        place = 1 - place
    return min(CLASSES, 1 + int(place * CLASSES))


def legend_words(one: Indicator, values: Sequence[float]) -> list[str]:
    """Return what the classes 1 to 5 and "none" mean for an indicator."""
    if not _has_classes(one):
        return _span_words(one, values)
    if one.better is Better.DOWN:
        bounds = [f"{100 * (1 - bound):.0f}" for bound in RATE_CLASSES]
        first, last = f"≤ {bounds[0]}%", f"> {bounds[-1]}%"
        middle = [f"{low}–{high}%" for low, high in zip(bounds, bounds[1:], strict=False)]
    else:
        bounds = [f"{100 * bound:.0f}" for bound in RATE_CLASSES]
        first, last = f"≥ {bounds[0]}%", f"< {bounds[-1]}%"
        middle = [f"{low}–{high}%" for high, low in zip(bounds, bounds[1:], strict=False)]
    return [first, *middle, last, _("Fewer than 20 cases")]


def _span_words(one: Indicator, values: Sequence[float]) -> list[str]:
    low, high = min(values, default=0.0), max(values, default=0.0)
    step = (high - low) / CLASSES
    edges = [low + step * n for n in range(CLASSES + 1)]
    spans = [f"{written(one, a)}–{written(one, b)}" for a, b in zip(edges, edges[1:], strict=False)]
    none = _("No figure") if one.kind is Kind.COUNT else _("Fewer than 20 cases")
    return [*(reversed(spans) if one.better is Better.UP else spans), none]


def tabs(by: str, link: Any) -> list[dict[str, Any]]:
    """Return the indicators one press away; `link(code)` gives the address of each."""
    return [{"words": name(code), "url": link(code), "current": code == by} for code in TABS]


def choices(by: str, *, by_steps: bool = False) -> list[dict[str, Any]]:
    """Return every indicator the map can show, in families; those with a value for each day."""
    families = [
        (family, [one for one in part if one.spell is None or not by_steps])
        for family, part in FAMILIES
    ]
    return [
        {
            "words": family.of(language()),
            "options": [
                {"code": one.code, "words": one.name.of(language()), "current": one.code == by}
                for one in part
            ],
        }
        for family, part in families
        if part
    ]


def behind_urls(view: View, code: str, area: str, **narrowed: str) -> dict[str, str]:
    """Return the addresses of the cases behind both parts of an indicator."""
    asked = periods.asked(view) | {"area": area, "code": code} | narrowed
    urls = {"numerator": url_for("board.behind", part=str(Part.NUMERATOR), **asked)}
    if BOOK[code].denominator:
        urls["denominator"] = url_for("board.behind", part=str(Part.DENOMINATOR), **asked)
    return urls
