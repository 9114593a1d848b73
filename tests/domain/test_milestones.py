"""Staged limits: the steps of a class as the catalogue writes them, and their dates."""

import csv
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gridgov.domain.deadlines import WorkingCalendar, parse_limit
from gridgov.domain.errors import InvalidInput
from gridgov.domain.milestones import Step, dated, next_due, parse

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
