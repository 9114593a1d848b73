"""From notices to messages: digests, ways, retries with back-off, and what was not sent."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from gridgov.domain.notices import (
    LEASE,
    MAX_ATTEMPTS,
    PERSON,
    UNIT,
    WINDOW,
    Fate,
    Outcome,
    Recipient,
    Result,
    Way,
)
from gridgov.domain.workflow import Action
from gridgov.gateways.push import Browser
from gridgov.services import notice_sending, notice_settings, notices, recovery
from gridgov.services.notice_settings import NothingToRetry
from gridgov.storage import notice_people, recoveries
from gridgov.storage import notices as store
from gridgov.storage.cases import Case
from gridgov.storage.notice_people import PushSubscription
from gridgov.storage.notices import Delivery
from gridgov.storage.people import Person
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import instance
from gridgov.web.notice_words import Words
from tests.support import notices as desk
from tests.support.acts import DISTRICT, NOON, case_of, do, person, report
from tests.support.notices import ALL_WAYS

MINUTE = timedelta(minutes=1)
BROWSER = Browser("https://fcm.googleapis.com/fcm/send/one", "p", "a")


@pytest.fixture(autouse=True)
def _fresh(stage: Flask) -> Iterator[None]:
    desk.begin()
    yield


def made(count: int = 1, **more: object) -> list[UUID]:
    """Cases given to the sample's worker."""
    found = []
    for _ in range(count):
        with unit_of_work() as session:
            found.append(case_of(session, report(session, **more)).id)
    return found


def worker() -> Recipient:
    return Recipient.read(desk.recipient("worker"))


def wants(who: Recipient, **more: object) -> None:
    """Keep what a person wants; mail and SMS by default."""
    values = {"ways": ["push", "mail", "sms"], "digest": False, "language": None}
    values |= {"phone": "13800138000", "mail": "chen@example.org", **more}
    with unit_of_work() as session:
        notice_settings.save_own(session, who.uuid, vault=instance().vault, **values)


def sent_once(count: int = 1) -> Delivery:
    """The worker's one message about new cases, ready to be claimed."""
    made(count)
    desk.plan(ALL_WAYS, NOON)
    desk.bundle(ALL_WAYS, NOON)
    (one,) = [d for d in desk.deliveries() if d.recipient == str(worker())]
    return one


def now_of(delivery: Delivery) -> Delivery:
    with read_only() as session:
        return session.get_one(Delivery, delivery.id)


# --- digests -------------------------------------------------------------------------------


def test_a_few_go_singly_and_a_flood_is_one_digest() -> None:
    wants(worker())
    made(3)
    desk.plan(ALL_WAYS, NOON)
    desk.bundle(ALL_WAYS, NOON)
    assert [one.count for one in desk.deliveries()] == [1, 1, 1]
    made(50)
    desk.plan(ALL_WAYS, NOON + WINDOW + MINUTE)
    desk.bundle(ALL_WAYS, NOON + WINDOW + MINUTE)
    (digest,) = desk.deliveries()[3:]
    assert digest.count == 50
    assert digest.text == "50 件新派给您"
    assert digest.path == "/staff"


def test_what_comes_after_a_digest_waits_for_the_end_of_the_window() -> None:
    wants(worker())
    made(5)
    desk.plan(ALL_WAYS, NOON)
    assert desk.bundle(ALL_WAYS, NOON) == 1
    made(4)
    desk.plan(ALL_WAYS, NOON + MINUTE)
    assert desk.bundle(ALL_WAYS, NOON + MINUTE) == 0
    assert desk.bundle(ALL_WAYS, NOON + WINDOW) == 0, "held until its own window is over"
    assert desk.bundle(ALL_WAYS, NOON + WINDOW + 2 * MINUTE) == 1
    assert [one.count for one in desk.deliveries()] == [5, 4]


def test_what_is_urgent_is_never_held_and_never_in_a_digest() -> None:
    wants(worker())
    made(5)
    desk.plan(ALL_WAYS, NOON)
    desk.bundle(ALL_WAYS, NOON)
    (urgent,) = made()
    with unit_of_work() as session:
        session.execute(update(Case).where(Case.id == urgent).values(severity=4))
    desk.plan(ALL_WAYS, NOON + MINUTE)
    assert desk.bundle(ALL_WAYS, NOON + MINUTE) == 1
    last = desk.deliveries()[-1]
    assert (last.count, last.urgent) == (1, True)


