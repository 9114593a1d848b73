"""An indicator cut by unit, class of problem or channel; and reports by hour and weekday."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from gridgov.domain.counters import SCHEDULED, SPLITS, Dim, FactTable
from gridgov.domain.errors import InvalidInput
from gridgov.domain.indicator_book import indicator
from gridgov.domain.indicator_model import FEW, Indicator, counters_needed, evaluate
from gridgov.domain.spans import Piece, Span, cover
from gridgov.services import area_kinds
from gridgov.services.board import View
from gridgov.storage import case_facts, facts
from gridgov.storage.case_facts import CaseFact

BY = (Dim.CATEGORY, Dim.UNIT, Dim.CHANNEL)
_COLUMNS = {
    Dim.CATEGORY: CaseFact.category,
    Dim.UNIT: CaseFact.unit,
    Dim.CHANNEL: CaseFact.channel,
    Dim.HOUR: CaseFact.hour,
}
HOURS = 168
Cut = dict[str, dict[tuple[FactTable, str], int]]


@dataclass(frozen=True, slots=True)
class Share:
    """An indicator of one unit, class or channel; the empty `key` is "none": the grid's people.

    `rankable` is False for fewer than 20 cases.
    """

    key: str
    numerator: int
    denominator: int | None
    value: float | None
    rankable: bool


def breakdown(session: Session, view: View, code: str, by: Dim, *, unit: str = "") -> list[Share]:
    """Return an indicator of a view cut by unit, class or channel, the largest first.

    `unit` counts the cases of that unit alone.
    Raises: NotFound, InvalidInput (by) for what cannot be cut: durations, what happened in
    the period, and what ripens by itself.
    """
    one = indicator(code)
    if by not in BY or one.spell is not None or not can_be_cut(one):
        raise InvalidInput("by", "cannot_be_cut")
    counts: Cut = {}
    for table, names in counters_needed([one]).items():
        for key, numbers in _cut(session, view, table, by, names, unit).items():
            counts.setdefault(key, {}).update({(table, n): c for n, c in numbers.items()})
    found = [_share(one, key, numbers) for key, numbers in counts.items()]
    kept = [share for share in found if share.numerator or share.denominator]
    return sorted(kept, key=lambda share: (-_size(share), share.key))


def can_be_cut(one: Indicator) -> bool:
    """Tell whether the counters of an indicator are kept by unit, class and channel."""
    return all(term.table in SPLITS and term.counter not in SCHEDULED for term in one.terms)


def _size(share: Share) -> int:
    return share.numerator if share.denominator is None else share.denominator


def _share(one: Indicator, key: str, counts: dict[tuple[FactTable, str], int]) -> Share:
    parts = evaluate(one, counts)
    share = Share(key, parts.numerator, parts.denominator, parts.value, rankable=False)
    return Share(key, parts.numerator, parts.denominator, parts.value, _size(share) >= FEW)


def _cut(
    session: Session, view: View, table: FactTable, by: Dim, names: Sequence[str], unit: str
) -> dict[str, dict[str, int]]:
    """Read the kept cuts; what they do not keep is counted from cases, of which it has few."""
    kind = area_kinds.letter(session, view.district_code, view.area_code)
    kept, rest = _pieces(kind, view.first, view.last)
    if unit:  # a cut of a cut is not kept
        kept, rest = [], [Piece(Span.DAY, view.first, view.last)]
    found = facts.sums_by_value(
        session,
        SPLITS[table],
        view.district_code,
        view.area_code,
        view.classes,
        by,
        kept,
        names,
    )
    for piece in rest:
        for key, numbers in _from_cases(session, view, kind, table, by, names, piece, unit).items():
            total = found.setdefault(key, dict.fromkeys(names, 0))
            for name, number in numbers.items():
                total[name] += number
    return found


def _pieces(kind: str, first: date, last: date) -> tuple[list[Piece], list[Piece]]:
    """Return which pieces of a period the cuts keep for a kind of area, and which they do not."""
    if kind in "gp":
        return [], [Piece(Span.DAY, first, last)]
    pieces = cover(first, last)
    if kind in "dt":
        return list(pieces), []
    return (
        [piece for piece in pieces if piece.span is Span.MONTH],
        [piece for piece in pieces if piece.span is Span.DAY],
    )


def _from_cases(
    session: Session,
    view: View,
    kind: str,
    table: FactTable,
    by: Dim,
    names: Sequence[str],
    piece: Piece,
    unit: str = "",
) -> dict[str, dict[str, int]]:
    column = _COLUMNS[by]
    sums = [func.sum(_counted(table, name, piece)) for name in names]
    rows = session.execute(
        select(column, *sums)
        .where(
            case_facts.in_area(kind, view.area_code),
            CaseFact.district_code == view.district_code,
            case_facts.in_classes(view.classes),
            _somewhere_in(table, piece),
            *([CaseFact.unit == unit] if unit else []),
        )
        .group_by(column)
    )
    return {
        str(key): {name: int(number or 0) for name, number in zip(names, numbers, strict=True)}
        for key, *numbers in rows
    }


def _somewhere_in(table: FactTable, piece: Piece) -> ColumnElement[bool]:
    if table is FactTable.RECEIVED:
        return CaseFact.received_on.between(piece.first, piece.last)
    return CaseFact.due_on.between(piece.first, piece.last) | CaseFact.first_due_on.between(
        piece.first, piece.last
    )


def _counted(table: FactTable, name: str, piece: Piece) -> ColumnElement[int]:
    """Return what one case adds to a counter within a piece."""
    if name == "repeats":
        return case((case_facts.counts_in(table, ["received"]), CaseFact.repeats), else_=0)
    day = case_facts.day_of(table, name)
    return case(
        (case_facts.counts_in(table, [name]) & day.between(piece.first, piece.last), 1), else_=0
    )


def heat(session: Session, view: View) -> list[int]:
    """Return how many valid cases were received in each local hour of the week.

    168 numbers, Monday 0:00 to 1:00 first.
    """
    kind = area_kinds.letter(session, view.district_code, view.area_code)
    kept, rest = _pieces(kind, view.first, view.last)
    found = facts.sums_by_value(
        session,
        FactTable.TALLY,
        view.district_code,
        view.area_code,
        view.classes,
        Dim.HOUR,
        kept,
        ("cases",),
    )
    hours = [0] * HOURS
    for value, numbers in found.items():
        hours[int(value)] += numbers["cases"]
    for piece in rest:
        counted = _from_cases(
            session, view, kind, FactTable.RECEIVED, Dim.HOUR, ("received",), piece
        )
        for value, numbers in counted.items():
            if value != "None":
                hours[int(value)] += numbers["received"]
    return hours
