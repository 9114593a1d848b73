"""The stock of open cases over a period: what was there, came, went, and is left."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.domain.spans import GRIDS
from gridgov.services import area_kinds
from gridgov.services.board import View
from gridgov.services.readings import reading
from gridgov.storage import facts

CAME = ("received", "reopened", "taken_back")
WENT = ("closed", "rejected", "void", "merged", "transferred")


@dataclass(frozen=True, slots=True)
class Stock:
    """Open cases at the beginning and at the end, and what happened between.

    `came` and `went` are numbers of acts by name; `taken_back` are merged or rejected cases
    that are open again. `difference` is 0, or the facts contradict each other: both ends are
    sums over the cases that were open then, apart from what happened.
    """

    opening: int
    came: dict[str, int]
    went: dict[str, int]
    closing: int

    @property
    def difference(self) -> int:
        """Return opening + came − went − closing."""
        return self.opening + sum(self.came.values()) - sum(self.went.values()) - self.closing


def stock(session: Session, view: View, *, now: datetime) -> Stock:
    """Return the stock table of a view's area over its local days."""
    read = reading(session, view.district_code, view.classes, now=now)
    area = [view.area_code]
    found = read.sums(FactTable.HAPPENED, area, view.first, view.last, [*CAME, *WENT])
    happened = found[view.area_code]
    return Stock(
        opening=open_at_the_end_of(session, view, view.first - timedelta(days=1)),
        came={name: happened[name] for name in CAME},
        went={name: happened[name] for name in WENT},
        closing=open_at_the_end_of(session, view, view.last),
    )


def open_at_the_end_of(session: Session, view: View, day: date) -> int:
    """Return how many cases were open at the end of a local day."""
    found = facts.as_of_day(
        session,
        view.district_code,
        view.area_code,
        view.classes,
        ("open",),
        day,
        grid=area_kinds.letter(session, view.district_code, view.area_code) in GRIDS,
    )
    return found["open"]
