"""Where the sample district's villages lie: real names on made-up, plausible land.

No open boundaries exist below the district. Only the relative position of the four towns
and of a few well-known villages follows the real Gaoming.
"""

import csv
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely import Polygon

from gridgov.demo.net_borders import roughen
from gridgov.demo.net_plane import (
    XY,
    SizeField,
    faces_around,
    lattice,
    plane_point,
    relaxed_seeds,
    split,
    to_plane,
)

SAMPLE_SPACING_M = 190.0
RELAXING_ROUNDS = 7
STEPS_PER_GRID = 6.0


@dataclass(frozen=True, slots=True)
class Place:
    """A town or village of the statistics list; `parent_code` is its district or town."""

    code: str
    parent_code: str
    name: str
    name_en: str
    kind: str


@dataclass(frozen=True, slots=True)
class TownPlan:
    """How a town is filled: villages grow from `core_m` wide at a centre to `hill_m`.

    `land` is a rough polygon, `centres` the built-up places (WGS-84 lon, lat); `core_reach_m`
    is how far the small villages reach, `grids` the number of unit grids of the town.
    """

    land: tuple[XY, ...]
    centres: tuple[XY, ...]
    core_m: float
    hill_m: float
    core_reach_m: float
    grids: int


@dataclass(frozen=True, slots=True)
class VillageLand:
    """A village, its polygon and centre on the metre plane, and how many grids it gets."""

    place: Place
    polygon: Polygon
    centre: XY
    grids: int


# Grid numbers per town: the 683 of Gaoming, many for the people of Hecheng.
TOWN_PLANS: Mapping[str, TownPlan] = {
    "440608004": TownPlan(
        land=(
            (112.700, 23.050), (112.722, 22.948), (112.765, 22.930), (112.806, 22.922),
            (112.818, 22.892), (112.822, 22.868), (112.828, 22.845), (112.950, 22.835),
            (112.950, 23.050),
        ),
        centres=((112.880, 22.893),),
        core_m=1_400.0, hill_m=3_900.0, core_reach_m=3_000.0, grids=300,
    ),
    "440608106": TownPlan(
        land=(
            (112.650, 22.600), (112.662, 22.720), (112.655, 22.765), (112.668, 22.800),
            (112.705, 22.803), (112.750, 22.812), (112.786, 22.838), (112.822, 22.868),
            (112.828, 22.845), (112.950, 22.835), (112.950, 22.600),
        ),
        centres=((112.785, 22.822),),
        core_m=3_000.0, hill_m=5_600.0, core_reach_m=1_500.0, grids=95,
    ),
    "440608107": TownPlan(
        land=(
            (112.622, 22.960), (112.630, 22.870), (112.648, 22.832), (112.668, 22.800),
            (112.705, 22.803), (112.750, 22.812), (112.786, 22.838), (112.822, 22.868),
            (112.818, 22.892), (112.806, 22.922), (112.765, 22.930), (112.722, 22.948),
            (112.640, 23.000),
        ),
        centres=((112.735, 22.886),),
        core_m=2_300.0, hill_m=4_600.0, core_reach_m=1_500.0, grids=118,
    ),
    "440608108": TownPlan(
        land=(
            (112.350, 22.600), (112.650, 22.600), (112.662, 22.720), (112.655, 22.765),
            (112.668, 22.800), (112.648, 22.832), (112.630, 22.870), (112.622, 22.960),
            (112.350, 22.960),
        ),
        centres=((112.462, 22.738), (112.535, 22.765), (112.598, 22.818)),
        core_m=2_700.0, hill_m=4_700.0, core_reach_m=1_300.0, grids=170,
    ),
}  # fmt: skip

# Villages whose name or fame says where they lie; the others fill the rest of their town.
WHEREABOUTS: Mapping[str, XY] = {
    "440608004023": (112.838, 22.992),  # 江湾, on the Xijiang in the north
    "440608004025": (112.884, 22.897),  # 泰华
    "440608004022": (112.862, 22.880),  # 三洲
    "440608106001": (112.785, 22.822),  # 人和, seat of Yanghe
    "440608106201": (112.690, 22.745),  # 对川
    "440608106003": (112.725, 22.785),  # 河西
    "440608106002": (112.750, 22.785),  # 河东
    "440608107001": (112.735, 22.886),  # 明城, seat of Mingcheng
    "440608107204": (112.735, 22.915),  # 明北, north of it
    "440608107202": (112.735, 22.860),  # 明南
    "440608107203": (112.705, 22.886),  # 明西
    "440608107201": (112.765, 22.886),  # 明东
    "440608108001": (112.598, 22.818),  # 更楼
    "440608108002": (112.535, 22.765),  # 新圩
    "440608108003": (112.462, 22.738),  # 合水
}

# The board and the desk of the design show these.
GRIDS_OF_VILLAGE: Mapping[str, int] = {"440608004025": 8, "440608107203": 10}
FEWEST_GRIDS = 5
WEIGHT_OF_KIND: Mapping[str, float] = {"community": 2.2, "village": 1.0}


