"""What the board's pages share beside figures: warnings, notes on figures, saved views."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.services import board_notes, saved_views
from gridgov.services.board import View
from gridgov.services.board_notes import Note
from gridgov.services.reference import Reference
from gridgov.services.saved_views import Page
from gridgov.storage.saved_views import SavedView
from gridgov.web import analysis_parts, board_measures, periods, words
from gridgov.web.board_asked import SETTINGS, Asked
from gridgov.web.periods import KEYS, Period

ENDPOINTS = {Page.BOARD: "board.show", Page.ANALYSIS: "board.analysis"}
WARNINGS_ON_BOARD = 2


def beside_board(
    session: Session,
    actor: Actor,
    view: View,
    period: Period,
    reference: Reference,
    *,
    now: datetime,
) -> dict[str, Any]:
    """Return what the main page shows of warnings, notes and saved views."""
    key = request.args.get("period", period.key)
    chosen = Period(key if key in KEYS else period.key, view.first, view.last)
    settings = {name: request.args[name] for name in SETTINGS if request.args.get(name)}
    asked = Asked(view, chosen, settings)
    found = analysis_parts.warnings(session, view, reference, now=now)
    return {
        "warnings": found[:WARNINGS_ON_BOARD],
        "more_warnings": max(0, len(found) - WARNINGS_ON_BOARD),
        "note_counts": board_notes.counts(session, view),
        "notes_url": asked.url("board.analysis"),
        "analysis_url": asked.url("board.analysis"),
        "saved": menu(session, actor, asked, Page.BOARD),
    }


def default_address(session: Session, actor: Actor) -> str | None:
    """Return the address a person's board opens with, None for the usual one."""
    found = saved_views.default_of(session, actor)
    return None if found is None else address_of(found)


def address_of(view: SavedView) -> str:
    """Return the address of a saved view."""
    asked: dict[str, Any] = view.asked
    return url_for(ENDPOINTS[Page(view.page)], **asked)


def menu(session: Session, actor: Actor, asked: Asked, page: Page) -> dict[str, Any]:
    """Return a person's views, and what saving the present one sends."""
    mine = saved_views.saved(session, actor)
    return {
        "views": [
            {"name": one.name, "url": address_of(one), "default": one.is_default} for one in mine
        ],
        "full": len(mine) >= saved_views.MOST,
        "fields": {"page": str(page), **asked.query()},
        "manage_url": url_for("board.views"),
    }


def note_lines(
    session: Session,
    actor: Actor,
    view: View,
    reference: Reference,
    carried: Mapping[str, str],
    *,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the notes on figures of a view, the newest first; `carried` is what its page asks."""
    return [
        _note_line(one, actor, reference, carried, now)
        for one in board_notes.standing(session, view)
    ]


def _note_line(
    one: Note, actor: Actor, reference: Reference, carried: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    back: dict[str, Any] = dict(carried)
    return {
        "code": one.code,
        "name": board_measures.name(one.code),
        "text": one.text,
        "who": one.writer,
        "when": words.clock(one.written_at, now, reference.zone),
        "period": periods.words_of(Period("", one.first, one.last)),
        "withdraw_url": url_for("board.withdraw_note", note_id=one.id, **back)
        if one.writer_id == actor.person_id
        else None,
    }


def why_no_note(reason: str, values: Mapping[str, Any]) -> str:
    """Return the sentence for a note that cannot be kept."""
    if reason == "missing":
        return _("Write what is to be known about the figure.")
    return _(
        "The note has %(length)s characters; at most %(limit)s are kept.",
        length=values.get("length", ""),
        limit=values.get("limit", board_notes.LONGEST),
    )
