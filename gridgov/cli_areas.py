"""The commands about a district's areas: in and out of files, and are they a sound net.

`gridgov import areas`, `gridgov export areas`, `gridgov check areas`.
"""

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask_babel import force_locale
from flask_migrate import upgrade

from gridgov.app import create_app
from gridgov.domain.area_imports import FIELDS, Problem, Told, UnusableFeatures
from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum, parse_datum
from gridgov.domain.errors import InvalidInput
from gridgov.importers import areas
from gridgov.importers.area_export import format_of, write_areas
from gridgov.importers.area_projection import target_frame
from gridgov.services import grids, grids_checks
from gridgov.storage import areas as area_rows
from gridgov.storage import districts
from gridgov.storage.session import read_only
from gridgov.web import finding_words

FILE = click.Path(path_type=Path)
KINDS = click.Choice([str(kind) for kind in AreaKind])
SHOWN = 20


def _datum(_context: click.Context, _option: click.Parameter, text: str | None) -> Datum | None:
    return None if text is None else parse_datum(text)


@click.group("export")
def export_group() -> None:
    """Give what gridgov holds to other programs."""


@export_group.command("areas")
@click.argument("file", type=FILE)
@click.option("--district", required=True, help="code of the district")
@click.option("--version", "number", type=int, help="number of the version; the active one else")
@click.option("--datum", callback=_datum, help=f"{', '.join(Datum)}; wgs84 without it")
@click.option("--crs", help="projection by its EPSG code, such as EPSG:4547")
@click.option("--kind", "kinds", type=KINDS, multiple=True, help="only areas of this kind")
def export_areas(
    file: Path,
    district: str,
    number: int | None,
    datum: Datum | None,
    crs: str | None,
    kinds: tuple[str, ...],
) -> None:
    """Write a version's areas to FILE (.geojson, .gpkg, .zip with a Shapefile, .kml)."""
    format_of(file)
    frame = target_frame(datum, crs)
    with create_app().app_context(), read_only() as session:
        number = number or districts.get(session, district).grid_version or 0
        version = area_rows.version(session, district, number)
        net = grids.net_of(session, version)
    chosen = [AreaKind(kind) for kind in kinds]
    count = write_areas(file, net.areas(), frame, chosen)
    click.echo(f"{file.name}: {count} areas of version {number} in {frame.name}")


@click.group("check")
def check_group() -> None:
    """Look for what is wrong, and change nothing."""


@check_group.command("areas")
@click.option("--district", required=True, help="code of the district")
@click.option("--draft", "number", type=int, help="number of the draft; the active version else")
def check_areas(district: str, number: int | None) -> None:
    """Print what is wrong with a version, with its place and repair; 1 if something blocks."""
    with create_app().app_context(), force_locale("en"):
        with read_only() as session:
            number = number or districts.get(session, district).grid_version or 0
            version = area_rows.version(session, district, number)
            script = grids_checks.gather(session, version, now=datetime.now(UTC))
        checked = grids_checks.perform(script)
        for finding in checked.verdict.findings:
            click.echo(finding_words.line(finding, checked.net, checked.verdict.known))
    count, blocking = len(checked.verdict.findings), len(checked.verdict.blocking)
    click.echo(f"version {number} ({version.status}): {blocking} block, {count - blocking} to note")
    if blocking:
        sys.exit(1)


@click.command("areas")
@click.argument("file", type=FILE)
@click.option("--mapping", type=FILE, help="TOML; for a new district the shipped ones are tried")
@click.option("--district", help="code of the district that gets a draft")
@click.option("--datum", callback=_datum, help=f"what the degrees are: {', '.join(Datum)}")
@click.option("--crs", help="projection by its EPSG code, such as EPSG:4547")
@click.option("--layer", help="name of the layer, where the file has several")
@click.option("--encoding", help="such as gbk, where the file does not say it or lies")
@click.option("--field", "fields", multiple=True, help=f"{'|'.join(FIELDS)}=COLUMN; repeatable")
@click.option("--kind", type=KINDS, help="the kind of all areas of the file")
@click.option("--outline", type=FILE, help="the ground it must fit; the active district else")
@click.option("--trust-datum", is_flag=True, help="as declared, even if another fits better")
@click.option("--note", default="", help="why; kept with the draft")
@click.option("--report", type=FILE, help="CSV for features that cannot be used")
def import_areas(
    file: Path,
    mapping: Path | None,
    district: str | None,
    datum: Datum | None,
    crs: str | None,
    layer: str | None,
    encoding: str | None,
    fields: tuple[str, ...],
    kind: str | None,
    outline: Path | None,
    trust_datum: bool,
    note: str,
    report: Path | None,
) -> None:
    """Make a draft of a district's net, or a new district, from FILE; twice changes nothing.

    FILE is GeoJSON, GeoPackage, KML or a Shapefile in a zip.
    """
    told = Told(
        district_code=district,
        columns=_columns(fields),
        kind=None if kind is None else AreaKind(kind),
        datum=datum,
        crs=crs,
        layer=layer,
        encoding=encoding,
        outline=outline,
        trust_datum=trust_datum,
        note=note,
    )
    try:
        with create_app().app_context():
            upgrade()
            found = areas.load(file, mapping, now=datetime.now(UTC), told=told)
    except UnusableFeatures as error:
        _say_problems(error.problems, report)
        raise
    _say(found)


def _columns(fields: tuple[str, ...]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for told in fields:
        key, equals, column = told.partition("=")
        if not equals or not column.strip():
            sentence = f"--field {told}: write it as {FIELDS[0]}=COLUMN"
            raise InvalidInput("fields", "wrong_shape", sentence, given=told[:40])
        columns[key.strip()] = column.strip()
    return columns


def _say_problems(problems: tuple[Problem, ...], report: Path | None) -> None:
    for problem in problems[:SHOWN]:
        click.echo(str(problem))
    if report is None:
        more = len(problems) - SHOWN
        if more > 0:
            click.echo(f"and {more} more; --report FILE writes all of them")
        return
    # With a mark at its beginning, so that Excel reads the Chinese.
    with report.open("w", encoding="utf-8-sig", newline="") as target:
        rows = csv.writer(target)
        rows.writerow(["feature", "code", "reason", "sentence"])
        for problem in problems:
            rows.writerow([problem.number, problem.code, problem.reason, problem.sentence])
    click.echo(f"all {len(problems)} of them: {report}")


def _say(found: areas.LoadedAreas) -> None:
    for remark in found.net.remarks:
        click.echo(f"· {remark}")
    if found.net.fits:
        declared = found.net.fits[0]
        click.echo(
            f"· read as {found.net.frame.name}: {100 * declared.overlap:.1f} % of the outline "
            f"fits, {100 * declared.outside:.1f} % lies outside"
        )
    if found.made:
        done = "made"
    elif found.draft is None:
        done = "there already, nothing changed"
    else:
        done = f"draft version {found.draft} made; it is live once somebody activates it"
    click.echo(f"district {found.district_code}: {done}; {found.areas} areas")
