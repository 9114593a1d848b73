"""Me too: a second report of the same problem joins the open case."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput, InvalidTransition
from gridgov.domain.workflow import Action
from gridgov.services import casework, duplicates, feedback, history
from gridgov.services import reference as references
from gridgov.services.duplicates import Nearby
from gridgov.services.effects import Given, StoredPhoto
from gridgov.storage import history as lines
from gridgov.storage import reports
from gridgov.storage.cases import Case
from gridgov.storage.messages import PENDING
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, inside, person, pin, report

LATER = NOON + timedelta(hours=3)
PICTURE = StoredPhoto("c" * 64, 640, 480)
# 11 m further north is 1e-4 of a degree.
STEP = 1e-4


def shifted(session: Session, steps: int) -> LonLat:
    spot = inside(session)
    return LonLat(lon=spot.lon, lat=spot.lat + steps * STEP)


def near(session: Session, category: str | None = "0101", steps: int = 0) -> list[Nearby]:
    reference = references.of(session, DISTRICT)
    return [
        one
        for one in duplicates.nearby(
            session, reference, shifted(session, steps), category, now=LATER, limit=50
        )
        if one.case.received_at == NOON
    ]


def me_too(session: Session, case: Case, steps: int = 1, **more: object):
    values = {"position": pin(shifted(session, steps)), "join_case_id": case.id, **more}
    return report(session, now=LATER, **values)


def close(session: Session, case: Case) -> None:
    worker = person(session, "worker")
    casework.perform(session, case.id, Action.SIGN, by=worker, now=LATER)
    done = Given(text="已清理", photos=(AFTER,))
    casework.perform(session, case.id, Action.RESOLVE, by=worker, now=LATER, given=done)
    deputy = person(session, "deputy")
    casework.perform(session, case.id, Action.CHECK_PASS, by=deputy, now=LATER)


def test_a_second_report_joins_the_case_and_opens_none(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    count = rolled.scalar(select(func.count()).select_from(Case))
    receipt = me_too(rolled, case, text="我也看到了", photos=(PICTURE,))
    assert receipt.joined and receipt.case_number == case.number
    assert rolled.scalar(select(func.count()).select_from(Case)) == count
    assert case.report_count == 2 and case.state == "dispatched"
    joined = rolled.get_one(Report, receipt.report_id)
    assert joined.joined and joined.text == "我也看到了" and joined.case_id == case.id
    assert receipt.receipt_code != reports.of_case(rolled, case.id)[0].receipt_code
    last = lines.of_case(rolled, case.id)[-1]
    assert last.action == "join" and last.data["report"] == str(receipt.report_id)
    assert rolled.scalars(select(Photo).where(Photo.report_id == joined.id)).one().sha256 == (
        PICTURE.sha256
    )


def test_joining_needs_neither_words_nor_class(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    receipt = me_too(rolled, case, text="", category_code="")
    assert rolled.get_one(Report, receipt.report_id).category_code == case.category_code


def test_joining_changes_no_clock_and_no_figure_but_the_repeats(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    due, limit = case.due_at, case.limit_at
    me_too(rolled, case)
    body = rolled.info[PENDING][-1]["body"]
    assert body["action"] == "join"
    # It is one case still, told once more: that is what "repeat reports" counts.
    assert body["after"] == {**body["before"], "repeats": 1}
    assert (case.due_at, case.limit_at) == (due, limit)
    assert case.updated_at == LATER


def test_sending_the_joining_report_again_gives_the_same_receipt(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    token = uuid4().hex
    first = me_too(rolled, case, client_token=token)
    again = me_too(rolled, case, client_token=token)
    assert again.repeated and again.joined and again.report_id == first.report_id
    assert case.report_count == 2


def test_the_words_of_a_joined_report_are_sealed(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    receipt = me_too(rolled, case, text="原来的话")
    line = lines.of_case(rolled, case.id)[-1]
    joined = rolled.get_one(Report, receipt.report_id)
    assert line.data["report_digest"] == history.seal_report(joined, [])["report_digest"]


@pytest.mark.parametrize(("steps", "reason"), [(8, None), (12, "too_far")])
def test_only_a_case_near_by_can_be_joined(rolled: Session, steps: int, reason: str | None) -> None:
    case = case_of(rolled, report(rolled))
    if reason is None:
        assert me_too(rolled, case, steps).joined
        return
    with pytest.raises(InvalidInput) as refused:
        me_too(rolled, case, steps)
    assert (refused.value.field, refused.value.reason) == ("join", reason)
    assert case.report_count == 1


def test_a_closed_case_cannot_be_joined(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    close(rolled, case)
    with pytest.raises(InvalidInput) as refused:
        me_too(rolled, case)
    assert refused.value.reason == "not_open"


def test_the_table_itself_refuses_a_case_closed_meanwhile(rolled: Session) -> None:
    receipt = report(rolled)
    case = case_of(rolled, receipt)
    by = replace(person(rolled, "worker"), report_id=receipt.report_id)
    close(rolled, case)
    with pytest.raises(InvalidTransition):
        casework.perform(rolled, case.id, Action.JOIN, by=by, now=LATER)


def test_nobody_can_join_a_confidential_case(rolled: Session) -> None:
    case = case_of(rolled, report(rolled, category_code="0704", text="有人赌钱"))
    assert case.confidential
    with pytest.raises(InvalidInput) as refused:
        me_too(rolled, case)
    assert refused.value.reason == "not_open"


def test_open_cases_near_by_are_offered_the_likeliest_first(rolled: Session) -> None:
    far = case_of(rolled, report(rolled, position=pin(shifted(rolled, 6))))
    other = case_of(rolled, report(rolled, category_code="0202", text="路灯坏了"))
    same = case_of(rolled, report(rolled))
    report(rolled, position=pin(shifted(rolled, 30)))
    report(rolled, category_code="0704", text="有人赌钱")
    found = near(rolled)
    assert [one.case.number for one in found] == [same.number, far.number, other.number]
    assert found[1].distance_m == pytest.approx(66, abs=1)


def test_a_closed_case_is_not_offered(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    assert near(rolled)
    close(rolled, case)
    rolled.flush()
    assert not near(rolled)


def test_both_reporters_answer_for_themselves_but_the_case_is_rated_once(
    rolled: Session,
) -> None:
    case = case_of(rolled, report(rolled))
    second = me_too(rolled, case)
    close(rolled, case)
    feedback.rate(rolled, second.report_id, solved=True, satisfaction="satisfied", now=LATER)
    assert case.solved is True and lines.of_case(rolled, case.id)[-1].data["report"] == str(
        second.report_id
    )
