"""Figures: what a message adds to the counters, and what is read from them."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.indicators import (
    COUNTERS,
    HAPPENED,
    Counts,
    FactKey,
    FactTable,
    FactView,
    Figures,
    contribution,
    fold,
    rate_class,
)
from gridgov.domain.scope import CaseClass
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
)
STEPS = st.tuples(VIEWS, st.none() | st.sampled_from(Action), DAYS)


def at(area: str, table: FactTable, day: date) -> FactKey:
    return FactKey(table, day, area, CaseClass.OPEN)


def of_district(counts: Counts) -> dict[tuple[str, date, str], int]:
    """The counters of the district, as (table, day, counter) → number."""
    return {
        (str(key.table), key.day, name): number
        for (key, name), number in counts.items()
        if key.area_code == PATH[0] and number
    }


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (OPEN, {("received", DAY, "received"): 1, ("due", NEXT, "due"): 1}),
        (
            CLOSED,
            {
                ("received", DAY, "received"): 1,
                ("received", DAY, "closed"): 1,
                ("due", NEXT, "due"): 1,
                ("due", NEXT, "closed"): 1,
                ("due", NEXT, "closed_on_time"): 1,
            },
        ),
        (
            LATE,
            {
                ("received", DAY, "received"): 1,
                ("received", DAY, "closed"): 1,
                ("due", NEXT, "due"): 1,
                ("due", NEXT, "closed"): 1,
            },
        ),
        (INVALID, {("received", DAY, "invalid"): 1}),
        # Invalid wins: a case that was closed and then voided counts nowhere but here.
        (replace(CLOSED, valid=False), {("received", DAY, "invalid"): 1}),
    ],
    ids=["open", "closed", "late", "invalid", "voided"],
)
def test_what_a_case_adds(view: FactView, expected: dict[tuple[str, date, str], int]) -> None:
    assert of_district(contribution(view)) == expected


def test_every_area_of_the_path_counts_the_case_once() -> None:
    counts = contribution(OPEN)
    for area in PATH:
        assert counts[at(area, FactTable.RECEIVED, DAY), "received"] == 1
    assert len(counts) == 2 * len(PATH)


def test_confidential_cases_are_counted_apart() -> None:
    keys = {key.case_class for key, _ in contribution(replace(OPEN, confidential=True))}
    assert keys == {CaseClass.CONFIDENTIAL}


@pytest.mark.parametrize(
    ("before", "after", "action", "expected"),
    [
        (
            None,
            OPEN,
            Action.SUBMIT,
            {
                ("received", DAY, "received"): 1,
                ("due", NEXT, "due"): 1,
                ("happened", LATER, "received"): 1,
            },
        ),
        (
            OPEN,
            CLOSED,
            Action.CHECK_PASS,
            {
                ("received", DAY, "closed"): 1,
                ("due", NEXT, "closed"): 1,
                ("due", NEXT, "closed_on_time"): 1,
                ("happened", LATER, "closed"): 1,
            },
        ),
        (
            LATE,
            replace(OPEN, due_on=LATER),
            Action.REOPEN,
            {
                ("received", DAY, "closed"): -1,
                ("due", NEXT, "due"): -1,
                ("due", NEXT, "closed"): -1,
                ("due", LATER, "due"): 1,
                ("happened", LATER, "reopened"): 1,
            },
        ),
        (
            OPEN,
            INVALID,
            Action.REJECT,
            {
                ("received", DAY, "received"): -1,
                ("received", DAY, "invalid"): 1,
                ("due", NEXT, "due"): -1,
                ("happened", LATER, "rejected"): 1,
            },
        ),
        (OPEN, OPEN, Action.SIGN, {}),
        (OPEN, OPEN, None, {}),
        (OPEN, OPEN, Action.MARK_OVERDUE, {("happened", LATER, "overdue"): 1}),
        (CLOSED, CLOSED, Action.RATE, {}),
    ],
)
def test_what_a_message_changes(
    before: FactView | None,
    after: FactView,
    action: Action | None,
    expected: dict[tuple[str, date, str], int],
) -> None:
    assert of_district(fold(before, after, action, LATER)) == expected


def standing(counts: Counts) -> Counts:
    """The counters that say how cases stand, without what happened on which day."""
    return Counter({k: n for k, n in counts.items() if k[0].table is not FactTable.HAPPENED and n})


@given(st.lists(STEPS, min_size=1, max_size=12))
def test_the_sum_of_all_messages_is_what_the_case_adds_now(
    steps: list[tuple[FactView, Action | None, date]],
) -> None:
    total: Counts = Counter()
    happened: Counts = Counter()
    before: FactView | None = None
    for after, action, day in steps:
        total.update(fold(before, after, action, day))
        name = HAPPENED.get(action) if action else None
        if name is not None:
            key = FactKey(
                FactTable.HAPPENED,
                day,
                after.areas[0],
                CaseClass.CONFIDENTIAL if after.confidential else CaseClass.OPEN,
            )
            happened[key, name] += 1
        before = after
    assert standing(total) == contribution(steps[-1][0])
    for key, number in happened.items():
        assert total[key] >= number


@given(st.lists(st.lists(STEPS, min_size=1, max_size=4), min_size=1, max_size=5), st.randoms())
def test_the_order_between_cases_and_the_batches_do_not_matter(
    cases: list[list[tuple[FactView, Action | None, date]]], random: object
) -> None:
    changes: list[Counts] = []
    for steps in cases:
        before: FactView | None = None
        for after, action, day in steps:
            changes.append(fold(before, after, action, day))
            before = after
    in_order: Counts = Counter()
    for change in changes:
        in_order.update(change)
    random.shuffle(changes)  # type: ignore[attr-defined]
    shuffled: Counts = Counter()
    for change in changes:
        shuffled.update(change)
    assert +in_order == +shuffled
    # What is counted is never negative once all messages of the cases are in.
    assert min(in_order.values(), default=0) >= 0


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


def test_every_counter_has_a_place_in_its_table() -> None:
    used = {FactTable.HAPPENED: set(HAPPENED.values())}
    for view in (OPEN, CLOSED, LATE, INVALID):
        for key, name in contribution(view):
            used.setdefault(key.table, set()).add(name)
    assert {table: set(names) for table, names in COUNTERS.items()} == used


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
