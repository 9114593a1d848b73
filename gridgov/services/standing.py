"""How an actor stands to a case: the relations the workflow table asks for."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from gridgov.domain.approvals import RULING_AFTER, ruling_level
from gridgov.domain.catalogue import Level
from gridgov.domain.roles import Actor, Role
from gridgov.domain.scope import CaseClass, board_classes
from gridgov.domain.supervision import watching_level
from gridgov.domain.workflow import STEPS, Action, CaseState, Relation
from gridgov.storage import applications, cases, history, merges, reports
from gridgov.storage.cases import ASSIST, VERIFY, Case

# Whoever signed, resolved or did a part of it handled it, and may never pass it.
HANDLED = ("sign", "resolve", "self_resolve", "finish_task")
WATCHED_AT = "watched_at"  # in a line of supervision: the level that ends it, or one above
APPEALABLE = (Action.REJECT, Action.CHECK_PASS, Action.SELF_RESOLVE, Action.DENY_APPEAL)
_LEVELS = list(Level)
# State → the kind of task that makes somebody a helper there, and the relation it is.
_HELPS: Mapping[CaseState, tuple[str, Relation]] = {
    CaseState.VERIFYING: (VERIFY, Relation.VERIFIER),
    **dict.fromkeys(
        (state for state, action in STEPS if action is Action.FINISH_TASK),
        (ASSIST, Relation.ASSISTANT),
    ),
}


def relations(session: Session, case: Case, by: Actor) -> frozenset[Relation]:
    """Return how an actor stands to a case; empty for somebody it is none of their business."""
    if by.role is Role.SYSTEM:
        return frozenset({Relation.SYSTEM})
    if by.district_code != case.district_code:
        return frozenset()  # unit codes are known per district only
    found: set[Relation] = set()
    if _reported(session, case, by):
        found.add(Relation.REPORTER)
    if by.person_id is None:
        return frozenset(found)
    found |= _parts(session, case, by)
    if is_checker(session, case, by):
        found.add(Relation.CHECKER)
    found |= _offices(session, case, by)
    return frozenset(found)


def _reported(session: Session, case: Case, by: Actor) -> bool:
    if by.report_id is None:
        return False
    report = session.get(reports.Report, by.report_id)
    if report is None or report.withdrawn_at is not None:
        return False
    # Who reported what was merged into it follows it, and speaks to it.
    return merges.leads_to(session, report.case_id, case)


def _parts(session: Session, case: Case, by: Actor) -> set[Relation]:
    """Return the parts a person has in the work."""
    found: set[Relation] = set()
    # A unit keeps what one of its people was named for: colleagues stand in.
    if case.assignee_id == by.person_id or case.unit_code in by.units():
        found.add(Relation.ASSIGNEE)
    wanted, part = _HELPS.get(CaseState(case.state), (None, None))
    if part is not None and any(
        task.kind == wanted and holds(task, by) for task in cases.open_tasks(session, case.id)
    ):
        found.add(part)
    if _found_it(case, by):
        found.add(Relation.FINDER)
    return found


def _found_it(case: Case, by: Actor) -> bool:
    """Tell whether a case is one that a worker found in the own grid and may close alone.

    Not what a check or a resident found undone, nor what a unit of others has by now.
    """
    found = case.found_by_id == by.person_id and case.home_grid in by.areas(Role.WORKER)
    others = case.unit_code is not None and case.unit_code not in by.units()
    return found and not others and not case.rework_count and not case.reopen_count


def holds(task: cases.Task, by: Actor) -> bool:
    """Tell whether a task was given to a person, or to a unit of theirs."""
    return task.person_id == by.person_id or (
        task.person_id is None and task.unit_code in by.units()
    )


def is_checker(session: Session, case: Case, by: Actor) -> bool:
    """Tell whether the check was asked of a person, who never handled the case."""
    asked = case.checker_id == by.person_id or (
        case.checker_id is None
        and case.checker_unit_code is not None
        and case.checker_unit_code in by.units()
    )
    if not asked:
        return False
    return by.person_id not in history.people_who(session, case.id, HANDLED)


def _offices(session: Session, case: Case, by: Actor) -> set[Relation]:
    """Return the relations that come with an office over an area of the case."""
    duty = case.duty_path()
    if _class_of(case) not in board_classes(by, duty):
        return set()
    found: set[Relation] = set()
    dispatches = by.areas(Role.DISPATCHER) & set(duty)
    leads = by.areas(Role.SUPERVISOR) & set(duty)
    if leads:
        found.add(Relation.LEADER)
        if case.supervision is not None and _reaches(case, leads, watched_at(session, case)):
            found.add(Relation.WATCHER)
    if dispatches:
        found.add(Relation.DISPATCHER)
        if needs_ruling(case) and _reaches(case, dispatches, ruling_level(Level(case.level))):
            found.add(Relation.RULER)
        if case.applied_for == "appeal" and _took_no_part(session, case, by):
            found.add(Relation.REVIEWER)
    if case.applied_for not in (None, "appeal") and _may_approve(
        session, case, by, dispatches | leads
    ):
        found.add(Relation.APPROVER)
    return found


def needs_ruling(case: Case) -> bool:
    """Tell whether a case was returned so often that the level above decides."""
    return waits_for_ruling(case, CaseState(case.state))


def waits_for_ruling(case: Case, state: CaseState) -> bool:
    """Tell whether a case is, or when it goes on in a state will be, one to be ruled on."""
    if state is not CaseState.REGISTERED:
        return False  # a new case has not counted its returns yet
    return case.return_count >= RULING_AFTER and not case.ruled


def may_overrule(session: Session, case: Case, by: Actor) -> bool:
    """Tell whether somebody may give a ruled case to another: the level that ruled, or above."""
    if by.role is Role.SYSTEM:
        return True
    return _reaches(case, by.areas(Role.DISPATCHER), _ruled_at(session, case))


def _ruled_at(session: Session, case: Case) -> Level:
    """Return the level that ruled; rulings of long ago do not say, a town's they were at least."""
    entries = history.of_case(session, case.id)
    last = next((one for one in reversed(entries) if one.action == Action.RULE), None)
    return Level.TOWN if last is None else Level(last.data.get("ruled_at", Level.TOWN))


