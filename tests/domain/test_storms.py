"""When many reports are a storm, and which case is its parent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.errors import InvalidInput
from gridgov.domain.storms import StormRule, Told, check_rule, find, in_bounds, related

NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
RULE = StormRule()


def told(*minutes: float) -> list[Told[str]]:
    return [Told(f"case {n}", NOON + timedelta(minutes=at)) for n, at in enumerate(minutes)]


@pytest.mark.parametrize(
    ("minutes", "parent"),
    [
        ((0, 1, 2, 3, 4, 5, 6, 7), "case 0"),
        ((0, 1, 2, 3, 4, 5, 6, 10), "case 0"),  # the tenth minute is within
        ((0, 1, 2, 3, 4, 5, 6, 10.01), None),
        ((0, 1, 2, 3, 4, 5, 6), None),
        ((0, 60, 61, 62, 63, 64, 65, 66, 67), "case 1"),  # an hour before: another matter
        ((), None),
    ],
)
def test_so_many_in_so_few_minutes(minutes: tuple[float, ...], parent: str | None) -> None:
    found = find(told(*minutes), RULE)
    assert (None if found is None else found.parent) == parent


def test_fifty_in_five_minutes_have_one_parent_and_are_all_counted() -> None:
    found = find(told(*(n / 10 for n in range(50))), RULE)
    assert found is not None and (found.parent, found.count) == ("case 0", 50)


def test_those_who_join_count_with_the_case_they_joined() -> None:
    many = [Told("parent", NOON + timedelta(seconds=n)) for n in range(20)]
    found = find(many, RULE)
    assert found is not None and (found.cases, found.count) == (("parent",), 20)


def test_a_district_sets_its_own_limits() -> None:
    rule = StormRule.from_settings({"reports": 3, "minutes": 1})
    assert find(told(0, 0.5, 1), rule) is not None
    assert find(told(0, 0.5, 1.5), rule) is None
    assert rule.radius_m == RULE.radius_m


@pytest.mark.parametrize(
    ("name", "fits", "too_little", "too_much"),
    [
        ("reports", (2, 1000), 1, 1001),
        ("minutes", (1, 1.5, 1440), 0, 1441),
        ("radius_m", (1, 20_000), 0.5, 20_001),
        ("lasts_hours", (1, 240), 0, float("inf")),
    ],
)
def test_what_a_district_may_set_has_bounds(
    name: str, fits: tuple[float, ...], too_little: float, too_much: float
) -> None:
    for value in fits:
        rule = StormRule.from_settings({name: value})
        assert StormRule.from_settings(check_rule(rule)) == rule
    wrong: tuple[Any, ...] = (too_little, too_much, float("nan"), "8", None, True, -3)
    for value in wrong:
        with pytest.raises(InvalidInput) as refused:
            check_rule(StormRule.from_settings({name: value}))
        assert (refused.value.field, refused.value.reason) == (name, "out_of_range")
    assert not in_bounds("reports", 2.5), "nobody reports by half"


def test_classes_of_one_major_class_are_related() -> None:
    assert related("0301", "0306") and not related("0301", "0402")


@given(st.lists(st.integers(0, 3000), max_size=40))
def test_the_parent_is_never_later_than_anything_counted(seconds: list[int]) -> None:
    reports = [Told(n, NOON + timedelta(seconds=at)) for n, at in enumerate(seconds)]
    found = find(reports, RULE)
    if found is not None:
        first = min(one.at for one in reports if one.case in found.cases)
        assert first == reports[found.parent].at and found.count >= RULE.reports
