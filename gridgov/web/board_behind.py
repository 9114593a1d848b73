"""The cases behind any indicator, and the words and figures of all of them. Part of the board."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
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
from gridgov.services import behind_at, board_notes, figures, stocks
from gridgov.services import reference as references
from gridgov.services import stock_cases as open_cases
from gridgov.services.behind import Behind, Narrowed, Question
from gridgov.services.board import View
from gridgov.services.figures import Value
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.scope import visible
from gridgov.storage.session import read_only
from gridgov.web import (
    analysis_parts,
    board_hooks,
    board_measures,
    board_past,
    cards,
    periods,
    shell,
)
from gridgov.web.access import current_actor, requires
from gridgov.web.board import AREA, READERS, board
from gridgov.web.board_asked import of_days, view_of_days
from gridgov.web.i18n import language
from gridgov.web.instance import utc_now
from gridgov.web.places import name_of

PAGE = 100
NARROWED = ("unit", "category", "channel", "cell", "hour", "weekday")


@board.get("/behind")
@requires(*READERS, area=AREA)
def behind() -> str:
    """Show exactly the cases one part of an indicator counts."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        as_of = board_past.asked(request.args, reference, now)
        view = view_of_days(request.args, session, actor, reference, as_of or now)
        asked = question(view)
        one = indicator(asked.code)
        after = request.args.get("after")
        found = behind_at.cases_of(session, asked, now=now, as_of=as_of, after=after, limit=PAGE)
        known = visible_cases(session, actor, [row.case_id for row in found])
        rows = [
            _case_row(row, known[row.case_id], reference, now, as_of)
            for row in found
            if row.case_id in known
        ]
        count = _count(session, asked, now, as_of)
        head = shell.staff_context(actor, "board", reference)
    past = None if as_of is None else board_past.words_of(as_of, reference)
    here = of_days(view) | _at(past)
    given = {name: request.args[name] for name in NARROWED if name in request.args}
    cases: dict[str, Any] = {"code": one.code, "part": str(asked.part), **here, **given}
    return render_template(
        "board/behind.html",
        **head,
        indicator=_definition(one),
        part=str(asked.part),
        count=count,
        past=past,
        narrowed=_narrowed_words(asked.narrowed, reference),
        definition_url=url_for("board.indicators", **here) + f"#{one.code}",
        area={"name": name_of(reference.net.area(view.area_code))},
        period={"words": periods.words_of(view)},
        back_url=url_for("board.show", **here),
        rows=rows,
        export_url=url_for("board.export_behind", **cases),
        next_url=url_for("board.behind", after=found[-1].mark, **cases)
        if len(found) == PAGE
        else None,
    )


def _at(past: Mapping[str, str] | None) -> dict[str, Any]:
    """Return what an address adds for a past hour."""
    return {} if past is None else {"as_of": past["hour"]}


def _case_row(
    row: Behind, case: Case, reference: Reference, now: datetime, as_of: datetime | None
) -> dict[str, Any]:
    found = cards.behind_row(case, reference, now) | {"weight": row.weight}
    return found if as_of is None else board_past.then_row(found, row.stood, reference)


def question(view: View) -> Question:
    """Read whose cases an address asks for. Raises: NotFound for no indicator."""
    args = request.args
    return Question(
        view,
        indicator(args.get("code", board_measures.USUAL)).code,
        Part.DENOMINATOR if args.get("part") == "denominator" else Part.NUMERATOR,
        Narrowed(**{name: args[name] for name in NARROWED if name in args}),
    )


def _count(session: Session, asked: Question, now: datetime, as_of: datetime | None) -> int:
    """Return the figure whose cases are listed, or the part of it the list is narrowed to."""
    if asked.narrowed != Narrowed():
        return behind_at.number_of(session, asked, now=now, as_of=as_of)
    found = figures.values(session, asked.view, [asked.code], now=now, as_of=as_of)
    return _number(found[asked.view.area_code][asked.code], asked.part)


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
    day = narrowed.day_of_week()
    if day is not None:
        found.append(str(analysis_parts.WEEKDAYS[day]))
    if narrowed.cell is not None:
        found.append(_("one square of about 110 m"))
    return found


@board.get("/stock")
@requires(*READERS, area=AREA)
def stock_cases() -> str:
    """Show the cases that were open when a period began, or when it ended."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        view = view_of_days(request.args, session, actor, reference, now)
        day = stock_day(view)
        found = open_cases.open_at_the_end_of(
            session, view, day, now=now, after=request.args.get("after"), limit=PAGE
        )
        count = stocks.open_at_the_end_of(session, view, day)
        known = visible_cases(session, actor, [row.case_id for row in found])
        rows = [
            cards.behind_row(known[row.case_id], reference, now)
            for row in found
            if row.case_id in known
        ]
        head = shell.staff_context(actor, "board", reference)
    here = of_days(view)
    opening = day < view.first
    cases = {"end": "opening" if opening else "closing", **here}
    return render_template(
        "board/stock.html",
        **head,
        name=_("Open at the beginning") if opening else _("Open at the end"),
        count=count,
        area={"name": name_of(reference.net.area(view.area_code))},
        day=day.isoformat(),
        back_url=url_for("board.analysis", **here) + "#stock",
        rows=rows,
        export_url=url_for("board.export_stock", **cases),
        next_url=url_for("board.stock_cases", after=found[-1].mark, **cases)
        if len(found) == PAGE
        else None,
    )


def stock_day(view: View) -> date:
    """Read at the end of which local day the cases asked for were open."""
    opening = request.args.get("end") == "opening"
    return view.first - timedelta(days=1) if opening else view.last


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
        as_of = board_past.asked(request.args, reference, now)
        view = view_of_days(request.args, session, actor, reference, as_of or now)
        found = figures.values(session, view, list(BOOK), now=now, as_of=as_of)[view.area_code]
        notes = _notes(session, actor, view, reference, now)
        may_write = board_notes.may_write(session, actor, view.area_code)
        head = shell.staff_context(actor, "board", reference)
    past = None if as_of is None else board_past.words_of(as_of, reference)
    here = of_days(view)
    return render_template(
        "board/indicators.html",
        **head,
        past=past,
        now_url=url_for("board.indicators", **here),
        area={"name": name_of(reference.net.area(view.area_code))},
        period={"words": periods.words_of(view)},
        back_url=url_for("board.show", **here, **_at(past)),
        notes=notes,
        may_write=may_write,
        note_url=lambda code: url_for("board.analysis", on=code, **here),
        families=[
            {
                "words": family.of(language()),
                "anchor": f"family-{number}",
                "rows": [_row(view, one, found[one.code], past) for one in part],
            }
            for number, (family, part) in enumerate(FAMILIES)
        ],
    )


def _notes(
    session: Session, actor: Actor, view: View, reference: Reference, now: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Return indicator → the notes that stand on it."""
    found: dict[str, list[dict[str, Any]]] = {}
    lines = board_hooks.note_lines(session, actor, view, reference, of_days(view), now=now)
    for line in lines:
        found.setdefault(line["code"], []).append(line)
    return found


def _row(
    view: View, one: Indicator, value: Value, past: Mapping[str, str] | None
) -> dict[str, Any]:
    shown = board_measures.as_json(value)
    if one.sampled and shown["interval"]:
        shown["text"] = _(
            "%(value)s (%(interval)s)", value=shown["text"], interval=shown["interval"]
        )
    urls = board_measures.behind_urls(view, one.code, value.area, **_at(past))
    return {**_definition(one), "value": shown, "urls": urls, "few": not value.rankable}
