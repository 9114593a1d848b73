"""The ways out against real servers of this machine: what goes out, and what each answer means."""

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from gridgov.config import Settings
from gridgov.domain.errors import InvalidInput
from gridgov.domain.notices import Outgoing, Result, Way
from gridgov.gateways.keys import new_keys
from gridgov.gateways.senders import Address, Senders, check_hook, fill, write_line
from tests.support.ports import free_port
from tests.support.servers import Gateway, MailBox

# A whole one: three digits of it may well stand in a port or in a folder's name.
PHONE = "13800138000"


def message(text: str = "新案件，请签收：井盖缺失", **more: Any) -> Outgoing:
    values = {
        "key": str(uuid4()),
        "title": "高明区网格服务",
        "text": text,
        "url": "http://localhost/work/cases/1",
        "urgent": False,
        "attempt": 1,
    }
    return Outgoing(**{**values, **more})


def senders(tmp_path: Path, **more: Any) -> Senders:
    return Senders(Settings(instance=tmp_path, testing=True, **more), new_keys())


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway.open() as made:
        yield made


@pytest.fixture
def mail_box() -> Iterator[MailBox]:
    with MailBox.open() as made:
        yield made


# --- file -----------------------------------------------------------------------------------


def test_a_file_holds_each_message_once_whatever_is_repeated(tmp_path: Path) -> None:
    one = message()
    first = write_line(tmp_path / "outbox.jsonl", "person:1", one)
    again = write_line(tmp_path / "outbox.jsonl", "person:1", message(key=one.key, attempt=2))
    write_line(tmp_path / "outbox.jsonl", "person:1", message(attempt=2))
    assert (first.result, again.result) == (Result.SENT, Result.SENT)
    lines = [json.loads(line) for line in (tmp_path / "outbox.jsonl").read_text().splitlines()]
    assert [line["key"] for line in lines].count(one.key) == 1
    assert len(lines) == 2
    assert lines[0]["to"] == "person:1"


def test_a_file_that_cannot_be_written_is_tried_later(tmp_path: Path) -> None:
    (tmp_path / "outbox.jsonl").mkdir()
    outcome = write_line(tmp_path / "outbox.jsonl", "person:1", message())
    assert (outcome.result, outcome.reason) == (Result.LATER, "not_writable")


# --- what is set up ----------------------------------------------------------------------------


def test_of_a_sample_nothing_leaves_and_switched_off_nothing_goes(tmp_path: Path) -> None:
    full = {
        "smtp_url": "smtp://localhost:2525",
        "mail_from": "a@example.org",
        "sms_url": "http://localhost/sms",
    }
    made = senders(tmp_path, **full)
    assert made.ways(sample=True) == {Way.FILE}
    assert made.ways(sample=False) == {Way.PUSH, Way.HOOK, Way.MAIL, Way.SMS}
    assert senders(tmp_path).ways(sample=False) == {Way.PUSH, Way.HOOK}
    assert senders(tmp_path, notices="off", **full).ways(sample=False) == frozenset()
    assert senders(tmp_path, notices="file", **full).ways(sample=False) == {Way.FILE}


def test_no_secret_stands_in_what_is_printed(tmp_path: Path) -> None:
    settings = Settings(
        instance=tmp_path,
        smtp_url="smtp://user:pass-word@localhost",
        mail_from="a@example.org",
        sms_url="https://sms.example.org/?key=sms-secret",
        sms_headers='{"Authorization": "Bearer head-secret"}',
    )
    made = Senders(settings, new_keys())
    printed = repr(settings) + repr(made._mail) + repr(made._sms) + repr(Address(Way.SMS, PHONE))
    for secret in ("pass-word", "sms-secret", "head-secret", PHONE):
        assert secret not in printed


@pytest.mark.parametrize("url", ["http://localhost", "smtp://", "localhost:25"])
def test_a_mail_server_that_is_none_stops_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidInput):
        senders(tmp_path, smtp_url=url, mail_from="a@example.org")


# --- SMS by HTTP -------------------------------------------------------------------------------


def test_an_sms_is_posted_as_the_template_says(tmp_path: Path, gateway: Gateway) -> None:
    body = '{"to": ["{phone}"], "content": "【高明】{text}", "out_id": "{id}"}'
    heads = '{"Authorization": "Bearer abc"}'
    made = senders(tmp_path, sms_url=gateway.url, sms_body=body, sms_headers=heads)
    one = message('有"引号"和\n换行')
    assert made.send(Address(Way.SMS, "13800138000"), one).result is Result.SENT
    (call,) = gateway.calls
    sent = json.loads(call.body)
    assert sent["to"] == ["13800138000"]
    assert sent["content"] == f"【高明】{one.text} {one.url}"
    assert sent["out_id"] == call.headers["Idempotency-Key"] == one.key
    assert call.headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Result.SENT),
        (202, Result.SENT),
        (400, Result.REFUSED),
        (401, Result.REFUSED),
        (408, Result.LATER),
        (429, Result.LATER),
        (500, Result.LATER),
        (503, Result.LATER),
    ],
)
def test_what_the_service_answers_decides(
    tmp_path: Path, gateway: Gateway, status: int, result: Result
) -> None:
    gateway.status = status
    outcome = senders(tmp_path, sms_url=gateway.url).send(Address(Way.SMS, PHONE), message())
    assert outcome.result is result
    assert PHONE not in outcome.reason


