"""The command `gridgov`: start, demo, evaluate, verify, facts, worker."""

import gc
import json
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask_migrate import upgrade
from sqlalchemy import inspect

from gridgov.app import create_app, start_background, start_timetable
from gridgov.cli_areas import check_group, export_group, import_areas
from gridgov.cli_demo import ACCESS_FILE, demo_group, load_sample, refuse_unfinished
from gridgov.cli_import import import_group
from gridgov.cli_init import init
from gridgov.cli_locate import locate, outside
from gridgov.cli_reports import report
from gridgov.cli_search import search_group
from gridgov.cli_staff import staff_group
from gridgov.cli_tables import (
    import_catalogue,
    import_duties,
    import_people,
    import_units,
    pack_group,
    write_template,
)
from gridgov.cli_workflow import workflow_group
from gridgov.config import Settings
from gridgov.demo import access
from gridgov.demo.replay_plan import FULL
from gridgov.domain.errors import GridgovError, Unavailable
from gridgov.gateways.certificate import local_certificate
from gridgov.importers.evaluate_routing import evaluate as evaluate_points
from gridgov.jobs import server
from gridgov.jobs.address import base_url, lan_address
from gridgov.services import history, indicators
from gridgov.storage import districts
from gridgov.storage.base import db
from gridgov.storage.session import read_only, unit_of_work

WORKER_PAUSE_S = 0.2
WORKER_BACK_OFF_S = 3
# New objects before Python looks for rubbish among them, and looks before it looks further.
SELDOM = (20_000, 20, 20)


def say(text: str) -> None:
    """Print one line of progress at once."""
    click.echo(text)
    sys.stdout.flush()


def collect_seldom() -> None:
    """Look for rubbish in circles seldom, and never in the program (a tenth of a long command)."""
    gc.freeze()
    gc.set_threshold(*SELDOM)


def main() -> None:
    """Run the command; an error of ours is one sentence, not a trace."""
    collect_seldom()
    try:
        cli(standalone_mode=False)
    except GridgovError as error:
        click.echo(f"gridgov: {error}", err=True)
        sys.exit(2)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)


@click.group()
def cli() -> None:
    """Event dispatch on a district's net of grids."""


cli.add_command(demo_group)
import_group.add_command(import_areas)
for command in (import_people, import_duties, import_units, import_catalogue):
    import_group.add_command(command)
cli.add_command(import_group)
cli.add_command(locate)
cli.add_command(outside)
cli.add_command(export_group)
cli.add_command(check_group)
cli.add_command(staff_group)
cli.add_command(workflow_group)
cli.add_command(search_group)
cli.add_command(init)
cli.add_command(pack_group)
cli.add_command(write_template)
cli.add_command(report)


def _migrate() -> None:
    if not inspect(db.engine).has_table("alembic_version"):
        say("· database: creating the tables")
    upgrade()


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    with create_app().app_context():
        _migrate()
    say("the database is up to date")


@cli.command()
def start() -> None:
    """Migrate, load the sample into an empty database, say how to get in, and serve."""
    settings = Settings()
    say(f"gridgov · {_where(settings)}")
    _refuse_taken_port(settings)
    app = create_app(settings)
    with app.app_context():
        _migrate()
        with read_only() as session:
            empty = not districts.every(session)
        if empty:
            say("· empty database: loading the sample district Gaoming (synthetic borders)")
            load_sample(app, history=FULL)
        refuse_unfinished(settings.instance)
        content = access.moved(settings.instance / ACCESS_FILE, base_url(settings))
        db.engine.dispose()
    _show_access(settings, content)
    certificate = _certificate(settings)
    say("Serving; stop with Ctrl+C.")
    server.serve(
        app,
        host=settings.host,
        port=settings.port,
        certificate=certificate,
        started=lambda: start_background(app),
    )


def _where(settings: Settings) -> str:
    kind = "SQLite" if settings.url().startswith("sqlite") else "PostgreSQL + PostGIS"
    return f"{kind}, instance folder {settings.instance}"


def _refuse_taken_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise click.ClickException(
                f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}). "
                "Stop what runs there, or choose another: make run PORT=8001"
            ) from error


def _certificate(settings: Settings) -> tuple[str, str] | None:
    if not settings.secure():
        return None
    hosts = ["localhost", "127.0.0.1", socket.gethostname(), lan_address()]
    hosts += sorted({str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)})
    now = datetime.now(UTC)
    certificate, key = local_certificate(settings.instance / "tls", hosts, now=now)
    say("· HTTPS with a certificate of this machine: a phone warns once; choose to go on")
    return str(certificate), str(key)


