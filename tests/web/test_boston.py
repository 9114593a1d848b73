"""Boston's board: opened by its own staff and by a program of it, in its own language."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from flask_security.utils import hash_password

from gridgov.domain.deadlines import NO_LIMIT
from gridgov.services import districts, keys
from gridgov.services.districts import NewPerson
from gridgov.storage.districts import District
from gridgov.storage.session import unit_of_work
from gridgov.web.security import limiter
from tests.support.app import Browser, token_in
from tests.support.boston import BOSTON, NOW, Boston, by_district, by_number
from tests.web.reading import words_of

PASSWORD = "beacon-hill-1630"
PERIOD = "from=2015-01-01&to=2015-12-31"


@pytest.fixture(scope="module")
def supervisor(boston: Boston) -> Callable[[], FlaskClient]:
    """A person of the district, and the way to sign in as her."""
    limiter.enabled = False
    boston.app.test_client_class = Browser
    new = NewPerson("kathy", "Kathy", hash_password(PASSWORD), (("supervisor", BOSTON, None),))
    with unit_of_work() as session:
        district = session.get_one(District, BOSTON)
        districts.add_people(session, district, [new], since=NOW.date())

    def sign_in() -> FlaskClient:
        client = boston.app.test_client()
        form = {"username": "kathy", "password": PASSWORD}
        form["csrf_token"] = token_in(client.get("/login").text)
        assert client.post("/login", data=form).status_code == 302
        return client

    return sign_in


@pytest.fixture(scope="module")
def key(boston: Boston) -> dict[str, str]:
    """The header of a program of the district."""
    with unit_of_work() as session:
        made = keys.make(session, BOSTON, "open data", ["board:read"], "api", by=None, now=NOW)
    return {"Authorization": f"Bearer {made.secret}"}


def percent(closed: int, received: int) -> str:
    return f"{100 * closed / received:.2f}%"


def test_the_board_opens_and_says_what_the_file_says(
    boston: Boston, supervisor: Callable[[], FlaskClient]
) -> None:
    answer = supervisor().get(f"/board?{PERIOD}")
    assert answer.status_code == 200
    said = words_of(answer.text)
    closed = sum(row["CASE_STATUS"] == "Closed" for row in boston.rows)
    assert percent(closed, len(boston.rows)) in said
    assert "12 grids" in said
    for label, counted in by_district(boston.rows).items():
        row = re.search(rf'<tr[^>]*data-area="{label}".*?</tr>', answer.text, re.DOTALL)
        assert row is not None, label
        assert percent(*counted) in words_of(row[0])


def test_its_staff_read_english_without_choosing_it(
    supervisor: Callable[[], FlaskClient],
) -> None:
    said = words_of(supervisor().get("/board").text)
    assert "Closure rate" in said
    assert "办结率" not in said


def test_who_chose_a_language_keeps_it(supervisor: Callable[[], FlaskClient]) -> None:
    client = supervisor()
    client.set_cookie("language", "zh-Hans")
    assert "办结率" in words_of(client.get("/board").text)


def test_a_program_of_the_district_reads_the_same(boston: Boston, key: dict[str, str]) -> None:
    client = boston.app.test_client()
    whole = client.get(f"/api/v1/board?{PERIOD}", headers=key)
    assert whole.status_code == 200, whole.text
    closed = sum(row["CASE_STATUS"] == "Closed" for row in boston.rows)
    assert (whole.json["numerator"], whole.json["denominator"]) == (closed, len(boston.rows))
    assert whole.json["closure_rate"] == pytest.approx(closed / len(boston.rows))
    for label, counted in by_district(boston.rows).items():
        part = client.get(f"/api/v1/board?area={label}&{PERIOD}", headers=key).json
        assert (part["closed"], part["received"]) == counted


def test_a_key_of_boston_opens_nothing_of_the_other_district(
    boston: Boston, key: dict[str, str]
) -> None:
    answer = boston.app.test_client().get("/api/v1/board?area=440608", headers=key)
    assert answer.status_code == 404


def test_the_list_behind_a_figure_and_a_case_can_be_read(
    supervisor: Callable[[], FlaskClient],
) -> None:
    client = supervisor()
    listed = client.get(f"/board/cases?area=C11&figure=closed&{PERIOD}")
    link = re.search(r'href="(/work/cases/[^"]+)"', listed.text)
    assert link is not None
    said = words_of(client.get(link[1]).text)
    assert "C-11 Dorchester" in said
    assert "Closed where it came from" in said
    assert re.search(r"taken over from boston311, number there \d{12}", said)


def test_a_case_without_limit_promises_nothing(
    boston: Boston, supervisor: Callable[[], FlaskClient]
) -> None:
    client = supervisor()
    free = next(c for c in by_number().values() if c.is_open and c.due_at == NO_LIMIT)
    said = words_of(client.get(f"/work/cases/{free.id}").text)
    assert "no limit" in said
    assert "On time" in said
    listed = client.get(f"/board/cases?area={BOSTON}&figure=open&{PERIOD}").text
    assert "9999" not in said + words_of(listed)


def test_a_default_coordinate_is_named_in_the_reason(supervisor: Callable[[], FlaskClient]) -> None:
    client = supervisor()
    noted = "default_coordinate"
    kept = by_number().values()
    told = next(case for case in kept if noted in case.routing["notes"])
    said = words_of(client.get(f"/work/cases/{told.id}").text)
    assert "its coordinates are what a geocoder says when it finds nothing" in said
    plain = next(case for case in kept if not case.routing["notes"])
    assert "geocoder" not in words_of(client.get(f"/work/cases/{plain.id}").text)
