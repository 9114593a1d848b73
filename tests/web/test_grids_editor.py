"""The editor of a draft over HTTP: each act as a plain form, refusals, who may look."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Net
from gridgov.services import grids, grids_activate
from gridgov.storage.areas import GridVersion
from gridgov.storage.districts import District
from gridgov.storage.grid_changes import GridEdit
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person
from gridgov.web.instance import utc_now
from tests.support.app import token_in
from tests.support.edited_nets import a_line, assert_exactly_one_owner
from tests.web.edge import DISTRICT, GRID, Edge
from tests.web.reading import fields_of, words_of

VILLAGE = GRID[:-3]
BY = Actor.system(DISTRICT)


@pytest.fixture
def number(edge: Edge) -> int:
    """A draft of one's own, a copy of the active net."""
    with edge.writing() as session:
        return grids.copy_active(session, DISTRICT, by=BY, now=utc_now()).number


def admin(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


def at(number: int, *, act: str = "") -> str:
    return f"/admin/grids/{number}{act and f'/{act}'}"


def show(edge: Edge, number: int, **query: Any) -> str:
    answer = admin(edge).get(at(number), query_string=query)
    assert answer.status_code == 200, words_of(answer.text)
    return answer.text


def send(edge: Edge, number: int, act: str, **form: Any) -> TestResponse:
    token = token_in(show(edge, number))
    return admin(edge).post(at(number, act=act), data={"csrf_token": token, **form})


def done(edge: Edge, number: int, act: str, **form: Any) -> str:
    """Do an act that must succeed; return the page it leads to."""
    answer = send(edge, number, act, **form)
    assert answer.status_code == 303, words_of(answer.text)
    return admin(edge).get(answer.headers["Location"]).text


def state_of(page: str) -> dict[str, Any]:
    """What the page tells the map."""
    found = re.search(r'<script type="application/json" data-state>(.*?)</script>', page, re.S)
    assert found is not None
    state: dict[str, Any] = json.loads(found[1])
    return state


def net_of(edge: Edge, number: int) -> Net:
    with edge.rows() as session:
        return grids.net_of(session, grids.version(session, DISTRICT, number))


def grid_of(edge: Edge, number: int, code: str = GRID) -> AreaShape:
    return net_of(edge, number).area(code)


def typed(points: Sequence[tuple[float, float]]) -> str:
    """Points as a person types them, one a line."""
    return "\n".join(f"{lon:.7f},{lat:.7f}" for lon, lat in points)


def line_through(edge: Edge, number: int, code: str = GRID) -> str:
    return typed(a_line(grid_of(edge, number, code).geometry, 0.1))


def split(edge: Edge, number: int, **more: Any) -> str:
    names = {"name_0": "东风片", "name_en_0": "Dongfeng", "name_1": "沧江片", "name_en_1": ""}
    line = line_through(edge, number)
    return done(edge, number, "split", grid=GRID, line=line, confirm="1", **names, **more)


def test_a_line_shows_two_parts_and_nothing_is_written_before_it_is_confirmed(
    edge: Edge, number: int
) -> None:
    line = line_through(edge, number)
    answer = send(edge, number, "split", grid=GRID, line=line)
    assert answer.status_code == 200
    parts = state_of(answer.text)["halves"]
    assert [part["code"][:-3] for part in parts] == [VILLAGE, VILLAGE]
    fields = fields_of(answer.text)
    assert fields["name_0"] == [parts[0]["name"]] and fields["name_1"] == [parts[1]["name"]]
    assert fields["line"] == [line]
    words = words_of(answer.text)
    assert words.count("平方米") == 3, "the grid and both parts say how large they are"
    assert net_of(edge, number).find(GRID) is not None


def test_a_grid_is_split_as_it_was_named_and_its_people_go_where_was_said(
    edge: Edge, number: int
) -> None:
    before = grid_of(edge, number).geometry.area
    page = split(edge, number, heir="1")
    net = net_of(edge, number)
    assert net.find(GRID) is None
    first, second = state_of(page)["changed"]
    assert [net.area(code).name for code in (first, second)] == ["东风片", "沧江片"]
    assert net.area(second).name_en == "沧江片", "without an English name its own stands"
    assert net.area(first).geometry.area + net.area(second).geometry.area == pytest.approx(before)
    assert "泰华社区 06 网格拆分为东风片、沧江片" in words_of(page)
    west, south, east, north = state_of(page)["fit"]
    lon, lat = net.area(first).geometry.centroid.coords[0]
    assert west < lon < east and south < lat < north, "what changed is in view"
    people = words_of(show(edge, number, grid=GRID.replace("006", "005")))
    assert "主责" in people
    assert "没有人值守" in words_of(show(edge, number, grid=first))
    assert "主责" in words_of(show(edge, number, grid=second))
    assert_exactly_one_owner(net.areas(), seed=1)


def test_the_map_and_the_list_know_the_draft_as_it_is_after_each_step(
    edge: Edge, number: int
) -> None:
    first, second = state_of(split(edge, number))["changed"]
    borders = admin(edge).get(at(number, act="areas.geojson"), query_string={"kind": "grid"}).json
    assert {first, second} <= {one["id"] for one in borders["features"]}
    assert GRID not in {one["id"] for one in borders["features"]}
    assert first in words_of(show(edge, number, q=VILLAGE))
    page = done(edge, number, "undo-step", seq="1")
    assert "已撤回：泰华社区 06 网格拆分为东风片、沧江片" in words_of(page)
    assert "编辑步骤" in words_of(page) and "撤回这一步" not in words_of(page)
    again = admin(edge).get(at(number, act="areas.geojson"), query_string={"kind": "grid"}).json
    assert {one["id"] for one in again["features"]} == set(
        edge.reference().net.layer(AreaKind.GRID).codes
    )
    assert grid_of(edge, number).geometry.equals_exact(edge.area(GRID).geometry)


def test_grids_are_merged_into_the_one_that_was_chosen(edge: Edge, number: int) -> None:
    page = show(edge, number, grid=GRID)
    assert fields_of(page)["keep"] == [GRID]
    net = net_of(edge, number)
    ground = net.area(GRID).geometry
    beside = [one for one in net.children(VILLAGE) if one.kind is AreaKind.GRID]
    other = next(
        one for one in beside if one.code != GRID and one.geometry.intersection(ground).length
    )
    name = other.name
    page = done(edge, number, "merge", grid=GRID, codes=[other.code], keep=other.code)
    net = net_of(edge, number)
    assert net.find(GRID) is None and net.area(other.code).name == name
    assert net.area(other.code).geometry.covers(ground.representative_point())
    assert f"合并为{name}" in words_of(page) and "撤回这一步" in words_of(page)


def test_a_professional_grid_is_drawn_takes_its_classes_and_is_removed_again(
    edge: Edge, number: int
) -> None:
    west, south, east, north = (
        grid_of(edge, number).geometry.representative_point().buffer(1e-4).bounds
    )
    corners = typed([(west, south), (east, south), (east, north), (west, north)])
    form = {"polygon": corners, "name": "金水湾市场", "categories": ["0101", "0102"], "parent": ""}
    page = done(edge, number, "professional", **form)
    [code] = state_of(page)["changed"]
    made = net_of(edge, number).area(code)
    assert (made.kind, made.parent_code) == (AreaKind.PROFESSIONAL, VILLAGE)
    assert (made.name, made.name_en) == ("金水湾市场", "金水湾市场")
    assert made.categories == {"0101", "0102"}
    done(edge, number, "rename", grid=code, name="新市场", name_en="New market")
    assert net_of(edge, number).area(code).name_en == "New market"
    page = done(edge, number, "remove", grid=code)
    assert net_of(edge, number).find(code) is None
    assert "删除新市场" in words_of(page)


def test_a_unit_grid_cannot_be_removed_it_would_leave_a_hole(edge: Edge, number: int) -> None:
    assert f"{at(number, act='remove')}" not in show(edge, number, grid=GRID)
    answer = send(edge, number, "remove", grid=GRID)
    assert answer.status_code == 400
    assert "中没有这个区域" in words_of(answer.text)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "至少两个点"),
        ("112.88,22.90", "至少两个点"),
        ("112.88,22.90\nhier", "第 2 个点读不出来"),
        ("22.90,112.88\n22.91,112.88", "第 1 个点读不出来"),
        ("112.10,22.10\n112.11,22.10", "一次把网格分成两块"),
        ("\n".join(["112.88,22.90"] * 2001), "超过 2000 个"),
    ],
)
def test_a_line_that_cannot_cut_says_why_and_stays(
    edge: Edge, number: int, line: str, said: str
) -> None:
    for more in ({}, {"confirm": "1", "name_0": "一", "name_1": "二"}):
        answer = send(edge, number, "split", grid=GRID, line=line, **more)
        assert answer.status_code == 400
        assert said in words_of(answer.text)
        assert fields_of(answer.text)["line"] == [line]
        assert state_of(answer.text)["chosen"] == GRID
    assert net_of(edge, number).find(GRID) is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"polygon": "112.88,22.90\n112.89,22.90"}, "画一个封闭的范围"),
        ({"polygon": "112.1,22.1\n112.2,22.2\n112.2,22.1\n112.1,22.2"}, "自相交"),
        ({"polygon": "1.0,2.0\n1.1,2.0\n1.0,2.1"}, "不在所属区域内"),
        ({"categories": []}, "选择专业网格受理的类别"),
        ({"categories": ["9999"]}, "9999"),
        ({"name": "  "}, "请起个名称"),
        ({"name": "长" * 81}, "80"),
        ({"parent": GRID}, "请选择所属的"),
    ],
)
def test_a_professional_grid_that_cannot_be_says_why_and_keeps_what_was_drawn(
    edge: Edge, number: int, change: dict[str, Any], said: str
) -> None:
    middle = grid_of(edge, number).geometry.representative_point()
    corners = [(middle.x + dx, middle.y + dy) for dx, dy in ((0, 0), (1e-3, 0), (0, 1e-3))]
    form = {"polygon": typed(corners), "name": "市场", "categories": ["0101"], **change}
    answer = send(edge, number, "professional", **form)
    assert answer.status_code == 400
    assert said in words_of(answer.text)
    kept = fields_of(answer.text)
    assert kept["polygon"] == [form["polygon"]]
    assert form["name"] in kept["name"] or not form["name"].strip()
    assert kept.get("categories", []) == [c for c in form["categories"] if c != "9999"]


