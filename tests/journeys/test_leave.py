"""A lead goes on leave: asked for, granted, handed over with a receipt, and back again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.journeys.staff import People, addresses, reported
from tests.support.browser import NewPage
from tests.support.server import Server

VILLAGE = "/admin/roster?area=440608004025"
ZONE = ZoneInfo("Asia/Shanghai")
# The tabs of a list that hold what somebody still has to do.
OPEN_TABS = ("sign", "handling", "assist", "verify", "check", "waiting")


def local(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%dT%H:%M}"


def pressed(page: Page, words: str) -> None:
    """Press a button by its words and wait for the answer."""
    with page.expect_navigation():
        page.get_by_role("button", name=words).first.click()


def on_the_list(people: People, who: str, case: str) -> bool:
    """Tell whether somebody has a case on one of the tabs of what is still to do."""
    for tab in OPEN_TABS:
        page = people.at(who, f"/work?tab={tab}")
        if page.locator(f"a[href='{case}']").count():
            return True
    return False


def to_sign(people: People, who: str, number: str) -> str:
    """Return the address of the case of this number among those somebody has to sign."""
    for link in addresses(people.at(who, "/work?tab=sign")):
        shown = people.at(who, link).locator(".case-number").inner_text()
        if shown.strip() == number:
            return link
    raise AssertionError(f"{number} is not with the {who}")


def ask_for_leave(worker: Page, days: int) -> None:
    """Fill the worker's form from a minute ago on, and send it."""
    now = datetime.now(UTC)
    worker.locator("[name=from]").fill(local(now - timedelta(minutes=1)))
    worker.locator("[name=until]").fill(local(now + timedelta(days=days)))
    pressed(worker, "提交申请")


def test_the_work_of_a_lead_on_leave_goes_to_the_deputy_and_comes_back(
    server: Server, new_phone: NewPage, new_desk: NewPage
) -> None:
    people = People(server, new_phone, new_desk)
    begun = people.case(reported(server, text="楼下垃圾堆了几天"))

    worker = people.at("worker", "/work/leave")
    ask_for_leave(worker, days=3)
    expect(worker.locator("main")).to_contain_text("待审批")
    expect(worker.locator("main")).to_contain_text("黄志文")
    assert on_the_list(people, "worker", begun)  # nothing moves before it is granted

    supervisor = people.at("supervisor", VILLAGE)
    expect(supervisor.locator("#roster-asked")).to_contain_text("1 份请假待审批")
    pressed(supervisor, "同意")
    expect(supervisor.locator("main")).to_contain_text("尚未确认接收")
    for tab in OPEN_TABS:
        page = people.at("worker", f"/work?tab={tab}")
        expect(page.locator("a[href*='/work/cases/']")).to_have_count(0)

    deputy = people.at("deputy", "/work")
    deputy.get_by_role("link", name="待您确认").click()
    expect(deputy.locator(".leave-offer")).to_contain_text("移交人：陈海怡")
    pressed(deputy, "确认接收")
    deputy = people.at("deputy", begun)
    expect(deputy.locator(".timeline")).to_contain_text("A 岗陈海怡请假至")
    expect(deputy.locator(".timeline")).to_contain_text("黄志文：签收")
    supervisor = people.at("supervisor", VILLAGE)
    expect(supervisor.locator("main")).to_contain_text("已接收")

    fresh = to_sign(people, "deputy", reported(server, text="井盖旁边又堆了垃圾"))
    deputy = people.at("deputy", fresh)
    expect(deputy.locator(".timeline")).to_contain_text("A 岗陈海怡请假至")
    expect(deputy.locator(".timeline")).to_contain_text("B 岗黄志文：在办")
    assert not on_the_list(people, "worker", fresh)

    worker = people.at("worker", "/work/leave")
    pressed(worker, "我已返岗")
    expect(worker.locator("main")).not_to_contain_text("进行中")
    after = people.case(reported(server, text="返岗后的新案件"))
    assert on_the_list(people, "worker", after)
    # Whoever began it ends it.
    assert on_the_list(people, "deputy", begun)
    supervisor = people.at("supervisor", VILLAGE)
    expect(supervisor.locator("main")).to_contain_text("每个网格都有人在岗")
