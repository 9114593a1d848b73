"""Areas as maps draw them: generalised per zoom, only what is in view, kept in the process.

A net is drawn block by block when somebody looks there first; what was drawn is kept for as
long as the net itself (a version never changes), at most so many blocks of a net. It is
kept as GeoJSON text: an answer is then put together without touching a coordinate.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape, Layer
from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.generalise import blocks, generalise, level_of
from gridgov.domain.routing import Net
from gridgov.services import nets
from gridgov.services.reference import Reference
from gridgov.storage import areas

# More cannot be told apart on a screen, and a phone has to draw them.
MOST = 2_000
# About 130,000 borders of 500 bytes: 64 MB of a net that is looked at all over.
KEPT_BLOCKS = 512

# What is shown instead where too much is in view: the level above.
_ABOVE = {
    AreaKind.PROFESSIONAL: AreaKind.VILLAGE,
    AreaKind.GRID: AreaKind.VILLAGE,
    AreaKind.VILLAGE: AreaKind.TOWN,
    AreaKind.TOWN: AreaKind.DISTRICT,
}


class Window(NamedTuple):
    """What a map shows, in degrees of WGS-84."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class AreaMap:
    """The areas in view, by code, with their borders as GeoJSON geometries (texts).

    `kind` is what is shown; `coarser` says that it is a level above the one asked for,
    because more than MOST of those are in view.
    """

    kind: AreaKind
    coarser: bool
    areas: tuple[AreaShape, ...]
    borders: tuple[str, ...]


@dataclass(slots=True)
class _Blocks:
    """One kind of a net: how it is cut, and in which block (and where) each polygon is.

    `lat` is one latitude for all blocks: measured alike, they fit.
    """

    lat: float
    members: list[NDArray[np.int64]]
    block_of: NDArray[np.int64]
    place_in: NDArray[np.int64]


@dataclass(slots=True)
class _Drawings:
    """What was drawn of one net."""

    cut: dict[AreaKind, _Blocks] = field(default_factory=dict)
    kept: OrderedDict[tuple[AreaKind, int, int], list[str]] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_lock = threading.Lock()
_drawn: WeakKeyDictionary[Net, _Drawings] = WeakKeyDictionary()


def net_of(session: Session, reference: Reference, number: int | None) -> Net:
    """Return the net of a version that is or was active; None asks for today's.

    Raises: NotFound, also for drafts: they are not public.
    """
    if number is None or number == reference.net.version:
        return reference.net
    version = areas.version(session, reference.district_code, number)
    if version.activated_at is None:
        raise NotFound(f"version {number} was never active", number=number)
    return nets.of_version(session, version).net


def look(net: Net, kind: AreaKind, zoom: int | None, window: Window | None) -> AreaMap:
    """Return the areas of a kind in a window (None: all) as a zoom of a web map shows them.

    Where more than MOST are in view, the level above is shown. Raises: InvalidInput (field
    bbox, reason too_many) where there is none.
    """
    shown: AreaKind | None = kind
    while shown is not None:
        layer = net.layer(shown)
        seen = _seen(layer, window)
        # Where no village was drawn, its town is shown.
        if len(seen) <= MOST and (shown is kind or len(seen)):
            borders = _borders(net, shown, level_of(zoom), seen)
            found = tuple(net.area(layer.codes[place]) for place in seen.tolist())
            return AreaMap(shown, shown is not kind, found, borders)
        shown = _ABOVE.get(shown)
    raise InvalidInput("bbox", "too_many", limit=MOST)


def _seen(layer: Layer, window: Window | None) -> NDArray[np.int64]:
    if window is None:
        return np.arange(len(layer.codes), dtype=np.int64)
    return layer.seen_in(shapely.box(*window))


def _borders(net: Net, kind: AreaKind, level: int, seen: NDArray[np.int64]) -> tuple[str, ...]:
    if not len(seen):
        return ()
    drawings = _drawings(net)
    with drawings.lock:  # two that look at the same place need not both draw it
        cut = drawings.cut.get(kind)
        if cut is None:
            cut = drawings.cut[kind] = _cut(net.layer(kind))

        def drawn(block: int) -> list[str]:
            return _block(drawings, net.layer(kind), kind, level, block)

        return _in_order(cut, seen, drawn)


def _in_order(
    cut: _Blocks, seen: NDArray[np.int64], drawn: Callable[[int], list[str]]
) -> tuple[str, ...]:
    of = cut.block_of[seen]
    texts = {int(block): drawn(int(block)) for block in np.unique(of)}
    places = zip(of.tolist(), cut.place_in[seen].tolist(), strict=True)
    return tuple(texts[block][place] for block, place in places)


def _drawings(net: Net) -> _Drawings:
    with _lock:
        found = _drawn.get(net)
        if found is None:
            found = _drawn[net] = _Drawings()
    return found


def _cut(layer: Layer) -> _Blocks:
    boxes = shapely.bounds(layer.polygons)
    members = blocks(boxes)
    block_of = np.empty(len(layer.codes), dtype=np.int64)
    place_in = np.empty(len(layer.codes), dtype=np.int64)
    for number, places in enumerate(members):
        block_of[places] = number
        place_in[places] = np.arange(len(places))
    return _Blocks(float(boxes[:, [1, 3]].mean()), members, block_of, place_in)


def _block(drawings: _Drawings, layer: Layer, kind: AreaKind, level: int, number: int) -> list[str]:
    """Return the borders of one block, drawn when they are asked for first."""
    key = (kind, level, number)
    found = drawings.kept.get(key)
    if found is None:
        cut = drawings.cut[kind]
        shapes = layer.polygons[cut.members[number]]
        simple = generalise(shapes, level, cut.lat, outer=len(cut.members) == 1)
        found = drawings.kept[key] = list(shapely.to_geojson(simple))
        while len(drawings.kept) > KEPT_BLOCKS:
            drawings.kept.popitem(last=False)
    drawings.kept.move_to_end(key)
    return found
