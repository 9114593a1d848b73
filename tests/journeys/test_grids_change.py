"""A town office splits a grid, rehearses, activates and undoes it, while residents report.

Somebody else has a board open all the time and sees the new grids without a reload. Every
report that was posted meanwhile is there afterwards, in exactly one version of the net.
"""

import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
import shapely
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat
from gridgov.domain.workflow import OPEN_STATES
from gridgov.services import grids
from gridgov.storage import grid_changes, messages, reports
from gridgov.storage.cases import Case
from gridgov.storage.ids import read_receipt_code
from tests.journeys.test_main_job import GRID, LIVE_MS, sign_in
from tests.journeys.test_pages import watched
from tests.support.app import copy_of
from tests.support.browser import NewPage
from tests.support.edited_nets import a_line, sample_shapes
from tests.support.server import Server, serving

DISTRICT, VILLAGE = GRID[:6], GRID[:-3]
SIDES = ("data-old", "data-new")
RESIDENTS = 3
PAUSE_S = 0.2  # between two reports of one resident
PATIENCE_S = 120
# Every open case of the grid, one by one, beside the traffic: seconds on an idle machine.
HANDOVER_MS = 90_000
GROUND = next(shape.geometry for shape in sample_shapes() if shape.code == GRID)


@pytest.fixture(params=["default", pytest.param("gevent", marks=pytest.mark.postgres)])
def own_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of each profile for this journey alone: it changes the net of the day."""
    default = request.param == "default"
    sample = request.getfixturevalue("sqlite_sample" if default else "postgis_sample")
    postgis = None if default else request.getfixturevalue("postgis")
    made = copy_of(sample, tmp_path, postgis)
    # All residents are one machine here.
    with serving(made, tmp_path / "log", profile=request.param, rate_limits=False) as server:
        yield server


class Traffic:
    """Residents who report in the grid that changes, one after the other, until they are told."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.receipts: list[str] = []
        self.refused: list[str] = []
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._resident, args=(seed,)) for seed in range(RESIDENTS)
        ]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _resident(self, seed: int) -> None:
        rng = random.Random(seed)
        while not self._over.wait(PAUSE_S):
            spot = a_spot(rng)
            form = {
                "client_token": uuid4().hex,
                "category": "0101",
                "text": "楼下垃圾堆了几天",
                "lon": str(spot.lon),
                "lat": str(spot.lat),
                "accuracy_m": "5",
                "datum": "wgs84",
                "position_source": "map_pin",
            }
            answer = requests.post(
                f"{self.server.url}/report", data=form, allow_redirects=False, timeout=PATIENCE_S
            )
            found = re.search(r"/r/([0-9A-Z-]{14})", answer.headers.get("Location", ""))
            if found is None:
                self.refused.append(f"{answer.status_code} {answer.text[:300]}")
            else:
                self.receipts.append(found[1])


def a_spot(rng: random.Random) -> LonLat:
    """A place in the grid, away from its rim: near it the form asks which side is meant."""
    inside = GROUND.buffer(-0.0002)
    west, south, east, north = inside.bounds
    while True:
        spot = LonLat(lon=rng.uniform(west, east), lat=rng.uniform(south, north))
        if shapely.contains_xy(inside, spot.lon, spot.lat):
            return spot


def codes_on(board: Page) -> set[str]:
    """The grids in the table of a board."""
    found: list[str] = board.locator(".board-areas tr[data-area]").evaluate_all(
        "rows => rows.map(row => row.dataset.area)"
    )
    return set(found)


def split(page: Page, server: Server) -> tuple[int, set[str]]:
    """Make a draft and split the grid along typed points; return its number and the new codes."""
    page.goto(f"{server.url}/admin/grids")
    page.get_by_role("button", name=re.compile("新建草案")).first.click()
    page.wait_for_url(re.compile(r"/admin/grids/\d+"))
    number = int(re.search(r"/admin/grids/(\d+)", page.url)[1])  # type: ignore[index]
    page.goto(f"{server.url}/admin/grids/{number}?grid={GRID}")
    expect(page.locator("[data-module=grid-editor]")).to_have_attribute("data-ready", "")
    page.locator("[data-act=split] > summary").click()
    line = "\n".join(f"{lon:.6f},{lat:.6f}" for lon, lat in a_line(GROUND, 1.5))
    page.locator("[data-act=split] [name=line]").fill(line)
    page.get_by_role("button", name="看看拆成哪两部分").click()
    halves = page.locator(".net-half .net-code")
    expect(halves).to_have_count(2)
    codes = set(halves.all_inner_texts())
    page.get_by_role("button", name="拆分网格").click()
    expect(page.locator("[data-panel] .case-notice")).to_contain_text("拆分为")
    return number, codes


