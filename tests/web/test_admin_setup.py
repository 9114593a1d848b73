"""Setting a district up through the pages: files looked at and done, single entries changed."""

import re
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.storage.catalogue import Unit
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.setup import SetupChange
from gridgov.web.downloads import EXCEL
from tests.support.app import token_in
from tests.web.edge import DISTRICT, GRID, Edge, try_login
from tests.web.reading import fields_of, words_of

PASSWORD = "梅花香自苦寒来 2026"


def book(*rows: tuple[Any, ...], name: str = "人员") -> tuple[BytesIO, str]:
    """Return an Excel file of rows for a form field."""
    file = BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = made.add_worksheet(name)
    for line, row in enumerate(rows):
        sheet.write_row(line, 0, row)
    made.close()
    file.seek(0)
    return file, f"{name}.xlsx"


def admin(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


def post(edge: Edge, address: str, **form: Any) -> Any:
    client = admin(edge)
    token = token_in(client.get("/admin/people").text)
    return client.post(address, data={**form, "csrf_token": token})


def upload(edge: Edge, table: str, file: tuple[BytesIO, str], **more: Any) -> Any:
    """Upload a file and return the page that says what it would do."""
    sent = post(edge, f"/admin/import/{table}", file=file, **more)
    assert sent.status_code == 303, words_of(sent.text)
    return admin(edge).get(sent.headers["Location"]), sent.headers["Location"]


def confirm(edge: Edge, page: Any, address: str) -> Any:
    """Press the button of the page that says what a file would do."""
    fingerprint = fields_of(page.text)["fingerprint"][0]
    return post(edge, address, fingerprint=fingerprint)


def person(edge: Edge, username: str) -> Person | None:
    with edge.rows() as session:
        return session.scalar(select(Person).where(Person.username == username))


def test_a_file_of_people_is_looked_at_put_right_and_done(edge: Edge) -> None:
    head = ("用户名", "姓名", "角色", "区域编码", "单位编码", "备注")
    wrong = book(
        head, ("zhoujie", "周洁", "派遣员", "999999"), ("ab", "短"), ("lin88", "林", "网格员")
    )
    page, _address = upload(edge, "people", wrong)
    assert page.status_code == 422
    said = words_of(page.text)
    assert "第 2 行 D2 区域编码 999999 现行网格版本里没有这个编码的区域。" in said
    assert "第 3 行 A3 用户名 ab" in said
    assert "未读取：备注" in said
    assert "确认写入" not in said
    assert person(edge, "zhoujie") is None

    good = book(head, ("zhoujie", "周洁", "派遣员", "440608004"), ("lin88", "林", "网格员"))
    page, address = upload(edge, "people", good)
    assert page.status_code == 200
    assert "2 新增" in words_of(page.text)
    assert person(edge, "zhoujie") is None, "a dry run writes nothing"
    done = confirm(edge, page, address)
    assert done.status_code == 303
    assert "新增 2，改动 0，终止 0，不变 0" in words_of(admin(edge).get("/admin/people").text)
    made = person(edge, "zhoujie")
    assert made is not None and made.password is None
    with edge.rows() as session:
        grant = session.scalars(select(GrantRow).where(GrantRow.person_id == made.id)).one()
        kept = session.scalars(select(SetupChange).where(SetupChange.source == "人员.xlsx")).one()
    assert (grant.role, grant.area_code) == ("dispatcher", "440608004")
    assert [one["key"] for one in kept.changes] == ["zhoujie", "lin88"]


def test_what_was_looked_at_is_what_is_done(edge: Edge) -> None:
    head = ("用户名", "姓名", "角色")
    page, address = upload(edge, "people", book(head, ("gaoming1", "高明", "督导员")))
    post_first, first = upload(edge, "people", book(head, ("gaoming1", "高铭", "督导员")))
    assert confirm(edge, post_first, first).status_code == 303
    late = confirm(edge, page, address)
    assert late.status_code == 409
    assert "其间有人改动了区县的设置" in words_of(late.text)
    found = person(edge, "gaoming1")
    assert found is not None and found.name == "高铭"


def test_a_file_that_is_none_is_refused_at_its_field(edge: Edge) -> None:
    for content, name, said in (
        (b"\x89PNG\r\n\x1a\n\xff\xfe\xfd", "p.xlsx", "读不出来"),
        ("甲,乙\n1,2\n".encode("gbk"), "p.csv", "文件里没有工作表含有这些列：用户名, 姓名"),
        ("用户名,姓名\n".encode(), "p.csv", "表头下面没有内容"),
    ):
        page, _address = upload(edge, "people", (BytesIO(content), name))
        assert page.status_code == 400, name
        assert said in words_of(page.text)
    assert post(edge, "/admin/import/people").status_code == 400
    assert admin(edge).get("/admin/import/secrets").status_code == 404


def test_another_administrator_does_not_see_the_file(edge: Edge) -> None:
    _page, address = upload(edge, "people", book(("用户名", "姓名"), ("zhang77", "张")))
    other = edge.colleague(_second_admin(edge))
    assert other.get(address).status_code == 404


def _second_admin(edge: Edge) -> str:
    page, address = upload(
        edge, "people", book(("用户名", "姓名", "角色"), ("admin22", "管", "系统管理员"))
    )
    assert confirm(edge, page, address).status_code == 303
    return "admin22"


@pytest.mark.parametrize("table", ["people", "duties", "units", "catalogue"])
def test_a_template_can_be_uploaded_as_it_is_and_does_nothing(edge: Edge, table: str) -> None:
    answer = admin(edge).get(f"/admin/template/{table}.xlsx")
    assert answer.mimetype == EXCEL
    page, _address = upload(edge, table, (BytesIO(answer.data), f"{table}.xlsx"))
    assert "表头下面没有内容" in words_of(page.text), "the example is no row"


def test_a_link_lets_the_person_choose_a_password_once(edge: Edge) -> None:
    page, address = upload(
        edge, "people", book(("用户名", "姓名", "角色"), ("xie123", "谢", "督导员"))
    )
    confirm(edge, page, address)
    found = person(edge, "xie123")
    assert found is not None
    shown = post(edge, f"/admin/people/{found.id}/link")
    link = re.search(r"/welcome/[\w-]{40,}", shown.text)
    assert link is not None
    assert "no-store" in shown.headers["Cache-Control"]

    visitor = edge.visitor()
    token = token_in(visitor.get(link[0]).text)
    form = {"password": "short", "again": "short", "csrf_token": token}
    assert visitor.post(link[0], data=form).status_code == 400
    form |= {"password": PASSWORD, "again": PASSWORD}
    assert visitor.post(link[0], data=form).status_code == 303
    assert visitor.get(link[0]).status_code == 404, "a link works once"
    assert try_login(visitor, "xie123", PASSWORD).status_code == 302


def test_ending_an_account_signs_the_person_out_at_once(edge: Edge) -> None:
    page, address = upload(
        edge, "people", book(("用户名", "姓名", "角色"), ("tang99", "唐", "督导员"))
    )
    confirm(edge, page, address)
    found = person(edge, "tang99")
    assert found is not None
    browser = edge.colleague("tang99")
    assert browser.get("/board").status_code == 200
    assert post(edge, f"/admin/people/{found.id}/active", active="0").status_code == 303
    assert browser.get("/board").status_code == 302
    again = post(edge, f"/admin/people/{found.id}/active", active="1")
    assert again.status_code == 303
    back = person(edge, "tang99")
    assert back is not None and back.active


def test_nobody_ends_the_own_account_and_an_administrator_stays(edge: Edge) -> None:
    own = person(edge, edge.installation.login("system_admin")["username"])
    assert own is not None
    refused = post(edge, f"/admin/people/{own.id}/active", active="0")
    assert refused.status_code == 400
    assert "您的账号须由其他人停用" in words_of(refused.text)


def test_roles_are_changed_by_the_rules_of_the_file(edge: Edge) -> None:
    page, address = upload(edge, "people", book(("用户名", "姓名"), ("wen5678", "温")))
    confirm(edge, page, address)
    found = person(edge, "wen5678")
    assert found is not None
    where = f"/admin/people/{found.id}"
    wrong = post(edge, where, name="温", email="", role="handler", where="NOPE")
    assert wrong.status_code == 400
    assert "没有这个编码的单位" in words_of(wrong.text)
    assert post(edge, where, name="温一", email="", role="handler", where="CG").status_code == 303
    shown = words_of(admin(edge).get(where).text)
    assert "温一" in shown and "高明区城市管理和综合执法局" in shown


def test_a_unit_gets_another_contact_and_cannot_end_while_it_is_needed(edge: Edge) -> None:
    page = admin(edge).get("/admin/units/CG")
    form = {name: values[0] for name, values in fields_of(page.text).items() if values}
    form = {name: form[name] for name in ("name", "name_en", "level", "area_code")}
    assert post(edge, "/admin/units/CG", **form, contact="0757-8888").status_code == 303
    with edge.rows() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "CG")).one()
    assert unit.contact == "0757-8888"
    refused = post(edge, "/admin/units/CG", **form, ended="1")
    assert refused.status_code == 400
    assert "目录仍以它为责任单位" in words_of(refused.text)


