"""The analysis page: when, where and with whom, what is due, and how it went. Part of the board."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import InvalidInput
from gridgov.domain.indicator_book import BOOK
from gridgov.domain.roles import Actor, Role
from gridgov.domain.scope import board_areas
from gridgov.services import board_notes
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.services.saved_views import Page
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import (
    analysis_parts,
    analysis_spots,
    analysis_trend,
    board_asked,
    board_hooks,
    board_map,
    board_measures,
    board_past,
    periods,
    shell,
    words,
)
from gridgov.web.access import current_actor, requires
from gridgov.web.board import AREA, READERS, board
from gridgov.web.board_asked import Asked
from gridgov.web.i18n import language
from gridgov.web.instance import utc_now
from gridgov.web.places import name_of


@board.get("/analysis")
@requires(*READERS, area=AREA)
def analysis() -> str:
    """Show the analysis of an area for a period."""
    values = {"code": request.args.get("on", ""), "text": ""}
    return _page(request.args, values, {})


def _page(asked_for: Mapping[str, str], note: dict[str, str], errors: dict[str, str]) -> str:
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        asked = board_asked.read(asked_for, session, actor, reference, now)
        view = asked.view
        cut = analysis_parts.cut_code(asked.settings.get("cut"))
        shown = board_measures.chosen_by_steps(asked.settings.get("trend"))
        step = asked.settings.get("step")
        page = {
            "heat": analysis_parts.heat(session, view),
            "cuts": analysis_parts.cuts(session, view, cut, reference),
            "spots": analysis_spots.spots(session, view, reference),
            "warnings": analysis_parts.warnings(session, view, reference, now=now),
            "due": analysis_parts.due(session, actor, view, reference, now=now),
            "stock": analysis_parts.stock(session, view, now=now),
            "trend": analysis_trend.trend(session, view, shown, step, now=now),
            "notes": board_hooks.note_lines(
                session, actor, view, reference, asked.query(), now=now
            ),
            "may_write": board_notes.may_write(session, actor, view.area_code),
            "saved": board_hooks.menu(session, actor, asked, Page.ANALYSIS),
            "as_of": words.clock(now, now, reference.zone),
        }
        head = shell.staff_context(actor, "board", reference)
    return render_template(
        "board/analysis.html",
        **head,
        **page,
        **_frame(actor, asked, reference),
        cut=_choice(cut, analysis_parts.cut_choices(cut)),
        trend_of=_choice(shown, board_measures.choices(shown, by_steps=True)),
        note={**note, "choices": analysis_parts.families(note["code"], lambda _one: True)},
        errors=errors,
        past=_past(asked_for, asked, reference, now),
        heat_legend=analysis_parts.heat_legend(),
    )


def _past(
    asked_for: Mapping[str, str], asked: Asked, reference: Reference, now: datetime
) -> dict[str, str] | None:
    """Return what to say to somebody who comes from a past hour: here it is now."""
    as_of = board_past.asked(asked_for, reference, now)
    if as_of is None:
        return None
    said = board_past.words_of(as_of, reference)
    here = board_asked.of_days(asked.view) | {"as_of": said["hour"]}
    return {
        "moment": said["moment"],
        "board_url": url_for("board.show", **here),
        "indicators_url": url_for("board.indicators", **here),
    }


def _choice(code: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    one = BOOK[code]
    return {
        "code": code,
        "name": board_measures.name(code),
        "formula": one.formula.of(language()),
        "choices": choices,
    }


def _frame(actor: Actor, asked: Asked, reference: Reference) -> dict[str, Any]:
    view = asked.view
    area = reference.net.area(view.area_code)
    days = periods.asked(view)
    return {
        "area": {"code": area.code, "name": name_of(area)},
        "areas": _areas(actor, reference, area.code),
        "period": {**days, "words": periods.words_of(asked.period)},
        "periods": periods.links(
            area.code, asked.period, reference, "board.analysis", **asked.settings
        ),
        "asked": asked.query(),
        "back_url": asked.url("board.show"),
        "indicators_url": url_for("board.indicators", area=area.code, **days),
        "reports_url": url_for("reports.show", area=area.code),
    }


def _areas(actor: Actor, reference: Reference, code: str) -> list[dict[str, Any]]:
    """Return where a reader can go from an area: up as far as granted, and one step down."""
    granted = board_areas(actor)
    path = [area for area in reference.net.path(code)]
    start = next(n for n, area in enumerate(path) if area.code in granted)
    return [
        {"value": area.code, "words": name_of(area), "depth": depth, "current": area.code == code}
        for depth, area in [
            *enumerate(path[start:]),
            *((len(path) - start, part) for part in board_map.parts_of(reference, code)),
        ]
    ]


@board.post("/notes")
@requires(Role.SUPERVISOR, Role.DISPATCHER, area="areas the person supervises or dispatches")
def add_note() -> BaseResponse | tuple[str, int]:
    """Keep a note on a figure of an area and period."""
    actor, now = current_actor(), utc_now()
    form = request.form
    values = {"code": form.get("code", ""), "text": form.get("text", "")}
    try:
        with unit_of_work() as session:
            asked = _asked(session, actor)
            board_notes.write(session, actor, asked.view, values["code"], values["text"], now=now)
            back = asked.url("board.analysis")
    except InvalidInput as error:
        if error.field != "text":
            raise
        return _page(
            form, values, {"text": board_hooks.why_no_note(error.reason, error.values)}
        ), 422
    return redirect(f"{back}#notes", 303)


def _asked(session: Session, actor: Actor) -> Asked:
    reference = references.of(session, actor.district_code)
    return board_asked.read(request.values, session, actor, reference, utc_now())


@board.post("/notes/<uuid:note_id>/withdraw")
@requires(*READERS, area="a note of the person's own")
def withdraw_note(note_id: UUID) -> BaseResponse:
    """Withdraw a note of the person's own."""
    actor = current_actor()
    with unit_of_work() as session:
        found = board_notes.withdraw(session, actor, note_id, now=utc_now())
        asked: dict[str, Any] = {
            name: request.args[name]
            for name in ("area", "period", "from", "to", *board_asked.SETTINGS)
            if request.args.get(name)
        } or {"area": found.area_code}
    return redirect(url_for("board.analysis", **asked) + "#notes", 303)
