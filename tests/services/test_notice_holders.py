"""Whoever has a case is told while they have it, whoever lost it that it is off."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework, merging, self_handled
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.intake import Submission
from gridgov.storage.cases import ASSIST, Case, open_tasks
from gridgov.storage.notices import Notice
from gridgov.storage.people import GrantRow
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import instance
from tests.support import notices as desk
from tests.support.acts import AFTER, DISTRICT, GRID, NOON, case_of, do, holder, person, report
from tests.support.notices import ALL_WAYS, told

MINUTE = timedelta(minutes=1)
PICTURE = StoredPhoto("c" * 64, 640, 480)

pytestmark = pytest.mark.usefixtures("nothing_told")


def made(**more: Any) -> UUID:
    """A case that a resident reported, with the grid's worker."""
    with unit_of_work() as session:
        return case_of(session, report(session, **more)).id


def act(case_id: UUID, action: Action, who: str, after: int = 1, **given: Any) -> None:
    with unit_of_work() as session:
        case, by = session.get_one(Case, case_id), person(session, who)
        do(session, case, action, by, NOON + after * MINUTE, **given)


def found_and_done() -> UUID:
    """A case that the worker found and closed at once."""
    with unit_of_work() as session:
        submission = Submission(
            DISTRICT, uuid4().hex, "snap", "0101", "楼道杂物", area_code=GRID, photos=(PICTURE,)
        )
        receipt = self_handled.found_and_done(
            session,
            submission,
            (AFTER,),
            by=person(session, "worker"),
            now=NOON,
            vault=instance().vault,
        )
        return receipt.case.id


def lot(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda _below: place)


def of_unit(code: str) -> set[str]:
    """The people of a unit, as notices name them."""
    with read_only() as session:
        found = session.scalars(select(GrantRow.person_id).where(GrantRow.unit_code == code))
        return {f"person:{one}" for one in found}


def kinds(case_id: UUID, recipient: str) -> set[str]:
    return {kind for who, kind in told(case_id) if who == recipient}


def test_whoever_is_drawn_to_check_is_told_and_nobody_is_asked_to_sign_what_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lot(monkeypatch, 0)
    drawn = [found_and_done() for _ in range(3)]
    lot(monkeypatch, 1)
    free = [found_and_done() for _ in range(3)]
    desk.plan(ALL_WAYS, NOON + MINUTE)
    for case_id in drawn:
        with read_only() as session:
            case = session.get_one(Case, case_id)
            checker = f"person:{case.checker_id}"
        assert checker != desk.recipient("worker")
        assert told(case_id) == {(checker, "to_check")}
    for case_id in free:
        assert told(case_id) == set(), "closed: there is nothing to sign"


def test_who_gave_a_case_back_before_the_notice_went_out_is_not_asked_to_sign_it() -> None:
    case_id = made()
    act(case_id, Action.RETURN, "worker", reason="wrong_duty", text="不归我们管")
    desk.plan(ALL_WAYS, NOON + MINUTE)
    assert "assigned" not in kinds(case_id, desk.recipient("worker"))


def test_who_had_a_case_hears_that_another_has_it() -> None:
    case_id, worker = made(), desk.recipient("worker")
    desk.plan(ALL_WAYS, NOON)
    act(case_id, Action.SIGN, "worker")
    act(case_id, Action.DISPATCH, "dispatcher", 2, target="unit:CG")
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    assert kinds(case_id, worker) == {"assigned", "off"}
    unit = of_unit("CG")
    assert unit and all(kinds(case_id, one) == {"assigned"} for one in unit)
    said = [one for one in desk.planned() if one.recipient == worker and one.kind == "off"]
    assert [type(one) for one in said] == [Notice]


def test_a_unit_hears_that_its_case_climbed() -> None:
    case_id = made()
    act(case_id, Action.DISPATCH, "dispatcher", target="unit:V440608004025")
    desk.plan(ALL_WAYS, NOON + MINUTE)
    with unit_of_work() as session:
        system = Actor.system(DISTRICT)
        casework.perform(
            session, case_id, Action.CLIMB, by=system, now=NOON + 2 * MINUTE, given=Given()
        )
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    with read_only() as session:
        now = session.get_one(Case, case_id).unit_code
    assert now is not None and now != "V440608004025"
    village = of_unit("V440608004025") - of_unit(now)
    assert village and all("off" in kinds(case_id, one) for one in village)
    assert not any("off" in kinds(case_id, one) for one in of_unit(now))


def test_who_has_a_case_hears_that_it_was_handed_over_to_another_office() -> None:
    case_id = made()
    act(case_id, Action.SIGN, "worker")
    said = {"target": "区法院", "receipt": "2026-1", "text": "由法院办理"}
    act(case_id, Action.TRANSFER, "dispatcher", 2, **said)
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    assert kinds(case_id, desk.recipient("worker")) == {"off"}


