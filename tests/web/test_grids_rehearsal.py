"""The rehearsal of a draft: what its page says, what its maps draw, what its files hold."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain import replay as replays
from gridgov.domain.datum import LonLat
from gridgov.domain.replay import Replay
from gridgov.domain.workflow import INVALID_STATES
from gridgov.services import grids, grids_edit, grids_rehearse_kept
from gridgov.services.area_maps import Window
from gridgov.services.reference import NamedPeriod
from gridgov.storage.cases import Case
from gridgov.storage.session import unit_of_work
from gridgov.web import rehearsal_maps, rehearsal_times
from gridgov.web.rehearsal_files import guarded
from tests.support.app import Installation, copy_of
from tests.support.drafts import BY, SplitDraft, plan, split_draft
from tests.web.edge import DISTRICT, GRID, Edge, opened
from tests.web.reading import links_of, words_of

NAME = "=HYPERLINK(1)"  # what a spreadsheet would run


@pytest.fixture(scope="module")
def edge(sqlite_sample: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """A district with reports in the worker's grid: three to be seen, one confidential."""
    made = copy_of(sqlite_sample, tmp_path_factory.mktemp("rehearsal"), None)
    with opened(made) as edge:
        codes = [edge.report(GRID) for _ in range(4)]
        with edge.writing() as session:
            session.get_one(Case, edge.case(codes[0]).id).confidential = True
        edge.report(area_code=GRID, lon=None, lat=None)
        yield edge


@pytest.fixture(scope="module")
def draft(edge: Edge) -> SplitDraft:
    """The worker's grid split in two, one half without people and with an evil name."""
    with edge.app.app_context():
        made = split_draft()
        with unit_of_work() as session:
            version = grids.version(session, DISTRICT, made.number)
            now = datetime.now(UTC)
            names = {"name": NAME, "name_en": NAME}
            grids_edit.rename(session, version, made.vacant, **names, by=BY, now=now)
    return made


