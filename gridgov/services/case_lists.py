"""Cases as programs and staff look them up: by filter, in pages, one with its history."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from gridgov.domain.errors import NotFound
from gridgov.domain.privacy import mask_personal
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import Action, CaseState
from gridgov.storage import history
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.reports import Report
from gridgov.storage.scope import in_area, is_overdue, visible

# Words of staff that are meant for those outside too; all others are for colleagues.
PUBLIC_WORDS = frozenset({Action.RESOLVE, Action.REJECT, Action.TRANSFER})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases somebody asks for; what is empty or None does not narrow.

    `first` and `last` are local days of receipt, both included; `updated_after` keeps what
    changed later than that moment; `key_id` keeps cases that a program's own reports are in.
    """

    states: frozenset[CaseState] = frozenset()
    category_codes: frozenset[str] = frozenset()
    area_code: str | None = None
    first: date | None = None
    last: date | None = None
    updated_after: datetime | None = None
    overdue: bool | None = None
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a history as an outsider or a colleague may read it."""

    entry: CaseEntry
    text: str | None


def shown_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that keeps the cases an actor may be told of.

    The policy, and for programs less: a key counts confidential cases in the figures of
    its district, as the board does, but no case of them ever leaves by one.
    """
    if actor.role is Role.PROGRAM:
        return and_(visible(actor), ~Case.confidential)
    return visible(actor)


def page(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    now: datetime,
    limit: int,
    after: str | None = None,
) -> Sequence[Case]:
    """Return up to `limit` cases, the newest number first, beginning after a number.

    Numbers grow by day of receipt and never change, so that a page does not shift when
    cases come in, and the unique index over them gives the order.
    """
    query = (
        select(Case)
        .where(shown_to(actor), *_narrowed(actor, wanted, now))
        .order_by(Case.number.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(Case.number < after)
    return session.scalars(query).all()


def _narrowed(actor: Actor, wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    # Said beside the policy too, so that the planner sees which index to walk.
    always = Case.district_code == actor.district_code
    return [always, *_by_kind(wanted), *_by_time(wanted, now)]


def _by_kind(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.states:
        yield Case.state.in_(sorted(wanted.states))
    if wanted.category_codes:
        yield Case.category_code.in_(sorted(wanted.category_codes))
    if wanted.area_code is not None:
        yield in_area(wanted.area_code)
    if wanted.key_id is not None:
        own = select(Report.case_id).where(Report.api_key_id == wanted.key_id)
        yield Case.id.in_(own)


def _by_time(wanted: Wanted, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.first is not None:
        yield Case.received_on >= wanted.first
    if wanted.last is not None:
        yield Case.received_on <= wanted.last
    if wanted.updated_after is not None:
        yield Case.updated_at > wanted.updated_after
    if wanted.overdue is not None:
        yield is_overdue(now) if wanted.overdue else ~is_overdue(now)


def find(session: Session, actor: Actor, reference: str) -> Case:
    """Return a case by its number or id.

    Raises: NotFound, also for one that is not the actor's to know of.
    """
    named = Case.number == reference
    case_id = _uuid(reference)
    if case_id is not None:
        named = Case.id == case_id
    case = session.scalar(
        select(Case).where(named, shown_to(actor), Case.district_code == actor.district_code)
    )
    if case is None:
        raise NotFound(f"no case {reference}")
    return case


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def lines(session: Session, case: Case, actor: Actor) -> list[Line]:
    """Return the lines of a case, oldest first, with the words the actor may read.

    Programs get the words that are meant for the public, without personal data; the rest
    of a line is codes.
    """
    entries = history.of_case(session, case.id)
    if actor.role is not Role.PROGRAM:
        return [Line(entry, entry.text) for entry in entries]
    return [Line(entry, _public(entry)) for entry in entries]


def _public(entry: CaseEntry) -> str | None:
    if entry.text is None or Action(entry.action) not in PUBLIC_WORDS:
        return None
    return mask_personal(entry.text)
