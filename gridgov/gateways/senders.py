"""The ways out: a file, mail, SMS, robots of groups, browsers. Each answers with an outcome.

Whether a failed attempt may be repeated depends on how far it came: before the message was
handed over nothing went out; while it is being handed over nobody can know. Addresses and
texts come into no log.
"""

import http.client
import json
import logging
import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import apprise

from gridgov.config import Settings
from gridgov.domain.errors import InvalidInput
from gridgov.domain.notices import Outcome, Outgoing, Result, Way
from gridgov.gateways.keys import Keys
from gridgov.gateways.push import Browser, WebPush

TIMEOUT_S = 10
OUTBOX_FILE = "outbox.jsonl"
# Robots of groups only: others of apprise write files or talk to this machine.
HOOKS = frozenset({"wecombot", "dingtalk", "feishu", "lark", "json", "jsons"})
# Channels that know a message again by its key, so that a broken-off attempt can be repeated.
KEYED = frozenset({Way.PUSH, Way.FILE})
SUBMIT_PORT, SMTPS_PORT = 587, 465

# Its lines quote addresses, and those of robots are their only secret.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a recipient is by one way; never written into a log."""

    way: Way
    text: str = field(default="", repr=False)
    browsers: tuple[Browser, ...] = field(default=(), repr=False)


