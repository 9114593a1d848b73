"""Marks that would lie on each other stand apart, and no further than they need."""

import math
from itertools import combinations

from gridgov.web.map_spread import apart


def test_marks_on_one_spot_part_and_one_by_itself_stays() -> None:
    alone = (100.0, 900.0)
    found = apart([(500.0, 500.0)] * 8 + [(510.0, 505.0), alone], 40)
    assert found[-1] == alone
    assert all(math.dist(a, b) > 38 for a, b in combinations(found, 2))
    assert all(math.dist(one, (500.0, 500.0)) < 160 for one in found[:-1])


def test_marks_with_room_stay_where_they_are() -> None:
    points = [(0.0, 0.0), (40.0, 0.0), (0.0, 41.0)]
    assert apart(points, 40) == points
    assert apart([], 40) == []
