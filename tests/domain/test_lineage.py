"""What became of an area, read from the ground."""

import pytest
import shapely

from gridgov.domain.areas import AreaIndex, AreaKind, AreaShape
from gridgov.domain.lineage import (
    Change,
    Link,
    backwards,
    carries,
    changed,
    compare,
    trace,
)


def grid(
    code: str, west: float, south: float, east: float, north: float, name: str = "", up: str = "V"
) -> AreaShape:
    ground = shapely.box(112 + west / 100, 22 + south / 100, 112 + east / 100, 22 + north / 100)
    return AreaShape(code, up, AreaKind.GRID, name or code, name or code, ground)


def net(*grids: AreaShape) -> AreaIndex:
    return AreaIndex(1, "D", grids)


OLD = net(grid("a", 0, 0, 1, 1), grid("b", 1, 0, 2, 1), grid("c", 2, 0, 3, 1))


def found(new: AreaIndex, old: AreaIndex = OLD) -> dict[tuple[str | None, str | None], str]:
    return {(link.from_code, link.to_code): str(link.change) for link in compare(old, new)}


def test_the_same_net_is_kept_altogether() -> None:
    links = compare(OLD, net(*OLD.areas()))
    assert {(link.from_code, link.to_code) for link in links} == {(c, c) for c in "abc"}
    assert changed(links) == ()


def test_a_split_and_a_merge_are_told_from_each_other() -> None:
    new = net(grid("a1", 0, 0, 0.4, 1), grid("a2", 0.4, 0, 1, 1), grid("b", 1, 0, 3, 1))
    assert found(new) == {
        ("a", "a1"): "split",
        ("a", "a2"): "split",
        ("b", "b"): "merged",
        ("c", "b"): "merged",
    }
    shares = {link.to_code: link.share_from for link in compare(OLD, new)}
    assert shares["a1"] == pytest.approx(0.4)
    assert shares["a2"] == pytest.approx(0.6)


def test_a_split_whose_part_keeps_the_code_is_a_split() -> None:
    new = net(
        grid("a", 0, 0, 0.5, 1), grid("n", 0.5, 0, 1, 1), grid("b", 1, 0, 2, 1), OLD.area("c")
    )
    assert found(new) == {
        ("a", "a"): "split", ("a", "n"): "split", ("b", "b"): "kept", ("c", "c"): "kept",
    }  # fmt: skip


def test_names_codes_parents_and_borders_each_have_their_word() -> None:
    new = net(
        grid("a", 0, 0, 1.2, 1),
        grid("b", 1.2, 0, 2, 1, name="another"),
        grid("x", 2, 0, 3, 1),
    )
    assert found(new) == {
        ("a", "a"): "reshaped",
        ("b", "a"): "reshaped",
        ("b", "b"): "reshaped",
        ("c", "x"): "renamed",
    }
    named = net(grid("a", 0, 0, 1, 1, name="新"), OLD.area("b"), grid("c", 2, 0, 3, 1, up="W"))
    assert found(named) == {("a", "a"): "renamed", ("b", "b"): "kept", ("c", "c"): "moved"}


def test_what_comes_and_what_goes_without_a_successor() -> None:
    new = net(OLD.area("a"), OLD.area("b"), grid("z", 5, 5, 6, 6))
    assert found(new) == {
        ("a", "a"): "kept", ("b", "b"): "kept", ("c", None): "gone", (None, "z"): "new",
    }  # fmt: skip


def test_a_sliver_along_a_border_that_was_drawn_anew_is_no_news_for_the_neighbour() -> None:
    new = net(grid("a", 0, 0, 1.001, 1), grid("b", 1.001, 0, 2, 1), OLD.area("c"))
    assert found(new) == {("a", "a"): "reshaped", ("b", "b"): "reshaped", ("c", "c"): "kept"}


def test_the_people_of_a_grid_go_to_the_larger_part_and_never_to_a_manned_one() -> None:
    split = net(grid("a1", 0, 0, 0.4, 1), grid("a2", 0.4, 0, 1, 1), OLD.area("b"), OLD.area("c"))
    assert carries(compare(OLD, split)) == {"a": "a2"}
    merged = net(OLD.area("a"), grid("b", 1, 0, 3, 1))
    assert carries(compare(OLD, merged)) == {}  # b has people, those of c are free
    fresh = net(OLD.area("a"), grid("n", 1, 0, 3, 1))
    assert carries(compare(OLD, fresh)) in ({"b": "n"}, {"c": "n"})  # one of two like parts
    renamed = net(grid("x", 0, 0, 1, 1), OLD.area("b"), OLD.area("c"))
    assert carries(compare(OLD, renamed)) == {"a": "x"}


def test_ground_is_traced_over_several_changes_and_back() -> None:
    split = net(grid("a1", 0, 0, 0.4, 1), grid("a2", 0.4, 0, 1, 1), OLD.area("b"), OLD.area("c"))
    merged = net(grid("a1", 0, 0, 0.4, 1), grid("b", 0.4, 0, 2, 1), OLD.area("c"))
    first, second = changed(compare(OLD, split)), changed(compare(split, merged))
    assert trace("a", [first, second]) == {
        "a1": pytest.approx(0.4),
        "b": pytest.approx(0.6),
    }
    assert trace("c", [first, second]) == {"c": 1.0}
    back = [backwards(second), backwards(first)]
    assert trace("b", back) == {"a": pytest.approx(0.375), "b": pytest.approx(0.625)}
    assert trace("b", []) == {"b": 1.0}


def test_backwards_a_split_is_a_merge_and_what_came_goes() -> None:
    links = (
        Link(AreaKind.GRID, Change.SPLIT, "a", "a1", 0.4, 1.0),
        Link(AreaKind.GRID, Change.NEW, None, "z", 0.0, 0.0),
    )
    assert backwards(links) == (
        Link(AreaKind.GRID, Change.MERGED, "a1", "a", 1.0, 0.4),
        Link(AreaKind.GRID, Change.GONE, "z", None, 0.0, 0.0),
    )
    assert backwards(backwards(links)) == links
