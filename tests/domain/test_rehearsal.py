"""A draft against the past: what would move, and how even the load would be."""

from collections import Counter
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import OutsideJurisdiction
from gridgov.domain.rehearsal import rehearse, spread
from gridgov.domain.replay import Past
from gridgov.domain.routing import Net, Outside, RoutingSettings
from tests.support.edited_nets import sample_shapes, split_and_merge, tricky_points

ANNA, BORIS, CLARA = (UUID(int=number) for number in (1, 2, 3))


def area(
    code: str, up: str | None, kind: AreaKind, west: float, east: float, takes: str = ""
) -> AreaShape:
    ground = shapely.box(112 + west / 100, 22, 112 + east / 100, 22.01)
    categories = frozenset({takes} - {""})
    return AreaShape(code, up, kind, f"格{code}", f"grid {code}", ground, categories)


HALL = (area("D", None, AreaKind.DISTRICT, 0, 4), area("V", "D", AreaKind.VILLAGE, 0, 4))
ACTIVE = Net(
    1, "D", (*HALL, area("a", "V", AreaKind.GRID, 0, 2), area("b", "V", AreaKind.GRID, 2, 3))
)
DRAFT = Net(
    2,
    "D",
    (
        *HALL,
        area("a1", "V", AreaKind.GRID, 0, 1),
        area("a2", "V", AreaKind.GRID, 1, 2),
        area("b", "V", AreaKind.GRID, 2, 3),
        area("Z", "V", AreaKind.PROFESSIONAL, 2, 3, takes="0607"),
    ),
)
# Three in the west of a, one in its east, two in b (one of them for the school), one in
# the gap that b leaves, one outside of everything.
WEST, EAST, IN_B, GAP, OUT = 112.005, 112.015, 112.025, 112.035, 113.0
PAST = Past.of(
    [WEST, WEST, WEST, EAST, IN_B, IN_B, GAP, OUT],
    [22.005] * 8,
    ["0101"] * 4 + ["0101", "0607"] + ["0101"] * 2,
    months=2.0,
)


def test_what_would_move_is_counted_by_grid_and_by_flow() -> None:
    found = rehearse(PAST, ACTIVE, DRAFT, {"a": ANNA, "b": BORIS}, {"a1": ANNA, "b": BORIS})
    rows = {row.code: row for row in found.grids}
    assert list(rows) == ["Z", "a", "a1", "a2", "b"]
    assert (rows["a"].before, rows["a"].after, rows["a"].moved_out) == (2.0, 0.0, 4)
    assert (rows["a1"].before, rows["a1"].after, rows["a1"].moved_in) == (0.0, 1.5, 3)
    assert (rows["b"].before, rows["b"].after, rows["b"].moved_out) == (1.0, 0.5, 1)
    assert found.moved == 5
    assert {(f.from_code, f.to_code, f.count) for f in found.flows} == {
        ("a", "a1", 3), ("a", "a2", 1), ("b", "Z", 1),
    }  # fmt: skip
    assert found.vacant == ("Z", "a2")
    assert (found.cases, found.without_grid, found.outside) == (8, 1, 0)


def test_the_load_of_who_leads_is_told_before_and_after_in_the_order_of_codes() -> None:
    before = {"a": CLARA, "b": ANNA}
    after = {"a1": CLARA, "a2": ANNA, "b": ANNA}
    workers = rehearse(PAST, ACTIVE, DRAFT, before, after).workers
    assert [worker.person for worker in workers] == [CLARA, ANNA]
    clara, anna = workers
    assert (clara.grids_before, clara.grids_after) == (("a",), ("a1",))
    assert (clara.before, clara.after) == (2.0, 1.5)
    assert (anna.grids_after, anna.before, anna.after) == (("a2", "b"), 1.0, 1.0)


def test_ground_that_only_gets_another_code_moves_nobody() -> None:
    renamed = Net(2, "D", [replace(s, code="x") if s.code == "a" else s for s in ACTIVE.areas()])
    found = rehearse(PAST, ACTIVE, renamed, {"a": ANNA}, {"x": ANNA}, same={"a": "x"})
    assert (found.moved, found.flows) == (0, ())
    assert {row.code: row.after for row in found.grids} == {"a": 0.0, "b": 1.0, "x": 2.0}


def test_cases_that_would_fall_out_of_the_net_are_counted() -> None:
    smaller = Net(2, "D", [area("D", None, AreaKind.DISTRICT, 0, 2), ACTIVE.area("a")])
    found = rehearse(PAST, ACTIVE, smaller, {}, {})
    assert found.outside == 3  # those of b and of the gap; who was outside stays outside
    assert ("b", None, 2) in {(f.from_code, f.to_code, f.count) for f in found.flows}


def test_nothing_is_said_of_a_past_without_cases() -> None:
    found = rehearse(Past.of([], [], [], 1.0), ACTIVE, DRAFT, {}, {})
    assert (found.cases, found.moved, found.flows) == (0, 0, ())
    assert found.grid_spread_before.variation is None
    assert found.worker_spread_before.count == 0


def test_the_spread_of_a_load_is_a_figure_between_even_and_all_on_one() -> None:
    even, one = spread([5, 5, 5, 5]), spread([0, 0, 0, 20])
    assert (even.mean, even.variation, even.gini) == (5, 0, 0)
    assert one.gini == pytest.approx(0.75)
    assert one.variation == pytest.approx(3**0.5)
    assert (one.count, one.least, one.most) == (4, 0, 20)
    # From the mean absolute difference of all pairs, written out by hand.
    loads = [1.0, 2.0, 7.0]
    pairs = sum(abs(x - y) for x in loads for y in loads)
    assert spread(loads).gini == pytest.approx(pairs / (2 * 9 * np.mean(loads)))


