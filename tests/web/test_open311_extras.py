"""Open311: what comes with a request: who sends it, photos, answers, client ids, any words."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.domain.intake import MAX_TEXT, check_text
from gridgov.domain.privacy import mask_personal
from gridgov.storage.reports import Reporter
from gridgov.web.instance import instance
from tests.support import images
from tests.support.images import jpeg
from tests.web.edge import SMALL, TEXT, Edge, file, picture
from tests.web.open311 import (
    FORMATS,
    ROOT,
    Partner,
    case_of,
    count,
    error,
    everybody,
    partner,
    photos_of,
    report_of,
    request,
    tree,
)
from tests.web.reading import words_of

WAGES, PARKING, FIGHT, VICE = "0804", "0302", "0702", "0704"


@pytest.fixture(scope="module")
def who(edge: Edge) -> Partner:
    return partner(edge)


# Who sends it ------------------------------------------------------------------------------


def test_name_mail_and_phone_are_sealed_apart_from_the_case(edge: Edge, who: Partner) -> None:
    secret = {
        "first_name": "Wing",
        "last_name": "Lau-Ferreira",
        "email": "wing@example.org",
        "phone": "138 1234 5678",
        "device_id": "tt222111",
        "account_id": "a-7",
    }
    number = who.report(**secret)
    report = report_of(edge, number)
    with edge.rows() as session:
        row = session.get_one(Reporter, report.reporter_id)
        vault = instance().vault

        def opened(name: str, blob: bytes | None) -> str:
            return vault.open(blob or b"", context=f"reporter.{name}:{row.id}")

        assert opened("name", row.name_sealed) == "Wing Lau-Ferreira"
        assert opened("email", row.email_sealed) == "wing@example.org"
        assert opened("phone", row.phone_sealed) == "13812345678"
    told = str(who.one(number)) + edge.visitor().get(f"{ROOT}/requests/{number}.xml").text
    assert not [value for value in secret.values() if value in told]


@pytest.mark.parametrize("phone", ["+44 20 7946 0018", "111111111", "ask the desk, ext. 4"])
def test_a_phone_of_another_country_is_kept_and_refuses_nothing(
    edge: Edge, who: Partner, phone: str
) -> None:
    report = report_of(edge, who.report(phone=phone))
    with edge.rows() as session:
        row = session.get_one(Reporter, report.reporter_id)
        context = f"reporter.phone:{row.id}"
        assert instance().vault.open(row.phone_sealed or b"", context=context) == phone


def test_a_name_of_one_word_and_line_breaks_of_windows_are_taken(edge: Edge, who: Partner) -> None:
    number = who.report(first_name="阿明", last_name="", description="第一行\r\n第二行")
    assert who.one(number)["description"] == "第一行\n第二行"
    xml = tree(who.get(f"requests/{number}.xml"))
    assert xml.findtext("request/description") == "第一行\n第二行"


def test_a_description_is_not_required(edge: Edge, who: Partner) -> None:
    assert who.one(who.report(description=None))["description"] == "暴露垃圾"
    silent = who.report(description="", media=picture())
    assert who.one(silent)["description"] is None


def test_a_description_may_have_4000_characters(edge: Edge, who: Partner) -> None:
    long = "垃" * MAX_TEXT
    assert MAX_TEXT == 4000
    assert who.one(who.report(description=long))["description"] == long


# Photos ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"media": [picture(1)]},
        {"media": [picture(1), picture(2)]},
        {"photo": [picture(1)], "photo1": [picture(2)], "photo2": [picture(3)]},
        {"media[]": [picture(1)], "media_url": [picture(2)]},
    ],
    ids=["media", "repeated", "photoN", "others"],
)
def test_photos_come_as_files_of_a_multipart_form(
    edge: Edge, who: Partner, fields: dict[str, Any]
) -> None:
    names = {
        name: [file(one[0].getvalue(), one[1]) for one in many] for name, many in fields.items()
    }
    assert photos_of(edge, who.report(**names)) == sum(map(len, fields.values()))


def test_photos_come_written_out_as_data_addresses(edge: Edge, who: Partner) -> None:
    written = [
        f"data:image/jpeg;base64,{base64.b64encode(jpeg(size=SMALL, seed=seed)).decode()}"
        for seed in (7, 8)
    ]
    number = who.report(media_url=[*written, "https://example.org/a.jpg"])
    assert photos_of(edge, number) == 2
    assert report_of(edge, number).answers == {"media_url": ["https://example.org/a.jpg"]}


def test_a_link_to_a_picture_is_kept_for_the_worker_and_never_opened(
    edge: Edge, who: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_way_out(*_args: Any, **_more: Any) -> Any:
        raise AssertionError("a foreign address was opened")

    monkeypatch.setattr("socket.socket.connect", no_way_out)
    monkeypatch.setattr("socket.getaddrinfo", no_way_out)
    links = ["http://169.254.169.254/latest/meta-data", "https://example.org/a.jpg?x=1"]
    number = who.report(media_url=links)
    assert report_of(edge, number).answers == {"media_url": links}
    shown = who.one(number)
    assert (shown["media_url"], shown["description"]) == (None, TEXT)
    page = words_of(edge.staff("worker").get(f"/work/cases/{case_of(edge, number).id}").text)
    assert all(link in page for link in links)


def test_what_is_no_photo_is_refused_with_a_sentence(edge: Edge, who: Partner) -> None:
    program = file(images.PRETENDERS["Linux executable"], "photo.jpg")
    assert "照片" in error(who.post(**request(edge, media=[program])), 400)
    seven = [picture(seed) for seed in range(7)]
    assert "media" in error(who.post(**request(edge, media=seven)), 400)


# Answers -----------------------------------------------------------------------------------


def test_questions_that_must_be_answered_are_named(edge: Edge, who: Partner) -> None:
    sent = request(edge, service_code=WAGES, **{"attribute[employer]": "某工地"})
    assert error(who.post(**sent), 400).startswith("attribute[people]: ")
    for wrong, said in (("many", "数字"), (["1", "2"], "一个")):
        answer = who.post(**sent, **{"attribute[people]": wrong})
        assert said in error(answer, 400)
    lists = {"attribute[people]": "3", "attribute[papers][]": ["contract", "gold"]}
    assert "payslip" in error(who.post(**sent, **lists), 400)


def test_answers_are_kept_and_shown_to_whoever_handles_the_case(edge: Edge, who: Partner) -> None:
    number = who.report(
        service_code=PARKING,
        **{
            "attribute[plate]": " 粤E12345 ",
            "attribute[blocks][]": ["exit", "fire", "exit"],
            "attribute[fixmystreet_id]": "42",
        },
    )
    assert report_of(edge, number).answers == {"plate": "粤E12345", "blocks": ["exit", "fire"]}
    assert "粤E12345" not in str(who.one(number, api_key=who.key, extensions="true"))
    page = words_of(edge.staff("worker").get(f"/work/cases/{case_of(edge, number).id}").text)
    assert "车牌号码是多少？ 粤E12345" in page
    assert "出入口，消防通道" in page


# Client ids --------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["client_token", "Idempotency-Key"])
def test_the_same_client_id_again_is_the_same_request(edge: Edge, who: Partner, way: str) -> None:
    client_id = f"req-{uuid4()}"
    values = request(edge) | ({"client_token": client_id} if way == "client_token" else {})
    headers = {"Idempotency-Key": client_id} if way != "client_token" else {}
    address = f"{ROOT}/requests.json"

    def send(key: str) -> str:
        answer = who.client().post(address, data={**values, "api_key": key}, headers=headers)
        assert answer.status_code == 200
        number: str = answer.json[0]["service_request_id"]
        return number

    first = send(who.key)
    before = count(edge)
    assert send(who.key) == first
    assert count(edge) == before
    other = partner(edge)
    assert send(other.key) != first, "two partners may use the same numbers"
    assert report_of(edge, first).external_id == client_id


def test_the_same_client_id_twice_at_once_is_one_request(edge: Edge, who: Partner) -> None:
    values = request(edge, client_token="1")
    before = count(edge)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: who.post(**values), range(4)))
    assert len({answer.json[0]["service_request_id"] for answer in answers}) == 1
    assert count(edge) == before + 1


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_token_leads_to_the_number(edge: Edge, fmt: str) -> None:
    who = partner(edge)
    number = who.report(client_token=f"order-{fmt}")
    answer = everybody(edge).get(f"tokens/order-{fmt}.{fmt}")
    if fmt == "json":
        assert answer.json == [{"service_request_id": number, "token": f"order-{fmt}"}]
    else:
        assert tree(answer).findtext("request/service_request_id") == number
    partner(edge).report(client_token=f"order-{fmt}")
    assert error(everybody(edge).get(f"tokens/order-{fmt}.{fmt}"), 404), "it could be either"


# Any words ---------------------------------------------------------------------------------


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=25,
)
@given(st.text(max_size=200))
def test_any_words_come_back_whole_in_both_formats(edge: Edge, who: Partner, text: str) -> None:
    answer = who.post(**request(edge, description=text, address_string=text[:100]))
    if answer.status_code != 200:
        assert "110" in answer.text or "119" in answer.text or "120" in answer.text
        return
    number = answer.json[0]["service_request_id"]
    kept = mask_personal(check_text(text)) or "暴露垃圾"
    assert who.one(number)["description"] == kept
    xml = tree(who.get(f"requests/{number}.xml")).findtext("request/description")
    assert xml == kept