@pytest.fixture(scope="module")
def office(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


def page_of(office: FlaskClient, draft: SplitDraft, **query: Any) -> str:
    answer = office.get(f"/admin/grids/{draft.number}/rehearsal", query_string=query)
    assert answer.status_code == 200, words_of(answer.text)
    return answer.text


def placed_in(session: Session, grid: str | None = None) -> list[Case]:
    """The cases a rehearsal runs: valid ones with a position, of a grid or of all."""
    query = select(Case).where(Case.lon.is_not(None), Case.state.not_in(INVALID_STATES))
    return [one for one in session.scalars(query) if grid in (None, one.grid_code)]


def row_of(html: str, code: str) -> list[str]:
    """The cells of a grid's row."""
    row = re.search(rf'<tr data-grid="{code}">.*?</tr>', html, re.DOTALL)
    assert row is not None, code
    return [words_of(cell) for cell in re.findall(r"<td.*?</td>", row[0], re.DOTALL)]


def test_the_page_says_what_moves_and_that_the_sums_are_equal(
    edge: Edge, office: FlaskClient, draft: SplitDraft
) -> None:
    html = page_of(office, draft)
    with edge.rows() as session:
        cases = placed_in(session)
        inside = placed_in(session, GRID)
        unplaced = session.scalars(select(Case).where(Case.lon.is_(None))).all()
    assert f"重放 {len(cases)} 件" in words_of(html)
    assert f"{len(inside)} 件换网格" in words_of(html)
    assert f"没有位置、未重放：{len(unplaced)} 件" in words_of(html)
    was, gone = row_of(html, GRID)[1:3]
    assert (was, gone) == (str(len(inside)), "—")
    halves = [row_of(html, code) for code in (draft.manned, draft.vacant)]
    assert [cells[1] for cells in halves] == ["—", "—"]
    assert sum(int(cells[2]) for cells in halves) == len(inside)
    total = re.search(r"<tr data-total>.*?</tr>", html, re.DOTALL)
    assert total is not None
    assert words_of(total[0]).startswith(f"合计 {len(cases)} {len(cases)} 前后相等")


def test_who_would_lead_and_where_nobody_would_is_said(
    edge: Edge, office: FlaskClient, draft: SplitDraft
) -> None:
    html = page_of(office, draft)
    assert "1 个网格会没有主责" in words_of(html)
    assert row_of(html, draft.vacant)[0].startswith("未设")
    assert row_of(html, draft.manned)[0] == row_of(html, GRID)[0]  # its people follow the ground
    assert "不排名次" in words_of(html)
    assert "变异系数" in words_of(html)


def test_open_cases_are_listed_without_confidential_ones_and_led_to_only_where_they_may_be_read(
    edge: Edge, office: FlaskClient, draft: SplitDraft
) -> None:
    html = page_of(office, draft)
    with edge.rows() as session:
        inside = session.scalars(select(Case).where(Case.grid_code == GRID)).all()
    rows = [words_of(row) for row in re.findall(r"<tr data-hand>.*?</tr>", html, re.DOTALL)]
    reported = [case for case in inside if case.state == "dispatched"]
    told = {case.number for case in inside if not case.confidential}
    assert all(any(number in row for number in told) for row in rows)
    listed = {case.number for case in reported if any(case.number in row for row in rows)}
    # Those in the half that keeps its people stay with whom they are.
    with edge.app.app_context(), unit_of_work() as session:
        net = grids.net_of(session, grids.version(session, DISTRICT, draft.number))
    leaving = [
        case
        for case in reported
        if case.assignee_id is not None
        and case.lon is not None
        and net.covering(LonLat(lon=case.lon, lat=case.lat or 0.0))[0] == draft.vacant
    ]
    assert listed >= {case.number for case in leaving if not case.confidential}
    hidden = sum(case.confidential for case in inside)
    assert f"{hidden} 件保密案件不列出" in words_of(html)
    # Who administers the system reads no case: a link would lead to a refusal.
    assert not [address for address, _words in links_of(html) if "/work/cases/" in address]


def test_what_took_long_is_reckoned_once_and_anew_after_an_edit(
    edge: Edge, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    real = replays.replay

    def counted(*args: Any, **more: Any) -> Replay:
        runs.append(1)
        return real(*args, **more)

    monkeypatch.setattr("gridgov.services.grids_rehearse.replays.replay", counted)
    with edge.app.app_context():
        draft = split_draft(turn=0.4)
    before = page_of(office, draft)
    office.get(f"/admin/grids/{draft.number}/rehearsal/points.json")
    page_of(office, draft)
    assert len(runs) == 1
    # Who has the duty is read anew each time, and costs no other run.
    assert row_of(before, draft.vacant)[0].startswith("未设")
    with edge.app.app_context():
        plan(draft)
    assert not row_of(page_of(office, draft), draft.vacant)[0].startswith("未设")
    assert len(runs) == 1
    anew = office.get(f"/admin/grids/{draft.number}/rehearsal?anew=1&months=3")
    assert anew.status_code == 303
    assert "anew" not in anew.headers["Location"]
    page_of(office, draft, months=3)
    assert len(runs) == 2
    with edge.app.app_context(), unit_of_work() as session:
        version = grids.version(session, DISTRICT, draft.number)
        grids_edit.undo_edit(session, version, by=BY, now=datetime.now(UTC))
    assert "没有网格变化" in words_of(page_of(office, draft, months=3))
    assert len(runs) == 3


def test_a_time_can_be_chosen_and_nonsense_is_refused_with_a_sentence(
    office: FlaskClient, draft: SplitDraft
) -> None:
    today = datetime.now(UTC).astimezone().date().isoformat()
    html = page_of(office, draft, **{"from": "2026-01-01", "to": "2026-01-31"})
    assert "2026-01-01 至 2026-01-31，31 天" in words_of(html)
    assert "这段时间没有受理案件" in words_of(html)
    assert "1 个月" in words_of(page_of(office, draft, months=1))
    for query in ({"months": "7"}, {"from": today, "to": "2020-01-01"}, {"from": "x"}):
        answer = office.get(f"/admin/grids/{draft.number}/rehearsal", query_string=query)
        assert answer.status_code == 400, query
        assert "日期" in words_of(answer.text)


def test_a_version_that_is_no_draft_has_no_rehearsal_and_says_so(office: FlaskClient) -> None:
    answer = office.get("/admin/grids/1/rehearsal")
    assert answer.status_code == 409
    assert "该版本已不是草案" in words_of(answer.text)
    assert "/admin/grids/1/activation" in answer.text


# --- maps ----------------------------------------------------------------------------------


def plan_of(html: str) -> dict[str, Any]:
    found = re.search(r"data-maps>(.*?)</script>", html, re.DOTALL)
    assert found is not None
    read: dict[str, Any] = json.loads(found[1])
    return read


def test_the_maps_look_at_what_changes_and_draw_its_dots(
    edge: Edge, office: FlaskClient, draft: SplitDraft
) -> None:
    maps = plan_of(page_of(office, draft))
    west, south, east, north = maps["fit"]
    ground = edge.area(GRID).geometry
    assert ground is not None
    assert west < ground.bounds[0] < ground.bounds[2] < east
    assert {GRID, draft.manned, draft.vacant} <= set(maps["changed"])
    assert set(maps["fresh"]) == {draft.manned, draft.vacant}
    (lines,) = maps["borders"]["geometry"]["coordinates"]
    assert all(west < lon < east and south < lat < north for lon, lat in lines)
    seen = office.get(f"{maps['points']}&bbox={west},{south},{east},{north}")
    assert "private" in seen.headers["Cache-Control"]
    with edge.rows() as session:
        inside = placed_in(session, GRID)
    shown = [(case.lon, case.lat) for case in inside if not case.confidential]
    assert len(seen.json["moved"]) == len(shown)
    for dot in seen.json["moved"]:
        assert any(dot == pytest.approx(spot, abs=2e-5) for spot in shown)
    assert seen.json["confidential"] >= 1
    nowhere = office.get(f"{maps['points']}&bbox=1,1,2,2").json
    assert (nowhere["moved"], nowhere["stayed"], nowhere["total"]) == ([], [], 0)


def many(count: int, moved: int) -> Replay:
    """A replay of cases spread over a degree; the last ones move."""
    rng = np.random.default_rng(5)
    places = np.zeros(count, np.int32)
    return Replay(
        codes=("a",),
        lons=rng.uniform(112, 113, count).astype(np.float32),
        lats=rng.uniform(22, 23, count).astype(np.float32),
        confidential=np.arange(count) % 10 == 0,
        was=places,
        will=places,
        is_moved=np.arange(count) >= count - moved,
        without_grid=0,
        outside=0,
        months=1.0,
    )


def test_of_too_many_dots_those_that_move_are_drawn_and_the_rest_is_a_number() -> None:
    found = many(20_000, moved=500)
    seen = rehearsal_maps.dots(found, None)
    assert len(seen["moved"]) == 450  # one in ten is confidential
    assert len(seen["moved"]) + len(seen["stayed"]) == rehearsal_maps.MOST_DOTS
    assert seen["confidential"] == 2_000
    assert seen["left_out"] + rehearsal_maps.MOST_DOTS + 2_000 == seen["total"] == 20_000


def test_dots_do_not_come_and_go_as_the_map_moves() -> None:
    found = many(20_000, moved=0)
    wide = rehearsal_maps.dots(found, Window(112.0, 22.0, 113.0, 23.0))["stayed"]
    narrow = rehearsal_maps.dots(found, Window(112.2, 22.0, 113.0, 23.0))["stayed"]
    kept = {(lon, lat) for lon, lat in wide if lon > 112.2}
    assert kept <= {(lon, lat) for lon, lat in narrow}
    assert len(wide) == len(narrow) == rehearsal_maps.MOST_DOTS


# --- files ---------------------------------------------------------------------------------


def table(office: FlaskClient, draft: SplitDraft, name: str) -> list[list[str]]:
    answer = office.get(f"/admin/grids/{draft.number}/rehearsal.csv?table={name}&months=3")
    assert answer.status_code == 200
    assert answer.data.startswith("\ufeff".encode())  # Excel reads UTF-8 only so
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_list_of_differences_names_every_case_that_moves_but_confidential_ones(
    edge: Edge, office: FlaskClient, draft: SplitDraft
) -> None:
    head, *rows = table(office, draft, "cases")
    with edge.rows() as session:
        inside = placed_in(session, GRID)
    assert {row[0] for row in rows} == {case.number for case in inside if not case.confidential}
    columns = dict(zip(head, zip(*rows, strict=True), strict=True))
    assert set(columns["现编码"]) == {GRID}
    assert set(columns["草案编码"]) <= {draft.manned, draft.vacant}


def test_the_files_of_grids_people_and_open_cases_say_what_the_page_says(
    office: FlaskClient, draft: SplitDraft
) -> None:
    html = page_of(office, draft, months=3)
    grid_rows = table(office, draft, "grids")
    (row,) = (row for row in grid_rows if row[0] == GRID)
    assert row[6] == row_of(html, GRID)[1]
    total = grid_rows[-1]
    assert total[6] == total[7]
    assert int(total[6]) == sum(int(row[6]) for row in grid_rows[1:-1])
    assert len(table(office, draft, "people")) > 600
    _head, *hands = table(office, draft, "open")
    assert sum(row[-1] == "是" for row in hands) == html.count("<tr data-hand>")
    unknown = office.get(f"/admin/grids/{draft.number}/rehearsal.csv?table=x")
    assert unknown.status_code == 400


def test_no_cell_of_a_file_becomes_a_formula(office: FlaskClient, draft: SplitDraft) -> None:
    (row,) = (row for row in table(office, draft, "grids") if row[0] == draft.vacant)
    assert row[1] == f"'{NAME}"
    assert [guarded(cell) for cell in ("-1", "+1", "@x", "\tx", "a=b", -1, None)] == [
        "'-1", "'+1", "'@x", "'\tx", "a=b", -1, None,
    ]  # fmt: skip
    book = office.get(f"/admin/grids/{draft.number}/rehearsal.xlsx?months=3")
    assert book.status_code == 200
    with zipfile.ZipFile(io.BytesIO(book.data)) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 5
        texts = [parts.read(name).decode() for name in sheets]
    assert not [text for text in texts if "<f>" in text or "<hyperlink" in text]
    assert any(NAME in text for text in texts)


# --- times ---------------------------------------------------------------------------------


def test_months_are_counted_back_by_the_calendar(edge: Edge) -> None:
    reference = edge.reference()
    for today, months, first in (
        (date(2026, 3, 31), 1, date(2026, 3, 1)),
        (date(2026, 11, 22), 3, date(2026, 8, 23)),
        (date(2026, 1, 15), 12, date(2025, 1, 16)),
        (date(2026, 12, 31), 6, date(2026, 7, 1)),
    ):
        now = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
        found = rehearsal_times.back(reference, months, now)
        assert (found.first, found.last) == (first, today)
        assert found.since.astimezone(reference.zone).hour == 0
        assert found.days == (today - first).days + 1


def test_without_cases_of_late_a_time_of_the_district_with_some_is_offered(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = edge.reference()
    period = NamedPeriod("去年", "last year", date(2025, 1, 1), date(2025, 12, 31))
    named = type(reference)(
        **{name: getattr(reference, name) for name in reference.__slots__} | {"periods": (period,)}
    )
    asked: list[Any] = []

    def some(_session: Any, _code: str, since: datetime, _until: datetime, _few: int) -> bool:
        asked.append(since)
        return since.astimezone(reference.zone).date() == period.first

    monkeypatch.setattr("gridgov.storage.grid_past.at_least", some)
    with edge.rows() as session:
        now = datetime(2026, 11, 22, 4, tzinfo=UTC)
        found = rehearsal_times.read({}, session, named, now)
        assert (found.first, found.last, found.chosen) == (period.first, period.last, False)
        monkeypatch.setattr("gridgov.storage.grid_past.at_least", lambda *_: False)
        assert rehearsal_times.read({}, session, named, now).months == rehearsal_times.USUAL


def test_at_most_so_many_replays_are_kept() -> None:
    stamps = [("test", number) for number in range(grids_rehearse_kept.MOST + 2)]
    kept = grids_rehearse_kept.Kept(datetime.now(UTC), many(10, 1))
    for stamp in stamps:
        grids_rehearse_kept.keep(stamp, kept)
    found = [stamp for stamp in stamps if grids_rehearse_kept.find(stamp) is not None]
    assert found == stamps[-grids_rehearse_kept.MOST :]
    for stamp in stamps:
        grids_rehearse_kept.forget(stamp)
