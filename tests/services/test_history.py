"""The chain of a case: what somebody does to it behind gridgov's back is found and named.

Each tampering is done with SQL on the tables, on both databases, and undone after the look.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridgov.domain.history import text_digest
from gridgov.storage.case_facts import CaseFact
from gridgov.storage.cases import Case, Task
from gridgov.storage.history import CaseEntry
from gridgov.storage.messages import Message
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report
from gridgov.storage.search import SearchText
from gridgov.storage.session import unit_of_work
from gridgov.storage.timers import Timer
from tests.services.tampering import (
    FORGED,
    LINES,
    long_case,
    look,
    remove,
    rows,
    sealed,
    set_head,
    write,
)
from tests.support.acts import NOON


@pytest.fixture(scope="module")
def case_id(stage: Flask) -> UUID:
    """A committed case of six lines, which the log knows."""
    with unit_of_work() as session:
        return long_case(session)


@pytest.fixture
def hand(rolled: Session) -> Session:
    """The hand of somebody with the password of the database; undone at the end."""
    return rolled


CHANGES: dict[str, Any] = {
    "action": "return",
    "from_state": None,
    "to_state": "closed",
    "by_role": "system",
    "by_person_id": None,
    "at": NOON + timedelta(minutes=10, microseconds=1),
    "reason": "wrong_duty",
    "data": {"nothing": None},
    "text_digest": FORGED,
    "previous_hash": FORGED,
    "hash": FORGED,
    "algorithm": "sha512",
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_field_is_found(hand: Session, case_id: UUID, name: str) -> None:
    write(hand, case_id, 3, **{name: CHANGES[name]})
    assert look(hand, case_id) == (3, "changed")


@pytest.mark.parametrize("algorithm", ["none", "", "shake_128"])
def test_an_algorithm_nobody_knows_is_found_and_does_not_stop_the_look(
    hand: Session, case_id: UUID, algorithm: str
) -> None:
    write(hand, case_id, 3, algorithm=algorithm)
    assert look(hand, case_id) == (3, "changed")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("data", "changed"),
        ("at", "changed"),
        ("by_person_id", "changed"),
        ("text_salt", "text_changed"),
    ],
)
def test_nonsense_that_no_column_should_hold_is_named_too(
    hand: Session, case_id: UUID, name: str, what: str
) -> None:
    """SQLite takes any text anywhere; PostgreSQL refuses it at once."""
    if hand.get_bind().dialect.name == "postgresql":
        with pytest.raises(DBAPIError):
            hand.execute(text(f"UPDATE case_history SET {name} = CAST('{{' AS text)"))
        return
    hand.execute(text("PRAGMA defer_foreign_keys=ON"))
    values = {"case": case_id.hex, "value": "{ nonsense"}
    statement = text(f"UPDATE case_history SET {name} = :value WHERE case_id = :case AND seq = 4")
    assert hand.execute(statement, values).rowcount == 1
    assert look(hand, case_id) == (4, what)


@pytest.mark.parametrize(
    ("seq", "values"),
    [
        (4, {"text": "没有人来过"}),
        (4, {"text": "已清走 "}),
        (4, {"text_salt": b"0" * 16}),
        (4, {"text_salt": None}),
        (3, {"text": "put into my mouth"}),
        (3, {"text": "put into my mouth", "text_salt": b"0" * 16}),
    ],
)
def test_changed_words_are_found(
    hand: Session, case_id: UUID, seq: int, values: dict[str, Any]
) -> None:
    write(hand, case_id, seq, **values)
    assert look(hand, case_id) == (seq, "text_changed")


def test_words_changed_with_their_digest_are_found(hand: Session, case_id: UUID) -> None:
    salt = b"0" * 16
    digest = text_digest("没有人来过", salt)
    write(hand, case_id, 4, text="没有人来过", text_salt=salt, text_digest=digest)
    assert look(hand, case_id) == (4, "changed")


@pytest.mark.parametrize("seq", [1, 3, 6])
def test_a_deleted_line_is_missed(hand: Session, case_id: UUID, seq: int) -> None:
    remove(hand, case_id, seq)
    assert look(hand, case_id) == (seq, "missing")


def test_a_line_cut_off_the_end_is_missed_although_the_case_denies_it(
    hand: Session, case_id: UUID
) -> None:
    remove(hand, case_id, 6)
    remove(hand, case_id, 5)
    set_head(hand, case_id)
    assert look(hand, case_id) == (5, "missing")


def test_a_deleted_line_is_missed_although_the_others_moved_up(
    hand: Session, case_id: UUID
) -> None:
    remove(hand, case_id, 3)
    for seq in (4, 5, 6):
        write(hand, case_id, seq, seq=seq - 1)
    set_head(hand, case_id)
    found = look(hand, case_id)
    assert found is not None
    assert found[0] == 3


def test_a_whole_case_is_missed(hand: Session, case_id: UUID) -> None:
    for table in (Photo, Task, Timer, CaseEntry, SearchText, CaseFact, Report):
        hand.execute(delete(table).where(table.case_id == case_id))
    hand.execute(delete(Case).where(Case.id == case_id))
    assert look(hand, case_id) == (1, "missing")


def swap(session: Session, case_id: UUID, names: set[str]) -> None:
    """Swap columns of the second and the third line."""
    second, third = rows(session, case_id)[1:3]
    write(session, case_id, 2, **{name: third[name] for name in names})
    write(session, case_id, 3, **{name: second[name] for name in names})


def test_two_lines_that_changed_places_are_called_reordered(hand: Session, case_id: UUID) -> None:
    swap(hand, case_id, set(LINES.c.keys()) - {"case_id", "seq"})
    assert look(hand, case_id) == (2, "reordered")


def test_two_lines_that_swapped_what_they_say_are_called_changed(
    hand: Session, case_id: UUID
) -> None:
    hashes = {"previous_hash", "hash"}
    swap(hand, case_id, set(LINES.c.keys()) - {"case_id", "seq"} - hashes)
    assert look(hand, case_id) == (2, "changed")


@pytest.mark.parametrize("order", [(2, 3), (5, 6), (1, 6), (3, 4)])
def test_renumbered_lines_are_called_reordered(
    hand: Session, case_id: UUID, order: tuple[int, int]
) -> None:
    low, high = order
    write(hand, case_id, low, seq=99)
    write(hand, case_id, high, seq=low)
    write(hand, case_id, 99, seq=high)
    assert look(hand, case_id) == (low, "reordered")


def test_renumbered_and_sealed_again_the_log_still_knows_the_order(
    hand: Session, case_id: UUID
) -> None:
    """Lines 3 and 4 in the other order, every hash right: only the log can tell."""
    before = rows(hand, case_id)
    previous = before[1]["hash"]
    order = [before[3], before[2], before[4], before[5]]
    for seq in (3, 4, 5, 6):
        remove(hand, case_id, seq)
    for seq, line in enumerate(order, 3):
        made = sealed({**line, "seq": seq, "previous_hash": previous})
        hand.execute(insert(LINES).values(**made))
        previous = made["hash"]
    set_head(hand, case_id)
    assert look(hand, case_id) == (3, "changed")


def forged(session: Session, case_id: UUID, seq: int) -> dict[str, Any]:
    """A line that looks right at a place, with the right hash: the case was closed."""
    before = rows(session, case_id)[seq - 2]
    line = {**before, "seq": seq, "action": "check_pass", "to_state": "closed"}
    line |= {"from_state": "resolved", "text": None, "text_salt": None, "text_digest": None}
    return sealed({**line, "previous_hash": before["hash"], "data": {"on_time": True}})


@pytest.mark.parametrize("with_head", [True, False])
def test_a_forged_line_at_the_end_is_not_in_the_log(
    hand: Session, case_id: UUID, with_head: bool
) -> None:
    hand.execute(insert(LINES).values(**forged(hand, case_id, 7)))
    if with_head:
        set_head(hand, case_id)
    assert look(hand, case_id) == (7, "not_in_log")


def test_a_forged_line_without_a_right_hash_is_found(hand: Session, case_id: UUID) -> None:
    hand.execute(insert(LINES).values(**{**forged(hand, case_id, 7), "hash": FORGED}))
    set_head(hand, case_id)
    assert look(hand, case_id) == (7, "changed")


def test_a_forged_line_in_the_middle_is_found_where_it_stands(hand: Session, case_id: UUID) -> None:
    made = forged(hand, case_id, 4)
    for seq in (6, 5, 4):
        write(hand, case_id, seq, seq=seq + 1)
    hand.execute(insert(LINES).values(**made))
    set_head(hand, case_id)
    assert look(hand, case_id) == (4, "changed")


def test_a_chain_forged_from_a_line_to_its_head_contradicts_the_log(
    hand: Session, case_id: UUID
) -> None:
    previous = rows(hand, case_id)[1]["hash"]
    for line in rows(hand, case_id)[2:]:
        line["previous_hash"] = previous
        if line["seq"] == 3:
            line["at"] += timedelta(hours=-2)  # signed in time after all
        made = sealed(line)
        write(hand, case_id, line["seq"], **made)
        previous = made["hash"]
    set_head(hand, case_id)
    assert look(hand, case_id) == (3, "changed")


def test_a_head_that_does_not_fit_is_found(hand: Session, case_id: UUID) -> None:
    hand.execute(update(Case).where(Case.id == case_id).values(history_hash=FORGED))
    assert look(hand, case_id) == (6, "changed")
    hand.rollback()
    hand.execute(update(Case).where(Case.id == case_id).values(history_seq=7))
    assert look(hand, case_id) == (7, "missing")


def test_a_line_whose_message_was_deleted_is_named(hand: Session, case_id: UUID) -> None:
    where = (Message.case_id == case_id) & (Message.entry_seq == 6)
    hand.execute(delete(Message).where(where))
    assert look(hand, case_id) == (6, "not_in_log")


def test_of_several_damages_the_first_is_named(hand: Session, case_id: UUID) -> None:
    write(hand, case_id, 5, reason="outside")
    write(hand, case_id, 2, by_role="worker")
    assert look(hand, case_id) == (2, "changed")
    first = hand.scalars(select(Case.id).where(Case.id < case_id).order_by(Case.id)).first()
    assert first is not None
    write(hand, first, 1, by_role="worker")
    assert look(hand, first) == (1, "changed")


def test_erased_words_leave_a_chain_that_verifies(hand: Session, case_id: UUID) -> None:
    texts = [row["text"] for row in rows(hand, case_id) if row["text"]]
    assert texts == ["已清走", "还有一袋", "再清"]
    hand.execute(update(LINES).where(LINES.c.case_id == case_id).values(text=None, text_salt=None))
    assert look(hand, case_id) is None
    assert not any(row["text"] or row["text_salt"] for row in rows(hand, case_id))
    assert sum(row["text_digest"] is not None for row in rows(hand, case_id)) == 3


def test_a_picture_that_was_taken_away_or_exchanged_is_missed(hand: Session, case_id: UUID) -> None:
    pictures = (Photo.case_id == case_id) & (Photo.entry_seq == 4)
    assert hand.execute(update(Photo).where(pictures).values(sha256="c" * 64)).rowcount == 1
    assert look(hand, case_id) == (4, "photo_missing")
    hand.rollback()
    hand.execute(delete(Photo).where(pictures))
    assert look(hand, case_id) == (4, "photo_missing")


@pytest.mark.parametrize(
    "values", [{"text": "I never said that"}, {"text_salt": b"0" * 16}, {"text_salt": None}]
)
def test_changed_words_of_the_resident_are_found(
    hand: Session, case_id: UUID, values: dict[str, Any]
) -> None:
    hand.execute(update(Report).where(Report.case_id == case_id).values(**values))
    assert look(hand, case_id) == (1, "report_changed")


def test_erased_words_of_the_resident_leave_a_chain_that_verifies(
    hand: Session, case_id: UUID
) -> None:
    erased = {"text": None, "text_salt": None}
    hand.execute(update(Report).where(Report.case_id == case_id).values(**erased))
    assert look(hand, case_id) is None


def test_a_state_set_past_the_workflow_is_found(hand: Session, case_id: UUID) -> None:
    hand.execute(update(Case).where(Case.id == case_id).values(state="rejected"))
    seq, what = look(hand, case_id)
    assert what == "state_changed"
    assert seq == hand.scalar(select(Case.history_seq).where(Case.id == case_id))
