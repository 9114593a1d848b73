"""Keys at the machine door: which scope opens what, what ends a key, how often one may ask."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from gridgov.domain.keys import Scope
from gridgov.web.api_document import described_routes
from tests.support.app import Installation, copy_of
from tests.web.edge import DISTRICT, Edge, opened
from tests.web.machine import assert_problem, program

GUARDED = {
    "/api/v1/reports": Scope.REPORTS_READ,
    "/api/v1/reports/x": Scope.REPORTS_READ,
    "/api/v1/cases": Scope.CASES_READ,
    "/api/v1/cases/x": Scope.CASES_READ,
    "/api/v1/cases/x/history": Scope.CASES_READ,
    "/api/v1/board": Scope.BOARD_READ,
    "/api/v1/facts?from=2026-01-01&to=2026-01-02": Scope.FACTS_READ,
}


def test_the_table_of_this_test_has_every_guarded_route(edge: Edge) -> None:
    routes = {
        rule.rule: access.scope
        for rule, method, _o, access, _w in described_routes(edge.app)
        if access.who == "program" and method == "get"
    }
    assert sorted(map(str, routes.values())) == sorted(map(str, GUARDED.values()))


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_its_own_routes_and_no_others(edge: Edge, scope: Scope) -> None:
    own = program(edge, [scope])
    for path, wanted in GUARDED.items():
        answer = own.get(path.removeprefix("/api/v1"))
        if wanted is scope:
            assert answer.status_code in {200, 404}, path
        else:
            body = assert_problem(answer, 403)
            assert body["code"] == "scope_missing", path
    sent = own.post("/reports", json=edge.form())
    assert sent.status_code == (201 if scope is Scope.REPORTS_WRITE else 403)


def test_without_a_good_key_nothing_is_opened(edge: Edge) -> None:
    key = edge.installation.access()["api_key"]
    for path in GUARDED:
        for headers in (
            {},
            {"Authorization": "Bearer gg_wrong"},
            {"Authorization": f"Basic {key}"},
            {"X-Api-Key": key[:-1]},
            {"Authorization": "Bearer"},
        ):
            answer = edge.visitor().get(path, headers=headers)
            assert assert_problem(answer, 401)["code"] == "key_refused"
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="gridgov"'
        assert edge.visitor().get(path, headers={"X-Api-Key": key}).status_code in {200, 404}
        lower = {"Authorization": f"bearer {key}"}
        assert edge.visitor().get(path, headers=lower).status_code in {200, 404}


def test_a_key_in_the_address_is_none(edge: Edge) -> None:
    key = edge.installation.access()["api_key"]
    assert_problem(edge.visitor().get(f"/api/v1/cases?api_key={key}"), 401)


def test_a_revoked_key_stops_at_once(edge: Edge) -> None:
    own = program(edge)
    assert own.get("/cases").status_code == 200
    token = edge.staff("system_admin")
    page = token.get("/admin/keys").text
    form = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    answer = token.post(f"/admin/keys/{own.key_id}/revoke", data=form)
    assert answer.status_code == 303
    for path in GUARDED:
        assert_problem(own.get(path.removeprefix("/api/v1")), 401)
    assert_problem(own.post("/reports", json=edge.form()), 401)


def test_a_sent_key_counts_also_beside_a_session(edge: Edge) -> None:
    board = program(edge, ["board:read"])
    supervisor = edge.staff("supervisor")
    assert supervisor.get("/api/v1/cases").status_code == 200
    assert_problem(supervisor.get("/api/v1/cases", headers=board.headers()), 403)
    admin = edge.staff("system_admin")
    assert_problem(admin.get("/api/v1/board"), 403)
    assert admin.get("/api/v1/board", headers=board.headers()).json["area"] == DISTRICT


def test_a_program_is_answered_in_the_language_it_asks_for(edge: Edge) -> None:
    own = program(edge)
    path = "/api/v1/cases?limit=0"

    def detail(headers: dict[str, str]) -> str:
        found: str = edge.visitor().get(path, headers=own.headers() | headers).json["detail"]
        return found

    chinese, english = detail({}), detail({"Accept-Language": "en-GB,en;q=0.9"})
    assert not chinese.isascii() and english.isascii()
    assert detail({"Accept-Language": "zh-CN,en;q=0.5"}) == chinese
    assert detail({"Accept-Language": "fr"}) == chinese, "the district's own"
    people = edge.visitor().get("/api/v1/areas?limit=0", headers={"Accept-Language": "en"})
    assert not people.json["detail"].isascii(), "people choose on the page"


def test_a_key_opens_no_page(edge: Edge) -> None:
    own = program(edge)
    for path in ("/board", "/work", "/desk", "/admin", "/admin/keys"):
        assert edge.visitor().get(path, headers=own.headers()).status_code == 302, path


# Limits ----------------------------------------------------------------------------------


@pytest.fixture
def limited(sqlite_sample: Installation, tmp_path: Any) -> Iterator[Edge]:
    """The district with its limits per key and address."""
    with opened(copy_of(sqlite_sample, tmp_path, None), limited=True) as made:
        yield made


def ask(client: FlaskClient, headers: dict[str, str], times: int) -> list[int]:
    path = "/api/v1/openapi.json"
    return [client.get(path, headers=headers).status_code for _ in range(times)]


def test_each_key_has_a_limit_of_its_own(limited: Edge) -> None:
    one, other = program(limited), program(limited)
    visitor = limited.visitor()
    assert set(ask(visitor, one.headers(), 300)) == {200}
    answer = visitor.get("/api/v1/openapi.json", headers=one.headers())
    assert assert_problem(answer, 429)["code"] == "http_429"
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    elsewhere = limited.visitor(address="10.0.0.9")
    assert ask(elsewhere, one.headers(), 1) == [429], "the key is counted, not the address"
    assert ask(visitor, other.headers(), 1) == [200]
    assert ask(visitor, {}, 1) == [200]


def test_invented_keys_do_not_escape_the_limit_of_the_address(limited: Edge) -> None:
    visitor = limited.visitor()
    statuses = [ask(visitor, {"Authorization": f"Bearer gg_{at}"}, 1)[0] for at in range(301)]
    assert statuses[-1] == 429


def test_what_is_too_large_is_a_problem(edge: Edge) -> None:
    edge.app.config["MAX_CONTENT_LENGTH"], before = 1000, edge.app.config["MAX_CONTENT_LENGTH"]
    try:
        for more in ({"json": edge.form(text="长" * 999)}, {"data": edge.form(text="长" * 999)}):
            answer = edge.visitor().post("/api/v1/reports", **more)
            assert assert_problem(answer, 413)["code"] == "http_413"
    finally:
        edge.app.config["MAX_CONTENT_LENGTH"] = before
