"""An administrator imports people, corrects an error in the file, and it is done."""

from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import expect

from tests.journeys.test_grids_import import fits
from tests.journeys.test_main_job import sign_in
from tests.journeys.test_pages import violations, watched
from tests.support.browser import NewPage
from tests.support.server import Server

HEAD = ("用户名", "姓名", "角色", "区域编码")


def written(path: Path, *rows: tuple[str, ...]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("人员")
    for line, row in enumerate((HEAD, *rows)):
        sheet.write_row(line, 0, row)
    book.close()
    return path


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_wrong_row_is_shown_corrected_and_taken(
    server: Server, new_desk: NewPage, tmp_path: Path, scripts: bool
) -> None:
    page = new_desk(java_script_enabled=scripts)
    complaints = watched(page)
    username = f"journey{'ab'[scripts]}"
    sign_in(page, server, "system_admin")
    page.goto(f"{server.url}/admin")
    page.get_by_role("link", name="配置包").click()
    page.get_by_role("link", name="人员", exact=True).click()
    page.get_by_role("link", name="从文件导入人员").click()
    wrong = written(tmp_path / "人员.xlsx", (username, "旅客", "派遣员", "440608999"))
    page.set_input_files("[name=file]", wrong)
    page.get_by_role("button", name="上传并查看").click()
    row = page.locator(".setup-refusals tbody tr")
    expect(row).to_contain_text("第 2 行")
    expect(row).to_contain_text("D2")
    expect(row).to_contain_text("现行网格版本里没有这个编码的区域")
    expect(page.get_by_role("button", name="确认写入")).to_have_count(0)
    if scripts:
        assert violations(page) == []
        fits(page, 320)

    page.get_by_role("link", name="上传另一个文件").click()
    good = written(tmp_path / "人员.xlsx", (username, "旅客", "派遣员", "440608004"))
    page.set_input_files("[name=file]", good)
    page.get_by_role("button", name="上传并查看").click()
    expect(page.locator(".setup-changes tbody tr")).to_contain_text("派遣员 440608004")
    if scripts:
        assert violations(page) == []
        fits(page, 320)
    page.get_by_role("button", name="确认写入").click()
    expect(page.get_by_role("status").first).to_contain_text("新增 1")
    page.fill("[name=q]", username)
    page.locator(".setup-search button").click()
    expect(page.locator(".setup-table tbody tr")).to_contain_text("荷城街道")
    assert complaints == []
