"""How the rows of a case follow what is wanted: what is written, and what comes no more."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from gridgov.storage.timer_rows import (
    FIRED,
    OVERTAKEN,
    PAST,
    CaseRows,
    Changes,
    Coming,
    Wanted,
)

NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rows() -> tuple[CaseRows, Changes]:
    changes = Changes()
    return CaseRows("440608", uuid4(), changes), changes


def coming(kind: str, due_at: datetime = NOON, **data: Any) -> Coming:
    return Coming(uuid4(), kind, due_at, provisional=False, data=data)


def wanted(kind: str, due_at: datetime = NOON, *, past: bool = False, **data: Any) -> Wanted:
    return Wanted(kind, due_at, provisional=False, data=data, past=past)


def test_what_is_there_already_is_left_alone_and_what_is_not_wanted_is_overtaken() -> None:
    case, changes = rows()
    stays, goes = coming("overdue"), coming("climb", unit="A")
    case.read(stays, ended=False)
    case.read(goes, ended=False)
    case.want([wanted("overdue")], NOON)
    assert (changes.added, changes.moved) == ([], {})
    assert changes.ended == [{"id": goes.id, "ended_at": NOON, "outcome": OVERTAKEN}]


def test_a_row_that_moves_twice_is_written_once_with_the_last_word() -> None:
    case, changes = rows()
    row = coming("overdue")
    case.read(row, ended=False)
    for hours in (1, 2):
        case.want([wanted("overdue", NOON + hours * HOUR)], NOON)
    assert [one["due_at"] for one in changes.moved.values()] == [NOON + 2 * HOUR]
    assert case.due(NOON + 2 * HOUR) == [], "what is due at this very moment is not late yet"
    assert case.due(NOON + 3 * HOUR) == [row]


def test_what_is_new_and_comes_at_once_is_one_row_that_has_ended() -> None:
    case, changes = rows()
    case.want([wanted("yellow", tell="A")], NOON)
    (one,) = case.due(NOON + HOUR)
    case.end(one, FIRED, NOON + HOUR)
    case.want([wanted("yellow", tell="A"), wanted("red", NOON + HOUR)], NOON + HOUR)
    assert [(row["kind"], row["outcome"], row["ended_at"]) for row in changes.added] == [
        ("yellow", FIRED, NOON + HOUR),
        ("red", None, None),
    ]
    assert changes.ended == []


def test_what_is_new_and_moves_is_added_as_it_is_at_last() -> None:
    case, changes = rows()
    case.want([wanted("overdue")], NOON)
    case.want([wanted("overdue", NOON + HOUR)], NOON)
    assert [row["due_at"] for row in changes.added] == [NOON + HOUR]
    assert changes.moved == {}


def test_what_came_once_comes_no_more_and_its_row_is_overtaken() -> None:
    case, changes = rows()
    again = coming("yellow", NOON + HOUR)
    case.read(coming("yellow"), ended=True)
    case.read(again, ended=False)
    case.want([wanted("yellow")], NOON)
    assert [row["id"] for row in changes.ended] == [again.id]
    assert changes.added == []


def test_each_task_has_a_row_of_its_own_and_kept_kinds_stay() -> None:
    case, changes = rows()
    first, second = coming("assist_due", task="1"), coming("assist_due", task="2")
    case.read(first, ended=False)
    case.read(second, ended=False)
    case.want([], NOON, keep=("assist_due",))
    assert changes.ended == []
    case.want([wanted("assist_due", task="1")], NOON)
    assert [row["id"] for row in changes.ended] == [second.id]


def test_what_lay_in_the_past_is_on_record_and_never_due() -> None:
    case, changes = rows()
    case.want([wanted("yellow", past=True)], NOON + HOUR)
    assert [row["outcome"] for row in changes.added] == [PAST]
    assert case.due(NOON + 2 * HOUR) == []
