"""The page of the checks: what holds a draft up, its repairs, and the people it lacks."""

import re
from random import Random
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gridgov.domain.areas import AreaKind
from gridgov.domain.coverage import FindingKind
from gridgov.domain.roles import Actor
from gridgov.services import grids, grids_checks, grids_edit, grids_roster
from gridgov.storage.areas import GridVersion
from gridgov.storage.people import GrantRow, Person
from gridgov.web.checks_page import CHECK_OF
from tests.domain.test_coverage_broken import broken
from tests.support.acts import NOON
from tests.support.app import token_in
from tests.support.edited_nets import a_line
from tests.support.nets import sample_areas
from tests.web.edge import DISTRICT, GRID, Edge
from tests.web.reading import fields_of, links_of, words_of

BY = Actor.system(DISTRICT)
SOUND = "没有问题，可以生效"


def admin(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


def split_draft(edge: Edge) -> tuple[GridVersion, str]:
    """A draft with the worker's grid cut in two; return it and the half nobody has."""
    with edge.writing() as session:
        draft = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
        ground = grids.net_of(session, draft).area(GRID).geometry
        step = grids_edit.split(session, draft, GRID, a_line(ground, 1.5), by=BY, now=NOON)
    return draft, next(r["code"] for r in step.after[:2] if r["code"] != step.carry[GRID])


def bitten_draft(edge: Edge, *metres: float) -> GridVersion:
    """A draft with holes of some metres across, each in a grid of its own."""
    with edge.writing() as session:
        draft = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
        units = grids.net_of(session, draft).children(GRID[:12])
        for wide, unit in zip(metres, units, strict=False):
            hole = unit.geometry.representative_point().buffer(wide / 2 / 102_000)
            shape = shapely.difference(unit.geometry, hole)
            grids_edit.replace_shape(session, draft, unit.code, shape, by=BY, now=NOON)
    return draft


def page(edge: Edge, draft: GridVersion, **asked: Any) -> str:
    answer = admin(edge).get(f"/admin/grids/{draft.number}/checks", query_string=asked)
    assert answer.status_code == 200
    return answer.text


def act(edge: Edge, draft: GridVersion, what: str, **form: Any) -> TestResponse:
    values = {"csrf_token": token_in(page(edge, draft)), **form}
    return admin(edge).post(f"/admin/grids/{draft.number}/checks/{what}", data=values)


def keys_in(html: str) -> list[str]:
    return re.findall(r'name="keys" value="([^"]+)"', html)


def kinds(edge: Edge, draft: GridVersion) -> list[FindingKind]:
    with edge.rows() as session:
        fresh = grids.version(session, DISTRICT, draft.number)
        return [f.kind for f in grids_checks.check_draft(session, fresh, now=NOON) if f.blocks]


def test_a_half_without_people_is_on_top_and_gets_them_here(edge: Edge) -> None:
    draft, vacant = split_draft(edge)
    html = page(edge, draft)
    words = words_of(html)
    name = edge_name(edge, draft, vacant)
    assert f"{name}没有主责和替补" in words
    assert words.index(f"{name}没有主责和替补") < words.index("面积过小")
    assert "每个网格要有 1 人主责、至少 1 人替补" in words
    assert "1 处要补" in words and SOUND not in words
    assert re.search(r'<option value="[^"]+ w\d{4}">泰华社区 0', html), "people near by are offered"
    answer = act(edge, draft, "duties", code=vacant, lead="w0500", deputy="w0502、w0504")
    assert answer.status_code == 303
    after = words_of(page(edge, draft))
    assert SOUND in after and "主责、替补齐全" in after and "701 / 701" in after
    assert f"生效时开始值守 {name}" in after and "w0500" in after and "w0504" in after
    with edge.rows() as session:
        plan = grids_roster.planned(session, draft)[vacant]
        who = [session.get_one(Person, duty.person_id).username for duty in plan]
    assert who[0] == "w0500" and sorted(who[1:]) == ["w0502", "w0504"]
    assert act(edge, draft, "duties", code=vacant, lead="", deputy="").status_code == 303
    assert f"{name}没有主责和替补" in words_of(page(edge, draft))


def edge_name(edge: Edge, draft: GridVersion, code: str) -> str:
    with edge.rows() as session:
        return grids.net_of(session, draft).area(code).name


def test_only_what_is_missing_is_asked_for(edge: Edge) -> None:
    draft, vacant = split_draft(edge)
    act(edge, draft, "duties", code=vacant, lead="w0500", deputy="")
    html = page(edge, draft)
    assert "没有替补" in words_of(html)
    assert [value for value in fields_of(html)["lead"] if "w0500" in value], "the plan is kept"


WRONG = [
    ({"lead": "没有这个人", "deputy": "w0502"}, "lead", "找不到没有这个人"),
    ({"lead": "w0500, w0502", "deputy": "w0504"}, "lead", "一个网格只有一名主责"),
    ({"lead": "w0500", "deputy": "w0500"}, "deputy", "主责不能兼任替补"),
    ({"lead": "systemadmin", "deputy": "w0502"}, "lead", "管理员，不能值守网格"),
]


@pytest.mark.parametrize(("typed", "field", "sentence"), WRONG)
def test_what_is_wrong_with_a_name_is_said_beside_it_and_both_are_kept(
    edge: Edge, typed: dict[str, str], field: str, sentence: str
) -> None:
    draft, vacant = split_draft(edge)
    answer = act(edge, draft, "duties", code=vacant, **typed)
    assert answer.status_code == 400
    wrong = re.search(rf'id="{field}-{vacant}-error"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    assert wrong is not None and sentence in words_of(wrong[1])
    for name, value in typed.items():
        assert value in fields_of(answer.text)[name]
    with edge.rows() as session:
        assert grids_roster.planned(session, draft) == {}


def test_a_grid_the_draft_lacks_gets_nobody(edge: Edge) -> None:
    draft, _ = split_draft(edge)
    answer = act(edge, draft, "duties", code=GRID, lead="w0500", deputy="w0502")
    assert answer.status_code == 400
    assert f"没有这个区域：{GRID}" in words_of(answer.text)


def test_a_hole_is_shown_with_its_place_and_mended_by_one_press(edge: Edge) -> None:
    draft = bitten_draft(edge, 40)
    html = page(edge, draft)
    words = words_of(html)
    assert "缝隙 1,3" in words and "泰华社区 · 112.8" in words
    assert "建议： 把缝隙归给泰华社区 01 网格。" in words
    (key,) = keys_in(html)
    assert act(edge, draft, "repair", keys=key).status_code == 303
    after = words_of(page(edge, draft))
    assert SOUND in after and "已修复，改动 1 个区域" in after and "没有缝隙" in after
    again = act(edge, draft, "repair", keys=key)
    assert again.status_code == 409
    assert "草案在此期间改过了" in words_of(again.text)
    assert act(edge, draft, "undo").status_code == 303
    assert keys_in(page(edge, draft)) == [key]
    assert act(edge, draft, "undo").status_code == 409  # the step before is no repair
    assert kinds(edge, draft) == [FindingKind.GAP]


def test_safe_repairs_are_counted_before_and_done_at_once(edge: Edge) -> None:
    draft = bitten_draft(edge, 10, 20, 30, 80)
    html = page(edge, draft)
    assert "3 处可放心修复" in words_of(html)
    assert "涉及 3 个区域" in words_of(html)
    (revision,) = fields_of(html)["revision"]
    stale = act(edge, draft, "repair", all="safe", revision="0" * 32)
    assert stale.status_code == 409 and len(kinds(edge, draft)) == 4
    assert act(edge, draft, "repair", all="safe", revision=revision).status_code == 303
    assert len(kinds(edge, draft)) == 1
    after = words_of(page(edge, draft))
    assert "可放心修复" not in after and "已修复，改动 3 个区域" in after
    nothing = act(edge, draft, "repair")
    assert nothing.status_code == 400 and "请选择要修复的问题" in words_of(nothing.text)


@pytest.fixture(scope="module")
def wreck(edge: Edge) -> GridVersion:
    """A draft with a hundred spoilt grids."""
    spoilt, _ = broken(sample_areas(), Random(7), 100, {AreaKind.GRID})
    usable = [
        one if one.geometry.is_valid and not one.geometry.is_empty else sound
        for one, sound in zip(spoilt, sample_areas(), strict=True)
    ]
    with edge.writing() as session:
        return grids.new_draft(session, DISTRICT, usable, {}, by=BY, now=NOON)


def test_many_findings_come_fifty_at_a_time_and_by_check(edge: Edge, wreck: GridVersion) -> None:
    html = page(edge, wreck)
    assert html.count('data-entry="') == 50
    following = next(address for address, word in links_of(html) if word == "下一页")
    assert following.endswith("checks?page=2")
    seen = set(keys_in(html)) & set(keys_in(admin(edge).get(following).text))
    assert not seen
    last = page(edge, wreck, page="999999")
    assert "下一页" not in words_of(last) and 'data-entry="0"' in last
    assert page(edge, wreck, page="x", check="no such check").count('data-entry="') == 50
    gaps = page(edge, wreck, check="gaps")
    assert keys_in(gaps) and all(
        CHECK_OF[FindingKind(k.split(":")[0])] == "gaps" for k in keys_in(gaps)
    )
    assert "仅看" not in gaps


def test_the_map_gets_the_findings_of_the_page(edge: Edge, wreck: GridVersion) -> None:
    for asked in ({}, {"check": "overlaps"}, {"page": "2"}):
        shown = page(edge, wreck, **asked)
        answer = admin(edge).get(
            f"/admin/grids/{wreck.number}/findings.geojson", query_string=asked
        )
        assert answer.mimetype == "application/geo+json"
        drawn = {feature["properties"]["place"] for feature in answer.json["features"]}
        assert drawn == {int(n) for n in re.findall(r'data-show="(\d+)"', shown)}
        points = [f for f in answer.json["features"] if f["geometry"]["type"] == "Point"]
        assert len(points) == len(drawn)


def test_after_a_repair_one_is_back_where_one_was(edge: Edge) -> None:
    draft = bitten_draft(edge, 40, 60)
    html = page(edge, draft, check="gaps")
    answer = act(edge, draft, "repair", keys=keys_in(html)[0], check="gaps", page="1")
    assert answer.headers["Location"].endswith(f"/admin/grids/{draft.number}/checks?check=gaps")


def test_who_may_only_look_finds_no_buttons(edge: Edge) -> None:
    draft = bitten_draft(edge, 40)
    with edge.writing() as session:
        watcher = Person(district_code=DISTRICT, username="seesonly", name="看")
        session.add(watcher)
        session.flush()
        session.add(GrantRow(person_id=watcher.id, role="security_admin", area_code=DISTRICT))
    browser = edge.colleague("seesonly")
    html = browser.get(f"/admin/grids/{draft.number}/checks").text
    assert "缝隙" in words_of(html) and "照此修复" not in words_of(html)
    assert keys_in(html) == [] and "可放心修复" not in words_of(html)
    token = token_in(browser.get("/staff", follow_redirects=True).text)
    for what in ("repair", "undo", "duties"):
        answer = browser.post(
            f"/admin/grids/{draft.number}/checks/{what}", data={"csrf_token": token}
        )
        assert answer.status_code == 403


def test_the_active_version_is_checked_and_one_of_the_past_is_not(edge: Edge) -> None:
    active = admin(edge).get("/admin/grids/1/checks")
    assert "面积过小" in words_of(active.text) and keys_in(active.text) == []
    draft, _ = split_draft(edge)
    with edge.writing() as session:
        grids.discard(session, grids.version(session, DISTRICT, draft.number), now=NOON)
    gone = admin(edge).get(f"/admin/grids/{draft.number}/checks")
    assert gone.status_code == 200 and "只检查草案和现行版本" in words_of(gone.text)
    token = token_in(active.text)
    form = {"csrf_token": token, "keys": "gap:x"}
    refused = admin(edge).post(f"/admin/grids/{draft.number}/checks/repair", data=form)
    assert refused.status_code == 409
    assert admin(edge).get("/admin/grids/99/checks").status_code == 404


def test_in_english_the_same_is_said(edge: Edge) -> None:
    draft, vacant = split_draft(edge)
    browser = admin(edge)
    browser.set_cookie("language", "en")
    try:
        words = words_of(page(edge, draft))
        answer = act(edge, draft, "duties", code=vacant, lead="nobody", deputy="")
    finally:
        browser.delete_cookie("language")
    assert "has neither lead nor deputy" in words and "1 places to mend" in words
    assert "0, up to 1 m² allowed" in words and "Every grid is of one piece" in words
    assert "Nobody here is called nobody. Write the user name." in words_of(answer.text)
