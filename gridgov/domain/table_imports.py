"""What a file of people, duties, units or classes would do, row by row: decided, not done.

A refused row names its sheet, line and column. One refusal, and nothing is written.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from gridgov.domain.errors import Conflict, GridgovError

T = TypeVar("T")


class Table(StrEnum):
    """What a district keeps in tables that offices send as files."""

    PEOPLE = "people"
    DUTIES = "duties"
    UNITS = "units"
    CATALOGUE = "catalogue"


class ChangeKind(StrEnum):
    """What becomes of one entry."""

    NEW = "new"
    CHANGED = "changed"
    ENDED = "ended"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands; `line` counts from 1, as the program shows it."""

    sheet: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cell that cannot be used: where, why, and what stands in it.

    `column` is the key of the column, `cell` its name as a spreadsheet shows it (C12);
    both are empty for the row or the file as a whole. `more` are values for the sentence.
    """

    place: Place
    column: str
    reason: str
    value: str = ""
    cell: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after, as texts ("" where there is nothing)."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one entry, known by its `key`, and from where that comes."""

    kind: ChangeKind
    key: str
    name: str
    place: Place = Place()
    fields: tuple[Difference, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the change for the record of what was set up."""
        return {
            "kind": str(self.kind),
            "key": self.key,
            "name": self.name,
            "fields": [[one.field, one.before, one.after] for one in self.fields],
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """All a file would do. `ignored` are columns and sheets nobody reads."""

    table: str
    changes: tuple[Change, ...]
    refusals: tuple[Refusal, ...] = ()
    ignored: tuple[str, ...] = ()

    def counts(self) -> dict[ChangeKind, int]:
        """Return how many entries are new, changed, ended and unchanged."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found.get(kind, 0) for kind in ChangeKind}

    def done(self) -> tuple[Change, ...]:
        """Return what is not unchanged."""
        return tuple(one for one in self.changes if one.kind is not ChangeKind.UNCHANGED)

    def fingerprint(self) -> str:
        """Return a mark that two plans share if they do the same."""
        lines = sorted(json.dumps(one.as_json(), sort_keys=True) for one in self.done())
        return hashlib.sha256("\n".join([self.table, *lines]).encode()).hexdigest()[:32]


class TableRefused(GridgovError):
    """Rows of a file cannot be used, so nothing of it was written."""

    code = "table_refused"

    def __init__(self, plan: Plan) -> None:
        """Keep the plan with its refusals."""
        super().__init__(f"{len(plan.refusals)} rows cannot be used; nothing was written")
        self.plan = plan


class PlanChanged(Conflict):
    """Somebody changed the district since the dry run; it is to be looked at again."""

    code = "plan_changed"


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return the fields that differ, in the order of `after`."""
    return tuple(
        Difference(name, before.get(name, ""), value)
        for name, value in after.items()
        if before.get(name, "") != value
    )


def change_of(
    key: str,
    name: str,
    before: Mapping[str, str] | None,
    after: Mapping[str, str],
    place: Place = Place(),  # noqa: B008 - frozen
) -> Change:
    """Return what becomes of an entry that is written as `after`; `before` None: it is new."""
    if before is None:
        shown = tuple(Difference(one, "", value) for one, value in after.items() if value)
        return Change(ChangeKind.NEW, key, name, place, shown)
    changed = differences(before, after)
    kind = ChangeKind.CHANGED if changed else ChangeKind.UNCHANGED
    return Change(kind, key, name, place, changed)


def twice(places: Iterable[tuple[str, Place]]) -> dict[str, tuple[Place, Place]]:
    """Return each key that stands in two rows, with its first row and the next one."""
    first: dict[str, Place] = {}
    found: dict[str, tuple[Place, Place]] = {}
    for key, place in places:
        if key in first and key not in found:
            found[key] = (first[key], place)
        first.setdefault(key, place)
    return found


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    """Something read from a row, with where that row stands."""

    place: Place
    value: T
    cells: Mapping[str, str] = field(default_factory=dict)  # column → cell, such as C12


@dataclass(slots=True)
class ReadTable(Generic[T]):
    """What was read of a file; `given` are the columns it has, `ignored` what nobody reads."""

    table: Table
    rows: list[Located[T]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    given: frozenset[str] = frozenset()
    ignored: list[str] = field(default_factory=list)

    def refuse(self, row: Located[T], column: str, reason: str, value: str, **more: Any) -> None:
        """Refuse a row that was read, because of one cell."""
        cell = row.cells.get(column, "")
        self.refusals.append(Refusal(row.place, column, reason, value, cell, more))

    def refuse_twice(
        self, key: Callable[[T], str], column: str, shown: Callable[[T], str] | None = None
    ) -> None:
        """Refuse each second row with the same key; `shown` is what of it a cell holds."""
        at = {one.place: one for one in self.rows}
        keys = [(key(one.value), one.place) for one in self.rows]
        for found, (first, second) in twice(keys).items():
            value = found if shown is None else shown(at[second].value)
            self.refuse(at[second], column, "twice", value, first=first.line, sheet=first.sheet)
