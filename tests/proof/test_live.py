"""Live boards for long: a connection cut two hundred times, and thirty minutes without a rest.

`GRIDGOV_SOAK_MINUTES=2` shortens the soak while one works on it.
"""

import http.client
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession, Page, expect

from benchmarks.clients import LOOPBACK, report, send
from tests.journeys.test_main_job import figure, sign_in, spot
from tests.support.app import Installation, copy_of
from tests.support.browser import NewPage
from tests.support.cutting_proxy import cutting_proxy
from tests.support.postgis import Postgis
from tests.support.server import Server, serving

CUTS = 200
CUT_RATE = 4.0
SOAK_RATE = 20.0
SETTLED_MS = 30_000
# One kilobyte a second would be 1.8 MB in the soak; a page of ours rests at about 10 MB.
HEAP_GROWTH = 1.10

# Notes every card the feed ever got, in the order in which it came.
OBSERVE_FEED = """() => {
  const list = document.querySelector("[data-feed]");
  window.came = [...list.children].map((one) => Number(one.dataset.position)).reverse();
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const one of change.addedNodes)
        if (one.dataset) window.came.push(Number(one.dataset.position));
  }).observe(list, { childList: true });
}"""


@pytest.fixture
def live_server(
    postgis_sample: Installation, postgis: Postgis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """Two gevent workers on a database of their own, without limits per address."""
    monkeypatch.setenv("GRIDGOV_RATE_LIMITS", "0")
    installation = copy_of(postgis_sample, tmp_path, postgis)
    with serving(installation, tmp_path / "log", profile="gevent") as server:
        yield server


class Reports:
    """Reports that come in at a steady rate until they are told to stop."""

    def __init__(self, server: Server, rate: float) -> None:
        """Keep where to send, and how many a second."""
        self.port = urlsplit(server.url).port
        self.rate = rate
        self.answers: dict[str, int] = {}
        self.over = threading.Event()

    def run(self) -> None:
        """Send; what was answered is counted."""
        place, number = spot(), 0
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        began = time.monotonic()
        while not self.over.wait(max(0.0, began + number / self.rate - time.monotonic())):
            number += 1
            status = send(connection, report(number, place))
            self.answers[status] = self.answers.get(status, 0) + 1
        connection.close()


@contextmanager
def reports_coming_in(server: Server, rate: float, senders: int = 1) -> Iterator[list[Reports]]:
    sources = [Reports(server, rate / senders) for _ in range(senders)]
    threads = [threading.Thread(target=source.run) for source in sources]
    for thread in threads:
        thread.start()
    try:
        yield sources
    finally:
        for source in sources:
            source.over.set()
        for thread in threads:
            thread.join()


def watching(page: Page) -> Page:
    page.goto("/board?period=today")
    expect(page.locator("[data-live=on]")).to_be_visible(timeout=SETTLED_MS)
    return page


def figures_of(page: Page) -> dict[str, Any]:
    names = ("received", "closed", "open", "overdue")
    figures: dict[str, Any] = {name: figure(page, name) for name in names}
    areas = page.locator("[data-area] [data-field=received]").all_inner_texts()
    feed = [card.get_attribute("data-position") for card in page.locator("[data-feed] > li").all()]
    return figures | {"areas": areas, "feed": feed}


@pytest.mark.proof
def test_a_board_cut_off_two_hundred_times_equals_a_fresh_one(
    live_server: Server, new_desk: NewPage
) -> None:
    port = urlsplit(live_server.url).port
    assert port is not None
    draw = random.Random(20201019)
    with cutting_proxy(port) as proxy:
        board = new_desk(f"http://127.0.0.1:{proxy.port}")
        through = Server(f"http://127.0.0.1:{proxy.port}", live_server.installation, Path())
        watching(sign_in(board, through, "supervisor"))
        board.evaluate(OBSERVE_FEED)
        cuts = 0
        with reports_coming_in(live_server, CUT_RATE) as (source,):
            while cuts < CUTS:
                board.wait_for_timeout(draw.uniform(50, 2_500))
                # Only what was connected counts as cut; the page may be reconnecting just now.
                cuts += proxy.cut() > 0
        expect(board.locator("[data-live=on]")).to_be_visible(timeout=SETTLED_MS)
        fresh = watching(sign_in(new_desk(live_server.url), live_server, "supervisor"))
        received = str(figure(fresh, "received"))
        expect(board.locator("[data-figure=received]").first).to_have_text(
            f"{int(received):,}", timeout=SETTLED_MS
        )
        came = board.evaluate("came")
    assert set(source.answers) == {"201"}, source.answers
    assert figures_of(board) == figures_of(fresh)
    assert len(came) == len(set(came)), "a card came twice"
    # A report that is sent is received and dispatched: no position of the log is left out.
    assert came[-1] - came[0] + 1 == len(came), "a card never came"
    assert came == sorted(came)


def heap_mb(browser: CDPSession) -> tuple[float, int]:
    """Return the page's heap after a collection, and how many nodes it holds."""
    browser.send("HeapProfiler.collectGarbage")
    metrics = {
        one["name"]: one["value"] for one in browser.send("Performance.getMetrics")["metrics"]
    }
    return metrics["JSHeapUsedSize"] / 1e6, int(metrics["Nodes"])


@pytest.mark.proof
def test_a_board_takes_twenty_changes_a_second_for_half_an_hour_without_growing(
    live_server: Server, new_desk: NewPage
) -> None:
    minutes = float(os.environ.get("GRIDGOV_SOAK_MINUTES", "30"))
    board = new_desk(live_server.url)
    watching(sign_in(board, live_server, "supervisor"))
    probe = board.context.new_cdp_session(board)
    probe.send("Performance.enable")
    before = figure(board, "received")
    samples: list[tuple[float, int]] = []
    with reports_coming_in(live_server, SOAK_RATE, senders=4) as sources:
        ends = time.monotonic() + minutes * 60
        while time.monotonic() < ends:
            board.wait_for_timeout(minutes * 60_000 / 30)
            samples.append(heap_mb(probe))
    sent = sum(source.answers.get("201", 0) for source in sources)
    assert all(set(source.answers) == {"201"} for source in sources)
    expect(board.locator("[data-figure=received]").first).to_have_text(
        f"{before + sent:,}", timeout=SETTLED_MS
    )
    print(f"{sent} reports in {minutes} min; heap MB, nodes: {samples}")  # noqa: T201 - a figure
    # The first third may fill caches (the feed's cards, compiled code); after it nothing grows.
    third = len(samples) // 3
    second, last = samples[third : 2 * third], samples[2 * third :]
    assert median(mb for mb, _ in last) <= HEAP_GROWTH * median(mb for mb, _ in second), samples
    assert max(nodes for _, nodes in last) <= HEAP_GROWTH * max(nodes for _, nodes in second)
