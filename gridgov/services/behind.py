"""The cases behind a figure: exactly those it counts, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from gridgov.domain.counters import APPEAL_GRANTED, HAPPENED, FactTable
from gridgov.domain.errors import InvalidInput
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicator_book import indicator
from gridgov.domain.indicator_model import Part, Term, Terms
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import area_kinds
from gridgov.services.board import View
from gridgov.services.breakdowns import HOURS
from gridgov.services.reference import of as reference_of
from gridgov.storage import case_facts
from gridgov.storage.case_facts import CaseFact
from gridgov.storage.history import CaseEntry

PAGE = 100
Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Behind:
    """One case behind a figure, or one act on it where the figure counts acts.

    `weight` is how much of the figure it makes up: 1 but for an index and for numbers;
    `day` the local day it counts on; `mark` is where the next page goes on; `stood` how the
    counters saw it at a past moment, None where nothing has changed since.
    """

    case_id: UUID
    day: date
    weight: int
    mark: str
    stood: FactView | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Only cases of a unit, a class of problem, a channel, a spot, an hour; None does not ask.

    `hour` is one of the week in digits: 0 is Monday 0:00 to 1:00, 167 the last; `weekday` a
    whole day of it: 0 is Monday.
    """

    unit: str | None = None
    category: str | None = None
    channel: str | None = None
    cell: str | None = None
    hour: str | None = None
    weekday: str | None = None

    def hours(self) -> range | None:
        """Return the hours of the week asked for. Raises: InvalidInput (hour, weekday)."""
        hour, day = self.hour_of_week(), self.day_of_week()
        if hour is None and day is None:
            return None
        of_day = range(HOURS) if day is None else range(24 * day, 24 * day + 24)
        return of_day if hour is None else range(max(hour, of_day[0]), min(hour, of_day[-1]) + 1)

    def day_of_week(self) -> int | None:
        """Return the day of the week asked for. Raises: InvalidInput (weekday) for none of it."""
        if self.weekday is None:
            return None
        if self.weekday not in tuple("0123456"):
            raise InvalidInput("weekday", "not_a_weekday")
        return int(self.weekday)

    def hour_of_week(self) -> int | None:
        """Return the hour of the week asked for. Raises: InvalidInput (hour) for none of it."""
        if self.hour is None:
            return None
        if not (self.hour.isascii() and self.hour.isdigit() and int(self.hour) < HOURS):
            raise InvalidInput("hour", "not_an_hour")
        return int(self.hour)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions on `CaseFact`. Raises: InvalidInput (hour, weekday)."""
        asked: tuple[tuple[Any, str | None], ...] = (
            (CaseFact.unit, self.unit),
            (CaseFact.category, self.category),
            (CaseFact.channel, self.channel),
            (CaseFact.cell, self.cell),
        )
        found: list[ColumnElement[bool]] = [
            column == value for column, value in asked if value is not None
        ]
        hours = self.hours()
        if hours is not None:
            found.append(CaseFact.hour.between(hours.start, hours.stop - 1))
        return found


@dataclass(frozen=True, slots=True)
class Question:
    """Whose cases are asked for: one part of an indicator on a board, all of it or narrowed."""

    view: View
    code: str
    part: Part = Part.NUMERATOR
    narrowed: Narrowed = Narrowed()


def cases_of(
    session: Session,
    asked: Question,
    *,
    now: datetime,
    as_of: datetime | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> list[Behind]:
    """Return a page of the cases behind a figure, the newest day first.

    `as_of` leaves out what happened after a past moment: of acts alone, a list of cases of a
    past moment is that of `behind_at`. `after` is the `mark` of the last one of the page
    before. The weights of all pages add up to the figure. The reader's own policy is applied
    by whoever shows them.
    Raises: NotFound, InvalidInput (part) for the denominator of a count, InvalidInput
    (after) for a mark that is none.
    """
    query, day = _behind(session, asked, now, as_of)
    if day is None:
        return _acts(session, asked.view, query, after, limit)
    return _cases(session, query, day, after, limit)


def number_of(
    session: Session, asked: Question, *, now: datetime, as_of: datetime | None = None
) -> int:
    """Return the sum of the weights of all cases behind a figure, counted by the database.

    Raises: as `cases_of`.
    """
    query, day = _behind(session, asked, now, as_of)
    rows = query.subquery()
    weight = func.count() if day is None else func.coalesce(func.sum(rows.c.weight), 0)
    return int(session.execute(select(weight).select_from(rows)).scalar_one())


_ACTS = (CaseEntry.at, CaseEntry.case_id, CaseEntry.seq)


def _behind(
    session: Session, asked: Question, now: datetime, as_of: datetime | None
) -> tuple[Rows, ColumnElement[date] | None]:
    """Return the rows behind a figure, and the day they stand on; None where they are acts."""
    view, terms = asked.view, indicator(asked.code).of_part(asked.part)
    if not terms:
        raise InvalidInput("part", "none")
    scope = [*in_view(session, view), *asked.narrowed.conditions()]
    if terms[0].table is FactTable.HAPPENED:
        if as_of is not None:
            scope.append(CaseEntry.at <= as_of)
        return acts(session, view, terms, scope), None
    today = reference_of(session, view.district_code).local_day(now)
    day = case_facts.day_of(terms[0].table, terms[0].counter)
    cases: Rows = select(
        CaseFact.case_id, day.label("day"), weight(terms, today).label("weight")
    ).where(
        *scope,
        day.between(view.first, view.last),
        or_(*(stands(term, today) for term in terms)),
    )
    return cases, day


def acts(session: Session, view: View, terms: Terms, scope: Sequence[ColumnElement[bool]]) -> Rows:
    """Return the lines of history that some counters of what happened count, in a view's days.

    `scope` are conditions on `CaseFact` and on the lines.
    """
    zone = reference_of(session, view.district_code).zone
    start, end = (
        datetime.combine(day, time(), zone) for day in (view.first, view.last + timedelta(days=1))
    )
    return (
        select(*_ACTS)
        .join(CaseFact, CaseFact.case_id == CaseEntry.case_id)
        .where(
            *scope,
            CaseEntry.district_code == view.district_code,
            CaseEntry.at >= start,
            CaseEntry.at < end,
            or_(*(_did(term.counter) for term in terms)),
        )
    )


def in_view(session: Session, view: View) -> list[ColumnElement[bool]]:
    """Return the conditions on `CaseFact` that a case belongs to a view's area and classes."""
    kind = area_kinds.letter(session, view.district_code, view.area_code)
    return [
        case_facts.in_area(kind, view.area_code),
        CaseFact.district_code == view.district_code,
        case_facts.in_classes(view.classes),
    ]


