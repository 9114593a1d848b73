"""The command `gridgov staff add`: a person who can sign in, for a start."""

import csv
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask_security.utils import hash_password

from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.domain.errors import NotFound
from gridgov.domain.roles import Role
from gridgov.jobs.address import base_url
from gridgov.services import accounts
from gridgov.services import districts as setup
from gridgov.services import reference as references
from gridgov.services.districts import NewPerson
from gridgov.storage import districts, people
from gridgov.storage.session import unit_of_work

NO_SIGN_IN = (Role.RESIDENT, Role.PROGRAM, Role.SYSTEM)
ROLES = [str(role) for role in Role if role not in NO_SIGN_IN]


@click.group("staff")
def staff_group() -> None:
    """People who sign in."""


@staff_group.command("add")
@click.option("--district", required=True, help="code of the district")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--username", required=True)
@click.option("--name", help="as others see it; the user name without it")
@click.option("--area", help="code of the area; the whole district without it")
@click.option("--unit", help="code of the unit, for a handler")
def add(
    district: str, role: str, username: str, name: str | None, area: str | None, unit: str | None
) -> None:
    """Add a person and print the password once; it is stored nowhere else."""
    # What the sign-in page takes; else somebody would be made who never gets in.
    if not (4 <= len(username) <= 32 and username.isalnum()):
        raise click.ClickException("A user name has 4 to 32 letters and digits.")
    password = secrets.token_urlsafe(12)
    with create_app().app_context():
        # Hashing takes a while on purpose: outside of the unit of work.
        hashed, now = hash_password(password), datetime.now(UTC)
        with unit_of_work() as session:
            found = districts.get(session, district)
            reference = references.of(session, district)
            if people.by_username(session, username) is not None:
                raise click.ClickException(f"The user name {username} is taken.")
            if unit is not None and unit not in reference.units:
                raise NotFound(f"district {district} has no unit {unit}")
            if role == Role.HANDLER and unit is None:
                raise click.ClickException("A handler works for a unit: --unit CODE")
            where = None if unit is not None else reference.net.area(area or district).code
            new = NewPerson(
                username=username,
                name=name or username,
                password_hash=hashed,
                grants=((role, where, unit),),
            )
            today = now.astimezone(ZoneInfo(found.timezone)).date()
            setup.add_people(session, found, [new], since=today)
    click.echo(f"{username} may sign in as {role}; password: {password}")


@staff_group.command("links")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--district", required=True, help="code of the district")
@click.option("--address", help="of the pages, such as https://grid.example.gov.cn")
def links(file: Path, district: str, address: str | None) -> None:
    """Write links for everybody without a password to FILE (CSV); each works once, a week long."""
    settings = Settings()
    address = (address or base_url(settings)).rstrip("/")
    with create_app(settings).app_context(), unit_of_work() as session:
        districts.get(session, district)
        waiting = accounts.without_password(session, district)
        made = accounts.make_links(session, waiting, now=datetime.now(UTC))
        rows = [(one.username, one.name, f"{address}/welcome/{token}") for one, token in made]
        _write_links(file, rows)
    click.echo(f"{len(rows)} links in {file}; give each to its person, then delete the file")


def _write_links(file: Path, rows: list[tuple[str, str, str]]) -> None:
    """Write the links for the owner of the file alone. Raises: click.ClickException."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    # With a mark at its beginning, so that Excel reads the Chinese.
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as target:
        table = csv.writer(target)
        table.writerow(["username", "name", "link"])
        table.writerows(rows)
