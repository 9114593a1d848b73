"""The board without a mouse, and on paper."""

from playwright.sync_api import expect

from tests.journeys.test_main_job import sign_in
from tests.support.browser import NewPage
from tests.support.server import Server

TOWN = "440608004"


def test_an_area_of_the_map_opens_by_the_keyboard_alone(
    default_server: Server, new_desk: NewPage
) -> None:
    page = sign_in(new_desk(), default_server, "supervisor")
    page.goto(f"{default_server.url}/board")
    area = page.locator(f".map-area[data-area='{TOWN}']")
    for _ in range(120):  # whoever has no mouse comes to it from the top of the page
        if area.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(page.locator(f".map-callout[data-area='{TOWN}']")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**area={TOWN}*")
    expect(page.locator(".crumb-list [aria-current=page]")).to_have_text("荷城街道")


def test_on_paper_stand_the_figures_the_map_and_the_table_and_nothing_to_press(
    default_server: Server, new_desk: NewPage
) -> None:
    page = sign_in(new_desk(), default_server, "supervisor")
    page.goto(f"{default_server.url}/board")
    page.emulate_media(media="print")
    for kept in (".headline-rate", ".board-map svg", ".area-table"):
        expect(page.locator(kept).first).to_be_visible()
    for gone in (".board-choices", ".button", ".chips a:not([aria-current])"):
        for one in page.locator(gone).all():
            expect(one).to_be_hidden()
    drawn = page.pdf(format="A4", print_background=True)
    assert drawn.startswith(b"%PDF")
