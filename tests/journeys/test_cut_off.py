"""News that overtakes the answer to "watch": the board still shows what it missed before."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import requests
from playwright.sync_api import WebSocketRoute, expect

from tests.journeys.test_main_job import LIVE_MS, figure, sign_in, spot
from tests.support.browser import NewPage, until
from tests.support.server import Server


class Line:
    """The websocket of a page: the wish to watch and its answer wait until they are let go."""

    def __init__(self) -> None:
        self.wish: list[Callable[[], None]] = []
        self.answer: list[Callable[[], None]] = []
        self.pushed = 0

    def take(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def to_server(message: Any) -> None:
            if str(message).startswith("42/live") and "watch" in str(message):
                self.wish.append(lambda: server.send(message))
            else:
                server.send(message)

        def to_page(message: Any) -> None:
            if str(message).startswith("43/live"):
                self.answer.append(lambda: page.send(message))
                return
            self.pushed += str(message).startswith("42/live")
            page.send(message)

        page.on_message(to_server)
        server.on_message(to_page)


def report(server: Server) -> None:
    lon, lat = spot()
    body = {"category": "0101", "text": "断线", "lon": lon, "lat": lat, "datum": "wgs84"}
    answer = requests.post(
        f"{server.url}/api/v1/reports", json=body | {"client_token": uuid4().hex}, timeout=20
    )
    assert answer.status_code == 201, answer.text


def test_news_before_the_answer_leaves_no_gap(default_server: Server, new_desk: NewPage) -> None:
    board, line = new_desk(default_server.url), Line()
    sign_in(board, default_server, "supervisor")
    default_server.counted()
    board.route_web_socket(re.compile("/socket.io/"), line.take)
    board.goto("/board?period=today")
    until(board, lambda: line.wish, "the wish to watch")
    before = figure(board, "received")
    report(default_server)  # nobody told the page: it is not watching yet
    line.wish[0]()
    until(board, lambda: line.answer, "the answer to the wish")
    report(default_server)  # pushed to the room before the page has its answer
    until(board, lambda: line.pushed, "the news")
    line.answer[0]()
    received = board.locator("[data-figure=received]").first
    expect(received).to_have_text(f"{before + 2:,}", timeout=LIVE_MS)
    feed: list[int] = board.locator("[data-feed] > li").evaluate_all(
        "cards => cards.map((one) => Number(one.dataset.position))"
    )
    # Received and dispatched, twice: newest first, and none of them left out.
    assert feed[:4] == [feed[0] - n for n in range(4)]
    fresh = new_desk(default_server.url)
    sign_in(fresh, default_server, "supervisor").goto("/board?period=today")
    # What comes due by the clock meanwhile stands on both.
    newest = fresh.locator("[data-feed] > li").first.get_attribute("data-position")
    assert int(newest or 0) >= feed[0]
    top = board.locator("[data-feed] > li").first
    expect(top).to_have_attribute("data-position", newest or "", timeout=LIVE_MS)
