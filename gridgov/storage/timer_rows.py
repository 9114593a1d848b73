"""The rows of one case that say what is to come on it, and how they follow what is wanted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from gridgov.domain.escalation import about
from gridgov.storage.ids import new_id

FIRED = "fired"
OVERTAKEN = "overtaken"  # somebody acted before
PAST = "past"  # lay in the past when it was found out: on record, and not made up for
REFUSED = "refused"  # the workflow did not allow it when it came due

Key = tuple[str, datetime, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to come due on a case; `past` notes it as over without doing it."""

    kind: str
    due_at: datetime
    provisional: bool
    data: dict[str, Any] = field(default_factory=dict)
    past: bool = False


@dataclass(slots=True)
class Coming:
    """One thing that is to come: a row, or one (`new`) that is not written yet."""

    id: UUID
    kind: str
    due_at: datetime
    provisional: bool
    data: dict[str, Any]
    new: dict[str, Any] | None = None

    @property
    def task(self) -> str:
        """Return the task or step it is about, empty for the case itself."""
        return about(self.data)


@dataclass(slots=True)
class Changes:
    """What is to be written of the rows of many cases, by columns."""

    added: list[dict[str, Any]] = field(default_factory=list)
    moved: dict[UUID, dict[str, Any]] = field(default_factory=dict)  # the last word counts
    ended: list[dict[str, Any]] = field(default_factory=list)


class CaseRows:
    """What is to come on a locked case, and what came: it comes no more."""

    __slots__ = ("_changes", "_running", "came", "case_id", "district_code")

    def __init__(self, district_code: str, case_id: UUID, changes: Changes) -> None:
        """Begin without rows; how they change is kept in `changes`."""
        self.district_code = district_code
        self.case_id = case_id
        self.came: set[Key] = set()
        self._running: dict[tuple[str, str], Coming] = {}
        self._changes = changes

    def read(self, one: Coming, *, ended: bool) -> None:
        """Take in a row of the database."""
        if ended:
            self.came.add((one.kind, one.due_at, one.task))
        else:
            self._running[one.kind, one.task] = one

    def due(self, now: datetime) -> list[Coming]:
        """Return what has come due at a moment."""
        return [one for one in self._running.values() if one.due_at < now]

    def end(self, one: Coming, outcome: str, at: datetime) -> None:
        """End one thing that was to come."""
        del self._running[one.kind, one.task]
        if outcome == FIRED:
            self.came.add((one.kind, one.due_at, one.task))
        over = {"ended_at": at, "outcome": outcome}
        if one.new is not None:
            one.new |= over
        else:
            self._changes.ended.append({"id": one.id, **over})

    def want(self, wanted: Sequence[Wanted], at: datetime, keep: Collection[str] = ()) -> None:
        """Let this and nothing else be to come; what runs of a kind in `keep` stays as it is.

        What came once comes no more.
        """
        left = dict(self._running)
        for one in wanted:
            task = about(one.data)
            running = left.pop((one.kind, task), None)
            if (one.kind, one.due_at, task) in self.came:
                if running is not None:
                    self.end(running, OVERTAKEN, at)
            elif running is None:
                self._add(one, task, at)
            else:
                self._move(running, one, at)
        for running in left.values():
            if running.kind not in keep:
                self.end(running, OVERTAKEN, at)

    def _add(self, one: Wanted, task: str, at: datetime) -> None:
        row: dict[str, Any] = {
            "id": new_id(),
            "district_code": self.district_code,
            "case_id": self.case_id,
            "kind": one.kind,
            "due_at": one.due_at,
            "provisional": one.provisional,
            "data": one.data,
            "set_at": at,
            "ended_at": at if one.past else None,
            "outcome": PAST if one.past else None,
        }
        self._changes.added.append(row)
        if one.past:
            self.came.add((one.kind, one.due_at, task))
        else:
            self._running[one.kind, task] = Coming(
                row["id"], one.kind, one.due_at, one.provisional, one.data, new=row
            )

    def _move(self, running: Coming, one: Wanted, at: datetime) -> None:
        found = (running.due_at, running.provisional, running.data)
        if found == (one.due_at, one.provisional, one.data):
            return
        running.due_at, running.provisional, running.data = one.due_at, one.provisional, one.data
        moved = {
            "due_at": one.due_at,
            "provisional": one.provisional,
            "data": one.data,
            "set_at": at,
        }
        if running.new is not None:
            running.new |= moved
        else:
            self._changes.moved[running.id] = {"id": running.id, **moved}
