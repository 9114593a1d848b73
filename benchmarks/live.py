"""Measure how long a committed report takes to change a figure in an open browser.

    python -m benchmarks.live [--json]

A supervisor's board is open in a real Chromium, and a bare socket client watches the same
board. Reports come in one by one, at irregular distances and over a new connection each,
so that either process may take them. A MutationObserver in the page notes when the figure
"received" changed, by the page's clock, which is compared with ours before the run. The
commit lies between sending a report and its answer, so both times are given. Baseline: an
acknowledged event over the same socket, which touches neither log nor database.
"""

import http.client
import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import socketio  # type: ignore[import-untyped]
from playwright.sync_api import Page, sync_playwright

from benchmarks import alone, clients, servers
from benchmarks.lookup import positions, sample_net
from tests.support import browser as chromium

TITLE = "From commit to browser"
CHANGES = 40
PAUSE_S = (0.3, 0.8)  # above the 0.2 s in which frames of a room are put together
ACKS = 40
PATIENCE_S = 15.0
SEED = 20201020
NAMESPACE = "/live"

# Notes when the first "received" figure showed each number; reached(n) waits for n.
OBSERVE = """() => {
  const figure = document.querySelector('[data-figure="received"]');
  const number = () => Number(figure.textContent.replaceAll(",", ""));
  const seen = new Map();
  const note = () => seen.set(number(), performance.timeOrigin + performance.now());
  note();
  new MutationObserver(note)
    .observe(figure, { childList: true, characterData: true, subtree: true });
  const first = (least) => [...seen].find(([value]) => value >= least)?.[1];
  window.reached = (least, patience) => new Promise((resolve, reject) => {
    const began = performance.now();
    const look = () => {
      if (first(least) !== undefined) resolve(first(least));
      else if (performance.now() - began > patience) reject(new Error(`never showed ${least}`));
      else setTimeout(look, 20);
    };
    look();
  });
  return number();
}"""


class Watcher:
    """A bare socket client on the same board; notes when each number of cases was pushed."""

    def __init__(self, server: servers.Server, page: Page) -> None:
        """Connect with the cookies of the page and watch what it watches."""
        cookies = page.context.cookies()
        words = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)
        board = page.locator("[data-module=board-live]")
        wish = {
            "topic": "board",
            "area": board.get_attribute("data-area-code"),
            "from": board.get_attribute("data-from"),
            "to": board.get_attribute("data-to"),
        }
        self._news = threading.Condition()
        self._seen: list[tuple[int, float]] = []
        self._client = socketio.Client(reconnection=False)
        self._client.on("board", self._take, namespace=NAMESPACE)
        self._client.connect(
            server.base_url,
            headers={"Cookie": words},
            namespaces=[NAMESPACE],
            transports=["websocket"],
        )
        answer = self._client.call("watch", wish, namespace=NAMESPACE)
        if not answer["ok"]:
            raise RuntimeError(f"the board may not be watched: {answer}")

    def _take(self, frame: dict[str, Any]) -> None:
        now = time.time()
        with self._news:
            self._seen.append((int(frame["figures"]["received"]), now))
            self._news.notify_all()

    def reached(self, least: int) -> float:
        """Return when a number was pushed first; waits for it."""
        with self._news:
            if not self._news.wait_for(lambda: self._first(least) is not None, PATIENCE_S):
                raise RuntimeError(f"{least} received cases were never pushed")
            return self._first(least) or 0.0

    def _first(self, least: int) -> float | None:
        return next((at for value, at in self._seen if value >= least), None)

    def acknowledged(self) -> float:
        """Return the seconds of one event and its acknowledgement (an unknown topic)."""
        start = time.perf_counter()
        self._client.call("watch", {"topic": "none"}, namespace=NAMESPACE)
        return time.perf_counter() - start

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()


def run(profiles: Sequence[str] = tuple(servers.PROFILES)) -> dict[str, Any]:
    """Measure both profiles.

    Returns `{"changes", "profiles": {name: {"clock_ms", "rows": {label: {"p50_ms",
    "p95_ms", "max_ms", "ratio"}}}}}`; a ratio is over the acknowledged event, at p50.
    """
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(**chromium.launch_args())
        measured = {}
        for name in profiles:
            with servers.PROFILES[name]() as server:
                context = program.new_context(**chromium.DESK, base_url=server.base_url)
                measured[name] = _profile(server, context.new_page())
                context.close()
        program.close()
    return {"changes": CHANGES, "profiles": measured}


