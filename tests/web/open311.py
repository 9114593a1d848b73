"""Open311 as a client meets it: addresses, both formats, keys."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from gridgov.domain.keys import Scope
from gridgov.services import keys
from gridgov.storage.cases import Case
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report
from gridgov.web.instance import utc_now
from tests.web.edge import DISTRICT, GRID, TEXT, Edge

ROOT = "/open311/v2"
XML, JSON = "text/xml; charset=utf-8", "application/json; charset=utf-8"
FORMATS = {"xml": XML, "json": JSON}


@dataclass
class Partner:
    """A program with a key of its own for Open311, or with another one, or without."""

    edge: Edge
    key: str
    key_id: UUID | None = None

    def client(self) -> FlaskClient:
        """Return a fresh client without cookies."""
        return self.edge.visitor()

    def get(self, path: str, **args: Any) -> TestResponse:
        """Ask for an address below /open311/v2."""
        return self.client().get(f"{ROOT}/{path}", query_string=args)

    def post(self, path: str = "requests.json", **form: Any) -> TestResponse:
        """Send a form, with the key as api_key."""
        return self.client().post(f"{ROOT}/{path}", data={"api_key": self.key, **form})

    def report(self, grid: str = GRID, **more: Any) -> str:
        """Send a complete request and return its number."""
        answer = self.post(**request(self.edge, grid, **more))
        assert answer.status_code == 200, answer.text
        number: str = answer.json[0]["service_request_id"]
        return number

    def one(self, number: str, **args: Any) -> dict[str, Any]:
        """Return a request by its number."""
        answer = self.get(f"requests/{number}.json", **args)
        assert answer.status_code == 200, answer.text
        assert len(answer.json) == 1
        found: dict[str, Any] = answer.json[0]
        return found

    def numbers(self, **args: Any) -> list[str]:
        """Return the numbers of a list of requests."""
        answer = self.get("requests.json", **args)
        assert answer.status_code == 200, answer.text
        return [one["service_request_id"] for one in answer.json]


def partner(edge: Edge, *scopes: str, channel: str = "api") -> Partner:
    """Make a key (for Open311 unless said otherwise) and return the program that has it."""
    wanted = scopes or (Scope.OPEN311_WRITE,)
    with edge.writing() as session:
        made = keys.make(session, DISTRICT, "试点", wanted, channel, by=None, now=utc_now())
    return Partner(edge, made.secret, made.key.id)


def everybody(edge: Edge) -> Partner:
    """Return somebody without a key."""
    return Partner(edge, "")


def request(edge: Edge, grid: str = GRID, **more: Any) -> dict[str, Any]:
    """Return a complete request at a landmark of a grid; None takes a field out."""
    mark = edge.reference().landmarks[grid][0]
    values = {
        "service_code": "0101",
        "lat": str(mark["lat"]),
        "long": str(mark["lon"]),
        "description": TEXT,
        **more,
    }
    return {name: value for name, value in values.items() if value is not None}


def tree(answer: TestResponse) -> ElementTree.Element:
    """Return the XML of an answer, by the bytes that were sent."""
    assert answer.headers["Content-Type"] == XML
    return ElementTree.fromstring(answer.data)


def error(answer: TestResponse, status: int) -> str:
    """Return the description of an error, in whichever format, after looking at its frame."""
    assert answer.status_code == status, answer.text
    if answer.headers["Content-Type"] == JSON:
        assert [set(one) for one in answer.json] == [{"code", "description"}]
        code, description = answer.json[0]["code"], answer.json[0]["description"]
    else:
        root = tree(answer)
        assert (root.tag, [child.tag for child in root]) == ("errors", ["error"])
        assert [child.tag for child in root[0]] == ["code", "description"]
        code, description = int(root[0][0].text or ""), root[0][1].text
    assert code == status
    assert description
    return str(description)


def report_of(edge: Edge, number: str) -> Report:
    """Return the one report of a case."""
    with edge.rows() as session:
        query = select(Report).join(Case, Case.id == Report.case_id).where(Case.number == number)
        return session.scalars(query).one()


def case_of(edge: Edge, number: str) -> Case:
    """Return a case by its number."""
    with edge.rows() as session:
        return session.scalars(select(Case).where(Case.number == number)).one()


def photos_of(edge: Edge, number: str) -> int:
    """Count the pictures of a case."""
    with edge.rows() as session:
        query = select(func.count()).select_from(Photo).join(Case, Case.id == Photo.case_id)
        return session.scalar(query.where(Case.number == number)) or 0


def count(edge: Edge) -> int:
    """Count all reports."""
    with edge.rows() as session:
        return session.scalar(select(func.count()).select_from(Report)) or 0
