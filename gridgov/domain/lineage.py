"""What became of an area: the lineage between two versions of a net.

It is read from the ground itself: which share of an old area lies in which new one.
So it is the same for a net that was edited here and for one that was imported, and
figures of one version can be compared with those of another: `trace` says to which
areas the ground of an area went, in shares that can be multiplied with a count.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely

from gridgov.domain.areas import AreaIndex, AreaKind, AreaShape

# Two drawings of one border differ by slivers; what is less of both areas is nobody's news.
NOISE = 0.005
# This much of an area lies in another: it is a part of it.
MOSTLY = 0.95
# The rest is rounding: a square metre in a square kilometre.
SAME = 1.0 - 1e-6


class Change(StrEnum):
    """What became of an area."""

    KEPT = "kept"
    RENAMED = "renamed"  # same ground; another name, or another code
    MOVED = "moved"  # same ground, below another parent
    RESHAPED = "reshaped"  # a border moved: some of the ground passed on
    SPLIT = "split"
    MERGED = "merged"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Link:
    """Ground that an old and a new area have in common.

    `share_from` is its share of the old area, `share_to` of the new one, 0 to 1.
    Nothing stands before a `new` area, and nothing after one that is `gone`; where its
    ground went the other links of it say.
    """

    kind: AreaKind
    change: Change
    from_code: str | None
    to_code: str | None
    share_from: float
    share_to: float


def compare(old: AreaIndex, new: AreaIndex) -> tuple[Link, ...]:
    """Return every link between the areas of two versions, by kind and codes.

    Areas that only have their names are compared by code.
    """
    return tuple(link for kind in AreaKind for link in _of_kind(old, new, kind))


def changed(links: Iterable[Link]) -> tuple[Link, ...]:
    """Return the links that are news; an area without one was kept as it was."""
    return tuple(link for link in links if link.change is not Change.KEPT)


def _of_kind(old: AreaIndex, new: AreaIndex, kind: AreaKind) -> list[Link]:
    before = {area.code: area for area in old.areas(kind)}
    after = {area.code: area for area in new.areas(kind)}
    same = unmoved(old, new, kind)
    ground = _common_ground(
        [area for area in before.values() if area.code not in same],
        [area for area in after.values() if area.code not in same],
    )
    sorter = _Sorter(kind, before, after, ground)
    links = [sorter.link(pair) for pair in ground]
    links += [
        Link(kind, same_ground(before[code], after[code]), code, code, 1.0, 1.0) for code in same
    ]
    followed = {link.from_code for link in links if link.change is not Change.RESHAPED}
    led = {link.to_code for link in links if link.change is not Change.RESHAPED}
    links += [
        Link(kind, Change.GONE, code, None, 0.0, 0.0)
        for code in before
        if code not in after and code not in followed
    ]
    links += [
        Link(kind, Change.NEW, None, code, 0.0, 0.0)
        for code in after
        if code not in before and code not in led
    ]
    return sorted(links, key=lambda link: (link.from_code or "~", link.to_code or ""))


Pair = tuple[str, str]
Shares = tuple[float, float]


def unmoved(old: AreaIndex, new: AreaIndex, kind: AreaKind) -> set[str]:
    """Return the codes of a kind that are drawn the same in both versions, corner by corner."""
    pairs = [
        (area.code, area.geometry, other.geometry)
        for area in old.areas(kind)
        if (other := new.find(area.code)) is not None and other.kind is kind
    ]
    if not pairs:
        return set()
    codes, before, after = (np.array(column, dtype=object) for column in zip(*pairs, strict=True))
    # All at once: one by one, a net of 150,000 grids takes seconds.
    same = shapely.equals_exact(before, after, 0.0)
    same |= shapely.is_missing(before) & shapely.is_missing(after)
    return set(codes[same].tolist())


def _common_ground(before: Sequence[AreaShape], after: Sequence[AreaShape]) -> dict[Pair, Shares]:
    """Return (old code, new code) → the shares of the ground both have, without noise."""
    ground: dict[Pair, Shares] = {}
    new = [area for area in after if area.geometry is not None]
    drawn = np.array([area.geometry for area in new], dtype=object)
    sizes = shapely.area(drawn)
    tree = shapely.STRtree(drawn)
    for area in before:
        if area.geometry is None:
            continue
        near = np.sort(tree.query(area.geometry, "intersects"))
        common = shapely.area(shapely.intersection(drawn[near], area.geometry))
        for place, size in zip(near.tolist(), common.tolist(), strict=True):
            shares = (size / area.geometry.area, size / float(sizes[place]))
            if max(shares) >= NOISE:
                ground[area.code, new[place].code] = (min(shares[0], 1.0), min(shares[1], 1.0))
    return ground


def same_ground(old: AreaShape, new: AreaShape) -> Change:
    """Say what else may have changed of an area whose code and ground are the same."""
    if old.parent_code != new.parent_code:
        return Change.MOVED
    if (old.name, old.name_en) != (new.name, new.name_en):
        return Change.RENAMED
    return Change.KEPT


class _Sorter:
    """Says of each pair with common ground what happened."""

    def __init__(
        self,
        kind: AreaKind,
        before: Mapping[str, AreaShape],
        after: Mapping[str, AreaShape],
        ground: Mapping[Pair, Shares],
    ) -> None:
        self.kind, self.before, self.after, self.ground = kind, before, after, ground
        children: dict[str, list[Pair]] = defaultdict(list)
        parts: dict[str, list[Pair]] = defaultdict(list)
        for pair, (share_from, share_to) in ground.items():
            if share_to >= MOSTLY:
                children[pair[0]].append(pair)
            if share_from >= MOSTLY:
                parts[pair[1]].append(pair)
        self.split = {
            pair
            for pairs in children.values()
            if len(pairs) > 1 and sum(ground[pair][0] for pair in pairs) >= MOSTLY
            for pair in pairs
        }
        self.merged = {
            pair
            for pairs in parts.values()
            if len(pairs) > 1 and sum(ground[pair][1] for pair in pairs) >= MOSTLY
            for pair in pairs
        }

    def link(self, pair: Pair) -> Link:
        return Link(self.kind, self._change(pair), *pair, *self.ground[pair])

    def _change(self, pair: Pair) -> Change:
        if pair in self.split:
            return Change.SPLIT
        if pair in self.merged:
            return Change.MERGED
        old, new = self.before[pair[0]], self.after[pair[1]]
        if old.code == new.code:
            same = min(self.ground[pair]) >= SAME
            return same_ground(old, new) if same else Change.RESHAPED
        if min(self.ground[pair]) >= MOSTLY and self._stands_for(old, new):
            return Change.RENAMED
        return Change.RESHAPED

    def _stands_for(self, old: AreaShape, new: AreaShape) -> bool:
        """Tell whether the new code can only be the old one's: neither lives on beside it."""
        return old.code not in self.after and new.code not in self.before


