"""The figures of one unit: counted from its cases, since the counters keep units of whole areas.

A case belongs to the unit it stands with now, so a past moment cannot be looked at.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.domain.indicator_book import indicator
from gridgov.domain.indicator_model import Indicator, Spell, Term
from gridgov.domain.spells import bin_of, quantile
from gridgov.services import behind, figures, spells
from gridgov.services.board import View
from gridgov.services.figures import Value
from gridgov.services.indicators import PROJECTOR
from gridgov.services.reference import of as reference_of
from gridgov.storage import case_facts, messages
from gridgov.storage.case_facts import CaseFact

Counts = dict[tuple[FactTable, str], int]


def values(
    session: Session, view: View, unit: str, codes: Sequence[str], *, now: datetime
) -> dict[str, Value]:
    """Return code → value of a unit's cases within a view's area, period and classes.

    Raises: NotFound for an unknown code.
    """
    asked = [indicator(code) for code in codes]
    counts: Counts = {}
    for table, names in figures.counters_of(asked).items():
        if table is FactTable.HAPPENED:
            counts |= {(table, name): _acts(session, view, unit, name) for name in names}
        else:
            counts |= _sums(session, view, unit, table, names, now)
    cursor = messages.cursor_position(session, PROJECTOR, view.district_code)
    found = {}
    for one in asked:
        hours = None if one.spell is None else _hours(session, view, unit, one, one.spell, now)
        found[one.code] = figures.value_of(one, view.area_code, counts, cursor, hours)
    return found


def by_day(session: Session, view: View, unit: str) -> dict[date, tuple[int, int]]:
    """Return local day → cases received on it, and how many of these are closed."""
    received, closed = (
        func.sum(case((case_facts.counts_in(FactTable.RECEIVED, [name]), 1), else_=0))
        for name in ("received", "closed")
    )
    rows = session.execute(
        select(CaseFact.received_on, received, closed)
        .where(*_of(session, view, unit), CaseFact.received_on.between(view.first, view.last))
        .group_by(CaseFact.received_on)
    )
    return {day: (int(came or 0), int(went or 0)) for day, came, went in rows}


def _of(session: Session, view: View, unit: str) -> list[ColumnElement[bool]]:
    return [*behind.in_view(session, view), CaseFact.unit == unit]


def _sums(
    session: Session, view: View, unit: str, table: FactTable, names: Sequence[str], now: datetime
) -> Counts:
    """Return (table, counter) → number over the cases of a unit."""
    today = reference_of(session, view.district_code).local_day(now)

    def adds(name: str) -> ColumnElement[int]:
        day = case_facts.day_of(table, name).between(view.first, view.last)
        stands = behind.stands(Term(table, name), today)
        weight = CaseFact.repeats if name == "repeats" else 1
        return func.sum(case((and_(day, stands), weight), else_=0))

    row = session.execute(
        select(*(adds(name) for name in names)).where(*_of(session, view, unit))
    ).one()
    return {(table, name): int(number or 0) for name, number in zip(names, row, strict=True)}


def _acts(session: Session, view: View, unit: str, name: str) -> int:
    terms = (Term(FactTable.HAPPENED, name),)
    rows = behind.acts(session, view, terms, _of(session, view, unit)).subquery()
    return int(session.execute(select(func.count()).select_from(rows)).scalar_one())


def _hours(
    session: Session, view: View, unit: str, one: Indicator, spell: Spell, now: datetime
) -> float | None:
    """Return after how many natural hours a share of the cases has ended, by Kaplan and Meier."""
    (all_of,), (ended,) = one.denominator, one.numerator
    column = spells.COLUMNS[spell.dim]
    among = case_facts.counts_in(FactTable.RECEIVED, [all_of.counter])
    over = case_facts.counts_in(FactTable.RECEIVED, [ended.counter])
    rows = session.execute(
        select(case((over, column)), CaseFact.received_on, CaseFact.hour, func.count())
        .where(
            *_of(session, view, unit),
            among,
            CaseFact.received_on.between(view.first, view.last),
        )
        .group_by(case((over, column)), CaseFact.received_on, CaseFact.hour)
    )
    zone = reference_of(session, view.district_code).zone
    done: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    for minutes, day, hour, number in rows:
        if minutes is None:
            waiting[spells.age(day, zone, now, None if hour is None else hour % 24)] += number
        else:
            done[bin_of(minutes)] += number
    found = quantile(done, waiting, spell.share)
    return None if found is None else found / 60
