"""Whoever may not see a board any more is hung up on, within a minute and without a new page."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from gridgov.services import reference as references
from gridgov.storage.people import Person
from gridgov.web import tail
from gridgov.web.live import socketio, watchers
from gridgov.web.tail import Tail
from tests.web.edge import DISTRICT, Edge


def watching(edge: Edge, role: str) -> Any:
    """Return the socket of a signed-in person that watches today's board of the district."""
    with edge.rows() as session:
        today = references.of(session, DISTRICT).local_day(datetime.now(UTC)).isoformat()
    browser = socketio.test_client(edge.app, namespace="/live", flask_test_client=edge.staff(role))
    wish = {"topic": "board", "area": DISTRICT, "from": today, "to": today}
    assert browser.emit("watch", wish, namespace="/live", callback=True)["ok"]
    return browser


def test_a_board_is_closed_once_its_watcher_has_left(
    edge_on_both: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "RECHECK_EVERY_S", 0)
    left, stays = watching(edge_on_both, "supervisor"), watching(edge_on_both, "dispatcher")
    looking = Tail(edge_on_both.app, interval_s=0.5)

    def turn() -> None:
        with edge_on_both.app.test_request_context():
            looking.once()

    turn()
    assert left.is_connected("/live")
    username = edge_on_both.installation.login("supervisor")["username"]
    with edge_on_both.writing() as session:
        session.scalars(select(Person).where(Person.username == username)).one().active = False
    turn()
    assert not left.is_connected("/live")
    assert stays.is_connected("/live")
    stays.disconnect(namespace="/live")
    assert watchers.count() == (0, 0)