def level_of(case: Case, by: Actor) -> Level:
    """Return the level for which somebody speaks when they put a case under supervision."""
    if by.role is Role.SYSTEM:
        return watching_level(Level(case.level))
    areas = by.areas(Role.DISPATCHER) | by.areas(Role.SUPERVISOR)
    return max((one for one in Level if _reaches(case, areas, one)), key=_rank, default=Level.GRID)


def watched_at(session: Session, case: Case) -> Level:
    """Return the level that put a case under supervision: the highest since it was last ended.

    Lines of long ago do not say: of those the clock wrote it was a town's at least, of those a
    person wrote the district may have been the one.
    """
    found = [Level.GRID]
    for one in history.lines_with(session, case.id, (Action.SUPERVISE, Action.END_SUPERVISION)):
        if one.action == Action.END_SUPERVISION:
            found = [Level.GRID]
        else:
            unsaid = Level.TOWN if one.by_person_id is None else Level.DISTRICT
            found.append(Level(one.data.get(WATCHED_AT, unsaid)))
    return max(found, key=_rank)


def _rank(level: Level) -> int:
    return _LEVELS.index(level)


def _took_no_part(session: Session, case: Case, by: Actor) -> bool:
    return by.person_id not in history.people_who(session, case.id, tuple(map(str, APPEALABLE)))


def _may_approve(session: Session, case: Case, by: Actor, areas: set[str] | frozenset[str]) -> bool:
    asked = applications.pending(session, case)
    return (
        asked is not None
        and asked.applicant_id != by.person_id
        and _reaches(case, areas, Level(asked.level))
    )


def _reaches(case: Case, areas: set[str] | frozenset[str], level: Level) -> bool:
    """Tell whether one of the areas is the case's own at a level, or above it."""
    place = case.duty
    at = {
        Level.GRID: place.home,
        Level.VILLAGE: place.village_code,
        Level.TOWN: place.town_code,
        Level.DISTRICT: case.district_code,
    }
    wanted = {code for one, code in at.items() if _LEVELS.index(one) >= _LEVELS.index(level)}
    return bool(wanted & set(areas))


def _class_of(case: Case) -> CaseClass:
    return CaseClass.CONFIDENTIAL if case.confidential else CaseClass.OPEN