def test_only_neighbours_of_one_village_are_merged(edge: Edge, number: int) -> None:
    net = net_of(edge, number)
    ground = net.area(GRID).geometry
    units = [one for one in net.areas(AreaKind.GRID) if one.code != GRID]
    abroad = next(one.code for one in units if one.parent_code != VILLAGE)
    apart = next(
        one.code
        for one in units
        if one.parent_code == VILLAGE and not one.geometry.intersects(ground)
    )
    for codes, keep, said in (
        ([], GRID, "请至少选择两个"),
        ([abroad], GRID, "只能合并同一村居"),
        ([apart], GRID, "互不相邻"),
        ([apart], abroad, "请选择合并后保留"),
    ):
        answer = send(edge, number, "merge", grid=GRID, codes=codes, keep=keep)
        assert answer.status_code == 400
        assert said in words_of(answer.text), said
        assert set(codes) <= set(fields_of(answer.text).get("codes", [])) | {abroad}


def test_a_step_is_taken_back_only_by_who_saw_it_as_the_last(edge: Edge, number: int) -> None:
    done(edge, number, "rename", grid=GRID, name="甲", name_en="A")
    done(edge, number, "rename", grid=GRID, name="乙", name_en="B")
    answer = send(edge, number, "undo-step", seq="1")
    assert answer.status_code == 409
    assert net_of(edge, number).area(GRID).name == "乙"
    done(edge, number, "undo-step", seq="2")
    assert net_of(edge, number).area(GRID).name == "甲"
    with edge.rows() as session:
        version = grids.version(session, DISTRICT, number)
        steps = session.scalars(select(GridEdit).where(GridEdit.grid_version_id == version.id))
        login = edge.installation.login("system_admin")["username"]
        person = session.scalars(select(Person).where(Person.username == login)).one()
        assert {step.by_person_id for step in steps} == {person.id}
    assert words_of(show(edge, number)).count(person.name) >= 3, "who did each step"


