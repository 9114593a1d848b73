"""The number engine over real casework: exact, the same afterwards, open to the last case."""

from datetime import UTC, date, datetime, timedelta

from flask import Flask

from tests.services.test_walks import watched
from tests.support.number_checks import assert_everything_agrees, assert_figures_stay, fold_all

START = datetime(2026, 12, 22, 2, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 10), date(2027, 2, 28)
PERIODS = (
    (FIRST, LAST),
    (date(2026, 11, 1), date(2026, 12, 31)),
    (date(2026, 12, 22), date(2026, 12, 24)),
)


def test_figures_of_a_past_moment_are_what_they_were(stage: Flask) -> None:
    watched()
    assert_figures_stay(3, 40, START, FIRST, LAST)
    assert_everything_agrees(START + timedelta(days=90), PERIODS)


def test_the_figures_of_the_sample_are_the_numbers_of_their_cases(stage: Flask) -> None:
    fold_all()
    assert_everything_agrees(
        datetime(2027, 6, 1, tzinfo=UTC), ((date(2026, 6, 1), date(2027, 5, 31)),)
    )
