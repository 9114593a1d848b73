"""A real district's first run, as an operator does it: no sample, from nothing to a case."""

import csv
import json
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import click
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import select

from gridgov.app import create_app
from gridgov.cli import cli
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import Datum
from gridgov.domain.errors import GridgovError
from gridgov.importers.area_export import write_areas
from gridgov.importers.area_projection import target_frame
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.people import Person
from gridgov.storage.session import read_only
from gridgov.web.security import limiter
from tests.support.app import Browser, Installation, token_in
from tests.support.command import gridgov
from tests.support.nets import sample_areas
from tests.test_cli_import import empty
from tests.web.edge import try_login
from tests.web.reading import fields_of, words_of

__all__ = ["empty"]
CODE, GRID, TOWN = "440608", "440608004025006", "440608004"
PASSWORD = "山高水长 之地 2026"
FIRST = f"{CODE}-first-password.txt"


def outline(folder: Path) -> Path:
    """Write the ground of the district as a file that says nothing of its coordinates."""
    ground = next(area.geometry for area in sample_areas() if area.kind is AreaKind.DISTRICT)
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(ground)}
    file = folder / "outline.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return file


def net(folder: Path) -> Path:
    """Write the net without professional grids, which would need the catalogue first."""
    areas: list[AreaShape] = [a for a in sample_areas() if a.kind is not AreaKind.PROFESSIONAL]
    file = folder / "net.geojson"
    write_areas(file, areas, target_frame(Datum.WGS84, None))
    return file


def written(folder: Path, name: str, *rows: tuple[str, ...]) -> Path:
    """Write rows as an office's program saves CSV: GBK."""
    file = folder / name
    with file.open("w", encoding="gb18030", newline="") as target:
        csv.writer(target).writerows(rows)
    return file


def begun(installation: Installation, folder: Path) -> subprocess.CompletedProcess[str]:
    told = ("--code", CODE, "--name", "高明区", "--name-en", "Gaoming District")
    return gridgov(
        installation, "init", *told, "--outline", outline(folder), "--admin", "chenadmin"
    )


@pytest.fixture
def opened(empty: Installation) -> Iterator[Flask]:
    """The application on the database of the commands."""
    app = create_app(empty.settings())
    app.test_client_class = Browser
    limiter.enabled = False
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()


def sign_in_first(client: FlaskClient, installation: Installation) -> None:
    """Sign in with the one-time password, which leads to choosing another one."""
    username, password = (installation.instance / FIRST).read_text().split()
    assert try_login(client, username, password).status_code == 302
    turned = client.get("/admin")
    assert turned.headers["Location"] == "/account/password"
    token = token_in(client.get("/account/password").text)
    form = {"old": password, "password": PASSWORD, "again": PASSWORD, "csrf_token": token}
    assert client.post("/account/password", data=form).status_code == 303
    assert try_login(client, username, password).status_code == 200, "it worked once"
    assert try_login(client, username, PASSWORD).status_code == 302


def activate(client: FlaskClient, number: int) -> None:
    html = client.get(f"/admin/grids/{number}/activation").text
    form = {
        "csrf_token": token_in(html),
        "sure": "yes",
        "revision": fields_of(html)["revision"][0],
    }
    answer = client.post(f"/admin/grids/{number}/activation", data=form)
    assert answer.status_code == 303, words_of(answer.text)


def test_from_nothing_to_a_report_with_its_worker(
    empty: Installation, opened: Flask, tmp_path: Path
) -> None:
    made = begun(empty, tmp_path)
    assert made.returncode == 0, made.stderr
    assert "[ ] gridgov import areas --district 440608 FILE" in made.stdout
    file = empty.instance / FIRST
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().split()[1] not in made.stdout

    again = begun(empty, tmp_path)
    assert again.returncode == 2
    assert "district 440608 高明区 is there already; nothing was changed" in again.stderr
    assert "gridgov import units --district 440608" in again.stdout, "it still says what is next"

    drafted = gridgov(empty, "import", "areas", "--district", CODE, net(tmp_path))
    assert "draft version 2 made" in drafted.stdout, drafted.stderr
    client = opened.test_client()
    sign_in_first(client, empty)
    activate(client, 2)

    head = ("用户名", "姓名", "角色", "区域编码")
    people = written(tmp_path, "p.csv", head, ("lihua", "李华", "网格员", ""))
    dry = gridgov(empty, "import", "people", "--district", CODE, people, "--dry-run")
    assert "1 new, 0 changed, 0 ended, 0 unchanged (a dry run" in dry.stdout, dry.stderr
    took = gridgov(empty, "import", "people", "--district", CODE, people)
    assert "1 new, 0 changed, 0 ended, 0 unchanged (done)" in took.stdout, took.stderr
    duties = written(tmp_path, "d.csv", ("用户名", "网格编码", "岗位"), ("lihua", GRID, "主责"))
    took = gridgov(empty, "import", "duties", "--district", CODE, duties)
    assert "duties: 1 new" in took.stdout, took.stderr

    unit = ("T440608004", "荷城街道办事处", "镇街", TOWN, "1")
    head = ("单位编码", "单位名称", "层级", "区域编码", "接收上报")
    units = written(tmp_path, "u.csv", head, ("CG", "城管局", "区级", "", "0"), unit)
    took = gridgov(empty, "import", "units", "--district", CODE, units, "--committees")
    assert took.returncode == 0, took.stderr
    assert int(took.stdout.partition("units: ")[2].partition(" new")[0]) > 50, "with committees"
    head = ("编码", "名称", "严重程度", "办理层级", "责任单位", "受理时限", "处置时限")
    rows = (("01", "市容", "1", "村居", "", "4WH", "5WD"),)
    rows += (("0101", "暴露垃圾", "1", "村居", "CG", "2WH", "4WH"),)
    classes = written(tmp_path, "c.csv", head, *rows)
    took = gridgov(empty, "import", "catalogue", "--district", CODE, classes)
    assert "catalogue: 2 new" in took.stdout, took.stderr

    _reported_to(opened, "lihua")
    assert_invited(empty, opened, tmp_path)


