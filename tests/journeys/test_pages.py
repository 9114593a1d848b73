"""Every page in a real browser: no axe violation, no CSP refusal, no script error."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.staff import reported
from tests.journeys.test_main_job import sign_in
from tests.support.browser import NewPage, started, until
from tests.support.server import Server

OPEN = ("/open", "/open/communities", "/open/communities/440608004025", "/open/data")
# who → the pages of the person; {case} is the first case of the person's list
PAGES: dict[str, tuple[str, ...]] = {
    "": (
        "/",
        "/report",
        "/r",
        "/r/lost",
        "/privacy",
        "/login",
        "/nothing-here",
        "/api/docs",
        *OPEN,
    ),
    "worker": (
        "/work?tab=sign",
        "/work?tab=waiting",
        "/work?tab=done",
        "/work/found",
        "{case}",
        "/work/leave",
    ),
    "deputy": ("/work?tab=check",),
    "handler": ("/work?tab=handling", "/work?tab=assist", "/work?tab=verify"),
    "dispatcher": (
        "/desk?tab=open",
        "/desk?tab=returned",
        "/desk/new",
        "/desk/approvals",
        "/desk/receipts",
        "{case}",
    ),
    "supervisor": (
        "/desk/approvals",
        "/board",
        "/board?as_of=2026-11-21T10:00",
        "/board/wall",
        "/board/wall?area=440608004025006&period=today",
        "/account/notices",
        "/board?area=440608004",
        "/board?area=440608004025",
        "/board?area=440608004025006",
        "/board/cases?figure=received",
        "/board/analysis",
        "/board/analysis?area=440608004025006&cut=received&trend=overdue&step=week",
        "/board/stock?end=closing",
        "/board/lamps?lamp=green",
        "/board/views",
        "/board?by=overdue",
        "/board/behind?code=closure_due_on_time&part=denominator",
        "/board/behind?code=open&as_of=2026-11-21T10:00",
        "/board/indicators",
        "/board/indicators?as_of=2026-11-21T10:00",
        "/reports",
        "/admin/grids/borders",
        "/admin/publish",
        "/admin/publish/cases",
        "/admin/publish/rules",
        "/admin/roster",
        "/admin/roster?area=440608004025",
        "{case}",
    ),
    "system_admin": (
        "/admin",
        "/admin/keys",
        "/admin/notices",
        "/account/notices",
        "/admin/people",
        "/admin/units",
        "/admin/units/CG",
        "/admin/catalogue",
        "/admin/catalogue/0101",
        "/admin/catalogue/usual",
        "/admin/replies",
        "/admin/calendar",
        "/admin/rules",
        "/admin/closing",
        "/admin/pack",
        "/admin/workflow",
        "/admin/import/people",
        "/admin/import/calendar",
        "/account/password",
        "/admin/grids",
        "/admin/grids/import",
        "/admin/grids/1",
        "/admin/grids/1?grid=440608004025006",
        "/admin/grids/1/checks",
        "/admin/grids/1/activation",
        "/api/docs",
    ),
}
# Every rule that axe has on; left out is what nobody here reads: style sheets are fetched again
# only for a rule that is off, and the addresses of what was found are not part of the message.
AXE = {
    "resultTypes": ["violations"],
    "preload": {"assets": ["media"]},
    "selectors": False,
    "xpath": False,
    "ancestry": False,
}
LOOKS: dict[str, dict[str, Any]] = {
    "zh-light": {},
    "en-dark": {"color_scheme": "dark", "language": "en"},
}


def watched(page: Page) -> list[str]:
    """Collect what the browser complains about: script errors and refusals of the CSP."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))

    def on_console(message: Any) -> None:
        refused = "Content Security Policy" in message.text or "did not start" in message.text
        if message.type == "error" and refused:
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", on_console)
    return complaints


# What comes in or changes colour does so within a moment; on the wall a card stays new for long.
MOVING = """() => document.getAnimations().some((one) =>
  one.playState === "running" && one.effect.getComputedTiming().endTime < 2000)"""


