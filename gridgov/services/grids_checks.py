"""The checks of a version for people: what is wrong, what holds it up, and carrying out repairs.

The ground is checked once for a draft as it is (its `revision` changes with every step) and
kept in the process: 150,000 grids take seconds. Who is on duty is looked up anew each time.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridgov.domain import coverage, coverage_gate, repairs
from gridgov.domain.areas import AreaShape
from gridgov.domain.coverage import Finding, Tolerances
from gridgov.domain.coverage_draft import Draft
from gridgov.domain.coverage_gate import Lack, Verdict
from gridgov.domain.coverage_tree import check_staff
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.lineage import Link
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Net
from gridgov.services import grids, grids_edit, grids_lineage, grids_roster
from gridgov.services.grids_roster import GRIDS, Roster
from gridgov.services.reference import of as reference_of
from gridgov.storage import areas, grid_changes, people
from gridgov.storage.areas import ACTIVE, DRAFT, GridVersion
from gridgov.storage.grid_changes import GridEdit

TOLERANCES = Tolerances()
Staffed = Mapping[str, frozenset[str]]


class NetNotSound(Conflict):
    """Findings of a draft hold it up; `count` says how many."""

    code = "net_not_sound"


class FindingGone(Conflict):
    """The draft changed since its findings were shown: there is another list of them now."""

    code = "finding_gone"


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """Everything a check needs of the database; `perform` needs no session any more.

    `active` is the version the draft would replace, None where that one itself is checked.
    """

    version: GridVersion
    net: Net
    active: GridVersion | None
    active_net: Net
    edited: Mapping[str, str]
    roster: Roster
    planned: Roster


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What the checks of a version say, and who would have the duties in it.

    `roster` is by grid, the lead first, with what `begins` by plan on activation.
    """

    version: GridVersion
    net: Net
    verdict: Verdict
    roster: Roster
    begins: Roster


def gather(session: Session, version: GridVersion, *, now: datetime) -> Script:
    """Read what the checks of a draft, or of the active version, need.

    Raises: NotADraft for any other version; InvalidInput (the areas make no net).
    """
    if version.status not in (DRAFT, ACTIVE):
        raise grids.NotADraft(f"grid version {version.number} is {version.status}")
    reference = reference_of(session, version.district_code)
    is_draft = version.status == DRAFT
    number = reference.net.version
    return Script(
        version=version,
        net=grids.net_of(session, version),
        active=areas.version(session, version.district_code, number) if is_draft else None,
        active_net=reference.net,
        edited=grid_changes.carried(session, version.id) if is_draft else {},
        roster=people.roster(session, version.district_code, reference.local_day(now)),
        planned=grids_roster.planned(session, version) if is_draft else {},
    )


def perform(script: Script) -> Checked:
    """Check what was gathered: seconds for 150,000 grids, once for a draft as it is.

    To be called without a transaction where it can be: PostgreSQL ends one that idles so
    long, and on SQLite everybody would wait.
    """
    ground = _ground(script.version, script.net)
    if script.active is None:
        staffed = _staffed(script.roster)
        verdict = Verdict(tuple(sorted([*ground, *_staff(script, staffed)], key=coverage.urgency)))
        return Checked(script.version, script.net, verdict, script.roster, {})
    links = _links(script)
    carried = grids_roster.carried_roster(
        script.roster, grids_roster.carries(script.edited, script.net, links)
    )
    begins = grids_roster.beginning(carried, script.planned, script.net, script.edited)
    roster = grids_roster.joined(carried, begins)
    staff = _staff(script, _staffed(roster))
    before: Sequence[Finding] = ()
    if any(finding.blocks for finding in ground):
        before = _ground(script.active, script.active_net)
    verdict = coverage_gate.judge(
        [*ground, *staff], before=before, lacked=_lacked(script, staff, links)
    )
    return Checked(script.version, script.net, verdict, roster, begins)


def examine(session: Session, version: GridVersion, *, now: datetime) -> Checked:
    """Gather and perform at once: where the ground was checked already, and for tests."""
    return perform(gather(session, version, now=now))


def check_draft(session: Session, draft: GridVersion, *, now: datetime) -> list[Finding]:
    """Return the findings of a draft, what holds it up first. Raises: NotADraft."""
    return list(examine(session, draft, now=now).verdict.findings)


def refuse_unsound(checked: Checked) -> None:
    """Stop a draft that must not be activated. Raises: NetNotSound, with the count."""
    count = len(checked.verdict.blocking)
    if count:
        number = checked.version.number
        raise NetNotSound(f"{count} findings hold version {number} up", number=number, count=count)


