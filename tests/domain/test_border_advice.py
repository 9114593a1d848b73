"""What to do about a border that confuses people."""

import pytest

from gridgov.domain.border_advice import Advice, advice


@pytest.mark.parametrize(
    ("forth", "back", "wrong", "expected"),
    [
        (1, 2, 3, [Advice.FEW]),
        (6, 1, 6, [Advice.MOVE_BORDER, Advice.BETTER_LANDMARKS]),
        (1, 6, 0, [Advice.MOVE_BORDER, Advice.SETTLE_DUTY]),
        (3, 3, 5, [Advice.BETTER_LANDMARKS]),
        (3, 3, 3, [Advice.BETTER_LANDMARKS]),
        (3, 3, 1, [Advice.SETTLE_DUTY]),
    ],
)
def test_the_way_they_go_and_the_reason_say_what_to_do(
    forth: int, back: int, wrong: int, expected: list[Advice]
) -> None:
    reasons = {"wrong_spot": wrong, "other_duty": forth + back - wrong}
    assert list(advice(forth, back, reasons, is_there=True)) == expected


def test_nothing_is_to_be_done_about_a_border_that_is_gone() -> None:
    assert advice(9, 0, {"wrong_spot": 9}, is_there=False) == (Advice.GONE,)
