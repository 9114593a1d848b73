"""The pages of a rehearsal and of an activation in real browsers: readable by and for everybody."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.services import grids, grids_edit
from tests.journeys.test_main_job import LIVE_MS, sign_in
from tests.journeys.test_pages import LOOKS, speak, violations, watched
from tests.support.acts import DISTRICT, GRID, NOON
from tests.support.browser import NewPage
from tests.support.edited_nets import a_line
from tests.support.server import Server

BY = Actor.system(DISTRICT)


@pytest.fixture
def draft(default_server: Server) -> int:
    """A draft in which a grid is cut in two, one half without people; its number."""
    engine = create_engine(default_server.installation.url)
    with Session(engine) as session, session.begin():
        made = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
        line = a_line(grids.net_of(session, made).area(GRID).geometry, 1.5)
        grids_edit.split(session, made, GRID, line, by=BY, now=NOON)
        number = made.number
    engine.dispose()
    return number


def wide(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth")
    return found


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_are_accessible_and_obey_the_policy(
    look: str, default_server: Server, draft: int, new_desk: NewPage
) -> None:
    changes = dict(LOOKS[look])
    language = changes.pop("language", "zh-Hans")
    page = new_desk(**changes)
    complaints = watched(page)
    speak(page, default_server, language)
    sign_in(page, default_server, "system_admin")
    page.goto(f"{default_server.url}/admin/grids/{draft}/rehearsal")
    expect(page.locator("[data-dots]")).not_to_be_empty(timeout=LIVE_MS)
    # The account menu is the first: opened last, it does not lie over the others.
    for fold in reversed(page.locator("details > summary").all()):
        if fold.is_visible():
            fold.click()
    problems = violations(page)
    for number in (draft, 1):
        page.goto(f"{default_server.url}/admin/grids/{number}/activation")
        expect(page.locator("main h3").first).to_be_visible()
        problems += violations(page)
    assert problems == []
    assert complaints == []


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_nothing_is_cut_at_the_side(
    width: int, default_server: Server, draft: int, new_phone: NewPage
) -> None:
    page = new_phone(viewport={"width": width, "height": 844})
    sign_in(page, default_server, "system_admin")
    for part in ("rehearsal", "activation"):
        page.goto(f"{default_server.url}/admin/grids/{draft}/{part}")
        expect(page.locator("main h3").first).to_be_visible()
        assert wide(page) <= width, part


def test_without_scripts_the_tables_say_what_the_maps_would(
    default_server: Server, draft: int, new_desk: NewPage
) -> None:
    page = new_desk(java_script_enabled=False)
    sign_in(page, default_server, "system_admin")
    page.goto(f"{default_server.url}/admin/grids/{draft}/rehearsal")
    expect(page.locator("noscript p")).to_contain_text("下面的表说的是同样的内容")
    expect(page.locator(".rehearsal-pair")).to_be_hidden()
    expect(page.locator("[data-total]")).to_contain_text("前后相等")
    page.get_by_role("link", name="1 个月").click()
    expect(page.locator(".rehearsal-times [aria-current]")).to_have_text("1 个月")
    page.get_by_role("link", name="去生效").click()
    button = page.get_by_role("button", name="立即生效")
    expect(button).to_be_disabled()
    expect(page.locator("#activate-reason")).to_contain_text("要先补正")
