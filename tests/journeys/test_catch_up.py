"""A cut connection: the board that comes back with its cursor misses and doubles nothing."""

import re
from uuid import uuid4

import requests
import socketio

from tests.journeys.test_main_job import spot
from tests.support.app import token_in
from tests.support.server import Server

PATIENCE_S = 60


def sign_in(server: Server, role: str) -> requests.Session:
    browser = requests.Session()
    token = token_in(browser.get(f"{server.url}/login").text)
    login = server.login(role)
    form = {"username": login["username"], "password": login["password"], "csrf_token": token}
    assert browser.post(f"{server.url}/login", data=form).url.endswith("/board")
    return browser


def report(server: Server, words: str) -> None:
    lon, lat = spot()
    body = {"category": "0101", "text": words, "lon": lon, "lat": lat, "datum": "wgs84"}
    token = {"client_token": uuid4().hex}
    answer = requests.post(f"{server.url}/api/v1/reports", json=body | token, timeout=PATIENCE_S)
    assert answer.status_code == 201, answer.text


def watch(server: Server, browser: requests.Session, days: dict[str, str], cursor: int) -> dict:
    """Connect, subscribe with a cursor, and return what the server answers; then hang up."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with socketio.SimpleClient() as client:
        client.connect(
            server.url,
            headers={"Cookie": cookies},
            transports=["websocket"],
            namespace="/live",
            wait_timeout=PATIENCE_S,
        )
        wish = {"topic": "board", "area": "440608", "cursor": cursor, **days}
        answer: dict = client.call("watch", wish, timeout=PATIENCE_S)
    assert answer["ok"] is True
    return answer


def at_one_place(
    server: Server, browser: requests.Session, days: dict[str, str], cursor: int
) -> tuple[dict, dict]:
    """Watch anew and with a cursor, until both answers are of one place in the log.

    What comes due by the clock may come between the two.
    """
    for _ in range(100):
        fresh = watch(server, browser, days, cursor=0)
        missed = watch(server, browser, days, cursor)
        if fresh["cursor"] == missed["cursor"]:
            return fresh, missed
    raise AssertionError("the log never stood still")


def test_a_board_that_was_cut_off_gets_exactly_what_it_missed(server: Server) -> None:
    browser = sign_in(server, "supervisor")
    server.counted()
    page = browser.get(f"{server.url}/board").text
    days = {
        name: re.search(rf'data-{name}="([\d-]+)"', page)[1]  # type: ignore[index]
        for name in ("from", "to")
    }
    before = watch(server, browser, days, cursor=0)
    for number in range(5):
        report(server, f"断线时的上报 {number} {uuid4().hex}")
    server.counted()
    fresh, missed = at_one_place(server, browser, days, before["cursor"])
    assert missed["figures"] == fresh["figures"]
    positions = [card["position"] for card in missed["cards"]]
    # Each report was received and dispatched: ten lines, in order, none twice.
    assert positions == list(range(before["cursor"] + 1, missed["cursor"] + 1))
    assert missed["figures"]["received"] == before["figures"]["received"] + 5
    again = watch(server, browser, days, missed["cursor"])["cards"]
    assert [card for card in again if card["position"] <= missed["cursor"]] == []


def test_a_stranger_may_watch_nothing(default_server: Server) -> None:
    with socketio.SimpleClient() as client:
        client.connect(
            default_server.url,
            transports=["websocket"],
            namespace="/live",
            wait_timeout=PATIENCE_S,
        )
        for wish in (
            {"topic": "board", "area": "440608", "from": "2026-01-01", "to": "2026-12-31"},
            {"topic": "work"},
            {"topic": "receipt", "code": "2222-2222-2222"},
            {"topic": "board"},
            {"topic": "board", "area": [], "from": "x", "to": None, "cursor": {}},
            {},
            "nonsense",
        ):
            assert client.call("watch", wish, timeout=PATIENCE_S)["ok"] is False
