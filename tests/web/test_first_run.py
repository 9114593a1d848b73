"""The first days of a district: what comes next is on the page, and nobody meets a closed door."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from gridgov.storage.people import Duty, Person
from gridgov.storage.session import unit_of_work
from gridgov.web.instance import utc_now
from tests.web.edge import Edge
from tests.web.reading import words_of


def test_who_has_neither_duty_nor_role_reads_whom_to_ask(edge: Edge) -> None:
    worker = edge.staff("worker")
    assert worker.get("/staff").status_code == 302
    with edge.app.app_context(), unit_of_work() as session:
        mine = session.scalars(select(Person.id).where(Person.username == "worker")).one()
        over = utc_now().date() - timedelta(days=2)
        session.execute(update(Duty).where(Duty.person_id == mine).values(ends_on=over))
    answer = worker.get("/staff")
    assert answer.status_code == 403
    assert "没有岗位和职务" in words_of(answer.text)


def test_an_administrator_finds_what_the_district_still_needs(edge: Edge) -> None:
    admin = edge.staff("system_admin")
    assert admin.get("/staff").headers["Location"] != "/admin"
    assert "接下来要做" not in admin.get("/admin").text
    with edge.app.app_context(), unit_of_work() as session:
        session.execute(delete(Duty))
    assert admin.get("/staff").headers["Location"] == "/admin"
    page = admin.get("/admin").text
    assert "接下来要做" in page
    assert '<a href="/admin/people">每个网格的主责和协助</a>' in page
    assert "网格已就绪" in words_of(page)
