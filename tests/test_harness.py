"""The test tools themselves: databases, browsers, and the rule about missing parts."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from passlib.hash import argon2
from playwright.sync_api import Page

from tests.support.browser import NewPage
from tests.support.postgis import Postgis

# What a password of a real installation is hashed with, in a process that is no test.
A_HASH = """
import tempfile
from pathlib import Path
from gridgov.app import create_app
from gridgov.config import Settings
from flask_security.utils import hash_password
with tempfile.TemporaryDirectory() as folder:
    app = create_app(Settings(database_url="", instance=Path(folder)))
    with app.app_context():
        print(hash_password("secret"))
"""
ROOT = Path(__file__).resolve().parent.parent
PAGE = "data:text/html;charset=utf-8,<title>网格</title><h1>新上报</h1>"


def test_each_call_makes_a_new_empty_database(both_databases: Callable[[], str]) -> None:
    first, second = (sa.create_engine(both_databases()) for _ in range(2))
    with first.begin() as connection:
        connection.execute(sa.text("CREATE TABLE only_here (id INTEGER)"))
    assert "only_here" in sa.inspect(first).get_table_names()
    assert "only_here" not in sa.inspect(second).get_table_names()
    first.dispose()
    second.dispose()


def test_postgis_answers_and_a_filled_database_can_be_copied(postgis: Postgis) -> None:
    original = postgis.create_database()
    engine = sa.create_engine(original)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE spot AS SELECT ST_Point(112.89, 22.90) AS geom"))
    engine.dispose()
    copy = sa.create_engine(postgis.create_database(template=original))
    with copy.connect() as connection:
        assert connection.execute(sa.text("SELECT ST_X(geom) FROM spot")).scalar() == 112.89
    copy.dispose()


def test_a_phone_is_small_chinese_and_touched(phone: Page) -> None:
    phone.goto(PAGE)
    assert phone.title() == "网格"
    seen = phone.evaluate(
        "[innerWidth, navigator.language, navigator.maxTouchPoints > 0,"
        " Intl.DateTimeFormat().resolvedOptions().timeZone]"
    )
    assert seen[1:] == ["zh-CN", True, "Asia/Shanghai"]
    assert phone.viewport_size == {"width": 390, "height": 844}


def test_two_desks_are_two_people(new_desk: NewPage) -> None:
    first, second = new_desk(), new_desk(locale="en")
    assert first.context != second.context
    assert first.evaluate("innerWidth") == 1440
    assert second.evaluate("navigator.language") == "en"


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 4)])
def test_without_a_browser_one_line_says_so_and_ci_fails(ci: str, code: int) -> None:
    environment = os.environ | {"PATH": os.devnull, "CI": ci, "GRIDGOV_TEST_CHROMIUM": ""}
    environment |= {"GRIDGOV_TEST_POSTGIS_URL": "postgresql+psycopg://nobody.invalid/postgres"}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, __file__], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    said = [line for line in (run.stdout + run.stderr).splitlines() if "needs Chromium" in line]
    assert run.returncode == code, run.stdout + run.stderr
    assert len(said) == 1
    assert "apt install chromium" in said[0]
    assert "test_two_desks" not in run.stdout


def test_only_the_tests_hash_passwords_cheaply() -> None:
    real = subprocess.check_output([sys.executable, "-c", A_HASH], cwd=ROOT, text=True)
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in real
    assert argon2.hash("secret").startswith("$argon2id$v=19$m=1024,t=1,p=1$")
