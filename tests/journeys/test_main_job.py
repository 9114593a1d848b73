"""The main job, in real browsers: from snap to routed, handled, checked, closed, on the board."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser import TIMEOUT_MS, NewPage
from tests.support.images import jpeg_with_gps
from tests.support.nets import sample_records
from tests.support.server import Server

GRID = "440608004025006"
# Patience on a loaded machine; that it takes under a second is measured in benchmarks/.
LIVE_MS = TIMEOUT_MS


def spot(code: str = GRID) -> tuple[float, float]:
    """A place well inside a grid."""
    point = sample_records()[code].geometry.representative_point()
    return point.x, point.y


def sign_in(page: Page, server: Server, role: str) -> Page:
    login = server.login(role)
    page.goto(f"{server.url}/login")
    page.fill("[name=username]", login["username"])
    page.fill("[name=password]", login["password"])
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def figure(board: Page, name: str) -> int:
    text = board.locator(f"[data-figure={name}]").first.inner_text()
    return int(text.replace(",", ""))


def expect_figure(board: Page, name: str, value: int) -> None:
    expect(board.locator(f"[data-figure={name}]").first).to_have_text(f"{value:,}", timeout=LIVE_MS)


def snap(phone: Page, server: Server, words: str, photo: Path, category: str = "暴露垃圾") -> str:
    """Report as a resident does and return the id of the case, once its receipt is shown."""
    phone.goto(server.url)
    # The big button opens the camera at once; the form then has the photo already. Until
    # its script has arrived it is a plain link.
    phone.locator("input[data-snap]").wait_for(state="attached")
    with phone.expect_file_chooser() as camera:
        phone.get_by_role("link", name="拍照上报").click()
    camera.value.set_files(photo)
    phone.wait_for_url("**/report")
    expect(phone.locator("[data-photo-list] img").first).to_be_visible()
    expect(phone.locator("[data-place]")).to_contain_text("06 网格", timeout=LIVE_MS)
    phone.locator("label", has_text=category).first.click()
    phone.locator("[name=text]").fill(words)
    phone.locator("[data-main-submit]").click()
    phone.wait_for_url("**/r/**", timeout=LIVE_MS)
    number = re.search(r"440608-\d{6}-\d{5}", phone.locator("main").inner_text())
    assert number is not None
    return server.case_id(number[0])


def picture(folder: Path) -> Path:
    path = folder / "snap.jpg"
    path.write_bytes(jpeg_with_gps(*spot()))
    return path


def test_from_snap_to_closed_on_the_board(
    server: Server, new_phone: NewPage, new_desk: NewPage, tmp_path: Path
) -> None:
    lon, lat = spot()
    here = {"longitude": lon, "latitude": lat, "accuracy": 10.0}
    server.counted()
    board = sign_in(new_desk(), server, "supervisor")
    expect(board.locator("[data-figure=received]").first).to_be_visible()
    received, closed = figure(board, "received"), figure(board, "closed")
    worker = sign_in(new_phone(geolocation=here), server, "worker")
    worker.goto(f"{server.url}/work?tab=sign")
    board.evaluate("window.neverReloaded = true")

    resident = new_phone(geolocation=here)
    words = f"垃圾堆在门口三天了，臭得很 {received}"
    photo = picture(tmp_path)
    case = snap(resident, server, words, photo)
    receipt = resident.url
    expect(resident.locator("[data-headline]")).to_contain_text("已受理")
    expect_figure(board, "received", received + 1)

    # The worker's list shows it without a reload; sign, then resolve with note and photo.
    expect(worker.locator(f"[data-case='{case}']")).to_contain_text("暴露垃圾", timeout=LIVE_MS)
    _open_case(worker, case, words)
    worker.get_by_role("button", name="签收").first.click()
    expect(resident.locator("[data-headline]")).to_contain_text("处理", timeout=LIVE_MS)
    worker.locator("a[href='#act-resolve']").click()
    worker.locator("#act-resolve [name=text]").fill("已清走并冲洗")
    worker.locator("#act-resolve input[type=file]").set_input_files(photo)
    with worker.expect_navigation():
        worker.locator("#act-resolve button[type=submit]").click()

    # The deputy, not the handler, sees before and after and passes it.
    deputy = sign_in(new_phone(), server, "deputy")
    deputy.goto(f"{server.url}/work?tab=check")
    _open_case(deputy, case, words)
    assert deputy.locator("img").count() >= 2
    deputy.get_by_role("button", name="核查通过").first.click()
    expect_figure(board, "closed", closed + 1)
    assert board.evaluate("window.neverReloaded") is True

    # The resident sees it live and says it is solved.
    expect(resident.locator("#rate")).to_be_visible(timeout=LIVE_MS)
    resident.locator("#rate label", has_text="解决了").first.click()
    resident.locator("#rate label", has_text="满意").nth(1).click()
    resident.locator("button[form=rate]").click()
    expect(resident.locator("main")).to_contain_text("谢谢", timeout=LIVE_MS)
    assert receipt.split("?")[0].split("/r/")[1][:14] in resident.url


def test_worker_and_board_on_different_processes(
    two_processes: tuple[Server, Server],
    new_phone: NewPage,
    new_desk: NewPage,
    tmp_path: Path,
) -> None:
    here, there = two_processes
    lon, lat = spot()
    there.counted()
    board = sign_in(new_desk(), there, "supervisor")
    received, opened = figure(board, "received"), figure(board, "open")
    resident = new_phone(geolocation={"longitude": lon, "latitude": lat, "accuracy": 9.0})
    case = snap(resident, here, "井盖翘起来了", picture(tmp_path), "井盖")
    expect_figure(board, "received", received + 1)
    expect_figure(board, "open", opened + 1)
    # What comes due by the clock may come between: the newest of its own.
    newest = board.locator(".feed-card", has_text="井盖").first
    expect(newest).to_be_visible(timeout=LIVE_MS)
    worker = sign_in(new_phone(), here, "worker")
    _open_case(worker, case, "井盖翘起来了")
    worker.get_by_role("button", name="签收").first.click()
    expect(newest).to_contain_text("签收", timeout=LIVE_MS)
    assert board.url.startswith(there.url)


def _open_case(page: Page, case: str, words: str) -> None:
    """Open a case from the list; its own page has the words of the report."""
    page.locator(f"[data-case='{case}'] a").first.click()
    page.wait_for_url(f"**/work/cases/{case}*")
    expect(page.locator("main")).to_contain_text(words)
