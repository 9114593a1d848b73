"""Borders that confuse people: who sees which, how often, why, and what to do."""

import json
import re
from typing import Any
from uuid import UUID

import pytest
import shapely
from flask.testing import FlaskClient

from gridgov.domain.areas import AreaKind
from gridgov.services.grids_borders import neighbours
from gridgov.storage.grid_changes import BorderCorrection
from gridgov.storage.people import GrantRow, Person
from tests.web.edge import GRID, Edge
from tests.web.reading import links_of, words_of

PAGE = "/admin/grids/borders"
OTHER_TOWN = "440608108"


@pytest.fixture(scope="module")
def next_door(edge: Edge) -> str:
    """A unit grid of the same village that borders on the worker's."""
    found = neighbours(edge.reference().net, GRID)
    return next(a.code for a in found if a.kind is AreaKind.GRID and a.parent_code == GRID[:12])


@pytest.fixture(scope="module")
def handed(edge: Edge, next_door: str) -> list[UUID]:
    """Five cases handed from the worker's grid to the one next door, one of them back."""
    found = []
    for reason in ("wrong_spot", "wrong_spot", "wrong_spot", "other_duty"):
        found.append(edge.case(edge.report()).id)
        answer = edge.act(
            edge.staff("worker"), found[-1], "hand_neighbour", reason=reason, target=next_door
        )
        assert answer.status_code == 303
    answer = edge.act(
        edge.lead_of(next_door), found[0], "hand_neighbour", reason="wrong_spot", target=GRID
    )
    assert answer.status_code == 303
    return found


def rows(html: str) -> list[str]:
    body = html.split("<tbody>", 1)[1].split("</tbody>", 1)[0] if "<tbody>" in html else ""
    return [words_of(row) for row in body.split("</tr>")[:-1]]


def show(browser: FlaskClient, **asked: Any) -> str:
    answer = browser.get(PAGE, query_string=asked)
    assert answer.status_code == 200
    return answer.text


def watcher(edge: Edge, username: str, role: str, area: str) -> FlaskClient:
    with edge.writing() as session:
        person = Person(district_code="440608", username=username, name="看")
        session.add(person)
        session.flush()
        session.add(GrantRow(person_id=person.id, role=role, area_code=area))
    return edge.colleague(username)


def test_a_row_tells_both_grids_both_ways_the_reasons_and_what_to_do(
    edge: Edge, handed: list[UUID], next_door: str
) -> None:
    html = show(edge.staff("dispatcher"))
    (row,) = rows(html)
    own, other = (edge.area(code).name for code in (GRID, next_door))
    assert f"{own} 转来 1 件" in row
    assert f"{other} 转来 4 件" in row
    assert re.search(r"\b5\b", row)
    assert "位置有误 4" in row
    assert "属相邻网格职责 1" in row
    assert f"几乎都转到{other}" in row
    assert "常认错边" in row
    assert "共转交 5 次" in words_of(html)


def test_the_map_has_the_border_itself(edge: Edge, handed: list[UUID], next_door: str) -> None:
    html = show(edge.staff("system_admin"))
    found = re.search(r"data-lines>(.*?)</script>", html, re.DOTALL)
    assert found is not None
    (feature,) = json.loads(found[1])["features"]
    assert feature["properties"] == {"number": 1, "count": 5}
    line = shapely.from_geojson(json.dumps(feature["geometry"]))
    for code in (GRID, next_door):
        assert shapely.covers(edge.area(code).geometry.boundary, line)
    assert ("/admin/grids", "去网格草案") in links_of(html)


def test_cases_are_linked_for_those_who_may_see_them(
    edge: Edge, handed: list[UUID], next_door: str
) -> None:
    cases = {f"/work/cases/{one}" for one in handed}

    def linked(browser: FlaskClient) -> set[str]:
        return {at for at, _ in links_of(show(browser)) if at.startswith("/work/cases/")}

    assert linked(edge.staff("supervisor")) == cases
    assert linked(edge.staff("system_admin")) == set()
    assert "没有您可查看的" not in words_of(show(edge.staff("system_admin")))
    for at in cases:
        assert edge.staff("supervisor").get(at).status_code == 200


def test_a_town_sees_its_own_borders_and_no_others(edge: Edge, handed: list[UUID]) -> None:
    ours = watcher(edge, "ourtown", "office", GRID[:9])
    theirs = watcher(edge, "othertown", "office", OTHER_TOWN)
    assert len(rows(show(ours))) == 1
    shown = show(theirs)
    assert rows(shown) == []
    assert "没有转交相邻网格的案件" in words_of(shown)


@pytest.mark.parametrize("asked", ["30", "90", "365", "7", "soon", ""])
def test_the_period_is_chosen_and_nonsense_is_the_usual_one(
    edge: Edge, handed: list[UUID], asked: str
) -> None:
    html = show(edge.staff("dispatcher"), days=asked)
    chosen = re.search(r'href="[^"]*days=(\d+)" aria-current="true"', html)
    assert chosen is not None
    assert chosen[1] == (asked if asked in {"30", "90", "365"} else "90")


def test_what_was_handed_before_the_period_is_not_counted(
    edge: Edge, next_door: str, handed: list[UUID]
) -> None:
    with edge.writing() as session:
        for one in session.query(BorderCorrection):
            one.at = one.at.replace(year=one.at.year - 1)
    try:
        assert rows(show(edge.staff("dispatcher"))) == []
    finally:
        with edge.writing() as session:
            for one in session.query(BorderCorrection):
                one.at = one.at.replace(year=one.at.year + 1)


def test_a_border_of_grids_that_are_gone_says_so(edge: Edge, handed: list[UUID]) -> None:
    with edge.writing() as session:
        first = session.query(BorderCorrection).first()
        assert first is not None
        gone = BorderCorrection(
            district_code=first.district_code,
            grid_version=1,
            from_code="440608004025090",
            to_code=GRID,
            reason="wrong_spot",
            case_id=first.case_id,
            at=first.at,
        )
        session.add(gone)
    found = [row for row in rows(show(edge.staff("system_admin"))) if "440608004025090" in row]
    assert "已不再相邻" in found[0]


def test_the_page_speaks_english(edge: Edge, handed: list[UUID]) -> None:
    browser = edge.staff("supervisor")
    browser.set_cookie("language", "en")
    said = words_of(show(browser))
    browser.delete_cookie("language")
    for words in ("Borders that confuse people", "Nearly all go to Taihua", "came here"):
        assert words in said
