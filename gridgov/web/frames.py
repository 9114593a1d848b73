"""What is pushed: the frame of a board, the rooms a message concerns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaShape
from gridgov.domain.indicators import Figures, rate_class
from gridgov.domain.messages import MessageKind
from gridgov.domain.roles import Actor, Role
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import Action
from gridgov.services import board, deadlines
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.messages import Message
from gridgov.web import board_measures, words
from gridgov.web.i18n import pick
from gridgov.web.receipts import place_of

FEED = board.FEED


def case_room(case_id: UUID) -> str:
    """Return the room of everybody who holds a receipt of a case."""
    return f"case:{case_id}"


def net_room(district_code: str) -> str:
    """Return the room of everybody whose list may look another way under other grids."""
    return f"net:{district_code}"


def work_rooms(actor: Actor) -> list[str]:
    """Return the rooms that tell a staff person that the own list changed."""
    rooms = [f"person:{actor.person_id}", net_room(actor.district_code)]
    rooms += [f"unit:{actor.district_code}:{unit}" for unit in sorted(actor.units())]
    rooms += [f"desk:{actor.district_code}:{area}" for area in sorted(actor.areas(Role.DISPATCHER))]
    return rooms


def rooms_of(message: Message) -> list[str]:
    """Return the staff rooms a message concerns.

    A confidential case reaches no area's desk but the district's; another net concerns all.
    """
    if message.kind == MessageKind.GRIDS_ACTIVATED:
        return [net_room(message.district_code)]
    body, district = message.body, message.district_code
    rooms = [f"person:{person}" for person in body.get("people", ())]
    rooms += [f"unit:{district}:{unit}" for unit in body.get("units", ())]
    areas = [*body.get("areas", ()), *body.get("desks", ())]
    if body.get("confidential"):
        areas = [district]
    return rooms + [f"desk:{district}:{area}" for area in areas]


def board_state(
    session: Session, view: View, *, now: datetime, by: str = board_measures.USUAL
) -> dict[str, Any]:
    """Return the figures and areas of a board with the place in the log they are from.

    They are always complete, so a frame that is lost is mended by the next one. `net` is the
    version the areas are of: a page that shows those of another one fetches its map and table
    anew. `by` is the indicator that colours the map.
    """
    found = board.snapshot(session, view, now=now)
    measures = board_measures.measured(session, found, by, now=now)
    key = board_measures.key_figures(session, view, now=now)
    return {
        "cursor": found.cursor,
        "figures": {**figures_json(found.figures), "key": key},
        "areas": [
            area_on_map(area, figures, by, measures[area.code]) for area, figures in found.parts
        ],
        "net": references.of(session, view.district_code).net.version,
    }


def board_frame(
    session: Session, view: View, state: dict[str, Any], *, after: int, now: datetime
) -> dict[str, Any]:
    """Return a board's state with the news after a cursor.

    Cards are those after the cursor and up to where the figures are from, because the
    frame's cursor says that both are known. `reset` says that the page's feed is too old to
    be added to and is to be replaced.
    """
    news = board.news(session, view, after=after, until=state["cursor"], limit=FEED)
    return {
        **state,
        "cards": _rendered(session, view, news, now=now),
        "reset": after == 0 or len(news) >= FEED,
    }


def figures_json(figures: Figures) -> dict[str, Any]:
    """Return the headline figures as a page shows them."""
    rate = figures.closure_rate
    return {
        "received": figures.received,
        "closed": figures.closed,
        "open": figures.open,
        "overdue": figures.overdue,
        "closure_rate_text": words.percent(rate),
        "numerator": figures.closed,
        "denominator": figures.received,
        "bar": 0 if rate is None else round(100 * rate, 2),
    }


def area_json(code: str, figures: Figures) -> dict[str, Any]:
    """Return an area's figures for the map and the table."""
    return {
        "code": code,
        "cls": rate_class(figures.closed, figures.received) or "none",
        "rate_text": words.percent(figures.closure_rate),
        "numerator": figures.closed,
        "denominator": figures.received,
        "received": figures.received,
        "closed": figures.closed,
        "open": figures.open,
        "overdue": figures.overdue,
    }


def area_on_map(
    area: AreaShape, figures: Figures, by: str, measure: dict[str, Any]
) -> dict[str, Any]:
    """Return an area's figures with the indicator that colours it."""
    usual = by == board_measures.USUAL
    return {
        **area_json(area.code, figures),
        "cls": measure["cls"],
        "rate": figures.closure_rate or 0.0,
        "measure": measure["text"],
        "measure_parts": measure_parts(measure),
        "label": area_label(area, figures) if usual else _measure_label(area, by, measure, figures),
    }


def measure_parts(measure: dict[str, Any]) -> str:
    """Return numerator and denominator as they stand beside a value."""
    if measure["denominator"] is None:
        return ""
    return f"{measure['numerator']:,} / {measure['denominator']:,}"


def _measure_label(area: AreaShape, by: str, measure: dict[str, Any], figures: Figures) -> str:
    return _(
        "%(name)s: %(indicator)s %(value)s (%(parts)s), %(overdue)s overdue",
        name=pick(area.name, area.name_en),
        indicator=board_measures.name(by),
        value=measure["text"],
        parts=measure_parts(measure),
        overdue=figures.overdue,
    )


def area_label(area: AreaShape, figures: Figures) -> str:
    """Return what an area's shape says to a screen reader."""
    return _(
        "%(name)s: closure rate %(rate)s, %(closed)s of %(received)s closed, %(overdue)s overdue",
        name=pick(area.name, area.name_en),
        rate=words.percent(figures.closure_rate),
        closed=figures.closed,
        received=figures.received,
        overdue=figures.overdue,
    )


def feed(
    session: Session, view: View, news: Sequence[Message], *, now: datetime
) -> list[dict[str, Any]]:
    """Return the feed's cards for messages, oldest first."""
    ids = {message.case_id for message in news if message.case_id is not None}
    if not ids:
        return []
    found = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(ids)))}
    reference = references.of(session, view.district_code)
    return [
        _card(message, found[message.case_id], reference, now)
        for message in news
        if message.case_id in found
    ]


def _rendered(
    session: Session, view: View, news: Sequence[Message], *, now: datetime
) -> list[dict[str, Any]]:
    """Return cards as HTML, rendered once for all who watch the room.

    The template alone: what a whole page needs to know would be read again for each card.
    """
    template = current_app.jinja_env.get_template("board/_feed_card.html")
    return [
        {"position": card["position"], "html": template.render(card=card)}
        for card in feed(session, view, news, now=now)
    ]


def _card(message: Message, case: Case, reference: Reference, now: datetime) -> dict[str, Any]:
    action = Action(message.body["action"])
    category = reference.category_of(case)
    unit = reference.units.get(case.unit_code or "")
    village = reference.net.find(case.village_code)
    who = pick(unit.name, unit.name_en) if unit else ""
    where = pick(village.name, village.name_en) if village else ""
    word = str(words.ACTION_WORDS[action])
    allowed = deadlines.limit(case, category, Stage.HANDLE, reference)
    limit = _("limit %(limit)s", limit=words.limit_of(allowed))
    return {
        "position": message.position,
        "time": words.clock(message.at, now, reference.zone),
        "word": word,
        "lamp": {"colour": "red", "words": word} if action is Action.MARK_OVERDUE else None,
        "title": pick(category.name, category.name_en),
        "place": place_of(case, reference),
        "note": words.joined(who or where, limit),
        "url": url_for("work.case", case_id=case.id),
    }
