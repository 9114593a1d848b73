"""A wall that nobody touches: live, rotating, over midnight, and through a stop of the server."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.journeys.staff import reported
from tests.journeys.test_main_job import sign_in
from tests.journeys.test_pages import violations, watched
from tests.support.app import Installation, copy_of
from tests.support.browser import TIMEOUT_MS, NewPage
from tests.support.server import Server, serving

A_FRAME_MS = TIMEOUT_MS  # a busy machine folds and pushes late
RENEWED_MS = 90_000  # it is asked for anew each minute
WALL = "/board/wall"


@pytest.fixture
def wall(default_server: Server, new_desk: NewPage) -> Page:
    page = new_desk(viewport={"width": 1920, "height": 1080})
    sign_in(page, default_server, "supervisor")
    return page


def opened(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}{WALL}{query}")
    expect(page.locator(".wall-root")).to_have_attribute("data-live", "on", timeout=A_FRAME_MS)


def number(page: Page, selector: str) -> int:
    return int(page.locator(selector).first.inner_text().replace(",", ""))


def test_a_new_case_changes_the_wall_by_itself(default_server: Server, wall: Page) -> None:
    complaints = watched(wall)
    default_server.counted()
    opened(wall, default_server)
    received = number(wall, "[data-figure=denominator]")
    cards = wall.evaluate(CARDS)
    reported(default_server)
    figure = wall.locator("[data-figure=denominator]")
    expect(figure).to_have_text(f"{received + 1:,}", timeout=A_FRAME_MS)
    now = wall.evaluate(CARDS)
    assert any("暴露垃圾" in words for place, words in now.items() if place not in cards), now
    assert len(now) <= max(len(cards), 8)
    # What no frame carries follows by itself: lamps add up to the open cases again.
    opens = received + 1 - number(wall, "[data-figure=numerator]")
    expect(wall.locator("[data-lamp=open]")).to_have_text(f"{opens:,}", timeout=RENEWED_MS)
    lamps = wall.evaluate(LAMPS)
    assert sum(lamps.values()) == opens, lamps
    assert complaints == []


# Place in the log → words of the card.
CARDS = """() => Object.fromEntries([...document.querySelectorAll("[data-feed] li")].map((one) =>
  [one.dataset.position, one.textContent]))"""
# Read at one moment: a lamp turns by the clock alone.
LAMPS = """() => Object.fromEntries(["green", "yellow", "red", "grey"].map((lamp) =>
  [lamp, Number(document.querySelector(`[data-lamp=${lamp}]`).textContent.replace(",", ""))]))"""


def test_nothing_is_small_nothing_scrolls_nothing_is_inaccessible(
    default_server: Server, wall: Page
) -> None:
    opened(wall, default_server)
    for width, least in ((1920, 20), (3840, 40)):
        wall.set_viewport_size({"width": width, "height": width * 9 // 16})
        small = wall.evaluate(SMALLEST)
        assert small >= least - 0.1, (width, small)
        assert wall.evaluate(FITS), width
    wall.set_viewport_size({"width": 1920, "height": 1080})
    assert violations(wall) == []


# The smallest letters on the screen in pixels as they are seen, drawings included.
SMALLEST = """() => {
  const sizes = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.textContent.trim() || ["SCRIPT", "TITLE"].includes(parent.tagName)) continue;
    if (parent.closest(".visually-hidden")) continue;
    const svg = parent.closest("svg");
    const scale = svg ? svg.getScreenCTM().a : 1;
    sizes.push(parseFloat(getComputedStyle(parent).fontSize) * scale);
  }
  return Math.min(...sizes);
}"""
FITS = """() => {
  const page = document.documentElement;
  const inside = [...document.querySelectorAll(".wall-left > *, .wall-turns, .wall-units")]
    .every((one) => one.getBoundingClientRect().bottom <= innerHeight);
  return inside && page.scrollWidth <= innerWidth && page.scrollHeight <= innerHeight;
}"""


def test_the_map_shows_another_figure_every_thirty_seconds(
    default_server: Server, wall: Page
) -> None:
    # The clock of the page stands but for what is run here: each turn is of thirty seconds.
    wall.clock.install()
    wall.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    opened(wall, default_server)
    title = wall.locator("[data-turn-title]")
    names = [one.strip() for one in wall.locator(".wall-turns li").all_inner_texts()]
    assert len(set(names)) == 4
    for turn in (0, 1, 2, 3, 0):
        expect(title).to_have_text(names[turn])
        expect(wall.locator(".wall-turns [aria-current]")).to_have_text(names[turn])
        classes = wall.evaluate(CLASSES, turn)
        assert classes["shown"] == classes["wanted"]
        wall.clock.run_for(30_000)


CLASSES = """(turn) => {
  const turns = JSON.parse(document.querySelector("script[data-turns]").textContent);
  const areas = [...document.querySelectorAll(".map-area")];
  return {
    shown: areas.map((one) => one.dataset.class),
    wanted: areas.map((one) => String(turns[turn].classes[one.dataset.area])),
  };
}"""


def of_tomorrow(html: str) -> str:
    """Return the page as the server gives it after midnight: both days of "today" move on."""

    def next_day(found: re.Match[str]) -> str:
        day = datetime.fromisoformat(found[2]) + timedelta(days=1)
        return f'{found[1]}="{day.date().isoformat()}"'

    html = re.sub(r'(data-(?:from|to))="([\d-]+)"', next_day, html)
    return re.sub(r'(data-figure="denominator">)[\d,]+', r"\g<1>0", html)


def test_over_midnight_the_day_moves_on_without_leaving_the_page(
    default_server: Server, wall: Page
) -> None:
    wall.clock.install()
    opened(wall, default_server, "?period=today")
    root = wall.locator(".wall-root")
    day = root.get_attribute("data-from")
    assert day is not None
    wall.evaluate("window.notLeft = true")

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=of_tomorrow(response.text()))

    wall.route(f"**{WALL}?period=today", answer)
    asked: list[str] = []
    wall.on("websocket", lambda socket: socket.on("framesent", lambda sent: asked.append(sent)))
    tomorrow = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    wall.clock.run_for(61_000)
    expect(root).to_have_attribute("data-from", tomorrow, timeout=A_FRAME_MS)
    expect(root).to_have_attribute("data-to", tomorrow)
    assert wall.evaluate("window.notLeft") is True
    # The server is asked for the new day, and what it then tells is shown: nothing so far.
    expect(root).to_have_attribute("data-live", "on", timeout=A_FRAME_MS)
    expect(wall.locator("[data-figure=denominator]")).to_have_text("0", timeout=A_FRAME_MS)
    wall.unroute_all(behavior="ignoreErrors")  # what is still asked for has no page any more


def test_new_files_on_the_server_load_the_page_anew(default_server: Server, wall: Page) -> None:
    wall.clock.install()
    opened(wall, default_server)

    def answer(route: Route) -> None:
        response = route.fetch()
        html = re.sub(r'data-build="\w+"', 'data-build="another"', response.text())
        route.fulfill(response=response, body=html)

    wall.route(f"**{WALL}", answer, times=1)
    with wall.expect_event("load", timeout=A_FRAME_MS):
        wall.clock.run_for(61_000)
    expect(wall.locator(".wall-root")).to_have_attribute("data-live", "on", timeout=A_FRAME_MS)


def test_a_sign_in_that_ended_is_said_and_taken_up_again(
    default_server: Server, wall: Page
) -> None:
    wall.clock.install()
    opened(wall, default_server)
    root, kept = wall.locator(".wall-root"), wall.context.cookies()
    shown = wall.locator("[data-figure=denominator]").inner_text()
    wall.context.clear_cookies()
    wall.clock.run_for(61_000)
    expect(root).to_have_attribute("data-live", "ended", timeout=A_FRAME_MS)
    expect(wall.locator("[data-fresh]")).to_contain_text("登录已结束")
    assert wall.locator("[data-figure=denominator]").inner_text() == shown
    wall.context.add_cookies(kept)  # somebody signed in on this screen
    wall.clock.run_for(61_000)
    expect(root).to_have_attribute("data-live", "on", timeout=A_FRAME_MS)


def test_after_many_renewals_nothing_has_piled_up(default_server: Server, wall: Page) -> None:
    wall.clock.install()
    opened(wall, default_server)
    fetched: list[str] = []

    def count(request: Request) -> None:
        if request.resource_type == "fetch" and request.url.endswith(WALL):
            fetched.append(request.url)

    wall.on("request", count)
    before = wall.evaluate(NODES)
    for minute in range(1, 31):
        with wall.expect_response(lambda response: response.url.endswith(WALL)):
            wall.clock.run_for(60_000)
        assert len(fetched) >= minute
    wall.wait_for_timeout(500)
    assert wall.evaluate(NODES) <= before + 5
    assert len(fetched) <= 40  # one timer: once a minute, not more and more often


NODES = "() => document.querySelectorAll('*').length"


@pytest.fixture
def own(sqlite_sample: Installation, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose server this journey stops and starts."""
    yield copy_of(sqlite_sample, tmp_path, None)


def test_a_server_that_goes_and_comes_back(
    own: Installation, tmp_path: Path, new_desk: NewPage
) -> None:
    page = new_desk(viewport={"width": 1920, "height": 1080})
    with serving(own, tmp_path / "log-1", profile="default") as first:
        port = int(first.url.rsplit(":", 1)[1])
        sign_in(page, first, "supervisor")
        opened(page, first)
        received = number(page, "[data-figure=denominator]")
    root = page.locator(".wall-root")
    expect(root).to_have_attribute("data-live", "cut", timeout=A_FRAME_MS)
    expect(page.locator("[data-fresh]")).to_contain_text("连接断开")
    assert number(page, "[data-figure=denominator]") == received
    with serving(own, tmp_path / "log-2", profile="default", port=port) as again:
        expect(root).to_have_attribute("data-live", "on", timeout=60_000)
        reported(again)
        figure = page.locator("[data-figure=denominator]")
        expect(figure).to_have_text(f"{received + 1:,}", timeout=A_FRAME_MS)
