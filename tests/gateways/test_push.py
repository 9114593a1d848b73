"""Web push against a service of this machine: what arrives can be opened by that browser alone."""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from gridgov.domain.notices import Outgoing, Result
from gridgov.gateways.keys import new_keys
from gridgov.gateways.push import Browser, WebPush, allowed, read_browser
from tests.support.ports import free_port
from tests.support.servers import Gateway

KEYS = new_keys()
HOSTS = ("fcm.googleapis.com", "push.apple.com")


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Subscriber:
    """A browser: its keys, and what it makes of a push."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)

    def at(self, endpoint: str) -> Browser:
        public = self.key.public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Browser(endpoint, base64url(point), base64url(self.auth))

    def read(self, body: bytes) -> dict[str, Any]:
        opened = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        content: dict[str, Any] = json.loads(opened)
        return content


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway.open() as made:
        made.status = 201
        yield made


def push_to(gateway: Gateway) -> WebPush:
    origin = gateway.url.rpartition("/")[0]
    return WebPush(KEYS, contact="grid@example.org", hosts=[origin])


def message(**more: Any) -> Outgoing:
    values = {"key": str(uuid4()), "title": "高明区", "text": "新案件", "url": "http://x/work"}
    return Outgoing(**{**values, "urgent": False, "attempt": 1, **more})


def test_the_text_arrives_sealed_and_opens_in_that_browser_only(gateway: Gateway) -> None:
    subscriber, other = Subscriber(), Subscriber()
    one = message(urgent=True)
    found = push_to(gateway).send([subscriber.at(gateway.url)], one)
    assert found.result is Result.SENT
    (call,) = gateway.calls
    assert "新案件".encode() not in call.body
    told = subscriber.read(call.body)
    assert told == {"title": "高明区", "body": "新案件", "url": "http://x/work", "tag": one.key}
    with pytest.raises(http_ece.ECEException):
        other.read(call.body)
    heads = {name.lower(): value for name, value in call.headers.items()}
    assert heads["urgency"] == "high"
    assert heads["topic"] == one.key.replace("-", "")
    assert int(heads["ttl"]) > 0


def test_the_sender_is_signed_with_the_key_the_page_names(gateway: Gateway) -> None:
    push = push_to(gateway)
    push.send([Subscriber().at(gateway.url)], message())
    heads = {name.lower(): value for name, value in gateway.calls[0].headers.items()}
    claims = Vapid02.verify(heads["authorization"])
    assert f"k={push.public_key()}" in heads["authorization"].replace(" ", "")
    assert claims
    point = base64.urlsafe_b64decode(push.public_key() + "=")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def test_the_key_stays_when_the_vault_is_rotated_and_differs_elsewhere() -> None:
    def key(keys: Any) -> str:
        return WebPush(keys, contact="a@example.org", hosts=()).public_key()

    assert key(KEYS) == key(KEYS.rotated()) == key(replace(KEYS))
    assert key(KEYS) != key(new_keys())


@pytest.mark.parametrize(
    ("status", "result", "reason"),
    [
        (201, Result.SENT, ""),
        (404, Result.REFUSED, "gone"),
        (410, Result.REFUSED, "gone"),
        (413, Result.REFUSED, "refused"),
        (429, Result.LATER, "status_429"),
        (500, Result.LATER, "status_500"),
    ],
)
def test_what_the_service_answers_decides(
    gateway: Gateway, status: int, result: Result, reason: str
) -> None:
    gateway.status = status
    browser = Subscriber().at(gateway.url)
    found = push_to(gateway).send([browser], message())
    assert (found.result, found.reason) == (result, reason)
    assert found.gone == ((browser.hash,) if reason == "gone" else ())


def test_one_browser_that_takes_it_is_enough_and_a_gone_one_is_named(gateway: Gateway) -> None:
    push = WebPush(KEYS, contact="a@example.org", hosts=["http://127.0.0.1:1", gateway.url[:-5]])
    away = Subscriber().at(f"http://127.0.0.1:{free_port()}/x")
    here = Subscriber().at(gateway.url)
    found = push.send([away, here], message())
    assert found.result is Result.SENT
    assert found.gone == (away.hash,), "a host that is not allowed any more is called no more"
    assert len(gateway.calls) == 1


def test_a_service_that_is_not_there_is_tried_later() -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    push = WebPush(KEYS, contact="a@example.org", hosts=[origin])
    assert push.send([Subscriber().at(f"{origin}/x")], message()).result is Result.LATER


@pytest.mark.parametrize(
    ("endpoint", "good"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("http://fcm.googleapis.com/abc", False),
        ("https://fcm.googleapis.com:8443/abc", False),
        ("https://user@fcm.googleapis.com/abc", False),
        ("https://evilfcm.googleapis.com.example.org/abc", False),
        ("https://xpush.apple.com/abc", False),
        ("https://169.254.169.254/latest", False),
        ("http://localhost/admin", False),
        ("https://[::1", False),
    ],
)
def test_only_push_services_are_called(endpoint: str, good: bool) -> None:
    assert allowed(endpoint, HOSTS) is good
    browser = Subscriber().at(endpoint)
    sent = {"endpoint": endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}}
    assert (read_browser(sent, HOSTS) == browser) is good


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        {"endpoint": "https://fcm.googleapis.com/x"},
        {"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": 1, "auth": None}},
        {"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "é", "auth": "é"}},
    ],
)
def test_what_is_no_subscription_is_refused(sent: Any) -> None:
    assert read_browser(sent, HOSTS) is None
