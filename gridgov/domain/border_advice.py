"""What to do about a border over which cases are handed again and again."""

from collections.abc import Mapping
from enum import StrEnum

# Fewer than this say nothing about the way they go.
LEAST = 4
ONE_WAY = 0.75


class Advice(StrEnum):
    """A hint for the office; the words are the web floor's."""

    GONE = "gone"  # one of the grids is no more
    FEW = "few"  # too few to judge
    MOVE_BORDER = "move_border"  # nearly all go one way: the ground may belong to the other
    BETTER_LANDMARKS = "better_landmarks"  # people mistake the side
    SETTLE_DUTY = "settle_duty"  # the spot is right, the duty is not clear


def advice(
    forth: int, back: int, reasons: Mapping[str, int], *, is_there: bool
) -> tuple[Advice, ...]:
    """Return what to do, the most pressing first, at least one.

    `forth` and `back` count from one grid to the other and the other way; `reasons`
    counts by reason of `workflow.NEIGHBOUR_REASONS`; `is_there`: the grids still touch.
    """
    if not is_there:
        return (Advice.GONE,)
    count = forth + back
    if count < LEAST:
        return (Advice.FEW,)
    found = []
    if max(forth, back) >= ONE_WAY * count:
        found.append(Advice.MOVE_BORDER)
    wrong = reasons.get("wrong_spot", 0)
    found.append(Advice.BETTER_LANDMARKS if 2 * wrong >= count else Advice.SETTLE_DUTY)
    return tuple(found)
