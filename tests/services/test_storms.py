"""Many report the same within minutes: the first case is offered first, and joined."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.services import duplicates, merging
from gridgov.services import reference as references
from gridgov.services.duplicates import Nearby
from gridgov.services.intake import Receipt
from gridgov.storage.cases import Case
from tests.support.acts import DISTRICT, NOON, case_of, inside, person, pin, report

# 11 m further north is 1e-4 of a degree.
STEP = 1e-4


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def spot(session: Session, metres: float) -> LonLat:
    middle = inside(session)
    return LonLat(lon=middle.lon, lat=middle.lat + metres / 11 * STEP)


def tell(session: Session, seconds: float, metres: float = 0, **more: object) -> Receipt:
    where = pin(spot(session, metres))
    return report(session, now=at(seconds), position=where, text="整条街都停水了", **more)


def offered(
    session: Session, seconds: float, metres: float = 0, category: str | None = "0206"
) -> list[Nearby]:
    reference = references.of(session, DISTRICT)
    return duplicates.nearby(session, reference, spot(session, metres), category, now=at(seconds))


def burst(session: Session, many: int = 8, category: str = "0206") -> Case:
    first = [tell(session, 30 * n, 5 * n, category_code=category) for n in range(many)][0]
    return case_of(session, first)


def test_of_fifty_in_five_minutes_most_find_the_first_and_join_it(rolled: Session) -> None:
    before = rolled.scalar(select(func.count()).select_from(Case)) or 0
    joined = 0
    for n in range(50):
        # They stand along the street, up to 250 m from the first.
        seconds, metres = 6 * n, 5 * n
        found = offered(rolled, seconds, metres)
        if found and found[0].storm:
            assert found[0].storm == n, "all who reported before"
            tell(rolled, seconds, metres, join_case_id=found[0].case.id)
            joined += 1
        else:
            tell(rolled, seconds, metres, category_code="0206")
    assert joined == 42
    assert (rolled.scalar(select(func.count()).select_from(Case)) or 0) == before + 8


def test_the_parent_comes_first_also_from_farther_than_a_single_case(rolled: Session) -> None:
    parent = burst(rolled)
    found = offered(rolled, 300, 250)
    assert [one.case.id for one in found] == [parent.id]
    assert found[0].storm == 8 and found[0].distance_m == pytest.approx(250, rel=0.02)
    assert offered(rolled, 300, 340) == []


def test_before_a_class_is_chosen_the_storm_is_offered_too(rolled: Session) -> None:
    parent = burst(rolled)
    assert offered(rolled, 300, 0, None)[0].case.id == parent.id


def test_another_matter_at_the_same_place_is_not_the_storm(rolled: Session) -> None:
    burst(rolled)
    assert all(not one.storm for one in offered(rolled, 300, 0, "0301"))
    related = offered(rolled, 300, 0, "0202")
    assert related[0].storm == 8, "of the same major class it may be the same"


def test_seven_are_no_storm_and_a_slow_trickle_is_none(rolled: Session) -> None:
    burst(rolled, 7)
    assert all(not one.storm for one in offered(rolled, 300))
    for n in range(4):
        tell(rolled, 3600 * (n + 1), category_code="0206")
    assert all(not one.storm for one in offered(rolled, 5 * 3600))


def test_from_afar_only_the_parent_can_be_joined(rolled: Session) -> None:
    parent = burst(rolled)
    other = case_of(rolled, tell(rolled, 290, 40, category_code="0206"))
    assert tell(rolled, 300, 250, join_case_id=parent.id).joined
    with pytest.raises(InvalidInput) as refused:
        tell(rolled, 301, 250, join_case_id=other.id)
    assert refused.value.reason == "too_far"


def test_merging_the_storm_into_its_parent_leaves_it_the_storm(rolled: Session) -> None:
    parent = burst(rolled)
    others = [one.case for one in offered(rolled, 20, 0) if one.case.id != parent.id]
    rest = rolled.scalars(
        select(Case).where(Case.category_code == "0206", Case.received_at.between(at(1), at(400)))
    ).all()
    assert others == []
    for case in rest:
        by = person(rolled, "dispatcher")
        merging.merge(rolled, case.id, parent.id, by=by, now=at(400))
    rolled.flush()
    found = offered(rolled, 500)
    assert (found[0].case.id, found[0].storm) == (parent.id, 8)


def test_after_half_a_day_it_is_a_case_like_others(rolled: Session) -> None:
    burst(rolled)
    assert all(not one.storm for one in offered(rolled, 13 * 3600))
