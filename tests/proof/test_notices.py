"""The long form of sending: many messages, processes killed again and again in the midst."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.services import test_notice_processes as short
from tests.support.servers import Gateway

MESSAGES = 400
KILLS = 6


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway.open() as made:
        made.slow_s = 0.02
        yield made


@pytest.mark.proof
@pytest.mark.parametrize("keyed", [False, True], ids=["without keys", "with keys"])
def test_nothing_goes_out_twice_through_many_kills(
    app: Flask, gateway: Gateway, keyed: bool
) -> None:
    keys = short.prepare(MESSAGES)
    short.run(gateway, KILLS, keyed=keyed)
    if keyed:
        short.assert_all_sent_by_key(gateway, keys)
    else:
        short.assert_none_twice(gateway, keys)


@pytest.mark.proof
def test_two_processes_send_each_message_once(app: Flask, gateway: Gateway) -> None:
    short.assert_both_send_each_once(gateway, MESSAGES)
