"""The seventeen professional grids of the sample: made-up sites laid over the unit grids."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from shapely import Polygon, STRtree

from gridgov.demo.geography import AreaRecord, Landmark
from gridgov.demo.net_landmarks import point_within
from gridgov.demo.net_plane import XY, lonlat_of, plane_point

INDUSTRY = ("0604", "0501", "0502", "0403")
SCHOOL = ("0607",)
HOSPITAL = ("1105", "0304", "0302")
MARKET = ("0301", "0606", "0106")
WATER = ("0104", "0608", "0502")
FOREST = ("0208", "0601", "1004")
BUILDING_SITE = ("0402", "0403", "0404")
TRAFFIC = ("0302", "0303", "0904")

CANDIDATES = 150
CORNERS = 24
# How far the outline swings, in parts of the radius.
CAMPUS_BEND = 0.04
NATURE_BEND = 0.22


@dataclass(frozen=True, slots=True)
class Site:
    """What stands where: village code, names, categories taken over, size in metres.

    `natural` sites (water, wood) have bays; the others are built, with four sides.
    """

    village_code: str
    name: str
    name_en: str
    categories: tuple[str, ...]
    width_m: float
    natural: bool = False


SITES = (
    Site("440608004022", "三洲产业园", "Sanzhou Industrial Park", INDUSTRY, 600.0),
    Site("440608107205", "明阳工业园", "Mingyang Industrial Park", INDUSTRY, 600.0),
    Site("440608106203", "圆岗工业园", "Yuangang Industrial Park", INDUSTRY, 550.0),
    Site("440608004017", "月明实验学校", "Yueming Experimental School", SCHOOL, 200.0),
    Site("440608004019", "育才中学", "Yucai Secondary School", SCHOOL, 220.0),
    Site("440608106001", "人和中学", "Renhe Secondary School", SCHOOL, 240.0),
    Site("440608108003", "合水中学", "Heshui Secondary School", SCHOOL, 240.0),
    Site("440608004009", "健力医院", "Jianli Hospital", HOSPITAL, 210.0),
    Site("440608108001", "更楼医院", "Genglou Hospital", HOSPITAL, 220.0),
    Site("440608004010", "竹园综合市场", "Zhuyuan General Market", MARKET, 200.0),
    Site("440608107001", "明城综合市场", "Mingcheng General Market", MARKET, 220.0),
    Site("440608108002", "新圩综合市场", "Xinxu General Market", MARKET, 220.0),
    Site("440608106206", "沙水水库", "Shashui Reservoir", WATER, 1_300.0, natural=True),
    Site("440608108205", "白石水库", "Baishi Reservoir", WATER, 1_200.0, natural=True),
    Site("440608108208", "官山森林公园", "Guanshan Forest Park", FOREST, 1_500.0, natural=True),
    Site("440608004026", "明湖安置房工地", "Minghu Housing Site", BUILDING_SITE, 250.0),
    Site("440608004001", "河江客运枢纽", "Hejiang Bus Hub", TRAFFIC, 250.0),
)


def professional_areas(tree: Sequence[AreaRecord], rng: random.Random) -> list[AreaRecord]:
    """Return the professional grids, sorted by code, placed on the villages of the tree.

    Of many places tried in its village a site gets the one that lies inside the village and
    covers the fewest centroids of unit grids; no two sites meet.
    """
    villages = {area.code: area.geometry for area in tree if area.kind == "village"}
    centroids = STRtree([area.geometry.centroid for area in tree if area.kind == "grid"])
    taken: list[Polygon] = []
    areas: list[AreaRecord] = []
    serials: dict[str, int] = {}
    for site in SITES:
        village = villages[site.village_code]
        polygon = _placed(site, village, centroids, taken, rng)
        taken.append(polygon)
        serials[site.village_code] = serials.get(site.village_code, 0) + 1
        areas.append(_area(site, serials[site.village_code], polygon, rng))
    return sorted(areas, key=lambda area: area.code)


def _placed(
    site: Site,
    village: Polygon,
    centroids: STRtree,
    taken: Sequence[Polygon],
    rng: random.Random,
) -> Polygon:
    best: tuple[int, float, Polygon] | None = None
    for _ in range(CANDIDATES):
        centre = plane_point(point_within(village, rng))
        polygon = _outline(site, centre, rng)
        if not village.contains(polygon) or any(polygon.intersects(other) for other in taken):
            continue
        covered = len(centroids.query(polygon, predicate="intersects"))
        # Among equals, the place nearest the middle of the village: people built there first.
        rank = (covered, polygon.centroid.distance(village.centroid))
        if best is None or rank < best[:2]:
            best = (*rank, polygon)
    if best is None:
        raise ValueError(f"no room for {site.name_en}")
    return best[2]


def _outline(site: Site, centre: XY, rng: random.Random) -> Polygon:
    """Return a site's shape around a centre on the plane, in degrees."""
    turn = rng.uniform(0, math.tau)
    length = rng.uniform(0.75, 1.0)
    bend = NATURE_BEND if site.natural else CAMPUS_BEND
    waves = [(wave, rng.uniform(0, math.tau), bend / wave**0.5) for wave in (2, 3, 5)]
    corners = []
    for step in range(CORNERS):
        angle = math.tau * step / CORNERS
        wobble = 1 + sum(swing * math.sin(wave * angle + start) for wave, start, swing in waves)
        reach = site.width_m / 2 * wobble * (0.8 if site.natural else _square(angle))
        x, y = reach * math.cos(angle), reach * math.sin(angle) * length
        corners.append(
            lonlat_of(
                (
                    centre[0] + x * math.cos(turn) - y * math.sin(turn),
                    centre[1] + x * math.sin(turn) + y * math.cos(turn),
                )
            )
        )
    return Polygon(corners)


def _square(angle: float) -> float:
    """Return the reach of a rounded square of half side 1 in a direction."""
    return math.pow(math.cos(angle) ** 6 + math.sin(angle) ** 6, -1 / 6)


def _area(site: Site, serial: int, polygon: Polygon, rng: random.Random) -> AreaRecord:
    lon, lat = point_within(polygon.buffer(-0.1 * polygon.area**0.5), rng)
    gate = Landmark(f"{site.name}正门", f"{site.name_en} main gate", lon, lat)
    return AreaRecord(
        code=f"{site.village_code}Z{serial:02d}",
        parent_code=site.village_code,
        kind="professional",
        name=site.name,
        name_en=site.name_en,
        geometry=polygon,
        categories=site.categories,
        landmarks=(gate,),
    )