def test_every_area_is_found_by_code_or_name_page_by_page(edge: Edge, number: int) -> None:
    assert "河江社区 01 网格" in words_of(show(edge, number))
    found = words_of(show(edge, number, q="泰华 06"))
    assert "泰华社区 06 网格" in found and "河江社区" not in found
    assert "荷城街道" in words_of(show(edge, number, q="荷城街道"))
    assert "泰华社区 06 网格" in words_of(show(edge, number, q="taihua grid 06"))
    page = show(edge, number, offset=12)
    assert "第 13–24 个，共 700 个" in words_of(page)
    assert "第 697–700 个" in words_of(show(edge, number, offset=99_999))
    assert "没有找到" in words_of(show(edge, number, q="没有这样的网格"))
    assert "没有这个区域：440608999" in words_of(show(edge, number, grid="440608999"))


def test_the_active_version_is_shown_and_not_edited(edge: Edge, number: int) -> None:
    page = show(edge, 1, grid=GRID)
    assert "正在生效" in words_of(page)
    assert at(1, act="split") not in page and at(1, act="professional") not in page
    answer = admin(edge).post(
        at(1, act="rename"),
        data={"csrf_token": token_in(page), "grid": GRID, "name": "甲", "name_en": "A"},
    )
    assert answer.status_code == 409
    assert "该版本已不是草" in words_of(answer.text)
    look = {"csrf_token": token_in(page), "grid": GRID, "line": line_through(edge, number)}
    assert admin(edge).post(at(1, act="split"), data=look).status_code == 409
    assert edge.area(GRID).name != "甲"


