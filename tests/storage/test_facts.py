"""Facts: numbers add up, what a case is now is replaced, and it reads back as it was."""

from collections import Counter
from dataclasses import replace
from datetime import date
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from gridgov.domain.counters import Dim, FactTable
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicators import FactKey, Rows, fold
from gridgov.domain.scope import CaseClass
from gridgov.domain.spans import Piece, Span
from gridgov.domain.workflow import Action
from gridgov.storage import case_facts, facts
from gridgov.storage.session import read_only, unit_of_work

DISTRICT = "440608"
DAY = date(2031, 5, 6)  # a day of which the sample says nothing
KEY = FactKey(FactTable.RECEIVED, DISTRICT, Span.DAY, DAY, DAY, CaseClass.OPEN, dim="", value="")
CUT = KEY._replace(table=FactTable.SPLIT_RECEIVED, dim=Dim.CATEGORY, value="水“电”%s\\")
VIEW = FactView(
    valid=True,
    closed=False,
    on_time=False,
    confidential=False,
    areas=(DISTRICT,),
    received_on=DAY,
    due_on=DAY,
    category="0101",
)


def counted(session: Session) -> dict[str, int]:
    """The counters of the day that are not zero."""
    piece = Piece(Span.DAY, DAY, DAY)
    names = ("received", "closed", "open")
    found = facts.sums(
        session,
        FactTable.RECEIVED,
        DISTRICT,
        [DISTRICT],
        frozenset({CaseClass.OPEN}),
        [piece],
        names,
    )
    return {name: number for name, number in found[DISTRICT].items() if number}


def test_a_row_that_stands_there_already_is_added_to(app: Flask) -> None:
    batches: list[dict[str, int]] = [
        {"received": 3, "open": 3},
        {"open": -2, "closed": 2},
        {"received": 0},
    ]
    for counts in batches:
        rows: Rows = {KEY: Counter(counts)}
        with unit_of_work() as session:
            facts.add(session, DISTRICT, rows)
    with read_only() as session:
        assert counted(session) == {"received": 3, "open": 1, "closed": 2}


def test_two_messages_of_one_batch_about_one_case_make_one_row(app: Flask) -> None:
    rows: Rows = {}
    fold(None, VIEW, Action.SUBMIT, DAY, rows)
    fold(VIEW, VIEW, Action.DISPATCH, DAY, rows)
    fold(None, VIEW, Action.SUBMIT, DAY, rows)
    with unit_of_work() as session:
        facts.add(session, DISTRICT, rows)
    with read_only() as session:
        assert counted(session) == {"received": 2, "open": 2}
        stored = facts.whole(session, DISTRICT)
    assert {key: stored[key] for key in facts.as_stored(rows)} == facts.as_stored(rows)


def test_what_a_cut_is_called_is_kept_letter_by_letter(app: Flask) -> None:
    rows: Rows = {CUT: Counter(received=1)}
    with unit_of_work() as session:
        facts.add(session, DISTRICT, rows)
    with read_only() as session:
        assert facts.as_stored(rows).items() <= facts.whole(session, DISTRICT).items()


def test_a_case_is_written_new_and_then_anew(app: Flask) -> None:
    case = UUID(int=2**127 + 5)
    later = replace(VIEW, closed=True, on_time=True, unit="CG")
    for view in (VIEW, later):
        row = case_facts.row_of(case, view)
        with unit_of_work() as session:
            case_facts.put(session, [row])
        with read_only() as session:
            assert case_facts.whole(session, DISTRICT)[case] == row
