"""Which findings of a draft keep it from becoming the net of the day.

A draft is held up by what it brings anew. What is wrong with the active net already, on
the same ground or with the same grid, is told as a warning: holding up an unrelated
change would not make the net any better. Decision 0022.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.assignment import DutyKind
from gridgov.domain.coverage import urgency
from gridgov.domain.coverage_draft import as_array, square_metres
from gridgov.domain.coverage_model import Finding, FindingKind, Severity, Tolerances

DUTY_OF = {FindingKind.NO_LEAD: DutyKind.LEAD, FindingKind.NO_DEPUTY: DutyKind.DEPUTY}
Lack = tuple[str, DutyKind]


class _Fault(StrEnum):
    """What is wrong with some ground, whatever the check calls it."""

    BARE = "bare"
    DOUBLE = "double"
    ASTRAY = "astray"


_OF_GROUND = {
    FindingKind.GAP: (_Fault.BARE,),
    FindingKind.OVERLAP: (_Fault.DOUBLE,),
    FindingKind.OUTSIDE: (_Fault.ASTRAY,),
}
_OF_SLIVER = {
    "gap": (_Fault.BARE,),
    "overlap": (_Fault.DOUBLE,),
    "both": (_Fault.BARE, _Fault.DOUBLE),
}


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The findings of a net, what holds it up first, and which of them are nothing new.

    `known` has the keys of those that the active net has as well.
    """

    findings: tuple[Finding, ...]
    known: frozenset[str] = frozenset()

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Return what keeps the net from being activated."""
        return tuple(finding for finding in self.findings if finding.blocks)


def judge(
    findings: Sequence[Finding],
    *,
    before: Sequence[Finding] = (),
    lacked: Iterable[Lack] = (),
    tolerances: Tolerances | None = None,
) -> Verdict:
    """Say which findings of a draft hold it up.

    `before` are the findings of the active net; `lacked` the (grid of the draft, duty)
    that nobody has in the active net either. A grid that the draft leaves without a lead
    or a deputy blocks.
    """
    limits = tolerances or Tolerances()
    known_ground, known_lacks = _Ground(before, limits), set(lacked)
    unexamined = {
        code for finding in before if finding.kind is FindingKind.UNEXAMINED
        for code in finding.codes
    }  # fmt: skip
    judged, known = [], set()
    for finding in findings:
        duty = DUTY_OF.get(finding.kind)
        if duty is not None:
            old = (finding.codes[0], duty) in known_lacks
        elif not finding.blocks:
            judged.append(finding)
            continue
        elif finding.kind is FindingKind.UNEXAMINED:
            old = unexamined.issuperset(finding.codes) and bool(unexamined)
        else:
            old = known_ground.has(finding)
        judged.append(replace(finding, severity=Severity.WARNS if old else Severity.BLOCKS))
        if old:
            known.add(finding.key)
    return Verdict(tuple(sorted(judged, key=urgency)), frozenset(known))


class _Ground:
    """The faulty ground of the active net."""

    def __init__(self, findings: Iterable[Finding], tolerances: Tolerances) -> None:
        self._least_m2 = min(tolerances.gap_m2, tolerances.overlap_m2)
        kept: dict[_Fault, list[BaseGeometry]] = defaultdict(list)
        for finding in findings:
            for fault in _faults(finding):
                kept[fault].append(finding.geometry)
        self._trees = {fault: shapely.STRtree(ground) for fault, ground in kept.items()}

    def has(self, finding: Finding) -> bool:
        """Tell whether all the ground of a finding was as faulty in the active net."""
        faults = _faults(finding)
        return bool(faults) and self._uncovered_m2(finding, faults) < self._least_m2

    def _uncovered_m2(self, finding: Finding, faults: Sequence[_Fault]) -> float:
        left = finding.geometry
        for fault in faults:
            tree = self._trees.get(fault)
            if tree is not None:
                near = tree.geometries[np.sort(tree.query(left, "intersects"))]
                left = shapely.difference(left, shapely.union_all(near))
        return float(square_metres(as_array([left]))[0])


def _faults(finding: Finding) -> Sequence[_Fault]:
    """Return what is wrong with the ground of a finding; nothing where it is not about ground."""
    if finding.geometry is None:
        return ()
    if finding.kind is FindingKind.SLIVER:
        return _OF_SLIVER.get(finding.detail, ())
    return _OF_GROUND.get(finding.kind, ())
