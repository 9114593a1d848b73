"""Who may do what: every state × action × role × level × relation, against tables by hand.

What a relation allows is the table of tests/domain/test_workflow.py; how a role at a level,
or a part in the work, makes a relation is the table here.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.errors import NotAllowed
from gridgov.domain.roles import STAFF_ROLES, Actor, Grant, Role
from gridgov.domain.workflow import Action, CaseState, Relation, allowed
from gridgov.services.standing import relations
from gridgov.storage.applications import Application
from gridgov.storage.cases import ASSIST, VERIFY, Case, Task
from gridgov.storage.ids import new_id
from gridgov.storage.people import Person
from tests.domain.test_workflow import EXPECTED, RELATIONS
from tests.support.acts import DISTRICT, GRID, NOON, case_of, do, person, report

TOWN, VILLAGE = "440608004", "440608004025"
OTHER_TOWN, OTHER_GRID = "440608100", "440608004025001"
PLACES = {
    "district": DISTRICT,
    "town": TOWN,
    "village": VILLAGE,
    "grid": GRID,
    "other town": OTHER_TOWN,
    "other grid": OTHER_GRID,
}
UNIT, OTHER_UNIT = "CG", "ZJ"
# An office and where it is → its relations to a case of GRID, and to a confidential one there.
OFFICES = {
    (Role.DISPATCHER, "district"): ("D", "D"),
    (Role.DISPATCHER, "town"): ("D", ""),
    (Role.DISPATCHER, "village"): ("D", ""),
    (Role.DISPATCHER, "grid"): ("D", ""),
    (Role.SUPERVISOR, "district"): ("L", "L"),
    (Role.SUPERVISOR, "town"): ("L", ""),
    (Role.SUPERVISOR, "village"): ("L", ""),
    (Role.SUPERVISOR, "grid"): ("L", ""),
}
# What somebody is in a case → the relation, by the states in which it is one.
ALWAYS = frozenset(CaseState)
ASSISTED = frozenset({CaseState.REGISTERED, CaseState.DISPATCHED, CaseState.HANDLING})
PARTS = {
    "assignee": {"A": ALWAYS},
    "of the unit that has it": {"A": ALWAYS},
    "of a unit that was called in": {"H": ASSISTED},
    "asked to go and look": {"V": frozenset({CaseState.VERIFYING})},
    "checker": {"C": ALWAYS},
    "finder": {"F": ALWAYS},
    "finder of what a unit has": {},
    "finder of what a check found undone": {},
    "finder of what was taken up again": {},
    "reporter": {"R": ALWAYS},
    "program that reported": {"R": ALWAYS},
    "gridgov": {"S": ALWAYS},
    "another worker of the grid": {},
    "another resident": {},
    "of another unit": {},
    "another program": {},
    "a dispatcher of another district": {},
}


def named(letters: str) -> frozenset[Relation]:
    return frozenset(RELATIONS[letter] for letter in letters)


def assert_allowed(session: Session, case: Case, by: Actor, letters: str) -> None:
    """In the state of the case, an actor may do what the relations allow, and nothing else."""
    state = CaseState(case.state)
    found = relations(session, case, by)
    assert found == named(letters), (state, by.role, by.grants)
    expected = {
        action for (at, action), line in EXPECTED.items() if at is state and line[0] & found
    }
    assert set(allowed(state, found)) == expected


def staff(role: Role, place: str | None = None, unit: str | None = None) -> Actor:
    area = None if place is None else PLACES[place]
    return Actor(DISTRICT, role, uuid4(), "某人", (Grant(role, area, unit),))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_an_office_over_an_area_may_what_its_level_may(
    rolled: Session, role: Role, place: str
) -> None:
    case = case_of(rolled, report(rolled))
    hidden = case_of(rolled, report(rolled, category_code="0704", emergency_seen=True))
    assert hidden.confidential
    by = staff(role, place)
    usual, confidential = OFFICES.get((role, place), ("", ""))
    for state in CaseState:
        case.state = hidden.state = str(state)
        assert_allowed(rolled, case, by, usual)
        assert_allowed(rolled, hidden, by, confidential)


def somebody(session: Session, part: str, case: Case, told_by: Actor) -> Actor:
    """Give a part in the case to somebody, and return them."""
    if part == "assignee":
        by = person(session, "worker")
        case.assignee_id, case.unit_code = by.person_id, None
        return by
    if part == "of the unit that has it":
        case.assignee_id, case.unit_code = None, UNIT
        return staff(Role.HANDLER, unit=UNIT)
    if part in ("of a unit that was called in", "asked to go and look"):
        kind = VERIFY if part == "asked to go and look" else ASSIST
        task = Task(id=new_id(), case_id=case.id, kind=kind, unit_code=UNIT, required=True)
        task.opened_at, task.district_code, task.reason = NOON, DISTRICT, "asked"
        session.add(task)
        return staff(Role.HANDLER, unit=UNIT)
    if part == "checker":
        by = person(session, "deputy")
        case.checker_id = by.person_id
        return by
    if part.startswith("finder"):
        by = person(session, "worker")
        case.found_by_id, case.assignee_id, case.unit_code = by.person_id, None, None
        case.unit_code = OTHER_UNIT if part.endswith("unit has") else None
        case.rework_count = int(part.endswith("undone"))
        case.reopen_count = int(part.endswith("again"))
        return by
    return {
        "reporter": told_by,
        "program that reported": Actor(DISTRICT, Role.PROGRAM, report_id=told_by.report_id),
        "gridgov": Actor.system(DISTRICT),
        "another worker of the grid": staff(Role.WORKER, "grid"),
        "another resident": Actor.resident(DISTRICT, uuid4()),
        "of another unit": staff(Role.HANDLER, unit=OTHER_UNIT),
        "another program": Actor(DISTRICT, Role.PROGRAM),
        "a dispatcher of another district": Actor(
            "440607", Role.DISPATCHER, uuid4(), "某人", (Grant(Role.DISPATCHER, DISTRICT),)
        ),
    }[part]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_in_the_work_allows_what_the_relation_allows(rolled: Session, part: str) -> None:
    receipt = report(rolled)
    case = case_of(rolled, receipt)
    by = somebody(rolled, part, case, Actor.resident(DISTRICT, receipt.report_id))
    rolled.flush()
    for state in CaseState:
        case.state = str(state)
        letters = "".join(letter for letter, states in PARTS[part].items() if state in states)
        assert_allowed(rolled, case, by, letters)


@pytest.mark.parametrize(
    ("place", "rules", "approves"),
    [
        ("district", "DU", "DP"),
        ("town", "DU", "DP"),
        ("village", "D", "D"),
        ("grid", "D", "D"),
        ("other town", "", ""),
    ],
)
def test_a_ruling_and_an_approval_belong_to_the_level_that_was_asked_and_above(
    rolled: Session, place: str, rules: str, approves: str
) -> None:
    by = staff(Role.DISPATCHER, place)
    ruled = case_of(rolled, report(rolled))
    ruled.state, ruled.level, ruled.return_count = "registered", "village", 2
    assert_allowed(rolled, ruled, by, rules)
    asked = case_of(rolled, report(rolled))
    asked.state, asked.applied_for = "handling", "extension"
    rolled.add(application(asked, "extension", level="town"))
    rolled.flush()
    assert_allowed(rolled, asked, by, approves)
    appealed = case_of(rolled, report(rolled))
    appealed.state, appealed.applied_for = "closed", "appeal"
    rolled.add(application(appealed, "appeal", level="district"))
    rolled.flush()
    assert_allowed(rolled, appealed, by, "DW" if rules else "")


def application(case: Case, kind: str, *, level: str) -> Application:
    return Application(
        district_code=DISTRICT,
        case_id=case.id,
        kind=kind,
        level=level,
        entry_seq=1,
        asked_at=NOON,
        until=NOON + timedelta(days=1),
    )


def test_nobody_approves_what_they_asked_for(rolled: Session) -> None:
    asked = case_of(rolled, report(rolled))
    by = person(rolled, "dispatcher")
    asked.state, asked.applied_for = "handling", "void"
    row = application(asked, "void", level="town")
    row.applicant_id = by.person_id
    rolled.add(row)
    rolled.flush()
    assert_allowed(rolled, asked, by, "D")


# Who put it under supervision (None: a rule did) → who of the leaders may end it.
ENDS = {
    ("village", None): ("village", "town", "district"),
    ("town", None): ("town", "district"),
    ("district", None): ("district",),
    (None, "grid"): ("town", "district"),
    (None, "town"): ("district",),
    (None, "district"): ("district",),
}


@pytest.mark.parametrize(("by", "level"), ENDS)
def test_a_supervision_is_ended_by_the_level_that_set_it_or_one_above(
    rolled: Session, by: str | None, level: str | None
) -> None:
    case = case_of(rolled, report(rolled))
    case.level = level or "grid"
    assert_ended_by(rolled, case, ())
    supervised(rolled, case, by, "ordinary")
    assert_ended_by(rolled, case, ENDS[by, level])
    # What the level above sets on top of it stays theirs, and a rule takes nothing from them.
    supervised(rolled, case, "district", "yellow")
    supervised(rolled, case, None, "red")
    assert_ended_by(rolled, case, ("district",))
    do(rolled, case, Action.END_SUPERVISION, leader(rolled, "district"), NOON, text="已办")
    assert_ended_by(rolled, case, ())
    supervised(rolled, case, "town", "red")
    assert_ended_by(rolled, case, ("town", "district"))


def assert_ended_by(session: Session, case: Case, places: tuple[str, ...]) -> None:
    for place in PLACES:
        own = OFFICES.get((Role.SUPERVISOR, place), ("", ""))[0]
        may = own + "X" * (place in places)
        assert_allowed(session, case, staff(Role.SUPERVISOR, place), may)


def test_a_town_does_not_end_what_the_district_watches(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    supervised(rolled, case, "district", "red")
    for by in (leader(rolled, "town"), person(rolled, "dispatcher")):
        with pytest.raises(NotAllowed):
            do(rolled, case, Action.END_SUPERVISION, by, NOON, text="够了")
    assert case.supervision == "red"
    do(rolled, case, Action.END_SUPERVISION, leader(rolled, "district"), NOON, text="已办")
    assert case.supervision is None


def leader(session: Session, place: str) -> Actor:
    """A supervisor of a place, whom the history can name."""
    by = staff(Role.SUPERVISOR, place)
    session.add(Person(id=by.person_id, district_code=DISTRICT, username=uuid4().hex, name="某人"))
    session.flush()
    return by


def supervised(session: Session, case: Case, place: str | None, level: str) -> None:
    """Somebody at a place puts a case under supervision, or a rule does (None)."""
    by = Actor.system(DISTRICT) if place is None else leader(session, place)
    reason = "repeated_complaint" if place is None else "by_hand"
    do(session, case, Action.SUPERVISE, by, NOON, level=level, reason=reason)


def test_every_role_and_relation_has_its_line() -> None:
    reached = {*"UPWX"} | {letter for pair in OFFICES.values() for letter in pair[0]}
    reached |= {letter for part in PARTS.values() for letter in part}
    assert reached == set(RELATIONS)