def _show_access(settings: Settings, content: dict[str, Any] | None) -> None:
    say(f"\nResidents: {base_url(settings)}/      staff: {base_url(settings)}/login")
    if content is None:
        return
    say("Sample logins (also in the instance folder, sample-access.json):")
    for login in content["logins"]:
        say(f"  {login['role']:<16}{login['username']:<16}{login['password']}")


@cli.group()
def evaluate() -> None:
    """Measure gridgov against real data."""


@evaluate.command("routing")
@click.option("--areas", type=click.Path(path_type=Path), required=True, help="GeoJSON of areas")
@click.option("--label-field", required=True, help="property of the areas that is the label")
@click.option(
    "--requests",
    type=click.Path(path_type=Path),
    required=True,
    multiple=True,
    help="CSV or CSV.gz; may be repeated",
)
@click.option("--label-column", required=True, help="column with the official label")
@click.option("--lon", "lon_column", help="column of the longitude, if its name is unusual")
@click.option("--lat", "lat_column", help="column of the latitude, if its name is unusual")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@click.argument("more", nargs=-1, type=click.Path(path_type=Path))
def evaluate_routing(
    areas: Path,
    label_field: str,
    requests: tuple[Path, ...],
    label_column: str,
    lon_column: str | None,
    lat_column: str | None,
    as_json: bool,
    more: tuple[Path, ...],
) -> None:
    """Send real requests through the router and compare with the official label."""
    found = evaluate_points(
        areas, label_field, [*requests, *more], label_column, lon_column, lat_column
    ).as_json()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for name, value in found.items():
        click.echo(f"{name:<48}{value}")


@cli.group()
def verify() -> None:
    """Check what must never change."""


@verify.command("history")
def verify_history() -> None:
    """Check every case's chain; name the first damaged line and exit with 1."""
    with create_app().app_context(), read_only(patient=True) as session:
        for district in districts.every(session):
            count, damage = history.verify(session, district.code)
            if damage is not None:
                click.echo(
                    f"{district.code}: case {damage.case_number} ({damage.case_id}), "
                    f"line {damage.seq}: {damage.what}"
                )
                sys.exit(1)
            say(f"{district.code}: {count} lines verified")


CHECK = click.option("--check", is_flag=True, help="compare only; exit with 1 on a difference")


@cli.group("facts", invoke_without_command=True)
@CHECK
@click.pass_context
def facts_group(context: click.Context, check: bool) -> None:
    """Rebuild or check the counters folded from the log."""
    if context.invoked_subcommand is None:
        if not check:
            raise click.UsageError("say `facts rebuild`, or `facts --check` to compare only")
        _every_district(_check_facts)


@facts_group.command("rebuild")
@CHECK
def facts_rebuild(check: bool) -> None:
    """Fold the whole log again."""
    _every_district(_check_facts if check else _rebuild_facts)


def _every_district(act: Callable[[str], None]) -> None:
    with create_app().app_context():
        with read_only() as session:
            codes = [district.code for district in districts.every(session)]
        for code in codes:
            act(code)


def _rebuild_facts(code: str) -> None:
    with unit_of_work() as session:
        say(f"{code}: {indicators.rebuild(session, code)} messages folded")


def _check_facts(code: str) -> None:
    folding = True
    while folding:
        with unit_of_work() as session:
            folding = bool(indicators.fold_pending(session, code))
    with read_only(patient=True) as session:
        different = indicators.differences(session, code)
    say(f"{code}: {'identical' if not different else f'{different} rows differ'}")
    if different:
        sys.exit(1)


@cli.command()
def worker() -> None:
    """Run the timetable and fold facts, without serving pages (production profile)."""
    app = create_app()
    start_timetable(app)
    say("worker: timetable and projector running; stop with Ctrl+C")
    while True:
        try:
            with app.app_context():
                _fold_all()
            time.sleep(WORKER_PAUSE_S)
        except Unavailable as error:
            say(f"worker: {error}; trying again")
            time.sleep(WORKER_BACK_OFF_S)


def _fold_all() -> None:
    with read_only() as session:
        codes = [district.code for district in districts.every(session)]
    for code in codes:
        with unit_of_work() as session:
            indicators.fold_pending(session, code)
