"""Notices at the edge: own settings, browsers, the administration's page, the mark on a case."""

import base64
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from gridgov.domain.notices import PERSON, UNIT, Fate, Recipient, Way
from gridgov.jobs import notices as jobs
from gridgov.services import notice_settings
from gridgov.storage import notice_people
from gridgov.storage.districts import District
from gridgov.storage.notice_people import NoticeHook, NoticeWish, PushSubscription
from gridgov.storage.notices import Delivery, Notice
from gridgov.storage.people import Person
from gridgov.web.instance import EXTENSION
from gridgov.web.notice_words import Words
from tests.support.app import token_in
from tests.web.edge import DISTRICT, Edge
from tests.web.reading import fields_of, words_of

MINE, ADMIN = "/account/notices", "/admin/notices"
HOST = "https://fcm.googleapis.com/fcm/send/"


@pytest.fixture(autouse=True)
def _fresh(edge: Edge) -> Iterator[None]:
    """No sample, so that things may leave; nothing told yet."""
    with edge.writing() as session:
        for table in (Notice, Delivery, NoticeHook, NoticeWish, PushSubscription):
            session.execute(delete(table))
        session.execute(update(District).values(sample=False))
    yield


def subscription(name: str = "one") -> str:
    """What a browser sends."""

    def text(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": text(point), "auth": text(os.urandom(16))}
    return json.dumps({"endpoint": HOST + name, "expirationTime": None, "keys": keys})


def browsers(edge: Edge) -> list[str]:
    with edge.rows() as session:
        return [row.recipient for row in session.scalars(select(PushSubscription))]


def person(edge: Edge, username: str) -> Recipient:
    with edge.rows() as session:
        found = session.scalars(select(Person.id).where(Person.username == username)).one()
    return Recipient(PERSON, str(found))


def post(client: FlaskClient, page: str, path: str, **form: Any) -> TestResponse:
    return client.post(path, data={"csrf_token": token_in(client.get(page).text), **form})


def lost(edge: Edge, username: str = "worker", **more: Any) -> Delivery:
    """A message that was not sent."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    values: dict[str, Any] = {"fate": str(Fate.FAILED), "reason": "status_503", "made_at": now}
    with edge.writing() as session:
        made = Delivery(
            district_code=DISTRICT,
            recipient=str(person(edge, username)),
            ways=[],
            title="高明区网格服务",
            text="新案件，请签收：井盖缺失（440608-261118-00001）",
            path="/staff",
            count=1,
            urgent=False,
            due_at=now,
            way="sms",
            attempt=6,
            **{**values, **more},
        )
        session.add(made)
    return made


# --- own settings ----------------------------------------------------------------------------


def test_a_person_says_how_to_be_told_and_finds_it_again(edge: Edge) -> None:
    client = edge.staff("worker")
    sent = {"ways": ["mail"], "digest": "yes", "language": "en"}
    sent |= {"phone": "138 0013 8000", "mail": "chen@example.org"}
    answer = post(client, MINE, MINE, **sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{MINE}?saved=1")
    fields = fields_of(client.get(MINE).text)
    assert fields["ways"] == ["mail"]
    assert (fields["digest"], fields["language"]) == (["yes"], ["en"])
    assert (fields["phone"], fields["mail"]) == (["13800138000"], ["chen@example.org"])
    with edge.rows() as session:
        (row,) = session.scalars(select(NoticeWish)).all()
    assert b"13800138000" not in (row.phone_sealed or b"") + (row.mail_sealed or b"")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("phone", "12345", "11 位"), ("mail", "chen at home", "这不是邮箱地址")],
)
def test_what_cannot_be_kept_comes_back_with_a_sentence_and_nothing_lost(
    edge: Edge, field: str, value: str, said: str
) -> None:
    client = edge.staff("worker")
    sent = {"ways": ["sms"], "digest": "yes", "phone": "", "mail": "", field: value}
    answer = post(client, MINE, MINE, **sent)
    assert answer.status_code == 400
    assert said in words_of(answer.text)
    fields = fields_of(answer.text)
    assert (fields[field], fields["digest"], fields["ways"]) == ([value], ["yes"], ["sms"])
    with edge.rows() as session:
        assert session.scalars(select(NoticeWish)).all() == []


def test_a_browser_is_told_once_and_no_more_when_it_says_so(edge: Edge) -> None:
    client, sent = edge.staff("worker"), subscription()
    for _ in range(2):
        assert post(client, MINE, f"{MINE}/browser", subscription=sent).status_code == 204
    assert browsers(edge) == [str(person(edge, "worker"))]
    assert "1 个浏览器" in words_of(client.get(MINE).text)
    assert post(client, MINE, f"{MINE}/browser/forget", subscription=sent).status_code == 204
    assert browsers(edge) == []


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "{",
        "[]",
        json.dumps({"endpoint": "http://127.0.0.1/x", "keys": {"p256dh": "a", "auth": "b"}}),
    ],
)
def test_what_is_no_browser_is_refused(edge: Edge, sent: str) -> None:
    answer = post(edge.staff("worker"), MINE, f"{MINE}/browser", subscription=sent)
    assert answer.status_code == 400
    assert browsers(edge) == []


def test_a_person_has_at_most_ten_browsers_and_the_newest_stay(edge: Edge) -> None:
    client = edge.staff("worker")
    for number in range(notice_settings.MOST_BROWSERS + 3):
        post(client, MINE, f"{MINE}/browser", subscription=subscription(f"n{number}"))
    with edge.rows() as session:
        kept = [row.keys["endpoint"] for row in session.scalars(select(PushSubscription))]
    assert len(kept) == notice_settings.MOST_BROWSERS
    assert HOST + "n12" in kept
    assert HOST + "n0" not in kept


def test_the_worker_script_is_served_from_the_root(edge: Edge) -> None:
    answer = edge.visitor().get("/push-worker.js")
    assert answer.status_code == 200
    assert "javascript" in answer.headers["Content-Type"]
    assert "showNotification" in answer.text


# --- residents -------------------------------------------------------------------------------


def test_whoever_holds_a_receipt_may_be_told_by_the_browser(edge: Edge) -> None:
    code = edge.report()
    page = edge.visitor().get(f"/r/{code}").text
    assert f"/r/{code}/browser" in page
    sent = subscription()
    answer = edge.visitor().post(f"/r/{code}/browser", data={"subscription": sent})
    assert answer.status_code == 204
    assert browsers(edge) == [f"report:{edge.told(code).id}"]
    assert edge.visitor().post("/r/AAAA-AAAA-AAAA/browser", data={}).status_code == 404
    edge.visitor().post(f"/r/{code}/browser/forget", data={"subscription": sent})
    assert browsers(edge) == []


def test_a_sample_promises_no_resident_anything(edge: Edge) -> None:
    with edge.writing() as session:
        session.execute(update(District).values(sample=True))
    code = edge.report()
    assert "notices-push" not in edge.visitor().get(f"/r/{code}").text
    mine = words_of(edge.staff("worker").get(MINE).text)
    assert "尚未接通对外发送" in mine
    assert "outbox.jsonl" not in mine  # a name only the administrator can do anything with


# --- administration --------------------------------------------------------------------------


def test_the_page_names_who_was_not_reached_and_why(edge: Edge) -> None:
    lost(edge)
    words = words_of(edge.staff("system_admin").get(ADMIN).text)
    assert "陈海怡" in words
    assert "发送服务返回 503" in words
    assert "再试一次" in words
    assert "未送达 1" in words


def test_who_was_reached_later_is_not_missing_any_more(edge: Edge) -> None:
    lost(edge)
    lost(edge, fate=str(Fate.SENT), made_at=datetime.now(UTC), reason=None)
    words = words_of(edge.staff("system_admin").get(ADMIN).text)
    assert "都送达了" in words


def test_a_message_is_tried_again_by_hand(edge: Edge) -> None:
    one, admin = lost(edge), edge.staff("system_admin")
    post(edge.staff("worker"), MINE, MINE, ways=["sms", "push"], phone="13800138000")
    post(edge.staff("worker"), MINE, f"{MINE}/browser", subscription=subscription())
    answer = post(admin, ADMIN, f"{ADMIN}/{one.id}/retry")
    assert answer.status_code == 303
    with edge.rows() as session:
        kept = session.get_one(Delivery, one.id)
    assert (kept.fate, kept.way, kept.attempt) == (Fate.READY, "push", 0)
    assert post(admin, ADMIN, f"{ADMIN}/{one.id}/retry").status_code == 409, "it is on its way"
    assert post(admin, ADMIN, f"{ADMIN}/{uuid4()}/retry").status_code == 404
    assert post(edge.staff("worker"), MINE, f"{ADMIN}/{one.id}/retry").status_code == 403


def test_a_robot_is_kept_sealed_tested_and_removed(edge: Edge) -> None:
    admin, secret = edge.staff("system_admin"), "wecombot://693a91f6-7aaa-4bc4-97a0-0ec2sifa5aaa"
    answer = post(admin, ADMIN, f"{ADMIN}/hooks", unit="ZJSL", hook=secret)
    assert answer.status_code == 303, words_of(answer.text)
    page = admin.get(ADMIN).text
    assert "wecombot" in page
    assert "693a91f6" not in page
    with edge.rows() as session:
        (row,) = notice_people.hooks(session, DISTRICT)
    assert b"693a91f6" not in row.address_sealed
    assert post(admin, ADMIN, f"{ADMIN}/test", way="hook", unit="ZJSL").status_code == 303
    with edge.rows() as session:
        (test,) = session.scalars(select(Delivery)).all()
    assert (test.recipient, test.way) == (str(Recipient(UNIT, "ZJSL")), "hook")
    assert post(admin, ADMIN, f"{ADMIN}/hooks/{row.id}/remove").status_code == 303
    with edge.rows() as session:
        assert list(notice_people.hooks(session, DISTRICT)) == []


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"unit": "ZJSL", "hook": "https://example.org"}, "群机器人地址"),
        ({"unit": "none", "hook": "jsons://example.org/x"}, "请选择是哪个单位的群"),
    ],
)
def test_a_robot_that_cannot_be_is_refused_with_a_sentence(
    edge: Edge, form: dict[str, str], said: str
) -> None:
    answer = post(edge.staff("system_admin"), ADMIN, f"{ADMIN}/hooks", **form)
    assert answer.status_code == 400
    assert said in words_of(answer.text)


def test_a_way_that_is_not_set_up_cannot_be_tested(edge: Edge) -> None:
    admin = edge.staff("system_admin")
    for way in ("sms", "pigeon"):
        answer = post(admin, ADMIN, f"{ADMIN}/test", way=way)
        assert answer.status_code == 400
        assert "这种方式还没有开通" in words_of(answer.text)


# --- a case ----------------------------------------------------------------------------------


def test_the_page_of_a_case_says_that_its_holder_was_not_reached(edge: Edge) -> None:
    case = edge.case(edge.report())
    assert case.assignee_id is not None
    row, now = lost(edge), datetime.now(UTC)
    with edge.writing() as session:
        session.add(
            Notice(
                district_code=DISTRICT,
                key="1",
                recipient=row.recipient,
                kind="assigned",
                case_id=case.id,
                language="zh-Hans",
                text=row.text,
                path=row.path,
                planned_at=now,
                due_at=now,
                delivery_id=row.id,
            )
        )
    page = words_of(edge.staff("dispatcher").get(f"/work/cases/{case.id}").text)
    assert "通知未能送达：陈海怡" in page
    assert "请打电话告知" in page
    own = words_of(edge.staff("worker").get(f"/work/cases/{case.id}").text)
    assert "通知未能送达" not in own, "whoever was not reached has found it"
    marked = r'data-case="([0-9a-f-]+)"(?:(?!data-case).)*通知未送达'
    desk = edge.staff("dispatcher").get("/desk?tab=open").text
    assert re.findall(marked, desk, re.DOTALL) == [str(case.id)], "its row alone says so"
    with edge.writing() as session:
        session.execute(update(Delivery).values(fate=str(Fate.SENT)))
    page = words_of(edge.staff("dispatcher").get(f"/work/cases/{case.id}").text)
    assert "通知未能送达" not in page
    assert "通知未送达" not in edge.staff("dispatcher").get("/desk?tab=open").text


# --- the whole way ---------------------------------------------------------------------------


def test_the_sample_writes_what_it_would_send_into_a_file(edge: Edge) -> None:
    with edge.writing() as session:
        session.execute(update(District).values(sample=True))
    with edge.app.app_context():
        held = edge.app.extensions[EXTENSION]
        post_office = jobs.Post(held.senders, held.vault, Words(), "http://localhost:8000")
        jobs.plan_all(post_office, datetime.now(UTC))
    edge.report()
    with edge.app.app_context():
        assert jobs.plan_all(post_office, datetime.now(UTC)) >= 1
        with edge.writing() as session:  # urgent: whatever the hour is there
            session.execute(update(Notice).values(due_at=datetime.now(UTC), urgent=True))
        jobs.plan_all(post_office, datetime.now(UTC))
        assert jobs.send_due(post_office) >= 1
        assert jobs.send_due(post_office) == 0
    lines = (edge.installation.instance / "outbox.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])
    assert last["text"].startswith("新案件，请签收：")
    assert last["url"].startswith("http://localhost:8000/work/cases/")
    assert Way.FILE == "file"
