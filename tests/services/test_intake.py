"""Intake: what is refused and why, and what is taken as it was told."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.datum import Datum, LonLat, PositionSource
from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.workflow import CaseState
from gridgov.services.intake import EmergencyFirst
from gridgov.services.routing import Position
from gridgov.storage.cases import Case
from gridgov.storage.messages import PENDING
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report, Reporter
from tests.services.intakes import PHONE, PICTURE, assert_refused, of
from tests.support.acts import DISTRICT, WORDS, case_of, inside, pin, report

FAR = {
    "Guangzhou": (113.2644, 23.1291),
    "the next district": (112.45, 23.05),
    "swapped pair that is on the earth": (22.9, 82.0),
    "the sea": (0.0, 0.0),
}


@pytest.mark.parametrize("where", FAR)
def test_a_place_outside_the_district_is_refused(rolled: Session, where: str) -> None:
    lon, lat = FAR[where]
    assert_refused(rolled, OutsideJurisdiction, position=pin(LonLat(lon=lon, lat=lat)))


MISSING_OR_WRONG = [
    ({"position": None}, "position", "missing"),
    ({"category_code": ""}, "category", "missing"),
    ({"category_code": "9999"}, "category", "unknown"),
    ({"category_code": "01"}, "category", "unknown"),  # a major class is not enough
    ({"text": ""}, "text", "nothing_told"),
    ({"text": " \n\t\u3000\u200e "}, "text", "nothing_told"),
    ({"text": "垃" * 10_000}, "text", "too_long"),
    ({"text": "垃" * 4_001}, "text", "too_long"),
    ({"phone": "1398765432"}, "phone", "wrong_length"),
    ({"phone": "139876543290"}, "phone", "wrong_length"),
    ({"phone": "12345678901"}, "phone", "not_a_phone"),
    ({"phone": "call me"}, "phone", "not_a_phone"),
    ({"area_code": "440608004025999"}, "area_code", "unknown"),
    ({"area_code": DISTRICT}, "area_code", "unknown"),
    ({"area_code": "'; DROP TABLE cases"}, "area_code", "unknown"),
    ({"client_token": "short"}, "client_token", "wrong_length"),
    ({"client_token": "x" * 101}, "client_token", "wrong_length"),
    ({"photos": (PICTURE,) * 7}, "photos", "too_many"),
    ({"place_words": "路" * 201}, "place_words", "too_long"),
]


@pytest.mark.parametrize(("more", "field", "reason"), MISSING_OR_WRONG)
def test_what_is_missing_or_wrong_is_named_at_its_field(
    rolled: Session, more: dict[str, Any], field: str, reason: str
) -> None:
    error = assert_refused(rolled, InvalidInput, **more)
    assert (error.field, error.reason) == (field, reason)


def test_a_text_that_is_too_long_is_told_how_long_it_was(rolled: Session) -> None:
    error = assert_refused(rolled, InvalidInput, text="垃" * 10_000)
    assert error.values == {"length": 10_000, "limit": 4_000}


@pytest.mark.parametrize(
    ("lon", "lat"), [(200.0, 22.9), (112.89, 91.0), (float("nan"), 22.9), (112.89, float("inf"))]
)
def test_what_is_no_place_on_the_earth_is_refused(rolled: Session, lon: float, lat: float) -> None:
    where = Position(lon, lat, Datum.WGS84, PositionSource.BROWSER)
    error = assert_refused(rolled, InvalidInput, position=where)
    assert error.field == "position"


@pytest.mark.parametrize("accuracy", [-1.0, float("nan"), float("inf")])
def test_an_accuracy_that_is_none_is_refused(rolled: Session, accuracy: float) -> None:
    error = assert_refused(rolled, InvalidInput, position=pin(inside(rolled), accuracy))
    assert (error.field, error.reason) == ("accuracy", "out_of_range")


KEPT = [
    "埇豸街口积水",
    "𠮷野家门口 𨋢 坏了",
    "垃圾🗑️堆到👨‍👩‍👧‍👦门口 😷",
    "line one\nline two",
    "垃" * 4_000,
    '"quotes" \\ back \' single % _ ; --',
]


@pytest.mark.parametrize("text", KEPT, ids=range(len(KEPT)))
def test_words_are_kept_to_the_last_byte(rolled: Session, text: str) -> None:
    receipt = report(rolled, text=text, place_words="埇豸里 3 号🏠")
    rolled.flush()
    rolled.expire_all()
    kept = rolled.get_one(Report, receipt.report_id)
    assert (kept.text or "").encode() == text.encode()
    assert (kept.place_words, case_of(rolled, receipt).place) == ("埇豸里 3 号🏠",) * 2


def test_a_picture_speaks_for_itself(rolled: Session) -> None:
    receipt = report(rolled, text="", photos=(PICTURE,))
    rolled.flush()
    assert rolled.get_one(Report, receipt.report_id).text is None
    (photo,) = rolled.scalars(select(Photo).where(Photo.report_id == receipt.report_id))
    assert (photo.sha256, photo.purpose, photo.entry_seq) == (PICTURE.sha256, "before", 1)


def test_danger_to_life_comes_first_and_the_report_afterwards(rolled: Session) -> None:
    error = assert_refused(rolled, EmergencyFirst, text="三楼着火了，有人被困")
    assert error.values["number"] == "119"
    assert "着火" in error.values["words"]
    receipt = report(rolled, text="三楼着火了，有人被困", emergency_seen=True)
    assert rolled.get_one(Report, receipt.report_id).emergency_words == error.values["words"]
    assert report(rolled).case.state == CaseState.DISPATCHED, "usual words need no second look"


def test_a_class_that_belongs_to_the_police_says_so_whatever_the_words(rolled: Session) -> None:
    error = assert_refused(rolled, EmergencyFirst, category_code="1101", text="冒烟")
    assert error.values["number"] == "119"
    assert of(rolled, category_code="1101", text="冒烟", emergency_seen=True).unit_code == "XF"


def test_a_repeated_report_changes_nothing(rolled: Session) -> None:
    token = uuid4().hex
    first = report(rolled, client_token=token, phone=PHONE)
    rolled.flush()
    counts = [rolled.scalar(select(func.count()).select_from(m)) for m in (Case, Report, Reporter)]
    pending = len(rolled.info[PENDING])
    again = report(rolled, client_token=token, text="other words now", category_code="nonsense")
    assert (again.receipt_code, again.case_number) == (first.receipt_code, first.case_number)
    assert (first.repeated, again.repeated) == (False, True)
    assert counts == [
        rolled.scalar(select(func.count()).select_from(m)) for m in (Case, Report, Reporter)
    ]
    assert len(rolled.info[PENDING]) == pending
    assert rolled.get_one(Report, first.report_id).text == WORDS
