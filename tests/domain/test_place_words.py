"""Places named in a sentence, and "here"."""

import pytest
from shapely import box

from gridgov.demo.hard_reports import HARD_REPORTS
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.place_words import here, named_in
from gridgov.domain.routing import Net

TEXTS = {report.number: report.text for report in HARD_REPORTS}


def shape(code: str, kind: AreaKind, name: str, landmarks: tuple[str, ...] = ()) -> AreaShape:
    return AreaShape(
        code=code,
        parent_code={2: None, 4: "44", 6: code[:4], 8: code[:6]}[len(code)],
        kind=kind,
        name=name,
        name_en=name,
        geometry=box(0, 0, 1, 1),
        categories=frozenset(),
        landmarks=landmarks,
    )


NET = Net(
    1,
    "44",
    [
        shape("44", AreaKind.DISTRICT, "高明区"),
        shape("4401", AreaKind.TOWN, "更合镇"),
        shape("440101", AreaKind.VILLAGE, "合水社区"),
        shape("440102", AreaKind.VILLAGE, "水井村"),
        shape("440103", AreaKind.VILLAGE, "竹园社区"),
        shape("44010301", AreaKind.GRID, "竹园社区 01 网格", ("竹园菜市场",)),
        shape("44010302", AreaKind.GRID, "竹园社区 02 网格", ("竹园篮球场",)),
    ],
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (TEXTS[9], ("440101",)),  # 合水圩 for 合水社区
        (TEXTS[11], ("44010302", "440103")),  # 竹园社区篮球场: the grid first
        ("更合镇到处是垃圾", ("4401",)),  # the town where nothing finer is named
        ("下水井盖不见了", ()),  # 水井 is no village here
        ("水井村口有垃圾", ("440102",)),
        (TEXTS[3], ()),
        (TEXTS[10], ()),
        ("", ()),
    ],
)
def test_areas_named_in_a_sentence_are_found_the_finest_first(
    text: str, codes: tuple[str, ...]
) -> None:
    assert tuple(area.code for area in named_in(NET, text)) == codes


def test_no_more_than_asked_for() -> None:
    assert len(named_in(NET, "竹园社区 合水社区 水井村", limit=2)) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXTS[20], "我们村"),
        ("我哋村口", "我哋村"),
        (TEXTS[5], "楼下"),
        ("The light near our street is out", "our street"),
        ("文华路建设银行门口", None),
        ("", None),
    ],
)
def test_here_is_heard(text: str, words: str | None) -> None:
    assert here(text) == words
