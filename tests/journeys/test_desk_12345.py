"""A 12345 order is typed in at the desk, handled by a unit, answered, and copied to the hotline."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.staff import People, form, send
from tests.journeys.test_main_job import picture
from tests.support.browser import NewPage
from tests.support.server import Server

NUMBER = "GM-20261122-0088"
WORDS = "楼下垃圾堆了几天没人清"
GRID_VILLAGE = "440608004025"  # the sample worker's


def pressed(page: Page, button: str) -> None:
    """Press a button of the form by its value and wait for the page it leads to."""
    with page.expect_navigation():
        page.locator(f"button[value={button}]").click()


def fill_the_order(desk: Page) -> None:
    """Type the order in as the hotline passed it on, without a class."""
    desk.get_by_role("link", name=re.compile("代录")).click()
    desk.locator("[name=external_id]").fill(NUMBER)
    desk.locator("[name=caller]").fill("何伯")
    desk.locator("[name=phone]").fill("13800138000")
    desk.locator("[name=text]").fill(WORDS)
    desk.locator("[name=place_words]").fill("荷香路12号")
    desk.locator("[name=area_code]").select_option(GRID_VILLAGE)


def fill_it_again(desk: Page) -> None:
    """Type the same order in, with its class."""
    desk.locator("[name=external_id]").fill(NUMBER)
    desk.locator("[name=text]").fill(WORDS)
    desk.locator("[name=category]").select_option("0101")


def case_shown(desk: Page) -> str:
    """Return the id of the case that is open beside the desk's list."""
    found = re.search(r"case=([0-9a-f-]{36})", desk.url)
    assert found is not None, desk.url
    return found[1]


def sign_and_resolve(handler: Page, photo: Path) -> None:
    """Sign a case on its page and say what was done, with a picture."""
    with handler.expect_navigation():
        handler.locator(".case-bar button[type=submit]").click()
    done = form(handler, "resolve")
    done.locator("input[type=file]").set_input_files(photo)
    done.locator("textarea").fill("垃圾已清走，加派一次清运")
    send(handler, done)


def answer(desk: Page, words: str) -> None:
    """Answer the public in the case that is shown."""
    reply = form(desk, "reply")
    reply.locator("textarea").fill(words)
    send(desk, reply)


def test_an_order_of_the_hotline_is_typed_in_and_answered(
    server: Server, new_phone: NewPage, new_desk: NewPage, tmp_path: Path
) -> None:
    people = People(server, new_phone, new_desk)
    desk = people.at("dispatcher", "/desk")
    fill_the_order(desk)
    # The words propose a class with their reason; the person presses it.
    pressed(desk, "look")
    expect(desk.locator("[name=phone]")).to_have_value("13800138000")
    desk.locator("label", has=desk.locator("[name=suggested]")).first.click()
    pressed(desk, "send")
    expect(desk.locator("main")).to_contain_text(NUMBER)
    expect(desk.locator("main")).to_contain_text("答复时限")

    # Typed in a second time, the first one is shown.
    again = people.at("dispatcher", "/desk/new")
    fill_it_again(again)
    pressed(again, "send")
    expect(again.locator("main")).to_contain_text("此前已登记")
    with again.expect_navigation():
        again.get_by_role("link", name="查看案件").click()
    expect(again.locator("[data-desk-case]")).to_contain_text(WORDS)

    # It goes to a unit, whose people sign and resolve it.
    case_id = case_shown(again)
    dispatch = form(again, "dispatch")
    expect(dispatch.locator("select[name=target] option[value='unit:ZJSL']")).to_have_count(1)
    dispatch.locator("select[name=target]").select_option("unit:ZJSL")
    send(again, dispatch)
    assert "/desk" in again.url  # back where the dispatcher was
    sign_and_resolve(people.at("handler", f"/work/cases/{case_id}"), picture(tmp_path))

    # The desk answers the public, and copies the same words into the hotline's own system.
    desk = people.at("dispatcher", f"/desk?tab=all&case={case_id}")
    answer(desk, "垃圾已安排今日清运")
    with desk.expect_navigation():
        desk.get_by_role("link", name="工单答复").click()
    words = desk.locator("[data-copy]")
    expect(words).to_have_value(re.compile(NUMBER))
    expect(words).to_have_value(re.compile("垃圾已安排今日清运"))
    expect(desk.locator("[data-copy-button]")).to_be_visible()
