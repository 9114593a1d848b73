"""Figures: what a message adds to the counters, and what is read from them."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.case_counters import due_flags, flags
from gridgov.domain.counters import COUNTERS, HAPPENED, NARROW, FactTable
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicators import (
    FactKey,
    Figures,
    Rows,
    contribution,
    fold,
    rate_class,
    without_zeros,
)
from gridgov.domain.scope import CaseClass
from gridgov.domain.spans import Span
from gridgov.domain.workflow import Action

DAY, NEXT, LATER = date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 25)
PATH = ("440608", "440608004", "440608004025", "440608004025006")
OPEN = FactView(
    valid=True,
    closed=False,
    on_time=False,
    confidential=False,
    areas=PATH,
    received_on=DAY,
    due_on=NEXT,
)
CLOSED = replace(OPEN, closed=True, on_time=True)
LATE = replace(OPEN, closed=True)
INVALID = replace(OPEN, valid=False)

DAYS = st.dates(date(2026, 11, 1), date(2026, 12, 31))
PATHS = st.lists(st.sampled_from(PATH), min_size=1, max_size=4, unique=True).map(tuple)
VIEWS = st.builds(
    FactView,
    valid=st.booleans(),
    closed=st.booleans(),
    on_time=st.booleans(),
    confidential=st.booleans(),
    areas=PATHS,
    received_on=DAYS,
    due_on=DAYS,
    state=st.sampled_from(("", "void", "merged", "transferred")),
    category=st.sampled_from(("0101", "0402")),
    unit=st.sampled_from(("", "CG")),
    level=st.sampled_from(("grid", "town")),
    repeats=st.integers(0, 3),
    hour=st.none() | st.integers(0, 167),
    closed_after=st.none() | st.integers(0, 90_000),
    overdue=st.booleans(),
    first_due_on=st.none() | DAYS,
    passed=st.fixed_dictionaries(
        {},
        optional={
            "accepted": st.booleans(),
            "dispatched": st.booleans(),
            "handled": st.booleans(),
            "reworked": st.just(True),
            "solved": st.none() | st.booleans(),
            "spot": st.sampled_from(("passed", "failed")),
        },
    ),
)
STEPS = st.tuples(VIEWS, st.none() | st.sampled_from(Action), DAYS)


def of_district(rows: Rows) -> dict[tuple[str, date, str], int]:
    """The counters of the district by day, as (table, day, counter) → number."""
    return {
        (str(key.table), key.day, name): number
        for key, counts in rows.items()
        if key.area_code == PATH[0] and key.span is Span.DAY and key.table in NARROW
        for name, number in counts.items()
        if number
    }


def chosen(counts: dict[tuple[str, date, str], int], *names: str) -> dict[tuple[str, str], int]:
    """Some counters of a district, by table and name, whatever the day."""
    return {(table, name): n for (table, _, name), n in counts.items() if name in names}


@pytest.mark.parametrize(
    ("view", "received", "due"),
    [
        (OPEN, "received open to_accept to_respond", "due first_due"),
        (
            CLOSED,
            "received closed closed_on_time to_accept to_respond closed_here one_go",
            "due closed closed_on_time first_due first_closed first_closed_on_time",
        ),
        (
            LATE,
            "received closed closed_late to_accept to_respond closed_here one_go",
            "due closed closed_late first_due first_closed",
        ),
        (INVALID, "invalid rejected to_accept", ""),
        # Invalid wins: a case that was closed and then voided counts nowhere but there.
        (replace(CLOSED, valid=False, state="void"), "invalid void to_accept", ""),
        # A duplicate is no report of its own.
        (replace(OPEN, valid=False, state="merged"), "invalid merged", ""),
    ],
    ids=["open", "closed", "late", "rejected", "voided", "merged"],
)
def test_what_a_case_adds(view: FactView, received: str, due: str) -> None:
    expected = {("received", DAY, name): 1 for name in received.split()}
    expected |= {("due", NEXT, name): 1 for name in due.split()}
    assert of_district(contribution(view, DAY)) == expected


def test_an_extension_moves_the_limit_and_leaves_the_first_one_on_record() -> None:
    moved = replace(CLOSED, due_on=LATER, first_due_on=NEXT, first_on_time=False)
    found = of_district(contribution(moved, DAY))
    due = {key: n for key, n in found.items() if key[0] == "due"}
    assert due == {
        ("due", LATER, "due"): 1,
        ("due", LATER, "closed"): 1,
        ("due", LATER, "closed_on_time"): 1,
        ("due", NEXT, "first_due"): 1,
        ("due", NEXT, "first_closed"): 1,
    }


def test_every_area_of_the_path_counts_the_case_once() -> None:
    rows = contribution(OPEN, DAY)
    for area in PATH:
        keys = [key for key in rows if key.area_code == area and key.table is FactTable.RECEIVED]
        days = [key for key in keys if key.span is Span.DAY]
        assert [rows[key]["received"] for key in days] == [1]
        months = [key for key in keys if key.span is Span.MONTH]
        assert [(key.day, rows[key]["received"]) for key in months] == [(date(2026, 11, 1), 1)]


def test_a_cut_is_kept_where_it_is_smaller_than_the_cases() -> None:
    view = replace(OPEN, category="0101", unit="CG", channel="snap", hour=34)
    rows = contribution(view, DAY)
    cut = {(key.area_code, str(key.span), key.dim) for key in rows if key.dim == "category"}
    district, town, village, _grid = PATH
    assert cut == {
        *((area, span, "category") for area in (district, town) for span in "dm"),
        (village, "m", "category"),
    }


def test_confidential_cases_are_counted_apart() -> None:
    keys = {key.case_class for key in contribution(replace(OPEN, confidential=True), DAY)}
    assert keys == {CaseClass.CONFIDENTIAL}


@pytest.mark.parametrize(
    ("before", "after", "action", "expected"),
    [
        (None, OPEN, Action.SUBMIT, {("received", "received"): 1, ("happened", "received"): 1}),
        (
            OPEN,
            CLOSED,
            Action.CHECK_PASS,
            {("received", "closed"): 1, ("due", "closed"): 1, ("happened", "closed"): 1},
        ),
        (
            LATE,
            replace(OPEN, due_on=LATER),
            Action.REOPEN,
            {("received", "closed"): -1, ("due", "closed"): -1, ("happened", "reopened"): 1},
        ),
        (
            OPEN,
            INVALID,
            Action.REJECT,
            {
                ("received", "received"): -1,
                ("received", "rejected"): 1,
                ("happened", "rejected"): 1,
            },
        ),
        (CLOSED, OPEN, Action.GRANT_APPEAL, {("happened", "reopened"): 1}),
        (INVALID, OPEN, Action.GRANT_APPEAL, {("happened", "taken_back"): 1}),
        (OPEN, OPEN, Action.SIGN, {}),
        (OPEN, OPEN, None, {}),
        (OPEN, OPEN, Action.MARK_OVERDUE, {("happened", "overdue"): 1}),
        (CLOSED, CLOSED, Action.RATE, {}),
    ],
)
def test_what_a_message_changes(
    before: FactView | None,
    after: FactView,
    action: Action | None,
    expected: dict[tuple[str, str], int],
) -> None:
    found = of_district(fold(before, after, action, LATER))
    names = {name for _, name in expected}
    assert chosen(found, *names).items() >= expected.items()
    if not expected:
        assert found == {}


def test_what_ripens_counts_from_the_day_it_is_due() -> None:
    """Written when the case comes; read as of a day, without a clock."""
    rows = contribution(OPEN, DAY)
    months = {
        (key.changed_on, name): n
        for key, counts in rows.items()
        if key.area_code == PATH[0] and key.span is Span.DAY_DAY
        for name, n in counts.items()
        if name in ("matured", "received")
    }
    assert months == {(DAY, "received"): 1, (NEXT, "matured"): 1}


def as_of(rows: Rows, day: date) -> Counter[tuple[date, str]]:
    """The district's counters as they stood at the end of a day."""
    found: Counter[tuple[date, str]] = Counter()
    for key, counts in rows.items():
        if key.area_code == PATH[0] and key.span is Span.DAY_DAY and key.changed_on <= day:
            for name, number in counts.items():
                found[key.day, name] += number
    return Counter({key: n for key, n in found.items() if n})


