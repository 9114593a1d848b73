"""The hard reports at the edge: the plain form, the hints, and what other people get to read."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from gridgov.demo.hard_reports import HARD_REPORTS, HardReport
from gridgov.domain.areas import AreaKind
from tests.web.edge import GRID, Edge, code_in, picture
from tests.web.reading import fields_of, links_of, words_of

REPORTS = "/api/v1/reports"
HINTS = "/api/v1/hints"
NO_POSITION = dict.fromkeys(("lon", "lat", "accuracy_m", "datum", "position_source"))
BY_NUMBER = {report.number: report for report in HARD_REPORTS}


def named(report: HardReport) -> str:
    return f"report {report.number}"


def form_of(edge: Edge, number: int, **more: Any) -> dict[str, Any]:
    """The form of a hard report, sent from the grid of the sample's worker."""
    report = BY_NUMBER[number]
    values = {
        "text": report.text,
        "category": report.category,
        "place_words": report.place_words,
        "phone": report.phone,
        **more,
    }
    return edge.form(GRID, **values)


def send(edge: Edge, number: int, english: bool = False, **more: Any) -> TestResponse:
    return edge.visitor(english=english).post("/report", data=form_of(edge, number, **more))


def sent(edge: Edge, number: int, **more: Any) -> str:
    answer = send(edge, number, emergency_ack="1", **more)
    assert answer.status_code == 303, words_of(answer.text)
    return code_in(answer.headers["Location"])


