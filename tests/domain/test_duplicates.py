"""How alike a new report and an open case are."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.duplicates import REACH, REACH_M, likeness

DAY = timedelta(days=1)
DISTANCES = st.floats(0, REACH_M)
AGES = st.timedeltas(timedelta(0), REACH)


def score(metres: float, age: timedelta, category: str | None = "0201", other: str = "0201"):
    found = likeness(distance_m=metres, age=age, category=category, other=other)
    return None if found is None else found.score


def test_the_same_class_here_and_now_is_wholly_alike() -> None:
    assert score(0, timedelta(0)) == 1


@pytest.mark.parametrize(
    ("metres", "age"),
    [(REACH_M + 0.1, DAY), (10, REACH + timedelta(seconds=1)), (10, -timedelta(seconds=1))],
)
def test_too_far_too_old_or_later_than_the_report_is_no_likeness(
    metres: float, age: timedelta
) -> None:
    assert score(metres, age) is None


@given(DISTANCES, AGES)
def test_the_same_class_beats_the_same_major_class_beats_another(
    metres: float, age: timedelta
) -> None:
    same, major, other = (score(metres, age, own) for own in ("0201", "0205", "0501"))
    assert same is not None and major is not None and other is not None
    assert same > major > other > 0


@given(DISTANCES, DISTANCES, AGES, AGES)
def test_nearer_and_younger_is_never_less_alike(
    a: float, b: float, age_a: timedelta, age_b: timedelta
) -> None:
    near, far, young, old = min(a, b), max(a, b), min(age_a, age_b), max(age_a, age_b)
    one, two = score(near, young), score(far, old)
    assert one is not None and two is not None and one >= two


def test_without_a_class_the_place_alone_decides() -> None:
    assert score(20, DAY, None) == score(20, DAY)
