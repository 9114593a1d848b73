"""Cutting and joining a seamless net: nothing opens, whatever is drawn."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.errors import InvalidInput
from gridgov.domain.net_edits import cut, fresh_codes, joined, name_after, noded
from tests.support.edited_nets import assert_exactly_one_owner, sample_shapes, split_and_merge

SQUARE = shapely.box(112.80, 22.80, 112.82, 22.82)


def test_a_line_through_a_square_leaves_two_halves_the_western_first() -> None:
    west, east, corners = cut(SQUARE, [(112.81, 22.79), (112.811, 22.83)])
    assert west.centroid.x < east.centroid.x
    assert west.area + east.area == pytest.approx(SQUARE.area, rel=1e-12)
    assert west.intersection(east).length == pytest.approx(0.02, rel=0.01)
    assert len(corners) == 2
    for half in (west, east):
        assert set(corners) <= set(half.exterior.coords)


def test_where_neither_is_further_west_the_northern_half_comes_first() -> None:
    first, second, _ = cut(SQUARE, [(112.79, 22.81), (112.83, 22.81)])
    assert first.centroid.y > second.centroid.y


def test_a_line_that_ends_inside_is_drawn_on_to_the_border() -> None:
    west, east, _ = cut(SQUARE, [(112.805, 22.805), (112.815, 22.806)])
    assert west.area + east.area == pytest.approx(SQUARE.area, rel=1e-12)
    assert west.is_valid
    assert east.is_valid


def test_a_bent_line_keeps_its_bends_in_both_halves() -> None:
    bend = (112.812, 22.811)
    west, east, _ = cut(SQUARE, [(112.81, 22.79), bend, (112.81, 22.83)])
    for half in (west, east):
        assert bend in half.exterior.coords[:]


def test_a_line_near_a_corner_takes_the_corner() -> None:
    _, _, corners = cut(SQUARE, [(112.799999, 22.799999), (112.83, 22.83)])
    assert corners == ()  # both ends are corners of the square: nobody else has to change


def test_a_hole_and_a_far_part_go_with_the_half_they_belong_to() -> None:
    hole = shapely.box(112.802, 22.802, 112.804, 22.804)
    exclave = shapely.box(112.83, 22.80, 112.831, 22.801)
    ground = shapely.MultiPolygon([SQUARE.difference(hole), exclave])
    west, east, _ = cut(ground, [(112.81, 22.79), (112.81, 22.83)])
    assert not west.intersects(hole.centroid)
    assert east.covers(exclave)
    assert west.area + east.area == pytest.approx(ground.area, rel=1e-9)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ([(112.81, 22.81)], "not_a_line"),
        ([(112.81, 22.81), (112.81, 22.81)], "not_a_line"),
        ([(112.81, float("nan")), (112.81, 22.9)], "not_a_line"),
        ([(112.7, 22.7), (112.71, 22.71)], "not_two_parts"),  # beside it
        ([(112.79, 22.80), (112.83, 22.80)], "not_two_parts"),  # along its edge
        ([(112.79, 22.80), (112.82000001, 22.80000001)], "not_two_parts"),
        (
            [(112.79, 22.805), (112.83, 22.805), (112.83, 22.815), (112.79, 22.815)],
            "not_two_parts",  # three parts
        ),
        ([(112.79, 22.8000019), (112.83, 22.8000019)], "too_small"),
    ],
)
def test_a_line_that_makes_no_two_parts_is_refused(
    line: list[tuple[float, float]], reason: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        cut(SQUARE, line)
    assert (refusal.value.field, refusal.value.reason) == ("line", reason)


def test_a_corner_is_put_into_the_edge_it_lies_on_and_nowhere_else() -> None:
    corner = (112.81, 22.80)
    ground = shapely.MultiPolygon([SQUARE, shapely.box(112.9, 22.8, 112.91, 22.81)])
    after = noded(ground, [corner])
    assert corner in after.geoms[0].exterior.coords[:]
    assert shapely.get_num_coordinates(after) == shapely.get_num_coordinates(ground) + 1
    assert noded(after, [corner]).equals_exact(after, 0.0)
    assert noded(SQUARE, [(112.85, 22.85)]) is SQUARE


def test_joining_keeps_every_corner_of_the_outer_border() -> None:
    west, east, corners = cut(SQUARE, [(112.81, 22.79), (112.81, 22.83)])
    whole = joined([west, east])
    assert set(corners) <= set(whole.exterior.coords)
    assert whole.area == pytest.approx(SQUARE.area, rel=1e-12)
    assert whole.geom_type == "Polygon"


def test_ground_that_only_meets_in_a_corner_is_not_joined() -> None:
    other = shapely.box(112.82, 22.82, 112.83, 22.83)
    with pytest.raises(InvalidInput) as refusal:
        joined([SQUARE, other])
    assert refusal.value.reason == "apart"


def test_ground_whose_edges_do_not_match_is_joined_all_the_same() -> None:
    beside = shapely.box(112.82, 22.805, 112.83, 22.815)
    whole = joined([SQUARE, beside])
    assert whole.is_valid
    assert whole.area == pytest.approx(SQUARE.area + beside.area, rel=1e-9)


def test_new_codes_follow_the_highest_that_was_ever_used() -> None:
    used = {"440608004025001", "440608004025006", "440608004025009", "440608004026012"}
    assert fresh_codes("440608004025006", used, 2) == ("440608004025010", "440608004025011")
    assert fresh_codes("440608004025Z00", {"440608004025Z01"}, 1) == ("440608004025Z02",)
    assert fresh_codes("A", {"A-1"}, 2) == ("A-2", "A-3")
    assert fresh_codes("440608004025998", {"440608004025999"}, 1) == ("440608004025998-1",)


def test_a_piece_is_named_after_the_whole() -> None:
    assert name_after("河江社区 02 网格", "440608004001002", "440608004001013") == (
        "河江社区 13 网格"
    )
    assert name_after("Grid 2", "440608004001002", "440608004001013") == "Grid 13"
    assert name_after("工业园", "440608004001Z01", "440608004001Z03") == "工业园 3"


@settings(max_examples=12)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 6.3), st.booleans()), max_size=8))
def test_no_hole_opens_whatever_is_split_and_merged(
    moves: list[tuple[float, float, bool]],
) -> None:
    shapes = split_and_merge(sample_shapes(), moves)
    assert_exactly_one_owner(shapes, seed=len(moves))


def test_the_owner_is_one_also_on_edges_that_were_cut_again_and_again() -> None:
    """Cuts across cuts: corners upon corners, and every edge is still shared exactly."""
    shapes = {"1": _unit("1", SQUARE)}
    rng = np.random.default_rng(7)
    for step in range(60):
        code = sorted(shapes)[int(rng.integers(len(shapes)))]
        ground: BaseGeometry = shapes[code].geometry
        centre, turn = ground.representative_point(), float(rng.uniform(0, np.pi))
        reach = np.array([np.cos(turn), np.sin(turn)])
        ends = [tuple(np.array([centre.x, centre.y]) + sign * reach) for sign in (-1, 1)]
        try:
            west, east, corners = cut(ground, ends)
        except InvalidInput:
            continue
        del shapes[code]
        for other in shapes.values():
            shapes[other.code] = _unit(other.code, noded(other.geometry, corners))
        shapes[f"{code}{step}w"], shapes[f"{code}{step}e"] = (
            _unit(f"{code}{step}w", west),
            _unit(f"{code}{step}e", east),
        )
    assert len(shapes) > 40
    assert_exactly_one_owner(list(shapes.values()), seed=7, outline=shapely.union_all([SQUARE]))


def _unit(code: str, ground: BaseGeometry) -> AreaShape:
    return AreaShape(code, None, AreaKind.GRID, code, code, ground)
