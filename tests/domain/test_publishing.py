"""What is told of closed cases: no small cell, by no sum and no difference."""

import csv
import io
import math
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.domain.geometry import metres_between
from gridgov.domain.publishing import (
    CategoryKind,
    ClosedCase,
    Rules,
    check_ticked,
    fold,
    publish,
    received_of,
    safe_csv,
    snap,
    told_closed,
)

PATHS = st.tuples(
    st.just(""), st.sampled_from("AB"), st.sampled_from("xyz"), st.sampled_from("123")
)
# Some things are known only to a part: a case without a village counts for its town.
LEAVES = st.dictionaries(
    st.tuples(PATHS, st.integers(1, 4)).map(lambda drawn: drawn[0][: drawn[1]]),
    st.integers(0, 12),
    max_size=14,
)


@given(LEAVES, st.integers(3, 8))
def test_no_group_is_small_and_nothing_is_told_twice(
    leaves: dict[tuple[str, ...], int], k: int
) -> None:
    told = fold(leaves, k)
    sizes: Counter[tuple[str, ...]] = Counter()
    for leaf, group in told.items():
        assert leaf[: len(group)] == group, "a group is the leaf itself or stands above it"
        sizes[group] += leaves[leaf]
    assert all(size >= k for size in sizes.values())
    total = sum(leaves.values())
    # Nothing is held back where it could be told: all or nothing.
    assert sum(sizes.values()) == (total if total >= k else 0)


@given(LEAVES, st.integers(3, 8))
def test_no_sum_of_what_is_told_lies_a_few_cases_from_another(
    leaves: dict[tuple[str, ...], int], k: int
) -> None:
    told = fold(leaves, k)
    groups = sorted(set(told.values()))
    size = Counter[tuple[str, ...]]()
    for leaf, group in told.items():
        size[group] += leaves[leaf]
    # Every total a reader can form, for each area at each level, and what lies between two.
    totals = {
        prefix: frozenset(group for group in groups if group[: len(prefix)] == prefix)
        for group in groups
        for prefix in (group[:end] for end in range(1, len(group) + 1))
    }
    for one, other in combinations(totals.values(), 2):
        for rest in (one - other, other - one, one & other):
            assert sum(size[group] for group in rest) not in range(1, k)


@given(LEAVES)
def test_a_smaller_k_tells_all_that_a_larger_one_tells(leaves: dict[tuple[str, ...], int]) -> None:
    assert set(fold(leaves, 8)) <= set(fold(leaves, 3))


@pytest.mark.parametrize(
    ("leaves", "told"),
    [
        ({("", "A"): 20, ("", "B"): 9}, {("", "A"): ("", "A"), ("", "B"): ("", "B")}),
        # One small one could be reckoned from the sum: the smallest other one goes with it.
        (
            {("", "A"): 20, ("", "B"): 9, ("", "C"): 2},
            {("", "A"): ("", "A"), ("", "B"): ("",), ("", "C"): ("",)},
        ),
        # Two small ones together are enough.
        (
            {("", "A"): 20, ("", "B"): 3, ("", "C"): 2},
            {("", "A"): ("", "A"), ("", "B"): ("",), ("", "C"): ("",)},
        ),
        ({("", "A"): 2, ("", "B"): 2}, {}),
        ({("", "A"): 0, ("", "B"): 5}, {("", "B"): ("", "B")}),
    ],
)
def test_small_groups_go_to_what_is_above_them(
    leaves: dict[tuple[str, ...], int], told: dict[tuple[str, ...], tuple[str, ...]]
) -> None:
    assert fold(leaves, 5) == told


CASES = st.lists(
    st.builds(
        ClosedCase,
        ref=st.uuids(),
        town_code=st.sampled_from(["T1", "T2", ""]),
        village_code=st.sampled_from(["V1", "V2", "V3"]),
        major=st.sampled_from(["01", "02"]),
        minor=st.sampled_from(["a", "b", "c"]),
        lon=st.one_of(st.none(), st.floats(112.80, 112.83)),
        lat=st.one_of(st.none(), st.floats(22.85, 22.88)),
        spot=st.booleans(),
        days=st.integers(0, 400),
    ),
    max_size=60,
)


def unique(cases: list[ClosedCase]) -> list[ClosedCase]:
    return list({case.ref: case for case in cases}.values())


@given(CASES, st.integers(3, 7), st.sampled_from([100, 200, 500, 1000]))
def test_every_case_told_has_k_like_it(cases: list[ClosedCase], k: int, cell_m: int) -> None:
    cases = unique(cases)
    told = publish(cases, Rules(k=k, cell_m=cell_m))
    alike = Counter((one.cell, one.square) for one in told)
    assert all(count >= k for count in alike.values())
    assert len(told) == (len(cases) if len(cases) >= k else 0)
    of = {case.ref: case for case in cases}
    for one in told:
        case = of[one.ref]
        named = {
            AreaKind.VILLAGE: case.village_code,
            AreaKind.TOWN: case.town_code,
            AreaKind.DISTRICT: "",
        }
        assert one.cell.area_code == named[one.cell.area_kind]
        classes = {
            CategoryKind.MINOR: case.minor,
            CategoryKind.MAJOR: case.major,
            CategoryKind.ALL: "",
        }
        assert one.cell.category == classes[one.cell.category_kind]


# Close together and of one kind, so that squares of every width are told.
NEAR = st.lists(
    st.tuples(st.floats(112.80, 112.81), st.floats(22.85, 22.86), st.booleans()),
    min_size=5,
    max_size=40,
)