@given(st.lists(STEPS, min_size=1, max_size=8), DAYS)
def test_a_past_day_is_the_sum_of_the_changes_up_to_it(
    steps: list[tuple[FactView, Action | None, date]], day: date
) -> None:
    """Whenever it is asked: later changes do not touch it."""
    steps.sort(key=lambda step: step[2])
    whole: Rows = {}
    until: Rows = {}
    before: FactView | None = None
    for after, action, on in steps:
        fold(before, after, action, on, whole)
        if on <= day:
            fold(before, after, action, on, until)
        before = after
    assert as_of(whole, day) == as_of(until, day)


def standing(rows: Rows) -> dict[FactKey, Counter[str]]:
    """The counters that say how cases stand, without when that changed."""
    plain = (Span.DAY, Span.MONTH)
    return {
        key: counts
        for key, counts in without_zeros(rows).items()
        if key.table is not FactTable.HAPPENED and key.span in plain
    }


@given(st.lists(STEPS, min_size=1, max_size=12))
def test_the_sum_of_all_messages_is_what_the_case_adds_now(
    steps: list[tuple[FactView, Action | None, date]],
) -> None:
    total: Rows = {}
    before: FactView | None = None
    for after, action, day in steps:
        fold(before, after, action, day, total)
        before = after
    assert standing(total) == standing(contribution(steps[-1][0], DAY))


