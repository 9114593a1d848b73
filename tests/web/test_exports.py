"""Lists that leave as Excel books: from the list of tasks and from the lists behind figures."""

import io
from html import unescape
from uuid import UUID
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.storage.cases import Case
from gridgov.storage.exports import Export
from gridgov.storage.people import Person
from tests.web.casework import handling, tab
from tests.web.edge import DISTRICT, GRID, TOWN, Edge
from tests.web.reading import links_of
from tests.web.test_board import board, cases, figure_links
from tests.web.test_board_figures import all_behind, behind_links


def sheet_of(browser: FlaskClient, address: str) -> str:
    """Return the words of the book an address sends."""
    answer = browser.get(address)
    assert answer.status_code == 200, address
    assert answer.headers["Cache-Control"] == "private, no-store"
    return ZipFile(io.BytesIO(answer.data)).read("xl/worksheets/sheet1.xml").decode()


def linked(browser: FlaskClient, address: str) -> str:
    """Return the address of the book a page links to."""
    page = browser.get(address).text
    found = [unescape(at) for at, _ in links_of(page) if ".xlsx" in at]
    assert len(found) == 1, address
    return found[0]


def numbers(edge: Edge, ids: set[UUID]) -> set[str]:
    with edge.rows() as session:
        return set(session.scalars(select(Case.number).where(Case.id.in_(ids))))


def written(edge: Edge, sheet: str) -> set[str]:
    """Return the numbers of those cases of the district that a book tells of."""
    with edge.rows() as session:
        return {one for one in session.scalars(select(Case.number)) if one in sheet}


def kept(edge: Edge) -> Export:
    """Return the newest export that was written down."""
    with edge.rows() as session:
        return session.scalars(select(Export).order_by(Export.id.desc()).limit(1)).one()


def test_the_list_of_tasks_leaves_as_it_stands(edge: Edge) -> None:
    worker = edge.staff("worker")
    _code, mine = handling(edge, place_words="荷香路12号3栋501房")
    other = edge.case(edge.report(category="0402", text="半夜打桩")).id
    address = linked(worker, "/work?tab=handling")
    sheet = sheet_of(worker, address)
    assert written(edge, sheet) == numbers(edge, set(tab(worker, "handling")))
    assert numbers(edge, {mine}) < written(edge, sheet) | {""}
    assert not numbers(edge, {other}) & written(edge, sheet)
    assert "501" not in sheet
    with edge.rows() as session:
        name = edge.installation.login("worker")["username"]
        person = session.scalars(select(Person).where(Person.username == name)).one()
    assert f"由{person.name}" in sheet or person.name in sheet
    assert "<oddHeader>" in sheet
    export = kept(edge)
    assert (export.list_name, export.person_id) == ("work", person.id)
    assert export.row_count == len(tab(worker, "handling"))


def test_the_list_behind_a_figure_leaves_with_exactly_its_cases(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge.report()
    edge.closed()
    edge.fold()
    supervisor = edge.staff("supervisor")
    monkeypatch.setattr("gridgov.services.board.PAGE", 20)  # more than one page
    for area in (DISTRICT, GRID):
        for address, _number in dict(figure_links(board(supervisor, area=area))).items():
            sheet = sheet_of(supervisor, linked(supervisor, address))
            monkeypatch.setattr("gridgov.services.board.PAGE", 1_000)
            assert written(edge, sheet) == numbers(edge, cases(supervisor, address)), address
            monkeypatch.setattr("gridgov.services.board.PAGE", 20)
    export = kept(edge)
    assert export.list_name == "board"
    assert "figure=" in export.asked


def test_the_list_behind_an_indicator_leaves_with_exactly_its_cases(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge.report()
    edge.closed()
    edge.fold()
    supervisor = edge.staff("supervisor")
    monkeypatch.setattr("gridgov.web.board_export.PAGE", 20)
    found = behind_links(board(supervisor))
    assert found
    for address, _number in found:
        sheet = sheet_of(supervisor, linked(supervisor, address))
        assert written(edge, sheet) == numbers(edge, set(all_behind(supervisor, address))), address
    assert kept(edge).list_name == "behind"


@pytest.mark.parametrize("end", ["opening", "closing"])
def test_the_list_behind_the_stock_leaves_with_exactly_its_cases(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    open_yet = edge.case(edge.report())
    edge.closed()
    edge.fold()
    supervisor, day = edge.staff("supervisor"), open_yet.received_on
    monkeypatch.setattr("gridgov.web.board_export.PAGE", 20)  # more than one page
    page = f"/board/stock?end={end}&from={day}&to={day}&area={DISTRICT}"
    sheet = sheet_of(supervisor, linked(supervisor, page))
    assert written(edge, sheet) == numbers(edge, set(all_behind(supervisor, page)))
    assert (open_yet.number in sheet) is (end == "closing")
    assert kept(edge).list_name == "stock"


def test_the_address_of_a_list_may_say_more_than_is_asked(edge: Edge) -> None:
    supervisor = edge.staff("supervisor")
    for name in ("cases", "behind", "stock"):
        assert supervisor.get(f"/board/{name}?endpoint=x&_scheme=y&q=z").status_code == 200


def test_nobody_takes_out_what_lies_elsewhere(edge: Edge) -> None:
    town = edge.staff("town_dispatcher")
    for list_name in ("cases", "behind", "stock"):
        assert town.get(f"/board/{list_name}.xlsx?area={DISTRICT}").status_code in (403, 404)
        assert town.get(f"/board/{list_name}.xlsx?area={TOWN}").status_code == 200
    assert edge.staff("supervisor").get("/work/export.xlsx").status_code == 403
