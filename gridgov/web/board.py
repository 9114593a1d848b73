"""The board: headline figures, map, table and feed; and the cases behind each figure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.deadlines import Lamp
from gridgov.domain.indicator_book import BOOK
from gridgov.domain.roles import Actor, Role
from gridgov.domain.scope import board_areas
from gridgov.services import board as boards
from gridgov.services import open_lamps
from gridgov.services import reference as references
from gridgov.services.board import Figure, Snapshot, View
from gridgov.services.reference import Reference
from gridgov.storage.messages import Message
from gridgov.storage.session import read_only
from gridgov.web import (
    board_charts,
    board_hooks,
    board_map,
    board_measures,
    board_past,
    cards,
    frames,
    periods,
    shell,
    words,
)
from gridgov.web.access import current_actor, requires
from gridgov.web.board_asked import of_days, top_area, view_of_days
from gridgov.web.i18n import language
from gridgov.web.instance import utc_now
from gridgov.web.periods import Period
from gridgov.web.places import name_of

board = Blueprint("board", __name__, url_prefix="/board")

READERS = (Role.SUPERVISOR, Role.DISPATCHER, Role.OFFICE)
AREA = "areas granted to the person, and all below them"
# More parts than this leave no room for names: the table, the call-out and the focus say them.
NAMED_PARTS = 12
NAME_ROOM = 45.0  # units of the map around a name; in less it lies over the neighbours
DISC_ABOVE = 48  # units of the map above the name


@board.get("")
@requires(*READERS, area=AREA)
def show() -> str | BaseResponse:
    """Show the board of an area for a period; without cases in it, since launch."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        other = board_past.address_of(request.args)
        if not request.args:
            other = board_hooks.default_address(session, actor)
        if other is not None:
            return redirect(other)
        reference = references.of(session, actor.district_code)
        area_code = request.args.get("area") or top_area(actor)
        as_of = board_past.asked(request.args, reference, now)
        at = as_of or now
        period, since_launch = _period(session, actor, area_code, reference, at)
        view = boards.open_view(session, actor, area_code, period.first, period.last)
        found = _found(session, view, now, as_of)
        news = _news(session, view, as_of)
        feed = frames.feed(session, view, news, now=now)
        by = board_measures.chosen(request.args.get("by"))
        measures = board_measures.measured(session, found, by, now=now, as_of=as_of)
        beside = {
            "key": board_measures.key_figures(session, view, now=now, as_of=as_of),
            "units": board_charts.units(session, view, reference),
            "trend": board_charts.trend(
                session, view, now=now, today=reference.local_day(at), as_of=as_of
            ),
            "slider": board_past.slider(
                session, view, reference, _at_hour(area_code, period, by), now=now, as_of=as_of
            ),
            "lamps": None if as_of else open_lamps.lamps(session, view, now=now),
            **board_hooks.beside_board(session, actor, view, period, reference, now=now),
        }
        head = shell.staff_context(actor, "board", reference)
    page = _page(actor, found, reference, period, since_launch, by, now)
    page |= _map(found, reference, period, by, measures) | _beside(view, by, beside, period)
    page["figures"]["lamps"] = beside["lamps"]
    page["past"] = None if as_of is None else board_past.of_page(page, view, as_of, reference)
    return render_template("board/board.html", **head, **page, cards=list(reversed(feed)))


def _found(session: Session, view: View, now: datetime, as_of: datetime | None) -> Snapshot:
    if as_of is None:
        return boards.snapshot(session, view, now=now)
    return board_past.snapshot(session, view, now=now, as_of=as_of)


def _news(session: Session, view: View, as_of: datetime | None) -> Sequence[Message]:
    if as_of is None:
        return boards.news(session, view, after=0)
    return board_past.news(session, view, as_of)


def _at_hour(area_code: str, period: Period, by: str) -> board_past.Link:
    """Return how to get to this board at an hour, or at the present moment for None."""
    return lambda hour: _board_url(area_code, period, by=by, as_of=hour)


def _period(
    session: Session, actor: Actor, area_code: str, reference: Reference, now: datetime
) -> tuple[Period, bool]:
    """Return the period asked for, and whether "since launch" stands in for an empty one."""
    if request.args.get("from") or request.args.get("to"):
        first, last = periods.read(request.args, session, reference, now)
        return Period("", first, last), False
    period = periods.named(request.args.get("period", "all"), session, reference, now)
    if period.key == "all":
        return period, False
    view = boards.open_view(session, actor, area_code, period.first, period.last)
    if boards.snapshot(session, view, now=now).figures.received:
        return period, False
    return periods.named("all", session, reference, now), True


