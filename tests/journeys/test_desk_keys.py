"""The desk by keyboard alone: walk, look, act, choose, look at the outcomes, confirm."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.staff import reported
from tests.journeys.test_main_job import sign_in
from tests.support.browser import NewPage, started
from tests.support.server import Server


def focused(page: Page) -> str:
    """Return the id of the element that has the focus."""
    found: str = page.evaluate("document.activeElement.id")
    return found


def test_the_queue_is_worked_by_keyboard(server: Server, new_desk: NewPage) -> None:
    for _number in range(3):
        reported(server)
    desk = sign_in(new_desk(), server, "dispatcher")
    desk.goto(f"{server.url}/desk?tab=open&order=newest")
    links = started(desk).locator("[data-case] th a")
    expect(desk.locator("[data-help]")).to_be_visible()

    desk.keyboard.press("j")
    assert focused(desk) == links.nth(0).get_attribute("id")
    desk.keyboard.press("j")
    assert focused(desk) == links.nth(1).get_attribute("id")
    expect(desk.locator("[data-announce]")).to_contain_text("第 2 件")
    desk.keyboard.press("k")
    assert focused(desk) == links.nth(0).get_attribute("id")

    # Enter shows the case beside the list, and the address says which one.
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-case-shown] .desk-case-title")).to_be_visible()
    shown = desk.locator("[data-case-shown]").get_attribute("data-case-shown")
    expect(desk).to_have_url(re.compile(f"case={shown}"))
    expect(desk.locator(f"[data-case='{shown}']")).to_have_attribute("aria-current", "true")

    # A letter opens its form; while somebody types, letters are letters.
    desk.keyboard.press("t")
    note = desk.locator("#act-note textarea")
    expect(note).to_be_focused()
    desk.keyboard.type("jxd")
    expect(note).to_have_value("jxd")
    desk.keyboard.press("Control+a")
    desk.keyboard.type("记一笔")
    desk.keyboard.press("Tab")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    expect(desk.locator("[data-panel]")).to_contain_text("记一笔")

    # Help, search and filters.
    started(desk).locator("[data-case] th a").first.focus()
    desk.keyboard.press("?")
    expect(desk.locator("[data-keys]")).to_be_visible()
    # The browser closes a dialog after the key press, not within it.
    desk.keyboard.press("Escape")
    expect(desk.locator("[data-keys]")).to_be_hidden()
    desk.keyboard.press("/")
    expect(desk.locator("#q")).to_be_focused()


def test_a_common_act_is_looked_at_first(server: Server, new_desk: NewPage) -> None:
    reported(server)
    desk = sign_in(new_desk(), server, "dispatcher")
    # One case that can be urged and one that is done: the list of all holds both.
    desk.goto(f"{server.url}/desk?tab=all&order=newest&rows=500")
    closed = desk.evaluate(
        """async () => {
          const text = await (await fetch('/desk?tab=all&state=closed')).text();
          const page = new DOMParser().parseFromString(text, 'text/html');
          return page.querySelector('[data-case]').dataset.case;
        }"""
    )
    first = started(desk).locator("[data-case]").first
    first.locator("th a").focus()
    desk.keyboard.press("x")
    expect(first.locator("[name=case_id]")).to_be_checked()
    expect(desk.locator("[data-chosen]")).to_contain_text("1")
    other = desk.locator(f"[data-case='{closed}'] [name=case_id]")
    other.check()
    expect(desk.locator("[data-chosen]")).to_contain_text("2")

    # A live update brings new rows and leaves what was chosen.
    count = desk.locator("[data-case]").count()
    reported(server)
    expect(desk.locator("[data-case]")).to_have_count(count + 1)
    expect(desk.locator("[name=case_id]:checked")).to_have_count(2)

    desk.locator("#bulk-do").select_option("urge")
    with desk.expect_navigation():
        desk.locator("#bulk button[type=submit]").click()
    desk.locator("#urge-text").fill("请尽快")
    with desk.expect_navigation():
        desk.get_by_role("button", name="预览结果").click()
    expect(desk.locator("[data-outcome=yes]")).to_have_count(1)
    expect(desk.locator("[data-outcome=no]")).to_contain_text("不能办理")
    with desk.expect_navigation():
        desk.get_by_role("button", name="确认办理 1 件").click()
    expect(desk.locator("[data-outcome=yes]")).to_contain_text("已办理")
    expect(desk.locator("[data-outcome=no]")).to_have_count(1)
