"""Faults of the small net: what a check finds, where it lies, and whether its repair heals it."""

from collections.abc import Sequence

import shapely

from gridgov.domain import coverage
from gridgov.domain.areas import AreaShape
from gridgov.domain.coverage import Finding, FindingKind
from gridgov.domain.repairs import apply
from tests.support.nets import area_m2, small_net, uncovered_and_double_m2

NET = small_net()
VILLAGE, OTHER = "440608004001", "440608004002"
# The middle grid of the first village; its east neighbour; the one beyond the border.
MIDDLE, EAST, BEYOND = "440608004001005", "440608004001006", "440608004002004"


def found(net: Sequence[AreaShape], kind: FindingKind) -> list[Finding]:
    return [finding for finding in coverage.check(net) if finding.kind is kind]


def the_one(net: Sequence[AreaShape], kind: FindingKind) -> Finding:
    (finding,) = found(net, kind)
    return finding


def lies_in(finding: Finding, ground: shapely.Geometry) -> bool:
    assert finding.place is not None
    return bool(ground.covers(shapely.Point(finding.place.lon, finding.place.lat)))


def assert_healed(net: Sequence[AreaShape]) -> list[AreaShape]:
    """Carry out everything proposed; nothing may block, and the ground must be whole."""
    after = apply(net, [f.repair for f in coverage.check(net) if f.repair])
    assert [f for f in coverage.check(after) if f.blocks] == []
    bare, double = uncovered_and_double_m2(after)
    assert abs(bare) < 1.0
    assert abs(double) < 1.0
    return after


def area_of(net: Sequence[AreaShape], code: str) -> float:
    return area_m2(next(area.geometry for area in net if area.code == code))