@given(st.lists(st.lists(STEPS, min_size=1, max_size=4), min_size=1, max_size=5), st.randoms())
def test_the_order_between_cases_and_the_batches_do_not_matter(
    cases: list[list[tuple[FactView, Action | None, date]]], random: Random
) -> None:
    moves: list[tuple[FactView | None, FactView, Action | None, date]] = []
    for steps in cases:
        before: FactView | None = None
        for after, action, day in steps:
            moves.append((before, after, action, day))
            before = after
    in_order: Rows = {}
    for move in moves:
        fold(*move, in_order)
    random.shuffle(moves)
    shuffled: Rows = {}
    for move in moves:
        fold(*move, shuffled)
    assert without_zeros(in_order) == without_zeros(shuffled)
    # What stands somewhere is never negative once all messages of the cases are in.
    assert all(n > 0 for counts in standing(in_order).values() for n in counts.values())


@given(VIEWS)
def test_a_view_comes_back_from_a_message_as_it_was(view: FactView) -> None:
    assert FactView.from_json(json.loads(json.dumps(view.as_json()))) == view


def test_a_view_in_an_old_message_is_still_read() -> None:
    # The log of an installation holds this form for ever.
    body = {
        "valid": True,
        "closed": False,
        "on_time": False,
        "confidential": False,
        "areas": list(PATH),
        "received_on": "2026-11-18",
        "due_on": "2026-11-19",
    }
    assert OPEN.as_json() == body
    assert FactView.from_json(body) == OPEN


@given(VIEWS)
def test_every_counter_has_a_place_in_its_table(view: FactView) -> None:
    due, first = due_flags(view)
    assert flags(view) <= set(COUNTERS[FactTable.RECEIVED])
    assert due | first <= set(COUNTERS[FactTable.DUE])
    assert set(HAPPENED.values()) == set(COUNTERS[FactTable.HAPPENED])


@pytest.mark.parametrize(
    ("closed", "received", "expected"),
    [
        (19, 19, None),
        (0, 0, None),
        (20, 20, 1),
        (98, 100, 1),
        (979, 1000, 2),
        (95, 100, 2),
        (949, 1000, 3),
        (90, 100, 3),
        (899, 1000, 4),
        (85, 100, 4),
        (849, 1000, 5),
        (0, 20, 5),
    ],
)
def test_the_classes_of_the_map(closed: int, received: int, expected: int | None) -> None:
    assert rate_class(closed, received) == expected


@given(st.integers(1, 4), st.integers(1, 5_000))
def test_a_rate_on_a_threshold_belongs_to_the_better_class(better: int, twenties: int) -> None:
    percent = {1: 98, 2: 95, 3: 90, 4: 85}[better]
    received = 100 * twenties
    closed = percent * twenties
    assert rate_class(closed, received) == better
    assert rate_class(closed - 1, received) == better + 1


def test_a_rate_is_a_numerator_and_a_denominator() -> None:
    figures = Figures(received=972, closed=737, overdue=12, cursor=5)
    assert (figures.open, round(100 * (figures.closure_rate or 0), 2)) == (235, 75.82)
    assert Figures(0, 0, 0, 0).closure_rate is None
