"""When somebody is there, and who of several is chosen: by examples and by properties."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.assignment import NEIGHBOUR, Assignment, DutyKind, Why
from gridgov.domain.rosters import (
    CHECK_ORDER,
    HANDLE_ORDER,
    Ask,
    Clock,
    Shift,
    Standing,
    away,
    choose,
    is_in_hours,
    is_manned,
    needs_loads,
    weighed,
)

ZONE = ZoneInfo("Asia/Shanghai")
ONE, TWO, THREE, FOUR = (UUID(int=number) for number in range(1, 5))
VILLAGE = (("V1", "village_cover"),)
MONDAY = 0
DAY = Shift(time(8, 30), time(17, 30), weekday=MONDAY)
NIGHT = Shift(time(22), time(6), weekday=MONDAY)


def at(text: str) -> Clock:
    """A local moment of November 2026; the 16th is a Monday."""
    local = datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZONE)
    return Clock(local.astimezone(UTC), ZONE)


@pytest.mark.parametrize(
    ("shift", "moment", "there"),
    [
        (DAY, "16 08:30", True),
        (DAY, "16 17:30", False),
        (DAY, "16 08:29", False),
        (DAY, "17 09:00", False),
        (NIGHT, "16 23:00", True),
        (NIGHT, "17 05:59", True),
        (NIGHT, "17 06:00", False),
        (NIGHT, "17 23:00", False),
        (replace(NIGHT, weekday=1, first=date(2026, 11, 17)), "17 03:00", False),
        (replace(NIGHT, weekday=1, first=date(2026, 11, 17)), "17 23:00", True),
        # Hours that are not written yet, or no more, bind nobody.
        (replace(NIGHT, first=date(2026, 11, 18)), "17 09:00", True),
        (replace(NIGHT, last=date(2026, 11, 16)), "17 09:00", True),
        (Shift(time(0), time(0), on=date(2026, 11, 18)), "18 13:00", True),
        (Shift(time(8), time(12), on=date(2026, 11, 18)), "18 07:59", False),
        (Shift(time(8), time(12), on=date(2026, 11, 18)), "18 12:00", False),
        (Shift(time(8), time(12), on=date(2026, 11, 18)), "17 12:00", True),
        (Shift(time(8), time(12), on=date(2026, 11, 18)), "19 12:00", True),
    ],
)
def test_hours_run_from_their_begin_to_their_end_also_across_midnight(
    shift: Shift, moment: str, there: bool
) -> None:
    assert is_in_hours(lead(shifts=(shift,)), at(moment)) is there


@pytest.mark.parametrize(
    ("shifts", "moment", "back"),
    [
        ((DAY,), "16 08:00", "16 08:30"),
        ((DAY,), "16 18:00", "23 08:30"),
        ((DAY, NIGHT), "16 18:00", "16 22:00"),
        ((Shift(time(8), time(9), on=date(2026, 11, 16)),), "16 09:00", "17 00:00"),
        ((replace(DAY, last=date(2026, 11, 20)),), "16 18:00", "21 00:00"),
    ],
)
def test_who_is_outside_the_hours_says_when_they_come_back(
    shifts: tuple[Shift, ...], moment: str, back: str
) -> None:
    assert away(lead(shifts=shifts), at(moment)) == (Why.OFF_SHIFT, at(back).at)


@pytest.mark.parametrize(
    ("moment", "there"),
    [("18 03:00", False), ("18 23:00", True), ("19 03:00", True), ("19 23:00", False)],
)
def test_a_night_of_one_day_is_one_night(moment: str, there: bool) -> None:
    day = date(2026, 11, 18)
    night = Standing(TWO, DutyKind.NIGHT, first=day, last=day)
    assert (away(night, at(moment)) is None) is there


def lead(**more: object) -> Standing:
    return Standing(ONE, DutyKind.LEAD, **more)  # type: ignore[arg-type]


def test_a_leave_says_until_when() -> None:
    until = at("24 08:30").at
    assert away(lead(leave_until=until), at("16 09:00")) == (Why.ON_LEAVE, until)
    assert away(lead(active=False, leave_until=until), at("16 09:00")) == (Why.INACTIVE, None)
    assert away(lead(shifts=(DAY,)), at("16 18:00")) == (Why.OFF_SHIFT, at("23 08:30").at)
    assert away(lead(), at("16 03:00")) is None


def chosen(standings: list[Standing], clock: Clock, **more: object) -> Assignment:
    ask = Ask(**{"barred": {}, "units": VILLAGE, **more})  # type: ignore[arg-type]
    found = choose(standings, ask, clock)
    assert found is not None
    return found


def test_at_night_the_night_duty_has_it_and_by_day_the_lead() -> None:
    night = Standing(TWO, DutyKind.NIGHT)
    found = chosen([lead(), night], at("16 23:30"))
    assert (found.person_id, found.reason) == (TWO, "grid_night")
    assert found.because is not None
    assert [(one.person_id, one.why) for one in found.because.passed] == [(ONE, Why.NIGHT_DUTY)]
    assert chosen([lead(), night], at("16 09:00")).person_id == ONE
    # Who has a shift of their own at this hour is there before the night duty.
    assert chosen([lead(shifts=(NIGHT,)), night], at("16 23:30")).person_id == ONE


def test_among_equals_who_has_less_and_is_nearer() -> None:
    pair = [Standing(TWO, DutyKind.COVER), Standing(THREE, DutyKind.COVER)]
    ready = weighed(pair, {TWO: 3, THREE: 1}, {TWO: 100.0, THREE: 400.0})
    found = chosen(ready, at("16 09:00"))
    assert found.person_id == THREE
    assert found.because is not None
    assert (found.because.load, found.because.distance_m) == (1, 400)
    assert [(one.person_id, one.why) for one in found.because.passed] == [(TWO, Why.BUSIER)]
    near = weighed(pair, {TWO: 1, THREE: 1}, {TWO: 100.0, THREE: 400.0})
    assert chosen(near, at("16 09:00")).person_id == TWO


def test_a_volunteer_leads_no_enforcement() -> None:
    helper = Standing(FOUR, DutyKind.VOLUNTEER)
    assert chosen([helper], at("16 09:00")).person_id == FOUR
    found = chosen([helper], at("16 09:00"), enforcement=True)
    assert found.unit_code == "V1"
    assert found.because is not None
    assert [one.why for one in found.because.passed] == [Why.VOLUNTEER]


def test_nobody_is_counted_where_the_lead_is_there() -> None:
    both = [lead(), Standing(TWO, DutyKind.DEPUTY)]
    assert not needs_loads(both, Ask({}, VILLAGE), at("16 09:00"))
    gone = [lead(active=False), Standing(TWO, DutyKind.DEPUTY)]
    assert needs_loads(gone, Ask({}, VILLAGE), at("16 09:00"))


def test_outside_all_shifts_it_waits_for_them_only_where_no_unit_has_it() -> None:
    asleep = [lead(shifts=(DAY,))]
    assert chosen(asleep, at("16 23:00")).unit_code == "V1"
    assert chosen(asleep, at("16 23:00"), units=()).person_id == ONE


def test_who_comes_back_by_the_clock_leaves_no_vacancy() -> None:
    until = at("24 08:30").at
    assert is_manned([lead(shifts=(DAY,))], at("16 23:00"))
    assert not is_manned([lead(leave_until=until)], at("16 09:00"))
    assert not is_manned([Standing(FOUR, DutyKind.VOLUNTEER)], at("16 09:00"))
    assert not is_manned([Standing(FOUR, DutyKind.NIGHT)], at("16 23:00"))
    assert is_manned([Standing(FOUR, DutyKind.COVER)], at("16 09:00"))
    assert not is_manned([], at("16 09:00"))


# Properties ------------------------------------------------------------------------------

PEOPLE = st.sampled_from([UUID(int=number) for number in range(1, 7)])
HOURS = st.builds(
    Shift,
    st.times().map(lambda one: one.replace(microsecond=0, tzinfo=None)),
    st.times().map(lambda one: one.replace(microsecond=0, tzinfo=None)),
    weekday=st.integers(0, 6),
)
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
NOW = st.integers(0, 30 * 24 * 60).map(
    lambda minute: Clock(FIRST + timedelta(minutes=minute), ZONE)
)


@st.composite
def rosters(draw: st.DrawFn) -> tuple[list[Standing], Clock]:
    """Some people at several posts; one person stands one way at all of them."""
    clock = draw(NOW)
    people: dict[UUID, Standing] = {}
    for person in draw(st.lists(PEOPLE, max_size=6, unique=True)):
        people[person] = Standing(
            person,
            DutyKind.LEAD,
            draw(st.booleans() | st.just(True)),
            draw(st.none() | st.just(clock.at + timedelta(days=1))),
            tuple(draw(st.lists(HOURS, max_size=3))),
            draw(st.integers(0, 9)),
            draw(st.none() | st.floats(0, 5000)),
        )
    posts = st.sampled_from([*DutyKind, NEIGHBOUR])
    standings = [
        replace(one, post=post)
        for one in people.values()
        for post in draw(st.lists(posts, min_size=1, max_size=2, unique=True))
    ]
    return standings, clock


BARRED = st.dictionaries(PEOPLE, st.just(Why.HANDLED), max_size=4)
UNITS = st.sampled_from([(), VILLAGE])


def ask_of(barred: Mapping[UUID, Why], units: tuple[tuple[str, str], ...], check: bool) -> Ask:
    return Ask(barred, units, enforcement=False, check=check)


@given(rosters(), BARRED, UNITS, st.booleans())
def test_never_somebody_who_is_away_or_barred(
    drawn: tuple[list[Standing], Clock],
    barred: Mapping[UUID, Why],
    units: tuple[tuple[str, str], ...],
    check: bool,
) -> None:
    standings, clock = drawn
    ask = ask_of(barred, units, check)
    found = choose(standings, ask, clock)
    there = {
        one.person_id
        for one in standings
        if away(one, clock) is None and one.person_id not in barred
    }
    if found is None:
        assert not there
        assert not units
        return
    assert (found.person_id is None) != (found.unit_code is None)
    if found.person_id is None:
        assert not any(_is_first(one, standings, clock, ask) for one in standings)
        return
    assert found.person_id not in barred
    states = [away(one, clock) for one in standings if one.person_id == found.person_id]
    assert None in states or Why.OFF_SHIFT in {state[0] for state in states if state}
    if None not in states:  # outside the own shift only where nobody else can
        assert not units
    assert choose(list(reversed(standings)), ask, clock) == found  # whatever the order


def _is_first(one: Standing, standings: list[Standing], clock: Clock, ask: Ask) -> bool:
    """Tell whether somebody who is there stands here at the post that counts for them."""
    order = CHECK_ORDER if ask.check else HANDLE_ORDER
    own = [other for other in standings if other.person_id == one.person_id]
    first = min(own, key=lambda each: order.index(each.post))
    alone = first == one and len(own) == 1
    return alone and away(one, clock) is None and one.person_id not in ask.barred


@given(rosters(), BARRED, UNITS, st.booleans())
def test_the_reason_names_everybody_who_would_have_come_before(
    drawn: tuple[list[Standing], Clock],
    barred: Mapping[UUID, Why],
    units: tuple[tuple[str, str], ...],
    check: bool,
) -> None:
    standings, clock = drawn
    ask = ask_of(barred, units, check)
    found = choose(standings, ask, clock)
    if found is None:
        return
    told = {one.person_id: one for one in found.because.passed} if found.because else {}
    assert found.person_id not in told
    people = {one.person_id for one in standings}
    if found.unit_code is not None:
        assert set(told) == people
        return
    order = CHECK_ORDER if check else HANDLE_ORDER
    post = found.reason.removeprefix("check_").removeprefix("grid_")
    before = {
        person
        for person in people - {found.person_id}
        if min(order.index(one.post) for one in standings if one.person_id == person)
        < order.index(post)
    }
    assert before <= set(told)
    for one in told.values():
        states = [away(each, clock) for each in standings if each.person_id == one.person_id]
        if one.why is Why.HANDLED:
            assert one.person_id in barred
        elif one.why is Why.NIGHT_DUTY:
            assert DutyKind.NIGHT in {each.post for each in standings}
        elif one.why is Why.BUSIER:
            assert one.post == post
        else:
            assert one.why in {state[0] for state in states if state is not None}
