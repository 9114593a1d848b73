"""Made-up landmarks, so that sample reports can say where they are as people do."""

import random
from collections.abc import Sequence
from dataclasses import replace

from shapely import Point, Polygon

from gridgov.demo.geography import AreaRecord, Landmark
from gridgov.demo.net_villages import Place

# The commonest first: every village has the head of the list, only large ones the tail.
WORDS = (
    ("学校", "school"),
    ("菜市场", "market"),
    ("文化广场", "culture square"),
    ("公交站", "bus stop"),
    ("公园", "park"),
    ("祠堂", "ancestral hall"),
    ("卫生站", "clinic"),
    ("幼儿园", "kindergarten"),
    ("篮球场", "basketball court"),
    ("党群服务中心", "service centre"),
    ("老人活动中心", "seniors' centre"),
    ("桥头", "bridge"),
    ("榕树头", "old banyan"),
    ("停车场", "car park"),
    ("超市", "supermarket"),
    ("牌坊", "archway"),
    ("加油站", "petrol station"),
    ("垃圾转运站", "refuse transfer station"),
    ("水闸", "sluice gate"),
    ("健身径", "exercise trail"),
    ("鱼塘", "fish ponds"),
    ("快递驿站", "parcel station"),
    ("图书室", "reading room"),
    ("变电房", "substation"),
)
# Where a large village needs a word twice.
PARTS = (("", ""), ("东区", "East "), ("西区", "West "))
MOST_PER_GRID = 3
POINT_DECIMALS = 6
# A landmark keeps this part of the grid's root of area from the border, if it can.
MARGIN = 0.12


def with_landmarks(
    grids: Sequence[AreaRecord], village: Place, rng: random.Random
) -> list[AreaRecord]:
    """Return the village's grids with one to three landmarks each, all names different."""
    short = village.name.removesuffix("社区").removesuffix("村")
    short_en = village.name_en.rsplit(" ", 1)[0]
    counts = [rng.randint(1, MOST_PER_GRID) for _ in grids]
    titles = [
        (f"{short}{part}{word}", f"{short_en} {part_en}{word_en}")
        for part, part_en in PARTS
        for word, word_en in WORDS
    ][: sum(counts)]
    rng.shuffle(titles)
    marked: list[AreaRecord] = []
    for grid, count in zip(grids, counts, strict=True):
        marks = [_landmark(*titles.pop(), grid.geometry, rng) for _ in range(count)]
        marked.append(replace(grid, landmarks=tuple(marks)))
    return marked


def _landmark(name: str, name_en: str, grid: Polygon, rng: random.Random) -> Landmark:
    margin = MARGIN * grid.area**0.5
    inner = grid.buffer(-margin)
    lon, lat = point_within(grid if inner.is_empty else inner, rng)
    return Landmark(name=name, name_en=name_en, lon=lon, lat=lat)


def point_within(polygon: Polygon, rng: random.Random) -> tuple[float, float]:
    """Return a random point inside a WGS-84 polygon, rounded to about a decimetre."""
    west, south, east, north = polygon.bounds
    for _ in range(1000):
        lon = round(rng.uniform(west, east), POINT_DECIMALS)
        lat = round(rng.uniform(south, north), POINT_DECIMALS)
        if polygon.contains(Point(lon, lat)):
            return lon, lat
    inside = polygon.representative_point()
    return inside.x, inside.y
