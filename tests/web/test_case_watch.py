"""Supervision, instructions, self-handled cases, spot checks, and the files of a case."""

import re
import zlib
from base64 import a85decode
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from docx import Document
from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.photos import AFTER, BEFORE, Photo
from tests.support.acts import DISTRICT, set_ladder
from tests.support.app import token_in
from tests.web.casework import assert_refused, do, handling, local, offered, page, tab
from tests.web.edge import GRID, Edge, file, picture
from tests.web.reading import fields_of, words_of

PHONE = "13923456789"
TOWN = "440608004"


# Supervision ------------------------------------------------------------------------------


def test_supervision_rises_is_seen_on_card_and_page_and_is_ended(edge: Edge) -> None:
    leader, worker = edge.staff("supervisor"), edge.staff("worker")
    code, case_id = handling(edge)
    assert_refused(edge, leader, case_id, "supervise", "请选督办级别", reason="by_hand")
    assert_refused(edge, leader, case_id, "supervise", "请选一个理由", level="yellow")
    do(edge, leader, case_id, "supervise", level="yellow", reason="by_hand", text="今天办完")
    assert "黄色督办" in words_of(worker.get("/work?tab=handling").text)
    html = page(worker, case_id)
    assert "黄色督办" in words_of(html)
    assert "今天办完" in words_of(html)
    html = page(leader, case_id)
    assert 'value="red"' in html and 'value="ordinary"' not in html, "it only rises"
    kept = {"level": "ordinary", "reason": "by_hand"}
    assert_refused(edge, leader, case_id, "supervise", "已是同级或更高级督办", **kept)
    assert edge.act(worker, case_id, "end_supervision", text="x").status_code == 403
    do(edge, leader, case_id, "end_supervision", text="已办")
    assert edge.case(code).supervision is None
    assert "end_supervision" not in offered(page(leader, case_id), case_id)


def test_a_town_reads_who_watches_and_cannot_end_what_the_district_set(edge: Edge) -> None:
    with edge.writing() as session:
        person = Person(district_code=DISTRICT, username="townleader", name="镇督导")
        session.add(person)
        session.flush()
        session.add(GrantRow(person_id=person.id, role="supervisor", area_code=TOWN))
    leader, town = edge.staff("supervisor"), edge.colleague("townleader")
    code, case_id = handling(edge)
    do(edge, town, case_id, "supervise", level="ordinary", reason="by_hand")
    assert "只有镇街一级或上级可以撤销" in words_of(page(leader, case_id))
    assert "end_supervision" in offered(page(town, case_id), case_id)
    do(edge, leader, case_id, "supervise", level="red", reason="by_hand", text="区里盯办")
    html = page(town, case_id)
    assert "只有区一级或上级可以撤销" in words_of(html), "and why there is no button"
    assert "end_supervision" not in offered(html, case_id)
    assert edge.act(town, case_id, "end_supervision", text="x").status_code == 403
    assert edge.case(code).supervision == "red"
    do(edge, leader, case_id, "end_supervision", text="已办")
    assert edge.case(code).supervision is None


def test_a_supervision_by_rule_says_why_in_the_history(edge: Edge) -> None:
    with edge.writing() as session:
        set_ladder(session, on=True)
    earlier, leader = edge.closed(phone=PHONE), edge.staff("supervisor")
    number = edge.case(earlier).number
    case_id = edge.case(edge.report(phone=PHONE)).id
    said = words_of(page(leader, case_id))
    assert "红色督办" in said and "重复投诉" in said
    assert f"此前已结案：{number}" in said
    assert edge.visitor().post(f"/r/{earlier}/rate", data={"solved": "no"}).status_code == 303
    said = words_of(page(leader, edge.case(earlier).id))
    assert "红色督办" in said and "重复投诉" in said


