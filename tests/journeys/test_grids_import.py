"""An office imports a net that says it is WGS-84 and is not: stopped, put right, a draft."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gridgov.domain.datum import Datum
from gridgov.importers.area_export import write_areas
from gridgov.importers.area_projection import target_frame
from tests.journeys.test_main_job import sign_in
from tests.journeys.test_pages import violations, watched
from tests.support.browser import NewPage
from tests.support.nets import sample_areas
from tests.support.server import Server

GRID = "440608004025006"


def net_of_amap(folder: Path) -> Path:
    """The district's net with one grid renamed, in GCJ-02, which the file does not say."""
    areas = [replace(a, name="新名网格") if a.code == GRID else a for a in sample_areas()]
    file = folder / "高明网格.kml"
    write_areas(file, areas, target_frame(Datum.GCJ02, None))
    return file


def fits(page: Page, width: int) -> None:
    """Assert that nothing is cut at the side of a narrow screen."""
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{page.url} is {wide} px wide on a screen of {width}"
    assert before is not None
    page.set_viewport_size(before)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_wrong_datum_is_stopped_and_the_other_is_taken_in_one_press(
    server: Server, new_desk: NewPage, tmp_path: Path, scripts: bool
) -> None:
    page = new_desk(java_script_enabled=scripts)
    complaints = watched(page)
    sign_in(page, server, "system_admin")
    page.goto(f"{server.url}/admin")
    page.get_by_role("link", name="版本、草案与文件").click()
    page.get_by_role("link", name="导入文件").click()
    page.set_input_files("[name=file]", net_of_amap(tmp_path))
    page.get_by_role("button", name="上传并查看").click()
    expect(page.get_by_role("heading", name="高明网格.kml")).to_be_visible()
    expect(page.locator("select[name=code] option:checked")).to_contain_text("440608")

    page.get_by_role("radio", name="WGS-84", exact=False).first.check(force=True)
    page.fill("[name=note]", "2027 年调整")
    page.get_by_role("button", name="核对并生成草案").click()
    stop = page.locator(".net-stop")
    expect(stop).to_contain_text("已停下：这些坐标不像是 WGS-84")
    expect(stop).to_contain_text("所以它很可能是 GCJ-02。没有导入任何内容。")
    expect(page.locator("[name=note]")).to_have_value("2027 年调整")
    if scripts:
        assert violations(page) == []
        fits(page, 320)

    page.get_by_role("button", name="改按 GCJ-02 导入").click()
    page.wait_for_url(re.compile(r"/admin/grids/\d+$"))
    number = page.url.rpartition("/")[2]
    notice = page.locator(".case-notice-done")
    expect(notice).to_contain_text(f"（按 GCJ-02 读取）生成第 {number} 版草案")
    expect(page.locator(".grids-note")).to_contain_text("2027 年调整")

    page.get_by_role("link", name="全部版本").click()
    draft = page.locator(".net-draft").filter(has_text=f"第 {number} 版草案")
    expect(draft).to_contain_text("与本区范围吻合 100.0 %")
    expect(page.locator(".net-active")).to_contain_text("现行")
    if scripts:
        assert violations(page) == []
        fits(page, 320)
    draft.locator(".net-discard summary").click()
    draft.get_by_role("button", name=f"放弃第 {number} 版草案").click()
    expect(page.locator(".case-notice-done")).to_contain_text(f"第 {number} 版草案已放弃")
    expect(page.locator(".net-draft").filter(has_text=f"第 {number} 版草案")).to_have_count(0)
    assert complaints == []
