"""Staged limits: the steps of a class as the catalogue writes them, and their dates."""

import csv
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.deadlines import WorkingCalendar, after_pause, parse_limit, remaining
from gridgov.domain.errors import InvalidInput
from gridgov.domain.milestones import (
    Milestone,
    Step,
    dated,
    done,
    extended,
    going_on,
    next_due,
    parse,
    stopped,
)

CATALOGUE = Path(__file__).resolve().parents[2] / "geodata" / "gaoming" / "catalogue.csv"
CALENDAR = WorkingCalendar(
    "Asia/Shanghai",
    ((time(8, 30), time(12)), (time(14), time(17, 30))),
    {},
    date(2026, 1, 1),
    date(2026, 12, 31),
)
ILLEGAL_BUILDING = "停工4WH·处罚7WD·拆除20WD"
SINCE = datetime(2026, 11, 18, 2, tzinfo=UTC)  # a Wednesday, 10:00 in Gaoming


def days(stages: str, severity: int, natural_from: int | None = 3) -> list[str]:
    found = dated(parse(stages), SINCE, CALENDAR, severity=severity, natural_from=natural_from)
    zone = ZoneInfo("Asia/Shanghai")
    return [f"{one.name} {one.due_at.astimezone(zone):%m-%d %H:%M}" for one in found]


def test_an_illegal_building_is_stopped_punished_and_pulled_down_by_days() -> None:
    assert days(ILLEGAL_BUILDING, 2) == ["停工 11-18 16:00", "处罚 11-27 10:00", "拆除 12-16 10:00"]


def test_what_endangers_people_does_not_wait_for_opening_hours() -> None:
    assert days(ILLEGAL_BUILDING, 3) == ["停工 11-18 14:00", "处罚 11-25 10:00", "拆除 12-08 10:00"]
    assert days(ILLEGAL_BUILDING, 3, None) == days(ILLEGAL_BUILDING, 2)


def test_the_next_step_is_the_first_that_is_not_over() -> None:
    found = dated(parse(ILLEGAL_BUILDING), SINCE, CALENDAR, severity=2, natural_from=3)
    assert [step.name for step in found] == ["停工", "处罚", "拆除"]
    assert next_due(found, SINCE) == found[0]
    assert next_due(found, found[0].due_at) == found[0]
    assert next_due(found, found[1].due_at.replace(hour=23)) == found[2]
    assert next_due(found, datetime(2027, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("stages", "steps"),
    [
        ("", ()),
        ("6H·现场受限36H", (("", "6H"), ("现场受限", "36H"))),
        ("到场30min·处置24H", (("到场", "30min"), ("处置", "24H"))),
        ("立即移交·回访24H", (("立即移交", "0H"), ("回访", "24H"))),
        ("整改3D(可延)", (("整改(可延)", "3D"),)),
        (" 停工 4WH · 处罚 7WD ", (("停工", "4WH"), ("处罚", "7WD"))),
    ],
)
def test_steps_are_read_as_people_write_them(
    stages: str, steps: tuple[tuple[str, str], ...]
) -> None:
    assert parse(stages) == tuple(Step(name, parse_limit(limit)) for name, limit in steps)


def test_an_empty_step_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse("停工4WH··拆除20WD")
    assert refused.value.field == "stages"


def test_every_class_of_the_sample_has_steps_that_can_be_read() -> None:
    with CATALOGUE.open(encoding="utf-8") as file:
        written = [row["stages"] for row in csv.DictReader(file) if row["stages"]]
    assert len(written) > 10
    assert all(parse(stages) for stages in written)


ZONE = ZoneInfo("Asia/Shanghai")


def local(one: Milestone) -> str:
    return f"{one.name} {one.due_at.astimezone(ZONE):%m-%d %H:%M}"


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZONE).astimezone(UTC)


def building() -> tuple[Milestone, ...]:
    return dated(parse(ILLEGAL_BUILDING), SINCE, CALENDAR, severity=2, natural_from=3)


def test_steps_stand_while_the_clocks_do_and_go_on_with_what_was_left() -> None:
    # Stopped after two of the four hours, over a weekend.
    stands = stopped(building(), at("11-18 12:00"), CALENDAR)
    assert [one.left for one in stands] == [2.0, 47.0, 138.0]
    again = going_on(stands, at("11-21 20:00"), CALENDAR)
    assert [local(one) for one in again] == [
        "停工 11-23 10:30",
        "处罚 12-01 15:30",
        "拆除 12-18 15:30",
    ]
    assert all(one.left is None for one in again)


