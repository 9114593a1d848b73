"""The wall: the board as a screen shows it for weeks, without anybody touching it.

The page renews itself by fetching itself: its parts are swapped, never the page. Part of the
board.
"""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from flask import render_template, request, url_for
from flask import session as browser
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy.orm import Session

from gridgov.config import ROOT
from gridgov.services import board as boards
from gridgov.services import figures, open_lamps, trends
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.services.reference import Reference
from gridgov.services.trends import Step
from gridgov.storage.session import read_only
from gridgov.web import board_asked, board_measures, board_wall_map, frames, periods, shell
from gridgov.web.access import current_actor, requires
from gridgov.web.board import AREA, READERS, board
from gridgov.web.board_asked import Asked
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now
from gridgov.web.places import name_of

FEED = 8
UNITS = 8
TREND_DAYS = 30
# The chart is drawn in pixels of a wall of 1920; the page's root size scales it.
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 468, 204, 40, 34, 12, 120
GRID_LINES = 3
WORD_HEIGHT = 28
ASSETS = (
    "css/board-wall.css",
    "js/board-wall.js",
    "js/lib/live.js",
    "js/boot.js",
    "css/tokens.css",
)


@board.get("/wall")
@requires(*READERS, area=AREA)
def wall() -> str:
    """Show the board of an area for a screen on a wall."""
    actor, now = current_actor(), utc_now()
    # The cookie is signed anew each time the screen renews itself: it does not run out.
    browser.modified = True
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        asked = board_asked.read(request.args, session, actor, reference, now)
        page = _page(session, asked, reference, now)
        head = shell.staff_context(actor, "board", reference)
    return render_template("board/wall.html", **{**head, "theme": "dark"}, **page, build=build())


def _page(session: Session, asked: Asked, reference: Reference, now: datetime) -> dict[str, Any]:
    view = asked.view
    found = boards.snapshot(session, view, now=now)
    news = boards.news(session, view, after=0, limit=FEED)
    cards = frames.feed(session, view, news, now=now)
    return {
        "area": {"code": view.area_code, "name": name_of(found.area)},
        "period": {
            **periods.asked(view),
            "words": _period_words(asked),
        },
        "figures": frames.figures_json(found.figures),
        "lamps": open_lamps.lamps(session, view, now=now),
        "today": _today(session, view, reference, now),
        "key": {
            code: one | {"name": board_measures.name(code)}
            for code, one in board_measures.key_figures(session, view, now=now).items()
        },
        "key_codes": board_measures.KEY,
        "map": board_wall_map.shown(session, view, reference, now),
        "units": _units(session, view, reference, now),
        "trend": _trend(session, view, now, reference.local_day(now)),
        "cards": list(reversed(cards)),
        "cursor": found.cursor,
        "zone": str(reference.zone),
        "changes_url": url_for("board.changes"),
        "board_url": asked.url("board.show"),
    }


def _period_words(asked: Asked) -> str:
    if not asked.period.key:
        return periods.words_of(asked.period)
    name = str(periods.KEYS[asked.period.key])
    return _("%(name)s, %(first)s until now", name=name, first=asked.view.first.isoformat())


def _today(session: Session, view: View, reference: Reference, now: datetime) -> dict[str, int]:
    day = reference.local_day(now)
    today = View(view.district_code, view.area_code, day, day, view.classes)
    codes = ("received_flow", "closed_flow")
    found = figures.values(session, today, codes, now=now)[view.area_code]
    return {"received": found[codes[0]].numerator, "closed": found[codes[1]].numerator}


def _units(session: Session, view: View, reference: Reference, now: datetime) -> dict[str, Any]:
    found = open_lamps.overdue_by_unit(session, view, now=now)
    most = max((count for _unit, count in found), default=0)
    return {
        "rows": [
            {
                "name": _unit_name(reference, code),
                "count": count,
                "width": round(100 * count / most, 1),
            }
            for code, count in found[:UNITS]
        ],
        "sum": sum(count for _unit, count in found),
        "more": max(0, len(found) - UNITS),
    }


def _unit_name(reference: Reference, code: str) -> str:
    unit = reference.units.get(code)
    return _("People of the grids") if unit is None else pick(unit.name, unit.name_en)


def _trend(session: Session, view: View, now: datetime, today: date) -> dict[str, Any] | None:
    """Return the lines of the last 30 days, in pixels; None for a single day."""
    last = min(view.last, today)
    first = max(view.first, last - timedelta(days=TREND_DAYS - 1))
    if first >= last:
        first, last = today - timedelta(days=TREND_DAYS - 1), today
    lately = View(view.district_code, view.area_code, first, last, view.classes)
    lines = [
        (
            str(word),
            [p.numerator for p in trends.trend(session, lately, code, Step.DAY, now=now).points],
        )
        for code, word in (
            ("received_flow", pgettext("figure", "Received")),
            ("closed_flow", pgettext("figure", "Closed")),
        )
    ]
    top = _round_up(max(max(numbers, default=0) for _word, numbers in lines))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    ends = _apart([_y(numbers[-1], top) for _word, numbers in lines])
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "grid": [
            {"y": _y(top * n / GRID_LINES, top), "words": f"{top * n // GRID_LINES:,}"}
            for n in range(GRID_LINES + 1)
        ],
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "days": [
            {"x": _x(n, len(days)), "words": f"{day:%m-%d}"}
            for n, day in enumerate(days)
            if (len(days) - 1 - n) % 7 == 3
        ],
        "lines": [
            {
                "words": word,
                "last": numbers[-1],
                "points": " ".join(
                    f"{_x(n, len(numbers))},{_y(number, top)}" for n, number in enumerate(numbers)
                ),
                "x": _x(len(numbers) - 1, len(numbers)),
                "y": _y(numbers[-1], top),
                "words_y": end,
            }
            for (word, numbers), end in zip(lines, ends, strict=True)
        ],
    }


def _x(n: int, of: int) -> float:
    return round(LEFT + (WIDTH - RIGHT - LEFT) * n / max(1, of - 1), 1)


def _y(number: float, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * number / top, 1)


def _round_up(most: int) -> int:
    """Return the next number that three grid lines divide."""
    step = 1
    while step * GRID_LINES < most:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return step * GRID_LINES


def _apart(ends: list[float]) -> list[float]:
    """Move the words at the ends of two lines apart, so that none lies on the other."""
    low, high = sorted(ends)
    if high - low < WORD_HEIGHT:
        middle = (low + high) / 2
        low, high = middle - WORD_HEIGHT / 2, middle + WORD_HEIGHT / 2
    return [low, high] if ends[0] <= ends[1] else [high, low]


@cache
def build() -> str:
    """Return a sign of the files a wall runs on: with another one it loads itself anew."""
    newest = max((ROOT / "static" / one).stat().st_mtime_ns for one in ASSETS)
    return f"{newest:x}"
