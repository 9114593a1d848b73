"""A district that takes in what lies outside: what residents, dispatcher and programs see."""

from collections.abc import Iterator
from typing import Any

import pytest

from gridgov.domain.routing import Outside
from gridgov.services import districts
from tests.support.app import Installation, copy_of
from tests.web.edge import DISTRICT, Edge, opened
from tests.web.reading import words_of

BEYOND = {"lon": "113.2644", "lat": "23.1291", "datum": "wgs84"}
OURS = "不在本区范围内，我们会转给当地负责的部门"
OURS_IN_ENGLISH = "Outside our district; we hand it over to those in charge there"


@pytest.fixture(scope="module")
def taking(sqlite_sample: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The sample district with the setting on."""
    installation = copy_of(sqlite_sample, tmp_path_factory.mktemp("taking"), None)
    with opened(installation) as made:
        with made.writing() as session:
            districts.set_outside(session, DISTRICT, Outside.TRAY)
        yield made


def located(edge: Edge, english: bool = False, **more: Any) -> dict[str, Any]:
    query = {**BEYOND, **more}
    answer = edge.visitor(english=english).get("/api/v1/locate", query_string=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json
    return body


def test_a_program_learns_that_it_is_outside_and_taken_in(taking: Edge) -> None:
    body = located(taking, accuracy=8)
    assert (body["state"], body["rule"], body["grid"]["code"]) == ("outside", "outside", DISTRICT)
    assert [step["code"] for step in body["path"]] == [DISTRICT]
    assert (body["name"], body["question"], body["candidates"]) == (OURS, None, [])
    assert body["reason"].startswith("在本区以外，距区界")
    english = located(taking, english=True)
    assert english["name"] == OURS_IN_ENGLISH
    assert english["reason"].startswith("Outside the district, ")
    assert located(taking, accuracy=3000)["state"] == "vague", "such a report would be refused"


def test_the_resident_is_told_so_and_the_dispatcher_sees_why(taking: Edge) -> None:
    code = taking.report(**BEYOND)
    for english, words in ((False, OURS), (True, OURS_IN_ENGLISH)):
        page = words_of(taking.visitor(english=english).get(f"/r/{code}").text)
        assert words in page
        assert ("outside Gaoming" if english else "高明区以外") in page
    case = taking.case(code)
    desk = taking.staff("dispatcher")
    assert str(case.id) in desk.get("/desk?tab=to_dispatch").text
    page = words_of(desk.get(f"/work/cases/{case.id}").text)
    assert "在本区以外，距区界" in page and "先收下，再转交" in page
    form = {"target": "广州市", "receipt": "GZ-1", "text": "已转广州市 12345"}
    answer = taking.act(desk, case.id, "transfer", **form)
    assert answer.status_code == 303, words_of(answer.text)
    after = words_of(taking.visitor().get(f"/r/{code}").text)
    assert "已转广州市 12345" in after
    assert OURS not in after


def test_a_form_that_comes_back_names_the_place_in_the_same_words(taking: Edge) -> None:
    answer = taking.visitor().post("/report", data=taking.form(**BEYOND, text=""))
    assert answer.status_code == 400
    assert OURS in words_of(answer.text)


def test_elsewhere_the_spot_is_refused_as_before(edge: Edge) -> None:
    answer = edge.visitor().post("/report", data=edge.form(**BEYOND))
    assert answer.status_code == 422
    assert "12345" in words_of(answer.text)
