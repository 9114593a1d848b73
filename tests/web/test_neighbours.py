"""Handing a case to the grid next door, through its page: whoever may, and what is refused."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.domain.areas import AreaKind
from gridgov.services import dispatch
from gridgov.services.grids_borders import neighbours
from gridgov.storage.grid_changes import BorderCorrection
from gridgov.storage.history import of_case
from gridgov.storage.people import Duty, GrantRow, Person
from tests.web.edge import GRID, Edge
from tests.web.reading import words_of

FAR = "440608108001001"
ELSEWHERE = {"lon": "100", "lat": "20", "datum": "wgs84"}


def next_door(edge: Edge) -> str:
    """A unit grid that borders on the worker's."""
    found = neighbours(edge.reference().net, GRID)
    return next(area.code for area in found if area.kind is AreaKind.GRID)


def opened(edge: Edge) -> UUID:
    return edge.case(edge.report()).id


def page(browser: FlaskClient, case_id: UUID) -> str:
    answer = browser.get(f"/work/cases/{case_id}")
    assert answer.status_code == 200
    return answer.text


def panel(html: str) -> str:
    """The form for the grid next door, empty where there is none."""
    found = re.search(r'<form[^>]*id="act-hand_neighbour".*?</form>', html, re.DOTALL)
    return found[0] if found else ""


def ways(html: str) -> dict[str, str]:
    """The grids a press hands the case to, with what is said of each."""
    found = re.findall(r'name="target" value="(\d+)"[^>]*>(.*?)</button>', panel(html), re.DOTALL)
    return {code: words_of(said) for code, said in found}


def spot_in(edge: Edge, code: str) -> dict[str, str]:
    ground = edge.area(code).geometry
    assert ground is not None
    point = ground.representative_point()
    return {"lon": f"{point.x:.7f}", "lat": f"{point.y:.7f}", "datum": "wgs84", "accuracy_m": "8"}


def name_of_lead(edge: Edge, code: str) -> str:
    with edge.rows() as session:
        query = select(Person.name).join(Duty, Duty.person_id == Person.id)
        return session.scalars(query.where(Duty.area_code == code, Duty.kind == "lead")).one()


@contextmanager
def unmanned(edge: Edge, code: str) -> Iterator[None]:
    """Nobody has the duty for a grid."""
    with edge.writing() as session:
        duties = session.scalars(select(Duty).where(Duty.area_code == code)).all()
        ended = [(duty.id, duty.ends_on) for duty in duties]
        for duty in duties:
            duty.ends_on = duty.starts_on - timedelta(days=1)
    yield
    with edge.writing() as session:
        for id_, ends_on in ended:
            session.get_one(Duty, id_).ends_on = ends_on


def handler_of(edge: Edge, receipt: str) -> FlaskClient:
    """Somebody of the unit that has a case."""
    with edge.rows() as session:
        of_unit = select(Person.username).join(GrantRow, GrantRow.person_id == Person.id)
        wanted = of_unit.where(GrantRow.unit_code == edge.case(receipt).unit_code)
        username = session.scalars(wanted.order_by(Person.username)).first()
    assert username is not None
    return edge.colleague(username)


def hand(edge: Edge, browser: FlaskClient, case_id: UUID, **form: Any) -> Any:
    return edge.act(browser, case_id, "hand_neighbour", **form)


def test_the_form_names_the_grids_around_by_landmark_side_distance_and_person(edge: Edge) -> None:
    case_id = opened(edge)
    offered = ways(page(edge.staff("worker"), case_id))
    reference = edge.reference()
    around = {area.code for area in neighbours(reference.net, GRID)}
    assert offered.keys() == around
    for code, said in offered.items():
        assert reference.net.area(code).name in said
        assert re.search(r"边界在图钉[东南西北]+侧 \d+ 米|图钉就在其中", said), said
    unit = next_door(edge)
    assert reference.landmarks[unit][0]["name"] in offered[unit]
    distances = [int(m[1]) for said in offered.values() if (m := re.search(r"侧 (\d+) 米", said))]
    assert distances == sorted(distances)
    assert name_of_lead(edge, unit) in offered[unit]


def test_one_press_with_a_reason_hands_it_over_and_the_history_says_so(edge: Edge) -> None:
    case_id, code = opened(edge), next_door(edge)
    worker = edge.staff("worker")
    answer = hand(edge, worker, case_id, reason="other_duty", target=code)
    assert answer.status_code == 303
    assert str(case_id) not in worker.get("/work?tab=sign").text
    neighbour = edge.lead_of(code)
    assert str(case_id) in neighbour.get("/work?tab=sign").text
    own, other = (edge.area(one).name for one in (GRID, code))
    said = words_of(page(neighbour, case_id))
    assert f"由{own}转到{other}" in said
    assert "属相邻网格" in said or "邻" in said
    assert f"现归{other}负责" in said
    neighbour.set_cookie("language", "en")
    english = words_of(page(neighbour, case_id))
    neighbour.delete_cookie("language")
    names = [edge.area(one).name_en for one in (GRID, code)]
    assert f"from {names[0]} to {names[1]}" in english
    assert f"now the duty of {names[1]}" in english


