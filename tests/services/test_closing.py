"""What pictures and the clock say about a closing, with real files, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.closing import ClosingRule
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework, closing, feedback, self_handled
from gridgov.services.effects import Given, StoredPhoto
from gridgov.storage import photos
from gridgov.storage.cases import Case
from gridgov.storage.photos import AFTER, Photo
from gridgov.web import uploads
from gridgov.web.instance import instance
from tests.support import images
from tests.support.acts import (
    DISTRICT,
    GRID,
    NOON,
    case_of,
    inside,
    person,
    report,
    submission,
)

SMALL = (640, 480)
MINUTE = timedelta(minutes=1)
PICTURE, OTHER = StoredPhoto("a" * 64, 800, 600), StoredPhoto("b" * 64, 800, 600)
DEGREE_M = 110_740  # metres of a degree of latitude at 23° north
Encoder = Callable[[bytes, int], bytes]


def as_jpeg(exif: bytes, seed: int) -> bytes:
    return images.encoded(images.street(seed=seed, repaired=True, size=SMALL), "JPEG", exif=exif)


def as_heic(exif: bytes, seed: int) -> bytes:
    scene = images.street(seed=seed, repaired=True, size=SMALL)
    return images.encoded(scene, "HEIF", quality=70, exif=exif)


def kept(data: bytes) -> StoredPhoto:
    """A picture as an upload brings it in."""
    return uploads.keep([instance().photos.prepare(data)])[0]


def north(spot: LonLat, metres: float) -> LonLat:
    return LonLat(lon=spot.lon, lat=spot.lat + metres / DEGREE_M)


def taken(
    spot: LonLat | None, clock: str | None, *, seed: int, encode: Encoder = as_jpeg
) -> StoredPhoto:
    lon, lat = (None, None) if spot is None else (spot.lon, spot.lat)
    stamp = None if clock is None else f"2026:11:18 {clock}"
    return kept(encode(images.exif(lon, lat, taken=stamp), seed))


def resolved(
    session: Session, *pictures: StoredPhoto, minutes: int = 60, **more: object
) -> tuple[Case, list[Photo]]:
    """A case that the worker resolved so many minutes after the report, with its pictures."""
    worker, case = person(session, "worker"), case_of(session, report(session, **more))
    at = NOON + timedelta(minutes=minutes)
    casework.perform(session, case.id, Action.SIGN, by=worker, now=at - timedelta(minutes=1))
    session.flush()
    given = Given(text="已清走", photos=pictures)
    casework.perform(session, case.id, Action.RESOLVE, by=worker, now=at, given=given)
    session.flush()
    return case, after_of(session, case)


def after_of(session: Session, case: Case) -> list[Photo]:
    return [one for one in photos.of_case(session, case.id) if one.purpose == AFTER]


def codes(case: Case) -> list[str]:
    return [str(hint) for hint in closing.hints_of(case)]


@pytest.mark.parametrize("encode", [as_jpeg, as_heic])
def test_distance_and_time_are_kept_and_the_position_is_not(
    rolled: Session, encode: Encoder
) -> None:
    spot = inside(rolled)
    near = taken(north(spot, 40), "10:45:20", seed=11, encode=encode)
    case, (row,) = resolved(rolled, near)
    assert row.distance_m == pytest.approx(40, abs=1)
    assert row.minutes == 45
    assert codes(case) == []
    kept_values = [getattr(row, column.key) for column in Photo.__table__.columns]
    assert not {spot.lon, spot.lat, near.hint.lon, near.hint.lat} & set(  # type: ignore[union-attr]
        value for value in kept_values if isinstance(value, float)
    )
    assert not any(isinstance(value, float) for value in kept_values)
    file = instance().photos.path(row.sha256, "full").read_bytes()
    assert b"Exif" not in file and b"GPS" not in file


@pytest.mark.parametrize("encode", [as_jpeg, as_heic])
def test_a_picture_from_elsewhere_or_from_before_the_report_is_hinted_at(
    rolled: Session, encode: Encoder
) -> None:
    far = taken(north(inside(rolled), 850), "08:30:00", seed=12, encode=encode)
    case, (row,) = resolved(rolled, far)
    assert row.distance_m == pytest.approx(850, abs=5)
    assert row.minutes == -90
    assert codes(case) == ["far", "early"]


def test_a_file_that_says_nothing_gives_no_numbers_and_no_hint(rolled: Session) -> None:
    case, (row,) = resolved(rolled, taken(None, None, seed=13))
    assert (row.distance_m, row.minutes, row.repeats_id) == (None, None, None)
    assert codes(case) == []


def test_the_offset_a_camera_names_counts(rolled: Session) -> None:
    block = images.exif(taken="2026:11:18 02:45:00", offset="+00:00")
    _, (row,) = resolved(rolled, kept(as_jpeg(block, 14)))
    assert row.minutes == 45


@pytest.mark.parametrize("again", ["file", "smaller", "heic"])
def test_a_picture_of_another_case_is_found_even_if_encoded_anew(
    rolled: Session, again: str
) -> None:
    scene = images.street("trash", seed=15, repaired=True, size=SMALL)
    data = images.encoded(scene, "JPEG", quality=88)
    first, (shown,) = resolved(rolled, kept(data))
    if again == "smaller":
        data = images.encoded(scene.resize((420, 315)), "JPEG", quality=70)
    elif again == "heic":
        data = images.encoded(scene, "HEIF", quality=60)
    second, (row,) = resolved(rolled, kept(data))
    assert codes(first) == [], "who came first repeats nothing"
    assert codes(second) == ["reused"]
    assert row.repeats_id == shown.id


def test_the_picture_from_before_does_not_show_the_work(rolled: Session) -> None:
    before = kept(images.jpeg(SMALL, seed=16))
    case, (row,) = resolved(rolled, before, photos=(before,))
    assert codes(case) == ["reused"]
    assert rolled.get_one(Photo, row.repeats_id).case_id == case.id


def test_other_pictures_and_a_second_try_with_the_same_are_no_reuse(rolled: Session) -> None:
    picture = taken(None, None, seed=17)
    case, _ = resolved(rolled, picture, photos=(kept(images.jpeg(SMALL, group="lamp", seed=3)),))
    worker, deputy = person(rolled, "worker"), person(rolled, "deputy")
    back, again = NOON + timedelta(hours=2), NOON + timedelta(hours=3)
    given = Given(text="未清完")
    casework.perform(rolled, case.id, Action.SEND_BACK, by=deputy, now=back, given=given)
    rolled.flush()
    given = Given(text="清完了", photos=(picture,))
    casework.perform(rolled, case.id, Action.RESOLVE, by=worker, now=again, given=given)
    rolled.flush()
    assert codes(case) == []


def test_done_within_minutes_is_hinted_at_by_the_districts_own_rule(rolled: Session) -> None:
    quick, _ = resolved(rolled, taken(None, None, seed=18), minutes=7)
    assert codes(quick) == ["quick"]
    closing.set_rule(rolled, DISTRICT, ClosingRule(quick_min=5))
    rolled.flush()
    allowed, _ = resolved(rolled, taken(None, None, seed=19), minutes=7)
    assert codes(allowed) == []
    with pytest.raises(InvalidInput):
        closing.set_rule(rolled, DISTRICT, ClosingRule(far_m=-1))


def test_time_counts_by_night_and_while_the_clock_stands(rolled: Session) -> None:
    """Nobody can have been there is what the hint says: a pause or a weekend is time enough."""
    worker, receipt = person(rolled, "worker"), report(rolled)
    case, by = case_of(rolled, receipt), Actor.resident(DISTRICT, receipt.report_id)
    friday = NOON + timedelta(days=2, hours=7, minutes=58)  # 17:58, two minutes of working time
    asked = report(rolled, now=friday)
    night = case_of(rolled, asked)
    act(rolled, case, Action.SIGN, worker, 2)
    act(rolled, case, Action.ASK_INFO, worker, 3, text="哪一栋？")
    act(rolled, case, Action.ANSWER, by, 600, text="三栋")
    act(rolled, case, Action.RESOLVE, worker, 604, text="好", photos=(PICTURE,))
    assert codes(case) == [], "ten hours after the report, four minutes after the answer"
    saturday = (friday - NOON) / MINUTE + 14 * 60
    act(rolled, night, Action.SIGN, worker, saturday)
    act(rolled, night, Action.RESOLVE, worker, saturday + 1, text="好", photos=(OTHER,))
    assert codes(night) == [], "done on Saturday morning, no working minute later"


def test_what_was_taken_up_again_is_quick_from_then_on(rolled: Session) -> None:
    receipt = report(rolled)
    case, worker = case_of(rolled, receipt), person(rolled, "worker")
    act(rolled, case, Action.SIGN, worker, 1)
    act(rolled, case, Action.RESOLVE, worker, 60, text="好", photos=(PICTURE,))
    act(rolled, case, Action.CHECK_PASS, person(rolled, "deputy"), 90)
    reopened = NOON + 300 * MINUTE
    feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=reopened)
    act(rolled, case, Action.RESOLVE, worker, 304, text="好", photos=(OTHER,))
    assert codes(case) == ["quick"]


def act(
    session: Session, case: Case, action: Action, by: Actor, minute: float, **given: Any
) -> None:
    """Do something so many minutes after noon."""
    at = NOON + minute * MINUTE
    casework.perform(session, case.id, action, by=by, now=at, given=Given(**given))
    session.flush()


@pytest.mark.parametrize(
    ("began", "ended", "metres", "expected"),
    [
        ("09:20:00", "09:55:00", 15, []),
        ("09:50:00", "09:52:00", 15, ["quick"]),
        ("09:20:00", "09:55:00", 600, ["far"]),
        (None, None, 15, []),
    ],
)
def test_of_what_was_found_and_done_the_two_pictures_are_compared(
    rolled: Session, began: str | None, ended: str | None, metres: float, expected: list[str]
) -> None:
    spot, seed = inside(rolled), uuid4().int % 10_000
    scene = images.street("stall", seed=seed, size=SMALL)
    stamp = None if began is None else f"2026:11:18 {began}"
    block = images.exif(spot.lon, spot.lat, taken=stamp)
    before = kept(images.encoded(scene, "JPEG", exif=block))
    done = taken(north(spot, metres), ended, seed=seed + 1)
    told = submission(rolled, area_code=GRID, photos=(before,), channel="worker")
    receipt = self_handled.found_and_done(
        rolled, told, (done,), by=person(rolled, "worker"), now=NOON, vault=instance().vault
    )
    rolled.flush()
    assert codes(receipt.case) == expected
    (row,) = after_of(rolled, receipt.case)
    assert row.distance_m == pytest.approx(metres, abs=5)
    assert rolled.scalar(select(Case.lon).where(Case.id == receipt.case.id)) is None
