"""The command `gridgov staff add`: a person who can sign in, for a start."""

import secrets
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
from flask_security.utils import hash_password

from gridgov.app import create_app
from gridgov.domain.errors import NotFound
from gridgov.domain.roles import Role
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
