"""A draft with faults in a real browser: seen on the map, mended, manned; also without scripts."""

import pytest
import shapely
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.services import grids, grids_edit
from tests.journeys.test_main_job import LIVE_MS, sign_in
from tests.journeys.test_pages import LOOKS, speak, violations, watched
from tests.support.acts import DISTRICT, GRID, NOON
from tests.support.browser import NewPage, started
from tests.support.edited_nets import a_line
from tests.support.server import Server

BY = Actor.system(DISTRICT)
BITTEN = "440608004025003"


@pytest.fixture
def draft(default_server: Server) -> int:
    """A draft with a grid cut in two and a hole of 30 m in another; its number."""
    engine = create_engine(default_server.installation.url)
    with Session(engine) as session, session.begin():
        made = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
        net = grids.net_of(session, made)
        line = a_line(net.area(GRID).geometry, 1.5)
        grids_edit.split(session, made, GRID, line, by=BY, now=NOON)
        ground = net.area(BITTEN).geometry
        hole = ground.representative_point().buffer(0.00015)
        shape = shapely.difference(ground, hole)
        grids_edit.replace_shape(session, made, BITTEN, shape, by=BY, now=NOON)
        number = made.number
    engine.dispose()
    return number


def opened(page: Page, server: Server, draft: int) -> Page:
    sign_in(page, server, "system_admin")
    page.goto(f"{server.url}/admin/grids/{draft}/checks")
    return page


def test_a_fault_is_seen_mended_taken_back_and_the_half_gets_its_people(
    default_server: Server, draft: int, new_desk: NewPage
) -> None:
    page = new_desk()
    complaints = watched(page)
    opened(page, default_server, draft)
    gap = started(page).locator("[data-entry]", has_text="缝隙")
    expect(page.locator(".net-map canvas").first).to_be_visible(timeout=LIVE_MS)
    gap.get_by_role("link", name="看位置").click()
    expect(gap).to_have_attribute("data-shown", "")  # by the script: the address stays
    assert page.url.endswith("/checks"), "the map is on the page"
    gap.get_by_role("button", name="照此修复").click()
    expect(page.locator("[data-entry]", has_text="缝隙")).to_have_count(0)
    page.get_by_role("button", name="撤回修复").click()
    expect(page.locator("[data-entry]", has_text="缝隙")).to_have_count(1)
    page.get_by_role("button", name="全部修复").click()
    expect(page.locator("[data-entry]", has_text="缝隙")).to_have_count(0)
    vacant = page.locator("[data-entry]", has_text="没有主责和替补")
    vacant.locator("summary").click()
    vacant.get_by_label("主责").fill("w0500")
    vacant.get_by_label("替补").fill("w0502")
    vacant.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("没有问题，可以生效")
    assert complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_is_accessible_with_findings_and_an_open_form(
    look: str, default_server: Server, draft: int, new_desk: NewPage
) -> None:
    changes = dict(LOOKS[look])
    language = changes.pop("language", "zh-Hans")
    page = new_desk(**changes)
    speak(page, default_server, language)
    opened(page, default_server, draft)
    page.locator("details.checks-duties summary").first.click()
    expect(page.locator(".net-map canvas").first).to_be_visible(timeout=LIVE_MS)
    assert violations(page) == []


def test_without_scripts_and_on_a_narrow_phone_it_can_be_mended(
    default_server: Server, draft: int, new_phone: NewPage
) -> None:
    page = new_phone(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    opened(page, default_server, draft)
    assert page.locator("body").bounding_box()["width"] <= 320
    expect(page.locator(".checks-map")).to_be_hidden()
    page.get_by_role("button", name="照此修复").click()
    expect(page.locator("main")).to_contain_text("已修复")
    page.locator("summary", has_text="指定主责和替补").click()
    page.get_by_label("主责").fill("w0500")
    page.get_by_label("替补").fill("没有这个人")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("找不到没有这个人")
    assert page.get_by_label("主责").input_value() == "w0500"