def test_a_limit_is_changed_with_a_reason_for_new_cases_only(edge: Edge) -> None:
    before = edge.case(edge.report())
    page = admin(edge).get("/admin/catalogue/0101")
    form = {name: values[0] for name, values in fields_of(page.text).items() if values}
    kept = {k: v for k, v in form.items() if k.endswith("_limit") or k == "unit_code"}
    assert post(edge, "/admin/catalogue/0101", **kept, after_photo="1").status_code == 400
    kept |= {"handle_limit": "3WD", "reason": "创文期间延长"}
    assert post(edge, "/admin/catalogue/0101", **kept, after_photo="1").status_code == 303
    after = edge.case(edge.report(text="又一处垃圾，在河边"))
    assert after.catalogue_version == before.catalogue_version + 1
    listed = words_of(admin(edge).get("/admin/catalogue").text)
    assert "创文期间延长" in listed and "3 个工作日" in listed


def test_a_class_gets_other_limits_by_stage_and_severity(edge: Edge) -> None:
    page = admin(edge).get("/admin/catalogue/0105")
    form = {name: values[0] for name, values in fields_of(page.text).items() if values}
    kept = {k: v for k, v in form.items() if "_limit" in k or k == "unit_code"}
    kept |= {"after_photo": "1", "reason": "紧急的要快"}
    wrong = post(edge, "/admin/catalogue/0105", **kept | {"check_limit_4": "soon"})
    assert wrong.status_code == 400
    assert 'href="#check_limit_4"' in wrong.text and 'value="soon"' in wrong.text
    kept |= {"handle_limit_3": "6H", "handle_limit_4": "2H", "check_limit_4": "1H"}
    assert post(edge, "/admin/catalogue/0105", **kept).status_code == 303
    listed = words_of(admin(edge).get("/admin/catalogue?q=0105").text)
    assert "1 个工作日 · 3 级 6 小时 · 4 级 2 小时" in listed
    assert "核查时限 4 级 1 小时" in listed
    again = fields_of(admin(edge).get("/admin/catalogue/0105").text)
    assert (again["handle_limit_3"], again["check_limit"]) == (["6H"], [""])


