"""Surges: few false alarms on steady series, no missed flood."""

import random

import pytest

from gridgov.domain.surges import ONCE_IN, WEEKS, at_least, judge


def poisson(rng: random.Random, mean: float) -> int:
    """A Poisson number (sum of exponential waits)."""
    count, waited = 0, rng.expovariate(1)
    while waited < mean:
        count, waited = count + 1, waited + rng.expovariate(1)
    return count


@pytest.mark.parametrize("mean", [0.3, 2, 10, 60])
@pytest.mark.parametrize("looks", [1, 30])
def test_a_steady_series_rarely_alarms(mean: float, looks: int) -> None:
    rng = random.Random(11)
    days = 3000 if looks == 1 else 150
    alarms = 0
    for _ in range(days):
        alarms += any(
            judge(poisson(rng, mean), [poisson(rng, mean) for _ in range(WEEKS)], looks).surge
            for _ in range(looks)
        )
    assert alarms <= 2 * days / ONCE_IN + 2


def test_a_series_that_scatters_more_than_poisson_rarely_alarms() -> None:
    """Rainy and dry days: the rate itself doubles now and then."""
    rng = random.Random(12)
    days, alarms = 2000, 0
    for _ in range(days):
        counts = [poisson(rng, rng.choice((6, 6, 6, 12))) for _ in range(WEEKS + 1)]
        alarms += judge(counts[0], counts[1:]).surge
    assert alarms <= 4 * days / ONCE_IN


@pytest.mark.parametrize(
    ("count", "past"),
    [(30, [8, 9, 7, 10, 8, 9, 11, 8]), (9, [0] * 8), (8, [1, 0, 0, 1, 0, 0, 0, 1])],
)
def test_a_flood_is_seen(count: int, past: list[int]) -> None:
    judged = judge(count, past, looks=30)
    assert judged.surge
    assert judged.expected == pytest.approx(sum(past) / len(past))


@pytest.mark.parametrize(
    ("count", "past"),
    [(4, [0] * 8), (12, [10, 9, 11, 10, 12, 9, 10, 11]), (3, [8] * 8), (100, [])],
    ids=["too few", "usual", "less than usual", "no past"],
)
def test_what_is_usual_is_no_surge(count: int, past: list[int]) -> None:
    assert not judge(count, past, looks=1).surge


def test_the_chance_is_that_of_the_predictive_distribution() -> None:
    """Known values: with a long past it is nearly Poisson; P(X ≥ 0) is 1."""
    assert at_least(0, 5, 8) == 1
    # Poisson(2): P(X ≥ 5) = 0.052653.
    assert at_least(5, 200_000, 100_000) == pytest.approx(0.052653, abs=1e-4)
    # Shape 1 over 1 day is geometric: P(X ≥ n) = 1 / 2^n.
    assert at_least(3, 1, 1) == pytest.approx(1 / 8)