def hints(edge: Edge, text: str, **more: Any) -> dict[str, Any]:
    answer = edge.visitor().post(HINTS, json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


# Hints while somebody types -----------------------------------------------------------


@pytest.mark.parametrize("report", HARD_REPORTS, ids=named)
def test_hints_say_what_the_row_of_each_report_expects(edge: Edge, report: HardReport) -> None:
    found, expected = hints(edge, report.text), report.expected
    assert (found["emergency"] or {}).get("number", "") == expected.call
    assert tuple((found["advice"] or {}).get("numbers", ())) == expected.advice
    kinds = [one["category"]["code"] for one in found["problems"]]
    assert tuple(kinds) == expected.split
    assert bool(found["personal"]) == bool(expected.hidden)
    if report.number != 25:
        assert found["categories"][0]["code"] == report.category
        assert "您写了" in found["categories"][0]["reason"]


def test_hints_name_places_and_here(edge: Edge) -> None:
    net = edge.reference().net
    at = {number: hints(edge, BY_NUMBER[number].text) for number in (9, 11, 17, 20)}
    for number in (9, 11, 17):
        codes = {one["code"] for one in at[number]["places"]}
        village = next(
            a for a in net.areas(AreaKind.VILLAGE) if a.name == BY_NUMBER[number].village
        )
        assert village.code in codes
    assert (at[20]["places"], at[20]["here"]) == ([], "我们村")
    assert hints(edge, "垃圾没人收", place_words="竹园社区")["places"]


def test_hints_keep_nothing_and_take_no_nonsense(edge: Edge) -> None:
    answer = edge.visitor().post(HINTS, json={"text": "着火了"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert edge.visitor().post(HINTS, data={"text": "着火了"}).get_json()["emergency"]
    for body in ([], "text", 3):
        assert edge.visitor().post(HINTS, json=body).status_code == 400
    assert edge.visitor().post(HINTS, json={"text": "长" * 9_000}).status_code == 400
    assert hints(edge, "")["categories"] == []
    english = edge.visitor(english=True).post(HINTS, json={"text": "下水井盖不见了"}).get_json()
    assert english["categories"][0]["name"] == "Manhole cover missing or broken"


# Danger: 8, 9, 10, 11 -----------------------------------------------------------------


@pytest.mark.parametrize("number", [8, 9, 10, 11])
@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_8_9_10_11_the_page_shows_the_number_before_everything(
    edge: Edge, number: int, english: bool
) -> None:
    answer = send(edge, number, english=english)
    call = BY_NUMBER[number].expected.call
    assert answer.status_code == 400
    words = words_of(answer.text)
    first = ("Call first", "Photos") if english else ("请先打电话", "照片")
    assert words.index(first[0]) < words.index(first[1])
    assert f"tel:{call}" in dict(links_of(answer.text))
    assert fields_of(answer.text)["text"] == [BY_NUMBER[number].text]
    assert "split" not in fields_of(answer.text), "somebody in danger is not asked how to sort it"


@pytest.mark.parametrize("number", [8, 9, 10, 11])
def test_8_9_10_11_the_number_comes_first_whatever_else_is_wrong(edge: Edge, number: int) -> None:
    wrong = {"category": None, "phone": "1", "client_token": "x", **NO_POSITION}
    for more in (wrong, {**wrong, "photos": [(BytesIO(b"MZ"), "a.jpg")]}):
        answer = send(edge, number, **more)
        assert answer.status_code == 400
        assert "请先打电话" in words_of(answer.text)
        assert f"tel:{BY_NUMBER[number].expected.call}" in dict(links_of(answer.text))


def test_10_who_has_called_is_not_asked_again_for_another_mistake(edge: Edge) -> None:
    wrong = send(edge, 10, phone="1", emergency_ack="1")
    assert wrong.status_code == 400
    form = {**fields_of(wrong.text), "phone": ""}
    assert edge.visitor().post("/report", data=form).status_code == 303


def test_17_the_receipt_names_the_numbers_that_may_help(edge: Edge) -> None:
    answer = send(edge, 17)
    assert answer.status_code == 303, "nobody is held up by it"
    page = edge.visitor().get(answer.headers["Location"]).text
    assert "如果担心有人出事，请马上打 110 或 120" in words_of(page)
    assert {"tel:110", "tel:120"} <= set(dict(links_of(page)))
    refused = send(edge, 17, phone="1")
    assert "请马上打 110 或 120" in words_of(refused.text)


# The place: 3, 9, 10, 20 --------------------------------------------------------------


@pytest.mark.parametrize("number", [3, 9, 10, 20])
def test_3_9_10_20_without_a_position_the_spot_is_asked_for_and_nothing_lost(
    edge: Edge, number: int
) -> None:
    report = BY_NUMBER[number]
    asked = send(edge, number, emergency_ack="1", **NO_POSITION, photos=[picture()])
    assert asked.status_code == 400
    assert "还不知道在哪里" in words_of(asked.text)
    kept = fields_of(asked.text)
    assert kept["text"] == [report.text]
    assert kept.get("place_words", [""]) == [report.place_words]
    assert len(kept["kept_photo"]) == 1
    offered = kept_choices(asked.text)
    if number == 9:
        village = next(
            a for a in edge.reference().net.areas(AreaKind.VILLAGE) if a.name == "合水社区"
        )
        assert village.code in offered
        again = {**kept, "area_code": village.code, "emergency_ack": "1"}
        code = code_in(edge.visitor().post("/report", data=again).headers["Location"])
        assert edge.case(code).village_code == village.code
    if number == 20:
        assert "您写了“我们村”" in words_of(asked.text)


def test_a_grid_that_was_chosen_stays_chosen_when_something_else_is_wrong(edge: Edge) -> None:
    refused = send(edge, 2, **NO_POSITION, area_code=GRID, place_words="", phone="1")
    assert refused.status_code == 400
    assert fields_of(refused.text)["area_code"] == [GRID]


def kept_choices(html: str) -> list[str]:
    return [part.split('"')[0] for part in html.split('name="area_code" value="')[1:]]


# Several problems: 5, 21 --------------------------------------------------------------


@pytest.mark.parametrize(("number", "count"), [(5, 3), (21, 4)])
def test_5_21_the_plain_form_offers_once_to_send_them_apart(
    edge: Edge, number: int, count: int
) -> None:
    offer = send(edge, number, photos=[picture()])
    assert offer.status_code == 200
    assert f"看起来是 {count} 件事" in words_of(offer.text)
    kept = fields_of(offer.text)
    assert kept["text"] == [BY_NUMBER[number].text]
    assert len(kept["kept_photo"]) == 1
    assert "split" not in kept, "nothing is chosen by itself"
    apart = edge.visitor().post("/report", data={**kept, "split": "yes"})
    first = code_in(apart.headers["Location"])
    page = edge.visitor().get(f"/r/{first}").text
    others = {
        code_in(link) for link in dict(links_of(page)) if "/r/" in link and "photos" not in link
    }
    codes = [first, *sorted(others - {first})]
    assert len(codes) == count, "every receipt is listed"
    assert "一起上报的，各有回执" in words_of(page)
    kinds = {edge.case(code).category_code for code in codes}
    assert kinds == set(BY_NUMBER[number].expected.split)
    assert len(edge.photos(first)) == 1
    for code in codes[1:]:
        assert first in edge.visitor().get(f"/r/{code}").text, "and finds the others again"
        assert len(edge.photos(code)) == 1, "the photo goes with each"
    again = edge.visitor().post("/report", data={**kept, "split": "yes"})
    assert code_in(again.headers["Location"]) == first


@pytest.mark.parametrize("answer", [{"split": "no"}, {}], ids=["as one", "no answer"])
def test_21_declined_or_unanswered_it_stays_one(edge: Edge, answer: dict[str, str]) -> None:
    kept = fields_of(send(edge, 21).text)
    taken = edge.visitor().post("/report", data={**kept, **answer})
    code = code_in(taken.headers["Location"])
    assert edge.told(code).text == BY_NUMBER[21].text
    assert "一起上报的" not in words_of(edge.visitor().get(f"/r/{code}").text)


def test_21_an_answer_to_the_offer_survives_another_mistake(edge: Edge) -> None:
    kept = fields_of(send(edge, 21).text)
    wrong = edge.visitor().post("/report", data={**kept, "split": "yes", "phone": "1"})
    assert wrong.status_code == 400
    assert fields_of(wrong.text)["split"] == ["yes"]


def test_21_a_program_splits_with_one_field_and_gets_every_receipt(edge: Edge) -> None:
    form = {**form_of(edge, 21), "split": True, "lon": float(edge.form()["lon"])}
    answer = edge.visitor().post(REPORTS, json=form)
    assert answer.status_code == 201
    body = answer.get_json()
    assert len(body["receipts"]) == 4
    assert body["receipts"][0]["code"] == body["code"]
    again = edge.visitor().post(REPORTS, json=form)
    assert again.status_code == 200
    assert [one["code"] for one in again.get_json()["receipts"]] == [
        one["code"] for one in body["receipts"]
    ]
    whole = edge.visitor().post(REPORTS, json={**form_of(edge, 21), "split": False})
    assert len(whole.get_json()["receipts"]) == 1


def test_staff_see_which_cases_came_together(edge: Edge) -> None:
    body = edge.visitor().post(REPORTS, json={**form_of(edge, 5), "split": True}).get_json()
    first, second, _third = (edge.case(one["code"]) for one in body["receipts"])
    page = words_of(edge.staff("dispatcher").get(f"/work/cases/{first.id}").text)
    assert "一起上报的" in page
    assert second.number in page


# The likely class ---------------------------------------------------------------------


def test_the_form_without_a_class_comes_back_with_the_likely_one_first_and_unchosen(
    edge: Edge,
) -> None:
    answer = send(edge, 4, category=None)
    assert answer.status_code == 400
    assert "category" not in fields_of(answer.text), "proposed, never chosen"
    tiles = [part.split('"')[0] for part in answer.text.split('name="category" value="')[1:]]
    assert tiles[0] == "0201"
    assert "您写了“下水井" in words_of(answer.text)


def test_another_class_than_the_proposed_one_is_taken_as_it_is(edge: Edge) -> None:
    code = sent(edge, 4, category="0101")
    assert edge.case(code).category_code == "0101"


# What others read: 8, 13, 14, 23, 24 --------------------------------------------------


def test_13_staff_read_place_and_problem_and_not_what_the_vault_is_for(edge: Edge) -> None:
    code = sent(edge, 13, place_words="沿江路18号601")
    page = words_of(edge.staff("worker").get(f"/work/cases/{edge.case(code).id}").text)
    assert "楼上漏水两年" in page
    assert "沿江路18号601" in page, "the worker has to find the door"
    for hidden in ("440624198001010010", "199-0000-1234", "19900001234", "我叫陈大文"):
        assert hidden not in page


def test_14_staff_read_the_problem_and_find_the_rest_behind_a_fold(edge: Edge) -> None:
    code = sent(edge, 14)
    html = edge.staff("worker").get(f"/work/cases/{edge.case(code).id}").text
    quote, _, folded = html.partition('<details class="case-more case-folded"')
    assert "渠口臭咗成个月" in quote
    assert "食屎" not in quote
    assert "原话含不文明用语，点击查看" in folded
    assert "你哋班废柴食屎啦" in folded
    assert edge.told(code).text == BY_NUMBER[14].text


def test_13_14_23_24_nothing_personal_and_no_abuse_in_what_everybody_reads(edge: Edge) -> None:
    codes = {n: sent(edge, n, place_words=BY_NUMBER[n].text[:200]) for n in (8, 13, 14, 23, 24)}
    for code in codes.values():
        with edge.writing() as session:
            case = session.merge(edge.case(code))
            case.state, case.closed_at = "closed", case.received_at
    joined = edge.visitor().get(f"/r/{sent(edge, 13, text='楼上漏水', phone='')}").text
    board = edge.staff("supervisor").get("/board").text
    public = [edge.visitor().get(path) for path in ("/", "/open311/v2/requests.json")]
    pages = [joined, board, *(answer.get_data(as_text=True) for answer in public)]
    hidden = [words for n in (8, 13, 23, 24) for words in BY_NUMBER[n].expected.hidden]
    for page in pages:
        found = [
            page[page.index(w) - 90 : page.index(w) + 40] for w in (*hidden, "食屎") if w in page
        ]
        assert not found


def test_8_12_18_23_a_grid_worker_finds_nothing_at_the_address_of_the_case(edge: Edge) -> None:
    for number in (8, 12, 18, 23):
        case = edge.case(sent(edge, number))
        assert edge.staff("worker").get(f"/work/cases/{case.id}").status_code == 404
        assert case.number not in edge.staff("worker").get("/work").text
        assert edge.staff("dispatcher").get(f"/work/cases/{case.id}").status_code == 200


# Junk: 25 -----------------------------------------------------------------------------


def test_25_blank_is_refused_with_a_sentence_and_keeps_its_token(edge: Edge) -> None:
    token = uuid4().hex
    blank = send(edge, 25, text="", client_token=token)
    assert blank.status_code == 400
    assert "请拍张照片或写几个字" in words_of(blank.text)
    assert fields_of(blank.text)["client_token"] == [token]
    assert edge.case(sent(edge, 25)).unit_code == "ZX"