@given(NEAR, st.sampled_from([100, 200, 500, 1000]))
def test_a_point_is_the_middle_of_a_square_around_the_case(
    spots: list[tuple[float, float, bool]], cell_m: int
) -> None:
    cases = [
        ClosedCase(number, "T1", "V1", "01", "a", lon, lat, spot, 1)
        for number, (lon, lat, spot) in enumerate(spots)
    ]
    told = publish(cases, Rules(k=3, cell_m=cell_m))
    sides = Counter((one.square.lon, one.square.lat) for one in told if one.square)
    assert all(count >= 3 for count in sides.values())
    for one in told:
        case, square = cases[int(str(one.ref))], one.square
        if square is None:
            continue
        assert case.spot, "what is heard from a window has no point"
        assert case.lon is not None
        assert case.lat is not None
        assert square.side_m in {cell_m, cell_m * 2, cell_m * 4, cell_m * 8}
        away = metres_between(
            LonLat(lon=case.lon, lat=case.lat), LonLat(lon=square.lon, lat=square.lat)
        )
        assert away <= square.side_m * math.sqrt(0.5) * 1.01 + 2


@pytest.mark.parametrize(("heard", "fine"), [(0, True), (1, False), (3, True)])
def test_a_square_is_told_unless_that_singles_out_a_few_others(heard: int, fine: bool) -> None:
    seen = [ClosedCase(n, "T", "V", "01", "a", 112.8, 22.85, True, 1) for n in range(4)]
    others = [ClosedCase(9 + n, "T", "V", "01", "a", 112.8, 22.85, False, 1) for n in range(heard)]
    told = {one.ref: one.square for one in publish(seen + others, Rules(k=3))}
    square = snap(lon=112.8, lat=22.85, cell_m=200) if fine else None
    assert [told[case.ref] for case in seen] == [square] * 4
    assert {told[case.ref] for case in others} <= {None}


@given(st.floats(-179, 179), st.floats(-70, 70), st.floats(-0.4, 0.4), st.floats(-0.4, 0.4))
def test_two_spots_in_a_square_have_one_point(
    lon: float, lat: float, east: float, north: float
) -> None:
    middle = snap(lon=lon, lat=lat, cell_m=200)
    per_lat = 111_320
    other = snap(
        lon=middle.lon + east * 200 / (per_lat * math.cos(math.radians(middle.lat))),
        lat=middle.lat + north * 200 / per_lat,
        cell_m=200,
    )
    assert other == middle


def test_the_order_says_nothing_of_when_a_case_was_closed() -> None:
    cases = [
        ClosedCase(ref, "T", "V", "01", "a", None, None, True, days)
        for ref, days in enumerate([9, 1, 5, 3, 7])
    ]
    told = publish(cases, Rules())
    assert [one.days for one in told] == [1, 3, 5, 7, 9]
    assert publish(cases[::-1], Rules()) == told


def test_points_can_be_left_out() -> None:
    cases = [ClosedCase(n, "T", "V", "01", "a", 112.8, 22.8, True, 1) for n in range(6)]
    assert {one.square for one in publish(cases, Rules())} == {
        snap(lon=112.8, lat=22.8, cell_m=200)
    }
    assert {one.square for one in publish(cases, Rules(points=False))} == {None}


@given(
    st.dictionaries(
        st.sampled_from([("T1", "V1"), ("T1", "V2"), ("T2", "V3"), ("T2", ""), ("", "")]),
        st.tuples(st.integers(0, 12), st.integers(0, 12)),
        max_size=9,
    ),
    st.integers(3, 6),
)
def test_received_and_closed_tell_no_few(
    counts: dict[tuple[str, str], tuple[int, int]], k: int
) -> None:
    areas = [(path, max(pair), min(pair)) for path, pair in counts.items()]
    told = received_of(areas, k)
    total = sum(received for _, received, _ in areas)
    assert sum(one.received for one in told) == (total if total >= k else 0)
    assert len({(one.area_kind, one.area_code) for one in told}) == len(told)
    for one in told:
        assert one.received >= k
        if one.closed is not None:
            assert one.closed not in range(1, k)
            assert one.received - one.closed not in range(1, k)


@pytest.mark.parametrize(
    ("received", "closed", "told"),
    [
        (20, 20, (20, None)),
        (20, 15, (15, None)),
        (20, 18, (None, 15)),
        (20, 0, (0, None)),
        (20, 2, (None, 0)),
        (6, 4, (None, 1)),
    ],
)
def test_a_few_left_open_are_not_told(
    received: int, closed: int, told: tuple[int | None, int | None]
) -> None:
    assert told_closed(received, closed, 5) == told


@pytest.mark.parametrize(
    "rules", [{"k": 2}, {"k": 51}, {"cell_m": 10}, {"licence_url": "javascript:alert(1)"}]
)
def test_rules_that_tell_too_much_are_refused(rules: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        Rules(**rules)  # type: ignore[arg-type]


@given(st.text(), st.sampled_from(["=", "+", "-", "@", "＝", "\t", " ="]))
def test_a_spreadsheet_takes_no_text_for_a_formula(text: str, begin: str) -> None:
    written = safe_csv(begin + text)
    assert written.startswith("'")
    file = io.StringIO()
    csv.writer(file).writerow([written])
    assert next(csv.reader(io.StringIO(file.getvalue(), newline=""))) == [written]


def test_numbers_stay_numbers() -> None:
    assert [safe_csv(value) for value in (-1.5, 0, None, "荷城街道")] == [
        "-1.5",
        "0",
        "",
        "荷城街道",
    ]


def test_a_check_list_is_ticked_to_the_end() -> None:
    check_ticked(["face", "plate", "door"], ("face", "plate", "door"))
    with pytest.raises(InvalidInput) as refused:
        check_ticked(["face"], ("face", "plate", "door"))
    assert refused.value.values["missing"] == ["plate", "door"]
