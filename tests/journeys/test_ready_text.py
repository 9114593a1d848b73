"""A ready text fills the words of an answer; what was written before it stays."""

from playwright.sync_api import expect

from tests.journeys.test_main_job import sign_in
from tests.journeys.test_pages import address_of_case
from tests.support.browser import NewPage
from tests.support.server import Server


def test_a_ready_text_fills_the_answer_and_keeps_own_words(
    default_server: Server, new_desk: NewPage
) -> None:
    page = new_desk()
    sign_in(page, default_server, "dispatcher")
    page.goto(default_server.url + address_of_case(page, default_server, "dispatcher"))
    page.locator("details.act", has=page.locator("#act-reply")).locator("summary").click()
    choice, area = page.locator("#reply-text-ready"), page.locator("#reply-text")
    expect(choice).not_to_have_attribute("name", "ready")
    options = choice.locator("option").evaluate_all("all => all.map((one) => one.value)")
    choice.select_option(index=1)
    expect(area).to_have_value(options[1])
    choice.select_option(index=2)
    expect(area).to_have_value(options[2])
    area.fill("您好！")
    choice.select_option(index=1)
    expect(area).to_have_value(f"您好！\n{options[1]}")
