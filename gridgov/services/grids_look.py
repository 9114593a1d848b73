"""Looking at an area of a version: its neighbours, its people, what happened on its ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.assignment import DutyKind
from gridgov.domain.routing import Net
from gridgov.services.reference import of as reference_of
from gridgov.storage import grid_changes, grid_past, people
from gridgov.storage.areas import GridVersion

PAST = timedelta(days=90)
NEIGHBOURS = 60


@dataclass(frozen=True, slots=True)
class Load:
    """How many valid cases of the 90 days up to a local day lay on each of some pieces of ground.

    `until` is today, or the day of the newest case of a district that has none as new.
    """

    counts: tuple[int, ...]
    until: date


def beside(net: Net, area: AreaShape) -> tuple[tuple[AreaShape, bool], ...]:
    """Return the unit grids a grid can be merged with, the nearest first: its village's.

    Each with whether it borders on the grid; at most NEIGHBOURS.
    """
    others = [
        other
        for other in net.children(area.parent_code or "")
        if other.kind is AreaKind.GRID and other.code != area.code
    ]
    metres = shapely.distance([other.geometry for other in others], area.geometry)
    order = np.argsort(metres, kind="stable")[:NEIGHBOURS].tolist()
    return tuple((others[place], bool(metres[place] <= 0.0)) for place in order)


def people_of(
    session: Session, version: GridVersion, code: str, now: datetime
) -> tuple[tuple[str, DutyKind], ...]:
    """Return names of who has the duty for an area today, leads first.

    For a grid that steps of a draft made: who has it where its people come from.
    """
    carried = grid_changes.carried(session, version.id)
    sources = [old for old, new in carried.items() if new == code] or [code]
    today = reference_of(session, version.district_code).local_day(now)
    duties = [
        duty
        for source in sources
        for duty in people.on_duty(session, version.district_code, source, today)
    ]
    names = people.names(session, {duty.person_id for duty in duties})
    return tuple((names[duty.person_id], duty.kind) for duty in duties)


def load_of(
    session: Session, district_code: str, grounds: Sequence[BaseGeometry], today: date
) -> Load:
    """Count the valid cases of the last 90 days on some pieces of ground, borders included."""
    newest = grid_past.newest(session, district_code)
    last = newest if newest is not None and newest < today - PAST else today
    west, south, east, north = shapely.total_bounds(list(grounds)).tolist()
    box = (west, south, east, north)
    found = grid_past.spots_in(session, district_code, last - PAST, last, box)
    spots = shapely.points(np.array(found).reshape(-1, 2))
    counts = (int(shapely.intersects(ground, spots).sum()) for ground in grounds)
    return Load(tuple(counts), last)
