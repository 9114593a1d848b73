"""A public Open311 client that is not ours, against a live server of each profile."""

import pytest
import requests
from georeport import GeoReport

from tests.support.server import Server

SPOT = {"lat": "22.9003", "long": "112.8882"}


@pytest.mark.parametrize("fmt", ["xml", "json"])
@pytest.mark.parametrize("jurisdiction", [None, "440608"])
def test_georeport_finds_services_and_the_request_that_was_sent(
    server: Server, fmt: str, jurisdiction: str | None
) -> None:
    root = f"{server.url}/open311/v2"
    client = GeoReport(root, jurisdiction=jurisdiction, output_format=fmt)
    services = client.get_service_list()
    hole = next(one for one in services if one["service_code"] == "0203")
    assert str(hole["metadata"]).lower() == "true"
    definition = client.get_service_definition("0203")
    assert definition["service_code"] == "0203"

    # The client only reads: the request itself is sent as its documentation says.
    key = server.installation.access()["api_key"]
    form = {"api_key": key, "service_code": "0203", "description": "路中间有个大坑", **SPOT}
    sent = requests.post(f"{root}/requests.json", data=form, timeout=20)
    sent.raise_for_status()
    number = sent.json()[0]["service_request_id"]

    found = client.get_service_request(number)
    assert (found["service_request_id"], found["status"]) == (number, "open")
    assert found["description"] == "路中间有个大坑"
    assert float(found["lat"]) == pytest.approx(float(SPOT["lat"]))
    assert float(found["long"]) == pytest.approx(float(SPOT["long"]))
    listed = client.get_service_requests(service_code="0203,0202", status="open")
    assert number in [one["service_request_id"] for one in listed]
