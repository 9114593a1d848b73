"""The cases behind any indicator, and the words and figures of all of them. Part of the board."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.counters import Dim
from gridgov.domain.errors import InvalidInput
from gridgov.domain.indicator_book import BOOK, FAMILIES, indicator
from gridgov.domain.indicator_model import Indicator, Part
from gridgov.domain.roles import Actor
from gridgov.services import behind as cases_behind
from gridgov.services import board as boards
from gridgov.services import board_notes, figures
from gridgov.services import reference as references
from gridgov.services import stock_cases as open_cases
from gridgov.services.behind import Narrowed
from gridgov.services.board import View
from gridgov.services.figures import Value
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.scope import visible
from gridgov.storage.session import read_only
from gridgov.web import analysis_parts, board_hooks, board_measures, cards, periods, shell
from gridgov.web.access import current_actor, requires
from gridgov.web.board import AREA, READERS, board
from gridgov.web.board_asked import top_area
from gridgov.web.i18n import language
from gridgov.web.instance import utc_now
from gridgov.web.periods import Period
from gridgov.web.places import name_of

PAGE = 100
NARROWED = ("unit", "category", "channel", "cell", "hour")


@board.get("/behind")
@requires(*READERS, area=AREA)
def behind() -> str:
    """Show exactly the cases one part of an indicator counts."""
    actor, now = current_actor(), utc_now()
    one = indicator(request.args.get("code", board_measures.USUAL))
    part = Part.DENOMINATOR if request.args.get("part") == "denominator" else Part.NUMERATOR
    asked = {name: request.args[name] for name in NARROWED if name in request.args}
    narrowed = Narrowed(**asked)
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        first, last = periods.read(request.args, session, reference, now)
        area_code = request.args.get("area") or top_area(actor)
        view = boards.open_view(session, actor, area_code, first, last)
        found = cases_behind.cases_of(
            session,
            view,
            one.code,
            part,
            now=now,
            narrowed=narrowed,
            after=request.args.get("after"),
            limit=PAGE,
        )
        known = visible_cases(session, actor, [row.case_id for row in found])
        rows = [
            cards.behind_row(known[row.case_id], reference, now) | {"weight": row.weight}
            for row in found
            if row.case_id in known
        ]
        count = _count(session, view, one, part, narrowed, now)
        head = shell.staff_context(actor, "board", reference)
    days: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat()}
    here: dict[str, Any] = {"code": one.code, "part": str(part), "area": area_code, **days, **asked}
    return render_template(
        "board/behind.html",
        **head,
        indicator=_definition(one),
        part=str(part),
        count=count,
        narrowed=_narrowed_words(narrowed, reference),
        definition_url=url_for("board.indicators", area=area_code, **days) + f"#{one.code}",
        area={"name": name_of(reference.net.area(area_code))},
        period={"words": periods.words_of(Period("", first, last))},
        back_url=url_for("board.show", area=area_code, **days),
        rows=rows,
        next_url=url_for("board.behind", after=found[-1].mark, **here)
        if len(found) == PAGE
        else None,
    )


def _count(
    session: Session, view: View, one: Indicator, part: Part, narrowed: Narrowed, now: datetime
) -> int:
    """Return the figure whose cases are listed, or the part of it the list is narrowed to."""
    if narrowed != Narrowed():
        return cases_behind.number_of(session, view, one.code, part, now=now, narrowed=narrowed)
    found = figures.values(session, view, [one.code], now=now)
    return _number(found[view.area_code][one.code], part)


def _narrowed_words(narrowed: Narrowed, reference: Reference) -> list[str]:
    """Return what a list is narrowed to, in words."""
    found = [
        analysis_parts.key_words(by, key, reference)
        for by, key in (
            (Dim.UNIT, narrowed.unit),
            (Dim.CATEGORY, narrowed.category),
            (Dim.CHANNEL, narrowed.channel),
        )
        if key is not None
    ]
    hour = narrowed.hour_of_week()
    if hour is not None:
        found.append(analysis_parts.hour_words(hour // 24, hour % 24))
    if narrowed.cell is not None:
        found.append(_("one square of about 110 m"))
    return found


@board.get("/stock")
@requires(*READERS, area=AREA)
def stock_cases() -> str:
    """Show the cases that were open when a period began, or when it ended."""
    actor, now = current_actor(), utc_now()
    opening = request.args.get("end") == "opening"
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        first, last = periods.read(request.args, session, reference, now)
        area_code = request.args.get("area") or top_area(actor)
        view = boards.open_view(session, actor, area_code, first, last)
        day = first - timedelta(days=1) if opening else last
        found = open_cases.open_at_the_end_of(
            session, view, day, after=request.args.get("after"), limit=PAGE
        )
        count = open_cases.number_open_at_the_end_of(session, view, day)
        known = visible_cases(session, actor, found)
        rows = [cards.behind_row(known[one], reference, now) for one in found if one in known]
        head = shell.staff_context(actor, "board", reference)
    days: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat()}
    here: dict[str, Any] = {"area": area_code, "end": "opening" if opening else "closing", **days}
    return render_template(
        "board/stock.html",
        **head,
        name=_("Open at the beginning") if opening else _("Open at the end"),
        count=count,
        area={"name": name_of(reference.net.area(area_code))},
        day=day.isoformat(),
        back_url=url_for("board.analysis", area=area_code, **days) + "#stock",
        rows=rows,
        next_url=url_for("board.stock_cases", after=str(found[-1]), **here)
        if len(found) == PAGE
        else None,
    )


def visible_cases(session: Session, actor: Actor, ids: list[UUID]) -> dict[UUID, Case]:
    """Return those cases the reader's own policy shows: a list never says more than a figure."""
    rows = session.scalars(select(Case).where(Case.id.in_(ids), visible(actor)))
    return {case.id: case for case in rows}


