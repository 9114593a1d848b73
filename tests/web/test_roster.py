"""The pages of the roster: who may arrange what, what a form refuses, what a receipt does."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from gridgov.jobs import rosters as jobs
from gridgov.storage.people import Duty, GrantRow, Person
from gridgov.storage.rosters import HandOver, Leave, ShiftRow
from gridgov.storage.session import unit_of_work
from tests.support.app import token_in
from tests.web.edge import GRID, Edge
from tests.web.reading import words_of

ZONE = ZoneInfo("Asia/Shanghai")
VILLAGE, OTHER_TOWN = "440608004025", "440608101"


def send(client: FlaskClient, page: str, address: str, **form: Any) -> TestResponse:
    """Send a form with the token of a page."""
    token = token_in(client.get(page).text)
    return client.post(address, data={"csrf_token": token, "page": VILLAGE, **form})


def local(days: float) -> str:
    return f"{(datetime.now(UTC) + timedelta(days=days)).astimezone(ZONE):%Y-%m-%dT%H:%M}"


def asks(edge: Edge, who: str = "worker", **form: Any) -> TestResponse:
    values = {"from": local(-0.001), "until": local(3), "kind": "leave", **form}
    return send(edge.staff(who), "/work/leave", "/work/leave", **values)


def leave_of(edge: Edge, who: str = "worker") -> Leave:
    with edge.rows() as session:
        person = session.scalars(select(Person).where(Person.username == who)).one()
        query = select(Leave).where(Leave.person_id == person.id).order_by(Leave.id.desc())
        return session.scalars(query).first() or pytest.fail("no leave")


def decide(edge: Edge, who: str, leave_id: UUID, granted: str = "yes") -> TestResponse:
    page = f"/admin/roster?area={VILLAGE}"
    address = f"/admin/roster/leaves/{leave_id}/decide"
    return send(edge.staff(who), page, address, granted=granted)


def end(edge: Edge, who: str = "worker") -> None:
    client, leave = edge.staff(who), leave_of(edge, who)
    answer = send(client, "/work/leave", f"/work/leave/{leave.id}/end")
    assert answer.status_code == 303


def test_a_leave_is_asked_for_granted_by_the_village_and_moves_the_work(edge: Edge) -> None:
    case_id = edge.case(edge.report()).id
    assert asks(edge).status_code == 303
    mine = words_of(edge.staff("worker").get("/work/leave").text)
    assert "待审批" in mine
    assert "黄志文" in mine  # to whom the open cases would go
    waiting = words_of(edge.staff("village").get("/admin/roster").text)
    assert "1 份请假待审批" in waiting
    assert "陈海怡" in waiting
    assert decide(edge, "village", leave_of(edge).id).status_code == 303

    deputy = edge.staff("deputy")
    assert "待您确认" in words_of(deputy.get("/work").text)
    page = deputy.get("/work/leave").text
    assert "移交人：陈海怡" in words_of(page)
    with edge.rows() as session:
        waits = session.scalars(select(HandOver).where(HandOver.taken_at.is_(None))).all()
        offered = next(one for one in waits if one.to_person_id is not None)
    answer = send(deputy, "/work/leave", f"/work/leave/hand-overs/{offered.id}/take")
    assert answer.status_code == 303
    told = words_of(deputy.get(f"/work/cases/{case_id}").text)
    assert "换人接办" in told
    assert "A 岗陈海怡请假至" in told
    assert "B 岗黄志文：在办" in told

    code = edge.report()
    told = words_of(deputy.get(f"/work/cases/{edge.case(code).id}").text)
    assert "A 岗陈海怡请假至" in told
    deputy.set_cookie("language", "en")
    told = words_of(deputy.get(f"/work/cases/{edge.case(code).id}").text)
    assert "lead 陈海怡 on leave until" in told
    assert "deputy 黄志文: " in told
    deputy.set_cookie("language", "zh-Hans")
    end(edge)
    again = edge.case(edge.report())
    with edge.rows() as session:
        assert session.get_one(Person, again.assignee_id).username == "worker"


def enters(edge: Edge, who: str, **form: Any) -> TestResponse:
    values = {"from": local(-0.001), "until": local(3), "kind": "leave", **form}
    page = f"/admin/roster?area={VILLAGE}"
    return send(edge.staff(who), page, "/admin/roster/leaves", **values)


def test_who_arranges_enters_a_leave_and_sees_who_would_take_over(edge: Edge) -> None:
    edge.report()
    wrong = enters(edge, "system_admin", person="陈海怡", until=local(-2))
    assert wrong.status_code == 400
    assert 'value="陈海怡"' in wrong.text, "nothing typed is lost"
    assert enters(edge, "system_admin", person="陈海怡").status_code == 303
    page = words_of(edge.staff("system_admin").get(f"/admin/roster?area={VILLAGE}").text)
    assert "1 份请假待审批 陈海怡" in page
    assert re.search("案件将移交给： 黄志文 [0-9]+ 件", page)
    assert leave_of(edge).granted is None, "another one decides"
    assert decide(edge, "village", leave_of(edge).id).status_code == 303
    end(edge)


def test_a_leave_is_not_entered_for_somebody_of_another_area(edge: Edge) -> None:
    with edge.rows() as session:
        query = select(Person.username).join(Duty, Duty.person_id == Person.id)
        there = session.scalars(query.where(Duty.area_code.startswith("440608106"))).first()
    answer = enters(edge, "town_dispatcher", person=there)
    assert answer.status_code == 403, words_of(answer.text)
    assert enters(edge, "town_dispatcher", person="nobody-of-this-name").status_code == 400


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"from": ""}, "请填写开始时间"),
        ({"until": "someday"}, "日期不对"),
        ({"until": "2020-01-01T08:00"}, "结束早于开始"),
        ({"kind": "measles"}, "请从列表中选择"),
        ({"cover": "nobodyatall"}, "没有叫这个名字的人员"),
    ],
)
def test_what_cannot_be_a_leave_is_said_beside_its_field(
    form: dict[str, str], sentence: str, edge: Edge
) -> None:
    answer = asks(edge, "handler", **form)
    assert answer.status_code == 400
    assert sentence in words_of(answer.text)
    typed = form.get("until", "")
    assert typed in answer.text


def test_the_own_leave_and_one_of_another_area_are_not_decided(edge: Edge) -> None:
    assert asks(edge, "village", **{"from": local(1)}).status_code == 303
    leave_id = leave_of(edge, "village").id
    for who in ("village", "system_admin"):
        answer = decide(edge, who, leave_id)
        assert answer.status_code == 403, who
    assert decide(edge, "town_dispatcher", leave_id, "no").status_code == 303
    assert leave_of(edge, "village").granted is False


def test_a_roster_is_shown_to_who_arranges_it_and_to_nobody_else(edge: Edge) -> None:
    assert edge.staff("village").get(f"/admin/roster?area={OTHER_TOWN}").status_code == 404
    assert edge.staff("town_dispatcher").get(f"/admin/roster?area={VILLAGE}").status_code == 200
    assert edge.staff("handler").get("/admin/roster").status_code == 404  # a department's
    assert edge.staff("worker").get("/admin/roster").status_code == 403
    page = words_of(edge.staff("supervisor").get("/admin/roster").text)
    assert "每个网格都有人在岗" in page
    village = words_of(edge.staff("supervisor").get(f"/admin/roster?area={VILLAGE}").text)
    assert "A 岗 陈海怡" in village
    assert "不统计任何人的工时" in village


def test_duties_and_hours_are_written_and_ended(edge: Edge) -> None:
    village = edge.staff("village")
    page = f"/admin/roster?area={VILLAGE}"
    person = {"person": "w1640", "area": GRID}
    refused = send(village, page, "/admin/roster/duties", **person, kind="lead")
    assert refused.status_code == 409
    assert "已有人" in words_of(refused.text)
    done = send(village, page, "/admin/roster/duties", **person, kind="volunteer")
    assert done.status_code == 303
    assert "志愿者" in words_of(village.get(page).text)
    wrong = send(village, page, "/admin/roster/duties", person="w1640", area=VILLAGE, kind="lead")
    assert wrong.status_code == 400
    other = send(
        village, page, "/admin/roster/duties", person="w1640", area="440608004", kind="night"
    )
    assert other.status_code == 403

    hours = {"person": "w1640", "days": ["0", "4"], "opens": "22:00", "closes": "06:00"}
    assert send(village, page, "/admin/roster/shifts", **hours).status_code == 303
    assert "周一 22:00–06:00（夜班）" in words_of(village.get(page).text)
    nothing = send(village, page, "/admin/roster/shifts", **{**hours, "days": []})
    assert nothing.status_code == 400
    assert "请选择星期" in words_of(nothing.text)
    with edge.rows() as session:
        rows = session.scalars(select(ShiftRow)).all()
        duty = session.scalars(select(Duty).where(Duty.kind == "volunteer")).one()
    for row in rows:
        done = send(village, page, f"/admin/roster/shifts/{row.id}/end")
        assert done.status_code == 303
    assert send(village, page, f"/admin/roster/duties/{duty.id}/end").status_code == 303
    seen = village.get(page).text
    assert "w1640" not in seen


def test_a_grid_with_nobody_is_noted_told_and_covered_from_next_door(edge: Edge) -> None:
    page = f"/admin/roster?area={VILLAGE}"
    dispatcher = edge.staff("town_dispatcher")
    for who in ("worker", "deputy"):
        assert asks(edge, who).status_code == 303
        assert decide(edge, "supervisor", leave_of(edge, who).id).status_code == 303
    with edge.app.app_context():
        assert jobs.see_to_it() == 1
        assert jobs.see_to_it() == 0
    seen = dispatcher.get(page)
    assert "1 个网格目前无人在岗" in words_of(seen.text)
    assert "请其代岗" in words_of(seen.text)
    with edge.rows() as session:
        query = select(Duty).where(Duty.area_code.like(f"{VILLAGE}%"), Duty.area_code != GRID)
        near = session.get_one(Person, session.scalars(query).first().person_id)  # type: ignore[union-attr]
    form = {"area": GRID, "person": near.username, "kind": "cover"}
    assert send(dispatcher, page, "/admin/roster/duties", **form).status_code == 303
    with edge.app.app_context():
        jobs.see_to_it()
    assert "目前无人在岗" not in words_of(dispatcher.get(page).text)
    case = edge.case(edge.report())
    assert case.assignee_id == near.id
    for who in ("worker", "deputy"):
        end(edge, who)


def hire(edge: Edge, unit: str, *, active: bool) -> None:
    """Let everybody of a unit leave the service, or come back."""
    with edge.app.app_context(), unit_of_work() as session:
        query = select(Person).join(GrantRow, GrantRow.person_id == Person.id)
        for one in session.scalars(query.where(GrantRow.unit_code == unit)):
            one.active = active


def test_units_with_nobody_are_listed_until_somebody_works_there(edge: Edge) -> None:
    desk, office = edge.staff("dispatcher"), edge.staff("system_admin")
    here = "/admin/roster?area=440608"
    assert "没有工作人员" not in words_of(desk.get(here).text)
    hire(edge, "GD", active=False)
    with edge.app.app_context():
        jobs.see_to_it()
    said = words_of(desk.get(here).text)
    assert "1 个单位没有工作人员" in said and "高明供电局 自 " in said
    assert "高明供电局" not in words_of(desk.get(f"/admin/roster?area={VILLAGE}").text)
    assert "0 目前无人" in words_of(office.get("/admin/units?q=GD").text)
    hire(edge, "GD", active=True)
    with edge.app.app_context():
        jobs.see_to_it()
    assert "没有工作人员" not in words_of(desk.get(here).text)
    assert "目前无人" not in words_of(office.get("/admin/units?q=GD").text)
