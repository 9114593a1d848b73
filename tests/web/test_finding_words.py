"""Every finding and every repair has its words, in both languages."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask_babel import force_locale

from gridgov.domain.areas import AreaKind
from gridgov.domain.coverage import Finding, FindingKind, Move, Repair, RepairAction, Severity
from gridgov.domain.datum import LonLat
from gridgov.domain.routing import Net
from gridgov.web import finding_words
from gridgov.web.i18n import init_languages
from tests.support.nets import small_net, square

VILLAGE = "440608004001"
MIDDLE, EAST = f"{VILLAGE}005", f"{VILLAGE}006"
DETAILS = {
    FindingKind.NO_POLYGON: ("none", "empty", "line", "point", "out_of_range"),
    FindingKind.INVALID: ("self_intersection", "collection", "too_few_points_in_geometry"),
    FindingKind.SLIVER: ("gap", "overlap", "both"),
    FindingKind.OUTSIDE: ("", "wrong_parent"),
    FindingKind.ORPHAN: ("none", "unknown", "kind"),
    FindingKind.CODE_SHAPE: ("missing", "odd"),
    FindingKind.SIZE: ("large", "small"),
    FindingKind.DUPLICATE_CODE: ("2",),
}


@pytest.fixture
def speaking() -> Iterator[Flask]:
    """The languages alone, without a database."""
    app = Flask("words")
    init_languages(app)
    with app.test_request_context():
        yield app


@pytest.fixture(scope="module")
def net() -> Net:
    named = [
        replace(area, name=f"河江{area.code[-3:]}", name_en=f"River {area.code[-3:]}")
        for area in small_net().values()
    ]
    return Net(1, "440608", named)


def found(kind: FindingKind, detail: str = "", **more: object) -> Finding:
    given: dict[str, object] = {
        "place": LonLat(lon=112.8, lat=22.8),
        "geometry": square(1, 1),
        "measure": 2.0,
        "width_m": 0.4,
        "parent_code": VILLAGE,
        "detail": detail,
    }
    return Finding(kind, Severity.BLOCKS, (MIDDLE, EAST), **{**given, **more})  # type: ignore[arg-type]


ALL = [(kind, detail) for kind in FindingKind for detail in DETAILS.get(kind, ("",))]


@pytest.mark.parametrize(("kind", "detail"), ALL, ids=str)
@pytest.mark.usefixtures("speaking")
def test_every_finding_is_told_in_both_languages(kind: FindingKind, detail: str, net: Net) -> None:
    finding = found(kind, detail)
    said = {}
    for locale in ("zh_Hans", "en"):
        with force_locale(locale):
            said[locale] = (finding_words.title(finding, net), finding_words.detail(finding, net))
    for chinese, english in zip(said["zh_Hans"], said["en"], strict=True):
        assert chinese and english and chinese != english
        assert not any("\u3400" <= sign <= "\u9fff" for sign in english), english
        assert "%(" not in chinese + english


MOVES = (
    Move(AreaKind.GRID, square(1, 1), (EAST,), MIDDLE),
    Move(AreaKind.GRID, square(1, 1), (EAST,), f"{VILLAGE}001"),
)


@pytest.mark.parametrize("action", RepairAction)
@pytest.mark.usefixtures("speaking")
def test_every_repair_is_told_in_both_languages(action: RepairAction, net: Net) -> None:
    proposed = Repair(action, MIDDLE, VILLAGE, MOVES)
    with force_locale("zh_Hans"):
        chinese = finding_words.repair(proposed, net)
    with force_locale("en"):
        english = finding_words.repair(proposed, net)
    assert chinese != english and "%(" not in chinese + english
    if action in (RepairAction.FILL, RepairAction.DIVIDE, RepairAction.SNAP, RepairAction.MERGE):
        assert "河江005、河江001" in chinese
        assert "River 005, River 001" in english


@pytest.mark.usefixtures("speaking")
def test_ground_given_up_goes_to_nobody(net: Net) -> None:
    given_up = Repair(RepairAction.CLIP, moves=(Move(AreaKind.GRID, square(1, 1), (EAST,), None),))
    assert finding_words.repair(given_up, net) == "裁掉超出部分。"


@pytest.mark.usefixtures("speaking")
def test_many_names_are_counted_and_a_missing_one_is_its_code(net: Net) -> None:
    codes = [f"{VILLAGE}{n:03d}" for n in range(1, 6)]
    assert finding_words.names(net, codes) == "河江001、河江002、河江003等，另有 2 个"
    assert finding_words.names(net, ["440608999"]) == "440608999"
    assert finding_words.names(net, []) == "—"


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (found(FindingKind.GAP, measure=18_318.4), "缝隙 18,318 m²"),
        (found(FindingKind.GAP, measure=2.04), "缝隙 2.0 m²"),
        (found(FindingKind.SIZE, "large", measure=5.25, unit="ratio"), "河江005面积过大"),
        (found(FindingKind.NO_DEPUTY), "河江005没有替补"),
        (found(FindingKind.UNEXAMINED, measure=12.0), "有 12 个区域的内部边界全对不上"),
    ],
)
@pytest.mark.usefixtures("speaking")
def test_figures_stand_in_the_words(finding: Finding, words: str, net: Net) -> None:
    assert finding_words.title(finding, net) == words


@pytest.mark.usefixtures("speaking")
def test_the_place_is_the_ground_and_the_position(net: Net) -> None:
    assert finding_words.place(found(FindingKind.GAP), net) == "河江001 · 112.800000, 22.800000"
    nowhere = found(FindingKind.NO_POLYGON, "none", place=None, geometry=None, parent_code=None)
    assert finding_words.place(nowhere, net) == ""
