"""Splitting a case after intake: parts become cases of their own, linked both ways."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput, InvalidTransition, NotAllowed
from gridgov.domain.workflow import Action
from gridgov.services import casework, history, merging, splitting, splitting_cases
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.splitting_cases import Part
from gridgov.storage import history as lines
from gridgov.storage import photos, reports
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report
from tests.support.acts import AFTER, NOON, case_of, person, report

LATER = NOON + timedelta(hours=1)
WORDS = "路灯不亮了，旁边还有一堆垃圾没人收。都在文华路口"
PICTURE = StoredPhoto("e" * 64, 640, 480)
LAMP = Part("路灯不亮了。都在文华路口", "0202")


def split(session: Session, case: Case, *parts: Part, **more: object) -> list[Case]:
    by = person(session, "dispatcher")
    made = splitting_cases.split_case(session, case.id, parts, by=by, now=LATER, **more)
    session.flush()
    return made


def told(session: Session, **more: object) -> tuple[Case, Report]:
    receipt = report(session, text=WORDS, phone="13800138000", photos=(PICTURE,), **more)
    return case_of(session, receipt), session.get_one(Report, receipt.report_id)


def test_a_part_becomes_a_case_with_its_own_class_linked_both_ways(rolled: Session) -> None:
    case, _ = told(rolled)
    (lamp,) = split(rolled, case, LAMP)
    assert (lamp.category_code, lamp.state, case.state) == ("0202", "dispatched", "dispatched")
    assert (lamp.lon, lamp.lat) == (case.lon, case.lat) and lamp.received_at == LATER
    line = lines.of_case(rolled, case.id)[-1]
    assert line.action == "split" and line.data["cases"] == [str(lamp.id)]
    assert lines.of_case(rolled, lamp.id)[0].data["split_from"] == str(case.id)


def test_the_part_keeps_words_pictures_and_contact_and_the_report_stays(rolled: Session) -> None:
    case, first = told(rolled)
    (lamp,) = split(rolled, case, LAMP)
    (part,) = reports.of_case(rolled, lamp.id)
    assert part.text == LAMP.text and first.text == WORDS
    assert (part.reporter_id, part.channel) == (first.reporter_id, first.channel)
    assert part.receipt_code != first.receipt_code
    assert [one.sha256 for one in photos.of_case(rolled, lamp.id)] == [PICTURE.sha256]
    sealed = lines.of_case(rolled, lamp.id)[0].data["report_digest"]
    assert sealed == history.seal_report(part, [])["report_digest"]


def test_every_receipt_shows_all_parts_also_of_parts_split_again(rolled: Session) -> None:
    case, first = told(rolled)
    lamp, rubbish = split(rolled, case, LAMP, Part("旁边还有一堆垃圾没人收", "0101"))
    (again,) = split(rolled, lamp, Part("都在文华路口", "0203"))
    of = {one.id: reports.of_case(rolled, one.id)[0].id for one in (lamp, rubbish, again)}
    for one in (first.id, *of.values()):
        found = splitting.together(rolled, rolled.get_one(Report, one))
        assert {part.id for part in found} == {first.id, *of.values()}


def test_a_report_that_stands_alone_is_with_nobody(rolled: Session) -> None:
    _, first = told(rolled)
    assert splitting.together(rolled, first) == []


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((), "missing"),
        ((Part("别的什么事", "0202"),), "not_told"),
        ((Part("路灯不亮了，还漏电", "0202"),), "not_told"),
        ((Part("", "0202"),), "not_told"),
        ((LAMP,) * 13, "too_many"),
    ],
)
def test_only_what_was_told_can_be_split_off(
    rolled: Session, parts: tuple[Part, ...], reason: str
) -> None:
    case, _ = told(rolled)
    with pytest.raises(InvalidInput) as refused:
        split(rolled, case, *parts)
    assert (refused.value.field, refused.value.reason) == ("parts", reason)


def test_an_unknown_class_is_refused(rolled: Session) -> None:
    case, _ = told(rolled)
    with pytest.raises(InvalidInput) as refused:
        split(rolled, case, Part(LAMP.text, "9999"))
    assert refused.value.field == "category"


def test_only_a_dispatcher_splits_and_only_before_the_check(rolled: Session) -> None:
    case, _ = told(rolled)
    worker = person(rolled, "worker")
    with pytest.raises(NotAllowed):
        splitting_cases.split_case(rolled, case.id, [LAMP], by=worker, now=LATER)
    casework.perform(rolled, case.id, Action.SIGN, by=worker, now=LATER)
    done = Given(text="已清理", photos=(AFTER,))
    casework.perform(rolled, case.id, Action.RESOLVE, by=worker, now=LATER, given=done)
    rolled.flush()
    with pytest.raises(InvalidTransition):
        split(rolled, case, LAMP)


def test_what_was_split_off_a_secret_case_stays_secret(rolled: Session) -> None:
    case, _ = told(rolled, category_code="0704")
    (lamp,) = split(rolled, case, LAMP)
    assert lamp.confidential


def test_a_part_can_be_merged_back(rolled: Session) -> None:
    case, _ = told(rolled)
    (lamp,) = split(rolled, case, LAMP)
    merging.merge(rolled, lamp.id, case.id, by=person(rolled, "dispatcher"), now=LATER)
    assert lamp.state == "merged" and case.report_count == 2


def test_the_words_propose_the_parts(rolled: Session) -> None:
    case = case_of(rolled, report(rolled, text="1、路灯不亮了；2、一堆垃圾没人收"))
    found = splitting_cases.proposals(rolled, case)
    assert {one.category.code for one in found if one.category} >= {"0202", "0101"}