def test_whoever_had_a_case_hears_that_it_was_taken_out_of_the_other_one() -> None:
    case_id, other_id, worker = made(), made(), desk.recipient("worker")
    act(case_id, Action.SIGN, "worker")
    with unit_of_work() as session:
        by = person(session, "dispatcher")
        merging.merge(session, case_id, other_id, by=by, now=NOON + 2 * MINUTE)
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    assert "off" in kinds(case_id, worker) and "again" not in kinds(case_id, worker)
    with unit_of_work() as session:
        said, by = Given(text="不是同一处"), person(session, "dispatcher")
        merging.unmerge(session, case_id, by=by, now=NOON + 3 * MINUTE, given=said)
    desk.plan(ALL_WAYS, NOON + 3 * MINUTE)
    assert "again" in kinds(case_id, worker), "its clock runs again"


@pytest.mark.parametrize(("returns", "kind"), [(1, "to_accept"), (2, "to_rule")])
def test_of_a_returned_case_that_is_taken_out_whoever_gives_it_on_hears(
    returns: int, kind: str
) -> None:
    case_id, other_id = made(), made()
    for turn in range(returns):
        if turn:
            act(case_id, Action.DISPATCH, "dispatcher", target="lead")
        act(case_id, Action.RETURN, "worker", reason="wrong_duty", text="不归我们管")
    with unit_of_work() as session:
        by = person(session, "dispatcher")
        merging.merge(session, case_id, other_id, by=by, now=NOON + 2 * MINUTE)
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    before = told(case_id)
    with unit_of_work() as session:
        said, by = Given(text="不是同一处"), person(session, "dispatcher")
        merging.unmerge(session, case_id, by=by, now=NOON + 3 * MINUTE, given=said)
    desk.plan(ALL_WAYS, NOON + 3 * MINUTE)
    assert (desk.recipient("towndispatcher"), kind) in told(case_id) - before


def test_the_new_desk_hears_that_it_decides_on_what_came_up_with_a_case() -> None:
    case_id, district = made(category_code="0202"), desk.recipient("dispatcher")
    act(case_id, Action.SIGN, "worker")
    with read_only() as session:
        until = session.get_one(Case, case_id).due_at + timedelta(hours=4)
    act(case_id, Action.ASK_EXTENSION, "worker", 2, text="等配件", until=until)
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    assert "to_decide" not in kinds(case_id, district)
    for after in (3, 4, 5):  # to the village, the town, the district
        with unit_of_work() as session:
            case = session.get_one(Case, case_id)
            at = NOON + after * MINUTE
            by = holder(session, case.assignee_id, case.unit_code, at)
            do(session, case, Action.PASS_UP, by, at, text="要上级办")
    desk.plan(ALL_WAYS, NOON + 5 * MINUTE)
    assert "to_decide" in kinds(case_id, district)


def test_who_has_the_lead_hears_that_a_part_is_done() -> None:
    case_id, worker = made(category_code="0202"), desk.recipient("worker")
    act(case_id, Action.SIGN, "worker")
    act(case_id, Action.CALL_IN, "worker", 2, target="unit:ZJSL", text="请派车")
    with read_only() as session:
        (task,) = (one for one in open_tasks(session, case_id) if one.kind == ASSIST)
    act(case_id, Action.FINISH_TASK, "handler", 3, task_id=task.id, text="车到了")
    desk.plan(ALL_WAYS, NOON + 3 * MINUTE)
    assert "assisted" in kinds(case_id, worker)
    assert "assisted" not in kinds(case_id, desk.recipient("handler"))


@pytest.mark.parametrize("how", ["waived", "void", "resolved"])
def test_who_was_called_in_hears_when_nothing_is_left_to_do(how: str) -> None:
    case_id, unit = made(category_code="0202"), of_unit("ZJSL")
    act(case_id, Action.SIGN, "worker")
    called = {"target": "unit:ZJSL", "text": "请派车", "required": how != "resolved"}
    act(case_id, Action.CALL_IN, "worker", 2, **called)
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    assert unit and all(kinds(case_id, one) == {"to_assist"} for one in unit)
    if how == "waived":
        with read_only() as session:
            (task,) = (one for one in open_tasks(session, case_id) if one.kind == ASSIST)
        act(case_id, Action.WAIVE_TASK, "worker", 3, task_id=task.id, text="不用了")
    elif how == "void":
        act(case_id, Action.ASK_VOID, "worker", 3, reason="test_entry", text="试用")
        act(case_id, Action.GRANT_VOID, "towndispatcher", 4)
    else:
        act(case_id, Action.RESOLVE, "worker", 3, text="好", photos=(AFTER,))
    desk.plan(ALL_WAYS, NOON + 4 * MINUTE)
    assert all("off" in kinds(case_id, one) for one in unit)
