"""The HTTP edge as people and programs meet it: clients, forms as a browser fills them, rows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from gridgov.app import create_app
from gridgov.domain.areas import AreaShape
from gridgov.services import indicators
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import reports
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.districts import District
from gridgov.storage.ids import read_receipt_code
from gridgov.storage.people import Duty, Person
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.security import limiter
from tests.support.app import Installation, token_in
from tests.support.images import jpeg
from tests.web.reading import fields_of, words_of

DISTRICT, TOWN, GRID = "440608", "440608004", "440608004025006"
TEXT = "楼下垃圾堆了几天"
SMALL = (640, 480)


def picture(seed: int = 1, **more: Any) -> tuple[BytesIO, str]:
    """Return a photo without a position, ready for a form field."""
    return file(jpeg(size=SMALL, seed=seed, **more), "IMG_0001.jpg")


def file(content: bytes, name: str) -> tuple[BytesIO, str]:
    """Return a file for a form field of the test client."""
    return BytesIO(content), name


@dataclass
class Edge:
    """One installation behind test clients; nothing runs in the background."""

    app: Flask
    installation: Installation
    kept: dict[str, FlaskClient] = field(default_factory=dict)

    # People -------------------------------------------------------------------------

    def visitor(self, *, english: bool = False, address: str = "10.0.0.1") -> FlaskClient:
        """Return the browser of somebody who is not signed in."""
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        if english:
            client.set_cookie("language", "en")
        return client

    def staff(self, role: str) -> FlaskClient:
        """Return the browser in which the sample's person of a role is signed in."""
        if role not in self.kept:
            login = self.installation.login(role)
            self.kept[role] = self.sign_in(login["username"], login["password"])
        return self.kept[role]

    def colleague(self, username: str) -> FlaskClient:
        """Return the signed-in browser of somebody without a password, lent the worker's."""
        if username not in self.kept:
            login = self.installation.login("worker")
            with self.app.app_context(), unit_of_work() as session:
                person = _person(session, username)
                person.password = _person(session, login["username"]).password
                # Sign-in takes letters and digits only.
                person.username = "".join(filter(str.isalnum, username))
            self.kept[username] = self.sign_in(person.username, login["password"])
        return self.kept[username]

    def sign_in(self, username: str, password: str) -> FlaskClient:
        """Sign in through the page and return the browser."""
        client = self.visitor()
        answer = try_login(client, username, password)
        assert answer.status_code == 302, words_of(answer.text)
        return client

    def lead_of(self, grid: str) -> FlaskClient:
        """Return the browser of the person who leads a grid."""
        with self.rows() as session:
            duty = select(Duty.person_id).where(Duty.area_code == grid, Duty.kind == "lead")
            username = session.get_one(Person, session.scalars(duty).one()).username
        return self.colleague(username)

    # Acts ---------------------------------------------------------------------------

    def form(self, grid: str = GRID, **more: Any) -> dict[str, Any]:
        """Return a complete report form at a landmark of a grid; None takes a field out."""
        mark = self.reference().landmarks[grid][0]
        values = {
            "client_token": uuid4().hex,
            "category": "0101",
            "text": TEXT,
            "lon": str(mark["lon"]),
            "lat": str(mark["lat"]),
            "accuracy_m": "8",
            "datum": "wgs84",
            "position_source": "browser",
            **more,
        }
        return {name: value for name, value in values.items() if value is not None}

    def report(self, grid: str = GRID, **more: Any) -> str:
        """Send a report through the plain form and return its receipt code."""
        answer = self.visitor().post("/report", data=self.form(grid, **more))
        assert answer.status_code == 303, words_of(answer.text)
        return code_in(answer.headers["Location"])

    def act(self, client: FlaskClient, case_id: UUID, action: str, **form: Any) -> TestResponse:
        """Do one action on a case with the token and version its page gave out."""
        page = client.get(f"/work/cases/{case_id}").text
        values = {"csrf_token": token_in(page), "version": version_in(page), **form}
        return client.post(f"/work/cases/{case_id}/{action}", data=values)

    def done(self, client: FlaskClient, case_id: UUID, *steps: str) -> None:
        """Do actions that must succeed: sign, resolve (with words and a photo), check_pass."""
        for step in steps:
            more = {"text": "已清走", "photo": picture(2)} if step == "resolve" else {}
            answer = self.act(client, case_id, step, **more)
            assert answer.status_code == 303, words_of(answer.text)

    def closed(self, **more: Any) -> str:
        """Bring a report to its end and return its receipt code."""
        code = self.report(**more)
        case_id = self.case(code).id
        self.done(self.staff("worker"), case_id, "sign", "resolve")
        self.done(self.staff("deputy"), case_id, "check_pass")
        return code

    def fold(self) -> None:
        """Bring the facts up to the log, as the tail of a running server does."""
        with self.app.app_context():
            while True:
                with unit_of_work() as session:
                    if not indicators.fold_pending(session, DISTRICT):
                        return

    # Rows ---------------------------------------------------------------------------

    @contextmanager
    def rows(self) -> Iterator[Session]:
        """Look at the database."""
        with self.app.app_context(), read_only() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Change the database behind the application's back."""
        with self.app.app_context(), unit_of_work() as session:
            yield session

    def storms(self, **rule: float) -> None:
        """Set the district's own rule for storms."""
        self.setting(storm=rule)

    def setting(self, **more: Any) -> None:
        """Change settings of the district, so that every process notices."""
        with self.writing() as session:
            district = session.get_one(District, DISTRICT)
            revision = int(district.settings.get("revision", 0)) + 1
            district.settings = {**district.settings, **more, "revision": revision}

    def reference(self) -> Reference:
        """Return the district's net, catalogue and calendar."""
        with self.rows() as session:
            return references.of(session, DISTRICT)

    def area(self, code: str) -> AreaShape:
        """Return an area of the net."""
        return self.reference().net.area(code)

    def told(self, code: str) -> Report:
        """Return the report of a receipt."""
        with self.rows() as session:
            found = reports.by_receipt(session, read_receipt_code(code))
        assert found is not None
        return found

    def case(self, code: str) -> Case:
        """Return the case of a receipt as it is now."""
        report = self.told(code)
        with self.rows() as session:
            return session.get_one(Case, report.case_id)

    def photos(self, code: str) -> list[Photo]:
        """Return the pictures of the case of a receipt, oldest first."""
        case_id = self.case(code).id
        with self.rows() as session:
            return list(
                session.scalars(select(Photo).where(Photo.case_id == case_id).order_by(Photo.id))
            )