def man_the_other_half(page: Page, server: Server, number: int) -> None:
    page.goto(f"{server.url}/admin/grids/{number}/checks")
    vacant = page.locator("[data-entry]", has_text="没有主责和替补")
    vacant.locator("summary").click()
    vacant.get_by_label("主责").fill("w0500")
    vacant.get_by_label("替补").fill("w0502")
    vacant.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("没有问题，可以生效")


def rehearse(page: Page, server: Server, number: int) -> None:
    """Look at the rehearsal: two maps drawn alike, equal sums, cases that move."""
    page.goto(f"{server.url}/admin/grids/{number}/rehearsal")
    expect(page.locator("[data-dots]")).to_contain_text("图中", timeout=LIVE_MS)
    expect(page.locator(".rehearsal-map canvas")).to_have_count(2)
    expect(page.locator("[data-total]")).to_contain_text("前后相等")
    moved = re.search(r"(\d+) 件换网格", page.locator("[data-sum]").inner_text())
    assert moved is not None
    assert int(moved[1]) > 0
    # Both maps show the same ground, also after one of them was moved.
    old, new = (page.locator(f"[{side}] .leaflet-control-scale-line") for side in SIDES)
    before = old.inner_text()
    expect(new).to_have_text(before)
    page.locator("[data-old] .leaflet-control-zoom-out").click()
    for scale in (old, new):
        expect(scale).not_to_have_text(before)
    expect(new).to_have_text(old.inner_text())


def test_split_rehearse_activate_and_undo_while_residents_report(
    own_server: Server, new_desk: NewPage
) -> None:
    server = own_server
    office, board = new_desk(), new_desk()
    complaints = [watched(page) for page in (office, board)]
    sign_in(office, server, "system_admin")
    sign_in(board, server, "supervisor")
    board.goto(f"{server.url}/board?area={VILLAGE}")
    before = codes_on(board)
    assert GRID in before
    board.evaluate("window.neverReloaded = true")

    number, halves = split(office, server)
    man_the_other_half(office, server, number)
    with Traffic(server) as traffic:
        office.wait_for_timeout(500)
        rehearse(office, server, number)
        assert codes_on(board) == before, "a rehearsal changes nothing"
        office.goto(f"{server.url}/admin/grids/{number}/activation")
        office.get_by_label("我已看过预演").check()
        office.get_by_role("button", name="立即生效").click()
        expect(office.locator("main")).to_contain_text("是现行网格")
        expect(office.locator("[data-handover]")).to_contain_text("全部处理完", timeout=HANDOVER_MS)
        assert office.locator("[data-receipt]").count() > 0
        for code in halves:
            row = board.locator(f".board-areas tr[data-area='{code}']")
            expect(row).to_have_count(1, timeout=LIVE_MS)
            expect(board.locator(f"#map-{code}")).to_have_count(1)
        assert codes_on(board) == (before - {GRID}) | halves
        office.wait_for_timeout(500)
        office.get_by_role("button", name="撤回生效").click()
        expect(office.locator("main")).to_contain_text("第 1 版重新成为现行网格")
        expect(office.locator("[data-handover]")).to_contain_text("全部处理完", timeout=HANDOVER_MS)
        row = board.locator(f".board-areas tr[data-area='{GRID}']")
        expect(row).to_have_count(1, timeout=LIVE_MS)
    assert codes_on(board) == before
    assert board.evaluate("window.neverReloaded") is True
    assert traffic.refused == []
    assert len(traffic.receipts) > 3 * RESIDENTS
    assert complaints == [[], []]
    assert_none_is_lost(server, traffic.receipts, number)


def assert_none_is_lost(server: Server, receipts: list[str], number: int) -> None:
    """Look into the database: each report is there, in the one version of its moment."""
    engine = create_engine(server.installation.url)
    with Session(engine) as session:
        known = {v.number: grids.net_of(session, v) for v in grids.versions(session, DISTRICT)}
        cases = []
        for code in receipts:
            report = reports.by_receipt(session, read_receipt_code(code))
            assert report is not None, "a resident has a receipt for nothing"
            cases.append(session.get_one(Case, report.case_id))
        assert {case.grid_version for case in cases} == {1, number}
        for case in cases:
            spot = LonLat(lon=case.lon or 0.0, lat=case.lat or 0.0)
            assert case.grid_code == known[case.grid_version].covering(spot)[0]
            if case.state in OPEN_STATES:
                assert case.duty.grid_code == GRID, case.number  # everything went back
        assert not grid_changes.is_waiting(session, DISTRICT)
        of_their_moment(session, number)
    engine.dispose()


def of_their_moment(session: Session, number: int) -> None:
    """Read the log: what was opened after a change has the version it made active, no other."""
    versions: list[int] = []
    every = {case.id: case for case in session.scalars(select(Case))}
    for message in messages.after(session, DISTRICT, 0, limit=100_000):
        if message.kind == "grids.activated":
            versions.append(message.body["version"])
        elif message.kind == "case.opened" and message.case_id is not None:
            assert every[message.case_id].grid_version == versions[-1]
    assert versions == [1, number, 1]
