"""The commands `gridgov import people|units|duties|catalogue`, `template` and `pack`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask_babel import force_locale

from gridgov.app import create_app
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.table_imports import Plan, Table, TableRefused
from gridgov.importers import packs, requests_draft, setup_files
from gridgov.importers.setup_templates import template
from gridgov.services.setup_base import Options, Source
from gridgov.web import table_words

FILE = click.Path(path_type=Path)
SHOWN = 50
DISTRICT = click.option("--district", required=True, help="code of the district")
DRY = click.option("--dry-run", is_flag=True, help="say what would be done, and do nothing")
WHOLE = click.option("--whole", is_flag=True, help="what is not in the file ends")


@click.command("people")
@click.argument("file", type=FILE)
@DISTRICT
@DRY
@WHOLE
def import_people(file: Path, district: str, dry_run: bool, whole: bool) -> None:
    """Take in people and their roles (.xlsx or .csv), all rows or none."""
    take_in(file, Table.PEOPLE, district, Options(whole), dry_run=dry_run)
    if not dry_run:
        click.echo("whoever has no password yet: gridgov staff links --district CODE FILE")


@click.command("duties")
@click.argument("file", type=FILE)
@DISTRICT
@DRY
@WHOLE
def import_duties(file: Path, district: str, dry_run: bool, whole: bool) -> None:
    """Take in who has which grid (.xlsx or .csv), all rows or none."""
    take_in(file, Table.DUTIES, district, Options(whole), dry_run=dry_run)


@click.command("units")
@click.argument("file", type=FILE)
@DISTRICT
@DRY
@WHOLE
@click.option("--committees", is_flag=True, help="a committee for each village without a unit")
def import_units(file: Path, district: str, dry_run: bool, whole: bool, committees: bool) -> None:
    """Take in units (.xlsx or .csv), all rows or none."""
    take_in(file, Table.UNITS, district, Options(whole, committees), dry_run=dry_run)


@click.command("catalogue")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--district", help="code of the district whose catalogue it becomes")
@DRY
@WHOLE
@click.option("--mapping", type=FILE, help="TOML: only draft a catalogue from requests, as CSV")
def import_catalogue(
    files: tuple[Path, ...],
    district: str | None,
    dry_run: bool,
    whole: bool,
    mapping: Path | None,
) -> None:
    """Take in a catalogue (.xlsx or .csv) as a new version, all rows or none.

    With --mapping: draft one from requests for somebody to go over; nothing is stored.
    """
    if mapping is not None:
        requests_draft.write(requests_draft.draft(files, mapping), sys.stdout)
        return
    if district is None or len(files) != 1:
        raise InvalidInput("district", "missing", "one file, and --district CODE")
    take_in(files[0], Table.CATALOGUE, district, Options(whole), dry_run=dry_run)


def take_in(file: Path, table: Table, district: str, options: Options, *, dry_run: bool) -> None:
    """Do what a file says, or only say it; exits with 2 where rows are refused."""
    by, now = Actor.system(district), datetime.now(UTC)
    with create_app().app_context(), force_locale("en"):
        try:
            if dry_run:
                plan = setup_files.dry_run(file, table, district, options, by=by, now=now)
            else:
                source = Source(by, file.name)
                plan = setup_files.run(file, table, district, options, source=source, now=now)
        except TableRefused as error:
            plan = error.plan
        say(plan, dry_run=dry_run)
    if plan.refusals:
        sys.exit(2)


def say(plan: Plan, *, dry_run: bool) -> None:
    """Print what a file does or would do; refused rows first, on the other stream."""
    for name in plan.ignored:
        click.echo(f"· not read: {name}")
    for refusal in plan.refusals[:SHOWN]:
        click.echo(table_words.line_of(plan, refusal), err=True)
    if plan.refusals:
        more = max(0, len(plan.refusals) - SHOWN)
        also = f" (and {more} more)" if more else ""
        click.echo(f"{len(plan.refusals)} refused{also}; nothing was written", err=True)
        return
    if dry_run:
        for change in plan.done()[:SHOWN]:
            fields = "; ".join(
                f"{one['name']}: {one['before'] or '—'} → {one['after'] or '—'}"
                for one in table_words.fields_of(plan, change)
            )
            click.echo(f"  {change.kind} {change.key} {change.name} · {fields}")
    said = "a dry run, nothing was written" if dry_run else "done"
    click.echo(f"{plan.table}: {table_words.counted(plan)} ({said})")


@click.command("template")
@click.argument("table", type=click.Choice([str(table) for table in Table]))
@click.argument("file", type=FILE)
@click.option("--english", is_flag=True, help="with English headings")
def write_template(table: str, file: Path, english: bool) -> None:
    """Write an Excel file to fill in."""
    file.write_bytes(template(Table(table), english=english))
    click.echo(f"{file}: columns, an example and notes")


@click.group("pack")
def pack_group() -> None:
    """Catalogue, units as kinds, texts and rules as one file; never people, never keys."""


@pack_group.command("export")
@click.argument("file", type=FILE)
@DISTRICT
@click.option("--notes", default="", help="what it was made for; kept in the file")
def export_pack(file: Path, district: str, notes: str) -> None:
    """Write a district's pack to FILE (JSON)."""
    with create_app().app_context():
        content = packs.export(district, notes, now=datetime.now(UTC))
    file.write_bytes(content)
    click.echo(f"{file}: {len(content):,} bytes")


@pack_group.command("import")
@click.argument("file", type=FILE)
@DISTRICT
@click.option("--dry-run", is_flag=True, help="say what would be done, and do nothing")
@click.option("--whole", is_flag=True, help="classes the pack does not have are ended")
def import_pack(file: Path, district: str, dry_run: bool, whole: bool) -> None:
    """Take in a pack, all of it or nothing."""
    by, now, options = Actor.system(district), datetime.now(UTC), Options(whole)
    with create_app().app_context(), force_locale("en"):
        try:
            if dry_run:
                plan = packs.dry_run(file, district, options, now=now)
            else:
                plan = packs.run(file, district, options, source=Source(by, file.name), now=now)
        except TableRefused as error:
            plan = error.plan
        say(plan, dry_run=dry_run)
    if plan.refusals:
        sys.exit(2)