def test_an_instruction_sets_an_earlier_target_and_never_the_limit(edge: Edge) -> None:
    leader = edge.staff("supervisor")
    code, case_id = handling(edge)
    due = edge.case(code).due_at
    late = {"text": "尽快", "until": local(due + timedelta(days=1))}
    html = assert_refused(edge, leader, case_id, "instruct", "最晚", **late)
    assert "尽快" in fields_of(html)["text"]
    target = local(due - timedelta(minutes=10))
    do(edge, leader, case_id, "instruct", text="尽快", until=target)
    assert edge.case(code).due_at == due
    assert "领导要求" in words_of(page(edge.staff("worker"), case_id))
    worker, desk = edge.staff("worker"), edge.staff("dispatcher")
    for shown in (worker.get("/work?tab=handling"), desk.get("/desk?tab=open")):
        row = next(one for one in shown.text.split("<li") if str(case_id) in one)
        assert "前办好" in words_of(row), "cards and rows say it too"
    edge.done(worker, case_id, "resolve")
    shown = desk.get("/desk?tab=check").text
    row = next(one for one in shown.split("<li") if str(case_id) in one)
    assert "前办好" not in words_of(row), "it is done"


def test_the_order_is_a_word_file_without_anybodys_phone(edge: Edge) -> None:
    leader, worker = edge.staff("supervisor"), edge.staff("worker")
    code, case_id = handling(edge, text=f"楼下垃圾堆了几天，电话{PHONE}")
    address = f"/work/cases/{case_id}/supervision.docx"
    assert leader.get(address).status_code == 404, "nobody supervises it yet"
    given = {"level": "red", "reason": "by_hand", "text": f"今天办完，联系{PHONE}"}
    do(edge, leader, case_id, "supervise", **given)
    answer = leader.get(address)
    assert (answer.status_code, answer.headers["Content-Disposition"].endswith('.docx"')) == (
        200,
        True,
    )
    document = Document(BytesIO(answer.data))
    said = [line.text for line in document.paragraphs]
    said += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    whole = "\n".join(said)
    for part in ("督办单", edge.case(code).number, "红色督办", "今天办完", "暴露垃圾"):
        assert part in whole
    assert PHONE not in whole
    assert worker.get(address).status_code == 403
    assert address in page(leader, case_id) and address not in page(worker, case_id)


# The case on paper --------------------------------------------------------------------------


