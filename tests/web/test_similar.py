"""Me too: open cases near by are offered, and joining one gives a receipt of one's own."""

from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from gridgov.storage import reports
from tests.web.edge import Edge
from tests.web.reading import words_of

NEARBY = "/api/v1/nearby"
REPORTS = "/api/v1/reports"


@pytest.fixture(autouse=True, scope="module")
def calm(edge: Edge) -> None:
    """These tests report often at one spot; only one of them is about that."""
    edge.storms(reports=1000)


def place(edge: Edge) -> dict[str, str]:
    form = edge.form()
    return {name: form[name] for name in ("lon", "lat", "datum")}


def opened(edge: Edge, **more: str) -> str:
    """Report, and return the number of the case."""
    answer = edge.visitor().post(REPORTS, json={**edge.form(), **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json["case_number"])


def offered(
    edge: Edge, client: FlaskClient | None = None, **more: str
) -> dict[str, dict[str, str]]:
    answer = (client or edge.visitor()).get(NEARBY, query_string={**place(edge), **more})
    assert answer.status_code == 200, answer.text
    return {one["code"]: one for one in answer.json["similar"]}


def test_a_fresh_case_at_the_spot_is_offered_first(edge: Edge) -> None:
    opened(edge, category="0202", text="路灯坏了", client_token=uuid4().hex)
    number = opened(edge, text="只有我说过的话")
    found = offered(edge, category="0101")
    assert next(iter(found)) == number
    shown = found[number]
    assert shown["title"].startswith("暴露垃圾")
    assert "相距 5 米" in shown["note"] and "1 人反映" in shown["note"]
    assert "只有我说过的话" not in str(found)


def test_at_most_five_are_offered(edge: Edge) -> None:
    for _ in range(6):
        opened(edge)
    assert len(offered(edge)) == 5


def test_the_offer_speaks_the_language_of_the_page(edge: Edge) -> None:
    client = edge.visitor()
    client.set_cookie("language", "en")
    opened(edge)
    first = next(iter(offered(edge, client).values()))
    assert "5 m away" in first["note"] and "1 person" in first["note"]


@pytest.mark.parametrize("query", [{}, {"lon": "112.9"}, {"lon": "x", "lat": "22.9"}])
def test_without_a_usable_spot_the_question_is_refused(edge: Edge, query: dict[str, str]) -> None:
    answer = edge.visitor().get(NEARBY, query_string=query)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_me_too_joins_with_a_receipt_of_its_own(edge: Edge) -> None:
    number = opened(edge)
    answer = edge.visitor().post(
        REPORTS, json={**place(edge), "client_token": uuid4().hex, "join": number}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json["case_number"] == number
    with edge.rows() as session:
        case = edge.case(answer.json["receipt_code"])
        told = reports.of_case(session, case.id)
        assert [report.joined for report in told] == [False, True]
    page = edge.visitor().get(answer.json["receipt_url"])
    assert page.status_code == 200
    assert number in words_of(page.text)
    assert "2 人反映" in offered(edge)[number]["note"]


@pytest.mark.parametrize("number", ["440608-200101-99999", "nonsense"])
def test_joining_an_unknown_case_is_refused_in_words(edge: Edge, number: str) -> None:
    answer = edge.visitor().post(REPORTS, json={**edge.form(), "join": number})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "join"
    assert "没有这个案件" in answer.json["errors"][0]["message"]


def test_the_plain_form_offers_them_after_a_refusal_and_joins(edge: Edge) -> None:
    number = opened(edge)
    visitor = edge.visitor()
    refused = visitor.post("/report", data={**edge.form(), "category": ""})
    assert refused.status_code == 400
    assert f'name="join" value="{number}"' in refused.text
    joined = visitor.post("/report", data={**edge.form(), "category": "", "join": number})
    assert joined.status_code == 303
    code = joined.headers["Location"].split("/r/")[1].split("?")[0]
    assert edge.case(code).number == number


def test_in_a_storm_the_first_comes_first_and_says_how_many(edge: Edge) -> None:
    grid = "440608004025007"
    form = edge.form(grid)
    spot = {name: form[name] for name in ("lon", "lat", "datum")}
    first = opened(edge, **spot)
    for _ in range(3):
        opened(edge, **spot)
    before = edge.visitor().get(NEARBY, query_string=spot).json["similar"]
    assert not any("几分钟内" in one["note"] for one in before)
    edge.storms(reports=4)
    offers = edge.visitor().get(NEARBY, query_string=spot).json["similar"]
    edge.storms(reports=1000)
    assert offers[0]["code"] == first and "几分钟内已有 4 人上报" in offers[0]["note"]