def test_limits_for_all_classes_are_set_once_and_shown_where_a_class_has_none(edge: Edge) -> None:
    before = edge.case(edge.report())
    form = fields_of(admin(edge).get("/admin/catalogue/usual").text)
    kept = {k: v[0] for k, v in form.items() if "_limit" in k}
    assert "handle_limit" not in kept and "check_limit_4" in kept
    assert post(edge, "/admin/catalogue/usual", **kept, reason="").status_code == 400
    kept |= {"check_limit": "3WD", "check_limit_4": "1H"}
    sent = post(edge, "/admin/catalogue/usual", **kept, reason="全区统一")
    assert sent.status_code == 303
    after = edge.case(edge.report(text="又一处垃圾，在河边"))
    assert after.catalogue_version == before.catalogue_version + 1
    page = admin(edge).get("/admin/catalogue/0101").text
    assert 'name="check_limit" type="text" value=""' in page
    shown = re.findall(r'<input[^>]*name="(check_limit\w*)"[^>]*placeholder="(\w+)"', page)
    assert dict(shown) == {
        "check_limit": "3WD",
        "check_limit_2": "3WD",
        "check_limit_3": "3WD",
        "check_limit_4": "1H",
    }
    listed = words_of(admin(edge).get("/admin/catalogue").text)
    assert "各类通用时限 核查时限: — → 3WD; 4=1H" in listed and "全区统一" in listed