def test_whoever_wants_digests_gets_all_at_the_next_opening() -> None:
    wants(worker(), digest=True)
    made(2)
    desk.plan(ALL_WAYS, NOON)
    assert desk.bundle(ALL_WAYS, NOON) == 0
    afternoon = min(one.due_at for one in desk.planned())
    assert afternoon.astimezone().utcoffset() is not None
    assert NOON < afternoon < NOON + timedelta(hours=6)
    desk.bundle(ALL_WAYS, afternoon)
    assert [one.count for one in desk.deliveries()] == [2]


def test_each_in_the_own_language() -> None:
    wants(worker(), language="en")
    one = sent_once()
    assert one.text.startswith("New for you: ")
    assert one.title.endswith("grid service")


# --- ways ----------------------------------------------------------------------------------


def test_the_cheapest_way_first_and_only_those_that_were_ticked() -> None:
    who = worker()
    wants(who, ways=["mail", "sms"])
    with unit_of_work() as session:
        notice_settings.subscribe(
            session, DISTRICT, who, BROWSER, name="Chrome", language="zh-Hans", now=NOON
        )
    one = sent_once()
    assert (one.way, one.ways) == ("mail", ["sms"])
    wants(who, ways=["push", "mail", "sms"])
    made()
    desk.plan(ALL_WAYS, NOON)
    desk.bundle(ALL_WAYS, NOON)
    last = desk.deliveries()[-1]
    assert (last.way, last.ways) == ("push", ["mail", "sms"])


def test_whoever_has_no_way_is_noted_as_not_reached_at_once() -> None:
    one = sent_once()
    assert (one.fate, one.reason, one.way) == (Fate.NO_WAY, "no_way", None)
    with read_only() as session:
        (lost,) = store.unreached(session, DISTRICT, NOON - MINUTE, 10)
    assert (lost.recipient, lost.times) == (str(worker()), 1)


def test_an_address_is_opened_only_when_it_is_claimed() -> None:
    wants(worker(), ways=["sms"])
    one = sent_once()
    with read_only() as session:
        kept = notice_people.wishes(session, [worker().uuid])[worker().uuid]
    assert b"13800138000" not in (kept.phone_sealed or b"")
    (claimed,) = desk.claim(NOON)
    assert (claimed.to.text, claimed.way, claimed.delivery_id) == ("13800138000", Way.SMS, one.id)


def test_the_group_of_a_unit_is_told_by_its_robot() -> None:
    with unit_of_work() as session:
        notice_settings.add_hook(
            session,
            DISTRICT,
            "ZJSL",
            "json://127.0.0.1/x",
            "json",
            vault=instance().vault,
            now=NOON,
        )
    (case_id,) = made()
    with unit_of_work() as session:
        case = session.get_one(Case, case_id)
        by = person(session, "worker")
        do(session, case, Action.RETURN, by, NOON, reason="wrong_duty", text="不归我们")
        by = person(session, "dispatcher")
        do(session, case, Action.DISPATCH, by, NOON + MINUTE, target="unit:ZJSL")
    desk.plan(ALL_WAYS, NOON + MINUTE)
    desk.bundle(ALL_WAYS, NOON + MINUTE)
    group = str(Recipient(UNIT, "ZJSL"))
    (one,) = [d for d in desk.deliveries() if d.recipient == group]
    assert one.way == "hook"
    (claimed,) = [c for c in desk.claim(NOON + MINUTE) if c.way is Way.HOOK]
    assert claimed.to.text == "json://127.0.0.1/x"


# --- attempts ------------------------------------------------------------------------------


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
    with unit_of_work() as session:
        recovery.ask(
            session,
            DISTRICT,
            phone,
            reported_on=None,
            category_code=None,
            now=NOON,
            vault=instance().vault,
        )
    with unit_of_work() as session:
        notices.plan_lost_codes(session, DISTRICT, now=NOON, say=Words(), ways=ALL_WAYS)
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


def test_old_messages_are_forgotten_and_open_ones_kept() -> None:
    wants(worker(), ways=["mail"])
    sent_once()
    with unit_of_work() as session:
        store.forget(session, NOON + timedelta(days=100))
    assert len(desk.deliveries()) == 1, "it was not sent yet"
    (claimed,) = desk.claim(NOON)
    desk.answer(claimed, Result.SENT, NOON)
    with unit_of_work() as session:
        store.forget(session, NOON + timedelta(days=100))
    assert (desk.deliveries(), desk.planned()) == ([], [])


def test_nothing_that_names_a_person_stands_in_a_row() -> None:
    wants(worker(), ways=["sms"])
    one = sent_once()
    row = " ".join(str(getattr(one, column.name)) for column in Delivery.__table__.columns)
    assert "13800138000" not in row
    with read_only() as session:
        name = session.get_one(Person, worker().uuid).name
    assert name not in row
    assert Recipient.read(one.recipient).kind == PERSON
