"""The machine door keeps what its document says: schemathesis asks it everything it can."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.serving import WSGIRequestHandler, make_server

from gridgov.domain.keys import Scope
from gridgov.domain.roles import Role
from gridgov.web import api_page
from gridgov.web.access import Access
from gridgov.web.api_document import described_routes
from tests.web.edge import Edge
from tests.web.reading import words_of

DOCUMENT = "/api/v1/openapi.json"
# Data that fits the document and is refused all the same. No check is off: these answers
# alone are let through, because a document cannot know what lies in the database.
REFUSABLE: dict[str, list[Any]] = {
    # Which classes and spots are known, and that a token, a place and a text or photo are
    # needed in one of several fields. 409: a token that was used for something else.
    "create_report": ["2xx", 400, 409, 422],
    "locate": ["2xx", 404, 422],  # a spot outside the district
    "list_cases": ["2xx", 400],  # a class or area that is not there; `to` before `from`
    "board_figures": ["2xx", 400, 404],  # an area that is not there; `to` before `from`
    "list_facts": ["2xx", 400, 404],  # the same; more than 400 days
    "areas_geojson": ["2xx", 400, 404],  # neither `near` nor `parent`
}
EXAMPLES = 15  # 2,000 requests, about 15 s of a core


class Quiet(WSGIRequestHandler):
    """A handler that keeps connections open and writes no log."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def address(edge: Edge) -> Iterator[str]:
    """The application behind a real socket: in-process, the probes of some checks fail."""
    server = make_server("127.0.0.1", 0, edge.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def configuration(key: str) -> SchemathesisConfig:
    """All checks, all phases, good and bad data, with the sample's key."""
    generation = {"max-examples": EXAMPLES, "deterministic": True}
    stateful = {"generation": {"max-examples": 10}, "max-steps": 6}
    operations = [
        {
            "include-operation-id": operation,
            "checks": {"positive_data_acceptance": {"expected-statuses": statuses}},
        }
        for operation, statuses in REFUSABLE.items()
    ]
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": f"Bearer {key}"},
            "generation": generation,
            "phases": {"stateful": stateful},
            "operations": operations,
        }
    )


def run(schema: Any) -> tuple[list[str], Counter[tuple[str, int]]]:
    """Return what every phase of schemathesis found, and what was asked with which answer."""
    findings: list[str] = []
    asked: Counter[tuple[str, int]] = Counter()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            findings.append(f"{type(event).__name__}: {event!r}")
        if isinstance(event, events.ScenarioFinished):
            findings += failed(event.recorder)
            for case_id, interaction in event.recorder.interactions.items():
                if interaction.response is not None:
                    operation = event.recorder.cases[case_id].value.operation
                    asked[operation.label, interaction.response.status_code] += 1
    return findings, asked


def failed(recorder: Any) -> list[str]:
    """Return each failed check with the request that shows it."""
    found = [check for checks in recorder.checks.values() for check in checks]
    said = [(check.name, check.failure_info) for check in found if check.failure_info is not None]
    return [f"{name}: {info.failure.message}\n{info.code_sample[:2000]}" for name, info in said]


def test_the_application_does_what_its_document_says(edge: Edge, address: str) -> None:
    config = configuration(edge.installation.access()["api_key"])
    schema = schemathesis.openapi.from_url(address + DOCUMENT, config=config)
    findings, asked = run(schema)
    assert not findings, "\n\n".join(findings)
    operations = {name for name, _status in asked}
    assert len(operations) == sum(map(len, document(edge)["paths"].values()))
    # It was answered, not only refused: each operation has been got right and got wrong.
    for name in operations:
        statuses = {status for operation, status in asked if operation == name}
        assert any(status < 300 or status == 404 for status in statuses), name
        assert any(400 <= status < 500 for status in statuses), name
    assert asked["POST /api/v1/reports", 201] > 0
    assert sum(asked.values()) > 1_000


def document(edge: Edge) -> dict[str, Any]:
    answer = edge.visitor().get(DOCUMENT)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: dict[str, Any] = answer.json
    return found


def test_every_route_of_the_machine_door_is_in_the_document(edge: Edge) -> None:
    described = {rule.rule for rule, *_ in described_routes(edge.app)}
    routes = {rule.rule for rule in edge.app.url_map.iter_rules() if rule.endpoint[:4] == "api."}
    assert routes == described
    paths = document(edge)["paths"]
    assert {path.replace("{", "<").replace("}", ">") for path in paths} == routes


def test_the_document_is_of_openapi_3_1_and_points_nowhere_outside(edge: Edge) -> None:
    found = document(edge)
    assert found["openapi"] == "3.1.0"
    schemes = found["components"]["securitySchemes"]
    assert schemes["bearerKey"]["scheme"] == "bearer"
    assert schemes["headerKey"]["name"] == "X-Api-Key"
    assert schemes["session"]["in"] == "cookie"
    assert "http" not in json.dumps(found).replace('"type": "http"', "").replace("HTTP", "")
    names = set(found["components"]["schemas"])
    for part in json.dumps(found).split('"$ref": "')[1:]:
        assert part.split('"')[0].removeprefix("#/components/schemas/") in names


def test_each_operation_says_key_scope_problems_and_words(edge: Edge) -> None:
    found = document(edge)
    views = {rule.endpoint[4:]: access for rule, _m, _o, access, _w in described_routes(edge.app)}
    for path, methods in found["paths"].items():
        for operation in methods.values():
            access: Access = views[operation["operationId"]]
            assert operation["summary"].endswith("."), path
            _check_security(operation, access)
            _check_problems(operation, path)
    body = found["paths"]["/api/v1/reports"]["post"]["requestBody"]["content"]
    assert set(body) == {
        "application/json",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    }
    assert body["application/json"]["example"]["category"] == "0101"


def _check_security(operation: dict[str, Any], access: Access) -> None:
    ways = operation["security"]
    if access.scope is None:
        assert ways == []
        return
    assert access.scope in set(Scope)
    assert {"bearerKey": [access.scope]} in ways
    assert {"headerKey": [access.scope]} in ways
    assert ({"session": []} in ways) == bool(access.roles - {Role.PROGRAM})
    assert ({} in ways) == (access.who == "everybody")


def _check_problems(operation: dict[str, Any], path: str) -> None:
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            assert set(response["content"]) == {"application/problem+json"}, (path, status)
    assert "429" in operation["responses"]


def test_the_document_can_be_kept_and_asked_about(edge: Edge) -> None:
    first = edge.visitor().get(DOCUMENT)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = edge.visitor().get(DOCUMENT, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_the_page_about_it_says_the_same_in_chinese_and_english(edge: Edge) -> None:
    said = {text for text in api_page.texts(document(edge)) if text}
    assert set(api_page.chinese()) == said, "document.po and the document differ"
    chinese = words_of(edge.visitor().get("/api/docs").text)
    english = words_of(edge.visitor(english=True).get("/api/docs").text)
    assert "List cases, the newest number first." in english
    assert "List cases" not in chinese
    for path in document(edge)["paths"]:
        assert path in chinese and path in english
    for name in document(edge)["components"]["schemas"]:
        assert name in chinese


def test_the_page_needs_nothing_from_elsewhere(edge: Edge) -> None:
    answer = edge.visitor().get("/api/docs")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    targets = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert targets and all(target.startswith(("/", "#")) for target in targets)
    anchors = {target[1:] for target in targets if target.startswith("#")}
    assert anchors <= set(re.findall(r'id="([^"]+)"', answer.text)), "a link that leads nowhere"
