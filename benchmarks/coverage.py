"""Measure the checks of a net: seconds for each check, beside a bare union of the same grids.

    python -m benchmarks.coverage [--cells 150000] [--json]

For each size one process of its own: it draws (or reads) the net, unites its grids with
`shapely.coverage_union_all` (the least that must be done to look for a hole), and checks
the net as it is, which must find nothing. Then every hundredth grid, at most 300, is
shifted by a metre: the checks must tell of each, and the repairs must leave nothing that
blocks. One thread works; memory is the largest resident set so far, net included. Every grid
has a lead, and every hundredth no deputy.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from benchmarks import alone
from benchmarks.nets import SEED, net
from gridgov.domain import coverage, repairs
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage_draft import Draft

TITLE = "Is the net without a hole?"
SIZES = (683, 10_000, 150_000)
SHIFTED_SHARE = 0.01
MOST_SHIFTED = 300
METRE_DEGREES = 1e-5
# What is promised: all checks of so many grids, in so many seconds.
PROMISED_GRIDS, PROMISED_S = 150_000, 60.0
LEAD, BOTH = frozenset({"lead"}), frozenset({"lead", "deputy"})


def run() -> dict[str, Any]:
    """Measure every size in a process of its own; return `{"sizes": [one result each]}`."""
    return {"sizes": [_apart(cells) for cells in SIZES]}


def _apart(cells: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.coverage", "--cells", str(cells), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)["sizes"][0]
    return found


def measure(cells: int) -> dict[str, Any]:
    """Check one net, sound and broken.

    Returns `{"cells", "areas", "corners", "stages": {name: seconds}, "check_s", "union_s",
    "net_mib", "check_mib", "broken": {"grids", "told", "findings", "check_s", "repair_s",
    "blocking_after"}, "peak_mib"}`.
    """
    areas = net(cells)
    grids = [area.geometry for area in areas if area.kind is AreaKind.GRID]
    corners = int(np.median(shapely.get_num_coordinates(grids)))
    net_mib = _peak_mib()
    draft, limits, stages, findings = Draft(areas, _staffed(areas)), coverage.Tolerances(), {}, 0
    for name, stage in coverage.STAGES:
        start = time.perf_counter()
        findings += len([finding for finding in stage(draft, limits) if finding.blocks])
        stages[name] = round(time.perf_counter() - start, 3)
    if findings:
        raise SystemExit(f"a sound net of {cells} grids has {findings} blocking findings")
    check_mib = _peak_mib()
    start = time.perf_counter()
    shapely.coverage_union_all(grids)
    union_s = time.perf_counter() - start
    return {
        "cells": cells,
        "areas": len(areas),
        "corners": corners,
        "stages": stages,
        "check_s": round(sum(stages.values()), 3),
        "union_s": round(union_s, 3),
        "net_mib": net_mib,
        "check_mib": check_mib,
        "broken": _broken(areas),
        "peak_mib": _peak_mib(),
    }


def _staffed(areas: Sequence[AreaShape]) -> dict[str, frozenset[str]]:
    grids = [area.code for area in areas if area.kind is AreaKind.GRID]
    return {code: LEAD if n % 100 == 0 else BOTH for n, code in enumerate(grids)}


def _broken(areas: Sequence[AreaShape]) -> dict[str, Any]:
    """Shift some grids by a metre; check, repair, and check again."""
    rng = np.random.default_rng(SEED)
    grids = [i for i, area in enumerate(areas) if area.kind is AreaKind.GRID]
    count = max(1, min(MOST_SHIFTED, int(SHIFTED_SHARE * len(grids))))
    shifted = {int(i) for i in rng.choice(grids, count, replace=False)}
    broken = [
        replace(area, geometry=shapely.transform(area.geometry, lambda ends: ends + METRE_DEGREES))
        if i in shifted
        else area
        for i, area in enumerate(areas)
    ]
    start = time.perf_counter()
    findings = coverage.check(broken)
    check_s = time.perf_counter() - start
    start = time.perf_counter()
    healed = repairs.apply(broken, [finding.repair for finding in findings if finding.repair])
    repair_s = time.perf_counter() - start
    named = {code for finding in findings for code in finding.codes}
    return {
        "grids": count,
        "told": sum(areas[i].code in named for i in shifted),
        "findings": len(findings),
        "check_s": round(check_s, 3),
        "repair_s": round(repair_s, 3),
        "blocking_after": sum(finding.blocks for finding in coverage.check(healed)),
    }


def _peak_mib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0, 1)


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as tables."""
    sizes = result["sizes"]
    head = " | ".join(f"{one['cells']:,} grids" for one in sizes)
    lines = [
        f"Synthetic nets (`benchmarks/nets.py`) of {sizes[-1]['corners']} corners a grid (median), "
        "with villages, towns and district; one thread of one process. The baseline is a bare "
        "`shapely.coverage_union_all` of the same grids in the same process.",
        "",
        f"| seconds | {head} |",
        "|---|" + "---|" * len(sizes),
        *(
            f"| {name} | " + " | ".join(f"{one['stages'][name]:.2f}" for one in sizes) + " |"
            for name in sizes[0]["stages"]
        ),
        "| **all checks** | " + " | ".join(f"**{one['check_s']:.2f}**" for one in sizes) + " |",
        "| *baseline:* bare union | " + " | ".join(f"{one['union_s']:.3f}" for one in sizes) + " |",
        "| ratio to baseline | "
        + " | ".join(f"{one['check_s'] / one['union_s']:.1f}" for one in sizes)
        + " |",
        "| peak memory MiB (of which the net and Python) | "
        + " | ".join(f"{one['check_mib']:.0f} ({one['net_mib']:.0f})" for one in sizes)
        + " |",
        "",
        *(_promise(one) for one in sizes if one["cells"] == PROMISED_GRIDS),
        *(_broken_words(one) for one in sizes),
    ]
    return "\n".join(lines)


def _promise(one: dict[str, Any]) -> str:
    slowest = max(one["check_s"], one["broken"]["check_s"])
    kept = "kept" if slowest < PROMISED_S else "**not kept**"
    return (
        f"- Promised: {PROMISED_GRIDS:,} grids in under {PROMISED_S:.0f} s. {kept.capitalize()}: "
        f"{slowest:.1f} s at most, sound or broken, with a peak of {one['peak_mib']:,.0f} MiB."
    )


def _broken_words(one: dict[str, Any]) -> str:
    broken = one["broken"]
    return (
        f"- {one['cells']:,} grids, {broken['grids']} of them shifted by a metre: {broken['told']} "
        f"named in {broken['findings']:,} findings, {broken['check_s']:.2f} s; all repairs carried "
        f"out in {broken['repair_s']:.2f} s; {broken['blocking_after']} findings block afterwards."
    )


def main() -> None:
    """Run from the command line."""
    parser = alone.parser(__doc__)
    parser.add_argument("--cells", type=int, help="measure this size only")
    asked = parser.parse_args()
    result = run() if asked.cells is None else {"sizes": [measure(asked.cells)]}
    alone.tell(result, as_markdown, only_json=asked.json)


if __name__ == "__main__":
    main()
