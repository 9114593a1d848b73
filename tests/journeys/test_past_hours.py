"""The time slider: an hour by keyboard, replay hour by hour, and back to now."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.journeys.test_main_job import sign_in
from tests.journeys.test_pages import watched
from tests.support.browser import TIMEOUT_MS, NewPage, started
from tests.support.server import Server

PAGE_MS = TIMEOUT_MS
STEP_MS = 1200  # from one hour to the next (static/js/board-past.js)


def test_the_slider_goes_to_an_hour_replays_and_comes_back(
    default_server: Server, new_desk: NewPage
) -> None:
    page = sign_in(new_desk(), default_server, "supervisor")
    complaints = watched(page)
    page.goto(f"{default_server.url}/board")
    strip = started(page).get_by_label("驾驶舱显示的时刻")
    expect(strip).to_have_attribute("aria-valuetext", "现在")
    strip.focus()
    strip.press("ArrowLeft")
    page.wait_for_url("**as_of=*", timeout=PAGE_MS)
    expect(page.locator(".board-of-past")).to_be_visible()
    expect(started(page).locator("[data-module=board-live]")).to_have_count(0)
    # Between two past hours the page stays; the address is that of the hour it shows.
    page.evaluate("window.notLeft = true")
    shown = page.locator(".board-of-past b")
    before, address = shown.inner_text(), page.url
    strip.focus()
    strip.press("ArrowLeft")
    expect(shown).not_to_have_text(before, timeout=PAGE_MS)
    assert page.evaluate("window.notLeft") is True
    page.wait_for_url(lambda url: url != address)
    # What the hour shows opens the cases it counted, and the way back leads to that hour.
    figure = page.locator(".key-open .key-number a")
    number = figure.locator("span").first.inner_text()
    figure.click()
    expect(page.locator(".cases-count")).to_contain_text(f"{number} 件", timeout=PAGE_MS)
    moment = page.url.split("as_of=")[1].split("&")[0]
    page.get_by_role("link", name="返回驾驶舱").first.click()
    page.wait_for_url(f"**as_of={moment}*", timeout=PAGE_MS)
    # Replaying goes an hour on by itself, and the page's clock goes only as far as that.
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    page.get_by_role("button", name="回放").click()
    page.clock.run_for(STEP_MS)
    expect(shown).to_have_text(before, timeout=PAGE_MS)
    page.get_by_role("button", name="停止").click()
    page.clock.resume()
    page.get_by_role("link", name="回到现在").first.click()
    expect(page.locator("[data-module=board-live]")).to_have_count(1, timeout=PAGE_MS)
    assert "as_of" not in page.url
    assert complaints == []
