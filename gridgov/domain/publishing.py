"""What of closed cases may be told to everybody: no small cells, no exact spots.

A month is cut into groups of at least k cases each, and only groups are published. A group
that is too small is told with what stands above it (a class with its major class, a village
with its town, a square of 200 m with one of 400 m); where what is left above would be small
again, the smallest published group beside it goes there too, so that it cannot be reckoned
from a sum. Every sum a reader can form is then a sum of whole groups. Source: decision 0031.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import InvalidInput

Path = tuple[str, ...]

LEAST_K, MOST_K = 3, 50
CELL_SIZES_M = (100, 200, 500, 1000)
COARSER = 4  # a square is at most 8 times as wide as the district chose: 200, 400, 800, 1600 m
_METRES_A_DEGREE = 111_320.0

# What a spreadsheet takes for a formula, in the width of either keyboard.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


class CategoryKind(StrEnum):
    """How finely the class of a group is told."""

    MINOR = "minor"
    MAJOR = "major"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a district publishes.

    `k`: the least number of cases in anything published; `cell_m`: the side of the smallest
    square a point is moved to, in metres; `data`: cells and downloads at all; `points`: squares
    (else only the community's label point); `rates`: received and closed per community;
    `contact`: the public line of communities, "" for none.
    """

    k: int = 5
    cell_m: int = 200
    data: bool = False
    points: bool = True
    rates: bool = True
    contact: str = ""
    contact_en: str = ""
    licence: str = ""
    licence_url: str = ""

    def __post_init__(self) -> None:
        """Refuse what would publish too much. Raises: InvalidInput (k, cell_m, licence_url)."""
        if not LEAST_K <= self.k <= MOST_K:
            raise InvalidInput("k", "out_of_range", least=LEAST_K, most=MOST_K)
        if self.cell_m not in CELL_SIZES_M:
            raise InvalidInput("cell_m", "unknown")
        if self.licence_url and not self.licence_url.startswith("https://"):
            raise InvalidInput("licence_url", "not_https")
        for name in ("contact", "contact_en", "licence", "licence_url"):
            if len(getattr(self, name)) > 200:
                raise InvalidInput(name, "too_long", length=len(getattr(self, name)), limit=200)

    def as_json(self) -> dict[str, Any]:
        """Return the rules for storing."""
        return asdict(self)


def fold(leaves: Mapping[Path, int], k: int) -> dict[Path, Path]:
    """Return leaf → the group it is published in: itself, or a prefix of it.

    A leaf is a path from the root down with a number of cases. A group stands for all of its
    prefix that is not in a group of its own. Every group has k cases or more; leaves that
    cannot be in one (all together are fewer than k) are left out.
    """
    groups: dict[Path, dict[Path, int]] = {leaf: {leaf: n} for leaf, n in leaves.items() if n > 0}
    deepest = max((len(path) for path in groups), default=0)
    for depth in range(deepest, 0, -1):
        for path in sorted(path for path in groups if len(path) == depth):
            if _size(groups[path]) < k:
                _absorb(groups, path, k)
            if _size(groups[path]) < k and depth > 1:
                groups.setdefault(path[:-1], {}).update(groups.pop(path))
    return {
        leaf: path for path, members in groups.items() if _size(members) >= k for leaf in members
    }


def _size(members: Mapping[Path, int]) -> int:
    return sum(members.values())


