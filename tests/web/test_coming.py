"""What will happen if nobody acts, as staff read it on the case and the desk, and programs."""

from collections.abc import Iterator

import pytest
from flask import Flask

from gridgov.storage.session import unit_of_work
from tests.support.acts import set_ladder
from tests.web.edge import Edge
from tests.web.machine import Program, program
from tests.web.reading import words_of


@pytest.fixture(autouse=True, scope="module")
def ladder(edge: Edge) -> Iterator[None]:
    """The ladder is on for the file."""
    _switch(edge.app, on=True)
    yield
    _switch(edge.app, on=False)


def _switch(app: Flask, *, on: bool) -> None:
    with app.app_context(), unit_of_work() as session:
        set_ladder(session, on=on)


@pytest.fixture(scope="module")
def reader(edge: Edge) -> Program:
    return program(edge)


def test_the_case_and_the_desk_say_who_takes_it_next_in_both_languages(edge: Edge) -> None:
    case = edge.case(edge.report())
    staff = edge.staff("dispatcher")
    chinese = words_of(staff.get(f"/work/cases/{case.id}").text)
    assert chinese.count("无人签收则升级到") >= 2
    assert "若无人处理" in chinese
    assert "无人签收则升级到" in words_of(staff.get("/desk?tab=open").text)
    staff.set_cookie("language", "en")
    english = words_of(staff.get(f"/work/cases/{case.id}").text)
    desk = words_of(staff.get("/desk?tab=open").text)
    staff.delete_cookie("language")  # others go on with this browser
    assert english.count("If nobody signs: to ") >= 2
    assert "If nobody signs: to " in desk


def test_a_program_gets_the_same_with_codes(edge: Edge, reader: Program) -> None:
    case = edge.case(edge.report())
    found = reader.get(f"/cases/{case.number}").json
    climbs = [one for one in found["coming"] if one["kind"] == "climb"]
    assert [one["level"] for one in climbs] == ["village", "town", "district"]
    assert all(one["unit"] for one in climbs)
    moments = [one["at"] for one in found["coming"]]
    assert moments == sorted(moments)
    # Provisional near the end of the days that are published: not the same all the year round.
    assert (found["lamp"], found["due_provisional"]) == ("green", case.due_provisional)
    assert "coming" not in reader.get("/cases", limit=1).json["cases"][0]


def test_a_clock_that_stands_is_grey_everywhere(edge: Edge, reader: Program) -> None:
    case = edge.case(edge.report())
    worker = edge.staff("worker")
    edge.done(worker, case.id, "sign")
    assert edge.act(worker, case.id, "ask_info", text="是哪一栋？").status_code == 303
    found = reader.get(f"/cases/{case.number}").json
    assert (found["lamp"], found["overdue"]) == ("grey", False)
    assert found["coming"][0]["kind"] == "info_ends"
    page = words_of(edge.staff("dispatcher").get(f"/work/cases/{case.id}").text)
    assert "上报人未答复则继续办理" in page
    desk = edge.staff("dispatcher").get("/desk?tab=open").text
    row = desk[desk.index(str(case.id)) :][:700]
    assert "lamp-grey" in row


def test_a_staged_limit_is_dated_step_by_step(edge: Edge, reader: Program) -> None:
    case = edge.case(edge.report(category="0401"))
    found = reader.get(f"/cases/{case.number}").json
    assert [one["name"] for one in found["steps"]] == ["停工", "处罚", "拆除"]
    assert found["steps"][-1]["due_at"] == found["due_at"]
    page = words_of(edge.staff("dispatcher").get(f"/work/cases/{case.id}").text)
    assert "办理步骤" in page and "下一步" in page
