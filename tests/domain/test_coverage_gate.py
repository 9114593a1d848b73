"""What holds a draft up: what it brings anew, and not what the active net has already."""

from collections.abc import Sequence

import shapely

from gridgov.domain import coverage
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.assignment import DutyKind
from gridgov.domain.coverage import Finding, FindingKind, Severity
from gridgov.domain.coverage_gate import judge
from tests.support.nets import metres, small_net, square, with_geometry

NET = small_net()
VILLAGE = "440608004001"
MIDDLE, EAST, SOUTH = "440608004001005", "440608004001006", "440608004001002"
HOLE = square(1.8, 1, 0.2)  # what the middle grid leaves bare at its east side


def narrow(wide: float = 0.8) -> list[AreaShape]:
    return with_geometry(NET, **{f"g{MIDDLE}": square(1, 1, wide)})


def split_beside(net: Sequence[AreaShape]) -> list[AreaShape]:
    """The net with the grid east of the hole cut into two with other codes."""
    east = next(area for area in net if area.code == EAST)
    halves = [
        AreaShape(f"{VILLAGE}{n:03d}", VILLAGE, AreaKind.GRID, "半", "half", square(2, row, 1, 0.5))
        for n, row in ((10, 1), (11, 1.5))
    ]
    return [*(area for area in net if area is not east), *halves]


def held_up(net: Sequence[AreaShape], before: Sequence[AreaShape]) -> list[FindingKind]:
    verdict = judge(coverage.check(net), before=coverage.check(before))
    return [finding.kind for finding in verdict.blocking]


def test_a_hole_that_a_draft_brings_blocks() -> None:
    assert held_up(narrow(), list(NET.values())) == [FindingKind.GAP]


def test_a_hole_that_is_there_today_is_told_and_holds_nothing_up() -> None:
    verdict = judge(coverage.check(narrow()), before=coverage.check(narrow()))
    (gap,) = verdict.findings
    assert (gap.kind, gap.severity) == (FindingKind.GAP, Severity.WARNS)
    assert verdict.known == {gap.key}
    assert verdict.blocking == ()
    assert gap.repair is not None


def test_the_same_hole_beside_a_grid_with_another_code_is_nothing_new() -> None:
    draft = split_beside(narrow())
    assert {f.codes for f in coverage.check(draft)} != {f.codes for f in coverage.check(narrow())}
    assert held_up(draft, narrow()) == []


def test_a_hole_that_has_grown_blocks_and_one_that_has_shrunk_does_not() -> None:
    assert held_up(narrow(0.7), narrow(0.8)) == [FindingKind.GAP]
    assert held_up(narrow(0.9), narrow(0.8)) == []


def test_ground_held_twice_is_another_fault_than_bare_ground() -> None:
    double = with_geometry(NET, **{f"g{MIDDLE}": square(1, 1, 1), f"g{EAST}": square(1.8, 1, 1.2)})
    assert held_up(double, narrow()) == [FindingKind.OVERLAP]
    assert held_up(double, double) == []


def test_strips_that_are_there_today_hold_nothing_up_when_a_neighbour_is_split() -> None:
    shifted = with_geometry(NET, **{f"g{MIDDLE}": _shifted(0.5)})
    (sliver, *_) = [f for f in coverage.check(shifted) if f.kind is FindingKind.SLIVER]
    assert sliver.blocks
    assert held_up(split_beside(shifted), shifted) == []
    assert FindingKind.SLIVER in held_up(shifted, list(NET.values()))


def _shifted(east_m: float) -> shapely.Geometry:
    corners = [(100, 100), (200, 100), (200, 200), (100, 200)]
    return shapely.Polygon([metres(x + east_m, y) for x, y in corners])


def test_ground_beyond_the_parent_that_lay_there_already_holds_nothing_up() -> None:
    out = with_geometry(NET, g440608004001001=square(-0.5, 0, 1.5))
    assert held_up(out, list(NET.values())) == [FindingKind.OUTSIDE]
    assert held_up(out, out) == []


def test_what_cannot_be_drawn_blocks_whatever_was_before() -> None:
    bow_tie = shapely.Polygon(
        [metres(*c) for c in [(100, 100), (200, 200), (200, 100), (100, 200)]]
    )
    net = with_geometry(NET, **{f"g{MIDDLE}": bow_tie})
    assert FindingKind.INVALID in held_up(net, net)


def test_what_was_not_looked_at_is_known_where_it_was_not_looked_at_before() -> None:
    finding = Finding(FindingKind.UNEXAMINED, Severity.BLOCKS, (VILLAGE,), unit="areas")
    assert judge([finding]).blocking
    assert not judge([finding], before=[finding]).blocking
    other = Finding(FindingKind.UNEXAMINED, Severity.BLOCKS, (VILLAGE, "440608004002"))
    assert judge([other], before=[finding]).blocking


def test_a_grid_without_a_lead_or_a_deputy_blocks_unless_it_has_none_today() -> None:
    everybody = frozenset({"lead", "deputy"})
    staffed = {area.code: everybody for area in NET.values() if area.kind is AreaKind.GRID}
    staffed |= {MIDDLE: frozenset({"lead"}), SOUTH: frozenset({"deputy"})}
    findings = coverage.check(list(NET.values()), staffed=staffed)
    both = judge(findings)
    assert {(f.kind, f.codes[0]) for f in both.blocking} == {
        (FindingKind.NO_DEPUTY, MIDDLE),
        (FindingKind.NO_LEAD, SOUTH),
    }
    one = judge(findings, lacked=[(MIDDLE, DutyKind.DEPUTY), (SOUTH, DutyKind.DEPUTY)])
    assert [(f.kind, f.codes[0]) for f in one.blocking] == [(FindingKind.NO_LEAD, SOUTH)]
    assert [f.codes[0] for f in one.findings] == [SOUTH, MIDDLE]  # what blocks comes first


def test_what_only_warns_stays_a_warning() -> None:
    exclave = square(2.3, 1.3, 0.3, 0.3)
    net = with_geometry(
        NET,
        **{f"g{MIDDLE}": shapely.union(square(1, 1), exclave), f"g{EAST}": square(2, 1) - exclave},
    )
    verdict = judge(coverage.check(net))
    assert [(f.kind, f.blocks) for f in verdict.findings] == [(FindingKind.EXCLAVE, False)]
    assert verdict.known == frozenset()
