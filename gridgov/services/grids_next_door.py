"""To which grids a case can be handed from where it is: what its page offers."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import shapely

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import degrees_reaching
from gridgov.domain.handover import place_at
from gridgov.domain.next_door import GRIDS, NextDoor, neighbours, seen_from
from gridgov.domain.roles import Actor, Role
from gridgov.domain.routing import Net
from gridgov.services import dispatch
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case

# A grid has four to eight neighbours; of a river's dozens the rest stand in the list below.
NEAREST = 8
# How far around the pin of a case that is in no grid one is looked for.
AROUND_M = 500.0


@dataclass(frozen=True, slots=True)
class Way:
    """A grid next door, and who would have the case there; both None: nobody."""

    grid: NextDoor
    person_id: UUID | None
    unit_code: str | None

    @property
    def is_manned(self) -> bool:
        """Tell whether anybody would have it there."""
        return self.person_id is not None or self.unit_code is not None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a case's page offers: the grids next door, the nearest first, and what else may be.

    `others` are further neighbours; for a dispatcher, and for a case in no grid, all
    grids of the town.
    """

    near: tuple[Way, ...]
    others: tuple[AreaShape, ...]


def offer(case: Case, by: Actor, reference: Reference, duties: dispatch.Duties) -> Offer:
    """Return the grids that `grids_borders.hand_on` takes from this person for this case."""
    net, home = reference.net, case.home_grid
    spot = None
    if case.lon is not None and case.lat is not None:
        spot = LonLat(lon=case.lon, lat=case.lat)
    known = net.find(home)
    around = neighbours(net, known.code) if known is not None else _around(net, spot)
    seen = seen_from(spot, around)
    others = tuple(one.area for one in seen[NEAREST:])
    if known is None or by.areas(Role.DISPATCHER) & set(case.duty_path()):
        named = {home, *(one.area.code for one in seen[:NEAREST])}
        town = _below(net, case.duty.town_code)
        others = tuple(area for area in town if area.code not in named)
    near = tuple(_way(one, reference, duties) for one in seen[:NEAREST])
    return Offer(near, others)


def _way(grid: NextDoor, reference: Reference, duties: dispatch.Duties) -> Way:
    holder = dispatch.holder_at(reference, place_at(reference.net, grid.area.code), duties)
    if holder is None:
        return Way(grid, None, None)
    return Way(grid, holder.person_id, holder.unit_code)


def _around(net: Net, spot: LonLat | None) -> tuple[AreaShape, ...]:
    if spot is None:
        return ()
    point = shapely.Point(spot.lon, spot.lat)
    found = net.layer(AreaKind.GRID).within(point, degrees_reaching(spot.lat, AROUND_M))
    return tuple(net.area(code) for code in found)


def _below(net: Net, code: str | None) -> Iterator[AreaShape]:
    """Yield the grids below an area, by code."""
    for area in net.children(code) if code is not None else ():
        if area.kind in GRIDS:
            yield area
        else:
            yield from _below(net, area.code)
