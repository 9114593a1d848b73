"""The lists of the administration as Excel books: what the page shows, masked and marked."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.domain.notices import PERSON, Fate, Recipient
from gridgov.gateways.excel_parts import FOR_READING
from gridgov.storage.catalogue import Unit
from gridgov.storage.exports import Export
from gridgov.storage.notices import Delivery
from gridgov.storage.people import Person
from tests.support.app import token_in
from tests.web.books import Taken, book_of, link_of, taken
from tests.web.edge import DISTRICT, Edge
from tests.web.reading import words_of

PAGES = (
    "/admin/people",
    "/admin/units",
    "/admin/catalogue",
    "/admin/replies",
    "/admin/calendar",
    "/admin/keys",
    "/admin/notices",
    "/admin/grids",
)


@pytest.fixture(scope="module")
def admin(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


@pytest.fixture(scope="module")
def english(edge: Edge) -> FlaskClient:
    login = edge.installation.login("system_admin")
    client = edge.sign_in(login["username"], login["password"])
    client.set_cookie("language", "en")
    return client


def name_of(edge: Edge, role: str) -> str:
    with edge.rows() as session:
        username = edge.installation.login(role)["username"]
        return session.scalars(select(Person.name).where(Person.username == username)).one()


def total(html: str) -> int:
    """Return how many rows a list has, as its page says."""
    found = re.search(r"共 (\d+)|of (\d+)", words_of(html))
    assert found is not None, words_of(html)
    return int(found[1] or found[2])


def table(html: str) -> list[list[str]]:
    """Return the cells of the first table of a page."""
    body = html.split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    rows = body.split("</tr>")[:-1]
    return [
        [words_of(cell) for cell in re.findall(r"<t[hd][^>]*>.*?</t[hd]>", row, re.S)]
        for row in rows
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_list_leaves_marked_with_who_took_it_and_is_written_down(
    edge: Edge, admin: FlaskClient, page: str
) -> None:
    book = book_of(admin, page)
    name = name_of(edge, "system_admin")
    for at in range(len(book.sheets)):
        assert name in book.mark(at) and f"{datetime.now(UTC):%Y-}" in book.mark(at)
        assert book.head(at)[-1] == FOR_READING
        for place in ("oddHeader", "oddFooter"):
            assert re.search(rf"<{place}>[^<]*{name}", book.xml(at)), place
        assert "<f>" not in book.xml(at)
    with edge.rows() as session:
        kept = session.scalars(select(Export).order_by(Export.id.desc()).limit(1)).one()
        who = session.get_one(Person, kept.person_id)
    assert who.name == name
    assert kept.row_count == sum(len(book.rows(at)) for at in range(len(book.sheets)))


@pytest.mark.parametrize("page", PAGES)
def test_the_heads_are_in_the_language_of_the_page(
    admin: FlaskClient, english: FlaskClient, page: str
) -> None:
    chinese, other = book_of(admin, page), book_of(english, page)
    for at in range(len(chinese.sheets)):
        ours, theirs = chinese.head(at)[:-1], other.head(at)[:-1]
        assert len(ours) == len(theirs) == len(set(ours)) == len(set(theirs))
        assert all(re.search(r"[\u4e00-\u9fff]", head) for head in ours), ours
        assert not re.search(r"[\u4e00-\u9fff]", "".join([*theirs, *other.sheets])), theirs
        assert len(chinese.rows(at)) == len(other.rows(at))
    assert other.mark().startswith("Taken out by ")


@pytest.mark.parametrize(
    ("page", "narrowed"),
    [("people", "q=chen"), ("people", "gone=1"), ("units", "q=CG"), ("catalogue", "q=0101")],
)
def test_a_book_has_all_pages_of_the_list_and_its_filter(
    admin: FlaskClient, page: str, narrowed: str
) -> None:
    whole = admin.get(f"/admin/{page}").text
    assert len(taken(admin, link_of(whole)).rows()) == total(whole)
    some = admin.get(f"/admin/{page}?{narrowed}").text
    assert narrowed in link_of(some)
    rows = taken(admin, link_of(some)).rows()
    assert len(rows) == (total(some) if "<tbody>" in some else 0)
    assert len(rows) < total(whole)


def test_people_stand_in_the_book_as_on_the_page(edge: Edge, admin: FlaskClient) -> None:
    with edge.writing() as session:
        worker = session.scalars(select(Person).where(Person.username == "worker")).one()
        worker.email = "worker@example.org"
    page = admin.get("/admin/people?q=worker").text
    book = taken(admin, link_of(page))
    shown = [(row[0], row[1], row[3]) for row in table(page)]
    assert [(row["姓名"], row["用户名"], row["登录"]) for row in book.rows()] == shown
    assert "网格员" in book.rows()[0]["角色"]
    assert "example.org" not in str(book.sheets)


def test_units_leave_with_their_numbers_masked_and_no_formula(
    edge: Edge, admin: FlaskClient, english: FlaskClient
) -> None:
    with edge.writing() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "CG")).one()
        unit.contact, unit.name_en = "张工 13800138000", '=HYPERLINK("http://a.example","x")'
    assert "13800138000" in admin.get("/admin/units?q=CG").text
    (row,) = [one for one in book_of(admin, "/admin/units?q=CG").rows() if one["编码"] == "CG"]
    assert row["联系方式"] == "张工 138****8000"
    book = book_of(english, "/admin/units")
    (row,) = [one for one in book.rows() if one["Code"] == "CG"]
    assert row["Name"].startswith("=HYPERLINK(")  # as words
    assert "<f>" not in book.xml() and "<hyperlink" not in book.xml()
    assert "13800138000" not in str(book.sheets)


def test_classes_and_days_stand_in_the_book_as_on_the_page(admin: FlaskClient) -> None:
    page = admin.get("/admin/catalogue?q=0101").text
    rows = taken(admin, link_of(page)).rows()
    shown = table(page)[0]
    assert list(rows[0].values())[:7] == shown[:7]
    calendar = admin.get("/admin/calendar").text
    days = re.findall(r'<time datetime="([^"]+)">', calendar)
    book = taken(admin, link_of(calendar))
    assert [row["日期"] for row in book.rows()] == days
    made_up = next(row for row in book.rows() if row["日期"] == "2026-02-14")
    assert made_up["上班"] == "上班" and "国办发明电" in made_up["公布依据"]


def test_keys_leave_without_what_opens(edge: Edge, admin: FlaskClient) -> None:
    key = edge.installation.access()["api_key"]
    book = book_of(admin, "/admin/keys")
    assert key not in str(book.sheets)
    assert all(key.startswith(row["开头"]) or row["吊销时间"] for row in book.rows())
    assert len(book.rows()) == admin.get("/admin/keys").text.count('class="program-key"')


def test_versions_and_the_areas_in_force_leave(edge: Edge, admin: FlaskClient) -> None:
    book = book_of(admin, "/admin/grids")
    assert [row["版本"] for row in book.rows() if row["状态"] == "现行"] == [1]
    net = edge.reference().net
    areas = {row["编码"]: row for row in book.rows(1)}
    assert set(areas) == {area.code for area in net.areas()}
    assert areas["440608004025006"]["上级区域"] == net.area("440608004025").name


def delivery(edge: Edge, text: str, fate: Fate) -> None:
    now = datetime.now(UTC)
    with edge.writing() as session:
        who = session.scalars(select(Person.id).where(Person.username == "worker")).one()
        session.add(
            Delivery(
                district_code=DISTRICT,
                recipient=str(Recipient(PERSON, str(who))),
                ways=[],
                title="高明区网格服务",
                text=text,
                path="/staff",
                count=1,
                urgent=False,
                made_at=now,
                due_at=now,
                way="sms",
                attempt=6,
                reason="status_503",
                fate=str(fate),
            )
        )


def test_who_was_not_reached_leaves_with_the_messages_of_the_tab(
    edge: Edge, admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery(edge, "请回电 13800138000", Fate.SENT)
    delivery(edge, "新案件，荷香路12号3栋501房", Fate.FAILED)
    delivery(edge, "新案件，三洲路", Fate.FAILED)
    book = book_of(admin, "/admin/notices")
    (lost,) = book.rows(0)
    assert (lost["收件人"], lost["次数"]) == (name_of(edge, "worker"), 2)
    assert {row["正文"] for row in book.rows(1)} == {"新案件，荷香路12号3栋***", "新案件，三洲路"}
    sent = book_of(admin, "/admin/notices?tab=sent")
    assert [row["正文"] for row in sent.rows(1)] == ["请回电 138****8000"]
    assert len(sent.rows(0)) == 1
    monkeypatch.setattr("gridgov.web.notices_export.MOST", 1)
    short = book_of(admin, "/admin/notices").rows(1)
    assert len(short) == 2 and "只有前 1 行" in short[1]["收件人"]


def test_response_texts_leave_in_both_languages_masked(edge: Edge, admin: FlaskClient) -> None:
    reference = edge.reference()
    book = book_of(admin, "/admin/replies")
    assert [row["简称"] for row in book.rows()] == [one.title for one in reference.replies]
    assert [row["内容"] for row in book.rows()] == [one.text for one in reference.replies]


def upload(admin: FlaskClient, name: str, file: bytes, ending: str) -> Any:
    token = token_in(admin.get("/admin/people").text)
    sent = {"file": (io.BytesIO(file), f"{name}.{ending}"), "csrf_token": token, "whole": "1"}
    answer = admin.post(f"/admin/import/{name}", data=sent)
    return admin.get(answer.headers["Location"]) if answer.status_code == 303 else answer


def as_csv(book: Taken) -> bytes:
    (rows,) = book.sheets.values()
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode()


@pytest.mark.parametrize("name", ["people", "units", "catalogue"])
def test_what_was_taken_out_is_never_read_back_over_the_true_numbers(
    admin: FlaskClient, english: FlaskClient, name: str
) -> None:
    for browser in (admin, english):
        book = book_of(browser, f"/admin/{name}")
        for file, ending in ((book.content, "xlsx"), (as_csv(book), "csv")):
            answer = upload(admin, name, file, ending)
            assert answer.status_code == 400, (name, ending)
            assert "这是导出来查阅的列表" in words_of(answer.text)
    page = words_of(admin.get(f"/admin/{name}").text)
    assert "只供查阅" in page and "不能再导入" in page


def test_no_table_of_an_import_calls_a_column_as_the_mark_of_a_list(admin: FlaskClient) -> None:
    for name in ("people", "duties", "units", "catalogue"):
        template = admin.get(f"/admin/template/{name}.xlsx")
        answer = upload(admin, name, template.data, "xlsx")
        assert "这是导出来查阅的列表" not in words_of(answer.text)
