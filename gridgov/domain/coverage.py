"""The checks of a net before it is activated: no hole, no double ground, no loose end.

`check` reads a net and returns what is wrong with it, each fault with its place and, where
one is safe, a proposed repair; `repairs.apply` carries proposals out. Unit grids, villages
and towns must divide their parent's ground; professional grids lie over it and need only
lie in the district.

The levels are checked from the top down, and each against its parents as the proposals
would leave them, so that all proposals together leave nothing that blocks: a hole between
two villages is a finding of the villages, and one of the grids that do not fill it.
"""

from collections.abc import Callable, Mapping, Sequence

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage_draft import Draft
from gridgov.domain.coverage_ground import check_level
from gridgov.domain.coverage_model import (
    Finding,
    FindingKind,
    Move,
    Repair,
    RepairAction,
    Severity,
    Tolerances,
)
from gridgov.domain.coverage_shapes import (
    check_exclaves,
    check_overlays,
    check_polygons,
    check_sizes,
)
from gridgov.domain.coverage_tree import check_codes, check_parents, check_staff

__all__ = [
    "STAGES",
    "Finding",
    "FindingKind",
    "Move",
    "Repair",
    "RepairAction",
    "Severity",
    "Tolerances",
    "check",
    "urgency",
]

_ORDER = {kind: place for place, kind in enumerate(FindingKind)}

# In this order: each stage reads what the one before it has put right on the draft.
STAGES: tuple[tuple[str, Callable[[Draft, Tolerances], list[Finding]]], ...] = (
    ("codes", check_codes),
    ("polygons", check_polygons),
    ("tree", check_parents),
    ("towns", lambda draft, t: check_level(draft, AreaKind.TOWN, t)),
    ("villages", lambda draft, t: check_level(draft, AreaKind.VILLAGE, t)),
    ("grids", lambda draft, t: check_level(draft, AreaKind.GRID, t)),
    ("exclaves", check_exclaves),
    ("professional grids", check_overlays),
    ("sizes", check_sizes),
    ("staff", check_staff),
)


def check(
    shapes: Sequence[AreaShape],
    *,
    tolerances: Tolerances | None = None,
    staffed: Mapping[str, frozenset[str]] | None = None,
) -> list[Finding]:
    """Return everything that is wrong with a net, what blocks first.

    The areas may be in any state a file can leave them in; nothing is raised for a fault
    of the net. `staffed` gives for each grid the duties that somebody has ("lead",
    "deputy"); None leaves that check out. A net that is sound gives an empty list.
    Repairs are proposals for the net as given: carry out those wanted, and check again.
    """
    limits = tolerances or Tolerances()
    draft = Draft(shapes, staffed)
    findings = [finding for _, stage in STAGES for finding in stage(draft, limits)]
    return sorted(findings, key=urgency)


def urgency(finding: Finding) -> tuple[bool, int, float, tuple[str, ...]]:
    """Return the key to sort by: what blocks first, then by kind, the largest, by code."""
    size = 0.0 if finding.measure is None else -finding.measure
    return not finding.blocks, _ORDER[finding.kind], size, finding.codes
