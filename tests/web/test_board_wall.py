"""The wall: the board's own figures, lamps that add up, and a sign-in that does not run out."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from gridgov.web import board_wall, board_wall_map
from tests.web.edge import DISTRICT, GRID, TOWN, Edge, picture
from tests.web.reading import words_of
from tests.web.test_board import board, figures


@pytest.fixture(scope="module")
def busy(edge: Edge) -> Edge:
    """The sample, a closed and an open case more, and the facts up to date."""
    edge.closed(photos=[picture()])
    edge.report()
    edge.fold()
    return edge


@pytest.fixture
def supervisor(busy: Edge) -> FlaskClient:
    return busy.staff("supervisor")


def wall(browser: FlaskClient, **query: Any) -> str:
    answer = browser.get("/board/wall", query_string=query)
    assert answer.status_code == 200, words_of(answer.text)[:200]
    return answer.text


def shown(html: str, kind: str, name: str) -> int:
    found = re.search(rf'data-{kind}="{name}"[^>]*>([\d,]+)<', html)
    assert found is not None, (kind, name)
    return int(found[1].replace(",", ""))


def turns(html: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/json" data-turns>(.*?)</script>', html, re.S)
    assert found is not None
    content: list[dict[str, Any]] = json.loads(found[1])
    return content


@pytest.mark.parametrize("area", [DISTRICT, TOWN, GRID[:12], GRID])
def test_the_wall_says_what_the_board_says(supervisor: FlaskClient, area: str) -> None:
    html = wall(supervisor, area=area)
    of_board = figures(board(supervisor, area=area), area)
    assert shown(html, "figure", "numerator") == of_board["closed"]
    assert shown(html, "figure", "denominator") == of_board["received"]
    lamps = {name: shown(html, "lamp", name) for name in ("green", "yellow", "red", "grey", "open")}
    assert lamps.pop("open") == of_board["open"] == sum(lamps.values())
    assert lamps["red"] == of_board["overdue"]
    assert f"已超期 {of_board['overdue']} 件，按单位" in words_of(html)


def test_the_map_goes_through_four_indicators(supervisor: FlaskClient) -> None:
    html = wall(supervisor)
    found = turns(html)
    assert [one["code"] for one in found] == list(board_wall_map.TURNS)
    areas = set(re.findall(r'class="map-area" data-area="(\d+)"', html))
    named = set(re.findall(r'class="map-label" data-area="(\d+)"', html))
    assert len(areas) == 77  # the villages of the district
    assert TOWN in named
    for one in found:
        assert set(one["classes"]) == areas
        assert named <= set(one["texts"])
        assert len(one["legend"]) == 6
        assert set(map(str, one["classes"].values())) <= {"1", "2", "3", "4", "5", "none"}


def test_received_for_each_grid_is_received_over_grids(busy: Edge, supervisor: FlaskClient) -> None:
    html = wall(supervisor, area=GRID[:12])
    per_grid = next(one for one in turns(html) if one["code"] == board_wall_map.PER_GRID)
    received = figures(board(supervisor, area=GRID), GRID)["received"]
    assert per_grid["texts"][GRID] == f"{received:.1f}"
    of_village = turns(wall(supervisor, area=TOWN))
    texts = next(one for one in of_village if one["code"] == board_wall_map.PER_GRID)["texts"]
    with busy.rows():
        grids = len(re.findall(r'class="map-area"', html))
    whole = figures(board(supervisor, area=GRID[:12]), GRID[:12])["received"]
    assert texts[GRID[:12]] == f"{whole / grids:.1f}"


def test_the_period_is_part_of_the_address(supervisor: FlaskClient) -> None:
    assert "今天" in words_of(wall(supervisor, period="today"))
    html = wall(supervisor, **{"from": "2019-01-01", "to": "2019-01-31"})
    assert shown(html, "figure", "denominator") == 0
    assert "没有超期的案件" in words_of(html)


def test_each_renewal_signs_the_cookie_anew(supervisor: FlaskClient) -> None:
    answer = supervisor.get("/board/wall")
    assert "gridgov=" in answer.headers.get("Set-Cookie", "")
    # Other pages leave it alone: a forgotten browser runs out.
    assert "gridgov=" not in supervisor.get("/board/indicators").headers.get("Set-Cookie", "")


def test_the_page_says_which_files_it_runs_on(supervisor: FlaskClient) -> None:
    assert f'data-build="{board_wall.build()}"' in wall(supervisor)
    assert 'data-theme="dark"' in wall(supervisor)


def test_units_stand_with_their_overdue_cases(busy: Edge, supervisor: FlaskClient) -> None:
    html = wall(supervisor)
    counts = [int(one) for one in re.findall(r"</svg><b>(\d+)</b></li>", html)]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) <= board_wall.UNITS


def test_wall_and_past_hours_on_either_database(as_role: Callable[[str], FlaskClient]) -> None:
    supervisor = as_role("supervisor")
    html = wall(supervisor)
    lamps = [shown(html, "lamp", name) for name in ("green", "yellow", "red", "grey")]
    assert shown(html, "lamp", "open") == sum(lamps)
    past = supervisor.get("/board", query_string={"as_of": "2026-01-01T10:00"})
    assert past.status_code == 200
    assert "这是 2026-01-01 10:00 的数字" in words_of(past.text)