def _absorb(groups: dict[Path, dict[Path, int]], path: Path, k: int) -> None:
    """Add the smallest group below a path to what is left of it: its size must not show."""
    below = [other for other in groups if len(other) > len(path) and other[: len(path)] == path]
    if below:
        smallest = min(below, key=lambda other: (_size(groups[other]), other))
        groups[path].update(groups.pop(smallest))


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """A closed case as the rules see it; `ref` is the caller's own and never published.

    `lon`/`lat` WGS-84 or None; `spot`: the class may be shown as a point, not one that is
    reported from somebody's window. `days`: whole days from the report to the closing.
    """

    ref: Hashable
    town_code: str
    village_code: str
    major: str
    minor: str
    lon: float | None
    lat: float | None
    spot: bool
    days: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Where and what: a group that is published. "" is the whole district, or every class."""

    area_code: str
    area_kind: AreaKind
    category: str
    category_kind: CategoryKind


@dataclass(frozen=True, slots=True)
class Square:
    """The centre of a square in degrees (WGS-84), and its side in metres."""

    lon: float
    lat: float
    side_m: int


@dataclass(frozen=True, slots=True)
class Published:
    """One case as it is published; `square` None: no finer than its area."""

    ref: Hashable
    cell: Cell
    square: Square | None
    days: int


_AREAS = (AreaKind.DISTRICT, AreaKind.TOWN, AreaKind.VILLAGE)
_KINDS = (CategoryKind.ALL, CategoryKind.MAJOR, CategoryKind.MINOR)


def publish(cases: Sequence[ClosedCase], rules: Rules) -> list[Published]:
    """Return a month's cases as they may be told; those that may not are left out.

    All with the same cell are k or more, and so are all with the same cell and square. The
    order says nothing of when a case was closed.
    """
    found: list[Published] = []
    by_area = _grouped(cases, lambda case: ("", case.town_code, case.village_code), rules.k)
    for area, here in by_area.items():
        by_class = _grouped(here, lambda case: ("", case.major, case.minor), rules.k)
        for kind, same in by_class.items():
            cell = Cell(area[-1], _AREAS[len(area) - 1], kind[-1], _KINDS[len(kind) - 1])
            found += _placed(same, cell, rules)
    return sorted(found, key=_order)


def _order(one: Published) -> tuple[Any, ...]:
    square = one.square or Square(0.0, 0.0, 0)
    cell = one.cell
    return cell.area_code, cell.category, square.lon, square.lat, square.side_m, one.days


def _grouped(cases: Sequence[ClosedCase], path_of: Any, k: int) -> dict[Path, list[ClosedCase]]:
    """Return group → its cases, each group of k or more."""
    leaves: dict[Path, list[ClosedCase]] = defaultdict(list)
    for case in cases:
        leaves[_known(path_of(case))].append(case)
    groups: dict[Path, list[ClosedCase]] = defaultdict(list)
    for leaf, group in fold({leaf: len(some) for leaf, some in leaves.items()}, k).items():
        groups[group] += leaves[leaf]
    return groups


def _known(path: Path) -> Path:
    """Return a path as far as it is known: a case without a village counts for its town."""
    ends = next((place for place, code in enumerate(path) if place and not code), len(path))
    return path[:ends]


def _placed(cases: Sequence[ClosedCase], cell: Cell, rules: Rules) -> list[Published]:
    if not rules.points or cell.area_kind is not AreaKind.VILLAGE:
        return [Published(case.ref, cell, None, case.days) for case in cases]
    groups = _grouped(cases, lambda case: ("", *_squares(case, rules.cell_m)), rules.k)
    return [
        Published(case.ref, cell, _centre(group, rules.cell_m), case.days)
        for group, same in groups.items()
        for case in same
    ]


def _squares(case: ClosedCase, cell_m: int) -> Path:
    """Return the squares around a case, from the widest to the finest; none without a spot."""
    if not case.spot or case.lon is None or case.lat is None:
        return ()
    row, column, cosine = _indices(case.lon, case.lat, cell_m)
    return tuple(
        f"{row >> step},{column >> step},{cosine!r}" for step in range(COARSER - 1, -1, -1)
    )


def _indices(lon: float, lat: float, cell_m: int) -> tuple[int, int, float]:
    """Return row and column of a finest square, and the cosine its columns are measured with.

    One cosine for a whole row of widest squares, so that four squares make the next wider one.
    """
    row = math.floor(lat * _METRES_A_DEGREE / cell_m)
    widest = (row >> (COARSER - 1)) + 0.5
    degrees = widest * cell_m * 2 ** (COARSER - 1) / _METRES_A_DEGREE
    cosine = round(math.cos(math.radians(degrees)), 9)
    return row, math.floor(lon * _METRES_A_DEGREE * cosine / cell_m), cosine


def _centre(group: Path, cell_m: int) -> Square | None:
    if len(group) == 1:
        return None
    row, column, cosine = group[-1].split(",")
    side = cell_m * 2 ** (COARSER + 1 - len(group))
    lat = (int(row) + 0.5) * side / _METRES_A_DEGREE
    lon = (int(column) + 0.5) * side / (_METRES_A_DEGREE * float(cosine))
    return Square(round(lon, 5), round(lat, 5), side)


def snap(*, lon: float, lat: float, cell_m: int) -> Square:
    """Return the finest square around a position (WGS-84), `cell_m` metres wide."""
    row, column, cosine = _indices(lon, lat, cell_m)
    found = _centre(("", *("",) * (COARSER - 1), f"{row},{column},{cosine!r}"), cell_m)
    assert found is not None  # a path with squares has a centre
    return found


@dataclass(frozen=True, slots=True)
class Received:
    """Cases received in a month in an area, and how many of them were closed.

    `closed` None: too few were closed or left open to tell the number; `more_than` is then
    what may be said: more than so many were closed.
    """

    area_code: str
    area_kind: AreaKind
    received: int
    closed: int | None
    more_than: int | None = None


def received_of(areas: Iterable[tuple[Path, int, int]], k: int) -> list[Received]:
    """Return what may be told of (town, village) → received and closed; in the order of codes.

    An area of fewer than k received is told with what is above it.
    """
    known: dict[Path, list[int]] = defaultdict(lambda: [0, 0])
    for path, *counts in areas:
        for place, count in enumerate(counts):
            known[_known(("", *path))][place] += count
    sums: dict[Path, list[int]] = defaultdict(lambda: [0, 0])
    for leaf, group in fold({path: counts[0] for path, counts in known.items()}, k).items():
        for place, count in enumerate(known[leaf]):
            sums[group][place] += count
    return [
        Received(path[-1], _AREAS[len(path) - 1], received, *told_closed(received, closed, k))
        for path, (received, closed) in sorted(sums.items())
    ]


def told_closed(received: int, closed: int, k: int) -> tuple[int | None, int | None]:
    """Return (closed, None), or (None, more than so many) where the number would tell a few.

    Source: top-coding; what is left open is a cell as well.
    """
    left = received - closed
    if 0 < left < k:
        return None, max(0, received - k)
    return (None, 0) if 0 < closed < k else (closed, None)


def safe_csv(value: object) -> str:
    """Return a value for a CSV cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return text
    return f"'{text}" if text.lstrip(" \u3000\ufeff").startswith(_FORMULA) else text


# What a person confirms before a picture is released, or words.
PHOTO_CHECKS = ("face", "plate", "door")
REPLY_CHECKS = ("names", "numbers")


def check_ticked(ticked: Collection[str], wanted: Sequence[str]) -> None:
    """See that every point of a check-list is ticked. Raises: InvalidInput (field checks)."""
    if missing := [one for one in wanted if one not in ticked]:
        raise InvalidInput("checks", "not_all", missing=missing)