def test_a_service_that_is_not_there_got_nothing(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/sms"
    outcome = senders(tmp_path, sms_url=url).send(Address(Way.SMS, "138"), message())
    assert (outcome.result, outcome.reason) == (Result.LATER, "unreachable")


@pytest.mark.parametrize(("keyed", "result"), [(False, Result.UNSURE), (True, Result.LATER)])
def test_a_cut_line_is_repeated_only_where_the_service_knows_keys(
    tmp_path: Path, gateway: Gateway, keyed: bool, result: Result
) -> None:
    gateway.cut = True
    made = senders(tmp_path, sms_url=gateway.url, sms_keyed=keyed)
    assert made.send(Address(Way.SMS, "138"), message()).result is result
    assert made.keyed(Way.SMS) is keyed
    assert len(gateway.calls) == 1, "it was handed over"


def test_values_cannot_break_out_of_the_template() -> None:
    filled = fill('{"text": "{text}"}', {"text": '", "phone": "1\\'})
    assert json.loads(filled) == {"text": '", "phone": "1\\'}


# --- mail --------------------------------------------------------------------------------------


def test_a_mail_says_what_and_where_and_is_known_by_its_key(
    tmp_path: Path, mail_box: MailBox
) -> None:
    made = senders(tmp_path, smtp_url=mail_box.url, mail_from="网格 <grid@example.org>")
    one = message()
    assert made.send(Address(Way.MAIL, "chen@example.org"), one).result is Result.SENT
    (to, raw) = mail_box.mails[0]
    mail = message_from_bytes(raw, policy=policy.default)
    assert to == "chen@example.org"
    assert mail["Message-ID"] == f"<{one.key}@example.org>"
    assert one.text in mail["Subject"]
    assert one.url in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(("code", "result"), [(450, Result.LATER), (550, Result.REFUSED)])
def test_what_the_mail_server_answers_decides(
    tmp_path: Path, mail_box: MailBox, code: int, result: Result
) -> None:
    mail_box.refuse_with = code
    made = senders(tmp_path, smtp_url=mail_box.url, mail_from="grid@example.org")
    outcome = made.send(Address(Way.MAIL, "chen@example.org"), message())
    assert (outcome.result, outcome.reason) == (result, f"smtp_{code}")


def test_a_mail_server_that_hangs_up_with_the_mail_may_have_it(
    tmp_path: Path, mail_box: MailBox
) -> None:
    mail_box.hang_up = True
    made = senders(tmp_path, smtp_url=mail_box.url, mail_from="grid@example.org")
    assert made.send(Address(Way.MAIL, "a@example.org"), message()).result is Result.UNSURE
    away = senders(
        tmp_path, smtp_url=f"smtp://127.0.0.1:{free_port()}", mail_from="grid@example.org"
    )
    assert away.send(Address(Way.MAIL, "a@example.org"), message()).result is Result.LATER


# --- robots of groups --------------------------------------------------------------------------


def test_a_robot_says_text_and_link(tmp_path: Path, gateway: Gateway) -> None:
    address = gateway.url.replace("http://", "json://")
    one = message()
    assert senders(tmp_path).send(Address(Way.HOOK, address), one).result is Result.SENT
    said = json.loads(gateway.calls[0].body)
    assert said["title"] == one.title
    assert one.text in said["message"]
    assert one.url in said["message"]
    gateway.status = 500
    assert senders(tmp_path).send(Address(Way.HOOK, address), one).result is Result.LATER


def test_only_robots_of_groups_are_taken(capfd: pytest.CaptureFixture[str]) -> None:
    assert check_hook("wecombot://693a91f6-7aaa-4bc4-97a0-0ec2sifa5aaa") == "wecombot"
    assert check_hook(" feishu://" + "a" * 32) == "feishu"
    for address in ("", "syslog://", "https://example.org", "file:///etc/passwd", "dingtalk://"):
        with pytest.raises(InvalidInput) as caught:
            check_hook(address)
        assert caught.value.field == "hook"
    assert "693a91f6" not in "".join(capfd.readouterr())
