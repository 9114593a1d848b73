"""How long it took: the quantiles from bins against Kaplan and Meier over the durations."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.spells import bin_of, bounds, quantile

YEARS = 5 * 365 * 24 * 60
# What the bins may cost: one minute, or 4.4 %.
RATIO = 2 ** (1 / 16)


def binned(minutes: list[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in minutes:
        found[bin_of(one)] = found.get(bin_of(one), 0) + 1
    return found


def exact(ended: list[int], still_open: list[int], share: float) -> int | None:
    """Kaplan and Meier over the durations themselves."""
    alive = 1.0
    for moment in sorted(set(ended)):
        at_risk = sum(one >= moment for one in ended + still_open)
        alive *= 1 - ended.count(moment) / at_risk
        if 1 - alive >= share - 1e-12:
            return moment
    return None


@given(st.integers(0, YEARS))
def test_a_duration_lies_in_its_bin(minutes: int) -> None:
    low, high = bounds(bin_of(minutes))
    assert low <= minutes < high + 1e-9 or (minutes < high)
    assert high - low <= max(1.0, low * (RATIO - 1)) + 1e-9


@given(st.lists(st.integers(0, YEARS), min_size=1, max_size=60), st.sampled_from((0.5, 0.9)))
def test_without_open_cases_it_is_the_quantile(ended: list[int], share: float) -> None:
    found, wanted = quantile(binned(ended), {}, share), exact(ended, [], share)
    assert found is not None and wanted is not None
    assert wanted / RATIO - 1 <= found <= wanted * RATIO + 1


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("censored", [0.0, 0.1, 0.3])
def test_open_cases_are_counted_up_to_their_age(share: float, censored: float) -> None:
    """With many cases what the bins cost stays within their width, twice over."""
    rng = random.Random(7)
    lasting = [int(rng.lognormvariate(7, 1)) for _ in range(4000)]
    ages = [
        int(rng.uniform(0, 6000)) if rng.random() < censored else 10**7 for _ in range(len(lasting))
    ]
    ended = [one for one, age in zip(lasting, ages, strict=True) if one <= age]
    still_open = [age for one, age in zip(lasting, ages, strict=True) if one > age]
    found, wanted = (
        quantile(binned(ended), binned(still_open), share),
        exact(ended, still_open, share),
    )
    assert found is not None and wanted is not None
    assert wanted / RATIO**2 <= found <= wanted * RATIO**2
    if censored:  # the mean of the closed ones alone would flatter
        assert found > sorted(ended)[int(len(ended) * share)] / RATIO


def test_while_too_few_have_ended_it_is_not_known() -> None:
    assert quantile({10: 4}, {200: 6}, 0.5) is None
    assert quantile({}, {}, 0.5) is None
    assert quantile({}, {3: 1}, 0.5) is None