def _page(
    actor: Actor,
    found: Snapshot,
    reference: Reference,
    period: Period,
    since_launch: bool,
    by: str,
    now: datetime,
) -> dict[str, Any]:
    view = found.view
    area = found.area
    shown = {**frames.figures_json(found.figures), "urls": _urls(view, view.area_code)}
    return {
        "area": {
            "code": area.code,
            "name": name_of(area),
            "parts_words": _parts_words(reference, area.code),
        },
        "crumbs": _crumbs(actor, found, period, by),
        "periods": periods.links(area.code, period, reference, **_kept(by)),
        "period": {
            **periods.asked(view),
            "words": periods.words_of(period),
            "key": period.key,
        },
        "since_launch": since_launch,
        "figures": shown,
        "definition": None,
        "cursor": found.cursor,
        "net": reference.net.version,
        "as_of": words.clock(now, now, reference.zone),
        "changes_url": url_for("board.changes"),
    }


def _urls(view: View, area_code: str) -> dict[str, str]:
    days = periods.asked(view)
    urls = {
        str(figure): url_for("board.cases", area=area_code, figure=str(figure), **days)
        for figure in Figure
    }
    return {**urls, "numerator": urls["closed"], "denominator": urls["received"]}


def _crumbs(actor: Actor, found: Snapshot, period: Period, by: str) -> list[dict[str, str]]:
    """Return the way down to the area, from the highest one the person may open."""
    granted = board_areas(actor)
    codes = [step.code for step in found.path]
    start = next(index for index, code in enumerate(codes) if code in granted)
    return [
        {"name": name_of(step), "url": _board_url(step.code, period, by=by)}
        for step in found.path[start:]
    ]


PRESENT = ""  # at the hour this very page shows


def _board_url(
    area_code: str,
    period: Period,
    by: str = board_measures.USUAL,
    as_of: str | None = PRESENT,
) -> str:
    asked: dict[str, Any] = {"area": area_code, **_kept(by, as_of)}
    if period.key:
        return url_for("board.show", **asked, period=period.key)
    return url_for("board.show", **asked, **periods.asked(period))


def _kept(by: str, as_of: str | None = PRESENT) -> dict[str, str]:
    """Return what every address of the page keeps: the hour, and what the map is coloured by."""
    hour = request.args.get("as_of") if as_of == PRESENT else as_of
    kept = {"as_of": hour} if hour else {}
    return kept if by == board_measures.USUAL else kept | {"by": by}


def _parts_words(reference: Reference, code: str) -> str:
    """Return how many areas of each kind lie below, in words."""
    counts = dict.fromkeys((AreaKind.TOWN, AreaKind.VILLAGE, AreaKind.GRID), 0)
    below = [code]
    while below:
        children = reference.net.children(below.pop())
        for child in children:
            if child.kind in counts:
                counts[child.kind] += 1
            below.append(child.code)
    towns, villages, grids = counts.values()
    parts = [
        ngettext("%(num)d town", "%(num)d towns", towns) if towns else "",
        ngettext("%(num)d village", "%(num)d villages", villages) if villages else "",
        ngettext("%(num)d grid", "%(num)d grids", grids) if grids else "",
    ]
    return words.joined(*parts)


KIND_WORDS = {
    AreaKind.TOWN: lambda: _("By town"),
    AreaKind.VILLAGE: lambda: _("By village"),
    AreaKind.GRID: lambda: _("By grid"),
}


def _beside(view: View, by: str, found: dict[str, Any], period: Period) -> dict[str, Any]:
    """Return the key figures with the addresses of their cases, units, trend, and the choices."""

    def link(code: str) -> str:
        return _board_url(view.area_code, period, by=code)

    days = periods.asked(view)
    return {
        **found,
        "key": {
            code: {
                **one,
                "name": board_measures.name(code),
                "urls": board_measures.behind_urls(view, code, view.area_code),
            }
            for code, one in found["key"].items()
        },
        "by": {"code": by, "name": board_measures.name(by), "usual": by == board_measures.USUAL},
        "tabs": board_measures.tabs(by, link),
        "choices": board_measures.choices(by),
        "lamp_urls": {
            str(lamp): url_for("board.lamp_cases", lamp=str(lamp), area=view.area_code, **days)
            for lamp in Lamp
        },
        "indicators_url": url_for("board.indicators", area=view.area_code, **days),
        "reports_url": url_for("reports.show", area=view.area_code),
    }


