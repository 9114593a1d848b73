"""When a notice may go out, what becomes a digest, when a failure is tried again."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.deadlines import WorkingCalendar
from gridgov.domain.notices import (
    AT_ONCE,
    LEASE,
    LONGEST_WAIT,
    MAX_ATTEMPTS,
    Fate,
    NoticeKind,
    Outcome,
    Recipient,
    Result,
    Waiting,
    Way,
    Wish,
    after_attempt,
    bundles,
    resident_from,
    retry_at,
    staff_from,
    ways_to,
)

NOON = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Gaoming
CALENDAR = WorkingCalendar(
    timezone="Asia/Shanghai",
    hours=((time(8, 30), time(12, 0)), (time(14, 30), time(17, 30))),
    days={date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 10, 10): True},
    first=date(2026, 1, 1),
    last=date(2026, 12, 31),
)


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return CALENDAR.moment(date(2026, month, day), time(hour, minute))


# --- quiet hours -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (local(11, 18, 10), local(11, 18, 10)),
        (local(11, 18, 8, 30), local(11, 18, 8, 30)),
        (local(11, 18, 7), local(11, 18, 8, 30)),
        (local(11, 18, 13), local(11, 18, 14, 30)),
        (local(11, 18, 17, 30), local(11, 19, 8, 30)),
        (local(11, 20, 23), local(11, 23, 8, 30)),  # Friday night: Monday
        (local(9, 30, 20), local(10, 8, 8, 30)),  # before the holidays: after them
        (local(10, 9, 20), local(10, 10, 8, 30)),  # a Saturday that is worked
    ],
)
def test_staff_are_told_in_working_hours(now: datetime, due: datetime) -> None:
    assert staff_from(now, CALENDAR, digest=False) == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (local(11, 18, 7), local(11, 18, 8, 30)),
        (local(11, 18, 10), local(11, 18, 14, 30)),
        (local(11, 18, 15), local(11, 19, 8, 30)),
    ],
)
def test_digests_come_at_the_openings(now: datetime, due: datetime) -> None:
    assert staff_from(now, CALENDAR, digest=True) == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (local(11, 18, 20, 59), local(11, 18, 20, 59)),
        (local(11, 18, 21), local(11, 19, 8)),
        (local(11, 18, 3), local(11, 18, 8)),
        (local(11, 21, 12), local(11, 21, 12)),  # a Saturday
    ],
)
def test_residents_are_not_rung_at_night(now: datetime, due: datetime) -> None:
    assert resident_from(now, CALENDAR) == due


# --- digests ---------------------------------------------------------------------------------


def notices(usual: int, urgent: int = 0) -> list[Waiting]:
    found = [Waiting(f"u{n}", NoticeKind.ASSIGNED, urgent=False) for n in range(usual)]
    return found + [Waiting(f"r{n}", NoticeKind.SUPERVISED, urgent=True) for n in range(urgent)]


@given(st.integers(0, 60), st.integers(0, 10), st.integers(0, 60), st.booleans())
def test_each_notice_goes_out_once_or_is_held_and_never_as_a_flood(
    usual: int, urgent: int, lately: int, digest: bool
) -> None:
    waiting = notices(usual, urgent)
    made, held = bundles(waiting, lately, digest=digest)
    carried = [one for bundle in made for one in bundle.ids]
    assert sorted([*carried, *held]) == sorted(one.id for one in waiting)
    assert sum(bundle.urgent for bundle in made) == urgent
    assert all(len(bundle.ids) == 1 for bundle in made if bundle.urgent)
    assert not any(one.startswith("r") for one in held)
    assert len([bundle for bundle in made if not bundle.urgent]) <= AT_ONCE
    if usual and not lately and not digest:
        assert len([bundle for bundle in made if not bundle.urgent]) == (
            usual if usual <= AT_ONCE else 1
        )


# --- attempts --------------------------------------------------------------------------------


@given(st.integers(1, 20), st.floats(0, 1))
def test_waits_double_are_spread_and_have_an_end(attempt: int, chance: float) -> None:
    wait = retry_at(attempt, NOON, lambda: chance) - NOON
    middle = min(timedelta(seconds=30) * 2 ** (attempt - 1), LONGEST_WAIT)
    assert middle * 0.75 <= wait <= middle * 1.25


def ended(result: Result, **more: object) -> tuple[Fate, Way | None]:
    values = {"way": Way.MAIL, "left": [], "attempt": 1, "now": NOON, "urgent": False}
    found = after_attempt(Outcome(result, "why"), **{**values, **more})
    return found.fate, found.way


def test_what_becomes_of_a_message() -> None:
    assert ended(Result.SENT) == (Fate.SENT, None)
    assert ended(Result.LATER) == (Fate.READY, Way.MAIL)
    assert ended(Result.LATER, attempt=MAX_ATTEMPTS) == (Fate.FAILED, None)
    assert ended(Result.LATER, attempt=MAX_ATTEMPTS, left=[Way.SMS]) == (Fate.READY, Way.SMS)
    assert ended(Result.REFUSED) == (Fate.FAILED, None)
    assert ended(Result.REFUSED, left=[Way.SMS]) == (Fate.READY, Way.SMS)
    assert ended(Result.UNSURE, left=[Way.SMS]) == (Fate.UNSURE, None)
    assert ended(Result.UNSURE, left=[Way.SMS], urgent=True) == (Fate.READY, Way.SMS)
    assert ended(Result.UNSURE, urgent=True) == (Fate.UNSURE, None)


def test_a_claim_outlasts_what_it_is_for() -> None:
    assert timedelta(seconds=60) < LEASE, "two waves of sends of at most 30 s each"


# --- ways ------------------------------------------------------------------------------------

HAS = {Way.PUSH: True, Way.MAIL: True, Way.SMS: True}
EVERY = frozenset({Way.PUSH, Way.HOOK, Way.MAIL, Way.SMS})


def test_ways_are_those_that_are_set_up_known_and_wanted_the_quickest_first() -> None:
    assert ways_to(HAS, EVERY, Wish(), urgent=False) == (Way.PUSH, Way.MAIL, Way.SMS)
    only = Wish(frozenset({Way.MAIL}))
    assert ways_to(HAS, EVERY, only, urgent=False) == (Way.MAIL,)
    assert ways_to(HAS, EVERY, only, urgent=True) == (Way.PUSH, Way.MAIL, Way.SMS)
    assert ways_to(HAS, frozenset({Way.SMS}), Wish(), urgent=False) == (Way.SMS,)
    assert ways_to({}, EVERY, Wish(), urgent=True) == ()
    assert ways_to({}, frozenset({Way.FILE}), Wish(), urgent=False) == (Way.FILE,)


def test_a_recipient_is_read_as_it_was_written() -> None:
    one = Recipient("unit", "ZJSL:2")
    assert Recipient.read(str(one)) == one
