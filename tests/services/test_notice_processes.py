"""Several processes send from one database: nothing goes out twice, whoever is killed."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import func, select, update

from gridgov.app import post_of
from gridgov.domain.notices import Fate, Recipient
from gridgov.gateways.senders import Senders
from gridgov.jobs import notices
from gridgov.services import notice_sending, notice_settings
from gridgov.storage.base import db
from gridgov.storage.districts import District
from gridgov.storage.notices import Delivery
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import instance
from tests.support import notices as desk
from tests.support import posting
from tests.support.acts import DISTRICT
from tests.support.processes import Worker
from tests.support.servers import Gateway

MESSAGES = 30
PATIENCE_S = 120


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway.open() as made:
        made.slow_s = 0.05
        yield made


def prepare(count: int) -> set[str]:
    """Write messages that are due, each an SMS to the sample's worker; return their keys."""
    desk.begin()
    who = Recipient.read(desk.recipient("worker"))
    now = datetime.now(UTC)
    with unit_of_work() as session:
        session.execute(update(District).values(sample=False))  # of a sample nothing leaves
        notice_settings.save_own(
            session,
            who.uuid,
            ways=["sms"],
            digest=False,
            language=None,
            phone="13800138000",
            mail="",
            vault=instance().vault,
        )
        made = [
            Delivery(
                district_code=DISTRICT,
                recipient=str(who),
                way="sms",
                ways=[],
                title="高明区网格服务",
                text=f"第 {number} 条",
                path="/staff",
                fate=str(Fate.READY),
                made_at=now,
                due_at=now - timedelta(seconds=1),
            )
            for number in range(count)
        ]
        session.add_all(made)
        session.flush()
        return {str(one.id) for one in made}


def start(gateway: Gateway, count: int, *, keyed: bool) -> list[Worker]:
    url = db.engine.url.render_as_string(hide_password=False)
    folder = instance().settings.instance
    return posting.start(url, folder, gateway.url, keyed=keyed, count=count)


def until(gateway: Gateway, calls: int) -> None:
    """Wait until so many messages were handed over."""
    ends = time.monotonic() + PATIENCE_S
    while len(gateway.calls) < calls and time.monotonic() < ends:
        time.sleep(0.005)


def expire() -> None:
    """Let every claim run out, as time does."""
    with unit_of_work() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.fate == str(Fate.SENDING))
            .values(claimed_until=datetime.now(UTC) - timedelta(seconds=1))
        )


def fates() -> Counter[str]:
    with read_only() as session:
        rows = session.execute(select(Delivery.fate, func.count()).group_by(Delivery.fate))
        return Counter({fate: count for fate, count in rows})


def went_out(gateway: Gateway) -> Counter[str]:
    """How often each message was handed over, by its key."""
    return Counter(call.headers["Idempotency-Key"] for call in gateway.calls)


def run(gateway: Gateway, kills: int, *, keyed: bool) -> None:
    """Send with two processes, kill both in the midst of it, each time anew, and end it."""
    for round_ in range(kills):
        before = len(gateway.calls)
        pair = start(gateway, 2, keyed=keyed)
        ends = time.monotonic() + PATIENCE_S
        while len(gateway.calls) < before + 2 + round_ and time.monotonic() < ends:
            if all(process.poll() is not None for process in pair):
                break
            time.sleep(0.005)
        for process in pair:
            process.kill()
        expire()
    finish(gateway, keyed=keyed)


def finish(gateway: Gateway, *, keyed: bool) -> None:
    """Send what is left, by one process."""
    assert [process.wait(PATIENCE_S) for process in start(gateway, 1, keyed=keyed)] == [0]


def finish_here(gateway: Gateway, *, keyed: bool) -> None:
    """Send what is left in this process: starting one more takes seconds."""
    held = instance()
    more = {"sms_url": SecretStr(gateway.url), "sms_keyed": keyed}
    senders = Senders(held.settings.model_copy(update=more), held.keys)
    notices.send_due(post_of(replace(held, senders=senders)))


def assert_none_twice(gateway: Gateway, keys: set[str]) -> None:
    """Nothing went out twice; what was not certainly sent is shown, and nothing else."""
    sent, found = went_out(gateway), fates()
    assert set(sent) <= keys
    assert [key for key, count in sent.items() if count > 1] == []
    assert set(found) <= {Fate.SENT, Fate.UNSURE}
    assert sum(found.values()) == len(keys)
    with read_only() as session:
        query = select(Delivery.id).where(Delivery.fate == str(Fate.SENT))
        done: set[UUID] = set(session.scalars(query))
    assert {str(one) for one in done} <= set(sent), "what counts as sent was handed over"


def assert_all_sent_by_key(gateway: Gateway, keys: set[str]) -> None:
    """Everything was sent, under one key each, by which the service drops what comes again."""
    assert set(went_out(gateway)) == keys
    assert fates() == {Fate.SENT: len(keys)}


def assert_both_send_each_once(gateway: Gateway, count: int) -> None:
    """Two processes send everything at the same time: each message once."""
    keys = prepare(count)
    assert [process.wait(PATIENCE_S) for process in start(gateway, 2, keyed=False)] == [0, 0]
    assert went_out(gateway) == Counter(dict.fromkeys(keys, 1))
    assert fates() == {Fate.SENT: count}


# tests/proof/test_notices.py kills again and again, lets two end, and knows keys under kills.
def test_what_a_killed_process_was_sending_is_not_sent_again_by_the_other(
    stage: Flask, gateway: Gateway
) -> None:
    keys = prepare(MESSAGES)
    killed, other = start(gateway, 2, keyed=False)
    until(gateway, 4)
    killed.kill()
    assert other.wait(PATIENCE_S) == 0
    expire()
    finish_here(gateway, keyed=False)
    assert_none_twice(gateway, keys)


def test_where_the_service_knows_keys_a_kill_loses_nothing(stage: Flask, gateway: Gateway) -> None:
    keys = prepare(MESSAGES)
    (killed,) = start(gateway, 1, keyed=True)
    until(gateway, 4)
    killed.kill()
    expire()
    finish_here(gateway, keyed=True)
    assert_all_sent_by_key(gateway, keys)


def test_what_many_killed_processes_left_holds_up_nothing(stage: Flask, gateway: Gateway) -> None:
    keys = prepare(MESSAGES)
    left = sorted(keys)[: notice_sending.CLAIMED + 2]  # more than one claim takes
    with unit_of_work() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_([UUID(key) for key in left]))
            .values(fate=str(Fate.SENDING), attempt=1, claimed_until=datetime.now(UTC))
        )
    finish_here(gateway, keyed=False)
    assert fates() == {Fate.UNSURE: len(left), Fate.SENT: MESSAGES - len(left)}
    assert went_out(gateway) == Counter(dict.fromkeys(keys - set(left), 1))
