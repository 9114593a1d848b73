"""The two forms of the import of areas: sending a file, then what it means, and what it made."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gridgov.domain.areas import AreaShape
from gridgov.domain.datum import Datum
from gridgov.importers.area_export import write_areas
from gridgov.importers.area_projection import target_frame
from gridgov.services import grids
from gridgov.storage.areas import GridVersion
from tests.support.app import token_in
from tests.support.nets import sample_areas
from tests.web.edge import DISTRICT, Edge
from tests.web.reading import fields_of

IMPORT = "/admin/grids/import"
GRID = "440608004025006"


def admin(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


def upload(edge: Edge, file: Path, mapping: str = "") -> TestResponse:
    """Send a file through the first form; the answer is the page about it, or the form again."""
    form: dict[str, Any] = {"csrf_token": token_in(admin(edge).get(IMPORT).text)}
    form["file"] = (BytesIO(file.read_bytes()), file.name)
    if mapping:
        form["mapping"] = (BytesIO(mapping.encode()), "对应.toml")
    answer = admin(edge).post(IMPORT, data=form)
    if answer.status_code != 303:
        return answer
    return admin(edge).get(answer.headers["Location"])


def send(edge: Edge, page: TestResponse, **changes: Any) -> TestResponse:
    """Send the second form as it stands, with some fields changed."""
    fields = {name: values[-1] for name, values in fields_of(page.text).items()}
    return admin(edge).post(page.request.path, data={**fields, **changes})


def drafts(edge: Edge) -> list[GridVersion]:
    with edge.rows() as session:
        return [one for one in grids.versions(session, DISTRICT) if one.status == "draft"]


def kept(edge: Edge) -> list[Path]:
    """The files that are kept in the instance folder."""
    return sorted((edge.installation.instance / "area-uploads").glob("*/file/*"))


def renamed() -> list[AreaShape]:
    """The sample net with another name for one grid."""
    return [replace(a, name="新名网格") if a.code == GRID else a for a in sample_areas()]


def net_file(folder: Path, name: str, datum: str = "wgs84", areas: Any = None) -> Path:
    file = folder / name
    frame = target_frame(None, datum) if ":" in datum else target_frame(Datum(datum), None)
    write_areas(file, renamed() if areas is None else areas, frame)
    return file
