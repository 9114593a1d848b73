"""More time is asked for, and refused: the limit stays and everybody reads why."""

from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.journeys.staff import People, form, reported, send
from tests.support.browser import NewPage
from tests.support.server import Server


def test_a_refused_extension_leaves_the_limit(
    server: Server, new_phone: NewPage, new_desk: NewPage
) -> None:
    people = People(server, new_phone, new_desk)
    case = people.case(reported(server, text="垃圾要吊车"))
    worker = people.at("worker", case)
    with worker.expect_navigation():
        worker.locator(".case-bar button[type=submit]").click()
    due = worker.locator(".case-due").inner_text()
    ask = form(worker, "ask_extension")
    least = datetime.fromisoformat(ask.locator("[name=until]").get_attribute("min") or "")
    ask.locator("[name=until]").fill(f"{least + timedelta(minutes=30):%Y-%m-%dT%H:%M}")
    ask.locator("textarea").fill("要等吊车")
    send(worker, ask)
    expect(worker.locator(".case-banner")).to_contain_text("已申请延期")
    expect(worker.locator("#act-ask_suspension")).to_contain_text("尚未决定")

    desk = people.at("dispatcher", case)
    expect(desk.locator(".case-bar .button-main")).to_contain_text("同意延期")
    refuse = form(desk, "refuse_extension")
    expect(refuse).to_contain_text("要等吊车")
    refuse.locator("textarea").fill("吊车下午就到，请按时办")
    send(desk, refuse)

    worker = people.at("worker", case)
    expect(worker.locator(".case-banner")).to_have_count(0)
    expect(worker.locator(".case-due")).to_have_text(due)
    expect(worker.locator(".timeline")).to_contain_text("吊车下午就到，请按时办")
    expect(worker.locator("#act-ask_extension")).to_be_attached()  # it may be asked for again
