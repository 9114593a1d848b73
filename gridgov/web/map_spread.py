"""Marks of a drawing that would lie on each other, moved apart as little as they need."""

import math
from collections.abc import Sequence

Point = tuple[float, float]
# Enough for some twenty marks on one spot; what still touches then touches a little.
ROUNDS = 200


def apart(points: Sequence[Point], gap: float) -> list[Point]:
    """Return the points, in the same order, moved so that none is nearer to another than a gap.

    Two on the very same spot part in a direction of their own, so that the outcome is the same
    each time it is drawn. Units are those of the drawing.
    """
    found = list(points)
    for _round in range(ROUNDS):
        moved = False
        for one in range(len(found)):
            for other in range(one):
                moved = _push(found, one, other, gap) or moved
        if not moved:
            break
    return found


def _push(found: list[Point], one: int, other: int, gap: float) -> bool:
    (x, y), (to_x, to_y) = found[one], found[other]
    far = math.hypot(x - to_x, y - to_y)
    if far >= gap - 0.5:
        return False
    if far < 1e-6:
        turn = 2.4 * one  # the golden angle, about: no two take the same way
        across, down = math.cos(turn), math.sin(turn)
    else:
        across, down = (x - to_x) / far, (y - to_y) / far
    step = (gap - far) / 2
    found[one] = (x + across * step, y + down * step)
    found[other] = (to_x - across * step, to_y - down * step)
    return True
