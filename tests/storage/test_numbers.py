"""Case numbers: fresh, in blocks per process, and a block in stock before anybody needs it."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from gridgov.storage import numbers
from gridgov.storage.numbers import BLOCK, CaseNumber
from gridgov.storage.session import read_only, unit_of_work

DISTRICT = "440608"
DAY = date(2027, 3, 1)  # a day on which the sample has no cases


class Broken(Exception):
    """A unit that does not come to its end."""


def given_out(session: Session) -> int:
    """The numbers of the day that any process has taken from the row."""
    row = session.get(CaseNumber, (DISTRICT, DAY))
    return 0 if row is None else row.next - 1


def stock() -> None:
    with unit_of_work() as session:
        numbers.stock_up(session, DISTRICT, DAY)


def test_numbers_follow_each_other_within_a_block(app: Flask) -> None:
    with unit_of_work() as session:
        first = [numbers.next_number(session, DISTRICT, DAY) for _ in range(3)]
    with unit_of_work() as session:
        later = numbers.next_number(session, DISTRICT, DAY)
    assert [*first, later] == [f"440608-270301-{n:05}" for n in (1, 2, 3, 4)]


def test_a_process_with_stock_gives_numbers_without_touching_the_row(app: Flask) -> None:
    with read_only() as session:
        assert numbers.running_low(session, DISTRICT, DAY)
    stock()
    with read_only() as session:
        assert not numbers.running_low(session, DISTRICT, DAY)
        assert given_out(session) == BLOCK
    with unit_of_work() as session:
        assert numbers.next_number(session, DISTRICT, DAY) == "440608-270301-00001"
    with read_only() as session:
        assert given_out(session) == BLOCK, "the act took no block of its own"


def test_stock_is_called_for_before_it_ends_and_adds_to_what_is_left(app: Flask) -> None:
    stock()
    with unit_of_work() as session:
        used = [numbers.next_number(session, DISTRICT, DAY) for _ in range(BLOCK // 2 + 1)]
        assert numbers.running_low(session, DISTRICT, DAY)
    stock()
    with unit_of_work() as session:
        rest = [numbers.next_number(session, DISTRICT, DAY) for _ in range(2 * BLOCK - len(used))]
    assert len({*used, *rest}) == 2 * BLOCK, "no number twice"
    with read_only() as session:
        assert given_out(session) == 2 * BLOCK


def test_a_block_of_a_unit_that_failed_is_nobodys(app: Flask) -> None:
    with pytest.raises(Broken), unit_of_work() as session:
        numbers.stock_up(session, DISTRICT, DAY)
        raise Broken
    with read_only() as session:
        assert numbers.running_low(session, DISTRICT, DAY)
        assert given_out(session) == 0