def _open_board(server: servers.Server, page: Page) -> int:
    """Sign in as the supervisor, open today's board, wait for its socket; return received."""
    login = server.login("supervisor")
    page.goto("/login")
    page.fill("#username", login["username"])
    page.fill("#password", login["password"])
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto("/board?period=today")
    page.locator("[data-live=on]").wait_for()
    received: int = page.evaluate(OBSERVE)
    return received


def _clock_error(page: Page) -> tuple[float, float]:
    """Return how far the page's clock is ahead of ours and half the round trip, in seconds."""
    best = (0.0, float("inf"))
    for _ in range(20):
        before = time.time()
        theirs = page.evaluate("performance.timeOrigin + performance.now()") / 1_000
        after = time.time()
        if (after - before) / 2 < best[1]:
            best = (theirs - (before + after) / 2, (after - before) / 2)
    return best


def _profile(server: servers.Server, page: Page) -> dict[str, Any]:
    received = _open_board(server, page)
    watcher = Watcher(server, page)
    ahead, error = _clock_error(page)
    draw = random.Random(SEED)  # noqa: S311 - pauses, not secrets
    sent_to_page, answer_to_page, answer_to_socket = [], [], []
    for number, place in enumerate(positions(sample_net(), CHANGES), 1):
        sent, answered = _submit(server.port, number, (place.lon, place.lat))
        pushed = watcher.reached(received + number)
        shown = page.evaluate(
            "([least, patience]) => reached(least, patience)",
            [received + number, PATIENCE_S * 1_000],
        )
        shown = shown / 1_000 - ahead
        sent_to_page.append(shown - sent)
        answer_to_page.append(shown - answered)
        answer_to_socket.append(pushed - answered)
        time.sleep(draw.uniform(*PAUSE_S))
    acks = [watcher.acknowledged() for _ in range(ACKS)]
    watcher.close()
    base = float(np.median(acks))
    rows = {
        "report sent → figure changed in Chromium": sent_to_page,
        "report answered → figure changed in Chromium": answer_to_page,
        "report answered → frame at a socket client": answer_to_socket,
        "*baseline:* one acknowledged event over the socket": acks,
    }
    return {
        "clock_ms": round(error * 1_000, 2),
        "rows": {label: _figures(spent, base) for label, spent in rows.items()},
    }


def _submit(port: int, number: int, place: tuple[float, float]) -> tuple[float, float]:
    """Send one report over a new connection; return when it was sent and answered."""
    connection = http.client.HTTPConnection(clients.LOOPBACK, port, timeout=30)
    body = clients.report(number, place)
    sent = time.time()
    status = clients.send(connection, body)
    answered = time.time()
    connection.close()
    if status != "201":
        raise RuntimeError(f"a report was answered {status}")
    return sent, answered


def _figures(spent: list[float], base: float) -> dict[str, float]:
    p50, p95 = np.percentile(spent, [50, 95])
    return {
        "p50_ms": round(float(p50) * 1_000, 1),
        "p95_ms": round(float(p95) * 1_000, 1),
        "max_ms": round(max(spent) * 1_000, 1),
        "ratio": round(float(p50) / base, 1),
    }


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    lines = [
        f"{result['changes']} reports, one at a time, 0.3 to 0.8 s apart; a supervisor's board "
        "in headless Chromium and a bare socket client beside it. The commit lies between "
        "sending and answer, so the true time is between the first two rows (below zero: the "
        "board changed before the answer was read). The promise is 1 s.",
        "",
        "| profile | from → to | p50 ms | p95 ms | most ms | ratio to baseline |",
        "|---|---|---|---|---|---|",
    ]
    for name, measured in result["profiles"].items():
        for label, one in measured["rows"].items():
            lines.append(
                f"| {name} | {label} | {one['p50_ms']} | {one['p95_ms']} | {one['max_ms']} | "
                f"{one['ratio']} |"
            )
    errors = ", ".join(f"{one['clock_ms']} ms" for one in result["profiles"].values())
    lines += ["", f"The page's clock and ours were compared to within {errors}."]
    return "\n".join(lines)


if __name__ == "__main__":
    alone.main(__doc__, run, as_markdown)
