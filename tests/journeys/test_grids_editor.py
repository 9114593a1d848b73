"""Editing a draft in a browser: a line drawn with the mouse, neighbours, a market, and back."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Net
from gridgov.services import grids, nets
from gridgov.storage import areas
from tests.journeys.test_main_job import GRID, sign_in
from tests.journeys.test_pages import LOOKS, speak, violations, watched
from tests.support.browser import NewPage
from tests.support.edited_nets import assert_exactly_one_owner
from tests.support.server import Server

DISTRICT, VILLAGE = GRID[:6], GRID[:-3]
Spot = tuple[float, float]  # shares of the map's width and height
ACROSS: Sequence[Spot] = ((0.3, 0.5), (0.5, 0.52), (0.75, 0.55))
OTHER_HALF: Spot = (0.505, 0.58)
OTHER_VILLAGE: Spot = (0.45, 0.8)
SQUARE: Sequence[Spot] = ((0.44, 0.4), (0.48, 0.4), (0.48, 0.46), (0.44, 0.46))


def new_draft(server: Server) -> int:
    engine = create_engine(server.installation.url)
    with Session(engine) as session, session.begin():
        by = Actor.system(DISTRICT)
        number = grids.copy_active(session, DISTRICT, by=by, now=datetime.now(UTC)).number
    engine.dispose()
    return number


def net_of(server: Server, number: int) -> Net:
    """The net of a version as it is stored, read anew."""
    engine = create_engine(server.installation.url)
    with Session(engine) as session:
        rows = areas.rows_of(session, areas.version(session, DISTRICT, number))
    engine.dispose()
    return Net(number, DISTRICT, map(nets.shape_of, rows))


def units(net: Net) -> set[str]:
    return {one.code for one in net.children(VILLAGE) if one.kind is AreaKind.GRID}


def opened(page: Page, server: Server, number: int, grid: str = GRID) -> Page:
    """The editor with a grid chosen, its map drawn and at rest."""
    page.goto(f"{server.url}/admin/grids/{number}?grid={grid}")
    at_rest(page)
    return page


# A map that is to move begins with the next frame of the screen.
NEXT_FRAMES = """() => new Promise((seen) =>
  requestAnimationFrame(() => requestAnimationFrame(() => seen())))"""


def at_rest(page: Page) -> None:
    expect(page.locator("[data-panel]")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("[data-module=grid-editor]")).to_have_attribute("data-ready", "")
    page.evaluate(NEXT_FRAMES)
    expect(page.locator(".leaflet-zoom-anim, .leaflet-pan-anim")).to_have_count(0)


def press(page: Page, spot: Spot) -> None:
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * spot[0], box["y"] + box["height"] * spot[1])


def unfold(page: Page, act: str) -> Locator:
    part = page.locator(f"[data-act={act}]")
    part.locator("> summary").click()
    return part


def draw(page: Page, spots: Sequence[Spot]) -> None:
    """Press point after point; what is said of them counts each before the next is pressed."""
    told = page.locator("[data-draw-words]")
    for spot in spots:
        before = told.inner_text()
        press(page, spot)
        expect(told).not_to_have_text(before)
        page.wait_for_timeout(350)  # two presses within 300 ms are one double press


def assert_drawn_point_by_point(page: Page) -> None:
    """A line across the chosen grid is counted while it is drawn, also when a point goes."""
    told = page.locator("[data-draw-words]")
    unfold(page, "split").locator("[data-draw=line]").click()
    expect(told).to_contain_text("起点")
    draw(page, ACROSS[:2])
    expect(told).to_contain_text("2 个点")
    page.keyboard.press("Backspace")
    expect(told).to_contain_text("1 个点")
    draw(page, ACROSS[1:])
    page.keyboard.press("Enter")


def name_and_split(page: Page) -> None:
    """Name the first half, let the second inherit, and press the button."""
    page.fill("[name=name_0]", "东风片")
    page.locator(".net-half").nth(1).locator("[name=heir]").check()
    page.get_by_role("button", name="拆分网格").click()


def draw_a_market(page: Page) -> None:
    """Draw a square, name it, and press the button before any class is chosen."""
    unfold(page, "professional").locator("[data-draw=polygon]").click()
    draw(page, SQUARE)
    page.locator("[data-draw-end]").click()
    page.fill("#professional-name", "金水湾市场")
    page.get_by_role("button", name="加到草案").click()


def choose_a_class(page: Page) -> None:
    """Tick the first class a market may take, and press the button again."""
    page.locator(".net-classes > summary").first.click()
    page.locator("[name=categories]").first.check()
    page.get_by_role("button", name="加到草案").click()


def assert_taken_back(page: Page, *steps: str) -> None:
    """The last steps are taken back one by one, and the notice names each."""
    notice = page.locator("[data-panel] .case-notice")
    for said in steps:
        page.locator(".net-steps").get_by_role("button", name="撤回这一步").click()
        expect(notice).to_contain_text("已撤回")
        expect(notice).to_contain_text(said)
    expect(page.locator(".net-step-undone")).to_have_count(len(steps))


def market_of(net: Net, before: Net) -> AreaShape:
    """The one professional grid that was not there before."""
    [made] = [one for one in net.areas(AreaKind.PROFESSIONAL) if one.code not in before.codes]
    return made


def test_split_merge_a_market_and_all_taken_back(server: Server, new_desk: NewPage) -> None:
    number = new_draft(server)
    page = new_desk()
    complaints = watched(page)
    opened(sign_in(page, server, "system_admin"), server, number)
    notice = page.locator("[data-panel] .case-notice")
    before = net_of(server, number)
    # Split: the line is drawn, its parts are shown with their figures, then it is done.
    assert_drawn_point_by_point(page)
    expect(page.locator(".net-half")).to_have_count(2)
    expect(page.locator(".net-half").first).to_contain_text("平方米")
    expect(page.locator(".net-label-new")).to_have_count(2)
    assert units(net_of(server, number)) == units(before), "looking at it changes nothing"
    name_and_split(page)
    expect(notice).to_contain_text("泰华社区 06 网格拆分为东风片")
    expect(notice).to_contain_text("尚未生效")
    net = net_of(server, number)
    first, second = sorted(units(net) - units(before))
    assert GRID not in units(net)
    assert_exactly_one_owner(net.areas(), seed=2)
    # Merge: the neighbour is ticked on the map.
    at_rest(page)
    unfold(page, "merge")
    press(page, OTHER_VILLAGE)
    expect(page.locator("#codes-error")).to_contain_text("只能合并同一村居")
    press(page, OTHER_HALF)
    expect(page.locator(f"[name=codes][value='{second}']")).to_be_checked()
    page.get_by_role("button", name="合并勾选的网格").click()
    expect(notice).to_contain_text("合并为东风片")
    merged = net_of(server, number)
    assert units(merged) - units(before) == {first}
    ground = merged.area(first).geometry.symmetric_difference(before.area(GRID).geometry)
    assert ground.area < 1e-12
    # A market over it.
    at_rest(page)
    draw_a_market(page)
    expect(page.locator("#categories-error")).to_contain_text("请选择专业网格受理的类别")
    assert page.input_value("[name=polygon]").count("\n") == 3, "what was drawn is kept"
    choose_a_class(page)
    expect(notice).to_contain_text("新画金水湾市场")
    made = market_of(net_of(server, number), before)
    assert (made.name, made.parent_code) == ("金水湾市场", VILLAGE)
    # And back, step by step, each with who did it.
    assert_taken_back(page, "新画金水湾市场", "合并为东风片", "拆分为东风片")
    again = net_of(server, number)
    assert again.codes == before.codes
    assert again.area(GRID).geometry.equals_exact(before.area(GRID).geometry)
    assert complaints == []


def test_a_refused_line_stays_and_escape_leaves(default_server: Server, new_desk: NewPage) -> None:
    server = default_server
    number = new_draft(server)
    page = opened(sign_in(new_desk(), server, "system_admin"), server, number)
    unfold(page, "split").locator("[data-draw=line]").click()
    draw(page, ACROSS[:1])
    page.keyboard.press("Escape")
    expect(page.locator("[data-draw-bar]")).to_be_hidden()
    assert page.input_value("[name=line]") == ""
    page.locator("[data-draw=line]").click()
    draw(page, [(0.05, 0.1), (0.1, 0.1)])
    page.keyboard.press("Enter")
    expect(page.locator("#line-error")).to_contain_text("一次把网格分成两块")
    assert page.input_value("[name=line]").count(",") == 2
    expect(page.locator("[name=line]")).to_be_focused()
    # A press on the map chooses; the address can be kept and opened again.
    at_rest(page)
    press(page, (0.9, 0.5))
    expect(page.locator("[data-chosen]")).not_to_have_attribute("data-chosen", GRID)
    chosen = page.locator("[data-chosen]").get_attribute("data-chosen")
    expect(page).to_have_url(re.compile(f"grid={chosen}$"))
    page.go_back()
    expect(page.locator("[data-chosen]")).to_have_attribute("data-chosen", GRID)
    page.fill("[name=q]", "河江 01")
    page.keyboard.press("Enter")
    row = page.locator(".net-rows a")
    expect(row).to_have_count(1)
    row.click()
    expect(page.locator("#net-area-name")).to_have_text("河江社区 01 网格")


def test_forms_do_it_without_scripts(default_server: Server, new_desk: NewPage) -> None:
    server = default_server
    number = new_draft(server)
    page = sign_in(new_desk(java_script_enabled=False), server, "system_admin")
    page.goto(f"{server.url}/admin/grids/{number}")
    page.fill("[name=q]", "泰华 06")
    page.get_by_role("button", name="搜索").click()
    page.get_by_role("link", name="泰华社区 06 网格").click()
    split = unfold(page, "split")
    west, south, east, north = net_of(server, number).area(GRID).geometry.bounds
    middle = (south + north) / 2
    split.locator("textarea").fill(
        f"{west - 0.001:.7f},{middle:.7f}\n{east + 0.001:.7f},{middle:.7f}"
    )
    page.get_by_role("button", name="看看拆成哪两部分").click()
    page.get_by_role("button", name="拆分网格").click()
    expect(page.locator("[data-panel] .case-notice")).to_contain_text("拆分为")
    assert GRID not in units(net_of(server, number))
    with page.expect_navigation():
        page.locator(".net-steps").get_by_role("button", name="撤回这一步").click()
    assert GRID in units(net_of(server, number))


@pytest.mark.parametrize("look", LOOKS)
def test_every_form_is_accessible_and_nothing_is_cut(
    look: str, default_server: Server, new_desk: NewPage
) -> None:
    server = default_server
    number = new_draft(server)
    changes: dict[str, Any] = dict(LOOKS[look])
    language = changes.pop("language", "zh-Hans")
    page = new_desk(**changes)
    complaints = watched(page)
    speak(page, server, language)
    opened(sign_in(page, server, "system_admin"), server, number)
    problems = violations(page)
    for act in ("split", "merge", "rename", "professional"):
        unfold(page, act)
        problems += violations(page)
    unfold(page, "split").locator("[data-draw=line]").click()
    draw(page, ACROSS)
    problems += violations(page)
    page.keyboard.press("Enter")
    expect(page.locator(".net-half")).to_have_count(2)
    problems += violations(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert problems == []
    assert complaints == []
