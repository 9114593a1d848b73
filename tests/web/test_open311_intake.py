"""Open311: requests come in by key; what is missing or wrong is named; places."""

import re
from typing import Any

import pytest

from gridgov.domain.datum import Datum, LonLat, from_wgs84
from gridgov.domain.keys import Scope
from gridgov.storage.access import ApiKey
from tests.web.edge import DISTRICT, GRID, TEXT, Edge
from tests.web.open311 import (
    FORMATS,
    ROOT,
    Partner,
    case_of,
    count,
    error,
    partner,
    report_of,
    request,
    tree,
)
from tests.web.reading import words_of

WAGES, PARKING, FIGHT, VICE = "0804", "0302", "0702", "0704"


@pytest.fixture(scope="module")
def who(edge: Edge) -> Partner:
    return partner(edge)


# In and out --------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_request_returns_its_number_and_never_a_token(edge: Edge, who: Partner, fmt: str) -> None:
    answer = who.post(f"requests.{fmt}", **request(edge))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, FORMATS[fmt])
    if fmt == "xml":
        root = tree(answer)
        assert (root.tag, [child.tag for child in root]) == ("service_requests", ["request"])
        fields = {child.tag: child.text for child in root[0]}
    else:
        assert len(answer.json) == 1
        fields = answer.json[0]
    assert set(fields) == {"service_request_id", "service_notice", "account_id"}
    assert "承诺" in (fields["service_notice"] or "") and fields["account_id"] is None
    case = case_of(edge, fields["service_request_id"] or "")
    assert (case.grid_code, case.category_code, case.state) == (GRID, "0101", "dispatched")
    report = report_of(edge, case.number)
    assert (report.channel, report.text, report.datum) == ("open311", TEXT, "wgs84")
    assert report.api_key_id == who.key_id


def test_the_desk_names_where_it_came_from_and_finds_it_by_that(edge: Edge, who: Partner) -> None:
    number, desk = who.report(), edge.staff("dispatcher")
    case_id = str(case_of(edge, number).id)
    listed = desk.get("/desk?tab=all&channel=open311").text
    assert f'data-case="{case_id}"' in listed
    assert re.search(r'<option value="open311" selected[^>]*>Open311', listed), "chosen by name"
    row = listed.split(f'data-case="{case_id}"')[1].split('data-case="')[0]
    assert "Open311" in words_of(row) and "open311" not in words_of(row)
    assert f'data-case="{case_id}"' not in desk.get("/desk?tab=all&channel=api").text


def test_coordinates_are_wgs84_whatever_map_the_client_uses(edge: Edge, who: Partner) -> None:
    mark = edge.reference().landmarks[GRID][0]
    number = who.report(datum="gcj02")
    shown = who.one(number)
    assert shown["lat"] == pytest.approx(mark["lat"], abs=1e-6)
    assert shown["long"] == pytest.approx(mark["lon"], abs=1e-6)
    shifted = from_wgs84(LonLat(lon=float(mark["lon"]), lat=float(mark["lat"])), Datum.GCJ02)
    assert abs(shifted[0] - shown["long"]) > 0.003, "half a kilometre from where it would be"


def test_the_worker_sees_who_sent_it_and_what(edge: Edge, who: Partner) -> None:
    number = who.report(description="巷口垃圾没人收")
    page = edge.staff("worker").get(f"/work/cases/{case_of(edge, number).id}")
    assert "巷口垃圾没人收" in words_of(page.text)


def test_a_key_with_a_mark_of_its_own_marks_its_reports(edge: Edge) -> None:
    number = partner(edge, channel="12345").report()
    assert report_of(edge, number).channel == "12345"


# Keys --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", FORMATS)
def test_without_a_good_key_nothing_comes_in(edge: Edge, who: Partner, fmt: str) -> None:
    before = count(edge)
    reader = partner(edge, Scope.BOARD_READ)
    for key in ("", "gg_nonsense", reader.key):
        answer = Partner(edge, key).post(f"requests.{fmt}", **request(edge))
        assert answer.headers["Content-Type"] == FORMATS[fmt]
        assert "api_key" in error(answer, 403)
    assert count(edge) == before