def read_places(path: Path, parent_column: str | None, parent_code: str) -> list[Place]:
    """Return the rows of towns.csv or villages.csv in the order of their codes."""
    with path.open(encoding="utf-8", newline="") as lines:
        places = [
            Place(
                code=row["code"],
                parent_code=row[parent_column] if parent_column else parent_code,
                name=row["name"],
                name_en=row["name_en"],
                kind=row["kind"],
            )
            for row in csv.DictReader(lines)
        ]
    return sorted(places, key=lambda place: place.code)


def lay_out_villages(
    outline: Polygon, places: Sequence[Place], rng: random.Random
) -> list[VillageLand]:
    """Return the villages' land, a seamless partition of the outline, sorted by code.

    `outline` is on the metre plane.
    """
    samples = lattice(outline, SAMPLE_SPACING_M, rng)
    located: list[tuple[Place, XY]] = []
    for town_code, plan in TOWN_PLANS.items():
        villages = [place for place in places if place.parent_code == town_code]
        land = to_plane(Polygon(plan.land))
        inside = shapely.contains_xy(land, samples)
        own = [point for point, keep in zip(samples, inside, strict=True) if keep]
        seeds = relaxed_seeds(own, len(villages), _size_field(plan), RELAXING_ROUNDS, rng)
        located += _named(villages, seeds, plane_point(plan.centres[0]))
    located.sort(key=lambda pair: pair[0].code)
    seeds = [seed for _, seed in located]
    cells = split(outline, seeds)
    counts = _grid_counts([place for place, _ in located], cells)
    widths = [math.sqrt(cell.area / count) for cell, count in zip(cells, counts, strict=True)]
    borders = roughen(
        cells,
        outline.exterior,
        lambda first, second: min(widths[first], widths[second]) / STEPS_PER_GRID,
        rng,
    )
    polygons = faces_around([*borders, outline.exterior], seeds)
    return [
        VillageLand(place=place, polygon=polygon, centre=seed, grids=count)
        for (place, seed), polygon, count in zip(located, polygons, counts, strict=True)
    ]


def _size_field(plan: TownPlan) -> SizeField:
    """Return the wanted width of a village (metres) by where it lies."""
    centres = [plane_point(centre) for centre in plan.centres]

    def size_at(point: XY) -> float:
        distance = min(math.dist(point, centre) for centre in centres)
        share = min(1.0, max(0.0, distance / plan.core_reach_m - 1.0))
        return plan.core_m + (plan.hill_m - plan.core_m) * share

    return size_at


def _named(villages: Sequence[Place], seeds: Sequence[XY], centre: XY) -> list[tuple[Place, XY]]:
    """Give each village a seed: known places first, then communities nearest the centre.

    The other villages take what is left from north to south, in the order of their codes.
    """
    free = sorted(seeds, key=lambda seed: (-seed[1], seed[0]))
    named: list[tuple[Place, XY]] = []
    known = [village for village in villages if village.code in WHEREABOUTS]
    communities = [
        village for village in villages if village not in known and village.kind == "community"
    ]
    for village in known + communities:
        wanted = WHEREABOUTS.get(village.code)
        target = plane_point(wanted) if wanted else centre
        seed = min(free, key=lambda seed: math.dist(seed, target))
        free.remove(seed)
        named.append((village, seed))
    others = [village for village in villages if village not in known + communities]
    return named + list(zip(others, free, strict=True))


def _grid_counts(places: Sequence[Place], cells: Sequence[Polygon]) -> list[int]:
    """Return how many grids each village gets; the sum of a town is that of its plan.

    A village's share grows with the root of its area (people do not grow with hills), times
    the weight of its kind. Largest remainder, at least FEWEST_GRIDS each.
    """
    counts = dict(GRIDS_OF_VILLAGE)
    for town_code, plan in TOWN_PLANS.items():
        weights = {
            place.code: math.sqrt(cell.area) * WEIGHT_OF_KIND[place.kind]
            for place, cell in zip(places, cells, strict=True)
            if place.parent_code == town_code and place.code not in GRIDS_OF_VILLAGE
        }
        fixed = sum(count for code, count in GRIDS_OF_VILLAGE.items() if code.startswith(town_code))
        counts |= _apportion(weights, plan.grids - fixed)
    return [counts[place.code] for place in places]


def _apportion(weights: Mapping[str, float], total: int) -> dict[str, int]:
    spare = total - FEWEST_GRIDS * len(weights)
    whole = sum(weights.values())
    exact = {code: spare * weight / whole for code, weight in weights.items()}
    shares = {code: math.floor(share) for code, share in exact.items()}
    by_remainder = sorted(exact, key=lambda code: (shares[code] - exact[code], code))
    for code in by_remainder[: spare - sum(shares.values())]:
        shares[code] += 1
    return {code: FEWEST_GRIDS + share for code, share in shares.items()}
