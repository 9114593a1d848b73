"""Attempts at a message: retries with back-off, the next way, what was broken off, and by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from gridgov.domain.notices import LEASE, MAX_ATTEMPTS, Fate, Outcome, Result, Way
from gridgov.services import notice_sending, notice_settings
from gridgov.services.notice_settings import NothingToRetry
from gridgov.storage import notices as store
from gridgov.storage import recoveries
from gridgov.storage.cases import Case
from gridgov.storage.notice_people import PushSubscription
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import instance
from gridgov.web.notice_words import Words
from tests.services.notice_desk import BROWSER, MINUTE, made, now_of, sent_once, wants, worker
from tests.support import notices as desk
from tests.support.acts import DISTRICT, NOON
from tests.support.notices import ALL_WAYS

pytestmark = pytest.mark.usefixtures("nothing_told")


def test_a_failure_is_tried_again_later_and_later_and_then_given_up() -> None:
    wants(worker(), ways=["sms"], mail="")
    one = sent_once()
    now, waits = NOON, []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        (claimed,) = desk.claim(now)
        assert claimed.attempt == attempt
        assert desk.claim(now) == [], "who has claimed it holds it"
        assert desk.answer(claimed, Result.LATER, now, "status_503")
        kept = now_of(one)
        if attempt < MAX_ATTEMPTS:
            waits.append((kept.due_at - now).total_seconds())
            assert desk.claim(now + timedelta(seconds=waits[-1] - 1)) == []
            now = kept.due_at
    for attempt, wait in enumerate(waits):
        assert 0.75 * 30 * 2**attempt <= wait <= 1.25 * 30 * 2**attempt
    kept = now_of(one)
    assert (kept.fate, kept.reason) == (Fate.FAILED, "status_503")
    with read_only() as session:
        assert [
            lost.recipient for lost in store.unreached(session, DISTRICT, NOON - MINUTE, 10)
        ] == [str(worker())]


def test_what_is_refused_goes_by_the_next_way_at_once() -> None:
    wants(worker(), ways=["mail", "sms"])
    one = sent_once()
    (first,) = desk.claim(NOON)
    desk.answer(first, Result.REFUSED, NOON, "smtp_550")
    (second,) = desk.claim(NOON)
    assert (first.way, second.way, second.attempt) == (Way.MAIL, Way.SMS, 1)
    desk.answer(second, Result.SENT, NOON)
    assert now_of(one).fate == Fate.SENT
    assert desk.claim(NOON + timedelta(days=1)) == []


@pytest.mark.parametrize(("keyed", "again"), [(True, True), (False, False)])
def test_what_was_broken_off_is_sent_again_only_where_it_is_known_by_its_key(
    keyed: bool, again: bool
) -> None:
    wants(worker(), ways=["sms"], mail="")
    one = sent_once()
    (claimed,) = desk.claim(NOON, keyed=keyed)
    assert desk.claim(NOON + LEASE - MINUTE / 2, keyed=keyed) == [], "its sender may be slow"
    later = desk.claim(NOON + LEASE + MINUTE, keyed=keyed)
    assert bool(later) is again
    if again:
        assert later[0].delivery_id == claimed.delivery_id, "the same key"
        assert later[0].attempt == claimed.attempt + 1
        assert not desk.answer(claimed, Result.SENT, NOON), "an answer to a claim that ran out"
        assert now_of(one).fate == Fate.SENDING
    else:
        assert now_of(one).fate == Fate.UNSURE
        assert desk.claim(NOON + timedelta(days=1)) == []


def test_what_is_urgent_goes_by_another_way_when_nobody_knows_whether_it_arrived() -> None:
    wants(worker(), ways=["mail", "sms"])
    (case_id,) = made()
    with unit_of_work() as session:
        session.execute(update(Case).where(Case.id == case_id).values(severity=4))
    desk.plan(ALL_WAYS, NOON)
    desk.bundle(ALL_WAYS, NOON)
    (claimed,) = desk.claim(NOON)
    desk.answer(claimed, Result.UNSURE, NOON, "cut")
    (other,) = desk.claim(NOON)
    assert other.way is Way.SMS


def test_a_browser_that_is_gone_is_forgotten() -> None:
    who = worker()
    with unit_of_work() as session:
        notice_settings.subscribe(
            session, DISTRICT, who, BROWSER, name="Chrome", language="zh-Hans", now=NOON
        )
    sent_once()
    (claimed,) = desk.claim(NOON)
    assert claimed.to.browsers == (BROWSER,)
    with unit_of_work() as session:
        gone = Outcome(Result.REFUSED, "gone", (BROWSER.hash,))
        notice_sending.record(session, claimed, gone, now=NOON)
    with read_only() as session:
        assert session.scalars(select(PushSubscription)).all() == []


def test_a_lost_code_is_answered_when_its_sms_was_sent_and_not_before() -> None:
    phone = "13600136000"
    made(phone=phone)
    desk.lose_code(phone)
    desk.plan_lost_codes()
    desk.bundle(ALL_WAYS, NOON)
    lookup = instance().vault.lookup(phone)

    def open_for() -> int:
        with read_only() as session:
            return len(recoveries.open_for(session, DISTRICT, lookup))

    (claimed,) = [one for one in desk.claim(NOON) if one.to.text == phone]
    assert claimed.path.startswith("/r/")
    assert open_for() == 1
    desk.answer(claimed, Result.SENT, NOON)
    assert open_for() == 0


# --- by hand -------------------------------------------------------------------------------


def test_what_failed_is_tried_again_by_hand_with_todays_ways() -> None:
    one = sent_once()
    assert one.fate == Fate.NO_WAY
    wants(worker(), ways=["mail"])
    with unit_of_work() as session:
        notice_settings.retry(session, DISTRICT, one.id, now=NOON, ways=ALL_WAYS)
    (claimed,) = desk.claim(NOON)
    desk.answer(claimed, Result.SENT, NOON)
    with unit_of_work() as session, pytest.raises(NothingToRetry):
        notice_settings.retry(session, DISTRICT, one.id, now=NOON, ways=ALL_WAYS)


def test_a_test_goes_by_one_way_past_all_wishes() -> None:
    wants(worker(), ways=[])
    with unit_of_work() as session:
        notice_settings.send_test(
            session,
            DISTRICT,
            worker(),
            Way.MAIL,
            language="zh-Hans",
            now=NOON,
            say=Words(),
            ways=ALL_WAYS,
        )
    (claimed,) = desk.claim(NOON)
    assert (claimed.way, claimed.to.text) == (Way.MAIL, "chen@example.org")


def test_whom_a_case_was_given_to_and_who_was_not_reached_is_known_for_the_case() -> None:
    (case_id,) = made()
    desk.plan(ALL_WAYS, NOON)
    with read_only() as session:
        assert store.assignment_lost(session, case_id) == (), "it is still on its way"
        assert store.assignments_lost(session, [case_id]) == set()
    desk.bundle(ALL_WAYS, NOON)
    with read_only() as session:
        (lost,) = store.assignment_lost(session, case_id)
        assert store.assignments_lost(session, [case_id]) == {case_id}, "the list says it too"
    assert lost.recipient == str(worker())
    wants(worker(), ways=["mail"])
    with unit_of_work() as session:
        notice_settings.retry(session, DISTRICT, lost.id, now=NOON, ways=ALL_WAYS)
    (claimed,) = desk.claim(NOON)
    desk.answer(claimed, Result.SENT, NOON)
    with read_only() as session:
        assert store.assignment_lost(session, case_id) == ()
        assert store.assignments_lost(session, [case_id]) == set()
