"""The page of the checks: findings by check, fifty at a time, and the people a grid lacks."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from shapely.geometry.base import BaseGeometry

from gridgov.domain import repairs
from gridgov.domain.areas import AreaKind
from gridgov.domain.coverage import Finding, FindingKind
from gridgov.domain.routing import Net
from gridgov.services.grids_checks import TOLERANCES, Checked
from gridgov.services.grids_roster import GRIDS
from gridgov.web import finding_words

PAGE = 50
LEAST_VIEW_DEGREES = 0.001  # 100 m around a fault of a few centimetres


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the page: the kinds of finding it stands for, and its words."""

    name: str
    kinds: frozenset[FindingKind]
    word: Any
    passed: Any


def _check(name: str, word: Any, passed: Any, *kinds: FindingKind) -> Check:
    return Check(name, frozenset(kinds), word, passed)


K = FindingKind
CHECKS = (
    _check("outlines", _l("Outlines"), _l("All outlines are valid"), K.NO_POLYGON, K.INVALID),
    _check("codes", _l("Codes"), _l("Each code stands once"), K.DUPLICATE_CODE, K.CODE_SHAPE),
    _check("tree", _l("Parents"), _l("Every area has its parent"), K.ORPHAN),
    _check("gaps", _l("Gaps"), _l("No gaps"), K.GAP, K.UNEXAMINED),
    _check("overlaps", _l("Overlaps"), _l("No overlaps"), K.OVERLAP),
    _check("slivers", _l("Slivers"), _l("Borders meet"), K.SLIVER),
    _check("outside", _l("Reaching out"), _l("All lie in their parents"), K.OUTSIDE),
    _check("pieces", _l("Pieces apart"), _l("Every grid is of one piece"), K.EXCLAVE),
    _check("staff", _l("Lead and deputy"), _l("Every grid has both"), K.NO_LEAD, K.NO_DEPUTY),
    _check("sizes", _l("Sizes"), _l("No grid is out of proportion"), K.SIZE),
)
CHECK_OF = {kind: check.name for check in CHECKS for kind in check.kinds}
STAFF = frozenset({K.NO_LEAD, K.NO_DEPUTY})


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What stands as one in the list: a finding, or all that one grid lacks."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """Return the finding that names it."""
        return self.findings[0]

    @property
    def check(self) -> str:
        """Return the name of the check it belongs to."""
        return CHECK_OF[self.first.kind]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One page of a list: what is asked for and what is shown."""

    check: str
    page: int
    pages: int
    shown: tuple[Entry, ...]


def entries(checked: Checked) -> list[Entry]:
    """Return what the list has: what two findings say of one grid's people stands as one."""
    found: list[Entry] = []
    at: dict[tuple[str, bool], int] = {}
    for finding in checked.verdict.findings:
        key = (finding.codes[0], finding.blocks) if finding.kind in STAFF else None
        if key is not None and key in at:
            found[at[key]] = Entry((*found[at[key]].findings, finding))
            continue
        if key is not None:
            at[key] = len(found)
        found.append(Entry((finding,)))
    return found


def view_of(listed: Sequence[Entry], check: str, page: int) -> View:
    """Return the asked page of a list, the nearest there is."""
    chosen = [one for one in listed if check in ("", one.check)]
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(max(page, 1), pages)
    return View(check, page, pages, tuple(chosen[(page - 1) * PAGE : page * PAGE]))


def safe_of(checked: Checked) -> list[Finding]:
    """Return the findings whose repairs may be carried out all at once, unseen."""
    return [finding for finding in checked.verdict.findings if repairs.is_safe(finding)]


# ── the lines of the checks ──────────────────────────────────────────────────────────────