SAMPLE = Net(1, "440608", sample_shapes())
BOUNDS = shapely.total_bounds([a.geometry for a in SAMPLE.areas(AreaKind.GRID)])
CLASSES = sorted({c for a in SAMPLE.areas(AreaKind.PROFESSIONAL) for c in a.categories})


def one_by_one(net: Net, lon: float, lat: float, category: str | None) -> tuple[str | None, ...]:
    try:
        placed = net.locate(LonLat(lon=lon, lat=lat), category=category)
    except OutsideJurisdiction:
        return None, None
    return placed.area_code, placed.grid_code


def at_once(
    net: Net, pairs: np.ndarray, categories: list[str] | None
) -> list[tuple[str | None, ...]]:
    found = net.place_many(pairs[:, 0], pairs[:, 1], categories=categories)
    codes = (*found.codes, None)
    return [
        (codes[a], codes[g]) for a, g in zip(found.area.tolist(), found.grid.tolist(), strict=True)
    ]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.floats(BOUNDS[0] - 0.01, BOUNDS[2] + 0.01),
            st.floats(BOUNDS[1] - 0.01, BOUNDS[3] + 0.01),
            st.sampled_from([*CLASSES, "0101"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_many_at_once_are_placed_like_one_by_one(spots: list[tuple[float, float, str]]) -> None:
    pairs = np.array([(lon, lat) for lon, lat, _ in spots])
    classes = [category for *_, category in spots]
    expected = [one_by_one(SAMPLE, lon, lat, category) for lon, lat, category in spots]
    assert at_once(SAMPLE, pairs, classes) == expected
    bare = [one_by_one(SAMPLE, lon, lat, None) for lon, lat, _ in spots]
    assert at_once(SAMPLE, pairs, None) == bare


def test_on_corners_and_edges_many_at_once_choose_the_same_neighbour() -> None:
    pairs = tricky_points(SAMPLE.areas(), seed=3)[::37]
    expected = [one_by_one(SAMPLE, lon, lat, None) for lon, lat in pairs.tolist()]
    assert at_once(SAMPLE, pairs, None) == expected


def test_in_a_gap_many_at_once_find_the_nearest_within_reach() -> None:
    holed = Net(1, "D", (*HALL, area("a", "V", AreaKind.GRID, 0, 1.9), ACTIVE.area("b")))
    pairs = np.array([(112.0192, 22.005), (112.0194, 22.005), (112.0195, 22.005), (112.035, 22.0)])
    expected = [one_by_one(holed, lon, lat, None) for lon, lat in pairs.tolist()]
    assert at_once(holed, pairs, None) == expected
    assert {grid for _, grid in expected} == {"a", None}


def test_a_district_that_takes_what_lies_outside_has_it_in_its_tray() -> None:
    takes = RoutingSettings(outside=Outside.TRAY)
    found = SAMPLE.place_many([100.0], [20.0], settings=takes)
    placed = SAMPLE.locate(LonLat(lon=100.0, lat=20.0), settings=takes)
    assert found.area_codes() == [placed.area_code] == ["440608"]
    assert found.without_grid().tolist() == [True]
    assert SAMPLE.place_many([100.0], [20.0]).is_outside().tolist() == [True]


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 6.3), st.booleans()), max_size=6),
    st.sampled_from([None, "gone", "classes", "new"]),
)
def test_asking_the_draft_only_where_ground_changed_gives_what_asking_it_all_gives(
    moves: list[tuple[float, float, bool]], overlay: str | None
) -> None:
    shapes = {s.code: s for s in split_and_merge(SAMPLE.areas(), moves)}
    one = SAMPLE.areas(AreaKind.PROFESSIONAL)[2]
    if overlay == "gone":
        del shapes[one.code]
    elif overlay == "classes":
        shapes[one.code] = replace(one, categories=frozenset({"0101"}))
    elif overlay == "new":
        shapes["new"] = replace(one, code="new", geometry=one.geometry.buffer(0.002))
    draft = Net(2, "440608", shapes.values())
    pairs = np.vstack(
        (tricky_points(draft.areas(), seed=1)[::7], tricky_points(SAMPLE.areas(), 2)[::7])
    )
    classes = [[*CLASSES, "0101"][n % (len(CLASSES) + 1)] for n in range(len(pairs))]
    was = SAMPLE.place_many(pairs[:, 0], pairs[:, 1], categories=classes).area_codes()
    will = draft.place_many(pairs[:, 0], pairs[:, 1], categories=classes).area_codes()
    expected = Counter(pair for pair in zip(was, will, strict=True) if pair[0] != pair[1])
    past = Past.of(pairs[:, 0], pairs[:, 1], classes, 1.0)
    found = rehearse(past, SAMPLE, draft, {}, {})
    assert {(f.from_code, f.to_code): f.count for f in found.flows} == expected


def test_a_page_after_the_first_is_placed_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridgov.domain.placing.PAGE", 7)
    pairs = np.random.default_rng(1).uniform(BOUNDS[:2], BOUNDS[2:], (40, 2))
    classes = [CLASSES[n % len(CLASSES)] for n in range(40)]
    expected = [
        one_by_one(SAMPLE, lon, lat, c)
        for (lon, lat), c in zip(pairs.tolist(), classes, strict=True)
    ]
    assert at_once(SAMPLE, pairs, classes) == expected
