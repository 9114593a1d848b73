"""Open boards and lists hear of another net: what is pushed when the grids change, and back."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from gridgov.domain.scope import CaseClass
from gridgov.services import grids, grids_activate
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import frames, tail
from gridgov.web.live import BoardRoom, watchers
from gridgov.web.tail import Tail
from tests.support.acts import person
from tests.support.drafts import BY, split_draft
from tests.web.edge import DISTRICT, GRID, Edge

VILLAGE = GRID[:12]
Sent = list[tuple[str, Any, str]]


@pytest.fixture
def turn(edge_on_both: Edge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Sent]]:
    """Let the tail turn once, with a village's and a grid's board watched; return what it sent."""
    sent: Sent = []
    monkeypatch.setattr(
        tail.socketio, "emit", lambda event, body, to, **_more: sent.append((event, body, to))
    )
    with edge_on_both.app.app_context(), read_only() as session:
        today = references.of(session, DISTRICT).local_day(datetime.now(UTC))
    for code in (VILLAGE, GRID):
        view = View(DISTRICT, code, today, today, frozenset({CaseClass.OPEN}))
        watchers.join(code, BoardRoom(view, "en"), None)
    monkeypatch.setattr(watchers, "everybody", list)  # nobody is asked who they are
    looking = Tail(edge_on_both.app, interval_s=0.5)

    def run() -> Sent:
        sent.clear()
        with edge_on_both.app.test_request_context():
            looking.once()
        return list(sent)

    run()
    yield run
    for code in (VILLAGE, GRID):
        watchers.leave(code)


def test_boards_and_lists_hear_of_another_net_and_of_the_way_back(
    edge_on_both: Edge, turn: Callable[[], Sent]
) -> None:
    with edge_on_both.app.app_context():
        draft = split_draft(manned=True)
        with unit_of_work() as session:
            version = grids.version(session, DISTRICT, draft.number)
            grids_activate.activate(session, version, by=BY, now=datetime.now(UTC))
    sent = turn()
    boards = [(body, to) for event, body, to in sent if event == "board"]
    ((frame, _room),) = (one for one in boards if f":{VILLAGE}:" in one[1])
    assert frame["net"] == draft.number
    codes = {area["code"] for area in frame["areas"]}
    assert {draft.manned, draft.vacant} <= codes
    assert GRID not in codes
    assert [body for body, to in boards if f":{GRID}:" in to] == [{"gone": True}]
    lists = [(body["net"], to) for event, body, to in sent if event == "work"]
    assert lists == [(str(draft.number), frames.net_room(DISTRICT))]

    with edge_on_both.app.app_context(), unit_of_work() as session:
        version = grids.version(session, DISTRICT, draft.number)
        grids_activate.undo_activation(session, version, by=BY, now=datetime.now(UTC))
    nets = {to: body["net"] for event, body, to in turn() if event == "board"}
    assert set(nets.values()) == {1}
    assert len(nets) == 2  # the grid's board is there again


@pytest.mark.parametrize("username", ["worker", "handler", "dispatcher", "towndispatcher"])
def test_everybody_with_a_list_is_told(edge_on_both: Edge, username: str) -> None:
    with edge_on_both.app.app_context(), read_only() as session:
        actor = person(session, username, datetime.now(UTC))
    assert frames.net_room(DISTRICT) in frames.work_rooms(actor)
