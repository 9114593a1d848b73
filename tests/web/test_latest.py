"""A board's state is reckoned once for all who come to watch it at one place in the log."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from gridgov.services import reference as references
from gridgov.storage.session import read_only
from gridgov.web import frames
from gridgov.web.latest import FRESH_S, MOST, Latest
from gridgov.web.live import socketio
from tests.web.edge import DISTRICT, Edge


@pytest.fixture
def reckoned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the areas whose state was reckoned, as they come."""
    areas: list[str] = []
    real = frames.board_state

    def noted(session: Any, view: Any, **more: Any) -> dict[str, Any]:
        areas.append(view.area_code)
        return real(session, view, **more)

    monkeypatch.setattr(frames, "board_state", noted)
    monkeypatch.setattr("gridgov.web.live.latest", Latest())
    return areas


def watch(edge: Edge, client: Any, cursor: int) -> dict[str, Any]:
    """Watch today's board of the district, as a page that stands at a cursor."""
    with edge.app.app_context(), read_only() as session:
        today = references.of(session, DISTRICT).local_day(datetime.now(UTC)).isoformat()
    browser = socketio.test_client(edge.app, namespace="/live", flask_test_client=client)
    wish = {"topic": "board", "area": DISTRICT, "from": today, "to": today, "cursor": cursor}
    answer: dict[str, Any] = browser.emit("watch", wish, namespace="/live", callback=True)
    browser.disconnect(namespace="/live")
    return answer


def test_browsers_that_come_together_get_one_state_and_each_the_cards_it_lacks(
    edge_on_both: Edge, reckoned: list[str]
) -> None:
    edge_on_both.report()
    edge_on_both.fold()
    supervisor = edge_on_both.staff("supervisor")
    first = watch(edge_on_both, supervisor, 0)
    assert first["ok"]
    assert first["cards"]
    late = watch(edge_on_both, supervisor, first["cursor"] - 1)
    assert {**late, "cards": [], "reset": True} == {**first, "cards": []}
    assert [one["position"] for one in late["cards"]] == [first["cursor"]]
    assert watch(edge_on_both, supervisor, first["cursor"])["cards"] == []
    assert reckoned == [DISTRICT]


def test_what_changed_meanwhile_is_reckoned_anew(edge_on_both: Edge, reckoned: list[str]) -> None:
    edge_on_both.fold()
    supervisor = edge_on_both.staff("supervisor")
    before = watch(edge_on_both, supervisor, 0)
    edge_on_both.report()
    edge_on_both.fold()
    after = watch(edge_on_both, supervisor, before["cursor"])
    assert after["figures"]["received"] == before["figures"]["received"] + 1
    assert after["cursor"] > before["cursor"]
    assert len(reckoned) == 2


def test_a_state_grows_old_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    kept = Latest()
    for number in range(MOST + 1):
        kept.keep(f"room {number}", {"cursor": 7})
    assert kept.at("room 0", 7) is None
    assert kept.at("room 1", 7) == {"cursor": 7}
    assert kept.at("room 1", 8) is None
    now += FRESH_S + 0.1
    assert kept.at("room 1", 7) is None