def lines(checked: Checked, listed: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return each check as a line: what blocks first, then what is to note, then what passed."""
    counted = Counter((entry.check, entry.first.blocks) for entry in listed)
    figures, found = _figures(checked.net), []
    for check in CHECKS:
        blocking, noted = counted[check.name, True], counted[check.name, False]
        state = "stop" if blocking else "note" if noted else "done"
        found.append(
            {
                "name": check.name,
                "state": state,
                "word": str(check.passed if state == "done" else check.word),
                "blocking": blocking,
                "noted": noted,
                "figure": figures[check.name],
            }
        )
    order = ("stop", "note", "done")
    return sorted(found, key=lambda line: order.index(line["state"]))


def _figures(net: Net) -> dict[str, str]:
    """Return for each check what it looked at, or what it lets pass."""
    t = TOLERANCES
    counts = Counter(area.kind for area in net.areas())
    areas, units = f"{len(net):,}", f"{counts[AreaKind.GRID]:,}"
    grids = f"{sum(counts[kind] for kind in GRIDS):,}"
    return {
        "outlines": f"{areas} / {areas}",
        "codes": f"{areas} / {areas}",
        "tree": f"{areas} / {areas}",
        "gaps": _("0, up to %(limit)s allowed", limit=f"{t.gap_m2:g} m²"),
        "overlaps": _("0, up to %(limit)s allowed", limit=f"{t.overlap_m2:g} m²"),
        "slivers": _("0, up to %(limit)s allowed", limit=f"{t.gap_m2:g} m²"),
        "outside": _("0, up to %(limit)s allowed", limit=f"{t.parent_m:g} m"),
        "pieces": f"{units} / {units}",
        "staff": f"{grids} / {grids}",
        "sizes": _("up to %(times)s times the usual", times=f"{t.outlier_factor:g}"),
    }


# ── the list ─────────────────────────────────────────────────────────────────────────────


def shown(checked: Checked, view: View) -> list[dict[str, Any]]:
    """Return the entries of a page in words."""
    return [_entry(checked, entry, place) for place, entry in enumerate(view.shown)]


def _entry(checked: Checked, entry: Entry, place: int) -> dict[str, Any]:
    finding, net = entry.first, checked.net
    code = finding.codes[0] if finding.codes else ""
    number = checked.version.number
    return {
        "place": place,
        "key": finding.key,
        "blocks": finding.blocks,
        "known": finding.key in checked.verdict.known,
        "title": _title(entry, net),
        "detail": finding_words.detail(finding, net),
        "where": finding_words.place(finding, net),
        "drawn": finding.place is not None,
        "repair": None if finding.repair is None else finding_words.repair(finding.repair, net),
        "url": url_for("grids.editor", number=number, grid=code if net.find(code) else None),
        "staff": finding.kind in STAFF,
        "code": code,
    }


def _title(entry: Entry, net: Net) -> str:
    if len(entry.findings) > 1:
        name = finding_words.name_of(net.find(entry.first.codes[0]), entry.first.codes[0])
        return _("%(area)s has neither lead nor deputy", area=name)
    return finding_words.title(entry.first, net)


def drawn(checked: Checked, view: View) -> dict[str, Any]:
    """Return the faulty ground of a page as GeoJSON, each with a point to find it by."""
    features = []
    for place, entry in enumerate(view.shown):
        properties = {"place": place, "blocks": entry.first.blocks}
        features += [
            {
                "type": "Feature",
                "properties": properties,
                "geometry": json.loads(shapely.to_geojson(geometry)),
            }
            for geometry in _to_draw(entry.first)
        ]
    return {"type": "FeatureCollection", "features": features}


def _to_draw(finding: Finding) -> Iterator[BaseGeometry]:
    """Yield the ground of a fault and a point on it: a strip of a centimetre is seen nowhere."""
    if finding.geometry is not None and not finding.geometry.is_empty and finding.place is not None:
        yield finding.geometry
    if finding.place is not None:
        yield shapely.Point(finding.place.lon, finding.place.lat)


def fit_of(checked: Checked, view: View) -> list[float]:
    """Return what the map shows first: what blocks, else what is to note, else the district."""
    told = [entry.first for entry in view.shown if entry.first.place is not None]
    urgent = [finding for finding in told if finding.blocks] or told
    ground = [shape for finding in urgent for shape in _to_draw(finding)]
    if ground:
        margin = LEAST_VIEW_DEGREES * np.array([-1.0, -1.0, 1.0, 1.0])
        return [float(degrees) for degrees in shapely.total_bounds(ground) + margin]
    drawn = [area.geometry for area in checked.net.areas(AreaKind.GRID)]
    return [float(degrees) for degrees in shapely.total_bounds(drawn)]
