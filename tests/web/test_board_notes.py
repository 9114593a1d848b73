"""Notes on figures: written where one supervises or dispatches, read by all who see the board."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from gridgov.storage.board_notes import BoardNote
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person
from tests.support.app import token_in
from tests.web.edge import DISTRICT, TOWN, Edge
from tests.web.reading import links_of, words_of

NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
TEXT = "台风那一周停了两天外勤，按期率偏低"


@pytest.fixture
def edge(edge_on_both: Edge) -> Edge:
    """Each kind of database in turn."""
    return edge_on_both


def write(browser: FlaskClient, area: str = DISTRICT, **form: Any) -> TestResponse:
    sent = {"area": area, **NOVEMBER, "code": "closure_rate", "text": TEXT}
    return browser.post("/board/notes", data={**sent, "csrf_token": _token(browser), **form})


def _token(browser: FlaskClient) -> str:
    return token_in(browser.get("/board/views").text)


def office(edge: Edge) -> FlaskClient:
    """Return somebody of the office over the whole district: reads, and writes nothing."""
    with edge.writing() as session:
        person = Person(id=new_id(), district_code=DISTRICT, username="onlyoffice", name="文")
        session.add(person)
        session.flush()
        session.add(GrantRow(person_id=person.id, role="office", area_code=DISTRICT))
    return edge.colleague("onlyoffice")


def page(browser: FlaskClient, path: str, area: str = DISTRICT, **period: str) -> str:
    answer = browser.get(path, query_string={"area": area, **(period or NOVEMBER)})
    assert answer.status_code == 200
    return answer.text


def test_a_note_is_seen_by_every_reader_wherever_the_figure_stands(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    answer = write(supervisor)
    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).fragment == "notes"
    for reader in (supervisor, edge.staff("dispatcher"), office(edge)):
        for path in ("/board/analysis", "/board/indicators"):
            said = words_of(page(reader, path))
            assert TEXT in said, path
            assert "罗家辉" in said, "who wrote it"
    mark = re.search(r'<a class="note-count" href="([^"]*)">', page(supervisor, "/board"))
    assert mark is not None
    assert mark[1].endswith("#closure_rate")
    town = edge.staff("town_dispatcher")
    assert TEXT not in words_of(page(town, "/board/analysis", TOWN)), "another area's figure"


def test_a_note_stands_on_its_period_and_what_touches_it(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    write(supervisor)
    touching = {"from": "2026-11-20", "to": "2026-12-31"}
    beside = {"from": "2026-12-01", "to": "2026-12-31"}
    assert TEXT in words_of(page(supervisor, "/board/analysis", **touching))
    assert TEXT not in words_of(page(supervisor, "/board/analysis", **beside))


def test_only_who_supervises_or_dispatches_there_writes(edge: Edge) -> None:
    town = edge.staff("town_dispatcher")
    assert write(town, TOWN).status_code == 303
    assert write(town, DISTRICT).status_code == 403
    assert write(town, "440608106").status_code == 403
    reader = office(edge)
    assert write(reader).status_code == 403
    assert "保存备注" not in words_of(page(reader, "/board/analysis"))
    with edge.rows() as session:
        assert [note.area_code for note in session.scalars(select(BoardNote))] == [TOWN]


def test_an_office_of_the_district_that_dispatches_a_town_writes_only_there(edge: Edge) -> None:
    username = edge.installation.login("town_dispatcher")["username"]
    with edge.writing() as session:
        person = session.scalars(select(Person).where(Person.username == username)).one()
        session.add(GrantRow(person_id=person.id, role="office", area_code=DISTRICT))
    town = edge.staff("town_dispatcher")
    assert page(town, "/board/analysis")
    assert write(town, DISTRICT).status_code == 403
    assert write(town, TOWN).status_code == 303


@pytest.mark.parametrize(("text", "said"), [("   ", "请写明"), ("长" * 501, "501 字，最多 500 字")])
def test_what_cannot_be_kept_is_said_and_nothing_is_lost(edge: Edge, text: str, said: str) -> None:
    answer = write(edge.staff("supervisor"), text=text, code="overdue")
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert text.strip() in answer.text
    assert '<option value="overdue" selected>' in answer.text
    with edge.rows() as session:
        assert session.scalars(select(BoardNote)).all() == []


def test_an_unknown_figure_is_refused(edge: Edge) -> None:
    assert write(edge.staff("supervisor"), code="nonsense").status_code == 404


def withdrawals(html: str) -> list[str]:
    return re.findall(r'action="(/board/notes/[^"]*/withdraw[^"]*)"', html)


def test_the_writer_withdraws_and_the_row_remains(edge: Edge) -> None:
    supervisor, dispatcher = edge.staff("supervisor"), edge.staff("dispatcher")
    write(supervisor)
    (address,) = withdrawals(page(supervisor, "/board/analysis"))
    address = address.replace("&amp;", "&")
    assert withdrawals(page(dispatcher, "/board/analysis")) == []
    assert dispatcher.post(address, data={"csrf_token": _token(dispatcher)}).status_code == 403
    town = edge.staff("town_dispatcher")
    assert town.post(address, data={"csrf_token": _token(town)}).status_code == 404
    assert TEXT in words_of(page(dispatcher, "/board/analysis"))
    for _again in range(2):
        answer = supervisor.post(address, data={"csrf_token": _token(supervisor)})
        assert answer.status_code == 303
        assert TEXT not in words_of(supervisor.get(answer.headers["Location"]).text)
    assert "note-count" not in page(supervisor, "/board")
    with edge.rows() as session:
        kept = session.scalars(select(BoardNote)).one()
    assert (kept.text, kept.withdrawn_at is not None) == (TEXT, True)


def test_what_is_written_is_shown_as_it_is(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    write(supervisor, text="<b>粗</b> & “引号”")
    html = page(supervisor, "/board/analysis")
    assert "<b>粗</b> & “引号”" in words_of(html)
    assert "<b>粗</b>" not in html


def test_from_a_definition_one_comes_to_its_note(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    html = page(supervisor, "/board/indicators")
    address = next(
        at for at, said in links_of(html) if "写说明" in said and "on=overdue_share" in at
    )
    form = supervisor.get(address).text
    assert '<option value="overdue_share" selected>' in form.split('id="notes"')[1]