def test_what_may_stay_empty_is_not_asked_for_by_the_browser(edge: Edge) -> None:
    page = admin(edge).get("/admin/catalogue/0101").text
    asked = re.findall(r'<input[^>]* name="([a-z_]+)"[^>]* required', page)
    assert asked == ["accept_limit", "handle_limit", "reason"]


def test_lists_are_searched(edge: Edge) -> None:
    assert "高明供电局" in words_of(admin(edge).get("/admin/units?q=供电").text)
    assert "高明供水公司" not in words_of(admin(edge).get("/admin/units?q=供电").text)
    assert "没有找到人员" in words_of(admin(edge).get("/admin/people?q=没有此人").text)


def test_the_workflow_is_shown_from_its_table(edge: Edge) -> None:
    page = admin(edge).get("/admin/workflow").text
    assert page.count('class="workflow-way"') >= 20
    assert "stateDiagram-v2" in page
    assert "style=" not in page
    words = words_of(page)
    assert "个状态" in words and "挂账" in words


def test_a_pack_goes_out_and_in_again_without_a_change(edge: Edge) -> None:
    sent = admin(edge).get("/admin/pack.json?notes=试点")
    assert "attachment" in sent.headers["Content-Disposition"]
    page, _address = upload(edge, "pack", (BytesIO(sent.data), "pack.json"))
    assert page.status_code == 200
    assert "没有改动" in words_of(page.text)


def test_a_year_of_the_calendar_is_published_and_a_wrong_day_refused(edge: Edge) -> None:
    head = "date,workday,name_zh,name_en,source\n"
    bad = head + "2027-01-01,0,元旦,New Year,通知\n2027-13-01,0,错,Wrong,通知\n"
    page, _address = upload(edge, "calendar", (BytesIO(bad.encode()), "2027.csv"))
    assert "第 3 行" in words_of(page.text)
    gap = head + "2029-01-01,0,元旦,New Year,通知\n"
    page, _address = upload(edge, "calendar", (BytesIO(gap.encode()), "2029.csv"))
    assert "年份与已发布的不衔接" in words_of(page.text)
    good = head + "2027-01-01,0,元旦,New Year,通知\n"
    page, address = upload(edge, "calendar", (BytesIO(good.encode()), "2027.csv"))
    assert confirm(edge, page, address).status_code == 303
    assert "已发布至 2027-12-31" in words_of(admin(edge).get("/admin/calendar").text)


def test_a_duty_comes_from_a_file(edge: Edge) -> None:
    page, address = upload(edge, "people", book(("用户名", "姓名"), ("duan4321", "段")))
    confirm(edge, page, address)
    head = ("用户名", "网格编码", "岗位", "开始日期")
    page, address = upload(edge, "duties", book(head, ("duan4321", int(GRID), "B岗", 46500)))
    assert "2027-04-23" in words_of(page.text), "a day may be Excel's number for it"
    assert confirm(edge, page, address).status_code == 303
    with edge.rows() as session:
        assert session.scalar(select(Person.district_code).limit(1)) == DISTRICT
