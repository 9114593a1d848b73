"""Programs at the machine door: a key, its requests, and a second district with one of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from shapely.geometry import box
from werkzeug.test import TestResponse

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.keys import Scope
from gridgov.services import districts, keys
from gridgov.services.districts import NewDistrict, NewUnit
from gridgov.web.instance import utc_now
from tests.web.edge import DISTRICT, Edge

API = "/api/v1"
REPORTS, LOCATE, BOARD = f"{API}/reports", f"{API}/locate", f"{API}/board"
OTHER = "harbor"


@dataclass(frozen=True)
class Program:
    """A program with a key."""

    edge: Edge
    secret: str
    key_id: UUID

    def get(self, path: str, english: bool = False, **query: Any) -> TestResponse:
        """Ask for a path below /api/v1; `first` and `last` stand for from and to."""
        names = {"first": "from", "last": "to"}
        asked = {names.get(name, name): value for name, value in query.items()}
        visitor = self.edge.visitor(english=english)
        return visitor.get(f"{API}{path}", query_string=asked or None, headers=self.headers())

    def post(self, path: str, **more: Any) -> TestResponse:
        """Send to a path below /api/v1."""
        return self.edge.visitor().post(f"{API}{path}", headers=self.headers(), **more)

    def report(self, **more: Any) -> dict[str, Any]:
        """Send a report as JSON that must be taken, and return its receipt."""
        answer = self.post("/reports", json=self.edge.form(**more))
        assert answer.status_code == 201, answer.text
        receipt: dict[str, Any] = answer.json
        return receipt

    def headers(self) -> dict[str, str]:
        """Return how the key is sent."""
        return {"Authorization": f"Bearer {self.secret}"}

    def every(self, path: str, name: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Follow a list page by page to its end."""
        cursor: str | None = None
        while True:
            asked = query if cursor is None else {**query, "cursor": cursor}
            answer = self.get(path, **asked)
            assert answer.status_code == 200, answer.text
            yield from answer.json[name]
            cursor = answer.json["next"]
            if cursor is None:
                return


def program(
    edge: Edge,
    scopes: Iterable[str] = tuple(Scope),
    *,
    district: str = DISTRICT,
    channel: str = "api",
) -> Program:
    """Make a key for a program of a district."""
    with edge.writing() as session:
        made = keys.make(session, district, "test", scopes, channel, by=None, now=utc_now())
        return Program(edge, made.secret, made.key.id)


def other_district(edge: Edge) -> None:
    """Open a second district: one grid, one class, another time zone."""
    known = (*edge.reference().majors.values(), *edge.reference().catalogue.values())
    categories = [
        replace(item, unit_code=None, direct_unit=False)
        for item in known
        if item.code in {"01", "0101"}
    ]
    tree = (
        (OTHER, None, AreaKind.DISTRICT),
        ("harbor-town", OTHER, AreaKind.TOWN),
        ("harbor-ward", "harbor-town", AreaKind.VILLAGE),
        ("harbor-1", "harbor-ward", AreaKind.GRID),
    )
    square = box(-71.06, 42.35, -71.05, 42.36)
    shapes = [
        AreaShape(code, parent, kind, code, code, square, frozenset(), ())
        for code, parent, kind in tree
    ]
    new = NewDistrict(
        code=OTHER,
        name="Harbor",
        name_en="Harbor",
        timezone="America/New_York",
        languages=("en",),
        working_hours=(("09:00", "17:00"),),
        calendar_span=(date(2019, 1, 1), date(2030, 12, 31)),
    )
    with edge.writing() as session:
        district = districts.create(session, new, now=utc_now())
        districts.activate_net(session, district, shapes, {}, synthetic=True, now=utc_now())
        districts.add_catalogue(session, district, categories)
        hall = NewUnit("HALL", "City Hall", "City Hall", "district", OTHER, True)
        districts.add_units(session, district, [hall])


def there(**more: Any) -> dict[str, Any]:
    """Return a report inside the second district."""
    return {
        "client_token": uuid4().hex,
        "category": "0101",
        "text": "trash on the corner",
        "lon": -71.055,
        "lat": 42.355,
        "datum": "wgs84",
        **more,
    }


def assert_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The answer is a problem document of this status, whole in its frame; return it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body["status"] == status
    assert body["type"] == f"urn:gridgov:{body['code']}"
    assert body["title"] and body["detail"]
    for error in body["errors"]:
        assert set(error) == {"field", "reason", "message"}
    return body


def borders(browser: FlaskClient, **query: str) -> dict[str, Any]:
    """Return the borders that a question brings, which must be answered."""
    answer = browser.get("/api/v1/areas.geojson", query_string=query)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json
    assert (body["type"], body["synthetic"], body["version"]) == ("FeatureCollection", True, 1)
    return body
