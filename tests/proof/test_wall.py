"""A wall for a week in fast motion: the page's clock runs, the server and the changes are real.

A week has 10,080 minutes, and the wall renews itself in each. `GRIDGOV_WALL_MINUTES=500`
shortens it while one works on it; the whole of it takes hours on a busy machine.
"""

import http.client
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from benchmarks.clients import LOOPBACK, report, send
from tests.journeys.test_main_job import sign_in, spot
from tests.proof.test_live import HEAP_GROWTH, SETTLED_MS, heap_mb, live_server
from tests.support import browser as chromium
from tests.support.browser import NewPage
from tests.support.cutting_proxy import CuttingProxy, cutting_proxy
from tests.support.server import Server

__all__ = ["live_server"]  # a fixture

DAY = 24 * 60
WEEK = 7 * DAY
SAMPLES = 42  # one for every four hours of the week
CHANGED = 15  # minutes of the page's clock between two reports
# What a cut made fail is asked again a minute later; the page's clock goes on while one waits.
RENEWED_MS = 90_000
# The heap is to show what the page keeps, and two things of the tools would be in it as well:
# machine code, compiled little by little as functions get hot (2.1 MB became 2.4 in a thousand
# minutes and stayed there; without it 2.12 stayed 2.12) ...
NOT_COMPILED = "--js-flags=--jitless"
# ... and every error a page hands to the console: Playwright keeps it in the page for good (0.43 kB
# each). Words it does not keep; nor does a browser that nobody drives.
ONLY_WORDS = """for (const name of ["warn", "error"]) {
  const say = console[name].bind(console);
  console[name] = (...told) => say(told.join(" "));
}"""


# The server's pings come by the real clock: the page would miss them by its own, and connect anew
# each minute.
PATIENT = """const parse = JSON.parse;
JSON.parse = (text, ...more) => {
  const found = parse(text, ...more);
  if (found?.pingTimeout) found.pingTimeout = 1e9;
  return found;
};"""


@pytest.fixture
def plain_desk(launch_browser: Callable[..., Browser]) -> Iterator[NewPage]:
    """Open pages in a browser of their own that compiles nothing."""
    browser = launch_browser(args=[*chromium.FLAGS, NOT_COMPILED])
    yield chromium.opener(browser.new_context, chromium.DESK)
    browser.close()


class Week:
    """Lets the wall's clock run, and keeps what was seen meanwhile."""

    def __init__(self, wall: Page, proxy: CuttingProxy, port: int, minutes: int) -> None:
        """Keep the page, its way to the server, the server's own port, and how long to go."""
        self.wall, self.proxy, self.port, self.minutes = wall, proxy, port, minutes
        self.place = spot()
        self.samples: list[tuple[float, int]] = []
        self.days: set[str] = set()
        self.cuts = 0
        self.connected = 0
        wall.on("websocket", self._count)
        self._draw = random.Random(20201019)
        self._probe = wall.context.new_cdp_session(wall)
        self._probe.send("Performance.enable")

    def _count(self, _socket: object) -> None:
        self.connected += 1

    def run(self) -> None:
        """Each minute the wall renews itself, each hour its connections break."""
        for minute in range(self.minutes):
            if minute % CHANGED == 0:
                self.change(minute)
            with self.wall.expect_response(is_the_wall, timeout=RENEWED_MS):
                self.wall.clock.run_for(60_000)
            if minute % 60 == 30:
                self.cut()
            if minute % max(1, self.minutes // SAMPLES) == 0:
                self.samples.append(heap_mb(self._probe))
                self.days.add(self.wall.locator("[data-day]").inner_text())
                print(f"minute {minute}, heap MB, nodes:", self.samples[-1], flush=True)  # noqa: T201

    def change(self, number: int) -> None:
        """Let a report come in."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        assert send(connection, report(number, self.place)) == "201"
        connection.close()

    def cut(self) -> None:
        """Break what is connected, and let the page find back."""
        self.cuts += self.proxy.cut() > 0
        self.wall.wait_for_timeout(self._draw.uniform(50, 400))
        self.wall.clock.run_for(2_000)
        expect(self.wall.locator("[data-live=on]")).to_be_visible(timeout=SETTLED_MS)


def is_the_wall(response: Response) -> bool:
    """Whether the page was answered anew."""
    return response.status == 200 and urlsplit(response.url).path == "/board/wall"


@pytest.mark.proof
def test_a_wall_stays_right_and_small_for_a_week_of_its_own_clock(
    live_server: Server, new_desk: NewPage, plain_desk: NewPage
) -> None:
    minutes = int(os.environ.get("GRIDGOV_WALL_MINUTES", str(WEEK)))
    port = urlsplit(live_server.url).port
    assert port is not None
    with cutting_proxy(port) as proxy:
        through = Server(f"http://127.0.0.1:{proxy.port}", live_server.installation, Path())
        wall = plain_desk(through.url, viewport={"width": 1920, "height": 1080})
        wall.add_init_script(ONLY_WORDS)
        wall.add_init_script(PATIENT)
        sign_in(wall, through, "supervisor")
        wall.clock.install()
        wall.goto("/board/wall")
        root = wall.locator(".wall-root")
        expect(root).to_have_attribute("data-live", "on", timeout=SETTLED_MS)
        wall.evaluate("window.notLeft = true")
        week = Week(wall, proxy, port, minutes)
        week.run()
        wall.clock.run_for(61_000)
        expect(root).to_have_attribute("data-live", "on", timeout=SETTLED_MS)
        assert wall.evaluate("window.notLeft") is True
        fresh = new_desk(live_server.url, viewport={"width": 1920, "height": 1080})
        sign_in(fresh, live_server, "supervisor")
        fresh.goto("/board/wall")
        for figure in ("denominator", "numerator"):
            right = fresh.locator(f"[data-figure={figure}]").inner_text()
            expect(wall.locator(f"[data-figure={figure}]")).to_have_text(right, timeout=SETTLED_MS)
    seen = f"{week.cuts} cuts, connected {week.connected} times, {len(week.days)} days"
    print(f"{minutes} minutes of the wall's clock, {seen}")  # noqa: T201 - a figure
    assert len(week.days) >= minutes // DAY
    third = len(week.samples) // 3
    second, last = week.samples[third : 2 * third], week.samples[2 * third :]
    assert median(mb for mb, _ in last) <= HEAP_GROWTH * median(mb for mb, _ in second), last
    # The least: where a sample meets a renewal, the page just read is counted with the wall.
    assert min(nodes for _, nodes in last) <= HEAP_GROWTH * min(nodes for _, nodes in second), last
