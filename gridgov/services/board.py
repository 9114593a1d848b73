"""The board: figures of an area, its parts, the newest changes, and the cases behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.errors import NotAllowed
from gridgov.domain.indicators import Figures
from gridgov.domain.roles import Actor
from gridgov.domain.scope import CaseClass, board_classes
from gridgov.domain.workflow import INVALID_STATES, OPEN_STATES, CaseState
from gridgov.services import indicators
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import facts, messages
from gridgov.storage.cases import Case
from gridgov.storage.messages import Message
from gridgov.storage.scope import in_area, in_classes, visible

FEED = 50
NEWS_REACH = 5_000
PAGE = 100


class Figure(StrEnum):
    """The figures that open the list of their cases."""

    RECEIVED = "received"
    CLOSED = "closed"
    OPEN = "open"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class View:
    """What one board looks at: an area, local days (both included), classes of case."""

    district_code: str
    area_code: str
    first: date
    last: date
    classes: frozenset[CaseClass]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The board of a view at one position of the log."""

    view: View
    area: AreaShape
    path: tuple[AreaShape, ...]
    figures: Figures
    parts: tuple[tuple[AreaShape, Figures], ...]
    cursor: int


def open_view(session: Session, actor: Actor, area_code: str, first: date, last: date) -> View:
    """Return the view an actor asks for. Raises: NotFound, NotAllowed."""
    reference = reference_of(session, actor.district_code)
    path = tuple(step.code for step in reference.net.path(area_code))
    classes = board_classes(actor, path)
    if not classes:
        raise NotAllowed(f"the board of {area_code} is not yours")
    return View(actor.district_code, area_code, first, last, classes)


def since_launch(session: Session, reference: Reference, now: datetime) -> tuple[date, date]:
    """Return the first and last local day of everything received so far."""
    today = reference.local_day(now)
    return facts.first_day(session, reference.district_code) or today, today


def snapshot(session: Session, view: View, *, now: datetime) -> Snapshot:
    """Return the figures of a view and of the areas right below it."""
    reference = reference_of(session, view.district_code)
    net = reference.net
    # The partition only: a professional grid overlays unit grids and would count twice.
    parts = [p for p in net.children(view.area_code) if p.kind is not AreaKind.PROFESSIONAL]
    codes = [view.area_code, *(part.code for part in parts)]
    found = indicators.figures(
        session, view.district_code, codes, view.first, view.last, view.classes, now=now
    )
    return Snapshot(
        view=view,
        area=net.area(view.area_code),
        path=net.path(view.area_code),
        figures=found[view.area_code],
        parts=tuple((part, found[part.code]) for part in parts),
        cursor=found[view.area_code].cursor,
    )


def concerns(view: View, message: Message) -> bool:
    """Tell whether a message is news for a view: its area, and a class it may show."""
    body = message.body
    case_class = CaseClass.CONFIDENTIAL if body.get("confidential") else CaseClass.OPEN
    return view.area_code in body.get("areas", ()) and case_class in view.classes


def news(
    session: Session, view: View, *, after: int, until: int | None = None, limit: int = FEED
) -> Sequence[Message]:
    """Return the newest messages for a view after a position, oldest first, at most `limit`.

    `until` is the last position to read, by default the end of the log. Reads backwards
    in pages, but never further than NEWS_REACH positions: what opening a quiet area's
    board costs may not grow with the log.
    """
    found: list[Message] = []
    if until is None:
        until = messages.last_position(session, view.district_code)
    before = until + 1
    after = max(after, before - NEWS_REACH)
    while len(found) < limit and before > after + 1:
        page = session.scalars(
            select(Message)
            .where(
                Message.district_code == view.district_code,
                Message.position > after,
                Message.position < before,
                messages.IS_NEWS,
            )
            .order_by(Message.position.desc())
            .limit(500)
        ).all()
        if not page:
            break
        found += [message for message in page if concerns(view, message)]
        before = page[-1].position
    return list(reversed(found[:limit]))


def _behind(figure: Figure, now: datetime) -> ColumnElement[bool]:
    if figure is Figure.CLOSED:
        return Case.state == str(CaseState.CLOSED)
    if figure is Figure.OPEN:
        return Case.state.in_(sorted(OPEN_STATES))
    if figure is Figure.OVERDUE:
        return Case.state.in_(sorted(OPEN_STATES)) & (Case.limit_at < now)
    return Case.state.not_in(sorted(INVALID_STATES))


def cases_behind(
    session: Session,
    actor: Actor,
    view: View,
    figure: Figure,
    *,
    now: datetime,
    before: UUID | None = None,
) -> Sequence[Case]:
    """Return a page of the cases a figure counts, newest first.

    The policy filter is applied besides the view's classes, so that a list can
    never show more than the figure, nor the figure more than the list.
    """
    query = (
        select(Case)
        .where(
            visible(actor),
            in_area(view.area_code),
            in_classes(view.classes),
            Case.received_on.between(view.first, view.last),
            _behind(figure, now),
        )
        .order_by(Case.id.desc())
        .limit(PAGE)
    )
    if before is not None:
        query = query.where(Case.id < before)
    return session.scalars(query).all()
