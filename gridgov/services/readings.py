"""Sums of counters over a period, as they stand now or as they stood at a past moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from gridgov.domain.counters import SCHEDULED, Dim, FactTable
from gridgov.domain.scope import CaseClass
from gridgov.domain.spans import GRIDS, Piece, by_days, by_days_as_of, cover, cover_as_of
from gridgov.services import area_kinds, past_hours
from gridgov.services.past_hours import Late
from gridgov.services.reference import of as reference_of
from gridgov.storage import facts

Sums = dict[str, dict[str, int]]
DaySums = dict[tuple[str, date], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads the counters of a district. `today` is the local day of the moment looked at;
    `late` what came after the moment on that day, None when it is now.
    """  # noqa: D205

    session: Session
    district_code: str
    classes: frozenset[CaseClass]
    today: date
    late: Late | None = None

    def _by_kind(self, areas: Sequence[str]) -> list[tuple[list[str], bool]]:
        """Return the areas apart: those that are grids, and the others."""
        parts: dict[bool, list[str]] = {False: [], True: []}
        for area in areas:
            kind = area_kinds.letter(self.session, self.district_code, area)
            parts[kind in GRIDS].append(area)
        return [(some, grids) for grids, some in parts.items() if some]

    def _pieces(
        self,
        table: FactTable,
        first: date,
        last: date,
        *,
        each_day: bool,
        grids: bool = False,
    ) -> Sequence[Piece]:
        """Return which rows make up a period for what does not change by itself."""
        if table is FactTable.HAPPENED or self.late is None:
            last = min(last, self.today) if self.late is not None else last
            return by_days(first, last) if each_day else cover(first, last)
        return self._past(first, last, each_day=each_day or grids)

    def _past(self, first: date, last: date, *, each_day: bool) -> Sequence[Piece]:
        if each_day:
            return by_days_as_of(first, last, self.today)
        return cover_as_of(first, last, self.today)

    def sums(
        self,
        table: FactTable,
        areas: Sequence[str],
        first: date,
        last: date,
        counters: Sequence[str],
    ) -> Sums:
        """Return area → counter → number over the local days first..last."""
        plain = [name for name in counters if name not in SCHEDULED]
        moving = [name for name in counters if name in SCHEDULED]
        found: Sums = {area: {} for area in areas}
        for some, grids in self._by_kind(areas):
            for names, pieces in (
                (plain, self._pieces(table, first, last, each_day=False, grids=grids)),
                (moving, self._past(first, last, each_day=grids)),
            ):
                if names:
                    read = facts.sums(
                        self.session, table, self.district_code, some, self.classes, pieces, names
                    )
                    for area, numbers in read.items():
                        found[area].update(numbers)
        for row in self._late_rows(table, areas, first, last):
            for name in counters:
                found[row.area_code][name] -= row.counts.get(name, 0)
        return found

    def sums_by_day(
        self,
        table: FactTable,
        areas: Sequence[str],
        first: date,
        last: date,
        counters: Sequence[str],
        *,
        each_day: bool = True,
    ) -> DaySums:
        """Return (area, day) → counter → number; whole months as their first day if allowed."""
        plain = [name for name in counters if name not in SCHEDULED]
        moving = [name for name in counters if name in SCHEDULED]
        found: DaySums = {}
        for some, grids in self._by_kind(areas):
            for names, pieces in (
                (plain, self._pieces(table, first, last, each_day=each_day, grids=grids)),
                (moving, self._past(first, last, each_day=each_day or grids)),
            ):
                if names:
                    read = facts.sums_by_day(
                        self.session, table, self.district_code, some, self.classes, pieces, names
                    )
                    for key, numbers in read.items():
                        found.setdefault(key, dict.fromkeys(counters, 0)).update(numbers)
        for row in self._late_rows(table, areas, first, last):
            kept = found.setdefault((row.area_code, row.day), dict.fromkeys(counters, 0))
            for name in counters:
                kept[name] -= row.counts.get(name, 0)
        return found

    def tally(self, area: str, dim: Dim, first: date, last: date) -> dict[str, int]:
        """Return value → cases of a cut of the valid cases received on first..last."""
        read = facts.sums_by_value(
            self.session,
            FactTable.TALLY,
            self.district_code,
            area,
            self.classes,
            dim,
            self._pieces(FactTable.TALLY, first, last, each_day=False),
            ("cases",),
        )
        found = {value: numbers["cases"] for value, numbers in read.items()}
        for row in self._late_rows(FactTable.TALLY, [area], first, last):
            if row.dim == dim:
                found[row.value] = found.get(row.value, 0) - row.counts.get("cases", 0)
        return found

    def tally_by_day(
        self, area: str, dim: Dim, first: date, last: date
    ) -> dict[tuple[date, str], int]:
        """Return (day, value) → cases of a cut of the valid cases received on first..last."""
        found = facts.sums_by_day_and_value(
            self.session,
            FactTable.TALLY,
            self.district_code,
            area,
            self.classes,
            dim,
            self._pieces(FactTable.TALLY, first, last, each_day=True),
            "cases",
        )
        for row in self._late_rows(FactTable.TALLY, [area], first, last):
            if row.dim == dim:
                key = row.day, row.value
                found[key] = found.get(key, 0) - row.counts.get("cases", 0)
        return found

    def _late_rows(
        self, table: FactTable, areas: Sequence[str], first: date, last: date
    ) -> Sequence[past_hours.LateRow]:
        if self.late is None:
            return ()
        return self.late.rows(table, areas, first, last, self.classes)


def reading(
    session: Session,
    district_code: str,
    classes: frozenset[CaseClass],
    *,
    now: datetime,
    as_of: datetime | None = None,
) -> Reading:
    """Return a reading of the counters at a moment: `now`, or `as_of` in the past."""
    reference = reference_of(session, district_code)
    if as_of is None:
        return Reading(session, district_code, classes, reference.local_day(now))
    late = past_hours.after(session, reference, as_of)
    return Reading(session, district_code, classes, reference.local_day(as_of), late)