def text_of(pdf: bytes) -> str:
    """Return the characters a PDF draws, as it draws them: UTF-16 in strings."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            body = zlib.decompress(a85decode(stream.strip().removesuffix(b"~>")))
        except (ValueError, zlib.error):
            continue  # a picture
        for drawn in re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", body, re.DOTALL):
            found.append(_unescaped(drawn).decode("utf-16-be", "replace"))
    return "\n".join(found)


def _unescaped(drawn: bytes) -> bytes:
    def plain(hit: re.Match[bytes]) -> bytes:
        said = hit[1]
        named = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
        return bytes([int(said, 8)]) if said.isdigit() else named.get(said, said)

    return re.sub(rb"\\([0-7]{3}|.)", plain, drawn, flags=re.DOTALL)


def test_a_case_prints_with_history_photos_and_who_printed_it(edge: Edge) -> None:
    worker = edge.staff("worker")
    code, case_id = handling(edge, text=f"埇口垃圾，电话{PHONE}", photos=[picture(1)])
    do(edge, worker, case_id, "note", text=f"物业{PHONE}说明天来")
    with edge.rows() as session:
        username = edge.installation.login("worker")["username"]
        name = session.scalars(select(Person.name).where(Person.username == username)).one()
    answer = worker.get(f"/work/cases/{case_id}/case.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert b"/Image" in answer.data, "the photo is in it"
    whole = text_of(answer.data).replace("\n", "")
    for part in ("暴露垃圾", edge.case(code).number, "埇口垃圾", "签收", "说明天来", "打印", name):
        assert part in whole, part
    assert PHONE not in whole
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_case_of_others_does_not_print(edge: Edge) -> None:
    _, case_id = handling(edge)
    assert edge.staff("handler").get(f"/work/cases/{case_id}/case.pdf").status_code == 404
    assert edge.staff("worker").get(f"/work/cases/{new_id()}/case.pdf").status_code == 404


# Found and done ------------------------------------------------------------------------------


def found(edge: Edge, browser: FlaskClient, **more: Any) -> Any:
    """Hand in what was found and done; None takes a field out."""
    form = {
        "csrf_token": token_in(browser.get("/work/found").text),
        "client_token": uuid4().hex,
        "category": "0101",
        "area_code": GRID,
        "text": "路边垃圾，已清走",
        "photo_before": picture(1),
        "photo_after": picture(2),
        **more,
    }
    return browser.post("/work/found", data={k: v for k, v in form.items() if v is not None})


def case_in(answer: Any) -> UUID:
    assert answer.status_code == 303, words_of(answer.text)
    return UUID(answer.headers["Location"].rpartition("/")[2])


def test_found_and_done_is_a_closed_case_of_its_own_kind(edge: Edge) -> None:
    worker = edge.staff("worker")
    case_id = case_in(found(edge, worker))
    with edge.rows() as session:
        case = session.get_one(Case, case_id)
        assert (case.state, case.self_handled) == ("closed", True)
        pictures = session.scalars(
            select(Photo.purpose).where(Photo.case_id == case_id).order_by(Photo.id)
        ).all()
    assert pictures == [BEFORE, AFTER]
    assert "自办自结" in words_of(page(worker, case_id))
    assert "自办自结" in words_of(worker.get("/work?tab=done").text), "told apart on the card"


def test_what_is_missing_is_said_and_nothing_is_lost(edge: Edge) -> None:
    worker = edge.staff("worker")
    answer = found(edge, worker, photo_after=None)
    assert (answer.status_code, "要有处理前和处理后的照片" in words_of(answer.text)) == (400, True)
    kept = fields_of(answer.text)
    assert "路边垃圾，已清走" in kept["text"]
    again = {"photo_before": None, "kept_photo_before": kept["kept_photo_before"][0]}
    assert found(edge, worker, **again).status_code == 303, "the first photo was kept"
    for more, says in (
        ({"text": ""}, "请写几个字"),
        ({"category": ""}, "请选"),
        ({"category": "0402"}, "不能自办自结"),
        ({"photo_before": file(b"no photo", "a.jpg")}, "不是照片"),
    ):
        answer = found(edge, worker, **more)
        assert (answer.status_code, says in words_of(answer.text)) == (400, True), more


def test_only_the_own_grid_and_only_workers(edge: Edge) -> None:
    worker = edge.staff("worker")
    other = next(code for code in sorted(edge.reference().landmarks) if code != GRID)
    assert found(edge, worker, area_code=other).status_code == 403
    assert edge.staff("handler").get("/work/found").status_code == 403


def test_sending_twice_makes_one_case(edge: Edge) -> None:
    worker, token = edge.staff("worker"), uuid4().hex
    first = case_in(found(edge, worker, client_token=token))
    assert case_in(found(edge, worker, client_token=token)) == first


# Spot checks -----------------------------------------------------------------------------------


def drawn(edge: Edge) -> UUID:
    """Return a self-handled case that the deputy was asked to check, as one in ten is."""
    case_id = case_in(found(edge, edge.staff("worker")))
    with edge.rows() as session:
        username = edge.installation.login("deputy")["username"]
        asked = session.scalars(select(Person.id).where(Person.username == username)).one()
    with edge.writing() as session:
        case = session.get_one(Case, case_id)
        if case.checker_id is None and case.checker_unit_code is None:
            case.checker_id = asked
    return case_id


def test_a_spot_check_is_asked_for_passed_and_failed(edge: Edge) -> None:
    deputy = edge.staff("deputy")
    good, bad = drawn(edge), drawn(edge)
    assert {good, bad} <= set(tab(deputy, "check"))
    assert {"spot_check", "spot_fail"} <= offered(page(deputy, good), good)
    do(edge, deputy, good, "spot_check", text="看过了")
    assert_refused(edge, deputy, bad, "spot_fail", "请写几个字")
    do(edge, deputy, bad, "spot_fail", text="还在原处")
    with edge.rows() as session:
        states = [session.get_one(Case, one).state for one in (good, bad)]
    assert states == ["closed", "handling"]
    assert bad in tab(edge.staff("worker"), "handling")
    assert edge.act(edge.staff("worker"), good, "spot_fail", text="x").status_code == 403
