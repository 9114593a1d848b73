"""Open311: discovery, services, definitions and errors, in XML and in JSON."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.domain.errors import Conflict
from gridgov.services import service_requests
from gridgov.storage import districts
from gridgov.web.open311_render import as_json, as_xml
from tests.support.app import Installation, copy_of
from tests.web.edge import DISTRICT, Edge, opened
from tests.web.open311 import FORMATS, ROOT, XML, error, everybody, partner, request, tree

CONFIDENTIAL, EMERGENCY, WAGES, LAMP = "0704", "0702", "0804", "0202"
W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
FORMAT = pytest.mark.parametrize("fmt", FORMATS)


# Discovery ---------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["/open311", ROOT])
def test_discovery_is_there_in_both_formats_and_says_where_to_go(edge: Edge, base: str) -> None:
    visitor = edge.visitor()
    body = visitor.get(f"{base}/discovery.json").json
    assert set(body) == {"changeset", "contact", "key_service", "endpoints"}
    assert W3C.fullmatch(body["changeset"])
    assert "12345" in body["contact"]
    assert "高明区" in body["key_service"]
    endpoint = body["endpoints"][0]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"] == f"http://localhost{ROOT}"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert endpoint["type"] == "test", "the sample acts upon nothing"
    assert visitor.get(f"{endpoint['url']}/services.xml").status_code == 200
    root = tree(visitor.get(f"{base}/discovery.xml"))
    assert root.tag == "discovery"
    assert [one.text for one in root.iterfind("endpoints/endpoint/formats/format")] == [
        "text/xml",
        "application/json",
    ]
    assert root.findtext("endpoints/endpoint/url") == endpoint["url"]
    assert root.findtext("changeset") == body["changeset"]


def test_a_real_district_is_said_to_be_in_production(edge: Edge) -> None:
    with edge.writing() as session:
        districts.get(session, DISTRICT).sample = False
    found = edge.visitor().get("/open311/discovery.json").json["endpoints"][0]["type"]
    with edge.writing() as session:
        districts.get(session, DISTRICT).sample = True
    assert found == "production"


# Services ----------------------------------------------------------------------------------


def test_services_are_the_classes_that_are_neither_secret_nor_for_110(edge: Edge) -> None:
    listed = everybody(edge).get("services.json").json
    codes = {one["service_code"] for one in listed}
    assert {"0101", LAMP, WAGES} <= codes
    assert not codes & {CONFIDENTIAL, EMERGENCY, "01"}
    wanted = edge.reference().catalogue.values()
    assert codes == {c.code for c in wanted if not c.confidential and c.hand_over is None}


def test_a_service_says_what_it_is_in_each_format(edge: Edge) -> None:
    who = everybody(edge)
    lamp = next(s for s in who.get("services.json").json if s["service_code"] == LAMP)
    assert lamp["service_name"] == "路灯不亮"
    assert (lamp["metadata"], lamp["type"], lamp["group"]) == (True, "realtime", "市政设施")
    assert "街灯" in lamp["keywords"].split(",")
    assert "3 个工作日" in lamp["description"]
    root = tree(who.get("services.xml"))
    assert (root.tag, {child.tag for child in root}) == ("services", {"service"})
    same = next(s for s in root if s.findtext("service_code") == LAMP)
    assert {child.tag for child in same} == set(lamp)
    assert same.findtext("metadata") == "true"
    rubbish = next(s for s in root if s.findtext("service_code") == "0101")
    assert rubbish.findtext("metadata") == "false"


def test_a_definition_lists_the_questions_in_order(edge: Edge) -> None:
    who = everybody(edge)
    body = who.get(f"services/{WAGES}.json").json
    assert body["service_code"] == WAGES
    assert [(a["order"], a["code"]) for a in body["attributes"]] == [
        (1, "people"),
        (2, "months"),
        (3, "employer"),
        (4, "papers"),
    ]
    people, _months, employer, papers = body["attributes"]
    assert (people["variable"], people["required"], people["datatype"]) == (True, True, "number")
    assert people["description"] == "被欠薪的有多少人？"
    assert employer["datatype_description"] is None
    assert papers["datatype"] == "multivaluelist"
    assert papers["values"][0] == {"key": "contract", "name": "劳动合同"}
    root = tree(who.get(f"services/{WAGES}.xml"))
    assert root.tag == "service_definition"
    assert [one.findtext("code") for one in root.iterfind("attributes/attribute")] == [
        "people",
        "months",
        "employer",
        "papers",
    ]
    first = root.find("attributes/attribute")
    assert first is not None and first.findtext("variable") == "true"
    assert [one.findtext("key") for one in root.iterfind(".//values/value")][0] == "contract"


def test_every_datatype_of_the_questions_is_one_of_the_spec(edge: Edge) -> None:
    who = everybody(edge)
    known = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}
    seen = set()
    for one in who.get("services.json").json:
        attributes = who.get(f"services/{one['service_code']}.json").json["attributes"]
        assert bool(attributes) is one["metadata"]
        assert len({a["order"] for a in attributes}) == len(attributes)
        seen |= {a["datatype"] for a in attributes}
    assert seen <= known
    assert len(seen) > 3


def test_a_service_without_questions_has_an_empty_definition(edge: Edge) -> None:
    who = everybody(edge)
    assert who.get("services/0101.json").json == {"service_code": "0101", "attributes": []}
    attributes = tree(who.get("services/0101.xml")).find("attributes")
    assert attributes is not None and len(attributes) == 0


# Rules for every answer --------------------------------------------------------------------

READS = ["discovery", "services", f"services/{LAMP}", "requests", "servicerequestupdates"]


@FORMAT
@pytest.mark.parametrize("path", READS)
def test_content_type_declaration_and_bytes_agree(edge: Edge, path: str, fmt: str) -> None:
    answer = everybody(edge).get(f"{path}.{fmt}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, FORMATS[fmt])
    text = answer.data.decode("utf-8")
    if fmt == "xml":
        assert text.startswith('<?xml version="1.0" encoding="utf-8"?>')
        assert len(tree(answer)) > 0
    else:
        assert json.loads(text)


def test_json_roots_of_lists_are_plain_arrays(edge: Edge) -> None:
    who = everybody(edge)
    for path in ("services", "requests", "servicerequestupdates"):
        assert isinstance(who.get(f"{path}.json").json, list)


def test_unknown_values_are_null_in_json_and_empty_elements_in_xml(edge: Edge) -> None:
    who = partner(edge)
    number = who.report()
    assert who.one(number)["zipcode"] is None
    element = tree(who.get(f"requests/{number}.xml")).find("request/zipcode")
    assert element is not None and element.text is None and len(element) == 0


def test_json_has_real_booleans_and_numbers_xml_has_words(edge: Edge) -> None:
    who = partner(edge)
    found = who.one(who.report())
    assert isinstance(found["lat"], float) and isinstance(found["long"], float)
    attribute = who.get(f"services/{LAMP}.json").json["attributes"][0]
    assert attribute["order"] == 1 and attribute["required"] is False
    xml = tree(who.get(f"services/{LAMP}.xml"))
    assert {one.text for one in xml.iter("required")} <= {"true", "false"}


def test_words_come_in_the_language_that_is_asked_for(edge: Edge) -> None:
    who = everybody(edge)
    names = {
        locale: who.get("services.json", locale=locale).json[0]["service_name"]
        for locale in ("", "zh-CN", "en", "en_GB", "fr")
    }
    assert names == {
        "": "暴露垃圾",
        "zh-CN": "暴露垃圾",
        "en": "Exposed rubbish",
        "en_GB": "Exposed rubbish",
        "fr": "暴露垃圾",
    }
    wrong = error(who.get("services/9999.json", locale="en"), 404)
    assert wrong == "service_code 9999 was not found."


def test_pages_of_other_sites_may_read_but_not_write(edge: Edge) -> None:
    who = partner(edge)
    assert who.get("services.json").headers["Access-Control-Allow-Origin"] == "*"
    sent = who.client().post(
        f"{ROOT}/requests.json",
        data={"api_key": who.key, **request(edge)},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert error(sent, 403)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.recursive(
        st.text() | st.none() | st.booleans() | st.integers(),
        lambda inner: (
            st.dictionaries(st.sampled_from(["address", "lat"]), inner)
            | st.lists(inner, max_size=3).map(lambda found: {"values": found})
        ),
        max_leaves=8,
    )
)
def test_any_value_becomes_well_formed_xml_and_json(value: Any) -> None:
    root = ElementTree.fromstring(as_xml("request", {"service_notice": value}))
    assert root.tag == "request"
    assert "service_notice" in json.loads(as_json({"service_notice": value}))


# Errors ------------------------------------------------------------------------------------

MISSING = [
    ("services/9999", {}, 404),
    (f"services/{CONFIDENTIAL}", {}, 404),
    ("services", {"jurisdiction_id": "nowhere.gov"}, 404),
    (f"services/{LAMP}", {"jurisdiction_id": "nowhere.gov"}, 404),
    ("requests", {"jurisdiction_id": "nowhere.gov"}, 404),
    ("requests/440608-000000-00000", {}, 404),
    ("tokens/nobody-sent-this", {}, 404),
    ("tokens/nobody-sent-this", {"jurisdiction_id": "nowhere.gov"}, 404),
    ("servicerequestupdates", {"jurisdiction_id": "nowhere.gov"}, 404),
    ("discovery", {"jurisdiction_id": "nowhere.gov"}, 404),
    ("nothing-of-the-kind", {}, 404),
    ("requests", {"start_date": "yesterday"}, 400),
]


@FORMAT
@pytest.mark.parametrize(("path", "args", "status"), MISSING)
def test_an_error_comes_in_the_format_that_was_asked_for(
    edge: Edge, path: str, args: dict[str, str], status: int, fmt: str
) -> None:
    answer = everybody(edge).get(f"{path}.{fmt}", **args)
    assert answer.headers["Content-Type"] == FORMATS[fmt]
    words = error(answer, status)
    assert "<" not in words
    for value in args.values():
        assert value in words or status == 400


@FORMAT
def test_what_cannot_be_done_at_an_address_is_said_in_its_format(edge: Edge, fmt: str) -> None:
    client = edge.visitor()
    answer = client.post(f"{ROOT}/services.{fmt}")
    assert error(answer, 405)
    assert answer.headers["Content-Type"] == FORMATS[fmt]
    assert "GET" in answer.headers["Allow"]
    assert error(client.delete(f"{ROOT}/requests.{fmt}"), 405)


def test_an_address_without_a_known_format_is_refused_in_xml(edge: Edge) -> None:
    for path in ("", "/", "/v2", "/v2/services", "/v2/services.html", "/v2/services.json/"):
        answer = edge.visitor().get(f"/open311{path}")
        assert error(answer, 404), path
        assert answer.headers["Content-Type"] == XML, path
    assert "<html" in edge.visitor().get("/open311x").text, "other addresses keep their pages"


@FORMAT
def test_a_body_that_is_no_form_is_refused(edge: Edge, fmt: str) -> None:
    who = partner(edge)
    for sent in ({"json": {"service_code": "0101"}}, {"data": "<a/>", "content_type": "text/xml"}):
        headers = {"Authorization": f"Bearer {who.key}"}
        answer = who.client().post(f"{ROOT}/requests.{fmt}", headers=headers, **sent)
        assert answer.headers["Content-Type"] == FORMATS[fmt]
        assert "multipart/form-data" in error(answer, 415)


@FORMAT
def test_a_body_that_is_too_large_is_refused(edge: Edge, fmt: str) -> None:
    who = partner(edge)
    answer = who.post(f"requests.{fmt}", **request(edge, description="长" * 9_000_000))
    assert answer.headers["Content-Type"] == FORMATS[fmt]
    assert error(answer, 413)


@pytest.fixture
def limited(sqlite_sample: Installation, tmp_path: Path) -> Iterator[Edge]:
    with opened(copy_of(sqlite_sample, tmp_path, None), limited=True) as made:
        yield made


@FORMAT
def test_too_many_requests_are_told_so(limited: Edge, fmt: str) -> None:
    who = everybody(limited)
    answers = [who.get(f"tokens/none.{fmt}") for _ in range(61)]
    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert answers[-1].headers["Content-Type"] == FORMATS[fmt]
    assert error(answers[-1], 429)
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.fixture
def in_service(sqlite_sample: Installation, tmp_path: Path) -> Iterator[Edge]:
    """An application that is not under test: it answers what it did not expect."""
    with opened(copy_of(sqlite_sample, tmp_path, None), testing=False) as made:
        yield made


@FORMAT
def test_a_fault_of_ours_shows_no_trace(
    in_service: Edge, monkeypatch: pytest.MonkeyPatch, fmt: str
) -> None:
    def broken(_reference: Any) -> Any:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(service_requests, "offered", broken)
    answer = everybody(in_service).get(f"services.{fmt}")
    assert answer.headers["Content-Type"] == FORMATS[fmt]
    words = error(answer, 500)
    assert re.search(r"\([0-9A-F]{6}\)$", words), "the number by which the log knows it"
    assert "secret" not in answer.text and "Traceback" not in answer.text


@FORMAT
def test_our_finer_statuses_are_400_here(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, fmt: str
) -> None:
    def overtaken(*_args: Any, **_more: Any) -> Any:
        raise Conflict("another was faster")

    monkeypatch.setattr(service_requests, "find", overtaken)
    answer = everybody(edge).get(f"requests.{fmt}")
    assert error(answer, 400)
