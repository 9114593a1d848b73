"""Saved views: named, found, opened first, deleted; a person's own and nobody else's."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from gridgov.storage.people import GrantRow, Person
from gridgov.storage.saved_views import SavedView
from tests.support.app import token_in
from tests.web.edge import DISTRICT, TOWN, Edge
from tests.web.reading import links_of, words_of


@pytest.fixture
def edge(edge_on_both: Edge) -> Edge:
    """Each kind of database in turn."""
    return edge_on_both


def save(browser: FlaskClient, name: str, **form: Any) -> TestResponse:
    token = token_in(browser.get("/board/views").text)
    sent = {"name": name, "page": "board", "area": TOWN, "period": "week", "csrf_token": token}
    return browser.post("/board/views", data={**sent, **form})


def acts(browser: FlaskClient, act: str) -> list[str]:
    html = browser.get("/board/views").text
    return re.findall(rf'action="(/board/views/[^"]*/{act})"', html)


def do(browser: FlaskClient, address: str) -> TestResponse:
    return browser.post(address, data={"csrf_token": token_in(browser.get("/board/views").text)})


def test_the_head_of_the_board_saves_what_it_shows(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    for path in ("/board", "/board/analysis"):
        asked = {"area": TOWN, "period": "all", "by": "overdue"}
        html = supervisor.get(path, query_string=asked).text
        form = html.split('action="/board/views"')[1].split("</form>")[0]
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        assert asked.items() <= fields.items()
        answer = supervisor.post("/board/views", data={**fields, "name": f"看 {path}"})
        assert answer.status_code == 303
        there = urlsplit(answer.headers["Location"])
        assert there.path == path
        assert {name: value for name, (value,) in parse_qs(there.query).items()} == asked
        found = {said: at for at, said in links_of(supervisor.get(path, query_string=asked).text)}
        # In whichever order the database keeps what was asked.
        link = urlsplit(found[f"看 {path}"])
        assert (link.path, parse_qs(link.query)) == (path, parse_qs(there.query))


def test_free_days_are_kept_and_named_periods_go_on(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    days = {"from": "2026-11-01", "to": "2026-11-15"}
    answer = save(supervisor, "上半月", period="", **days)
    assert (
        days.items()
        <= {
            k: v for k, (v,) in parse_qs(urlsplit(answer.headers["Location"]).query).items()
        }.items()
    )
    assert "period=week" in save(supervisor, "本周").headers["Location"]


def test_one_view_opens_first_until_another_does(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    save(supervisor, "甲", default="1")
    first = supervisor.get("/board")
    assert first.status_code == 302
    assert f"area={TOWN}" in first.headers["Location"]
    assert supervisor.get(first.headers["Location"]).status_code == 200
    save(supervisor, "乙", page="analysis", default="1")
    assert supervisor.get("/board").headers["Location"].startswith("/board/analysis?")
    with edge.rows() as session:
        views = session.scalars(select(SavedView)).all()
    assert {view.name: view.is_default for view in views} == {"甲": False, "乙": True}
    assert supervisor.get("/board", query_string={"area": DISTRICT}).status_code == 200
    do(supervisor, acts(supervisor, "default")[1])
    assert supervisor.get("/board").status_code == 200
    do(supervisor, acts(supervisor, "default")[0])
    assert f"area={TOWN}" in supervisor.get("/board").headers["Location"]


def test_a_name_saved_again_is_the_new_view(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    save(supervisor, "我的")
    save(supervisor, " 我的 ", period="month")
    with edge.rows() as session:
        assert [view.asked["period"] for view in session.scalars(select(SavedView))] == ["month"]


def test_a_view_is_deleted(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    save(supervisor, "旧的", default="1")
    (address,) = acts(supervisor, "delete")
    assert do(supervisor, address).status_code == 303
    assert "旧的" not in words_of(supervisor.get("/board").text)
    assert do(supervisor, address).status_code == 404


def test_twenty_are_kept_and_no_more(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    for n in range(20):
        assert save(supervisor, f"视图 {n}").status_code == 303
    refused = save(supervisor, "太多")
    assert refused.status_code == 422
    assert "已有 20 个视图" in words_of(refused.text)
    assert 'value="太多"' in refused.text
    assert save(supervisor, "视图 3", period="month").status_code == 303, "a known name is no more"
    html = supervisor.get("/board", query_string={"area": DISTRICT}).text
    assert 'action="/board/views"' not in html


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"name": "  "}, 422),
        ({"name": "长" * 41}, 422),
        ({"from": "gestern", "period": ""}, 422),
        ({"cut": "x" * 41}, 422),
        ({"area": "440608106"}, 403),
        ({"area": DISTRICT}, 403),
        ({"area": "nowhere"}, 404),
    ],
)
def test_what_cannot_be_saved_is_refused(edge: Edge, form: dict[str, str], status: int) -> None:
    town = edge.staff("town_dispatcher")
    # A copy: the parameters are the same object for both databases.
    answer = save(town, **{"name": "试", **form})
    assert answer.status_code == status, words_of(answer.text)
    with edge.rows() as session:
        assert session.scalars(select(SavedView)).all() == []


def test_nobody_touches_anothers_views(edge: Edge) -> None:
    supervisor, dispatcher = edge.staff("supervisor"), edge.staff("dispatcher")
    save(supervisor, "只给我")
    assert "只给我" not in words_of(dispatcher.get("/board/views").text)
    for act in ("default", "delete"):
        (address,) = acts(supervisor, act)
        assert do(dispatcher, address).status_code == 404
    assert len(acts(supervisor, "delete")) == 1


def test_a_first_view_of_an_area_that_is_gone_gives_way_to_the_usual_board(edge: Edge) -> None:
    town = edge.staff("town_dispatcher")
    save(town, "我镇", default="1")
    username = edge.installation.login("town_dispatcher")["username"]
    with edge.writing() as session:
        person = session.scalars(select(Person).where(Person.username == username)).one()
        for grant in session.scalars(select(GrantRow).where(GrantRow.person_id == person.id)):
            grant.area_code = "440608106"
    assert town.get("/board").status_code == 200
    assert town.get("/board/views").status_code == 200