def _map(
    found: Snapshot,
    reference: Reference,
    period: Period,
    by: str,
    measures: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    drawn = board_map.drawing(reference, found.area.code)
    areas = []
    for part, figures in found.parts:
        x, y = drawn.labels[part.code]
        named = len(found.parts) <= NAMED_PARTS and drawn.room[part.code] >= NAME_ROOM
        areas.append(
            {
                **frames.area_on_map(part, figures, by, measures[part.code]),
                "name": name_of(part),
                "short": _short_name(part),
                "path": drawn.paths[part.code],
                "href": _board_url(part.code, period, by=by),
                "urls": _urls(found.view, part.code),
                # The usual one stands in other columns, which open; this one is for scripts.
                "measure_urls": None
                if by == board_measures.USUAL
                else board_measures.behind_urls(found.view, by, part.code),
                "label_x": round(x) if named else None,
                "label_y": round(y) - 6 if named else None,
                "disc_x": round(x),
                "disc_y": round(y) - (DISC_ABOVE if named else 0),
            }
        )
    kind = found.parts[0][0].kind if found.parts else AreaKind.GRID
    return {
        "map": {
            "viewbox": drawn.viewbox,
            "outline": drawn.outline,
            "synthetic": reference.net.synthetic,
            "kind_words": KIND_WORDS[kind](),
            "borders": [],
        },
        "areas": areas,
        "callout": _worst(areas),
        "legend": _legend(areas, by, [m["value"] for m in measures.values() if m["cls"] != "none"]),
    }


def _short_name(area: AreaShape) -> str:
    """Return a grid's number, as its village stands above the map; other areas by name."""
    if area.kind is not AreaKind.GRID:
        return name_of(area)
    # Twelve digits and more end in the number; codes of elsewhere (C11) are short already.
    return area.code[-3:].removeprefix("0") if area.code.isdigit() else area.code


def _worst(areas: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the area that needs attention most: of the last colour, with most overdue cases."""
    ranked = [area for area in areas if area["cls"] != "none"]
    return max(ranked, key=lambda a: (a["cls"], a["overdue"], -a["rate"]), default=None)


def _legend(areas: list[dict[str, Any]], by: str, values: list[float]) -> list[dict[str, Any]]:
    texts = board_measures.legend_words(BOOK[by], values)
    classes: list[Any] = [1, 2, 3, 4, 5, "none"]
    return [
        {"cls": cls, "words": text, "count": sum(area["cls"] == cls for area in areas)}
        for cls, text in zip(classes, texts, strict=True)
    ]


@board.get("/changes")
@requires(*READERS, area=AREA)
def changes() -> Response:
    """Return the frame after a cursor, for pages without a websocket; 204 without news."""
    actor, now = current_actor(), utc_now()
    after = request.args.get("after", 0, type=int)
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        view = view_of_days(request.args, session, actor, reference, now)
        by = board_measures.chosen(request.args.get("by"))
        state = frames.board_state(session, view, now=now, by=by)
        frame = frames.board_frame(session, view, state, after=after, now=now)
    if frame["cursor"] <= after:
        return Response(status=204)
    return jsonify(frame)


@board.get("/cases")
@requires(*READERS, area=AREA)
def cases() -> str | BaseResponse:
    """Show exactly the cases a figure counts; those of a past hour as any indicator's."""
    actor, now = current_actor(), utc_now()
    asked = request.args.get("figure", "")
    figure = Figure(asked) if asked in set(Figure) else Figure.RECEIVED
    before = request.args.get("before", type=UUID)
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        as_of = board_past.asked(request.args, reference, now)
        view = view_of_days(request.args, session, actor, reference, as_of or now)
        if as_of is not None:
            return redirect(board_past.list_url(view, figure, as_of, reference))
        figures = boards.snapshot(session, view, now=now).figures
        found = boards.cases_behind(session, actor, view, figure, now=now, before=before)
        rows = [cards.behind_row(case, reference, now) for case in found]
        head = shell.staff_context(actor, "board", reference)
    here = of_days(view)
    more = len(found) == boards.PAGE
    return render_template(
        "board/cases.html",
        **head,
        figure={"key": str(figure)},
        area={"name": name_of(reference.net.area(view.area_code))},
        period={"words": periods.words_of(view)},
        definition=BOOK[str(figure)].formula.of(language()),
        definition_url=url_for("board.indicators", **here) + f"#{figure}",
        count=getattr(figures, str(figure)),
        back_url=url_for("board.show", **here),
        rows=rows,
        export_url=url_for("board.export_cases", figure=str(figure), **here),
        shown_words=_("%(num)d shown", num=len(rows)),
        next_url=url_for("board.cases", figure=str(figure), before=found[-1].id, **here)
        if more
        else None,
    )
