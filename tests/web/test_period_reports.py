"""报表 over HTTP: made, read, taken along, sent by itself; nobody reads another's area."""

from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from docx import Document
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from gridgov.services import indicators, report_schedules
from gridgov.services import reference as references
from gridgov.storage.messages import Message
from gridgov.storage.period_reports import PeriodReport, ReportSchedule
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import utc_now
from tests.support.app import token_in
from tests.web.edge import DISTRICT, TOWN, Edge

YEAR = {"kind": "year", "period": f"{utc_now():%Y}", "language": "zh"}


@pytest.fixture(autouse=True)
def folded(edge: Edge) -> None:
    with edge.app.app_context():
        count = 1
        while count:
            with unit_of_work() as session:
                count = indicators.fold_pending(session, DISTRICT)


def made(edge: Edge, role: str = "supervisor", **values: str) -> tuple[int, str, str]:
    """Return status, where it leads, and the page that was answered."""
    browser = edge.staff(role)
    token = token_in(browser.get("/reports").text)
    form = {**YEAR, "area": DISTRICT, **values, "csrf_token": token}
    answer = browser.post("/reports", data=form)
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def test_a_report_is_made_read_and_taken_along(edge: Edge) -> None:
    status, where, _page = made(edge)
    assert status == 303
    browser = edge.staff("supervisor")
    page = browser.get(where).text
    assert "网格事件年报" in page
    assert "有效受理数" in page
    word = Document(BytesIO(browser.get(f"{where}/report.docx").data))
    assert "网格事件年报" in [paragraph.text for paragraph in word.paragraphs]
    excel = CalamineWorkbook.from_filelike(BytesIO(browser.get(f"{where}/report.xlsx").data))
    assert excel.sheet_names[0] == "正文"
    assert len(excel.sheet_names) > 5


def test_files_are_not_kept_by_caches(edge: Edge) -> None:
    _status, where, _page = made(edge)
    answer = edge.staff("supervisor").get(f"{where}/report.xlsx")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "month", "period": "2020-13"}, "“2020-13”不是这种周期"),
        ({"period": "2999"}, "这一周期还没有开始"),
        ({"kind": "fortnight"}, "不是这种周期"),
        ({"area": "nowhere"}, "请选择您有权查看的区域"),
        ({"unit": "nobody"}, "本地没有这个单位"),
    ],
)
def test_what_cannot_be_made_is_said_beside_what_was_typed(
    edge: Edge, values: dict[str, str], sentence: str
) -> None:
    status, _where, page = made(edge, **values)
    assert status == 422
    assert sentence in page
    if "period" in values:
        assert f'value="{values["period"]}"' in page


def test_a_town_reads_its_own_reports_only(edge: Edge) -> None:
    _status, whole, _page = made(edge)
    assert made(edge, "town_dispatcher")[0] == 422
    browser = edge.staff("town_dispatcher")
    assert browser.get(whole).status_code == 404
    assert browser.get(f"{whole}/report.docx").status_code == 404
    status, own, _page = made(edge, "town_dispatcher", area=TOWN)
    assert status == 303
    assert "荷城街道 网格事件年报" in browser.get(own).text
    assert whole not in browser.get("/reports").text


def test_a_report_of_one_unit_is_made_named_and_taken_along(edge: Edge) -> None:
    with edge.app.app_context(), read_only() as session:
        unit = next(one for one in references.of(session, DISTRICT).units.values() if not one.ended)
    assert f'<option value="{unit.code}"' in edge.staff("supervisor").get("/reports").text
    status, where, _page = made(edge, unit=unit.code)
    assert status == 303
    browser = edge.staff("supervisor")
    assert f"{unit.name} 网格事件年报" in browser.get(where).text
    assert unit.code in browser.get(f"{where}/report.docx").headers["Content-Disposition"]
    assert f"高明区 {unit.name}" in browser.get("/reports").text
    whole = made(edge)[1]
    assert whole != where
    assert unit.name not in browser.get(whole).text.split("report-title")[1].split("</h2>")[0]


def subscribed(edge: Edge, unit: str = "") -> ReportSchedule:
    browser = edge.staff("supervisor")
    token = token_in(browser.get("/reports").text)
    form = {"kind": "day", "area": DISTRICT, "unit": unit, "csrf_token": token}
    assert browser.post("/reports/schedules", data=form).status_code == 303
    with edge.app.app_context(), read_only() as session:
        return session.scalars(
            select(ReportSchedule).where(ReportSchedule.ended_at.is_(None))
        ).one()


def ran(edge: Edge, days: int) -> int:
    with edge.app.app_context(), unit_of_work() as session:
        # Noon of a day in China: the morning's reports are due.
        today = utc_now().astimezone(ZoneInfo("Asia/Shanghai"))
        moment = today.replace(hour=12) + timedelta(days=days)
        return report_schedules.run_due(session, DISTRICT, now=moment)


def test_what_was_asked_for_comes_once_after_each_period(edge: Edge) -> None:
    row = subscribed(edge)
    assert subscribed(edge).id == row.id
    assert ran(edge, 0) == 0
    assert ran(edge, 1) == 1
    assert ran(edge, 1) == 0
    with edge.app.app_context(), read_only() as session:
        told = session.scalars(select(Message).where(Message.kind == "report.made")).all()
        report = session.scalars(select(PeriodReport).where(PeriodReport.kind == "day")).one()
        assert [one.body["report"] for one in told] == [str(report.id)]
        assert told[0].body["people"] == [str(row.person_id)]
        assert told[0].body["name"] == ["高明区", "Gaoming"]
        assert (told[0].body["period"], told[0].body["edition"]) == (str(report.first_day), 1)
    browser = edge.staff("supervisor")
    assert f"/reports/{report.id}" in browser.get("/reports").text
    end = f"/reports/schedules/{row.id}/end"
    token = token_in(browser.get("/reports").text)
    assert browser.post(end, data={"csrf_token": token}).status_code == 303
    assert "已停止自动生成" in browser.get("/reports").text
    assert ran(edge, 2) == 0


def test_nobody_ends_the_reports_of_others(edge: Edge) -> None:
    row = subscribed(edge)
    browser = edge.staff("dispatcher")
    token = token_in(browser.get("/reports").text)
    end = f"/reports/schedules/{row.id}/end"
    assert browser.post(end, data={"csrf_token": token}).status_code == 404
    assert subscribed(edge).id == row.id
