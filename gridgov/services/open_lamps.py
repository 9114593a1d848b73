"""The lamps of the open cases of a view, counted and listed; and whose overdue cases they are.

Read from the index over open cases, so it costs what is open now, not what ever was. Red and
grey the database knows; yellow or green takes the calendar, so those whose limit is near are
looked at one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import Lamp
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import OPEN_STATES, PAUSED_STATES
from gridgov.services import deadlines
from gridgov.services.board import View
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage.cases import Case
from gridgov.storage.scope import in_area, in_classes, visible

# A fifth of the longest limit, over the longest holidays: what ends later is green.
NEAR = timedelta(days=40)
PAGE = 100
CHUNK = 500  # looked at in one go for a page


@dataclass(frozen=True, slots=True)
class Lamps:
    """How many open cases of a view show each lamp."""

    green: int
    yellow: int
    red: int
    grey: int

    @property
    def open(self) -> int:
        """Return how many are open in all."""
        return self.green + self.yellow + self.red + self.grey


def _of(view: View) -> tuple[ColumnElement[bool], ...]:
    return (
        Case.district_code == view.district_code,
        Case.state.in_(sorted(OPEN_STATES)),
        in_area(view.area_code),
        in_classes(view.classes),
        Case.received_on.between(view.first, view.last),
    )


@dataclass(frozen=True, slots=True)
class _Open:
    """Those columns of a case its lamp follows from: a whole one costs three times as much."""

    id: UUID
    category_code: str
    catalogue_version: int
    state: str
    severity: int
    limit_at: datetime
    stage_due_at: datetime
    handle_since: datetime


_LOOKED_AT = [getattr(Case, column.name) for column in fields(_Open)]
_RUNS = Case.state.not_in(sorted(PAUSED_STATES))


def lamps(session: Session, view: View, *, now: datetime) -> Lamps:
    """Return the lamps of the cases of a view that are open now; they add up to its open ones."""
    counted = select(
        func.count(),
        func.coalesce(func.sum(case((_RUNS, 0), else_=1)), 0),
        func.coalesce(func.sum(case((and_(_RUNS, Case.limit_at < now), 1), else_=0)), 0),
    ).where(*_of(view))
    whole, grey, red = (int(number) for number in session.execute(counted).one())
    yellow = len(_yellow(session, view, now=now))
    return Lamps(whole - grey - red - yellow, yellow, red, grey)


def _yellow(session: Session, view: View, *, now: datetime) -> list[UUID]:
    """Return the cases of a view whose limit is near enough to be shown in yellow."""
    near = (Case.limit_at >= now, Case.limit_at < now + NEAR)
    rows = session.execute(select(*_LOOKED_AT).where(*_of(view), _RUNS, *near))
    reference = reference_of(session, view.district_code)
    return [one.id for one in (_Open(*row) for row in rows) if _is_yellow(one, reference, now)]


def _is_yellow(one: _Open, reference: Reference, now: datetime) -> bool:
    category = reference.category_of(one)
    return deadlines.lamp_of(one, category, reference, now) is Lamp.YELLOW


def cases_with(
    session: Session,
    actor: Actor,
    view: View,
    lamp: Lamp,
    *,
    now: datetime,
    before: UUID | None = None,
    limit: int = PAGE,
) -> Sequence[Case]:
    """Return a page of the open cases of a view that show a lamp, newest first.

    `before` is the last case of the page before. The policy filter is applied besides the
    view's classes.
    """
    ids: list[UUID] = []
    while len(ids) < limit:
        rows = _page(session, actor, view, lamp, now, before)
        ids += _shown(rows, lamp, reference_of(session, view.district_code), now)
        if len(rows) < CHUNK:
            break
        before = rows[-1].id
    cases = session.scalars(select(Case).where(Case.id.in_(ids[:limit])))
    return sorted(cases, key=lambda one: one.id, reverse=True)


def _page(
    session: Session, actor: Actor, view: View, lamp: Lamp, now: datetime, before: UUID | None
) -> list[_Open]:
    """Return the next open cases that may show a lamp: red and grey ones do."""
    wanted: Mapping[Lamp, list[ColumnElement[bool]]] = {
        Lamp.GREY: [~_RUNS],
        Lamp.RED: [_RUNS, Case.limit_at < now],
        Lamp.YELLOW: [_RUNS, Case.limit_at >= now, Case.limit_at < now + NEAR],
        Lamp.GREEN: [_RUNS, Case.limit_at >= now],
    }
    query = select(*_LOOKED_AT).where(visible(actor), *_of(view), *wanted[lamp])
    if before is not None:
        query = query.where(Case.id < before)
    rows = session.execute(query.order_by(Case.id.desc()).limit(CHUNK))
    return [_Open(*row) for row in rows]


def _shown(rows: list[_Open], lamp: Lamp, reference: Reference, now: datetime) -> list[UUID]:
    if lamp in (Lamp.RED, Lamp.GREY):
        return [one.id for one in rows]
    return [one.id for one in rows if _is_yellow(one, reference, now) is (lamp is Lamp.YELLOW)]


def overdue_by_unit(session: Session, view: View, *, now: datetime) -> list[tuple[str, int]]:
    """Return unit → overdue cases of a view, the most first; "" are the people of the grids."""
    number = func.count()
    rows = session.execute(
        select(func.coalesce(Case.unit_code, ""), number)
        .where(*_of(view), _RUNS, Case.limit_at < now)
        .group_by(Case.unit_code)
        .order_by(number.desc(), Case.unit_code)
    )
    return [(unit, count) for unit, count in rows]
