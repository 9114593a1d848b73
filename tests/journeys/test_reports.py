"""A supervisor makes a report, reads it, and takes it along as Word and Excel."""

import re
from pathlib import Path

from docx import Document
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from tests.journeys.test_main_job import sign_in
from tests.journeys.test_pages import violations, watched
from tests.support.browser import NewPage
from tests.support.server import Server


def test_a_report_from_the_board_to_the_office(
    default_server: Server, new_desk: NewPage, tmp_path: Path
) -> None:
    desk = new_desk(default_server.url)
    complaints = watched(desk)
    sign_in(desk, default_server, "supervisor")
    desk.goto("/board?period=all")
    desk.get_by_role("link", name="用这些数字出报表").click()
    desk.select_option("#kind", "year")
    desk.fill("#period", "去年")
    desk.get_by_role("button", name="生成").click()
    # What was typed is still there, beside why it cannot be.
    expect(desk.locator("#period")).to_have_value("去年")
    expect(desk.locator("#period-error")).to_contain_text("不是这种周期")
    desk.fill("#period", re.findall(r"\d{4}", desk.evaluate("new Date().toISOString()"))[0])
    desk.get_by_role("button", name="生成").click()
    desk.wait_for_url("**/reports/*-*")
    expect(desk.get_by_role("heading", name="网格事件年报")).to_be_visible()
    assert violations(desk) == []
    for name in ("Word 文件", "Excel 文件"):
        with desk.expect_download() as download:
            desk.get_by_role("link", name=name).click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    (word,) = tmp_path.glob("*.docx")
    (excel,) = tmp_path.glob("*.xlsx")
    assert "网格事件年报" in [paragraph.text for paragraph in Document(str(word)).paragraphs]
    assert CalamineWorkbook.from_path(excel).sheet_names[0] == "正文"
    assert complaints == []
    desk.set_viewport_size({"width": 320, "height": 800})
    assert desk.evaluate("document.documentElement.scrollWidth") <= 320
