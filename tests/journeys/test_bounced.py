"""A case nobody wants: returned twice, then the town rules whose it is, for good."""

from playwright.sync_api import expect

from tests.journeys.staff import People, form, reported, send
from tests.support.browser import NewPage
from tests.support.server import Server


def test_a_bounced_case_is_ruled_by_the_town(
    server: Server, new_phone: NewPage, new_desk: NewPage
) -> None:
    people = People(server, new_phone, new_desk)
    case = people.case(reported(server))
    for proposed in ("unit:CG", "unit:T440608004"):
        worker = people.at("worker", case)
        back = form(worker, "return")
        back.get_by_text("职能不符").click()
        back.locator("select").select_option(proposed)
        back.locator("textarea").fill("这一段由环卫所管，不归网格")
        send(worker, back)
        if proposed == "unit:CG":
            desk = people.at("dispatcher", case)
            again = form(desk, "dispatch")
            expect(again.locator("select")).to_have_value("unit:CG")  # the proposal is chosen
            again.locator("select").select_option("lead")
            send(desk, again)

    desk = people.at("dispatcher", case)
    expect(desk.locator(".case-banner", has_text="待镇街裁定")).to_be_visible()
    expect(desk.locator("#act-dispatch")).to_contain_text("由镇街裁定责任单位")

    town = people.at("town_dispatcher", case)
    ruling = form(town, "rule")
    expect(ruling).to_contain_text("退回时建议")
    ruling.locator("select").select_option("lead")
    ruling.locator("textarea").fill("按职责清单，由网格牵头")
    send(town, ruling)

    worker = people.at("worker", case)
    expect(worker.locator(".case-banner", has_text="已裁定，不得再退回")).to_be_visible()
    expect(worker.locator("#act-return")).to_contain_text("裁定为最终决定")
    expect(worker.locator(".timeline")).to_contain_text("按职责清单，由网格牵头")
    with worker.expect_navigation():
        worker.locator(".case-bar button[type=submit]").click()  # sign: the one filled button
    expect(worker.locator(".timeline")).to_contain_text("签收")