def carries(links: Iterable[Link]) -> dict[str, str]:
    """Return old code → new code: who takes over the people of a grid whose code ends.

    The largest part of what was split, the larger of what was merged, and what only
    got a new code; never an area that has people of its own already.
    """
    heirs = (Change.SPLIT, Change.MERGED, Change.RENAMED)
    links = list(links)
    survivors = {link.to_code for link in links} & {link.from_code for link in links}
    found: dict[str, str] = {}
    for link in sorted(
        links, key=lambda link: (-link.share_from * link.share_to, link.to_code or "")
    ):
        old, new = link.from_code, link.to_code
        if link.change not in heirs or old is None or new is None or old in found:
            continue
        if old not in survivors and new not in survivors and new not in found.values():
            found[old] = new
    return found


Weights = dict[str, float]


def trace(code: str, steps: Sequence[Iterable[Link]]) -> Weights:
    """Return code → share: where the ground of an area lies after some changes of the net.

    `steps` are the news of each change in order (`changed`); a code they do not name
    stayed what it was. Shares sum to 1, less for ground that is in no area any more.
    """
    weights: Weights = {code: 1.0}
    for links in steps:
        going: dict[str, list[Link]] = defaultdict(list)
        for link in links:
            if link.from_code is not None:
                going[link.from_code].append(link)
        following: Weights = defaultdict(float)
        for at, weight in weights.items():
            for to_code, share in _onward(at, going.get(at)):
                following[to_code] += weight * share
        weights = dict(following)
    return dict(sorted(weights.items()))


def _onward(code: str, links: Sequence[Link] | None) -> Iterable[tuple[str, float]]:
    if links is None:
        return [(code, 1.0)]
    return [(link.to_code, link.share_from) for link in links if link.to_code is not None]


def backwards(links: Iterable[Link]) -> tuple[Link, ...]:
    """Return the links of a change as they look from the new version to the old one."""
    turned = {Change.SPLIT: Change.MERGED, Change.MERGED: Change.SPLIT}
    turned |= {Change.NEW: Change.GONE, Change.GONE: Change.NEW}
    return tuple(
        Link(
            link.kind,
            turned.get(link.change, link.change),
            link.to_code,
            link.from_code,
            link.share_to,
            link.share_from,
        )
        for link in links
    )
