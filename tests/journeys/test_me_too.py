"""Two residents, one problem: the second one presses "me too" in a real browser."""

from pathlib import Path
from uuid import uuid4

import requests
from playwright.sync_api import expect

from tests.journeys.test_main_job import LIVE_MS, spot
from tests.support.browser import NewPage
from tests.support.server import Server


def test_the_second_resident_joins_with_one_press(
    server: Server, new_phone: NewPage, tmp_path: Path
) -> None:
    lon, lat = spot()
    first = requests.post(
        f"{server.url}/api/v1/reports",
        json={
            "lon": lon,
            "lat": lat,
            "datum": "wgs84",
            "accuracy_m": 8,
            "category": "0201",
            "text": "井盖不见了",
            "client_token": uuid4().hex,
        },
        timeout=30,
    )
    assert first.status_code == 201, first.text
    number = first.json()["case_number"]

    phone = new_phone(geolocation={"longitude": lon, "latitude": lat + 2e-4, "accuracy": 10.0})
    phone.goto(f"{server.url}/report")
    offer = phone.locator("[data-similar-list] li", has_text="井盖").first
    expect(offer).to_be_visible(timeout=LIVE_MS)
    expect(offer).to_contain_text("相距 20 米")
    expect(phone.locator("[data-similar-title]")).to_contain_text("件相似")
    offer.get_by_role("button").click()
    phone.wait_for_url("**/r/**", timeout=LIVE_MS)
    expect(phone.locator("body")).to_contain_text(number)
