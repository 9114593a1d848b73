"""The machine door: the board's figures, and the facts day by day behind them."""

from datetime import datetime

from flask import Response
from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable, day_counters
from gridgov.domain.indicators import DEFINITION, Figures
from gridgov.domain.roles import Role
from gridgov.services import board, day_facts, figures, indicators
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.services.day_facts import DayFact
from gridgov.storage.session import read_only
from gridgov.web import periods
from gridgov.web.access import current_actor, program
from gridgov.web.api_base import READS, api, described, exact, limited, said
from gridgov.web.api_input import in_order, key_cursor, query, read_key_cursor
from gridgov.web.api_schemas_board import BoardOut, BoardQuery, FactOut, FactPage, FactQuery
from gridgov.web.instance import utc_now

READERS = (Role.SUPERVISOR, Role.DISPATCHER, Role.OFFICE)
AREA = "areas granted to the person; the whole district of the key"
MOST_DAYS = 400


@api.get("/board")
@program("board:read", staff=READERS, area=AREA)
@limited(READS)
@described("Figures", BoardOut, query=BoardQuery, problems=(404,))
def board_figures() -> Response:
    """Return the headline figures of an area and a period.

    They are those of the board: valid cases received in the period, confidential ones
    counted where the whole district is granted. `as_of` asks for those of a past moment.
    """
    asked = query(BoardQuery)
    in_order(asked.first, asked.last)
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        as_of = asked.as_of if asked.as_of is not None and asked.as_of < now else None
        first, last = periods.filled(asked.first, asked.last, session, reference, as_of or now)
        area = asked.area or actor.district_code
        view = board.open_view(session, actor, area, first, last)
        shown = _headline(session, view, now, as_of)
    found = {
        "area": area,
        "from": first,
        "to": last,
        "received": shown.received,
        "closed": shown.closed,
        "open": shown.open,
        "overdue": shown.overdue,
        "closure_rate": shown.closure_rate,
        "numerator": shown.closed,
        "denominator": shown.received,
        "definition": DEFINITION,
        "as_of": None if as_of is None else exact(as_of),
        "cursor": shown.cursor,
    }
    return said(BoardOut.model_validate(found))


def _headline(session: Session, view: View, now: datetime, as_of: datetime | None) -> Figures:
    area = view.area_code
    if as_of is None:
        return indicators.figures(
            session, view.district_code, [area], view.first, view.last, view.classes, now=now
        )[area]
    return figures.headline(session, view, [area], now=now, as_of=as_of)[area]


@api.get("/facts")
@program("facts:read", staff=READERS, area=AREA)
@limited(READS)
@described("Figures", FactPage, query=FactQuery, problems=(404,))
def list_facts() -> Response:
    """Return the counters behind the board, by area and local day.

    `table` says which day a case counts on: the one it was received, the one something
    happened to it, or the one it was due. At most 400 days; a day without anything has
    no row.
    """
    asked = query(FactQuery)
    in_order(asked.first, asked.last, MOST_DAYS)
    actor = current_actor()
    with read_only() as session:
        area = asked.area or actor.district_code
        view = board.open_view(session, actor, area, asked.first, asked.last)
        found = day_facts.read(session, view, FactTable(asked.table), with_parts=asked.parts)
    after = read_key_cursor(asked.cursor)
    rest = [row for row in found.rows if after is None or _key(row) > after]
    shown = rest[: asked.limit]
    page = FactPage(
        table=asked.table,
        counters=list(day_counters(FactTable(asked.table))),
        facts=[FactOut(area=row.area, day=row.day, counts=row.counts) for row in shown],
        cursor=found.cursor,
        next=key_cursor(_key(shown[-1])) if len(rest) > len(shown) else None,
    )
    return said(page)


def _key(row: DayFact) -> str:
    """Return where a row stands in the list: by area, then by day."""
    return f"{row.area} {row.day.isoformat()}"
