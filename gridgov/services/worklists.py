"""The lists people work from: my tasks, my unit's, the dispatcher's queue."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, text
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.workflow import PAUSED_STATES, STEPS, Action, CaseState
from gridgov.storage.cases import ASSIST, IS_HELPING, VERIFY, Case, Task
from gridgov.storage.history import CaseEntry
from gridgov.storage.reports import Report
from gridgov.storage.scope import visible

PAGE = 50
HELD = {CaseState.DISPATCHED, CaseState.HANDLING, *PAUSED_STATES}
ASSISTED = sorted(state for state, action in STEPS if action is Action.FINISH_TASK)
# A spot check (抽查) is asked for what is closed already.
CHECKED = (str(CaseState.RESOLVED), str(CaseState.CLOSED))


class Tab(StrEnum):
    """The tabs of the worker's list."""

    SIGN = "sign"
    HANDLING = "handling"
    ASSIST = "assist"
    VERIFY = "verify"
    CHECK = "check"
    WAITING = "waiting"  # suspended, or the reporter was asked back: its clock stands
    DONE = "done"


def _mine(actor: Actor) -> ColumnElement[bool]:
    """Keep what a person has, and what the units of the person have, whoever was named."""
    units = sorted(actor.units())
    own = Case.assignee_id == actor.person_id
    return or_(own, Case.unit_code.in_(units)) if units else own


def _helping(actor: Actor, kind: str) -> ColumnElement[bool]:
    """Keep cases in which the person, or a unit of theirs, has an open task of a kind."""
    mine = [Task.person_id == actor.person_id]
    if actor.units():
        mine.append(Task.unit_code.in_(sorted(actor.units())))
    return Case.id.in_(select(Task.case_id).where(Task.kind == kind, text(IS_HELPING), or_(*mine)))


def _to_check(actor: Actor) -> ColumnElement[bool]:
    units = sorted(actor.units())
    own = Case.checker_id == actor.person_id
    if not units:
        return own
    return or_(own, and_(Case.checker_id.is_(None), Case.checker_unit_code.in_(units)))


def _done(actor: Actor) -> ColumnElement[bool]:
    """Keep cases the person acted on that are nobody's task of theirs any more."""
    acted = select(CaseEntry.case_id).where(CaseEntry.by_person_id == actor.person_id)
    return and_(
        Case.id.in_(acted),
        _not(and_(Case.state.in_(sorted(HELD)), _mine(actor))),
        _not(and_(Case.state.in_(CHECKED), _to_check(actor))),
        ~_helping(actor, ASSIST),
        ~_helping(actor, VERIFY),
    )


def _not(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Turn a condition round; unknown (a case with a unit is with no person) counts as no."""
    return ~func.coalesce(condition, false())


def _on_tab(actor: Actor, tab: Tab) -> ColumnElement[bool]:
    if tab is Tab.SIGN:
        return and_(Case.state == str(CaseState.DISPATCHED), _mine(actor))
    if tab is Tab.HANDLING:
        return and_(Case.state == str(CaseState.HANDLING), _mine(actor))
    if tab is Tab.ASSIST:
        return and_(Case.state.in_(ASSISTED), _helping(actor, ASSIST))
    if tab is Tab.VERIFY:
        return and_(Case.state == str(CaseState.VERIFYING), _helping(actor, VERIFY))
    if tab is Tab.CHECK:
        return and_(Case.state.in_(CHECKED), _to_check(actor))
    if tab is Tab.WAITING:
        # Who assists waits with them: the limit of the task stands, too.
        stands = Case.state.in_(sorted(PAUSED_STATES))
        return and_(stands, or_(_mine(actor), _helping(actor, ASSIST)))
    return _done(actor)


def tasks(session: Session, actor: Actor, tab: Tab, *, offset: int = 0) -> Sequence[Case]:
    """Return a page of a tab, most urgent first; done ones newest first."""
    order = Case.id.desc() if tab is Tab.DONE else Case.limit_at
    return session.scalars(
        select(Case)
        .where(visible(actor), _on_tab(actor, tab))
        .order_by(order)
        .offset(offset)
        .limit(PAGE)
    ).all()


def counts(session: Session, actor: Actor) -> dict[Tab, int | None]:
    """Return how many cases stand on each tab; None for the done ones."""
    found: dict[Tab, int | None] = {}
    for tab in (one for one in Tab if one is not Tab.DONE):
        found[tab] = session.scalar(
            select(func.count()).select_from(Case).where(visible(actor), _on_tab(actor, tab))
        )
    found[Tab.DONE] = None
    return found


def channels(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return case id → channel of its first report."""
    rows = session.execute(
        select(Report.case_id, Report.channel)
        .where(Report.case_id.in_(case_ids))
        .order_by(Report.id.desc())
    )
    return {row[0]: row[1] for row in rows}