def violations(page: Page) -> list[str]:
    """Return what axe finds once nothing moves any more, one line each."""
    until(page, lambda: not page.evaluate(MOVING), "the end of a movement")
    found = Axe().run(page, options=AXE).response["violations"]
    return [
        f"{page.url}: {rule['id']}: {rule['nodes'][0]['html'][:160]} ({len(rule['nodes'])} places)"
        for rule in found
    ]


def speak(page: Page, server: Server, language: str) -> None:
    page.context.add_cookies([{"name": "language", "value": language, "url": server.url}])


def address_of_case(page: Page, server: Server, role: str) -> str:
    lists = {"dispatcher": "/desk?tab=open", "supervisor": "/board/cases?figure=open"}
    page.goto(f"{server.url}{lists.get(role, '/work?tab=done')}")
    found: str = page.locator("a[href*='/work/cases/'], a[data-page]").first.evaluate(
        "one => one.dataset.page ?? one.getAttribute('href')"
    )
    return found


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("who", PAGES)
def test_pages_are_accessible_and_obey_the_policy(
    who: str, look: str, default_server: Server, new_phone: NewPage, new_desk: NewPage
) -> None:
    changes = dict(LOOKS[look])
    language = changes.pop("language", "zh-Hans")
    opener = new_desk if who in {"dispatcher", "supervisor", "system_admin"} else new_phone
    page = opener(**changes)
    complaints = watched(page)
    speak(page, default_server, language)
    if who:
        sign_in(page, default_server, who)
    problems: list[str] = []
    for address in PAGES[who]:
        if address == "{case}":
            address = address_of_case(page, default_server, who)
        page.goto(f"{default_server.url}{address}")
        expect(started(page).locator("main")).to_be_visible()
        assert page.locator("html").get_attribute("lang") == language
        problems += violations(page)
    assert problems == []
    assert complaints == []


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_nothing_is_cut_at_the_side(width: int, default_server: Server, new_desk: NewPage) -> None:
    page = new_desk(viewport={"width": width, "height": 844})
    for address in ("/", "/report", "/r", "/r/lost", "/login", "/privacy", "/api/docs", *OPEN):
        page.goto(f"{default_server.url}{address}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{address} is {wide} px wide on a screen of {width}"


def test_a_case_and_its_forms_are_not_cut_at_the_side(
    default_server: Server, new_phone: NewPage
) -> None:
    reported(default_server)
    page = new_phone(viewport={"width": 320, "height": 640})
    sign_in(page, default_server, "worker")
    page.goto(f"{default_server.url}/work/found")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.goto(f"{default_server.url}/work?tab=sign")
    with page.expect_navigation():
        page.locator("a[href*='/work/cases/']").first.click()
    for summary in started(page).locator("details.act > summary").all():
        summary.click()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, f"{summary.inner_text()} is {wide} px wide"


def test_large_type_is_large(default_server: Server, new_phone: NewPage) -> None:
    page = new_phone()
    page.goto(f"{default_server.url}/elder?on=1&back=/report")
    expect(page.locator("html")).to_have_attribute("data-mode", "elder")
    size = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert size >= 22
    assert violations(page) == []


def test_the_plain_form_works_without_scripts(default_server: Server, new_phone: NewPage) -> None:
    page = new_phone(java_script_enabled=False)
    page.goto(default_server.url)
    page.get_by_role("link", name="拍照上报").click()
    page.fill("[name=place_words]", "泰华社区 06")
    page.fill("[name=text]", "路灯三天不亮了，没有脚本也能报")
    page.locator("label").filter(has_text="路灯").first.click()
    page.locator("[data-main-submit]").click()
    # The words alone are not a place yet: the form comes back with grids to choose from.
    page.locator("input[name=area_code]").first.check(force=True)
    assert page.input_value("[name=text]").startswith("路灯三天不亮了")
    page.locator("[data-main-submit]").click()
    expect(page.locator("[data-headline]")).to_contain_text("已受理")


def test_what_is_wrong_with_a_page_is_found(page: Page) -> None:
    page.set_content(
        "<html lang=zh><title>x</title><main><h1>x</h1><input><img src=x>"
        "<p style='color:#ccc;background:#fff'>浅灰</p></main>"
    )
    found = " ".join(violations(page))
    assert [rule for rule in ("color-contrast", "image-alt", "label") if rule not in found] == []
