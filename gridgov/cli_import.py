"""The commands `gridgov import …`: requests from elsewhere (areas: cli_areas)."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.domain.errors import InvalidInput
from gridgov.importers import calendar, requests
from gridgov.importers.mapping import read_mapping
from gridgov.storage import districts
from gridgov.storage.session import read_only

FILE = click.Path(path_type=Path)
SAY_EVERY = 10_000


@click.group("import")
def import_group() -> None:
    """Take in what others have: areas, requests, the calendar of a year."""


@import_group.command("requests")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--mapping", type=FILE, required=True, help="TOML: what columns and words mean")
@click.option("--district", help="code of the district, where the mapping names none")
@click.option("--report", type=FILE, help="CSV for refused and suspicious rows")
def import_requests(
    files: tuple[Path, ...], mapping: Path, district: str | None, report: Path | None
) -> None:
    """Take requests of another system in; twice changes nothing."""
    settings, now = Settings(), datetime.now(UTC)
    if report is None:
        name = f"{read_mapping(mapping).source}-{now:%Y%m%dT%H%M%SZ}.csv"
        report = settings.instance / "imports" / name
    began = time.monotonic()
    with create_app(settings).app_context():
        found = requests.load(
            files,
            mapping,
            district_code=district,
            report_file=report,
            now=now,
            progress=_Progress(),
        )
    spent = time.monotonic() - began
    for line in requests.lines_of(found):
        click.echo(line)
    click.echo(f"{spent:.0f} s, {found.read / max(spent, 0.001):.0f} rows/s; report: {report}")
    if not found.kept:
        click.echo("gridgov: nothing was taken in", err=True)
        sys.exit(2)


class _Progress:
    """Says how far it is, once every so many rows."""

    def __init__(self) -> None:
        self._next = SAY_EVERY

    def __call__(self, done: int, total: int) -> None:
        if done >= self._next or done == total:
            self._next = done + SAY_EVERY
            click.echo(f"· {done} of {total}")


@import_group.command("calendar")
@click.argument("file", type=FILE)
@click.option("--district", help="code of the district, where there are several")
def import_calendar(file: Path, district: str | None) -> None:
    """Publish a year of the working calendar; limits that rested on a guess are counted again."""
    with create_app(Settings()).app_context():
        code = district or _only_district()
        published, moved = calendar.load(
            file, code, now=datetime.now(UTC), progress=lambda _moved: None
        )
    years = ", ".join(map(str, published.years))
    click.echo(f"{years}: {published.days} days; the calendar is published to {published.last}")
    click.echo(f"{moved} open cases were counted again")


def _only_district() -> str:
    """Return the code of the only district. Raises: InvalidInput (field district)."""
    with read_only() as session:
        codes = [found.code for found in districts.every(session)]
    if len(codes) != 1:
        raise InvalidInput("district", "missing", known=", ".join(codes))
    return codes[0]
