"""A wall for a week in fast motion: the page's clock runs, the server and the changes are real.

A week has 10,080 minutes, and the wall renews itself in each. `GRIDGOV_WALL_MINUTES=500`
shortens it while one works on it.
"""

import os
import random
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys.test_main_job import sign_in
from tests.proof.test_live import HEAP_GROWTH, SETTLED_MS, heap_mb, live_server, reports_coming_in
from tests.support.browser import NewPage
from tests.support.cutting_proxy import cutting_proxy
from tests.support.server import Server

__all__ = ["live_server"]  # a fixture

WEEK = 7 * 24 * 60
SAMPLES = 42  # one for every four hours of the week
RATE = 0.5


@pytest.mark.proof
def test_a_wall_stays_right_and_small_for_a_week_of_its_own_clock(
    live_server: Server, new_desk: NewPage
) -> None:
    minutes = int(os.environ.get("GRIDGOV_WALL_MINUTES", str(WEEK)))
    draw = random.Random(20201019)
    port = urlsplit(live_server.url).port
    assert port is not None
    with cutting_proxy(port) as proxy:
        wall = new_desk(f"http://127.0.0.1:{proxy.port}", viewport={"width": 1920, "height": 1080})
        through = Server(f"http://127.0.0.1:{proxy.port}", live_server.installation, Path())
        sign_in(wall, through, "supervisor")
        wall.clock.install()
        wall.goto("/board/wall")
        root = wall.locator(".wall-root")
        expect(root).to_have_attribute("data-live", "on", timeout=SETTLED_MS)
        wall.evaluate("window.notLeft = true")
        probe = wall.context.new_cdp_session(wall)
        probe.send("Performance.enable")
        samples: list[tuple[float, int]] = []
        with reports_coming_in(live_server, RATE):
            for minute in range(minutes):
                wall.clock.run_for(60_000)
                if minute % 60 == 30:
                    proxy.cut()  # each hour the connection breaks once
                    wall.wait_for_timeout(draw.uniform(50, 400))
                if minute % (minutes // SAMPLES) == 0:
                    samples.append(heap_mb(probe))
        wall.clock.run_for(61_000)
        expect(root).to_have_attribute("data-live", "on", timeout=SETTLED_MS)
        assert wall.evaluate("window.notLeft") is True
        fresh = new_desk(live_server.url, viewport={"width": 1920, "height": 1080})
        sign_in(fresh, live_server, "supervisor")
        fresh.goto("/board/wall")
        for figure in ("denominator", "numerator"):
            right = fresh.locator(f"[data-figure={figure}]").inner_text()
            expect(wall.locator(f"[data-figure={figure}]")).to_have_text(right, timeout=SETTLED_MS)
    print(f"{minutes} minutes of the wall's clock; heap MB, nodes: {samples}")  # noqa: T201 - a figure
    third = len(samples) // 3
    second, last = samples[third : 2 * third], samples[2 * third :]
    assert median(mb for mb, _ in last) <= HEAP_GROWTH * median(mb for mb, _ in second), samples
    assert max(nodes for _, nodes in last) <= HEAP_GROWTH * max(nodes for _, nodes in second)
