"""Where the borders of a level do not meet: edges that no neighbour answers.

Walk every polygon with its ground on the left. Then each inner border is walked twice, in
opposite directions, and the parent's outline once. Summed with signs, the children of a
parent minus the parent itself leave nothing exactly when the children cover the parent
once and nothing else: how often ground is covered changes only across an edge that is
left over. So a sound net is proved by adding and sorting numbers, without any overlay
(`coverage_is_valid` does not see gaps), and faults lie only at the edges left over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgov.domain.coverage_draft import Geometries, Numbers

Segments = NDArray[np.float64]  # (n, 4): lon, lat of the smaller end, then of the larger

# Groups are summed up in portions of about this many polygons, to bound the memory.
_PORTION = 20_000


@dataclass(frozen=True, slots=True)
class _Edges:
    """The edges of some polygons; the sign is +1 where the walk goes from smaller to larger."""

    segments: Segments
    signs: NDArray[np.int8]
    owners: Numbers


def left_over(
    children: Geometries, groups: Numbers, references: Geometries, reference_groups: Numbers
) -> tuple[Segments, Numbers]:
    """Return the edges that do not cancel out, and the group each is from.

    `groups` says for each child which reference it must help to cover; a group without a
    reference keeps the outline of its union. An edge may be left over in two groups.
    """
    rests: list[Segments] = [np.empty((0, 4))]
    rest_groups: list[Numbers] = [np.empty(0, dtype=np.int64)]
    for mine, theirs in _portions(groups, reference_groups):
        edges = _edges(children[mine])
        outline = _edges(references[theirs])
        segments = np.concatenate((edges.segments, outline.segments))
        signs = np.concatenate((edges.signs, -outline.signs))
        owners = np.concatenate(
            (groups[mine][edges.owners], reference_groups[theirs][outline.owners])
        )
        rest, its_groups = _uncancelled(segments, signs, owners)
        rests.append(rest)
        rest_groups.append(its_groups)
    return np.concatenate(rests), np.concatenate(rest_groups)


def segments_of(geometries: Geometries) -> Segments:
    """Return every edge of some polygons once."""
    return distinct(_edges(geometries).segments)


def distinct(segments: Segments) -> Segments:
    """Return each segment once."""
    order, first = _sorted_groups(segments, np.zeros(len(segments), dtype=np.int64))
    return segments[order][first]


def _portions(groups: Numbers, reference_groups: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield positions of children and of references, whole groups at a time."""
    order = np.argsort(groups, kind="stable")
    every = np.union1d(groups, reference_groups)
    ends = np.searchsorted(groups[order], every, side="right")
    start, from_group = 0, -np.inf
    for place, (group, end) in enumerate(zip(every, ends, strict=True)):
        last = place == len(every) - 1
        if end - start < _PORTION and not last:
            continue
        of_references = (reference_groups > from_group) & (reference_groups <= group)
        yield order[start:end], np.flatnonzero(of_references)
        start, from_group = int(end), float(group)


def _edges(geometries: Geometries) -> _Edges:
    """Take polygons apart; edges without a length are left out."""
    parts, part_of = shapely.get_parts(geometries, return_index=True)
    rings, polygon_of = shapely.get_rings(parts, return_index=True)
    if len(rings) == 0:
        nothing = np.empty(0, dtype=np.int64)
        return _Edges(np.empty((0, 4)), nothing.astype(np.int8), nothing)
    shell = np.ones(len(rings), dtype=bool)
    shell[1:] = polygon_of[1:] != polygon_of[:-1]
    ground_left = shapely.is_ccw(rings) == shell
    ends, ring_of = shapely.get_coordinates(rings, return_index=True)
    ends += 0.0  # minus zero is zero
    start, end = ends[:-1], ends[1:]
    edge = (ring_of[1:] == ring_of[:-1]) & (start != end).any(axis=1)
    start, end, ring_of = start[edge], end[edge], ring_of[:-1][edge]
    upward = (start[:, 0] < end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] < end[:, 1]))
    turn = upward[:, None]
    segments = np.hstack((np.where(turn, start, end), np.where(turn, end, start)))
    signs = np.where(upward == ground_left[ring_of], 1, -1).astype(np.int8)
    return _Edges(segments, signs, part_of[polygon_of[ring_of]])


def _uncancelled(
    segments: Segments, signs: NDArray[np.int8], groups: Numbers
) -> tuple[Segments, Numbers]:
    """Return the segments whose signs do not add up to zero in their group."""
    if len(segments) == 0:
        return segments, groups
    order, first = _sorted_groups(segments, groups)
    starts = np.flatnonzero(first)
    sums = np.add.reduceat(signs[order].astype(np.int64), starts)
    kept = order[starts[sums != 0]]
    return segments[kept], groups[kept]


def _sorted_groups(segments: Segments, groups: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return an order that puts equal entries side by side, and where a new one begins.

    Sorted by a hash, then compared exactly: two entries of one hash can only hide that
    an edge is answered, never that it is not.
    """
    if len(segments) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
    order = np.argsort(_hashes(segments, groups), kind="stable")
    sorted_segments, sorted_groups = segments[order], groups[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (sorted_segments[1:] != sorted_segments[:-1]).any(axis=1)
    first[1:] |= sorted_groups[1:] != sorted_groups[:-1]
    return order, first


def _hashes(segments: Segments, groups: Numbers) -> NDArray[np.uint64]:
    """Mix the four numbers and the group into one of 64 bits (multiply and fold)."""
    bits: NDArray[Any] = np.ascontiguousarray(segments).view(np.uint64)
    mixed = groups.astype(np.uint64)
    for column in range(4):
        mixed = (mixed ^ bits[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return mixed
