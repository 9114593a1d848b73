"""A storm: fifty people report the same within minutes, the later ones by one press."""

from typing import Any
from uuid import uuid4

import requests
from playwright.sync_api import expect

from tests.journeys.test_main_job import LIVE_MS
from tests.support.browser import NewPage
from tests.support.nets import sample_records
from tests.support.server import Server

GRID = "440608004025005"
# Eight of them open a case each; then everybody is offered the first one.
FIRST, EVERYBODY = 8, 50


def spot() -> tuple[float, float]:
    point = sample_records()[GRID].geometry.representative_point()
    return point.x, point.y


def tell(server: Server, lon: float, lat: float, **more: Any) -> dict[str, Any]:
    form = {
        "lon": lon,
        "lat": lat,
        "datum": "wgs84",
        "accuracy_m": 8,
        "text": "整条街都停水了",
        "client_token": uuid4().hex,
        **more,
    }
    answer = requests.post(f"{server.url}/api/v1/reports", json=form, timeout=30)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def offered(server: Server, lon: float, lat: float) -> dict[str, Any]:
    query = {"lon": lon, "lat": lat, "datum": "wgs84", "category": "0205"}
    answer = requests.get(f"{server.url}/api/v1/nearby", params=query, timeout=30)
    first: dict[str, Any] = answer.json()["similar"][0]
    return first


def test_of_fifty_who_report_the_same_the_later_ones_join_the_first(
    server: Server, new_phone: NewPage
) -> None:
    lon, lat = spot()
    parent = tell(server, lon, lat, category="0205")["case_number"]
    for _ in range(FIRST - 1):
        tell(server, lon, lat, category="0205")

    # One of them with a phone, 150 m down the street: farther than a single case is offered.
    phone = new_phone(geolocation={"longitude": lon, "latitude": lat + 1.35e-3, "accuracy": 10.0})
    phone.goto(f"{server.url}/report")
    first = phone.locator("[data-similar-list] li").first
    expect(first).to_contain_text("几分钟内已有 8 人上报", timeout=LIVE_MS)
    first.get_by_role("button").click()
    phone.wait_for_url("**/r/**", timeout=LIVE_MS)
    expect(phone.locator("body")).to_contain_text(parent)

    for number in range(FIRST + 1, EVERYBODY):
        seen = offered(server, lon, lat)
        assert (seen["code"], f"{number} 人" in seen["note"]) == (parent, True), seen
        assert tell(server, lon, lat, join=seen["code"])["joined"]
    assert f"{EVERYBODY} 人" in offered(server, lon, lat)["note"]
