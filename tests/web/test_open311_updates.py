"""Open311-FMS: updates are read by everybody and added by the key that brought a request in."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gridgov.services import history
from gridgov.storage.history import of_case
from tests.support.app import Installation
from tests.support.images import jpeg
from tests.web.edge import DISTRICT, SMALL, Edge, opened, picture
from tests.web.open311 import (
    FORMATS,
    Partner,
    case_of,
    error,
    everybody,
    partner,
    photos_of,
    tree,
)
from tests.web.reading import words_of

UPDATES = "servicerequestupdates"
FMS = {
    "status": "OPEN",
    "updated_datetime": "2026-11-22T08:00:00+08:00",
    "description": "现在又多了两袋",
    "first_name": "Ada",
    "last_name": "Wong",
    "email": "ada@example.org",
}


@pytest.fixture
def edge(installation: Installation) -> Iterator[Edge]:
    with opened(installation) as made:
        yield made


def updates(who: Partner, number: str | None = None, **args: Any) -> list[dict[str, Any]]:
    """Return the updates of a request (or of all), the oldest first."""
    answer = who.get(f"{UPDATES}.json", **args)
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json if number in (None, one["service_request_id"])]


def add(who: Partner, number: str, update_id: str = "1", fmt: str = "json", **more: Any) -> Any:
    values = {**FMS, "service_request_id": number, "update_id": update_id, **more}
    return who.post(f"{UPDATES}.{fmt}", **values)


# Reading -----------------------------------------------------------------------------------


def test_updates_tell_the_steps_of_a_request_in_the_words_of_fixmystreet(edge: Edge) -> None:
    case = edge.case(edge.closed())
    found = updates(everybody(edge), case.number)
    assert [one["status"] for one in found] == [
        "ACTION_SCHEDULED",
        "IN_PROGRESS",
        "IN_PROGRESS",
        "FIXED",
    ]
    assert [one["description"] for one in found] == ["已受理", "处理中", "已清走", "已办结"]
    assert len({one["update_id"] for one in found}) == 4
    times = [datetime.fromisoformat(one["updated_datetime"]) for one in found]
    assert times == sorted(times)
    assert all("." not in one["updated_datetime"] for one in found)


def test_updates_come_in_xml_as_the_adapter_reads_them(edge: Edge) -> None:
    number = partner(edge).report()
    root = tree(everybody(edge).get(f"{UPDATES}.xml"))
    assert (root.tag, {child.tag for child in root}) == (
        "service_request_updates",
        {"request_update"},
    )
    mine = next(one for one in root if one.findtext("service_request_id") == number)
    assert [child.tag for child in mine] == [
        "update_id",
        "service_request_id",
        "status",
        "updated_datetime",
        "description",
        "media_url",
    ]


def test_a_rejected_and_a_reopened_request_have_their_own_words(edge: Edge) -> None:
    code = edge.closed()
    edge.visitor().post(f"/r/{code}/rate", data={"solved": "no", "satisfaction": "5"})
    assert updates(everybody(edge), edge.case(code).number)[-1]["status"] == "REOPEN"
    code = edge.report()
    case_id = edge.case(code).id
    edge.act(edge.staff("worker"), case_id, "return", reason="too_little_known", text="找不到")
    edge.act(edge.staff("dispatcher"), case_id, "reject", reason="duplicate", text="已有人报过")
    last = updates(everybody(edge), edge.case(code).number)[-1]
    assert (last["status"], last["description"]) == ("DUPLICATE", "已有人报过")


def test_notes_among_staff_and_words_of_residents_are_no_updates(edge: Edge) -> None:
    code = edge.report()
    edge.visitor().post(f"/r/{code}/more", data={"text": "我的电话在门上"})
    case_id = edge.case(code).id
    edge.act(edge.staff("worker"), case_id, "return", reason="too_little_known", text="找不到")
    told = str(updates(partner(edge), edge.case(code).number))
    assert "门上" not in told and "找不到" not in told


def test_updates_of_classes_that_are_not_public_are_for_their_key(edge: Edge) -> None:
    who = partner(edge)
    wages = {"attribute[people]": "3", "attribute[employer]": "某工地"}
    number = who.report(service_code="0804", **wages)
    assert updates(everybody(edge), number) == []
    assert updates(partner(edge), number, api_key="nonsense") == []
    assert len(updates(who, number, api_key=who.key)) == 1


def test_updates_are_asked_for_by_time_and_page(edge: Edge) -> None:
    who = everybody(edge)
    partner(edge).report()
    everything = updates(who)
    newest = everything[-1]["updated_datetime"]
    later = datetime.fromisoformat(newest) + timedelta(seconds=1)
    assert everything[-1] in updates(who, start_date=newest, end_date=later.isoformat())
    assert updates(who, start_date=later.isoformat()) == []
    old = (datetime.now(UTC) - timedelta(days=400)).isoformat(timespec="seconds")
    assert updates(who, end_date=old) == []
    assert "90" in error(who.get(f"{UPDATES}.json", start_date=old, end_date=newest), 400)
    pages: list[list[dict[str, Any]]] = []
    while not pages or pages[-1]:
        pages.append(updates(who, page=str(len(pages) + 1), page_size="3"))
    assert [one for page in pages for one in page] == everything


# Adding ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_update_is_added_and_its_id_is_the_one_that_is_listed(edge: Edge, fmt: str) -> None:
    who = partner(edge)
    number = who.report()
    answer = add(who, number, fmt=fmt)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, FORMATS[fmt])
    if fmt == "xml":
        update_id = tree(answer).findtext("request_update/update_id")
    else:
        assert len(answer.json) == 1
        update_id = answer.json[0]["update_id"]
    mine = [one for one in updates(who, number, api_key=who.key) if one["update_id"] == update_id]
    assert [one["description"] for one in mine] == [FMS["description"]]
    assert FMS["description"] not in str(updates(everybody(edge), number))
    case = case_of(edge, number)
    assert case.state == "dispatched", "the client's word for the state changes nothing"
    page = words_of(edge.staff("worker").get(f"/work/cases/{case.id}").text)
    assert str(FMS["description"]) in page
    assert "ada@example.org" not in page
    with edge.rows() as session:
        assert history.verify(session, DISTRICT)[1] is None


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_repeated_update_id_is_refused_and_adds_nothing(edge: Edge, fmt: str) -> None:
    who = partner(edge)
    number = who.report()
    assert add(who, number, "fms-7").status_code == 200
    before = case_of(edge, number).history_seq
    again = add(who, number, "fms-7", fmt, description="别的话")
    assert again.headers["Content-Type"] == FORMATS[fmt]
    assert "update_id" in error(again, 400)
    english = add(who, number, "fms-7", f"{fmt}?locale=en")
    assert "already exists" in error(english, 400), "what FixMyStreet looks for"
    assert case_of(edge, number).history_seq == before
    assert add(who, number, "fms-8").status_code == 200


def test_the_same_update_twice_at_once_is_added_once(edge: Edge) -> None:
    who = partner(edge)
    number = who.report()
    before = case_of(edge, number).history_seq
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: add(who, number), range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
    assert case_of(edge, number).history_seq == before + 1


def test_photos_and_links_come_with_an_update(edge: Edge) -> None:
    who = partner(edge)
    number = who.report()
    written = f"data:image/jpeg;base64,{base64.b64encode(jpeg(size=SMALL, seed=9)).decode()}"
    link = "https://example.org/b.jpg"
    answer = add(
        who,
        number,
        description="",
        photo1=[picture(1)],
        photo2=[picture(2)],
        media_url=[written, link],
    )
    assert answer.status_code == 200, answer.text
    assert photos_of(edge, number) == 3
    with edge.rows() as session:
        assert of_case(session, case_of(edge, number).id)[-1].text == link


def test_only_the_key_that_brought_a_request_in_may_add_to_it(edge: Edge) -> None:
    who, other = partner(edge), partner(edge)
    number = who.report()
    residents = edge.case(edge.report()).number
    for stranger, wanted in ((other, number), (who, residents), (who, "440608-000000-00000")):
        assert wanted in error(add(stranger, wanted), 404)
    assert error(add(everybody(edge), number), 403)


WRONG = [
    ({"service_request_id": ""}, "service_request_id"),
    ({"description": ""}, "description"),
    ({"description": "长" * 4001}, "4000"),
    ({"update_id": "a b"}, "update_id"),
    ({"updated_datetime": "now"}, "updated_datetime"),
    ({"media_url": "ftp://example.org"}, "media_url"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG, ids=lambda one: str(one)[:30])
def test_what_is_wrong_with_an_update_is_named(
    edge: Edge, wrong: dict[str, str], said: str
) -> None:
    who = partner(edge)
    number = who.report()
    assert said in error(add(who, number, **wrong), 400)
    assert case_of(edge, number).history_seq == 2


def test_nothing_is_added_to_what_was_not_taken_up(edge: Edge) -> None:
    who = partner(edge)
    number = who.report()
    case_id = case_of(edge, number).id
    edge.act(edge.staff("worker"), case_id, "return", reason="too_little_known", text="找不到")
    edge.act(edge.staff("dispatcher"), case_id, "reject", reason="cannot_verify", text="没看到")
    assert error(add(who, number), 400)