class Senders:
    """What an installation can send."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        """Read once what is set up; nothing is connected yet."""
        hosts = [one.strip() for one in settings.push_hosts.split(",") if one.strip()]
        contact = settings.push_contact or settings.mail_from or "notices@localhost"
        self.mode = settings.notices
        self.push = WebPush(keys, contact=contact, hosts=hosts)
        self._file = settings.instance / OUTBOX_FILE
        self._mail = _mail_server(settings.smtp_url.get_secret_value(), settings.mail_from)
        self._sms = _sms_service(settings)

    def ways(self, *, sample: bool) -> frozenset[Way]:
        """Return the ways of a district; of a sample nothing leaves. Empty: notices are off."""
        if self.mode == "off":
            return frozenset()
        if self.mode == "file" or sample:
            return frozenset({Way.FILE})
        found = {Way.PUSH, Way.HOOK}
        if self._mail is not None:
            found.add(Way.MAIL)
        if self._sms is not None:
            found.add(Way.SMS)
        return frozenset(found)

    def keyed(self, way: Way) -> bool:
        """Tell whether a way sends nothing twice under one key."""
        return way in KEYED or (way is Way.SMS and self._sms is not None and self._sms.keyed)

    def send(self, to: Address, message: Outgoing) -> Outcome:
        """Try to send a message once. Takes at most some tens of seconds."""
        if to.way is Way.FILE:
            return write_line(self._file, to.text, message)
        if to.way is Way.PUSH:
            return self.push.send(to.browsers, message)
        if to.way is Way.HOOK:
            return call_hook(to.text, message)
        if to.way is Way.MAIL and self._mail is not None:
            return self._mail.send(to.text, message)
        if to.way is Way.SMS and self._sms is not None:
            return self._sms.send(to.text, message)
        return Outcome(Result.REFUSED, "not_set_up")


def write_line(path: Path, recipient: str, message: Outgoing) -> Outcome:
    """Add a message as one line of JSON to a file, once for a key."""
    key = json.dumps(message.key)
    if message.attempt > 1 and path.exists():
        with path.open(encoding="utf-8") as lines:
            if any(f'"key": {key}' in line for line in lines):
                return Outcome(Result.SENT)
    line = json.dumps(
        {
            "key": message.key,
            "to": recipient,
            "title": message.title,
            "text": message.text,
            "url": message.url,
        },
        ensure_ascii=False,
    )
    try:
        # One write to a file opened for appending: lines of two processes do not mix.
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)
    except OSError:
        return Outcome(Result.LATER, "not_writable")
    return Outcome(Result.SENT)


def check_hook(address: str) -> str:
    """Return the kind of robot behind an address. Raises: InvalidInput (field hook)."""
    kind = address.strip().partition("://")[0].lower()
    if kind not in HOOKS or apprise.Apprise.instantiate(address.strip()) is None:
        raise InvalidInput("hook", "unknown")
    return kind


def call_hook(address: str, message: Outgoing) -> Outcome:
    """Let the robot of a group say it.

    apprise tells only whether it worked: an answer that was lost on the way back counts as
    a failure and is repeated, so a group may read a line twice then.
    """
    robot = apprise.Apprise.instantiate(address)
    if robot is None:
        return Outcome(Result.REFUSED, "not_an_address")
    said = robot.notify(body=f"{message.text}\n{message.url}", title=message.title)
    return Outcome(Result.SENT) if said else Outcome(Result.LATER, "refused")


@dataclass(frozen=True)
class MailServer:
    """A mail server by its address."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    encrypted: bool  # from the first byte on; else STARTTLS where there is a password
    starttls: bool

    def send(self, to: str, message: Outgoing) -> Outcome:
        """Hand a mail over; it counts as sent when the server has taken it."""
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException):
            return Outcome(Result.LATER, "unreachable")
        try:
            server.send_message(self._mail(to, message))
        except smtplib.SMTPRecipientsRefused as error:
            return _of_code(max(code for code, _ in error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            return _of_code(error.smtp_code)
        except (OSError, smtplib.SMTPException):
            # Cut while it was being handed over: the server may have it.
            return Outcome(Result.UNSURE, "cut")
        finally:
            server.close()
        return Outcome(Result.SENT)

    def _connected(self) -> smtplib.SMTP:
        if self.encrypted:
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        if self.starttls:
            server.starttls(context=ssl.create_default_context())
        if self.user:
            server.login(self.user, self.password)
        return server

    def _mail(self, to: str, message: Outgoing) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = self.sender, to
        mail["Subject"] = f"{message.title}: {message.text}"[:120]
        # The same at each attempt: mail programs that show a mail once know it by this.
        mail["Message-ID"] = f"<{message.key}@{self.sender.rpartition('@')[2].rstrip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(f"{message.text}\n\n{message.url}\n")
        return mail


def _of_code(code: int) -> Outcome:
    """Return what a code of SMTP means: 4xx not now, 5xx never."""
    return Outcome(Result.REFUSED if code >= 500 else Result.LATER, f"smtp_{code}")


def _mail_server(address: str, sender: str) -> MailServer | None:
    if not address:
        return None
    parts = urlsplit(address)
    encrypted = parts.scheme == "smtps"
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not sender:
        raise InvalidInput("smtp_url", "unknown")
    user = unquote(parts.username or "")
    plain = parse_qs(parts.query).get("starttls") == ["no"]
    return MailServer(
        parts.hostname,
        parts.port or (SMTPS_PORT if encrypted else SUBMIT_PORT),
        user,
        unquote(parts.password or ""),
        sender,
        encrypted,
        starttls=not encrypted and bool(user) and not plain,
    )


@dataclass(frozen=True)
class SmsService:
    """An SMS service that takes a POST with JSON."""

    address: str = field(repr=False)
    body: str
    headers: Mapping[str, str] = field(repr=False)
    keyed: bool

    def send(self, to: str, message: Outgoing) -> Outcome:
        """Hand an SMS over: 2xx is sent, 408, 425, 429 and 5xx not now, the rest never."""
        parts = urlsplit(self.address)
        secure = parts.scheme == "https"
        opener = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        line = opener(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        values = {"phone": to, "text": f"{message.text} {message.url}", "id": message.key}
        try:
            line.connect()
        except OSError:
            line.close()
            return Outcome(Result.LATER, "unreachable")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        head = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        try:
            body = fill(self.body, values).encode()
            line.request("POST", target or "/", body, {**head, **self.headers})
            status = line.getresponse().status
        except (OSError, http.client.HTTPException):
            # Handed over, and no answer: sent or not, only a service that knows keys can say.
            return Outcome(Result.LATER if self.keyed else Result.UNSURE, "cut")
        finally:
            line.close()
        if 200 <= status < 300:
            return Outcome(Result.SENT)
        later = status in (408, 425, 429) or status >= 500
        return Outcome(Result.LATER if later else Result.REFUSED, f"status_{status}")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a JSON template with {name} replaced, each value escaped as JSON text is."""
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", json.dumps(value, ensure_ascii=False)[1:-1])
    return template


def _sms_service(settings: Settings) -> SmsService | None:
    address = settings.sms_url.get_secret_value()
    if not address:
        return None
    if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
        raise InvalidInput("sms_url", "unknown")
    headers = json.loads(settings.sms_headers.get_secret_value() or "{}")
    return SmsService(address, settings.sms_body, headers, settings.sms_keyed)
