"""A geocoder's "I do not know" is no place: what comes with it is set aside for a person."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.datum import PositionSource
from gridgov.domain.geocodes import LEAST_ADDRESSES, LEAST_REQUESTS
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report, of_case
from tests.support.acts import case_of, inside, pin, report

HESHUI = "440608108003"


def sent(
    session: Session, number: int, *, addresses: int, source: PositionSource, words: str = ""
) -> Case:
    """Send one more report at the same coordinate, one of so many different addresses."""
    return case_of(
        session,
        report(
            session,
            position=replace(pin(inside(session), None), source=source),
            place_words=words or f"沿江路{number % addresses}号",
            channel="api",
        ),
    )


@pytest.fixture(params=[PositionSource.ADDRESS, PositionSource.EXTERNAL])
def source(request: pytest.FixtureRequest) -> PositionSource:
    found: PositionSource = request.param
    return found


def test_a_coordinate_of_many_addresses_is_set_aside(
    rolled: Session, source: PositionSource
) -> None:
    for number in range(LEAST_REQUESTS):
        case = sent(rolled, number, addresses=LEAST_ADDRESSES, source=source)
        assert case.grid_code is not None, number
    case = sent(rolled, 0, addresses=1, source=source, words="合水圩旧供销社后面")
    assert (case.village_code, case.grid_code, case.lon) == (HESHUI, None, None)
    assert case.routing["notes"] == ["default_coordinate"]
    told: Report = of_case(rolled, case.id)[0]
    assert (told.raw_lon, told.raw_lat) == (pin(inside(rolled)).lon, pin(inside(rolled)).lat)
    assert told.position_source == str(source)


def test_many_reports_of_one_address_are_a_place(rolled: Session) -> None:
    for number in range(LEAST_REQUESTS + 1):
        case = sent(rolled, number, addresses=2, source=PositionSource.ADDRESS)
        assert case.grid_code is not None, number


def test_a_persons_own_pin_is_believed_wherever_it_is(rolled: Session) -> None:
    for number in range(LEAST_REQUESTS):
        sent(rolled, number, addresses=LEAST_ADDRESSES, source=PositionSource.ADDRESS)
    case = sent(rolled, 0, addresses=1, source=PositionSource.BROWSER)
    assert case.grid_code is not None
    assert "notes" not in case.routing
