"""The counters behind the board, day by day, for programs and staff."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gridgov.domain.counters import FactTable, NarrowTable, day_counters
from gridgov.storage import facts
from gridgov.storage.facts import TABLES
from tests.web.edge import DISTRICT, GRID, TOWN, Edge
from tests.web.machine import Program, assert_problem, program


@pytest.fixture(scope="module")
def counting(edge: Edge) -> Program:
    """A program that may read figures and facts, in a district with something on its board."""
    edge.closed()
    edge.report(category="0505", text="半夜倒废液")
    edge.fold()
    return program(edge, ["facts:read", "board:read"])


def period(edge: Edge) -> dict[str, Any]:
    with edge.rows() as session:
        first = facts.first_day(session, DISTRICT)
    assert first is not None
    return {"first": first, "last": date.today() + timedelta(days=60)}  # noqa: DTZ011


@pytest.mark.parametrize("table", NarrowTable)
def test_they_are_the_rows_of_the_table(edge: Edge, counting: Program, table: NarrowTable) -> None:
    days = period(edge)
    found = list(counting.every("/facts", "facts", table=str(table), area=TOWN, limit=3, **days))
    wanted: dict[str, Counter[str]] = {}
    kept = TABLES[FactTable(table)]
    names = day_counters(FactTable(table))
    with edge.rows() as session:
        for row in session.execute(
            select(kept).where(
                kept.c.area_code == TOWN,
                kept.c.span == "d",
                kept.c.day.between(days["first"], days["last"]),
            )
        ).mappings():
            counts = wanted.setdefault(row["day"].isoformat(), Counter())
            counts.update({name: row[name] for name in names})
    wanted = {day: counts for day, counts in wanted.items() if any(counts.values())}
    assert {one["day"]: one["counts"] for one in found} == {
        day: dict(counts) for day, counts in wanted.items()
    }
    assert [one["day"] for one in found] == sorted(wanted)
    assert found and {one["area"] for one in found} == {TOWN}


def test_their_sum_is_the_figure_of_the_board(edge: Edge, counting: Program) -> None:
    days = period(edge)
    for area in (DISTRICT, TOWN, GRID):
        figures = counting.get("/board", area=area, **days).json
        rows = list(counting.every("/facts", "facts", area=area, **days))
        for name in ("received", "closed"):
            assert sum(row["counts"][name] for row in rows) == figures[name], (area, name)


def test_the_parts_add_up_to_the_whole(edge: Edge, counting: Program) -> None:
    days = period(edge)
    rows = list(counting.every("/facts", "facts", area=DISTRICT, parts="true", limit=10, **days))
    whole = [row for row in rows if row["area"] == DISTRICT]
    parts = [row for row in rows if row["area"] != DISTRICT]
    assert {row["area"] for row in parts} <= {
        area.code for area in edge.reference().net.children(DISTRICT)
    }
    for name in day_counters(FactTable.RECEIVED):
        total = sum(row["counts"][name] for row in whole)
        assert sum(row["counts"][name] for row in parts) == total
    assert [(row["area"], row["day"]) for row in rows] == sorted(
        (row["area"], row["day"]) for row in rows
    )


def test_the_answer_names_its_counters_and_its_place_in_the_log(
    edge: Edge, counting: Program
) -> None:
    body = counting.get("/facts", table="happened", **period(edge)).json
    assert body["table"] == "happened"
    assert body["counters"] == list(day_counters(FactTable.HAPPENED))
    assert body["cursor"] == counting.get("/board").json["cursor"]


BAD = [
    ({}, "from", "missing"),
    ({"first": "2026-01-01"}, "to", "missing"),
    ({"first": "2026-01-02", "last": "2026-01-01"}, "to", "before_first"),
    ({"first": "2025-01-01", "last": "2026-02-05"}, "to", "too_many_days"),
    ({"first": "2026-01-01", "last": "2026-01-02", "table": "lost"}, "table", "unknown"),
    ({"first": "2026-01-01", "last": "2026-01-02", "parts": "yes"}, "parts", "not_true_or_false"),
]


@pytest.mark.parametrize(("query", "field", "reason"), BAD)
def test_what_is_wrong_is_named(
    counting: Program, query: dict[str, str], field: str, reason: str
) -> None:
    error = assert_problem(counting.get("/facts", **query), 400)["errors"][0]
    assert (error["field"], error["reason"]) == (field, reason)


def test_four_hundred_days_are_taken(counting: Program) -> None:
    answer = counting.get("/facts", first="2025-01-01", last="2026-02-04")
    assert answer.status_code == 200


def test_a_town_sees_its_own_and_no_confidential_case(edge: Edge, counting: Program) -> None:
    days = {"from": period(edge)["first"], "to": period(edge)["last"]}
    town, supervisor = edge.staff("town_dispatcher"), edge.staff("supervisor")

    def received(client: Any) -> int:
        rows = client.get("/api/v1/facts", query_string={"area": TOWN, **days}).json["facts"]
        return sum(row["counts"]["received"] for row in rows)

    assert received(supervisor) == received(town) + 1
    assert_problem(town.get("/api/v1/facts", query_string={"area": DISTRICT, **days}), 403)
    assert_problem(counting.get("/facts", area="nowhere", **period(edge)), 404)
    assert_problem(edge.staff("worker").get("/api/v1/facts", query_string=days), 403)


def test_both_databases_give_the_same_order(edge_on_both: Edge) -> None:
    edge_on_both.closed()
    edge_on_both.fold()
    own = program(edge_on_both, ["facts:read", "cases:read"])
    days = period(edge_on_both)
    rows = list(own.every("/facts", "facts", parts="true", limit=4, **days))
    keys = [(row["area"], row["day"]) for row in rows]
    assert keys == sorted(keys) and len(keys) == len(set(keys)) > 4
    found = [case["number"] for case in own.every("/cases", "cases", limit=6)]
    assert found == sorted(found, reverse=True) and len(found) == len(set(found)) > 20
    assert own.get(
        "/cases", own="true", overdue="false", updated_after=f"{days['first']}T00:00:00Z"
    )