def repair(
    session: Session, draft: GridVersion, keys: Collection[str], *, by: Actor, now: datetime
) -> GridEdit:
    """Carry out what is proposed for some findings, as one step that can be undone.

    Raises: NotADraft; InvalidInput (keys: missing); FindingGone where one of the findings
    is none any more, has no repair, or the repairs leave an area without a sound outline.
    """
    if not keys:
        raise InvalidInput("keys", "missing")
    draft = grids.open_draft(session, draft)
    net = grids.net_of(session, draft)
    found = {finding.key: finding.repair for finding in _ground(draft, net)}
    wanted = [found.get(key) for key in keys]
    proposed = [repair for repair in wanted if repair is not None]
    if len(proposed) < len(wanted):
        raise FindingGone(f"version {draft.number} has other findings now", number=draft.number)
    shapes = net.areas()
    healed = repairs.apply(shapes, proposed)
    changed = {new.code: new for old, new in zip(shapes, healed, strict=True) if new is not old}
    if not changed or not _sound(changed.values()):
        raise FindingGone(f"version {draft.number} cannot be mended like that")
    before = [dict(row) for row in areas.find_areas(session, draft, changed)]
    after = [
        {
            **row,
            "geometry": changed[row["code"]].geometry,
            "parent_code": changed[row["code"]].parent_code,
        }
        for row in before
    ]
    return grids_edit.take_step(session, draft, "repair", before, after, by, now)


def _sound(shapes: Collection[AreaShape]) -> bool:
    drawn = np.array([shape.geometry for shape in shapes], dtype=object)
    return bool((shapely.is_valid(drawn) & ~shapely.is_empty(drawn)).all())


def _links(script: Script) -> tuple[Link, ...]:
    """Return the news of a draft; nothing is compared where no code came or went."""
    if script.net.codes == script.active_net.codes:
        return ()
    return grids_lineage.news(script.version, script.active_net, script.net)


def _staffed(roster: Roster) -> dict[str, frozenset[str]]:
    return {code: frozenset(str(duty.kind) for duty in duties) for code, duties in roster.items()}


def _lacked(script: Script, staff: Sequence[Finding], links: Sequence[Link]) -> Iterator[Lack]:
    """Yield the grids and duties that were nobody's before either.

    A new grid is judged by those on whose ground it lies. Where no grid of the district
    has people, its cases go to units, and no grid needs any.
    """
    nobody_anywhere = not script.roster
    before: dict[str, set[str]] = {}
    for link in links:
        if link.from_code is not None and link.to_code is not None:
            before.setdefault(link.to_code, set()).add(link.from_code)
    staffed = _staffed(script.roster)
    for finding in staff:
        code, duty = finding.codes[0], coverage_gate.DUTY_OF[finding.kind]
        known = script.active_net.find(code) is not None
        grounds = {code} if known else before.get(code, set())
        lacking = bool(grounds) and not any(duty in staffed.get(one, ()) for one in grounds)
        if nobody_anywhere or lacking:
            yield code, duty


# ── what a process keeps ─────────────────────────────────────────────────────────────────

_Stamp = tuple[UUID, UUID | None]
_KEPT = 4
_lock = threading.Lock()
_grounds: OrderedDict[_Stamp, tuple[Finding, ...]] = OrderedDict()
_staffs: OrderedDict[_Stamp, tuple[Staffed, tuple[Finding, ...]]] = OrderedDict()


def _ground(version: GridVersion, net: Net) -> tuple[Finding, ...]:
    """Return the findings of a version but those about people."""
    stamp = (version.id, version.revision)
    with _lock:
        found = _grounds.get(stamp)
    if found is None:
        # Two threads may both check it; they find the same, and nobody else waits.
        found = tuple(coverage.check(net.areas(), tolerances=TOLERANCES))
        _keep(_grounds, stamp, found)
    return found


def _staff(script: Script, staffed: Staffed) -> tuple[Finding, ...]:
    """Return the grids that lack people; worked out anew only when the people are others."""
    stamp = (script.version.id, script.version.revision)
    with _lock:
        kept = _staffs.get(stamp)
    if kept is not None and kept[0] == staffed:
        return kept[1]
    shapes = [shape for shape in script.net.areas() if shape.kind in GRIDS]
    found = tuple(check_staff(Draft(shapes, staffed), TOLERANCES))
    _keep(_staffs, stamp, (staffed, found))
    return found


def _keep(kept: OrderedDict[_Stamp, Any], stamp: _Stamp, found: Any) -> None:
    with _lock:
        kept[stamp] = found
        kept.move_to_end(stamp)
        while len(kept) > _KEPT:
            kept.popitem(last=False)