def test_security_administrators_look_and_do_not_change(edge: Edge, number: int) -> None:
    with edge.writing() as session:
        person = Person(id=new_id(), district_code=DISTRICT, username="looker", name="看")
        session.add(person)
        session.flush()
        session.add(GrantRow(person_id=person.id, role="security_admin", area_code=DISTRICT))
    looker = edge.colleague("looker")
    page = looker.get(at(number), query_string={"grid": GRID})
    assert page.status_code == 200 and "您可以查看" in words_of(page.text)
    assert at(number, act="split") not in page.text
    assert looker.get(at(number, act="areas.geojson")).status_code == 200
    for act in ("split", "merge", "professional", "rename", "remove", "undo-step"):
        answer = looker.post(at(number, act=act), data={"csrf_token": token_in(page.text)})
        assert answer.status_code == 403, act
    supervisor = edge.staff("supervisor")
    assert supervisor.get(at(number)).status_code == 403
    assert supervisor.get(at(number, act="areas.geojson")).status_code == 403
    assert edge.visitor().get(at(number, act="areas.geojson")).status_code == 302


def test_another_districts_version_is_not_there(edge: Edge) -> None:
    with edge.writing() as session:
        own = session.get_one(District, DISTRICT)
        columns = {c.key: getattr(own, c.key) for c in District.__table__.columns}
        session.add(District(**(columns | {"code": "990001", "grid_version": None})))
        session.flush()
        session.add(
            GridVersion(district_code="990001", number=77, status="draft", made_at=utc_now())
        )
    token = token_in(admin(edge).get("/admin").text)
    for path in ("", "areas.geojson"):
        assert admin(edge).get(at(77, act=path)).status_code == 404
    answer = admin(edge).post(at(77, act="rename"), data={"csrf_token": token, "grid": GRID})
    assert answer.status_code == 404


def test_borders_of_a_draft_are_private_and_asked_for_by_their_mark(
    edge: Edge, number: int
) -> None:
    path = at(number, act="areas.geojson")
    west, south, east, north = grid_of(edge, number).geometry.bounds
    asked = {"kind": "grid", "zoom": 15, "bbox": f"{west},{south},{east},{north}"}
    first = admin(edge).get(path, query_string=asked)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert GRID in {one["id"] for one in first.json["features"]}
    assert len(first.json["features"]) < 60, "only what is in view"
    headers = {"If-None-Match": first.headers["ETag"]}
    again = admin(edge).get(path, query_string=asked, headers=headers)
    assert (again.status_code, again.data) == (304, b"")
    other = admin(edge).get(path, query_string={**asked, "zoom": 12}, headers=headers)
    assert other.status_code == 200, "another zoom is another answer"
    done(edge, number, "rename", grid=GRID, name="甲", name_en="A")
    changed = admin(edge).get(path, query_string=asked, headers=headers)
    assert changed.status_code == 200
    [feature] = [one for one in changed.json["features"] if one["id"] == GRID]
    assert feature["properties"]["name"] == "甲"
    wrong = admin(edge).get(
        path, query_string={"bbox": "1,2"}, headers={"Accept": "application/json"}
    )
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (400, "bbox")


def test_an_activated_draft_is_read_only_and_keeps_its_steps(edge_on_both: Edge) -> None:
    edge = edge_on_both
    with edge.writing() as session:
        number = grids.copy_active(session, DISTRICT, by=BY, now=utc_now()).number
    first, second = state_of(split(edge, number, heir="0"))["changed"]
    done(edge, number, "merge", grid=first, codes=[second], keep=first)
    with edge.writing() as session:
        draft = grids.version(session, DISTRICT, number)
        grids_activate.activate(session, draft, by=BY, now=utc_now())
    page = show(edge, number)
    assert "正在生效" in words_of(page) and "拆分为东风片、沧江片" in words_of(page)
    assert "撤回这一步" not in words_of(page)
    assert edge.area(first).geometry.equals(net_of(edge, number).area(first).geometry)
