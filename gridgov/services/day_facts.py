"""The facts day by day: what a program needs to draw its own curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.indicators import FactTable
from gridgov.services.board import View
from gridgov.services.indicators import PROJECTOR
from gridgov.services.reference import of as reference_of
from gridgov.storage import facts, messages


@dataclass(frozen=True, slots=True)
class DayFact:
    """The counters of one area and one local day."""

    area: str
    day: date
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class DayFacts:
    """Rows by area and day; `cursor` is the place in the log up to which they are folded."""

    rows: Sequence[DayFact]
    cursor: int


def read(session: Session, view: View, table: FactTable, *, with_parts: bool) -> DayFacts:
    """Return the facts of a view's area and days, with the areas right below it if wanted.

    Classes of case are those of the view, as on the board. Professional grids overlay
    unit grids; they are not among the parts, which add up to the whole.
    """
    codes = [view.area_code]
    if with_parts:
        net = reference_of(session, view.district_code).net
        parts = net.children(view.area_code)
        codes += [part.code for part in parts if part.kind is not AreaKind.PROFESSIONAL]
    found = facts.by_day(
        session, view.district_code, table, codes, view.first, view.last, view.classes
    )
    # Sorted here once more: databases order texts each in their own way.
    rows = sorted((DayFact(*row) for row in found), key=lambda row: (row.area, row.day))
    cursor = messages.cursor_position(session, PROJECTOR, view.district_code)
    return DayFacts(rows, cursor)
