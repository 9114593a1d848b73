"""The machine door of the board: its figures, its days, and the key that opens it alone."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from gridgov.services import board as boards
from gridgov.storage.access import ApiKey, hash_key
from tests.web.edge import DISTRICT, GRID, TOWN, Edge
from tests.web.machine import BOARD, assert_problem
from tests.web.reading import links_of

ANSWER = {
    "area",
    "from",
    "to",
    "received",
    "closed",
    "open",
    "overdue",
    "closure_rate",
    "numerator",
    "denominator",
    "definition",
    "as_of",
    "cursor",
}


def figures(edge: Edge, key: str | None = None, **query: str) -> TestResponse:
    key = edge.installation.access()["api_key"] if key is None else key
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return edge.visitor().get(BOARD, query_string=query, headers=headers)


def test_the_figures_are_those_of_the_page_and_of_the_lists(edge_on_both: Edge) -> None:
    edge = edge_on_both
    edge.closed()
    edge.fold()
    for area in (DISTRICT, TOWN, GRID):
        body = figures(edge, area=area).json
        assert set(body) == ANSWER
        assert body["area"] == area
        assert body["denominator"] == body["received"] == body["closed"] + body["open"]
        assert body["numerator"] == body["closed"]
        assert body["closure_rate"] == pytest.approx(body["closed"] / body["received"])
        assert 0 <= body["overdue"] <= body["open"]
        assert body["cursor"] > 0 and len(body["definition"]) > 20
        supervisor = edge.staff("supervisor")
        page = links_of(supervisor.get("/board", query_string={"area": area}).text)
        for figure in boards.Figure:
            days = {"area": area, "from": body["from"], "to": body["to"]}
            shown = supervisor.get("/board/cases", query_string={**days, "figure": figure})
            rows = {at for at, _ in links_of(shown.text) if at.startswith("/work/cases/")}
            assert len(rows) == body[figure], figure
            said = {
                int(words.split("，")[0].replace(",", ""))
                for at, words in page
                if f"area={area}&" in at and at.startswith("/board/cases?") and figure in at
            }
            assert said == {body[figure]}, figure


def test_the_figures_of_a_past_moment_stay_what_they_were(edge: Edge) -> None:
    edge.closed()
    edge.fold()
    moment = datetime.now(UTC).isoformat()
    before = figures(edge, as_of=moment).json
    edge.report(text="后来才报的")
    edge.fold()
    again, now = figures(edge, as_of=moment).json, figures(edge).json
    assert {**again, "cursor": 0} == {**before, "cursor": 0}
    assert datetime.fromisoformat(again["as_of"]) == datetime.fromisoformat(moment)
    assert (now["received"], now["as_of"]) == (again["received"] + 1, None)
    assert figures(edge, as_of="9999-01-01T00:00:00+08:00").json["as_of"] is None
    (error,) = assert_problem(figures(edge, as_of="gestern"), 400)["errors"]
    assert (error["field"], error["reason"]) == ("as_of", "not_a_moment")


def test_an_empty_period_has_no_rate(edge: Edge) -> None:
    body = figures(edge, **{"from": "2019-01-01", "to": "2019-01-31"}).json
    assert (body["closure_rate"], body["numerator"], body["denominator"]) == (None, 0, 0)
    assert (body["from"], body["to"]) == ("2019-01-01", "2019-01-31")
    assert [body[name] for name in ("received", "closed", "open", "overdue")] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "days",
    [
        {"from": "yesterday"},
        {"to": "2026-02-30"},
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "20261101T00"},
        {"from": "20261101"},
    ],
)
def test_bad_days_are_named(edge: Edge, days: dict[str, str]) -> None:
    (error,) = assert_problem(figures(edge, **days), 400)["errors"]
    assert error["field"] in days
    assert error["reason"] in {"not_a_day", "before_first"}
    assert error["reason"] == "before_first" or "2026-11-22" in error["message"]


def test_only_a_key_with_the_right_scope_opens_the_board(edge: Edge) -> None:
    for key in ("", "gg_wrong", "' OR 1=1 --"):
        body = assert_problem(figures(edge, key=key), 401)
        assert body["type"] == "urn:gridgov:key_refused"
    key = edge.installation.access()["api_key"]
    assert edge.visitor().get(BOARD, headers={"X-Api-Key": key}).status_code == 200
    assert edge.visitor().get(BOARD, query_string={"api_key": key}).status_code == 401
    basic = {"Authorization": f"Basic {key}"}
    assert edge.visitor().get(BOARD, headers=basic).status_code == 401
    scopes = _change_key(edge, key, ["reports:write"])
    try:
        answer = figures(edge)
        assert assert_problem(answer, 403)["code"] == "scope_missing"
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    finally:
        _change_key(edge, key, scopes)
    assert figures(edge).status_code == 200


def _change_key(edge: Edge, key: str, scopes: list[str]) -> list[str]:
    with edge.writing() as session:
        row = session.scalars(select(ApiKey).where(ApiKey.key_hash == hash_key(key))).one()
        before, row.scopes = row.scopes, scopes
    return before


def test_an_area_that_is_not_the_callers_is_refused(edge: Edge) -> None:
    assert_problem(figures(edge, area="440607"), 404)
    assert_problem(figures(edge, area="nowhere"), 404)
    town = edge.staff("town_dispatcher")
    assert town.get(BOARD, query_string={"area": TOWN}).status_code == 200
    assert town.get(BOARD, query_string={"area": GRID}).status_code == 200
    for foreign in (DISTRICT, "440608106"):
        assert_problem(town.get(BOARD, query_string={"area": foreign}), 403)
    assert_problem(edge.staff("worker").get(BOARD), 403)


def test_a_key_opens_nothing_but_the_board(edge: Edge) -> None:
    key = {"Authorization": f"Bearer {edge.installation.access()['api_key']}"}
    for path in ("/board", "/work", "/desk", "/admin"):
        assert edge.visitor().get(path, headers=key).status_code == 302, path
    case_id = edge.case(edge.report()).id
    assert edge.visitor().get(f"/work/cases/{case_id}", headers=key).status_code == 302