def _number(value: Value, part: Part) -> int:
    if part is Part.NUMERATOR:
        return value.numerator
    if value.denominator is None:
        raise InvalidInput("part", "no_denominator")
    return value.denominator


def _definition(one: Indicator) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name.of(language()),
        "formula": one.formula.of(language()),
        "source": one.source,
        "version": one.version,
        "shown": one.example.shown,
        "numerator": one.example.numerator,
        "denominator": one.example.denominator,
    }


@board.get("/indicators")
@requires(*READERS, area=AREA)
def indicators() -> str:
    """Show every indicator of a board with its definition, value and what it is made of."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        first, last = periods.read(request.args, session, reference, now)
        area_code = request.args.get("area") or top_area(actor)
        view = boards.open_view(session, actor, area_code, first, last)
        found = figures.values(session, view, list(BOOK), now=now)[area_code]
        notes = _notes(session, actor, view, reference, now)
        may_write = board_notes.may_write(session, actor, area_code)
        head = shell.staff_context(actor, "board", reference)
    days: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat()}
    return render_template(
        "board/indicators.html",
        **head,
        area={"name": name_of(reference.net.area(area_code))},
        period={"words": periods.words_of(Period("", first, last))},
        back_url=url_for("board.show", area=area_code, **days),
        notes=notes,
        may_write=may_write,
        note_url=lambda code: url_for("board.analysis", on=code, area=area_code, **days),
        families=[
            {
                "words": family.of(language()),
                "anchor": f"family-{number}",
                "rows": [_row(view, one, found[one.code]) for one in part],
            }
            for number, (family, part) in enumerate(FAMILIES)
        ],
    )


def _notes(
    session: Session, actor: Actor, view: View, reference: Reference, now: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Return indicator → the notes that stand on it."""
    found: dict[str, list[dict[str, Any]]] = {}
    carried = {
        "area": view.area_code,
        "from": view.first.isoformat(),
        "to": view.last.isoformat(),
    }
    for line in board_hooks.note_lines(session, actor, view, reference, carried, now=now):
        found.setdefault(line["code"], []).append(line)
    return found


def _row(view: View, one: Indicator, value: Value) -> dict[str, Any]:
    shown = board_measures.as_json(value)
    if one.sampled and shown["interval"]:
        shown["text"] = _(
            "%(value)s (%(interval)s)", value=shown["text"], interval=shown["interval"]
        )
    urls = {} if one.spell is not None else board_measures.behind_urls(view, one.code, value.area)
    return {**_definition(one), "value": shown, "urls": urls, "few": not value.rankable}
