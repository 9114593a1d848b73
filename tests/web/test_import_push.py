"""An import beside a watched board: nobody is told of each row, and the figures come once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gridgov.domain.scope import CaseClass
from gridgov.services import imports
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.services.imports import Outcome, PastRequest
from gridgov.services.routing import locate
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import tail
from gridgov.web.live import BoardRoom, watchers
from gridgov.web.tail import Tail
from tests.support.acts import inside
from tests.web.edge import DISTRICT, Edge

OPENED = datetime(2019, 3, 4, 2, 0, tzinfo=UTC)
Turn = Callable[[], list[tuple[str, Any]]]


def import_some(first: int, number: int = 5) -> None:
    """Take closed requests of 2019 in."""
    with read_only() as session:
        reference = references.of(session, DISTRICT)
        placement = locate(reference, inside(session), "0101", None)
    requests = [
        PastRequest(
            external_id=f"P{first + one}",
            opened_at=OPENED,
            outcome=Outcome.CLOSED,
            category_code="0101",
            placement=placement,
            ended_at=OPENED + timedelta(hours=one + 1),
        )
        for one in range(number)
    ]
    batch = imports.prepare(requests, reference, source="push", now=datetime.now(UTC))
    with unit_of_work() as session:
        assert imports.write(session, batch) == number


@pytest.fixture
def turn(edge_on_both: Edge, monkeypatch: pytest.MonkeyPatch) -> Turn:
    """Let the tail turn once, with a board of 2019 watched; return what it sent."""
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        tail.socketio, "emit", lambda event, body, **_to: sent.append((event, body))
    )
    with edge_on_both.app.app_context(), read_only() as session:
        today = references.of(session, DISTRICT).local_day(datetime.now(UTC))
    view = View(DISTRICT, DISTRICT, OPENED.date(), today, frozenset({CaseClass.OPEN}))
    room = BoardRoom(view, "en")
    watchers.join("a browser", room, None)
    monkeypatch.setattr(watchers, "everybody", list)  # nobody is asked who they are
    looking = Tail(edge_on_both.app, interval_s=0.5)

    def run() -> list[tuple[str, Any]]:
        sent.clear()
        with edge_on_both.app.test_request_context():
            looking.once()
        return list(sent)

    run()
    yield run  # type: ignore[misc]
    watchers.leave("a browser")


def test_an_import_tells_nobody_and_brings_its_figures_once_it_pauses(
    edge_on_both: Edge, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with edge_on_both.app.app_context():
        import_some(0)
    assert turn() == []
    with edge_on_both.app.app_context():
        import_some(100)
    assert turn() == []
    monkeypatch.setattr(tail, "IMPORT_QUIET_S", 0.0)
    [(event, frame)] = turn()
    assert event == "board"
    assert frame["cards"] == []
    assert frame["figures"]["closed"] >= 10
    assert turn() == []


def test_a_report_in_the_middle_of_an_import_is_told_at_once(
    edge_on_both: Edge, turn: Turn
) -> None:
    with edge_on_both.app.app_context():
        import_some(0)
    edge_on_both.report()
    with edge_on_both.app.app_context():
        import_some(100)
    sent = turn()
    [frame] = [body for event, body in sent if event == "board"]
    assert frame["cards"], "the report is on the board"
    assert len(frame["cards"]) <= 3, "and nothing of the import"
    assert any(event == "work" for event, _ in sent)
