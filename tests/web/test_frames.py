"""Frames of the board: figures and cards of one frame are from the same place in the log."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from gridgov.domain.scope import CaseClass
from gridgov.services import indicators
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.storage import messages
from gridgov.storage.session import read_only
from gridgov.web import frames
from tests.web.edge import DISTRICT, Edge


def view_of_today(session: Session) -> View:
    today = references.of(session, DISTRICT).local_day(datetime.now(UTC))
    return View(DISTRICT, DISTRICT, today, today, frozenset({CaseClass.OPEN}))


def test_a_card_comes_with_the_figures_that_count_it(edge_on_both: Edge) -> None:
    """A browser drops a frame whose cursor is not newer: a card in it would never be seen."""
    edge_on_both.fold()
    with edge_on_both.app.test_request_context(), read_only() as session:
        start = messages.cursor_position(session, indicators.PROJECTOR, DISTRICT)
    edge_on_both.report()
    now = datetime.now(UTC)
    with edge_on_both.app.test_request_context():
        with read_only() as session:
            view = view_of_today(session)
            state = frames.board_state(session, view, now=now)
            early = frames.board_frame(session, view, state, after=start, now=now)
            last = messages.last_position(session, DISTRICT)
        assert last > start, "the report is in the log"
        assert (early["cursor"], early["cards"]) == (start, [])
        edge_on_both.fold()
        with read_only() as session:
            state = frames.board_state(session, view, now=now)
            late = frames.board_frame(session, view, state, after=start, now=now)
    assert late["cursor"] == last
    assert [card["position"] for card in late["cards"]] == list(range(start + 1, last + 1))
    assert late["figures"]["received"] == early["figures"]["received"] + 1
