"""From notices to messages: digests, the ways they go, and what is kept of them."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from gridgov.domain.notices import PERSON, UNIT, WINDOW, Fate, Recipient, Result, Way
from gridgov.domain.workflow import Action
from gridgov.services import notice_settings
from gridgov.storage import notice_people
from gridgov.storage import notices as store
from gridgov.storage.cases import Case
from gridgov.storage.notices import Delivery
from gridgov.storage.people import Person
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import instance
from tests.services.notice_desk import BROWSER, MINUTE, made, sent_once, wants, worker
from tests.support import notices as desk
from tests.support.acts import DISTRICT, NOON, do, person
from tests.support.notices import ALL_WAYS

pytestmark = pytest.mark.usefixtures("nothing_told")


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


# --- what is kept -----------------------------------------------------------------------------


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
