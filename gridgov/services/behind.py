"""The cases behind a figure: exactly those it counts, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from gridgov.domain.counters import APPEAL_GRANTED, HAPPENED, FactTable
from gridgov.domain.errors import InvalidInput
from gridgov.domain.indicator_book import indicator
from gridgov.domain.indicator_model import Part, Term, Terms
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import area_kinds
from gridgov.services.board import View
from gridgov.services.reference import of as reference_of
from gridgov.storage import case_facts
from gridgov.storage.case_facts import CaseFact
from gridgov.storage.history import CaseEntry

PAGE = 100


@dataclass(frozen=True, slots=True)
class Behind:
    """One case behind a figure, or one act on it where the figure counts acts.

    `weight` is how much of the figure it makes up: 1 but for an index and for numbers;
    `day` the local day it counts on; `mark` is where the next page goes on.
    """

    case_id: UUID
    day: date
    weight: int
    mark: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Only cases of a unit, a class of problem, a channel, a spot; None does not ask."""

    unit: str | None = None
    category: str | None = None
    channel: str | None = None
    cell: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions on `CaseFact`."""
        asked = (
            (CaseFact.unit, self.unit),
            (CaseFact.category, self.category),
            (CaseFact.channel, self.channel),
            (CaseFact.cell, self.cell),
        )
        return [column == value for column, value in asked if value is not None]


def cases_of(
    session: Session,
    view: View,
    code: str,
    part: Part = Part.NUMERATOR,
    *,
    now: datetime,
    narrowed: Narrowed | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> list[Behind]:
    """Return a page of the cases behind a figure, the newest day first.

    `after` is the `mark` of the last one of the page before. The weights of all pages add
    up to the figure. The reader's own policy is applied by whoever shows them.
    Raises: NotFound, InvalidInput (part) for the denominator of a count, InvalidInput
    (after) for a mark that is none.
    """
    terms = indicator(code).of_part(part)
    if not terms:
        raise InvalidInput("part", "none")
    chosen = (narrowed or Narrowed()).conditions()
    kind = area_kinds.letter(session, view.district_code, view.area_code)
    scope = [
        case_facts.in_area(kind, view.area_code),
        CaseFact.district_code == view.district_code,
        case_facts.in_classes(view.classes),
        *chosen,
    ]
    if terms[0].table is FactTable.HAPPENED:
        return _acts(session, view, terms, scope, after, limit)
    today = reference_of(session, view.district_code).local_day(now)
    return _cases(session, view, terms, scope, today, after, limit)


def _cases(
    session: Session,
    view: View,
    terms: Terms,
    scope: Sequence[ColumnElement[bool]],
    today: date,
    after: str | None,
    limit: int,
) -> list[Behind]:
    day = case_facts.day_of(terms[0].table, terms[0].counter)
    query = select(CaseFact.case_id, day.label("day"), _weight(terms, today).label("weight")).where(
        *scope,
        day.between(view.first, view.last),
        or_(*(_stands(term, today) for term in terms)),
    )
    if after is not None:
        on, case_id = _read_mark(after, 2)
        query = query.where(tuple_(day, CaseFact.case_id) < tuple_(literal(on), literal(case_id)))
    rows = session.execute(query.order_by(day.desc(), CaseFact.case_id.desc()).limit(limit))
    return [
        Behind(row.case_id, row.day, int(row.weight), f"{row.day.isoformat()}/{row.case_id}")
        for row in rows
    ]


def _stands(term: Term, today: date) -> ColumnElement[bool]:
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


def _weight(terms: Terms, today: date) -> ColumnElement[int]:
    total: ColumnElement[int] = literal(0)
    for term in terms:
        one: Any = CaseFact.repeats if term.counter == "repeats" else literal(1)
        total = total + case((_stands(term, today), term.weight * one), else_=0)
    return total


def _acts(
    session: Session,
    view: View,
    terms: Terms,
    scope: Sequence[ColumnElement[bool]],
    after: str | None,
    limit: int,
) -> list[Behind]:
    reference = reference_of(session, view.district_code)
    start, end = (
        datetime.combine(day, time(), reference.zone)
        for day in (view.first, view.last + timedelta(days=1))
    )
    key = (CaseEntry.at, CaseEntry.case_id, CaseEntry.seq)
    query = (
        select(*key)
        .join(CaseFact, CaseFact.case_id == CaseEntry.case_id)
        .where(
            *scope,
            CaseEntry.district_code == view.district_code,
            CaseEntry.at >= start,
            CaseEntry.at < end,
            or_(*(_did(term.counter) for term in terms)),
        )
    )
    if after is not None:
        at, case_id, seq = _read_mark(after, 3)
        last = tuple_(
            literal(at, CaseEntry.at.type), literal(case_id, CaseEntry.case_id.type), literal(seq)
        )
        query = query.where(tuple_(*key) < last)
    rows = session.execute(query.order_by(*(column.desc() for column in key)).limit(limit))
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


def _read_mark(mark: str, parts: int) -> tuple[Any, ...]:
    """Read where a page ended. Raises: InvalidInput (after)."""
    words = mark.split("/")
    try:
        if len(words) != parts:
            raise ValueError(mark)
        if parts == 2:
            return date.fromisoformat(words[0]), UUID(words[1])
        return datetime.fromisoformat(words[0]), UUID(words[1]), int(words[2])
    except ValueError:
        raise InvalidInput("after", "not_a_mark") from None


def count_of(
    session: Session,
    view: View,
    code: str,
    part: Part = Part.NUMERATOR,
    *,
    now: datetime,
) -> int:
    """Return the sum of the weights of all cases behind a figure: the figure, counted slowly."""
    total, after = 0, None
    while True:
        page = cases_of(session, view, code, part, now=now, after=after)
        total += sum(one.weight for one in page)
        if len(page) < PAGE:
            return total
        after = page[-1].mark
