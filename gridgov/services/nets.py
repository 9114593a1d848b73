"""The nets a process knows: read once per version, kept for as long as they are needed.

A version that was active never changes, and a draft gets another `revision` with every
step, so what was read stays right. Kept are the last few of a district: the active one,
the draft somebody rehearses (activating it then costs no reading), the one before.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.routing import Net
from gridgov.storage import areas
from gridgov.storage.areas import GridVersion

KEPT = 3

Landmarks = Mapping[str, tuple[Mapping[str, object], ...]]


@dataclass(frozen=True, slots=True)
class Ground:
    """One version's net, and the landmarks of its areas with their places."""

    net: Net
    landmarks: Landmarks


_Stamp = tuple[UUID, UUID | None]
_lock = threading.Lock()
_known: dict[tuple[str, str], OrderedDict[_Stamp, Ground]] = {}


def of_version(session: Session, version: GridVersion) -> Ground:
    """Return the net of a version. Raises: InvalidInput for areas that make no net."""
    key = (str(session.get_bind().engine.url), version.district_code)
    stamp = (version.id, version.revision)
    with _lock:
        known = _known.setdefault(key, OrderedDict())
        found = known.get(stamp)
        if found is not None:
            known.move_to_end(stamp)
            return found
    # Two threads may both read it; they read the same, and nobody else waits for them.
    found = _read(session, version)
    with _lock:
        known[stamp] = found
        known.move_to_end(stamp)
        while len(known) > KEPT:
            known.popitem(last=False)
    return found


def _read(session: Session, version: GridVersion) -> Ground:
    rows = areas.rows_of(session, version)
    net = Net(
        version.number, version.district_code, map(shape_of, rows), synthetic=version.synthetic
    )
    return Ground(net, {row["code"]: tuple(row["landmarks"]) for row in rows if row["landmarks"]})


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
