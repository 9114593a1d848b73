"""A version of the net as a file that other programs read."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum, parse_datum
from gridgov.domain.datum_guess import NAMES
from gridgov.domain.errors import InvalidInput
from gridgov.services import grids as versions
from gridgov.services.reference import Reference
from gridgov.storage.areas import DRAFT, GridVersion
from gridgov.storage.session import read_only
from gridgov.web import area_file_words as said
from gridgov.web import errors
from gridgov.web.access import current_actor, requires
from gridgov.web.downloads import download
from gridgov.web.grids import AREA, LOOK, grids, version_of
from gridgov.web.instance import instance

# word in the address → ending, content type, words
FORMATS: Mapping[str, tuple[str, str, Any]] = {
    "geojson": (".geojson", "application/geo+json", "GeoJSON"),
    "gpkg": (".gpkg", "application/geopackage+sqlite3", "GeoPackage"),
    "shp": (".zip", "application/zip", _l("Shapefile (zip)")),
    "kml": (".kml", "application/vnd.google-earth.kml+xml", "KML"),
}
# CGCS2000 in zones of 3 degrees without the zone's number: EPSG:4534 is 75° E, one further
# for each 3° (source: the EPSG registry, as in importers/area_projection.py).
_FIRST_ZONE, _FIRST_MERIDIAN, _LAST_MERIDIAN, _ZONE_DEGREES = 4534, 75, 135, 3


def choices(version: GridVersion, reference: Reference) -> dict[str, Any]:
    """Return what the form for an export offers."""
    datums = [{"value": str(one), "word": NAMES[one]} for one in Datum]
    zone = zone_of(reference)
    if zone is not None:
        code, meridian = zone
        word = _(
            "CGCS2000, Gauss–Krüger %(meridian)s° E (EPSG:%(code)s)", meridian=meridian, code=code
        )
        datums.append({"value": f"epsg:{code}", "word": word})
    return {
        "url": url_for("grids.export", number=version.number),
        "formats": [{"value": key, "word": str(word)} for key, (_e, _m, word) in FORMATS.items()],
        "datums": datums,
    }


def zone_of(reference: Reference) -> tuple[int, int] | None:
    """Return EPSG code and central meridian of the district's zone, None outside of China."""
    ground = reference.net.area(reference.district_code).geometry
    if ground is None:
        return None
    west, _south, east, _north = ground.bounds
    meridian = round((west + east) / 2 / _ZONE_DEGREES) * _ZONE_DEGREES
    if not _FIRST_MERIDIAN <= meridian <= _LAST_MERIDIAN:
        return None
    return _FIRST_ZONE + (meridian - _FIRST_MERIDIAN) // _ZONE_DEGREES, meridian


@grids.get("/<int:number>/export")
@requires(*LOOK, area=AREA)
def export(number: int) -> Response:
    """Send a version as a file: `format`, `datum` (or epsg:4547), `kind` for one kind alone."""
    try:
        return _file(number)
    except InvalidInput as error:
        return errors.page(400, said.of(error), _("Go back and choose another one."))


def _file(number: int) -> Response:
    """Return a version as a file.

    Raises: NotFound; InvalidInput (field format: unknown; datum; crs; kind: unknown; and as
    `AreaFiles.write`).
    """
    chosen = request.args.get("format", "geojson")
    if chosen not in FORMATS:
        raise InvalidInput("format", "unknown", given=chosen[:40])
    ending, content_type, _words = FORMATS[chosen]
    datum, crs = _frame(request.args.get("datum") or str(Datum.WGS84))
    kind = request.args.get("kind", "")
    if kind and kind not in list(AreaKind):
        raise InvalidInput("kind", "unknown", given=kind[:40])
    with read_only() as session:
        version = version_of(session, current_actor(), number)
        net = versions.net_of(session, version)
        state = "-draft" if version.status == DRAFT else ""
        name = f"{version.district_code}-v{version.number}{state}{f'-{kind}' if kind else ''}"
    shapes = net.areas(AreaKind(kind)) if kind else net.areas()
    frame = str(datum) if crs is None else crs.lower().replace(":", "")
    with TemporaryDirectory(prefix="gridgov-export-") as folder:
        file = Path(folder) / f"{name}-{frame}{ending}"
        instance().area_files.write(file, shapes, datum=datum, crs=crs)
        body = file.read_bytes()
    return download(body, content_type, file.name)


def _frame(told: str) -> tuple[Datum | None, str | None]:
    """Return the datum, or the EPSG code, that was asked for. Raises: InvalidInput."""
    if told.lower().startswith("epsg:") and told.lower() not in ("epsg:4326", "epsg:4490"):
        return None, told.upper()
    return parse_datum(told), None
