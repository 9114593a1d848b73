"""The dispatcher's queue: one list over all channels, narrowed, counted and read in pages.

A page is found by the last row of the one before (its time and id), never by an offset: a
case that comes in or goes out meanwhile shifts nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from gridgov.domain.approvals import RULING_AFTER
from gridgov.domain.deadlines import Lamp
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import OPEN_STATES, PAUSED_STATES, CaseState
from gridgov.services import deadlines, emergencies
from gridgov.services.reference import Reference
from gridgov.storage import search
from gridgov.storage.cases import Case
from gridgov.storage.catalogue import classes_below
from gridgov.storage.history import CaseEntry
from gridgov.storage.scope import in_area, on_duty_in, visible

PAGE = 100
MOST = 2_000  # rows of one list on a screen


class DeskTab(StrEnum):
    """The tabs of the queue."""

    TO_DISPATCH = "to_dispatch"
    EMERGENCY = "emergency"
    RETURNED = "returned"
    APPROVALS = "approvals"
    CHECK = "check"
    OVERDUE = "overdue"
    OPEN = "open"
    ALL = "all"


class Order(StrEnum):
    """In which order the rows stand."""

    LEFT = "left"  # least time left first
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filters:
    """What somebody narrows the queue to; what is empty or None does not narrow.

    `first` and `last` are local days of receipt, both included; `category` a class or a
    major class; `caller` the lookup value of a phone number.
    """

    tab: DeskTab = DeskTab.TO_DISPATCH
    order: Order = Order.LEFT
    words: str = ""
    caller: bytes | None = None
    state: str = ""
    area: str = ""
    category: str = ""
    channel: str = ""
    lamp: str = ""
    level: str = ""
    unit: str = ""
    supervision: str = ""
    mine: bool = False
    first: date | None = None
    last: date | None = None


def of_desk(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a case is the duty of an area the person dispatches for."""
    areas = sorted(actor.areas(Role.DISPATCHER))
    return or_(*map(on_duty_in, areas)) if areas else false()


def _on_tab(tab: DeskTab, now: datetime) -> ColumnElement[bool]:
    is_open = Case.state.in_(sorted(OPEN_STATES))
    if tab is DeskTab.TO_DISPATCH:
        return or_(
            Case.state == str(CaseState.SUBMITTED),
            and_(Case.state == str(CaseState.REGISTERED), Case.return_count == 0),
        )
    if tab is DeskTab.EMERGENCY:
        return and_(is_open, _unrecorded())
    if tab is DeskTab.RETURNED:
        return and_(Case.state == str(CaseState.REGISTERED), Case.return_count > 0)
    if tab is DeskTab.APPROVALS:
        return or_(Case.applied_for.is_not(None), _to_rule())
    if tab is DeskTab.CHECK:
        return Case.state == str(CaseState.RESOLVED)
    if tab is DeskTab.OVERDUE:
        return and_(is_open, Case.limit_at < now)
    return Case.district_code.is_not(None) if tab is DeskTab.ALL else is_open


def _unrecorded() -> ColumnElement[bool]:
    """Return the condition that an emergency waits for its facts (services/emergencies)."""
    return and_(
        Case.severity >= emergencies.HIGHEST,
        Case.routing[emergencies.NUMBER].as_string().is_not(None),
        Case.routing[emergencies.RECORDED].as_string().is_(None),
    )


def _to_rule() -> ColumnElement[bool]:
    return and_(
        Case.state == str(CaseState.REGISTERED), Case.return_count >= RULING_AFTER, ~Case.ruled
    )


def _narrowed(
    session: Session, actor: Actor, wanted: Filters, reference: Reference
) -> Iterator[ColumnElement[bool]]:
    """Return the conditions of the filters that the database can decide."""
    yield Case.district_code == actor.district_code
    if wanted.words:
        yield search.found_by(session, wanted.words)
    if wanted.caller is not None:
        yield search.found_by_phone(wanted.caller)
    if wanted.category:
        yield Case.category_code.in_(classes_below(actor.district_code, wanted.category))
    if wanted.area:
        yield or_(in_area(wanted.area), on_duty_in(wanted.area))
    if wanted.mine:
        acted = select(CaseEntry.case_id).where(CaseEntry.by_person_id == actor.person_id)
        yield Case.id.in_(acted)
    yield from _by_columns(wanted)


def _by_columns(wanted: Filters) -> Iterator[ColumnElement[bool]]:
    equal = (
        (Case.state, wanted.state),
        (Case.channel, wanted.channel),
        (Case.level, wanted.level),
        (Case.unit_code, wanted.unit),
        (Case.supervision, wanted.supervision),
    )
    for column, value in equal:
        if value:
            yield column == value
    if wanted.first is not None:
        yield Case.received_on >= wanted.first
    if wanted.last is not None:
        yield Case.received_on <= wanted.last


