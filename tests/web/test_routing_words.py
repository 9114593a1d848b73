"""The written reason: everything that is known about why a report lies where it lies."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import shapely
from flask_babel import force_locale

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import metric_scale
from gridgov.domain.routing import Net, Outside, Placement, RoutingSettings, Rule
from gridgov.services.reference import Reference
from gridgov.services.routing import by_words, chosen_by_name
from gridgov.web import routing_words
from tests.web.edge import Edge

# Two grids of 1 km side by side, a gap of 40 m east of them, and a works yard over the border.
WEST, SOUTH = 112.8, 22.9
PER_LON, PER_LAT = metric_scale(SOUTH)
VENDING = "0301"


def at(east: float, north: float = 500.0) -> LonLat:
    return LonLat(lon=WEST + east / PER_LON, lat=SOUTH + north / PER_LAT)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    low, high = at(west, south), at(east, north)
    return shapely.box(low.lon, low.lat, high.lon, high.lat)


def area(code: str, kind: AreaKind, name: str, english: str, shape: shapely.Polygon) -> AreaShape:
    parents = {AreaKind.DISTRICT: None, AreaKind.TOWN: "1", AreaKind.VILLAGE: "12"}
    takes = frozenset({VENDING}) if kind is AreaKind.PROFESSIONAL else frozenset()
    return AreaShape(code, parents.get(kind, "123"), kind, name, english, shape, takes)


AREAS = [
    area("1", AreaKind.DISTRICT, "试区", "Trial", box(0, 0, 4000, 1000)),
    area("12", AreaKind.TOWN, "试镇", "Town", box(0, 0, 4000, 1000)),
    area("123", AreaKind.VILLAGE, "试村", "Village", box(0, 0, 3000, 1000)),
    area("1231", AreaKind.GRID, "甲格", "Grid A", box(0, 0, 1000, 1000)),
    area("1232", AreaKind.GRID, "乙格", "Grid B", box(1000, 0, 2000, 1000)),
    area("1233", AreaKind.GRID, "丙格", "Grid C", box(2040, 0, 2500, 1000)),
    area("123Z", AreaKind.PROFESSIONAL, "市场", "Market", box(900, 400, 1100, 600)),
]


@pytest.fixture
def reference(edge: Edge) -> Iterator[Reference]:
    """The sample's settings over a net that can be done in one's head."""
    found = replace(
        edge.reference(),
        district_code="1",
        net=Net(7, "1", AREAS),
        routing=RoutingSettings(outside=Outside.TRAY),
        former={"99": area("99", AreaKind.GRID, "旧格", "Old Grid", box(0, 0, 1, 1))},
    )
    with edge.app.app_context():
        yield found


def said(reference: Reference, placement: Placement) -> tuple[str, str]:
    """The sentence in Chinese and in English."""
    with force_locale("zh_Hans"):
        chinese = routing_words.sentence(reference, placement)
    with force_locale("en"):
        return chinese, routing_words.sentence(reference, placement)


def placed(reference: Reference, spot: LonLat, accuracy: float | None, category: str) -> Placement:
    return reference.net.locate(
        spot, accuracy_m=accuracy, category=category or None, settings=reference.routing
    )


SENTENCES = [
    (
        (at(920), 20.0, ""),
        "落在甲格内；距乙格边界 80 米；定位误差 20 米；网格第 7 版",
        "Lies in Grid A; 80 m from the border of Grid B; accuracy 20 m; net version 7",
    ),
    (
        (at(995, 300), 10.0, ""),
        "落在甲格内；距乙格边界 5 米；定位误差 10 米；也可能在乙格 20%；网格第 7 版",
        "Lies in Grid A; 5 m from the border of Grid B; accuracy 10 m; "
        "also touches Grid B 20%; net version 7",
    ),
    (
        (at(1000, 200), None, ""),
        "落在甲格内；正在与乙格的边界上；定位误差未知；网格第 7 版",
        "Lies in Grid A; on the border with Grid B; accuracy unknown; net version 7",
    ),
    (
        (at(300, 999.6), 3.0, ""),
        "落在甲格内；距其边界 0.4 米，界外没有别的网格；定位误差 3 米；网格第 7 版",
        "Lies in Grid A; 0.4 m from its border, no other grid behind it; accuracy 3 m; "
        "net version 7",
    ),
    (
        (at(950), 8.0, VENDING),
        "落在专业网格市场内，这类问题归它管；所在地块属甲格；距甲格边界 50 米；"
        "定位误差 8 米；网格第 7 版",
        "In the professional grid Market, which takes this kind of problem; the ground is "
        "that of Grid A; 50 m from the border of Grid A; accuracy 8 m; net version 7",
    ),
    (
        (at(2015), None, ""),
        "不在任何网格内，最近的是乙格，相距 15 米；其次是丙格；定位误差未知；网格第 7 版",
        "In no grid; the nearest is Grid B, 15 m away; the next after it is Grid C; "
        "accuracy unknown; net version 7",
    ),
    (
        (at(2800), 900.0, ""),
        "网格不明，先交试村（村居）；定位误差 900 米，太粗，定不到一个网格；"
        "也可能在丙格 18%、乙格 2%；网格第 7 版",
        "No grid known; goes to the village Village; accuracy 900 m, too rough for one grid; "
        "also touches Grid C 18%, Grid B 2%; net version 7",
    ),
    (
        (at(4300), 10.0, ""),
        "在本区以外，距区界 300 米；先收下，再转交；定位误差 10 米；网格第 7 版",
        "Outside the district, 300 m from its border; taken in to be handed over; "
        "accuracy 10 m; net version 7",
    ),
    (
        (at(24_000), None, ""),
        "在本区以外，距区界 20 公里；先收下，再转交；定位误差未知；网格第 7 版",
        "Outside the district, 20 km from its border; taken in to be handed over; "
        "accuracy unknown; net version 7",
    ),
]


@pytest.mark.parametrize(("asked", "chinese", "english"), SENTENCES)
def test_a_position_says_what_is_known(
    reference: Reference, asked: tuple[LonLat, float | None, str], chinese: str, english: str
) -> None:
    assert said(reference, placed(reference, *asked)) == (chinese, english)


def test_the_reason_reads_the_same_from_the_record(reference: Reference) -> None:
    for asked, chinese, english in SENTENCES:
        kept = Placement.from_record(placed(reference, *asked).as_record())
        assert said(reference, kept) == (chinese, english)


def test_who_named_an_area_against_the_position_is_told_both(reference: Reference) -> None:
    at_home = placed(reference, at(995, 300), 10.0, "")
    chosen = chosen_by_name(reference, "1232", at_home)
    assert said(reference, chosen) == (
        "上报人选了乙格；定位本身落在甲格内，距其边界 5 米；定位误差 10 米；"
        "也可能在甲格 80%；网格第 7 版",
        "The reporter named Grid B; the position itself lies in Grid A, 5 m from its border; "
        "accuracy 10 m; also touches Grid A 80%; net version 7",
    )


def test_without_a_position_nothing_is_made_up(reference: Reference) -> None:
    assert said(reference, chosen_by_name(reference, "1232", None))[1] == (
        "The reporter named Grid B; net version 7"
    )
    assert said(reference, by_words(reference, "试村榕树下"))[1] == (
        "No grid known; goes to the village Village; net version 7"
    )


def test_a_grid_of_an_older_version_keeps_its_name(reference: Reference) -> None:
    now = placed(reference, at(995, 300), 10.0, "")
    old = replace(now, area_code="99", neighbour_code="98", version=3)
    chinese, english = said(reference, old)
    assert chinese.startswith("落在旧格内；距98边界 5 米；")
    assert english.startswith("Lies in Old Grid; 5 m from the border of 98; ")
    assert english.endswith("net version 3")


def test_every_rule_has_its_words(reference: Reference) -> None:
    now = placed(reference, at(995, 300), 10.0, "")
    first = {rule: said(reference, replace(now, rule=rule))[0] for rule in Rule}
    assert len(set(first.values())) == len(Rule)
