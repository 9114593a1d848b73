import pytest
import shapely

from gridgov.domain.areas import AreaIndex, AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput, NotFound


def area(
    code: str, parent: str | None, kind: AreaKind, name: str, *landmarks: str, name_en: str = ""
) -> AreaShape:
    ground = shapely.box(112.8, 22.9, 112.9, 23.0)
    return AreaShape(code, parent, kind, name, name_en, ground, landmarks=landmarks)


AREAS = [
    area("440608004002001", "440608004002", AreaKind.GRID, "阮埇第1网格", "文昌塔"),
    area("440608004001002", "440608004001", AreaKind.GRID, "中山第2网格", "人民广场"),
    area(
        "440608004001001", "440608004001", AreaKind.GRID, "中山第1网格", "文昌路",
        name_en="Zhongshan Grid 1",
    ),
    area("440608004001", "440608004", AreaKind.VILLAGE, "中山社区"),
    area("440608004002", "440608004", AreaKind.VILLAGE, "阮埇村"),
    area("440608004", "440608", AreaKind.TOWN, "荷城街道"),
    area("440608", None, AreaKind.DISTRICT, "高明区"),
]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> AreaIndex:
    return AreaIndex(3, "440608", AREAS)


def codes(found: tuple[AreaShape, ...]) -> list[str]:
    return [a.code for a in found]


def test_the_tree_is_walked_both_ways(index: AreaIndex) -> None:
    assert codes(index.path("440608004001001")) == [
        "440608", "440608004", "440608004001", "440608004001001",
    ]  # fmt: skip
    assert codes(index.children("440608004")) == ["440608004001", "440608004002"]
    assert index.children("440608004001001") == ()
    assert index.area("440608").name == "高明区"
    assert codes(index.areas(AreaKind.VILLAGE)) == ["440608004001", "440608004002"]
    assert len(index) == len(AREAS)


def test_an_unknown_code_is_not_found(index: AreaIndex) -> None:
    assert index.find("999") is None
    for ask in (index.area, index.path):
        with pytest.raises(NotFound):
            ask("999")


def test_covering_asks_one_kind(index: AreaIndex) -> None:
    here = LonLat(lon=112.85, lat=22.95)
    assert index.covering(here) == ("440608004001001", "440608004001002", "440608004002001")
    assert index.covering(here, AreaKind.TOWN) == ("440608004",)
    assert index.covering(here, AreaKind.PROFESSIONAL) == ()


def test_a_net_with_two_areas_of_one_code_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        AreaIndex(1, "440608", [*AREAS, AREAS[0]])
    assert (refusal.value.reason, refusal.value.values["code"]) == (
        "duplicate_code", "440608004002001",
    )  # fmt: skip


def test_a_parent_below_its_child_is_refused() -> None:
    knot = [area("1", "2", AreaKind.VILLAGE, "甲"), area("2", "1", AreaKind.VILLAGE, "乙")]
    with pytest.raises(InvalidInput) as refusal:
        AreaIndex(1, "440608", knot)
    assert refusal.value.reason == "parent_kind"


def test_an_area_without_a_polygon_is_known_by_name_only() -> None:
    town = AreaShape("440608004", None, AreaKind.TOWN, "荷城街道", "Hecheng", None)
    index = AreaIndex(1, "440608", [town])
    assert index.covering(LonLat(lon=112.85, lat=22.95), AreaKind.TOWN) == ()
    assert index.search("hecheng", 5) == (town,)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("文昌塔", "440608004002001"),  # a landmark
        ("人民", "440608004001002"),  # the beginning of a landmark
        ("zhongshan  GRID", "440608004001001"),  # English, any case, words apart
        ("中山第１网格", "440608004001001"),  # full-width digit
        ("荷城街道", "440608004"),  # the area itself before those below it
        ("荷城 文昌", "440608004001001"),  # a word of an area above; smallest code first
        ("中山社区文昌路口", "440608004001001"),  # a known name inside a longer word
        ("阮埇", "440608004002001"),  # rare characters; the grid before its village
    ],
)
def test_people_find_their_area_by_words(index: AreaIndex, words: str, first: str) -> None:
    assert index.search(words, 5)[0].code == first


def test_search_knows_its_limits(index: AreaIndex) -> None:
    assert len(index.search("网格", 2)) == 2
    assert index.search("网格", 0) == ()
    assert index.search("   ", 5) == ()
    assert index.search("广州塔", 5) == ()
    assert index.search("文昌塔 广州", 5) == ()
    only = index.search("阮埇", 5, kinds=frozenset({AreaKind.VILLAGE}))
    assert codes(only) == ["440608004002"]
