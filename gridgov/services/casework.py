"""Casework: the one door through which a case changes.

`perform` locks the case, asks the workflow table, applies what the action does,
writes the case, one line of history and one message. Nothing else in gridgov
assigns a state.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import (
    Conflict,
    NotFound,
)
from gridgov.domain.fact_view import FactView
from gridgov.domain.history import GENESIS
from gridgov.domain.messages import MessageKind
from gridgov.domain.roles import Actor, Role
from gridgov.domain.scope import may_see
from gridgov.domain.supervision import Happened, by_act
from gridgov.domain.workflow import (
    REASONS,
    STEPS,
    Action,
    CaseState,
    Clock,
    Need,
    Relation,
    Step,
    decide,
)
from gridgov.services import closing, deadlines, effects, standing, timers
from gridgov.services import history as chain
from gridgov.services.effects import Given
from gridgov.services.fact_views import act_on, fact_view, note_passage
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import cases, districts, history, messages, photos
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.photos import BEFORE

UPWARD = frozenset({Action.PASS_UP, Action.CLIMB})
# Nothing is with anybody else after these; boards need not redraw the case.
NOTED = frozenset(
    {
        Action.ADD,
        Action.RATE,
        Action.JOIN,
        Action.LEAVE,
        Action.CHANGE_GRID,
        Action.NOTE,
        Action.REPLY,
        Action.URGE,
        Action.TAKE_IN,
        Action.LET_GO,
        Action.SPOT_CHECK,
    }
)


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody a case was or is with: whom a change concerns."""

    people: frozenset[UUID]
    units: frozenset[str]


class ChangedMeanwhile(Conflict):
    """The case moved on while the person was looking; `last` says what happened."""

    code = "changed_meanwhile"

    def __init__(self, case: Case, last: CaseEntry | None) -> None:
        """Keep the last line of the history for the sentence."""
        super().__init__(f"case {case.number} is {case.state} now", number=case.number)
        self.state = case.state
        self.last = last


def perform(
    session: Session,
    case_id: UUID,
    action: Action,
    *,
    by: Actor,
    now: datetime,
    given: Given | None = None,
) -> Case:
    """Do one action to one case: state, history and message move together.

    Raises: NotFound (also for a case the actor may not know of), NotAllowed,
    InvalidInput (field = what is missing), InvalidTransition, and
    ChangedMeanwhile when the actor decided on an older look at the case.
    """
    given = given or Given()
    districts.hold(session, by.district_code)
    case = cases.lock(session, case_id)
    relations = standing.relations(session, case, by)
    if not relations and not may_see(by, cases.scope_of(session, case)):
        if given.seen_seq is not None and cases.was_held_by(
            session, case.id, by.person_id, by.units()
        ):
            raise _moved_on(session, case)
        raise NotFound(f"no case {case_id}")
    if _overtaken(session, case, given.seen_seq):
        raise _moved_on(session, case)
    reference = reference_of(session, case.district_code)
    step = _decided(session, case, action, relations, given, reference)
    from_state = CaseState(case.state)
    _Change(session, case, action, step, by, now, reference).make(given)
    watch(session, case, Happened(action, from_state, case.return_count), reference, now)
    return case


