import pytest

from gridgov.importers.default_geocodes import address_column, convicted, suspects

HALL = (113.0, 23.0)
USUAL = {(112.0 + i / 1000, 22.0): 1 + i % 4 for i in range(1_000)}


def addresses(count: int) -> dict[tuple[float, float], set[str]]:
    return {HALL: {f"{i} High Street" for i in range(count)}}


def test_a_crowd_of_many_addresses_is_a_default() -> None:
    assert convicted({**USUAL, HALL: 200}, addresses(150)) == {HALL}


def test_a_crowd_of_one_address_is_a_busy_place() -> None:
    assert convicted({**USUAL, HALL: 2_000}, addresses(3)) == frozenset()


def test_a_few_addresses_in_one_spot_are_not_enough() -> None:
    assert convicted({**USUAL, HALL: 49}, addresses(49)) == frozenset()


def test_coarsely_rounded_coordinates_are_no_defaults() -> None:
    # Kilometre squares: every coordinate holds hundreds of addresses.
    squares = {(112.0 + i / 100, 22.0): 200 + 7 * i for i in range(100)}
    many = {place: {f"{i} Street" for i in range(150)} for place in squares}
    assert convicted(squares, many) == frozenset()


def test_several_defaults_are_found_at_once() -> None:
    other = (113.1, 23.1)
    found = convicted(
        {**USUAL, HALL: 300, other: 90}, {**addresses(99), other: addresses(60)[HALL]}
    )
    assert found == {HALL, other}


def test_without_addresses_only_a_great_share_counts() -> None:
    # 2,500 usual points: 250 more are 9 % of all, 51 more are just below 2 %.
    assert convicted({**USUAL, HALL: 250}, None) == {HALL}
    assert convicted({**USUAL, HALL: 51}, None) == frozenset()


def test_nothing_is_suspected_in_an_empty_file() -> None:
    assert suspects({}) == frozenset()
    assert convicted({}, None) == frozenset()


@pytest.mark.parametrize(
    ("header", "column"),
    [
        (["id", "Location", "LATITUDE"], "Location"),
        (["Location", "Address"], "Address"),
        (["id", "incident_address", "lat"], "incident_address"),
        (["编号", "事件地址"], "事件地址"),
        (["id", "LOCATION_ZIPCODE"], None),
    ],
)
def test_the_address_column_is_known_by_its_name(header: list[str], column: str | None) -> None:
    assert address_column(header) == column
