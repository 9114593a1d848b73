"""Web push: a text sealed for one browser (RFC 8291), its sender signed (VAPID, RFC 8292).

The key that signs is derived from the key file of the installation: it is made nowhere,
stays the same when the vault's keys are rotated, and browsers that asked once stay known.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pywebpush import WebPushException, webpush

from gridgov.domain.notices import Outcome, Outgoing, Result
from gridgov.gateways.keys import Keys

# The order of P-256 (FIPS 186-4, D.1.2.3): a private key is a number from 1 to it.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SEED_BYTES = 48  # longer than the order by 128 bits, so that the remainder is even
TTL_S = 24 * 3600  # what a phone without power gets when it is back
TIMEOUT_S = 10
GONE = frozenset({404, 410})
MOST = 2048


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser is told, and the keys its text is sealed with (base64url)."""

    endpoint: str
    p256dh: str
    auth: str

    def as_json(self) -> dict[str, str]:
        """Return it as rows keep it."""
        return {"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth}

    @property
    def hash(self) -> str:
        """Return by what the browser is known: its address is a secret of its own."""
        return hashlib.sha256(self.endpoint.encode()).hexdigest()


def read_browser(sent: Any, hosts: Sequence[str]) -> Browser | None:
    """Return the browser of a subscription as `PushSubscription.toJSON` gives it.

    None for anything malformed, and for an address that belongs to no known push service:
    the server would be made to call any address somebody names.
    """
    if not isinstance(sent, Mapping) or not isinstance(sent.get("keys"), Mapping):
        return None
    values = sent.get("endpoint"), sent["keys"].get("p256dh"), sent["keys"].get("auth")
    if not all(isinstance(value, str) and 0 < len(value) <= MOST for value in values):
        return None
    found = Browser(*map(str, values))
    return found if _sealable(found) and allowed(found.endpoint, hosts) else None


def _sealable(browser: Browser) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(browser.p256dh))
        return len(_bytes(browser.auth)) == 16
    except ValueError:
        return False


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def allowed(endpoint: str, hosts: Sequence[str]) -> bool:
    """Tell whether an address belongs to one of the push services, by HTTPS.

    `hosts` are endings of host names, or whole origins (http://127.0.0.1:8080).
    """
    try:
        parts = urlsplit(endpoint)
        host, origin = parts.hostname or "", f"{parts.scheme}://{parts.netloc}"
        plain = parts.scheme == "https" and parts.port in (None, 443) and not parts.username
    except ValueError:
        return False
    return any(
        origin == one if "://" in one else plain and (host == one or host.endswith(f".{one}"))
        for one in hosts
    )


class WebPush:
    """Tells browsers, in the name of one installation."""

    def __init__(self, keys: Keys, *, contact: str, hosts: Sequence[str]) -> None:
        """`contact` is a mail address or page for the push services, `hosts` where they are."""
        self._key = signing_key(keys.pepper)
        number = self._key.private_numbers().private_value.to_bytes(32, "big")
        self._private = base64.urlsafe_b64encode(number).decode().rstrip("=")
        self._contact = contact if "://" in contact else f"mailto:{contact}"
        self.hosts = tuple(hosts)

    def public_key(self) -> str:
        """Return what a browser wants to know of its sender: the public key, base64url."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    def send(self, browsers: Sequence[Browser], message: Outgoing) -> Outcome:
        """Tell every browser of one recipient; told is who was told by one of them.

        The key is the topic (a push service keeps the newest of a topic) and the tag (a
        browser shows one message of a tag): what comes twice is seen once.
        """
        answers = [(browser, self._one(browser, message)) for browser in browsers]
        gone = tuple(browser.hash for browser, found in answers if found.reason == "gone")
        results = {found.result for _, found in answers}
        for result in (Result.SENT, Result.LATER):
            if result in results:
                reason = next(found.reason for _, found in answers if found.result is result)
                return Outcome(result, reason, gone)
        return Outcome(Result.REFUSED, "gone" if gone else "refused", gone)

    def _one(self, browser: Browser, message: Outgoing) -> Outcome:
        if not allowed(browser.endpoint, self.hosts):
            return Outcome(Result.REFUSED, "gone")
        content = {"title": message.title, "body": message.text, "url": message.url}
        info = {
            "endpoint": browser.endpoint,
            "keys": {"p256dh": browser.p256dh, "auth": browser.auth},
        }
        try:
            webpush(
                info,
                data=json.dumps({**content, "tag": message.key}, ensure_ascii=False),
                vapid_private_key=self._private,
                vapid_claims={"sub": self._contact},
                ttl=TTL_S,
                timeout=TIMEOUT_S,
                headers={
                    "Topic": message.key.replace("-", "")[:32],
                    "Urgency": "high" if message.urgent else "normal",
                },
            )
        except WebPushException as error:
            return _refusal(error)
        except OSError:  # every failure of requests is one
            return Outcome(Result.LATER, "unreachable")  # known by its key: harmless to repeat
        return Outcome(Result.SENT)


def _refusal(error: WebPushException) -> Outcome:
    status = error.response.status_code if error.response is not None else 0
    if status in GONE:
        return Outcome(Result.REFUSED, "gone")
    if status in (0, 408, 425, 429) or status >= 500:
        return Outcome(Result.LATER, f"status_{status}" if status else "unreachable")
    return Outcome(Result.REFUSED, f"status_{status}")


def signing_key(pepper: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the installation's key for signing pushes, the same from the same key file."""
    info = b"gridgov web push"
    seed = HKDF(hashes.SHA256(), length=SEED_BYTES, salt=None, info=info).derive(pepper)
    number = int.from_bytes(seed, "big") % (P256_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())