def test_a_step_that_was_over_or_done_stays_where_it_was() -> None:
    first, second, third = building()
    stands = stopped((first, done(second, at("11-19 09:00")), third), at("11-19 10:00"), CALENDAR)
    again = going_on(stands, at("11-23 10:00"), CALENDAR)
    assert [one.due_at for one in again[:2]] == [first.due_at, second.due_at]
    assert again[2].due_at > third.due_at
    assert [one.is_open for one in again] == [True, False, True]


def test_natural_and_working_steps_of_one_case_stand_by_their_own_clocks() -> None:
    mixed = dated(parse("到场2H·处置10WD"), SINCE, CALENDAR, severity=4, natural_from=None)
    stands = stopped(mixed, SINCE + timedelta(hours=1), CALENDAR)
    again = going_on(stands, at("11-21 20:00"), CALENDAR)
    # An hour of the night counts for the one; the other has 69 working hours left from Monday.
    assert [local(one) for one in again] == ["到场 11-21 21:00", "处置 12-04 16:30"]


def test_more_time_moves_the_steps_to_come_by_as_much() -> None:
    steps = building()
    was, due, now = steps[2].due_at, at("12-18 10:00"), at("11-19 10:00")
    moved = extended(steps, was, due, now, CALENDAR)
    assert [local(one) for one in moved] == [
        "停工 11-18 16:00",
        "处罚 12-01 10:00",
        "拆除 12-18 10:00",
    ]
    assert extended((done(steps[1], now),), was, due, now, CALENDAR)[0].due_at == steps[1].due_at


def test_what_is_due_at_once_has_no_moment_to_be_late() -> None:
    at_once, later = dated(parse("立即移交·回访24H"), SINCE, CALENDAR, severity=4, natural_from=3)
    assert (at_once.is_open, later.is_open) == (False, True)
    late = SINCE + timedelta(hours=25)
    assert (at_once.in_time(late), later.in_time(late), later.in_time(SINCE)) == (True, False, True)


def test_a_step_that_is_done_while_the_clocks_stand_is_in_time_if_any_was_left() -> None:
    first, second, _ = stopped(building(), at("11-19 10:00"), CALENDAR)
    assert (first.in_time(at("11-30 10:00")), second.in_time(at("11-30 10:00"))) == (False, True)


@given(
    stages=st.sampled_from(
        [ILLEGAL_BUILDING, "到场30min·处置24H", "受理7WD·法定60D", "整改3D(可延)"]
    ),
    severity=st.integers(1, 4),
    stood=st.booleans(),
    ended=st.booleans(),
)
def test_steps_are_kept_as_they_are(stages: str, severity: int, stood: bool, ended: bool) -> None:
    steps = dated(parse(stages), SINCE, CALENDAR, severity=severity, natural_from=3)
    if stood:
        steps = stopped(steps, SINCE + timedelta(minutes=7), CALENDAR)
    if ended:
        steps = (done(steps[0], SINCE + timedelta(minutes=9)), *steps[1:])
    kept = json.loads(json.dumps([one.as_json() for one in steps]))
    assert tuple(map(Milestone.from_json, kept)) == steps


@given(
    minutes=st.integers(0, 20 * 1440), stood=st.integers(1, 20 * 1440), severity=st.integers(1, 4)
)
def test_the_last_step_keeps_pace_with_the_limit_it_ends_with(
    minutes: int, stood: int, severity: int
) -> None:
    """The limit to handle of an illegal building is its last step: 20 WD."""
    steps = dated(parse(ILLEGAL_BUILDING), SINCE, CALENDAR, severity=severity, natural_from=3)
    last, stops = steps[-1], SINCE + timedelta(minutes=minutes)
    goes_on = stops + timedelta(minutes=stood)
    again = going_on(stopped(steps, stops, CALENDAR), goes_on, CALENDAR)[-1]
    left = remaining(last.due_at, stops, last.limit.unit, CALENDAR)
    hours = -left.minutes / 60 if left.overdue else left.minutes / 60
    limit = after_pause(hours, last.limit.unit, goes_on, CALENDAR)
    assert again.due_at == (last.due_at if limit is None else limit.at)