def _cases(
    session: Session, query: Rows, day: ColumnElement[date], after: str | None, limit: int
) -> list[Behind]:
    if after is not None:
        on, case_id = read_mark(after, 2)
        query = query.where(tuple_(day, CaseFact.case_id) < tuple_(literal(on), literal(case_id)))
    rows = session.execute(query.order_by(day.desc(), CaseFact.case_id.desc()).limit(limit))
    return [
        Behind(row.case_id, row.day, int(row.weight), f"{row.day.isoformat()}/{row.case_id}")
        for row in rows
    ]


def stands(term: Term, today: date) -> ColumnElement[bool]:
    """Return the condition that a case counts in a term."""
    if term.counter == "repeats":
        return case_facts.counts_in(term.table, ["repeated"])
    come = CaseFact.due_on <= today
    if term.counter == "matured":
        return and_(case_facts.counts_in(term.table, ["received"]), come)
    if term.counter == "should_close":
        closed = case_facts.counts_in(term.table, ["closed"])
        return or_(closed, and_(case_facts.counts_in(term.table, ["received"]), come))
    return case_facts.counts_in(term.table, [term.counter])


def weight(terms: Terms, today: date) -> ColumnElement[int]:
    """Return how much of some terms a case makes up."""
    total: ColumnElement[int] = literal(0)
    for term in terms:
        one: Any = CaseFact.repeats if term.counter == "repeats" else literal(1)
        total = total + case((stands(term, today), term.weight * one), else_=0)
    return total


def _acts(session: Session, view: View, query: Rows, after: str | None, limit: int) -> list[Behind]:
    reference = reference_of(session, view.district_code)
    if after is not None:
        at, case_id, seq = read_mark(after, 3)
        last = tuple_(
            literal(at, CaseEntry.at.type), literal(case_id, CaseEntry.case_id.type), literal(seq)
        )
        query = query.where(tuple_(*_ACTS) < last)
    rows = session.execute(query.order_by(*(column.desc() for column in _ACTS)).limit(limit))
    return [
        Behind(
            row.case_id,
            reference.local_day(row.at),
            1,
            f"{row.at.isoformat()}/{row.case_id}/{row.seq}",
        )
        for row in rows
    ]


def _did(counter: str) -> ColumnElement[bool]:
    """Return the condition that a line of history counts in a counter of what happened."""
    actions = [str(action) for action, name in HAPPENED.items() if name == counter]
    found: list[ColumnElement[bool]] = [CaseEntry.action.in_(actions)]
    for from_closed, name in APPEAL_GRANTED.items():
        if name == counter:
            closed = CaseEntry.from_state == str(CaseState.CLOSED)
            granted = CaseEntry.action == str(Action.GRANT_APPEAL)
            found.append(and_(granted, closed if from_closed else ~closed))
    return or_(*found)


def read_mark(mark: str, parts: int) -> tuple[Any, ...]:
    """Return the parts of a page's last mark, so many. Raises: InvalidInput (after)."""
    words = mark.split("/")
    try:
        if len(words) != parts:
            raise ValueError(mark)
        if parts == 2:
            return date.fromisoformat(words[0]), UUID(words[1])
        return datetime.fromisoformat(words[0]), UUID(words[1]), int(words[2])
    except ValueError:
        raise InvalidInput("after", "not_a_mark") from None