@contextmanager
def opened(installation: Installation, *, limited: bool = False, **settings: Any) -> Iterator[Edge]:
    """Open an installation behind test clients; limits per address only when `limited`."""
    app = create_app(installation.settings(rate_limits=limited, **settings))
    if limited:
        limiter.reset()
    yield Edge(app, installation)
    limiter.enabled = False  # the limiter is one for the process
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()


def _person(session: Session, username: str) -> Person:
    return session.scalars(select(Person).where(Person.username == username)).one()


def try_login(client: FlaskClient, username: str, password: str, **more: Any) -> TestResponse:
    """Fill the sign-in page and send it; redirects are not followed."""
    token = token_in(client.get("/login", query_string=more).text)
    form = {"username": username, "password": password, "csrf_token": token, **more}
    return client.post("/login", data=form)


def code_in(address: str) -> str:
    """Return the receipt code of an address of a receipt."""
    found = re.search(r"/r/([0-9A-Z-]{14})", address)
    assert found is not None, address
    return found[1]


def version_in(html: str) -> str:
    """Return which look at the case the page gives out."""
    return fields_of(html).get("version", [""])[0]


def stored(instance: Path) -> int:
    """Count the picture files of an instance."""
    return sum(path.is_file() for path in (instance / "photos").rglob("*"))