def _reported_to(app: Flask, username: str) -> None:
    """Assert that what a resident reports in the grid is with its worker."""
    area = next(area for area in sample_areas() if area.code == GRID)
    assert area.geometry is not None
    spot = area.geometry.representative_point()
    form = {
        "client_token": uuid4().hex,
        "category": "0101",
        "text": "楼下垃圾堆了几天",
        "lon": str(spot.x),
        "lat": str(spot.y),
        "accuracy_m": "8",
        "datum": "wgs84",
        "position_source": "browser",
    }
    visitor = app.test_client()
    assert visitor.get("/").status_code == 200
    assert visitor.get("/report").status_code == 200
    sent = visitor.post("/report", data=form)
    assert sent.status_code == 303, words_of(sent.text)
    with app.app_context(), read_only() as session:
        case = session.scalars(select(Case)).one()
        worker = session.scalars(select(Person).where(Person.username == username)).one()
    assert (case.grid_code, case.assignee_id) == (GRID, worker.id)


def assert_invited(installation: Installation, app: Flask, folder: Path) -> None:
    """Assert that the worker signs in after choosing a password by the link."""
    file = folder / "links.csv"
    ran = gridgov(installation, "staff", "links", "--district", CODE, file)
    assert ran.stdout.startswith("1 links"), ran.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf-8-sig", newline="") as text:
        line = next(csv.DictReader(text))
    address = "/welcome/" + line["link"].rpartition("/")[2]
    client = app.test_client()
    form = {"password": PASSWORD, "again": PASSWORD}
    form["csrf_token"] = token_in(client.get(address).text)
    assert client.post(address, data=form).status_code == 303
    assert try_login(client, line["username"], PASSWORD).status_code == 302
    assert "暴露垃圾" in words_of(client.get("/work?tab=sign").text)


def test_without_a_district_every_page_says_what_is_to_be_done(
    empty: Installation, opened: Flask
) -> None:
    with opened.app_context():
        upgrade()
        db.engine.dispose()
    client = opened.test_client()
    for address in ("/", "/report", "/login", "/staff", "/r", "/admin"):
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code == 503, address
        said = words_of(answer.text)
        assert "还没有设置区县" in said, address
        assert "gridgov init" in said, address
    asked = client.get("/api/v1/categories")
    assert asked.status_code == 503
    assert asked.json is not None and asked.json["code"] == "not_installed"
    assert client.get("/healthz").status_code == 200


WRONG = {
    "no outline": (["--outline", "nowhere.geojson"], "no file that can be read"),
    "a strange code": (["--code", "Gao Ming"], "a code is 6 to 12 digits"),
    "a short user name": (["--admin", "li"], "4 to 32 letters and digits"),
    "no such zone": (["--timezone", "Asia/Gaoming"], "no time zone"),
    "hours crossed": (["--hours", "14:00-08:30"], "write the hours one after the other"),
    "a datum nobody knows": (["--datum", "moon"], "datum"),
}


def test_what_cannot_be_used_is_one_sentence_and_nothing_is_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = tmp_path / "instance"
    monkeypatch.setenv("GRIDGOV_INSTANCE", str(instance))
    monkeypatch.delenv("GRIDGOV_DATABASE_URL", raising=False)
    usual = {"--code": CODE, "--name": "高明区", "--admin": "chenadmin"}
    usual["--outline"] = str(outline(tmp_path))
    for name, (told, sentence) in WRONG.items():
        given = {**usual, **dict(zip(told[::2], told[1::2], strict=True))}
        parts = [part for pair in given.items() for part in pair]
        with pytest.raises(GridgovError) as refused:
            cli(["init", *parts], standalone_mode=False)
        assert sentence in str(refused.value), name
    with pytest.raises(click.UsageError, match="--name is missing"):
        cli(["init", "--code", CODE], standalone_mode=False)
    assert not (instance / FIRST).exists()
    parts = [part for pair in usual.items() for part in pair]
    cli(["init", *parts], standalone_mode=False)
    assert (instance / FIRST).exists(), "nothing was left behind"
