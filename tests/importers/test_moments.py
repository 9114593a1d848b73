"""Moments of files: several formats, local times without a zone, clocks that change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gridgov.importers.moments import ISO, Moment, Reader

US = "%m/%d/%Y %I:%M:%S %p"
READER = Reader([US, ISO, "%d.%m.%Y"], ZoneInfo("America/New_York"))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("01/02/2015 12:20:09 AM", utc(2015, 1, 2, 5, 20, 9)),  # winter: five hours
        ("07/02/2015 12:20:09 PM", utc(2015, 7, 2, 16, 20, 9)),  # summer: four
        ("2015-07-02T12:20:09", utc(2015, 7, 2, 16, 20, 9)),
        ("2015-07-02T12:20:09Z", utc(2015, 7, 2, 12, 20, 9)),
        ("2015-07-02T12:20:09+08:00", utc(2015, 7, 2, 4, 20, 9)),
        ("02.07.2015", utc(2015, 7, 2, 4)),
    ],
)
def test_a_moment_is_read_in_the_zone_it_names_or_that_of_the_file(text: str, at: datetime) -> None:
    assert READER.read(text) == Moment(at)


@pytest.mark.parametrize("text", ["", "soon", "13/32/2015 12:20:09 AM", "2015-02-30"])
def test_what_no_format_fits_is_no_moment(text: str) -> None:
    assert READER.read(text) is None


def test_a_time_that_came_twice_is_the_first_and_says_so() -> None:
    assert READER.read("11/01/2015 01:30:00 AM") == Moment(utc(2015, 11, 1, 5, 30), "twice")
    assert READER.read("11/01/2015 02:30:00 AM") == Moment(utc(2015, 11, 1, 7, 30))


def test_a_time_that_never_was_is_kept_and_says_so() -> None:
    assert READER.read("03/08/2015 02:30:00 AM") == Moment(utc(2015, 3, 8, 7, 30), "never")
