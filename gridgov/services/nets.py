"""The nets a process knows: read once per version, kept for as long as they are needed.

A version that was active never changes, and a draft gets another `revision` with every
step, so what was read stays right. Kept are the last few of a district: the active one,
the draft somebody rehearses (activating it then costs no reading), the one before.

A draft that is being edited is not read again after each step (4 s at 150,000 grids):
its net is made from the one before by what the steps between them took away and put in.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.routing import Net
from gridgov.storage import areas, grid_changes
from gridgov.storage.areas import DRAFT, GridVersion

KEPT = 3

Landmarks = Mapping[str, tuple[Mapping[str, object], ...]]


@dataclass(frozen=True, slots=True)
class Ground:
    """One version's net, and the landmarks of its areas with their places."""

    net: Net
    landmarks: Landmarks


@dataclass(frozen=True, slots=True)
class _Known:
    """A ground, and the steps of its draft that are in it, oldest first."""

    ground: Ground
    steps: tuple[UUID, ...]


_Stamp = tuple[UUID, UUID | None]
_lock = threading.Lock()
_known: dict[tuple[str, str], OrderedDict[_Stamp, _Known]] = {}


def known(session: Session, version: GridVersion) -> Ground | None:
    """Return the net of a version if this process has it just as it is now."""
    found = _of_district(session, version).get((version.id, version.revision))
    return None if found is None else found.ground


def of_version(session: Session, version: GridVersion) -> Ground:
    """Return the net of a version. Raises: InvalidInput for areas that make no net."""
    kept = _of_district(session, version)
    stamp = (version.id, version.revision)
    with _lock:
        found = kept.get(stamp)
        if found is not None:
            kept.move_to_end(stamp)
            return found.ground
        earlier = next((kept[known] for known in reversed(kept) if known[0] == version.id), None)
    steps = grid_changes.standing(session, version.id)
    # Two threads may both read it; they read the same, and nobody else waits for them.
    ground = None
    if earlier is not None and version.status == DRAFT:
        ground = _stepped(session, version, earlier, steps)
    found = _Known(ground or _read(session, version), steps)
    with _lock:
        for old in [known for known in kept if known[0] == version.id]:
            del kept[old]  # nobody asks for a draft as it was
        kept[stamp] = found
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return found.ground


def _of_district(session: Session, version: GridVersion) -> OrderedDict[_Stamp, _Known]:
    key = (str(session.get_bind().engine.url), version.district_code)
    with _lock:
        return _known.setdefault(key, OrderedDict())


def _stepped(
    session: Session, version: GridVersion, earlier: _Known, steps: tuple[UUID, ...]
) -> Ground | None:
    """Return a draft's net made from an earlier one; None where the steps do not lead there."""
    pairs = zip(earlier.steps, steps, strict=False)
    same = next((i for i, (one, other) in enumerate(pairs) if one != other), None)
    same = min(len(earlier.steps), len(steps)) if same is None else same
    back, on = earlier.steps[same:], steps[same:]
    found = grid_changes.edits_of(session, [*back, *on])
    # A step that was rolled back is not found; a change without any is none of ours.
    if not 0 < len(found) == len(back) + len(on):
        return None
    changed: dict[str, Mapping[str, Any] | None] = {}
    for step in (found[one] for one in reversed(back)):
        changed |= {row["code"]: None for row in step.after} | {r["code"]: r for r in step.before}
    for step in (found[one] for one in on):
        changed |= {row["code"]: None for row in step.before} | {r["code"]: r for r in step.after}
    rows = [grid_changes.kept(row) for row in changed.values() if row is not None]
    old = earlier.ground
    shapes = [area for area in old.net.areas() if area.code not in changed]
    marks = {code: kept for code, kept in old.landmarks.items() if code not in changed}
    return _ground(version, [*shapes, *map(shape_of, rows)], marks | _marks(rows))


def _read(session: Session, version: GridVersion) -> Ground:
    rows = areas.rows_of(session, version)
    return _ground(version, map(shape_of, rows), _marks(rows))


def _ground(version: GridVersion, shapes: Iterable[AreaShape], landmarks: Landmarks) -> Ground:
    net = Net(version.number, version.district_code, shapes, synthetic=version.synthetic)
    return Ground(net, landmarks)


def _marks(
    rows: Iterable[Mapping[str, Any]],
) -> dict[str, tuple[Mapping[str, object], ...]]:
    return {row["code"]: tuple(row["landmarks"]) for row in rows if row["landmarks"]}


def shape_of(row: Mapping[str, Any]) -> AreaShape:
    """Return a stored area as the rules know it."""
    return AreaShape(
        code=row["code"],
        parent_code=row["parent_code"],
        kind=AreaKind(row["kind"]),
        name=row["name"],
        name_en=row["name_en"],
        geometry=row["geometry"],
        categories=frozenset(row["categories"]),
        landmarks=tuple(str(mark["name"]) for mark in row["landmarks"]),
    )
