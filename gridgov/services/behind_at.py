"""The cases behind a figure, as it stands now or as it stood at a past moment.

Of now the database knows which cases have the bits of a figure. Of a past moment that holds
for whatever has not changed since; how another case stood then says the last message of the
log about it up to that moment. Area, class and day of receipt of a case never change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from gridgov.domain import case_weights
from gridgov.domain.counters import FactTable
from gridgov.domain.errors import InvalidInput
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicator_book import indicator
from gridgov.domain.indicator_model import Part, Terms
from gridgov.services import area_kinds, behind, figures
from gridgov.services.behind import PAGE, Behind, Narrowed, Question
from gridgov.services.indicators import PROJECTOR, SILENT
from gridgov.services.reference import of as reference_of
from gridgov.storage import case_facts, messages
from gridgov.storage.case_facts import CaseFact
from gridgov.storage.cases import Case

CHUNK = 200  # messages looked at in one go for a page
MANY = 1_000  # a page where all are counted
Place = tuple[date, UUID]  # by which the lists are ordered: day received, case
Placed = tuple[Place, Behind]


@dataclass(frozen=True, slots=True)
class _Past:
    """A question with what its moment means: the local day, and how far the facts are folded."""

    asked: Question
    terms: Terms
    moment: datetime
    today: date
    cursor: int
    now: datetime


def cases_of(
    session: Session,
    asked: Question,
    *,
    now: datetime,
    as_of: datetime | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> list[Behind]:
    """Return a page of the cases behind a figure as it stands now, or as it stood at `as_of`.

    Those of a past moment come by the day they were received, the newest first. Otherwise as
    `behind.cases_of`; raises as well.
    """
    if as_of is None:
        return behind.cases_of(session, asked, now=now, after=after, limit=limit)
    if _is_of_acts(asked):
        acts = behind.cases_of(session, asked, now=now, as_of=as_of, after=after, limit=limit)
        return _as_they_stood(session, _past(session, asked, as_of, now), acts)
    past = _past(session, asked, as_of, now)
    return _page(session, past, None if after is None else behind.read_mark(after, 2), limit)


def number_of(
    session: Session, asked: Question, *, now: datetime, as_of: datetime | None = None
) -> int:
    """Return the sum of the weights of all cases behind a figure, now or at `as_of`.

    Raises: as `cases_of`.
    """
    if as_of is None or _is_of_acts(asked):
        return behind.number_of(session, asked, now=now, as_of=as_of)
    total, after = 0, None
    while page := cases_of(session, asked, now=now, as_of=as_of, after=after, limit=MANY):
        total += sum(one.weight for one in page)
        after = page[-1].mark
    return total


def _as_they_stood(session: Session, past: _Past, acts: Sequence[Behind]) -> list[Behind]:
    views = _views(session, past, list({one.case_id for one in acts}))
    return [replace(one, stood=views.get(one.case_id)) for one in acts]


def _is_of_acts(asked: Question) -> bool:
    terms = indicator(asked.code).of_part(asked.part)
    return bool(terms) and terms[0].table is FactTable.HAPPENED


def _past(session: Session, asked: Question, moment: datetime, now: datetime) -> _Past:
    terms = indicator(asked.code).of_part(asked.part)
    if not terms:
        raise InvalidInput("part", "none")
    code = asked.view.district_code
    today = reference_of(session, code).local_day(moment)
    cursor = messages.cursor_position(session, PROJECTOR, code)
    return _Past(asked, terms, moment, today, cursor, now)


def _page(session: Session, past: _Past, place: Place | None, limit: int) -> list[Behind]:
    """Return the next cases that stood behind a figure, by the day received, newest first.

    What has changed since comes first: further back than a page of it nobody has to look
    for what has not. A short list that is the whole figure by itself needs no look at all.
    """
    changed = list(islice(_changed(session, past, place), limit))
    if len(changed) == limit:
        same = _unchanged(session, past, place, changed[-1][0], limit)
    elif place is None and _is_all(session, past, changed):
        same = []
    else:
        same = _unchanged(session, past, place, None, limit)
    found = sorted([*changed, *same], key=itemgetter(0), reverse=True)
    return [one for _key, one in found[:limit]]


def _is_all(session: Session, past: _Past, found: Sequence[Placed]) -> bool:
    """Tell whether some cases are all that a figure counts: it is known without a list."""
    asked = past.asked
    if asked.narrowed != Narrowed():
        return False
    read = figures.values(session, asked.view, [asked.code], now=past.now, as_of=past.moment)
    value = read[asked.view.area_code][asked.code]
    number = value.numerator if asked.part is Part.NUMERATOR else value.denominator
    return sum(one.weight for _key, one in found) == number


def _unchanged(
    session: Session, past: _Past, place: Place | None, until: Place | None, limit: int
) -> list[Placed]:
    """Return the next cases that stand there and are as they were then, none beyond `until`."""
    view, terms = past.asked.view, past.terms
    day = case_facts.day_of(terms[0].table, terms[0].counter)
    query = (
        select(
            CaseFact.case_id,
            CaseFact.received_on,
            day.label("day"),
            behind.weight(terms, past.today).label("weight"),
        )
        .join(Case, Case.id == CaseFact.case_id)
        .where(
            *behind.in_view(session, view),
            CaseFact.received_on <= past.today,
            day.between(view.first, view.last),
            or_(*(behind.stands(term, past.today) for term in terms)),
            *past.asked.narrowed.conditions(),
            Case.updated_at <= past.moment,
        )
        .order_by(CaseFact.received_on.desc(), CaseFact.case_id.desc())
        .limit(limit)
    )
    mark = tuple_(CaseFact.received_on, CaseFact.case_id)
    # The days by themselves as well: by them alone SQLite finds where in its index to go.
    if place is not None:
        query = query.where(CaseFact.received_on <= place[0], mark < _literal(place))
    if until is not None:
        query = query.where(CaseFact.received_on >= until[0], mark > _literal(until))
    keys = [((row.received_on, row.case_id), row) for row in session.execute(query)]
    return [(key, Behind(row.case_id, row.day, int(row.weight), _mark(*key))) for key, row in keys]


def _literal(place: Place) -> ColumnElement[Any]:
    return tuple_(literal(place[0]), literal(place[1]))


def _changed(session: Session, past: _Past, place: Place | None) -> Iterator[Placed]:
    """Yield the cases that have changed since and stood there then: what was open, mostly."""
    rows = session.execute(_changed_since(session, past))
    keys = sorted(((row.received_on, row.case_id) for row in rows), reverse=True)
    left = [key for key in keys if place is None or key < place]
    for start in range(0, len(left), CHUNK):
        chunk = left[start : start + CHUNK]
        views = _views(session, past, [case_id for _on, case_id in chunk])
        for key in chunk:
            one = _then(past, key, views.get(key[1]))
            if one is not None:
                yield key, one


def _changed_since(session: Session, past: _Past) -> Select[date, UUID]:
    """Return the cases of the view that were there at the moment and have changed since.

    By whichever index leads to fewer rows; an expression is none (SQLite keeps no counts by
    which it could choose itself): of a village its own cases, of a town or the district what
    was received up to the moment, or what has changed after it.
    """
    view = past.asked.view
    first = view.first if past.terms[0].table is FactTable.RECEIVED else date.min
    last = min(past.today, view.last) if first == view.first else past.today
    small = area_kinds.letter(session, view.district_code, view.area_code) not in "dt"
    by_received = (last - first).days < (past.now - past.moment).days
    district: Any = func.coalesce(Case.district_code, "") if small else Case.district_code
    updated: Any = Case.updated_at if not by_received else func.coalesce(Case.updated_at, None)
    received: Any = Case.received_on if by_received else func.coalesce(Case.received_on, None)
    return (
        select(CaseFact.received_on, CaseFact.case_id)
        .join(Case, Case.id == CaseFact.case_id)
        .where(
            *behind.in_view(session, view),
            district == view.district_code,
            updated > past.moment,
            received.between(first, last),
        )
    )


def _views(session: Session, past: _Past, ids: Sequence[UUID]) -> dict[UUID, FactView]:
    """Return how the counters saw some cases at the moment; those of later are left out."""
    found = messages.last_of_cases(
        session,
        past.asked.view.district_code,
        ids,
        until=past.moment,
        position=past.cursor,
        without=SILENT,
    )
    return {
        case_id: FactView.from_json(body["after"], body.get("to"))
        for case_id, body in found.items()
    }


def _then(past: _Past, key: Place, stood: FactView | None) -> Behind | None:
    """Return a case that has changed since, as it stood; None where it did not count."""
    if stood is None or not narrowed_to(past.asked.narrowed, stood):
        return None
    day = case_weights.day_of(stood, past.terms[0])
    counted = case_weights.weight(stood, past.terms, past.today)
    if counted is None or not past.asked.view.first <= day <= past.asked.view.last:
        return None
    return Behind(key[1], day, counted, _mark(*key), stood)


def _mark(on: date, case_id: UUID) -> str:
    return f"{on.isoformat()}/{case_id}"


def narrowed_to(narrowed: Narrowed, stood: FactView) -> bool:
    """Tell whether a case as it stood is one of those a list is narrowed to."""
    asked = (
        (narrowed.unit, stood.unit),
        (narrowed.category, stood.category),
        (narrowed.channel, stood.channel),
        (narrowed.cell, stood.cell),
    )
    hours = narrowed.hours()
    return all(wanted is None or wanted == value for wanted, value in asked) and (
        hours is None or stood.hour in hours
    )
