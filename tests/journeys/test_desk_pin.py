"""A report is typed in at the desk with its spot set on the map."""

from playwright.sync_api import expect

from tests.journeys.test_main_job import sign_in, spot
from tests.support.browser import NewPage
from tests.support.server import Server


def test_a_pin_fills_the_coordinates_and_the_grid_follows(
    server: Server, new_desk: NewPage
) -> None:
    desk = sign_in(new_desk(), server, "dispatcher")
    desk.goto(f"{server.url}/desk/new")
    desk.locator("summary", has_text="在地图上标点").click()
    lon, lat = spot()
    # Near the spot, so that the map opens where a press sets the pin.
    desk.locator("[name=lon]").fill(f"{lon + 0.002:.6f}")
    desk.locator("[name=lat]").fill(f"{lat:.6f}")
    desk.get_by_role("button", name="在地图上标点").click()
    pin = desk.locator("[data-map] .map-pin")
    expect(pin).to_be_visible()
    before = desk.locator("[name=lon]").input_value()
    pin.focus()
    desk.keyboard.press("ArrowLeft")
    expect(desk.locator("[name=lon]")).not_to_have_value(before)
    expect(desk.locator("[data-found]")).to_contain_text("已按标点填入坐标")
    assert float(desk.locator("[name=lon]").input_value()) < float(before)

    desk.locator("[name=channel]").select_option("phone")
    desk.locator("[name=text]").fill("路口有垃圾")
    desk.locator("[name=category]").select_option("0101")
    with desk.expect_navigation():
        desk.locator("button[value=send]").click()
    assert "/desk/taken/" in desk.url