def _by_lamp(wanted: Filters, now: datetime) -> ColumnElement[bool] | None:
    """Return what the database knows of a lamp: red and grey exactly, of the others a part."""
    stands = Case.state.in_(sorted(PAUSED_STATES))
    runs = and_(Case.state.in_(sorted(OPEN_STATES)), ~stands)
    if wanted.lamp == Lamp.GREY:
        return stands
    if wanted.lamp == Lamp.RED:
        return and_(runs, Case.limit_at < now)
    return and_(runs, Case.limit_at >= now) if wanted.lamp else None


def _query(
    session: Session, actor: Actor, wanted: Filters, reference: Reference, now: datetime
) -> Select[Case]:
    lamp = _by_lamp(wanted, now)
    conditions = [
        visible(actor),
        of_desk(actor),
        _on_tab(wanted.tab, now),
        *_narrowed(session, actor, wanted, reference),
        *(() if lamp is None else (lamp,)),
    ]
    return select(Case).where(*conditions)


def page(
    session: Session,
    actor: Actor,
    wanted: Filters,
    reference: Reference,
    *,
    now: datetime,
    after: tuple[datetime, UUID] | None = None,
    limit: int = PAGE,
) -> list[Case]:
    """Return up to `limit` cases behind a row, in the order asked for.

    Whether a lamp is yellow or green takes the calendar: such pages are read until they are
    full.
    """
    found: list[Case] = []
    for case in _walk(session, actor, wanted, reference, now, after, limit):
        if wanted.lamp and deadlines.lamp_of(
            case, reference.category_of(case), reference, now
        ) != Lamp(wanted.lamp):
            continue
        found.append(case)
        if len(found) == limit:
            break
    return found


def _walk(
    session: Session,
    actor: Actor,
    wanted: Filters,
    reference: Reference,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Iterator[Case]:
    query = _query(session, actor, wanted, reference, now)
    newest = wanted.order is Order.NEWEST
    key = tuple_(Case.received_at if newest else Case.limit_at, Case.id)
    moment = Case.received_at if newest else Case.limit_at
    query = query.order_by(*((moment.desc(), Case.id.desc()) if newest else (moment, Case.id)))
    while True:
        behind = query
        if after is not None:
            behind = query.where(key < after if newest else key > after)
        rows = session.scalars(behind.limit(limit)).all()
        yield from rows
        if len(rows) < limit:
            return
        after = place_of(rows[-1], wanted.order)


def to_decide(session: Session, actor: Actor, *, now: datetime, limit: int) -> Sequence[Case]:
    """Return what waits for a decision in the areas a person dispatches for or leads.

    What runs out first comes first.
    """
    areas = sorted(actor.areas(Role.DISPATCHER, Role.SUPERVISOR))
    query = select(Case).where(
        Case.district_code == actor.district_code,
        visible(actor),
        or_(*map(on_duty_in, areas)) if areas else false(),
        _on_tab(DeskTab.APPROVALS, now),
    )
    return session.scalars(query.order_by(Case.limit_at, Case.id).limit(limit)).all()


def place_of(case: Case, order: Order) -> tuple[datetime, UUID]:
    """Return by what a row is found again in an order."""
    return (case.received_at if order is Order.NEWEST else case.limit_at), case.id


def counts(
    session: Session, actor: Actor, wanted: Filters, reference: Reference, *, now: datetime
) -> dict[DeskTab, int | None]:
    """Return how many cases stand on each tab, so narrowed; None for all, which is not counted.

    Of yellow and green lamps they count what may be either.
    """
    found: dict[DeskTab, int | None] = {DeskTab.ALL: None}
    base = _query(session, actor, replace(wanted, tab=DeskTab.ALL), reference, now)
    tabs = [tab for tab in DeskTab if tab is not DeskTab.ALL]
    # Every tab but the last shows open cases only: one pass over those.
    sums = [func.count().filter(_on_tab(tab, now)) for tab in tabs]
    only_open = base.where(Case.state.in_(sorted(OPEN_STATES)) | Case.applied_for.is_not(None))
    row = session.execute(only_open.with_only_columns(*sums)).one()
    return {tab: row[at] for at, tab in enumerate(tabs)} | found


def of_ids(session: Session, actor: Actor, ids: Sequence[UUID]) -> list[Case]:
    """Return those of some cases that the person may see, in the order asked for."""
    rows = {
        case.id: case
        for case in session.scalars(select(Case).where(visible(actor), Case.id.in_(ids)))
    }
    return [rows[one] for one in ids if one in rows]
