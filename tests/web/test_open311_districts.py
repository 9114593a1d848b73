"""Open311 in an installation of two districts: the key, or jurisdiction_id, says which."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from shapely.geometry import box

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.keys import Scope
from gridgov.services import districts, keys
from gridgov.services.districts import NewDistrict, NewUnit
from gridgov.web.instance import utc_now
from tests.web.edge import DISTRICT, Edge
from tests.web.open311 import Partner, case_of, error, everybody, partner, request, tree

HARBOR = "harbor"  # after 440608, whose pages residents see
HERE = {"lat": "42.355", "long": "-71.055"}


@pytest.fixture(scope="module")
def harbor(edge: Edge) -> Partner:
    """A second district with a time zone and language of its own, and a program of it."""
    categories = [
        replace(item, unit_code=None, direct_unit=False)
        for item in (*edge.reference().majors.values(), *edge.reference().catalogue.values())
        if item.code in {"01", "0101"}
    ]
    with edge.writing() as session:
        new = NewDistrict(
            code=HARBOR,
            name="Harbor",
            name_en="Harbor",
            timezone="America/New_York",
            languages=("en",),
            working_hours=(("09:00", "17:00"),),
            calendar_span=(date(2019, 1, 1), date(2030, 12, 31)),
        )
        district = districts.create(session, new, now=utc_now())
        shapes = [
            _area(HARBOR, None, AreaKind.DISTRICT),
            _area("harbor-town", HARBOR, AreaKind.TOWN),
            _area("harbor-ward", "harbor-town", AreaKind.VILLAGE),
            _area("harbor-1", "harbor-ward", AreaKind.GRID),
        ]
        districts.activate_net(session, district, shapes, {}, synthetic=True, now=utc_now())
        districts.add_catalogue(session, district, categories)
        hall = NewUnit("HALL", "City Hall", "City Hall", "district", HARBOR, True)
        districts.add_units(session, district, [hall])
        scopes = [Scope.OPEN311_WRITE]
        made = keys.make(session, HARBOR, "app", scopes, "api", by=None, now=utc_now())
    return Partner(edge, made.secret, made.key.id)


def _area(code: str, parent: str | None, kind: AreaKind) -> AreaShape:
    square = box(-71.06, 42.35, -71.05, 42.36)
    return AreaShape(code, parent, kind, code, code, square, frozenset(), ())


def report(who: Partner, edge: Edge, **more: Any) -> str:
    answer = who.post(**request(edge, **HERE, **more))
    assert answer.status_code == 200, answer.text
    number: str = answer.json[0]["service_request_id"]
    return number


def test_the_key_decides_the_district_of_a_request(edge: Edge, harbor: Partner) -> None:
    number = report(harbor, edge)
    case = case_of(edge, number)
    assert (case.district_code, case.grid_code) == (HARBOR, "harbor-1")
    assert case_of(edge, report(harbor, edge, jurisdiction_id=HARBOR)).district_code == HARBOR
    assert case_of(edge, partner(edge).report()).district_code == DISTRICT


def test_a_key_of_one_district_opens_no_other(edge: Edge, harbor: Partner) -> None:
    assert error(harbor.post(**request(edge, jurisdiction_id=DISTRICT)), 403)
    assert error(partner(edge).post(**request(edge, **HERE, jurisdiction_id=HARBOR)), 403)
    outside = partner(edge).post(**request(edge, **HERE))
    assert "12345" in error(outside, 400), "their own district does not reach that far"


def test_without_a_jurisdiction_everybody_reads_the_district_at_home(
    edge: Edge, harbor: Partner
) -> None:
    number, anybody = report(harbor, edge), everybody(edge)
    assert number not in anybody.numbers()
    assert anybody.numbers() == anybody.numbers(jurisdiction_id=DISTRICT)
    assert number in anybody.numbers(jurisdiction_id=HARBOR)
    assert number in harbor.numbers(api_key=harbor.key), "the key says which"
    assert error(anybody.get(f"requests/{number}.xml"), 404)
    assert anybody.one(number, jurisdiction_id=HARBOR)["service_request_id"] == number
    updates = anybody.get("servicerequestupdates.json", jurisdiction_id=HARBOR).json
    assert {one["service_request_id"] for one in updates} <= set(
        anybody.numbers(jurisdiction_id=HARBOR)
    )


def test_a_district_speaks_its_own_language_and_time(edge: Edge, harbor: Partner) -> None:
    number = report(harbor, edge, description=None)
    found = everybody(edge).one(number, jurisdiction_id=HARBOR)
    assert found["service_name"] == found["description"] == "Exposed rubbish"
    assert found["requested_datetime"][-6:] in {"-05:00", "-04:00"}
    services = everybody(edge).get("services.xml", jurisdiction_id=HARBOR)
    assert [one.findtext("service_code") for one in tree(services)] == ["0101"]


def test_the_same_client_id_in_two_districts_is_two_requests(edge: Edge, harbor: Partner) -> None:
    ours = partner(edge).report(client_token="order-1")
    theirs = report(harbor, edge, client_token="order-1")
    path, anybody = "tokens/order-1.json", everybody(edge)
    assert anybody.get(path).json[0]["service_request_id"] == ours
    found = anybody.get(path, jurisdiction_id=HARBOR).json
    assert found[0]["service_request_id"] == theirs