def watch(
    session: Session,
    case: Case,
    happened: Happened,
    reference: Reference,
    now: datetime,
    *,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Put a locked case under supervision where what happened asks for it (domain/supervision).

    A line of its own, in the transaction of the act; nothing where it is watched as closely
    already, or the district has its ladder off. `told` is kept in the line.
    """
    rule = by_act(happened, case.supervision) if reference.ladder else None
    if rule is None or (CaseState(case.state), Action.SUPERVISE) not in STEPS:
        return
    given = Given(level=str(rule.level), reason=rule.reason, told=told or {})
    step = _decided(session, case, Action.SUPERVISE, frozenset({Relation.SYSTEM}), given, reference)
    by = Actor.system(case.district_code)
    _Change(session, case, Action.SUPERVISE, step, by, now, reference).make(given)


def _decided(
    session: Session,
    case: Case,
    action: Action,
    relations: frozenset[Relation],
    given: Given,
    reference: Reference,
) -> Step:
    category = reference.category_of(case)
    values = given.values()
    # Who takes it over on the way up is found by the rules, not by the person.
    if action in UPWARD:
        values[Need.TARGET] = "level_above"
    if action is Action.SELF_RESOLVE and photos.has(session, case.id, BEFORE):
        values[Need.BOTH_PHOTOS] = given.photos
    return decide(
        CaseState(case.state),
        action,
        relations,
        values,
        photo_required=category.after_photo,
    )


# What may happen while somebody decides without making the decision an old one.
HARMLESS = NOTED | {Action.MARK_OVERDUE, Action.SUPERVISE, Action.RECOMPUTE}


def _overtaken(session: Session, case: Case, seen_seq: int | None) -> bool:
    """Tell whether the case moved on after the look the actor decided on."""
    if seen_seq is None or seen_seq >= case.history_seq:
        return False
    since = history.of_case(session, case.id)[seen_seq:]
    return any(Action(entry.action) not in HARMLESS for entry in since)


def _moved_on(session: Session, case: Case) -> ChangedMeanwhile:
    return ChangedMeanwhile(case, session.get(CaseEntry, (case.id, case.history_seq)))


class _Change:
    """One change of one locked case, from the look before to the message after."""

    def __init__(
        self,
        session: Session,
        case: Case,
        action: Action,
        step: Step,
        by: Actor,
        now: datetime,
        reference: Reference,
    ) -> None:
        self.session = session
        self.case = case
        self.action = action
        self.step = step
        self.by = by
        self.now = now
        self.reference = reference

    def make(self, given: Given) -> None:
        case, now = self.case, self.now
        before, were = fact_view(case, self.reference), holders(case)
        desks = set(case.duty_path())
        from_state = CaseState(case.state)
        context = effects.Context(self.session, case, self.by, now, self.reference)
        act = act_on(case, self.action, self.by.role, now)
        if self.step.clock is Clock.PAUSE:
            case.back_to = str(from_state)
        data = effects.apply(self.action, context, given)
        self._move(from_state)
        data |= effects.lapse(context)
        note_passage(case, act, given)
        deadlines.choose_limit(case)
        case.updated_at = now
        entry = chain.add_entry(
            self.session,
            case,
            self.action,
            by=self.by,
            now=now,
            from_state=from_state,
            # Only the table's own words: free text belongs into the erasable part.
            reason=given.reason if self.action in REASONS else None,
            text=effects.words(self.action, given),
            data=data,
        )
        rows = effects.keep_photos(context, given, entry.seq)
        if self.action in closing.ENDS_WORK:
            closing.examine(context, given, rows)
        desks |= set(case.duty_path())
        timers.follow(self.session, case, self.action, self.reference)
        announce(self.session, case, entry, before, were, self.reference, desks)

    def _move(self, from_state: CaseState) -> None:
        """Bring the case to its next state, and its clocks with it."""
        case, now = self.case, self.now
        category = self.reference.category_of(case)
        to = self.step.to
        if self.step.back:
            to = CaseState(case.back_to or CaseState.SUBMITTED)
        if to is not None and to is not from_state:
            case.state = str(to)
            case.stage_since = now
            if self.step.clock not in (Clock.CONTINUE, Clock.START_SIGN):
                deadlines.start_stage(case, to, category, self.reference, now)
        if self.step.clock is not Clock.KEEP:
            deadlines.apply(case, self.step.clock, category, self.reference, now)
        if self.step.clock is Clock.CONTINUE:
            case.back_to = None


def holders(case: Case) -> Holders:
    """Return the persons and units a case is with now, for handling and for checking."""
    people = (case.assignee_id, case.checker_id)
    units = (case.unit_code, case.checker_unit_code)
    return Holders(
        frozenset(person for person in people if person is not None),
        frozenset(unit for unit in units if unit is not None),
    )


def open_case(
    session: Session, case: Case, *, by: Actor, now: datetime, told: dict[str, Any]
) -> None:
    """Write a new case with its first line and message; its fields are set already.

    `told` seals what was told: the report, the digest of its words, its photos.
    """
    reference = reference_of(session, case.district_code)
    category = reference.category_of(case)
    case.state = str(CaseState.SUBMITTED)
    case.stage_since = case.updated_at = now
    case.history_seq, case.history_hash = 0, GENESIS
    deadlines.start(case, category, reference, now)
    case.rework_count = case.return_count = case.reopen_count = 0
    case.extension_count = case.info_count = 0
    case.report_count = 1
    case.passed = {}
    case.found_by_id = by.person_id if by.has(Role.WORKER) else None
    cases.add(session, case)
    data = {"category": case.category_code, "severity": case.severity, "routing": case.routing}
    data |= told
    entry = chain.add_entry(
        session, case, Action.SUBMIT, by=by, now=now, from_state=None, data=data
    )
    timers.follow(session, case, Action.SUBMIT, reference)
    announce(session, case, entry, None, Holders(frozenset(), frozenset()), reference)


def announce(
    session: Session,
    case: Case,
    entry: CaseEntry,
    before: FactView | None,
    were: Holders,
    reference: Reference,
    desks: Collection[str] = (),
) -> None:
    """Put the change into the log: for boards, workers, residents and the counters.

    `areas` are those whose figures count the case, `desks` those that dispatch it as well.
    """
    are = holders(case)
    action = Action(entry.action)
    body: dict[str, Any] = {
        "action": entry.action,
        "from": entry.from_state,
        "to": entry.to_state,
        "hash": entry.hash,
        "number": case.number,
        "areas": list(case.path()),
        "confidential": case.confidential,
        # Whoever was called in to assist, or sent to look, hears of it too.
        "people": sorted({*map(str, were.people | are.people), *_named(entry, "person")}),
        "units": sorted({*were.units, *are.units, *_named(entry, "unit")}),
        "desks": sorted(set(desks) - set(case.path())),
        "before": None if before is None else before.as_json(),
        "after": fact_view(case, reference).as_json(),
    }
    messages.append(
        session,
        case.district_code,
        kind_of(action),
        at=entry.at,
        body=body,
        case_id=case.id,
        entry_seq=entry.seq,
    )


def _named(entry: CaseEntry, key: str) -> set[str]:
    named = entry.data.get(key)
    return {named} if isinstance(named, str) else set()


def kind_of(action: Action) -> MessageKind:
    """Return the kind of message that tells of an action."""
    if action is Action.SUBMIT:
        return MessageKind.CASE_OPENED
    if action is Action.MARK_OVERDUE:
        return MessageKind.CASE_OVERDUE
    return MessageKind.CASE_NOTED if action in NOTED else MessageKind.CASE_MOVED
