"""Checks of codes, of the tree, and of who is on duty."""

import re
from collections import Counter, defaultdict

import numpy as np
import shapely

from gridgov.domain.areas import AreaKind
from gridgov.domain.assignment import DutyKind
from gridgov.domain.coverage_draft import NOBODY, RANK, Draft, as_array, place_on, square_metres
from gridgov.domain.coverage_model import (
    Finding,
    FindingKind,
    Repair,
    RepairAction,
    Severity,
    Tolerances,
)

# Twelve digits of the village and three of the grid.
# Source: domain.md 5.1, after GB/T 30428.1; other districts number otherwise.
_SERIAL_DIGITS = 3
_GRID_CODE = re.compile(r"^\d{15}$")
# The convention is a district's own if this part of its grids follow it.
_FOLLOWED = 0.5
# An orphan belongs where this part of it lies.
_MOSTLY = 0.5
_OVERLAYS = (AreaKind.GRID, AreaKind.PROFESSIONAL)


def check_codes(draft: Draft, tolerances: Tolerances) -> list[Finding]:
    """Find codes that are missing, stand twice, or break the district's own convention."""
    del tolerances  # codes have no degree
    counts = Counter(draft.codes)
    draft.twice = {code for code, times in counts.items() if times > 1}
    findings = []
    for i, code in enumerate(draft.codes):
        if not code.strip():
            kind = FindingKind.CODE_SHAPE
            findings.append(_about(draft, i, kind, Severity.BLOCKS, "missing"))
        elif code in draft.twice:
            kind = FindingKind.DUPLICATE_CODE
            findings.append(_about(draft, i, kind, Severity.BLOCKS, f"{counts[code]}"))
    grids = [i for i, kind in enumerate(draft.kinds) if kind is AreaKind.GRID]
    odd = [i for i in grids if not _conventional(draft, i)]
    if len(odd) < _FOLLOWED * len(grids):
        findings += [
            _about(draft, i, FindingKind.CODE_SHAPE, Severity.WARNS, "odd")
            for i in odd
            if draft.codes[i].strip()
        ]
    return findings


def _conventional(draft: Draft, i: int) -> bool:
    """Tell whether a grid's code is its village's code and three digits."""
    code = draft.codes[i]
    return bool(_GRID_CODE.match(code)) and code[:-_SERIAL_DIGITS] == draft.shapes[i].parent_code


def check_parents(draft: Draft, tolerances: Tolerances) -> list[Finding]:
    """Find areas whose parent is unknown or of the wrong kind; propose the one they lie in."""
    del tolerances
    at: dict[str, int] = {}
    for i, code in enumerate(draft.codes):
        at.setdefault(code, i)
    orphans: list[tuple[int, str]] = []
    for i, shape in enumerate(draft.shapes):
        parent = NOBODY if shape.parent_code is None else at.get(shape.parent_code, NOBODY)
        if shape.kind is AreaKind.DISTRICT and shape.parent_code is None:
            continue
        if parent == NOBODY:
            orphans.append((i, "unknown" if shape.parent_code else "none"))
        elif not _may_stand_above(draft.kinds[parent], shape.kind):
            orphans.append((i, "kind"))
        else:
            draft.parents[i] = parent
    usual = _usual_parents(draft)
    return [_orphan(draft, i, why, usual) for i, why in orphans]


def _may_stand_above(parent: AreaKind, child: AreaKind) -> bool:
    return parent is not AreaKind.PROFESSIONAL and RANK[parent] < RANK[child]


def _usual_parents(draft: Draft) -> dict[AreaKind, AreaKind]:
    """Return for each kind the kind most of its parents are of."""
    seen: dict[AreaKind, Counter[AreaKind]] = defaultdict(Counter)
    for kind, parent in zip(draft.kinds, draft.parents.tolist(), strict=True):
        if parent != NOBODY:
            seen[kind][draft.kinds[parent]] += 1
    return {kind: counts.most_common(1)[0][0] for kind, counts in seen.items()}


def _orphan(draft: Draft, i: int, why: str, usual: dict[AreaKind, AreaKind]) -> Finding:
    """Report an orphan, and adopt it on the draft where it mostly lies."""
    home = _home(draft, i, usual)
    finding = _about(draft, i, FindingKind.ORPHAN, Severity.BLOCKS, why)
    if home == NOBODY or not draft.repairable(i, home):
        return finding
    draft.parents[i] = home
    repair = Repair(RepairAction.ADOPT, draft.codes[i], draft.codes[home])
    return Finding(
        finding.kind,
        finding.severity,
        finding.codes,
        finding.place,
        finding.geometry,
        parent_code=finding.parent_code,
        detail=why,
        repair=repair,
    )


def _home(draft: Draft, i: int, usual: dict[AreaKind, AreaKind]) -> int:
    """Return the area an orphan mostly lies in, of the kind that parents such areas."""
    geometry, kind = draft.geometries[i], draft.kinds[i]
    above = [k for k in reversed(AreaKind) if _may_stand_above(k, kind) and k in draft.kinds]
    wanted = usual.get(kind, above[0] if above else None)
    if geometry is None or wanted is None:
        return NOBODY
    candidates = draft.of_kind(wanted)
    candidates = candidates[candidates != i]
    if len(candidates) == 0:
        return NOBODY
    common = shapely.area(shapely.intersection(draft.geometries[candidates], geometry))
    best = int(np.argmax(common))
    return int(candidates[best]) if common[best] > _MOSTLY * geometry.area else NOBODY


def check_staff(draft: Draft, tolerances: Tolerances) -> list[Finding]:
    """Find grids, unit and professional, without a lead or without a deputy."""
    del tolerances
    staffed = draft.staffed
    if staffed is None:
        return []
    missing = ((FindingKind.NO_LEAD, DutyKind.LEAD), (FindingKind.NO_DEPUTY, DutyKind.DEPUTY))
    return [
        _about(draft, i, kind, Severity.WARNS, "")
        for i, code in enumerate(draft.codes)
        if draft.kinds[i] in _OVERLAYS
        for kind, duty in missing
        if duty not in staffed.get(code, frozenset())
    ]


def _about(draft: Draft, i: int, kind: FindingKind, severity: Severity, detail: str) -> Finding:
    """Return a finding about a whole area, shown where the area lies."""
    geometry = draft.geometries[i]
    drawn = geometry is not None
    return Finding(
        kind,
        severity,
        (draft.codes[i],),
        place_on(geometry) if drawn else None,
        geometry,
        float(square_metres(as_array([geometry]))[0]) if drawn else None,
        parent_code=draft.shapes[i].parent_code,
        detail=detail,
    )