def test_a_revoked_key_is_refused(edge: Edge) -> None:
    gone = partner(edge)
    with edge.writing() as session:
        row = session.get_one(ApiKey, gone.key_id)
        row.revoked_at = row.made_at
    assert error(gone.post(**request(edge)), 403)


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer {}"}, {"X-Api-Key": "{}"}], ids=["bearer", "x-api-key"]
)
def test_the_key_may_stand_in_a_header(edge: Edge, who: Partner, headers: dict[str, str]) -> None:
    sent = {name: value.format(who.key) for name, value in headers.items()}
    answer = who.client().post(f"{ROOT}/requests.json", data=request(edge), headers=sent)
    assert answer.status_code == 200
    in_address = who.client().post(
        f"{ROOT}/requests.json?api_key={who.key}&jurisdiction_id={DISTRICT}", data=request(edge)
    )
    assert in_address.status_code == 200


def test_the_key_decides_the_district(edge: Edge, who: Partner) -> None:
    assert who.post(**request(edge, jurisdiction_id=DISTRICT)).status_code == 200
    assert who.post(**request(edge, jurisdiction_id="")).status_code == 200
    assert "nowhere" in error(who.post(**request(edge, jurisdiction_id="nowhere")), 404)


# What is missing or wrong ------------------------------------------------------------------

WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"service_code": None}, 400, "service_code"),
    ({"service_code": "9999"}, 404, "service_code 9999"),
    ({"service_code": "01"}, 404, "service_code 01"),
    ({"service_code": VICE}, 404, f"service_code {VICE}"),
    ({"lat": None, "long": None}, 400, "address_string"),
    ({"lat": None}, 400, "lat"),
    ({"long": ""}, 400, "lat"),
    ({"lat": "north"}, 400, "lat"),
    ({"lat": "nan"}, 400, "lat"),
    ({"lat": "113", "long": "22.9"}, 400, "lat"),
    ({"lat": "23.13", "long": "113.26"}, 400, "12345"),
    ({"lat": None, "long": None, "address_id": "1"}, 400, "address_id"),
    ({"description": "长" * 4001}, 400, "4000"),
    ({"address_string": "路" * 201}, 400, "address_string"),
    ({"first_name": "x" * 101}, 400, "first_name"),
    ({"client_token": "x" * 201}, 400, "client_token"),
    ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
    ({"media_url": "data:image/png;base64,!!!"}, 400, "media"),
]


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(("wrong", "status", "said"), WRONG)
def test_what_is_missing_or_wrong_is_named(
    edge: Edge, who: Partner, wrong: dict[str, Any], status: int, said: str, fmt: str
) -> None:
    before = count(edge)
    answer = who.post(f"requests.{fmt}", **request(edge, **wrong))
    assert answer.headers["Content-Type"] == FORMATS[fmt]
    assert said in error(answer, status)
    assert count(edge) == before


@pytest.mark.parametrize(
    ("values", "number"),
    [({"description": "楼下着火了，好大烟"}, "119"), ({"service_code": FIGHT}, "110")],
    ids=["words", "class"],
)
def test_an_emergency_names_the_number_to_call_first(
    edge: Edge, who: Partner, values: dict[str, str], number: str
) -> None:
    before = count(edge)
    assert number in error(who.post(**request(edge, **values)), 400)
    assert number in error(who.post("requests.xml?locale=en", **request(edge, **values)), 400)
    assert count(edge) == before


def test_words_of_danger_come_in_once_the_client_says_it_showed_them(
    edge: Edge, who: Partner
) -> None:
    number = who.report(description="楼下着火了，好大烟", emergency_ack="1")
    assert report_of(edge, number).emergency_words
    again = who.post(**request(edge, service_code=FIGHT, emergency_ack="1"))
    assert "110" in error(again, 400), "no class for the police is taken in"


# Places ------------------------------------------------------------------------------------


def test_a_place_in_words_alone_is_taken_and_somebody_looks_for_it(
    edge: Edge, who: Partner
) -> None:
    number = who.report(lat=None, long=None, address_string="泰华社区 公园门口")
    case = case_of(edge, number)
    assert (case.lon, case.lat, case.place) == (None, None, "泰华社区 公园门口")
    assert case.village_code == GRID[:12]
    shown = who.one(number)
    assert (shown["lat"], shown["long"]) == (None, None)
    assert tree(who.get(f"requests/{number}.xml")).findtext("request/lat") == ""


def test_an_address_id_is_the_code_of_an_area(edge: Edge, who: Partner) -> None:
    number = who.report(lat=None, long=None, address_id=GRID)
    case = case_of(edge, number)
    assert (case.grid_code, case.lon) == (GRID, None)
    assert who.one(number)["address_id"] == GRID
    both = who.report(address_id="440608108001001")
    assert case_of(edge, both).grid_code == GRID, "the position weighs more"