def test_a_wrong_spot_goes_where_the_pin_was_put(edge: Edge) -> None:
    receipt, code = edge.report(), next_door(edge)
    case = edge.case(receipt)
    right = spot_in(edge, code)
    answer = hand(edge, edge.staff("worker"), case.id, reason="wrong_spot", target=code, **right)
    assert answer.status_code == 303
    after, told = edge.case(receipt), edge.told(receipt)
    assert (f"{after.lon:.7f}", f"{after.lat:.7f}") == (right["lon"], right["lat"])
    assert (told.lon, told.lat) == (case.lon, case.lat)
    assert after.routing == case.routing
    with edge.rows() as session:
        (counted,) = session.query(BorderCorrection).filter_by(case_id=case.id)
        assert (counted.from_code, counted.to_code) == (GRID, code)
        assert of_case(session, case.id)[-1].reason == "wrong_spot"
    assert "图钉移动了" in words_of(page(edge.lead_of(code), case.id))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"target": "{next}"}, "请选一个理由"),
        ({"reason": "other_duty"}, "请选派给谁"),
        ({"reason": "because", "target": "{next}"}, "理由"),
        ({"reason": "other_duty", "target": GRID}, "已在"),
        ({"reason": "other_duty", "target": FAR}, "不相邻"),
        ({"reason": "other_duty", "target": "nowhere"}, "列表"),
        ({"reason": "wrong_spot", "target": "{next}", "in": FAR}, "不一致"),
        ({"reason": "wrong_spot", "target": "{next}", "lon": "1", "lat": "x"}, "数字"),
        ({"reason": "wrong_spot", "target": "{next}", "lon": "112.9", "lat": "22.9"}, "坐标系"),
        (
            {
                "reason": "wrong_spot",
                "target": "{next}",
                "lon": "100",
                "lat": "20",
                "datum": "wgs84",
            },
            "范围之外",
        ),
    ],
)
def test_what_cannot_be_handed_over_says_why_and_keeps_what_was_typed(
    edge: Edge, form: dict[str, str], sentence: str
) -> None:
    receipt = edge.report()
    case_id = edge.case(receipt).id
    values = {name: value.replace("{next}", next_door(edge)) for name, value in form.items()}
    if "in" in values:
        values |= spot_in(edge, values.pop("in"))
    answer = hand(edge, edge.staff("worker"), case_id, text="在桥头那边", **values)
    assert answer.status_code == 400
    shown = panel(answer.text)
    assert sentence in words_of(shown)
    assert "在桥头那边" in shown
    if form.get("reason") in {"wrong_spot", "other_duty"}:
        assert re.search(rf'value="{form["reason"]}" checked', shown)
    after = edge.case(receipt)
    assert (after.state, after.home_grid, after.duty_reason) == ("dispatched", GRID, None)


def test_where_no_worker_has_the_duty_its_village_gets_it(edge: Edge) -> None:
    receipt, code = edge.report(), next_door(edge)
    case_id = edge.case(receipt).id
    village = edge.reference().units[f"V{code[:12]}"]
    with unmanned(edge, code):
        assert village.name in ways(page(edge.staff("worker"), case_id))[code]
        answer = hand(edge, edge.staff("worker"), case_id, reason="other_duty", target=code)
    assert answer.status_code == 303
    assert edge.case(receipt).unit_code == village.code


def test_where_nobody_at_all_would_have_it_it_stays(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt, code = edge.report(), next_door(edge)
    case_id = edge.case(receipt).id
    monkeypatch.setattr(dispatch, "holder_at", lambda *_: None)
    shown = page(edge.staff("worker"), case_id)
    assert re.search(rf'value="{code}" disabled', panel(shown))
    assert "那里无人值守" in ways(shown)[code]
    answer = hand(edge, edge.staff("worker"), case_id, reason="other_duty", target=code)
    assert answer.status_code == 400
    assert "无人值守" in words_of(panel(answer.text))
    assert edge.case(receipt).home_grid == GRID


def test_a_dispatcher_may_name_any_grid_of_the_town_and_a_watcher_none(edge: Edge) -> None:
    receipt = edge.report()
    case_id = edge.case(receipt).id
    desk = edge.staff("dispatcher")
    shown = panel(page(desk, case_id))
    others = set(re.findall(r'<option value="(\d+)"', shown))
    town = {a.code for a in edge.reference().net.areas(AreaKind.GRID) if a.code[:9] == GRID[:9]}
    assert town - {GRID} - ways(page(desk, case_id)).keys() <= others
    chosen = sorted(others & town)[-1]
    answer = hand(edge, desk, case_id, reason="other_duty", target="", other_target=chosen)
    assert answer.status_code == 303
    assert edge.case(receipt).home_grid == chosen
    watcher = edge.staff("supervisor")
    assert panel(page(watcher, case_id)) == ""
    refused = hand(edge, watcher, case_id, reason="other_duty", target=GRID)
    assert refused.status_code == 403


def test_a_unit_that_has_a_case_may_hand_it_to_a_grid(edge: Edge) -> None:
    receipt = edge.report()
    case_id = edge.case(receipt).id
    edge.done(edge.staff("worker"), case_id, "sign")
    answer = edge.act(edge.staff("worker"), case_id, "pass_up", text="需要社区协调")
    assert answer.status_code == 303
    handler = handler_of(edge, receipt)
    code = next_door(edge)
    assert code in ways(page(handler, case_id))
    assert hand(edge, handler, case_id, reason="other_duty", target=code).status_code == 303
    after = edge.case(receipt)
    assert (after.home_grid, after.level, after.unit_code) == (code, "grid", None)


def test_a_confidential_case_is_not_handed_next_door(edge: Edge) -> None:
    receipt = edge.report(category="0704", text="出租屋二楼夜夜赌钱")
    case = edge.case(receipt)
    assert case.confidential
    desk = edge.staff("dispatcher")
    assert panel(page(desk, case.id)) == ""
    refused = hand(edge, desk, case.id, reason="other_duty", target=next_door(edge))
    assert refused.status_code == 400
    assert edge.case(receipt).duty_reason is None
