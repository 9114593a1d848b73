"""Lists of a past hour: exactly the cases the figure of that hour counts, whatever came later."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.domain.indicator_book import BOOK
from gridgov.domain.indicator_model import Part
from gridgov.domain.workflow import OPEN_STATES, Action
from gridgov.services import behind_at, figures
from gridgov.services.behind import Behind, Narrowed, Question
from gridgov.services.figures import Value
from gridgov.storage.case_facts import CaseFact
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.session import read_only
from tests.services.test_walks import watched
from tests.support.acts import DISTRICT, GRID
from tests.support.case_walks import CaseWalk
from tests.support.number_checks import TOWN, VILLAGE, fold_all, view_of

START = datetime(2026, 12, 22, 2, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 10), date(2027, 2, 28)
SOME = ("received", "open", "overdue", "closure_due", "reopened_flow", "repeats", "received_flow")
TURNED = {str(one) for one in (Action.REOPEN, Action.MERGE, Action.UNMERGE)}
A_PAGE = 7
STEPS, MOST_STEPS = 80, 600
Walked = tuple[datetime, Sequence[datetime]]


@pytest.fixture(scope="module")
def walked(stage: Flask) -> Walked:
    """A walk that reopens, merges and un-merges: a later day, and moments on its way.

    The moments are some hours, and those right before and right at each such turn.
    """
    watched()
    walk = CaseWalk(random.Random(1), START, published=START.year)
    times, turned = [START], set[str]()
    moments = []
    for number in range(MOST_STEPS):
        if number > STEPS and turned == TURNED:
            break
        walk.step()
        times.append(walk.now)
        new = _turned(walk) - turned
        if new:
            turned |= new
            moments += times[-2:]
        elif number % 25 == 10 and number < STEPS:
            moments.append(walk.now.replace(minute=0, second=0, microsecond=0))
    fold_all()
    assert turned == TURNED, "the walk has to come by all three"
    return walk.now + timedelta(days=40), moments


def _turned(walk: CaseWalk) -> set[str]:
    with read_only() as session:
        asked = select(CaseEntry.action).where(CaseEntry.case_id.in_(walk.cases))
        return TURNED & set(session.scalars(asked))


def listed(session: Session, asked: Question, now: datetime, as_of: datetime) -> list[Behind]:
    """The whole list, in small pages."""
    found: list[Behind] = []
    after: str | None = None
    while page := behind_at.cases_of(
        session, asked, now=now, as_of=as_of, after=after, limit=A_PAGE
    ):
        found += page
        after = page[-1].mark
    return found


def parts(value: Value) -> list[tuple[Part, int]]:
    found = [(Part.NUMERATOR, value.numerator)]
    if value.denominator is not None:
        found.append((Part.DENOMINATOR, value.denominator))
    return found


@pytest.mark.parametrize("area", [DISTRICT, TOWN, VILLAGE, GRID])
def test_a_list_of_a_past_hour_holds_what_its_figure_counts(walked: Walked, area: str) -> None:
    now, moments = walked
    view = view_of(area, FIRST, LAST)
    codes = list(BOOK) if area == DISTRICT else SOME
    seen: set[tuple[str, int]] = set()
    with read_only() as session:
        for moment in moments:
            found = figures.values(session, view, codes, now=now, as_of=moment)[area]
            for code, value in found.items():
                for part, number in parts(value):
                    rows = listed(session, Question(view, code, part), now, moment)
                    assert sum(one.weight for one in rows) == number, (moment, code, part)
                    assert len({one.mark for one in rows}) == len(rows), "none stands there twice"
                    seen.add((code, number))
    assert len({number for code, number in seen if code == "received"}) > 2, "the past moved"


def test_a_narrowed_list_of_a_past_hour_adds_up_to_the_whole(walked: Walked) -> None:
    """By unit, class, channel and hour, as the cases stood then and not as they stand now."""
    now, moments = walked
    view = view_of(DISTRICT, FIRST, LAST)
    with read_only() as session:
        for moment in moments[1:4]:
            whole = listed(session, Question(view, "received"), now, moment)
            for name in ("unit", "category", "channel", "hour"):
                column = getattr(CaseFact, name)
                values = session.scalars(select(column).distinct()).all()
                ones = [Narrowed(**{name: str(value)}) for value in values if value is not None]
                rows = [
                    row
                    for one in ones
                    for row in listed(
                        session, Question(view, "received", narrowed=one), now, moment
                    )
                ]
                assert {row.case_id for row in rows} <= {row.case_id for row in whole}
                assert len(rows) == len({row.case_id for row in rows})
                if name != "unit":  # a unit of then need not be one of now
                    assert len(rows) == len(whole), name
                one = Question(view, "received", narrowed=ones[0])
                number = behind_at.number_of(session, one, now=now, as_of=moment)
                assert number == len(listed(session, one, now, moment))


def test_a_case_of_the_list_says_how_it_stood_then(walked: Walked) -> None:
    now, moments = walked
    view = view_of(DISTRICT, FIRST, LAST)
    with read_only() as session:
        opened = listed(session, Question(view, "open"), now, moments[0])
        rows = session.execute(select(Case.id, Case.state))
        states = {case_id: state for case_id, state in rows}
        stood = {row.case_id: row.stood.state for row in opened if row.stood is not None}
        moved = {case_id for case_id, state in stood.items() if state != states[case_id]}
        assert moved, "some went on since"
        assert set(stood.values()) <= {str(state) for state in OPEN_STATES}
        acts = listed(session, Question(view, "received_flow"), now, moments[0])
        assert all(row.stood is not None for row in acts)


def test_a_mark_that_is_none_is_refused(walked: Walked) -> None:
    now, moments = walked
    asked = Question(view_of(DISTRICT, FIRST, LAST), "received")
    with read_only() as session, pytest.raises(InvalidInput):
        behind_at.cases_of(session, asked, now=now, as_of=moments[0], after="yesterday/1")
    count = Question(view_of(DISTRICT, FIRST, LAST), "received", Part.DENOMINATOR)
    with read_only() as session, pytest.raises(InvalidInput):
        behind_at.cases_of(session, count, now=now, as_of=moments[0])
