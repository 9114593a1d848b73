"""Handing a case to the grid next door in a browser: by one press, by the pin, without scripts."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
import shapely
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from gridgov.storage.cases import Case
from tests.journeys.test_main_job import GRID, LIVE_MS, sign_in, spot
from tests.journeys.test_pages import LOOKS, speak, violations, watched
from tests.support.browser import NewPage
from tests.support.nets import sample_records
from tests.support.server import Server

NEIGHBOUR = "440608004025008"
AREAS = sample_records()


def reported(server: Server) -> Case:
    """A case in the worker's grid."""
    lon, lat = spot()
    values = {"lon": lon, "lat": lat, "datum": "wgs84", "accuracy_m": 8, "category": "0101"}
    more = {"text": "垃圾堆在路边", "client_token": uuid4().hex}
    answer = requests.post(f"{server.url}/api/v1/reports", json=values | more, timeout=30)
    assert answer.status_code == 201, answer.text
    return stored(server, number=answer.json()["case_number"])


def stored(server: Server, *, number: str = "", case_id: UUID | None = None) -> Case:
    engine = create_engine(server.installation.url)
    with Session(engine) as session:
        found = session.scalars(
            select(Case).where(Case.number == number if number else Case.id == case_id)
        ).one()
    engine.dispose()
    return found


def opened(page: Page, server: Server, case: Case, *, scripts: bool = True) -> Page:
    """The worker on the case, with the form for the grid next door open."""
    sign_in(page, server, "worker")
    page.goto(f"{server.url}/work/cases/{case.id}#act-hand_neighbour")
    expect(page.locator("#act-hand_neighbour .next-door")).to_be_visible()
    # Until its script has come, the browser itself says what is missing.
    expect(page.locator("#act-hand_neighbour")).to_have_js_property("noValidate", scripts)
    return page


def test_a_reason_and_one_press(server: Server, new_phone: NewPage) -> None:
    case = reported(server)
    phone = opened(new_phone(), server, case)
    way = phone.locator(".next-door-way", has_text=AREAS[NEIGHBOUR].name)
    expect(way).to_contain_text(AREAS[NEIGHBOUR].landmarks[0].name)
    expect(way).to_contain_text("边界在图钉")
    # Without a reason nothing is sent; the sentence stands at the reasons.
    way.click()
    expect(phone.locator("#hand_neighbour-reason-error")).to_contain_text("请选")
    phone.locator("#act-hand_neighbour label", has_text="属相邻网格职责").click()
    expect(phone.locator("[data-module=right-spot]")).to_be_hidden()
    way.click()
    phone.wait_for_url("**/work", timeout=LIVE_MS)
    after = stored(server, case_id=case.id)
    assert (after.home_grid, after.duty_reason) == (NEIGHBOUR, "other_duty")
    assert (after.lon, after.lat) == (case.lon, case.lat)


def test_the_pin_in_the_right_spot_names_the_grid(
    default_server: Server, new_phone: NewPage
) -> None:
    case = reported(default_server)
    phone = opened(new_phone(), default_server, case)
    phone.locator("#act-hand_neighbour label", has_text="位置有误").click()
    map_ = phone.locator("#act-hand_neighbour [data-map]")
    expect(map_.locator(".map-grid-chosen")).to_have_count(1, timeout=LIVE_MS)
    take = phone.locator("[data-take]")
    expect(take).to_be_hidden()
    # With the arrow keys, as somebody does who cannot drag: towards the neighbour.
    pin = map_.locator(".map-pin")
    pin.press("ArrowUp")
    expect(phone.locator("[data-found]")).to_contain_text("仍在", timeout=LIVE_MS)
    border = shapely.intersection(AREAS[GRID].geometry, AREAS[NEIGHBOUR].geometry).centroid
    lon, lat = spot()
    keys = [
        "ArrowRight" if border.x > lon else "ArrowLeft",
        "ArrowUp" if border.y > lat else "ArrowDown",
    ]
    for turn in range(120):
        if take.is_visible():
            break
        # Answered before the next step: it would go on past the neighbour meanwhile.
        with phone.expect_response(lambda answer: "/locate" in answer.url):
            pin.press(keys[turn % 2])
    expect(take).to_be_visible(timeout=LIVE_MS)
    wanted = take.get_attribute("value")
    expect(phone.locator("[data-found]")).to_contain_text(AREAS[str(wanted)].name)
    take.click()
    phone.wait_for_url("**/work", timeout=LIVE_MS)
    after = stored(default_server, case_id=case.id)
    assert (after.home_grid, after.duty_reason) == (wanted, "wrong_spot")
    assert shapely.intersects_xy(AREAS[str(wanted)].geometry, after.lon, after.lat)
    assert after.grid_code == GRID


def test_it_works_without_scripts_and_the_enter_key_hands_nothing_over(
    default_server: Server, new_phone: NewPage
) -> None:
    case = reported(default_server)
    phone = opened(new_phone(java_script_enabled=False), default_server, case, scripts=False)
    phone.locator("#act-hand_neighbour label", has_text="位置有误").click()
    with phone.expect_navigation():
        phone.locator("#act-hand_neighbour input[value=wrong_spot]").press("Enter")
    assert stored(default_server, case_id=case.id).duty_reason is None
    phone.locator(".next-door-way", has_text=AREAS[NEIGHBOUR].name).click()
    phone.wait_for_url("**/work")
    after = stored(default_server, case_id=case.id)
    assert (after.home_grid, after.duty_reason) == (NEIGHBOUR, "wrong_spot")


@pytest.mark.parametrize("look", LOOKS)
def test_the_form_is_accessible_and_fits(
    default_server: Server, new_phone: NewPage, look: str
) -> None:
    changes: dict[str, Any] = dict(LOOKS[look])
    language = changes.pop("language", "zh-Hans")
    case = reported(default_server)
    page = new_phone(**changes)
    complaints = watched(page)
    speak(page, default_server, language)
    opened(page, default_server, case)
    page.locator("#act-hand_neighbour input[value=wrong_spot]").check(force=True)
    expect(page.locator(".map-grid-chosen")).to_have_count(1, timeout=LIVE_MS)
    assert violations(page) == []
    assert complaints == []
    page.set_viewport_size({"width": 320, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
