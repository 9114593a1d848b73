"""A leave moves work, once, to who is there; and nobody keeps what they cannot act on."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.domain.assignment import DutyKind, OnDuty, Why
from gridgov.domain.errors import InvalidInput, NotAllowed, NotFound
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import leaves, relief
from gridgov.services import reference as references
from gridgov.services.leaves import Wanted
from gridgov.services.relief import NotWaiting
from gridgov.storage import cases, history, messages, people
from gridgov.storage import rosters as store
from gridgov.storage.cases import CHECK, Case, Task
from gridgov.storage.people import Duty, Person
from gridgov.storage.rosters import HandOver, Leave
from tests.support.acts import AFTER, DISTRICT, GRID, NOON, case_of, do, person, report

TOMORROW = NOON + timedelta(days=1)
BACK = NOON + timedelta(days=6)
DURING = NOON + timedelta(days=2)
VILLAGE = "440608004025"


@pytest.fixture(autouse=True)
def alone(rolled: Session) -> None:
    """Let the two of the grid begin with empty hands: the sample gave them cases."""
    theirs = [id_of(rolled, "worker"), id_of(rolled, "deputy")]
    other = id_of(rolled, "w1000")
    for column in (Case.assignee_id, Case.checker_id, Task.person_id):
        change = update(column.class_).where(column.in_(theirs)).values({column.key: other})
        rolled.execute(change.execution_options(synchronize_session=False))


def asked(
    session: Session, who: str = "worker", begin: datetime = TOMORROW, end: datetime = BACK
) -> Leave:
    by = person(session, who)
    assert by.person_id is not None
    return leaves.ask(session, by.person_id, Wanted(begin, end, "leave"), by=by, now=NOON)


def granted(session: Session, **more: object) -> Leave:
    leave = asked(session, **more)  # type: ignore[arg-type]
    supervisor = person(session, "supervisor")
    return leaves.decide(session, leave.id, granted=True, by=supervisor, now=NOON)


def begun(session: Session, **more: object) -> Leave:
    leave = granted(session, **more)
    assert leaves.sweep(session, DISTRICT, now=leave.starts_at) >= 1
    return leave


def id_of(session: Session, username: str) -> object:
    return person(session, username).person_id


def waiting(session: Session, by: Actor) -> list[HandOver]:
    assert by.person_id is not None
    return list(store.waiting_for(session, by.person_id))


def last_because(session: Session, case: Case) -> dict[str, object]:
    found: dict[str, object] = history.of_case(session, case.id)[-1].data["because"]
    return found


def test_open_work_moves_when_the_leave_begins_and_not_before(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    do(rolled, case, Action.SIGN, person(rolled, "worker"), NOON)
    leave = granted(rolled)
    assert leaves.sweep(rolled, DISTRICT, now=TOMORROW - timedelta(seconds=1)) == 0
    assert case.assignee_id == id_of(rolled, "worker")
    assert leaves.sweep(rolled, DISTRICT, now=TOMORROW) == 1
    assert (case.assignee_id, case.state) == (id_of(rolled, "deputy"), CaseState.DISPATCHED)
    entry = history.of_case(rolled, case.id)[-1]
    assert (entry.action, entry.reason) == ("relieve", "on_leave")
    passed = entry.data["because"]["passed"]
    assert [(one["person"], one["why"]) for one in passed] == [
        (str(id_of(rolled, "worker")), Why.ON_LEAVE)
    ]
    assert datetime.fromisoformat(passed[0]["until"]) == leave.ends_at
    assert leaves.sweep(rolled, DISTRICT, now=TOMORROW) == 0  # once


def test_a_new_report_during_the_leave_goes_to_the_deputy_and_says_why(rolled: Session) -> None:
    begun(rolled)
    case = case_of(rolled, report(rolled, now=DURING))
    assert case.assignee_id == id_of(rolled, "deputy")
    because = last_because(rolled, case)
    assert (because["post"], because["load"]) == ("deputy", 0)
    case = case_of(rolled, report(rolled, now=BACK + timedelta(minutes=1)))
    assert case.assignee_id == id_of(rolled, "worker")


def test_the_rehearsal_names_the_cases_and_the_takers_and_writes_nothing(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    leave = asked(rolled)
    moves = leaves.rehearse(rolled, leave, NOON)
    assert [(one.case.id, one.part, one.to and one.to.person_id) for one in moves] == [
        (case.id, "lead", id_of(rolled, "deputy"))
    ]
    assert case.assignee_id == id_of(rolled, "worker")
    assert len(history.of_case(rolled, case.id)) == 2


def test_the_taker_gives_a_receipt_and_signs_with_it(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    begun(rolled)
    deputy = person(rolled, "deputy")
    [offered] = waiting(rolled, deputy)
    assert [item["number"] for item in offered.items] == [case.number]
    with pytest.raises(NotFound):
        relief.take(rolled, offered.id, by=person(rolled, "worker"), now=TOMORROW)
    relief.take(rolled, offered.id, by=deputy, now=TOMORROW)
    assert (case.state, case.assignee_id) == (CaseState.HANDLING, deputy.person_id)
    assert waiting(rolled, deputy) == []
    with pytest.raises(NotWaiting):
        relief.take(rolled, offered.id, by=deputy, now=TOMORROW)


def test_what_the_deputy_declines_goes_to_one_next_door_and_comes_to_neither_again(
    rolled: Session,
) -> None:
    case = case_of(rolled, report(rolled))
    begun(rolled)
    deputy = person(rolled, "deputy")
    [offered] = waiting(rolled, deputy)
    with pytest.raises(InvalidInput):
        relief.decline(rolled, offered.id, "because", by=deputy, now=TOMORROW)
    [further] = relief.decline(rolled, offered.id, "too_much", by=deputy, now=TOMORROW)
    assert offered.decline_reason == "too_much"
    neighbour = further.to_person_id
    assert neighbour not in {None, deputy.person_id, id_of(rolled, "worker")}
    assert case.assignee_id == neighbour
    because = last_because(rolled, case)
    assert because["post"] == "neighbour"
    assert isinstance(because["distance_m"], int)
    by = people.load_actor(rolled, rolled.get_one(Person, neighbour), TOMORROW.date())
    [last] = relief.decline(rolled, further.id, "too_far", by=by, now=TOMORROW)
    gave_up = {id_of(rolled, "worker"), deputy.person_id, neighbour}
    assert last.to_person_id not in gave_up
    assert case.assignee_id == last.to_person_id


def test_when_nobody_is_there_the_village_gets_it(rolled: Session) -> None:
    """The whole village on leave: its leads, deputies and those next door."""
    reference = references.of(rolled, DISTRICT)
    day = reference.local_day(NOON)
    for duty in rolled.scalars(select(Duty).where(Duty.area_code != GRID)):
        duty.ends_on = day - timedelta(days=1)
    case = case_of(rolled, report(rolled))
    begun(rolled, who="deputy")
    begun(rolled)
    assert (case.assignee_id, case.unit_code) == (None, f"V{VILLAGE}")
    passed = last_because(rolled, case)["passed"]
    assert isinstance(passed, list)
    assert {one["why"] for one in passed} == {Why.ON_LEAVE}


def test_who_returns_gets_back_what_nobody_took(rolled: Session) -> None:
    untaken, taken = case_of(rolled, report(rolled)), None
    leave = begun(rolled)
    taken = case_of(rolled, report(rolled, now=DURING))
    do(rolled, taken, Action.SIGN, person(rolled, "deputy", DURING), DURING)
    assert leaves.sweep(rolled, DISTRICT, now=BACK) == 1
    assert leave.ended_at == BACK
    assert untaken.assignee_id == id_of(rolled, "worker")
    assert history.of_case(rolled, untaken.id)[-1].reason == "back_from_leave"
    assert taken.assignee_id == id_of(rolled, "deputy")


def test_coming_back_early_ends_it(rolled: Session) -> None:
    leave = begun(rolled)
    leaves.end(rolled, leave.id, by=person(rolled, "worker"), now=DURING)
    case = case_of(rolled, report(rolled, now=DURING))
    assert case.assignee_id == id_of(rolled, "worker")
    assert leaves.sweep(rolled, DISTRICT, now=BACK) == 0


def test_a_check_never_waits_for_who_is_away_and_never_comes_to_the_handler(
    rolled: Session,
) -> None:
    case = case_of(rolled, report(rolled))
    worker = person(rolled, "worker")
    do(rolled, case, Action.SIGN, worker, NOON)
    do(rolled, case, Action.RESOLVE, worker, NOON, text="已清走", photos=(AFTER,))
    assert case.checker_id == id_of(rolled, "deputy")
    begun(rolled, who="deputy")
    assert case.checker_id is None
    assert case.checker_unit_code == f"V{VILLAGE}"
    assert case.state == CaseState.RESOLVED
    open_checks = [task for task in cases.open_tasks(rolled, case.id) if task.kind == CHECK]
    assert [task.unit_code for task in open_checks] == [f"V{VILLAGE}"]
    entry = history.of_case(rolled, case.id)[-1]
    assert (entry.action, entry.data["part"]) == ("stand_in", "check")


def test_an_assisting_task_and_a_suspended_case_move_too(rolled: Session) -> None:
    joint = case_of(rolled, report(rolled, category_code="0301"))
    dispatcher = person(rolled, "dispatcher")
    do(rolled, joint, Action.DISPATCH, dispatcher, NOON, target="unit:ZJSL")
    do(rolled, joint, Action.SIGN, person(rolled, "handler"), NOON)
    do(rolled, joint, Action.CALL_IN, person(rolled, "handler"), NOON, target="lead", text="带路")
    [helper] = [task for task in cases.open_tasks(rolled, joint.id) if task.kind == "assist"]
    assert helper.person_id == id_of(rolled, "worker")
    begun(rolled)
    [helper] = [task for task in cases.open_tasks(rolled, joint.id) if task.kind == "assist"]
    assert (helper.person_id, helper.required) == (id_of(rolled, "deputy"), True)
    assert (joint.unit_code, joint.state) == ("ZJSL", CaseState.HANDLING)


def test_a_unit_keeps_what_one_of_its_people_had(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    handler = person(rolled, "handler")
    do(rolled, case, Action.DISPATCH, person(rolled, "dispatcher"), NOON, target="unit:ZJSL")
    do(rolled, case, Action.NAME_PERSON, handler, NOON, target=f"person:{handler.person_id}")
    begun(rolled, who="handler")
    assert (case.assignee_id, case.unit_code) == (None, "ZJSL")
    assert case.state == CaseState.DISPATCHED


def test_work_of_who_was_deactivated_is_found_and_moved(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    rolled.get_one(Person, id_of(rolled, "worker")).active = False
    rolled.flush()
    [moved] = leaves.strays(rolled, DISTRICT, now=NOON)
    assert (moved.cause, moved.to_person_id) == ("left_service", id_of(rolled, "deputy"))
    assert case.assignee_id == id_of(rolled, "deputy")
    passed = last_because(rolled, case)["passed"]
    assert isinstance(passed, list)
    assert [one["why"] for one in passed] == [Why.INACTIVE]
    assert leaves.strays(rolled, DISTRICT, now=NOON) == []


def test_work_of_who_has_neither_duty_nor_role_any_more_is_moved(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    day = references.of(rolled, DISTRICT).local_day(NOON)
    worker = person(rolled, "worker").person_id
    assert worker is not None
    for duty in people.duties_of(rolled, worker, day):
        duty.ends_on = day - timedelta(days=1)
    rolled.flush()
    [moved] = leaves.strays(rolled, DISTRICT, now=NOON)
    assert (moved.cause, case.assignee_id) == ("left_service", id_of(rolled, "deputy"))


def test_nobody_grants_the_own_leave_nor_one_of_another_area(rolled: Session) -> None:
    leave = asked(rolled)
    for who in ("worker", "deputy", "handler", "systemadmin"):
        with pytest.raises(NotAllowed):
            leaves.decide(rolled, leave.id, granted=True, by=person(rolled, who), now=NOON)
    village = person(rolled, "village")  # the head of this very village
    leaves.decide(rolled, leave.id, granted=False, by=village, now=NOON)
    assert leaves.sweep(rolled, DISTRICT, now=TOMORROW) == 0
    with pytest.raises(leaves.LeaveDecided):
        leaves.decide(rolled, leave.id, granted=True, by=village, now=NOON)


@pytest.mark.parametrize(
    ("begin", "end", "kind", "field"),
    [
        (TOMORROW, TOMORROW, "leave", "until"),
        (NOON - timedelta(days=3), NOON - timedelta(days=2), "leave", "until"),
        (TOMORROW, TOMORROW + timedelta(days=400), "leave", "until"),
        (TOMORROW, BACK, "measles", "kind"),
    ],
)
def test_what_cannot_be_a_leave_is_refused_by_its_field(
    begin: datetime, end: datetime, kind: str, field: str, rolled: Session
) -> None:
    by = person(rolled, "worker")
    assert by.person_id is not None
    with pytest.raises(InvalidInput) as caught:
        leaves.ask(rolled, by.person_id, Wanted(begin, end, kind), by=by, now=NOON)
    assert caught.value.field == field


def test_two_leaves_do_not_overlap(rolled: Session) -> None:
    asked(rolled)
    with pytest.raises(leaves.Overlaps):
        asked(rolled, begin=DURING, end=BACK + timedelta(days=2))
    asked(rolled, begin=BACK, end=BACK + timedelta(days=1))


def test_who_was_named_covers_the_areas_on_the_days_of_the_leave(rolled: Session) -> None:
    by, cover = person(rolled, "worker"), person(rolled, "w0500")
    assert by.person_id is not None
    wanted = Wanted(TOMORROW, BACK, "official", cover.person_id)
    leave = leaves.ask(rolled, by.person_id, wanted, by=by, now=NOON)
    leaves.decide(rolled, leave.id, granted=True, by=person(rolled, "supervisor"), now=NOON)
    rolled.flush()
    begun(rolled, who="deputy")
    case = case_of(rolled, report(rolled, now=DURING))
    assert case.assignee_id == cover.person_id
    assert last_because(rolled, case)["post"] == DutyKind.COVER
    assert GRID in person(rolled, "w0500", DURING).areas(*{g.role for g in cover.grants})
    leaves.end(rolled, leave.id, by=by, now=DURING)
    later = person(rolled, "w0500", DURING + timedelta(days=1))
    assert GRID not in {grant.area_code for grant in later.grants}


def test_the_log_tells_of_a_leave_whose_it_is(rolled: Session) -> None:
    granted(rolled)
    messages.write_pending(rolled)
    found = messages.after(rolled, DISTRICT, 0, 10_000)
    told = [one.body for one in found if one.kind == "leave.noted"]
    assert [one["what"] for one in told] == ["asked", "granted"]
    assert told[0]["people"] == [str(id_of(rolled, "worker"))]
    assert VILLAGE in told[0]["desks"]


def test_a_volunteer_sees_only_what_was_given_to_them(rolled: Session) -> None:
    who = person(rolled, "w0900")
    assert who.person_id is not None
    day = references.of(rolled, DISTRICT).local_day(NOON)
    for duty in people.duties_of(rolled, who.person_id, day):
        duty.ends_on = day - timedelta(days=1)
    volunteer = OnDuty(who.person_id, DutyKind.VOLUNTEER)
    people.add_duty(rolled, DISTRICT, GRID, volunteer, day)
    rolled.flush()
    actor: Actor = person(rolled, "w0900")
    assert {grant.area_code for grant in actor.grants} == {None}
