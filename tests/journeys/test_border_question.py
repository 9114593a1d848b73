"""A position that touches two grids: one plain question about the street, with a map."""

import re
from typing import Any

import pytest
import shapely
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from gridgov.storage.cases import Case
from gridgov.storage.reports import Report
from tests.journeys.test_main_job import LIVE_MS, sign_in
from tests.journeys.test_pages import LOOKS, speak, violations, watched
from tests.support.browser import NewPage
from tests.support.nets import sample_records
from tests.support.server import Server

HERE, THERE = "440608004025006", "440608004025008"
ACCURACY_M = 20
AREAS = sample_records()
MARK = {code: AREAS[code].landmarks[0].name for code in (HERE, THERE)}


def on_the_border() -> dict[str, float]:
    """The middle of the border of the two grids."""
    one, other = (AREAS[code].geometry.boundary for code in (HERE, THERE))
    line = shapely.line_merge(shapely.intersection(one, other))
    middle = shapely.get_parts(line)[0].interpolate(0.5, normalized=True)
    return {"longitude": middle.x, "latitude": middle.y}


def form(new_phone: NewPage, server: Server, accuracy: float, **changes: Any) -> Page:
    phone = new_phone(geolocation={**on_the_border(), "accuracy": accuracy}, **changes)
    phone.goto(f"{server.url}/report")
    return phone


def question(phone: Page) -> Locator:
    box = phone.locator("[data-near]")
    expect(box).to_be_visible(timeout=LIVE_MS)
    return box


def send(phone: Page) -> None:
    phone.locator("label", has_text="暴露垃圾").first.click()
    phone.fill("[name=text]", "路边一堆垃圾，说不清是哪边的")
    phone.locator("[data-main-submit]").click()


def kept(phone: Page, server: Server) -> tuple[Case, Report]:
    """Send the form; return the case and the report as the database has them."""
    send(phone)
    phone.wait_for_url("**/r/**", timeout=LIVE_MS)
    number = re.search(r"440608-\d{6}-\d{5}", phone.inner_text("main"))
    assert number is not None
    engine = create_engine(server.installation.url)
    with Session(engine) as session:
        both = select(Case, Report).join(Report, Report.case_id == Case.id)
        case, told = session.execute(both.where(Case.number == number[0])).one()
    engine.dispose()
    return case, told


@pytest.mark.parametrize("answer", [HERE, THERE])
def test_the_question_names_landmarks_and_each_answer_routes_right(
    server: Server, new_phone: NewPage, answer: str
) -> None:
    phone = form(new_phone, server, ACCURACY_M)
    box = question(phone)
    expect(box).to_contain_text("问题在哪一边？")
    for code in (HERE, THERE):
        expect(box.locator("label", has_text=MARK[code])).to_have_count(1)
    # The map comes by itself: both grids tinted, with the landmarks of the question.
    expect(phone.locator(".map-grid-chosen")).to_have_count(2, timeout=LIVE_MS)
    for code in (HERE, THERE):
        expect(phone.locator(".map-landmark-asked", has_text=MARK[code])).to_be_visible()
    box.locator("label", has_text=MARK[answer]).click()
    case, told = kept(phone, server)
    assert case.grid_code == answer
    assert case.routing["near_boundary"] is True
    assert {one["code"] for one in case.routing["candidates"]} == {HERE, THERE}
    assert (told.position_source, told.datum) == ("browser", "wgs84")
    assert told.accuracy_m == ACCURACY_M
    spot = on_the_border()
    raw = (spot["longitude"], spot["latitude"])
    assert (told.raw_lon, told.raw_lat) == pytest.approx(raw, abs=1e-6)


def test_not_sure_gives_the_best_grid_and_keeps_the_doubt(
    default_server: Server, new_phone: NewPage, new_desk: NewPage
) -> None:
    phone = form(new_phone, default_server, ACCURACY_M)
    unsure = question(phone).locator("label", has_text="说不准")
    expect(unsure.locator("input")).to_be_checked()
    case, _told = kept(phone, default_server)
    assert case.grid_code == case.routing["area"]
    assert (case.routing["rule"], case.routing["near_boundary"]) == ("covers", True)
    shares = {one["code"]: one["share"] for one in case.routing["candidates"]}
    assert shares.keys() == {HERE, THERE}
    assert sum(shares.values()) == pytest.approx(1, abs=0.01)
    # Whoever gets it reads the doubt: the border, the accuracy, who else it may be.
    desk = sign_in(new_desk(), default_server, "dispatcher")
    desk.goto(f"{default_server.url}/work/cases/{case.id}")
    why = desk.locator(".case-why")
    for code in (HERE, THERE):
        expect(why).to_contain_text(AREAS[code].name)
    expect(why).to_contain_text("定位误差 20 米")
    expect(why).to_contain_text("%")


def test_a_position_too_rough_asks_for_the_pin_by_hand(
    default_server: Server, new_phone: NewPage
) -> None:
    phone = form(new_phone, default_server, 3_000)
    place = phone.locator("#position-group")
    expect(place).to_contain_text("定位太粗", timeout=LIVE_MS)
    expect(phone.locator("[data-near]")).to_be_hidden()
    map_ = phone.locator("[data-map]")
    expect(map_).to_be_visible(timeout=LIVE_MS)
    # Sent as it is, it comes back with a sentence; nothing typed is lost.
    send(phone)
    expect(phone.locator("#position-error")).to_contain_text("请在地图上", timeout=LIVE_MS)
    assert phone.input_value("[name=text]").startswith("路边一堆垃圾")
    # From far away the first presses come nearer, then the pin is set; one that comes while the map
    # still moves does nothing.
    for _ in range(20):
        if phone.input_value("[name=position_source]") == "map_pin":
            break
        box = map_.bounding_box()
        assert box is not None
        phone.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.75)
        phone.wait_for_timeout(700)
    expect(place).to_contain_text("网格", timeout=LIVE_MS)
    case, told = kept(phone, default_server)
    assert told.position_source == "map_pin"
    assert told.accuracy_m == 8
    assert case.routing["too_vague"] is False
    assert case.grid_code is not None


@pytest.mark.parametrize("look", LOOKS)
def test_the_question_is_accessible_in_both_languages(
    default_server: Server, new_phone: NewPage, look: str
) -> None:
    changes = dict(LOOKS[look])
    language = changes.pop("language", "zh-Hans")
    phone = new_phone(geolocation={**on_the_border(), "accuracy": ACCURACY_M}, **changes)
    complaints = watched(phone)
    speak(phone, default_server, language)
    phone.goto(f"{default_server.url}/report")
    question(phone)
    expect(phone.locator(".map-grid-chosen")).to_have_count(2, timeout=LIVE_MS)
    assert violations(phone) == []
    assert complaints == []
    phone.set_viewport_size({"width": 320, "height": 844})
    assert phone.evaluate("document.documentElement.scrollWidth") <= 320
