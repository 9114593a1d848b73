"""The list of grid versions: drafts are made and thrown away here, files go out, the setting."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum
from gridgov.domain.routing import Outside
from gridgov.importers.area_fields import fields_of
from gridgov.importers.area_mapping import AreasMapping
from gridgov.importers.area_read import Ground, ReadNet, read_net
from gridgov.services import grids
from gridgov.services import reference as references
from gridgov.storage.areas import ACTIVE, DISCARDED, DRAFT, Area, GridVersion
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person
from tests.support.app import token_in
from tests.web.edge import DISTRICT, Edge
from tests.web.reading import links_of, words_of

GRIDS = "/admin/grids"


def admin(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


def act(edge: Edge, path: str, **form: Any) -> TestResponse:
    """Send a form of the list."""
    token = token_in(admin(edge).get(GRIDS).text)
    return admin(edge).post(path, data={"csrf_token": token, **form})


def rows(edge: Edge) -> dict[int, GridVersion]:
    with edge.rows() as session:
        return {one.number: one for one in grids.versions(session, DISTRICT)}


def count_of(edge: Edge, version: GridVersion) -> int:
    with edge.rows() as session:
        of_it = select(func.count()).where(Area.grid_version_id == version.id)
        return session.scalar(of_it) or 0


def test_the_list_shows_the_net_in_force_with_its_numbers(edge_on_both: Edge) -> None:
    edge = edge_on_both
    words = words_of(admin(edge).get(GRIDS).text)
    net = edge.reference().net
    for kind, word in (("town", "镇街"), ("village", "村居"), ("grid", "单元网格")):
        assert f"{len(net.areas(AreaKind(kind))):,} {word}" in words
    assert "网格第 1 版 现行" in words and "没有草案" in words
    overview = admin(edge).get("/admin").text
    assert (GRIDS, "版本、草案与文件") in links_of(overview)


def test_a_draft_is_a_copy_with_its_note_and_leads_to_its_page(edge_on_both: Edge) -> None:
    edge = edge_on_both
    answer = act(edge, GRIDS, note=" 06 网格一分为二 ")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{GRIDS}/2")
    assert "第 2 版草案已生成，生效前不影响派件。" in words_of(admin(edge).get(f"{GRIDS}/2").text)
    found = rows(edge)
    assert (found[2].status, found[2].note, found[2].base_number) == (DRAFT, "06 网格一分为二", 1)
    assert found[1].status == ACTIVE
    assert count_of(edge, found[2]) == count_of(edge, found[1]) > 700
    with edge.rows() as session:
        maker = session.get_one(Person, found[2].made_by_id)
    page = admin(edge).get(GRIDS).text
    assert f"由{maker.name}创建" in words_of(page) and "06 网格一分为二" in words_of(page)
    ways = {address for address, _ in links_of(page)}
    steps = ("", "/checks", "/rehearsal", "/activation")
    assert {f"{GRIDS}/2{step}" for step in steps} <= ways


def test_a_note_that_is_too_long_comes_back_as_it_was(edge: Edge) -> None:
    note = "很" * 201
    answer = act(edge, GRIDS, note=note)
    assert answer.status_code == 400
    assert "最多" in words_of(answer.text) and f'value="{note}"' in answer.text
    assert list(rows(edge)) == [1]


def test_a_draft_that_is_thrown_away_is_kept_as_a_line_only(edge_on_both: Edge) -> None:
    edge = edge_on_both
    act(edge, GRIDS)
    answer = act(edge, f"{GRIDS}/2/discard")
    assert (answer.status_code, answer.headers["Location"]) == (303, GRIDS)
    version = rows(edge)[2]
    assert (version.status, count_of(edge, version)) == (DISCARDED, 0)
    page = admin(edge).get(GRIDS).text
    assert "第 2 版草案已放弃。" in words_of(page) and "没有草案" in words_of(page)
    assert f"{GRIDS}/2/discard" not in page and f"{GRIDS}/2/export" not in page
    # Somebody else was faster, or the net in force was meant: a sentence, and nothing happens.
    for number in (2, 1):
        again = act(edge, f"{GRIDS}/{number}/discard")
        assert again.status_code == 409
        assert "不是草案" in words_of(again.text)
    assert rows(edge)[1].status == ACTIVE
    assert act(edge, f"{GRIDS}/9/discard").status_code == 404


def test_an_older_version_is_copied_to_a_draft(edge: Edge) -> None:
    with edge.writing() as session:
        district = session.scalars(select(GridVersion).where(GridVersion.number == 1)).one()
        old = {"id": new_id(), "status": "retired", "number": 50}
        session.add(
            GridVersion(
                **old,
                district_code=DISTRICT,
                made_at=district.made_at,
                activated_at=district.made_at,
                retired_at=district.made_at,
            )
        )
    page = admin(edge).get(GRIDS).text
    assert "历史版本" in words_of(page)
    answer = act(edge, GRIDS, source="50", note="同第 50 版")
    assert answer.headers["Location"] == f"{GRIDS}/51"
    assert rows(edge)[51].note == "同第 50 版"
    assert count_of(edge, rows(edge)[51]) == 0, "copied from the old one, not from the active one"
    assert act(edge, GRIDS, source="77").status_code == 404
    act(edge, f"{GRIDS}/51/discard")


def test_what_becomes_of_reports_from_outside_is_a_setting(edge_on_both: Edge) -> None:
    edge = edge_on_both
    for told in (Outside.TRAY, Outside.REFUSE):
        assert act(edge, f"{GRIDS}/outside", outside=str(told)).status_code == 303
        with edge.rows() as session:
            assert references.of(session, DISTRICT).routing.outside is told
        page = admin(edge).get(GRIDS).text
        assert f'value="{told}" checked' in page
    assert act(edge, f"{GRIDS}/outside", outside="sea").status_code == 400


def test_who_only_looks_sees_no_form(edge: Edge) -> None:
    with edge.writing() as session:
        person = Person(id=new_id(), district_code=DISTRICT, username="looksonly", name="看")
        session.add(person)
        session.flush()
        session.add(GrantRow(person_id=person.id, role="security_admin", area_code=DISTRICT))
    looker = edge.colleague("looksonly")
    page = looker.get(GRIDS).text
    assert "由系统管理员办理" in words_of(page)
    assert f'method="post" action="{GRIDS}' not in page
    token = token_in(page)  # of the form to sign out
    for path in (GRIDS, f"{GRIDS}/1/discard", f"{GRIDS}/outside"):
        assert looker.post(path, data={"csrf_token": token}).status_code == 403


def read_back(answer: TestResponse, folder: Path, datum: Datum | None) -> ReadNet:
    """Read an export as an import would."""
    name = answer.headers["Content-Disposition"].partition('filename="')[2].rstrip('"')
    (folder / name).write_bytes(answer.data)
    fields = AreasMapping(**{**_plain(fields_of({})), "datum": datum})
    return read_net(folder / name, fields, Ground(DISTRICT, "高明区", "Gaoming"))


def _plain(fields: AreasMapping) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in fields.__dataclass_fields__}


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "epsg:4547"])
@pytest.mark.parametrize("form", ["geojson", "gpkg", "shp", "kml"])
def test_a_version_goes_out_in_each_format(
    edge: Edge, tmp_path: Path, form: str, datum: str
) -> None:
    answer = admin(edge).get(f"{GRIDS}/1/export?format={form}&datum={datum}")
    if (form, datum) == ("kml", "epsg:4547"):
        assert answer.status_code == 400
        assert "KML 只能存经纬度" in words_of(answer.text)
        return
    assert answer.status_code == 200
    ending = "zip" if form == "shp" else form
    said = answer.headers["Content-Disposition"]
    assert said == f'attachment; filename="440608-v1-{datum.replace(":", "")}.{ending}"'
    told = None if datum.startswith("epsg") else Datum(datum)
    net = read_back(answer, tmp_path, told)
    with edge.rows() as session:
        ours = {one.code: one for one in references.of(session, DISTRICT).net.areas()}
    assert {one.code for one in net.areas} == set(ours)
    assert net.frame.name.startswith({"wgs84": "WGS", "gcj02": "GCJ"}.get(datum, "EPSG:4547"))
    one = next(area for area in net.areas if area.code == "440608004025006")
    assert one.geometry is not None
    assert one.geometry.normalize().equals_exact(ours[one.code].geometry.normalize(), 1e-8)


def test_drafts_go_out_as_drafts_and_one_kind_alone(edge: Edge) -> None:
    act(edge, GRIDS)
    number = max(rows(edge))
    answer = admin(edge).get(f"{GRIDS}/{number}/export?format=shp&kind=town")
    name = f"440608-v{number}-draft-town-wgs84.zip"
    assert name in answer.headers["Content-Disposition"]
    with ZipFile(BytesIO(answer.data)) as packed:
        assert {Path(part).suffix for part in packed.namelist()} >= {".shp", ".dbf", ".prj", ".cpg"}
    for query in ("format=dxf", "datum=xian80", "kind=sea", "datum=epsg:999999"):
        assert admin(edge).get(f"{GRIDS}/{number}/export?{query}").status_code == 400
    assert admin(edge).get(f"{GRIDS}/99/export").status_code == 404
    act(edge, f"{GRIDS}/{number}/discard")
    gone = admin(edge).get(f"{GRIDS}/{number}/export")
    assert gone.status_code == 400, "what was thrown away has no areas"
