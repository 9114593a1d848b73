"""The command `gridgov init`: a real district's first run, without the sample."""

import os
import re
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import click
from flask_migrate import upgrade
from flask_security.utils import hash_password

from gridgov.app import create_app
from gridgov.config import ROOT, Settings
from gridgov.domain import passwords
from gridgov.domain.datum import Datum, parse_datum
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_read import read_outline
from gridgov.importers.calendar import read_calendar
from gridgov.jobs.address import base_url
from gridgov.services import setup_district
from gridgov.services.districts import NewDistrict
from gridgov.services.setup_district import DistrictExists, FirstAdmin, Progress
from gridgov.storage import districts, people
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.districts import District
from gridgov.storage.session import read_only, unit_of_work

FILE = click.Path(path_type=Path)
CHINA = ROOT / "geodata" / "calendars" / "cn.csv"
CHINESE_ZONES = ("Asia/Shanghai", "Asia/Urumqi")
HOURS = "08:30-12:00,14:00-17:30"
_CODE = re.compile(r"\d{6,12}|[a-z][a-z0-9-]{0,31}", re.ASCII)
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
ASKED = {
    "code": "Code of the district, such as 440608",
    "name": "Its name",
    "name_en": "Its name in English",
    "outline": "File with its outline (GeoJSON, GeoPackage, KML or a Shapefile in a zip)",
    "admin": "User name of the first administrator (4 to 32 letters and digits)",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the command was told or has asked."""

    code: str
    name: str
    name_en: str
    outline: Path
    admin: str


@click.command("init")
@click.option("--code", help="of the district, such as 440608")
@click.option("--name")
@click.option("--name-en", help="the name without it")
@click.option("--outline", type=FILE, help="file with the ground of the district")
@click.option("--datum", help=f"what its degrees are: {', '.join(Datum)}; else what it says")
@click.option("--timezone", default="Asia/Shanghai", show_default=True)
@click.option("--language", "languages", multiple=True, help="zh-Hans or en, the first one first")
@click.option("--hours", default=HOURS, show_default=True, help="working hours")
@click.option("--calendar", type=FILE, help="CSV of holidays; China's shipped one in China")
@click.option("--admin", help="user name of the first administrator")
@click.option("--admin-name", help="as others see it; the user name without it")
@click.option("--password-file", type=FILE, help="gets the one-time password")
@click.option("--ask-password", is_flag=True, help="ask for the password instead")
def init(
    datum: str | None,
    timezone: str,
    languages: tuple[str, ...],
    hours: str,
    calendar: Path | None,
    admin_name: str | None,
    password_file: Path | None,
    ask_password: bool,
    **given: Any,
) -> None:
    """Set a real district up in an empty database; a database that has it is left alone."""
    settings, now = Settings(), datetime.now(UTC)
    with create_app(settings).app_context():
        upgrade()
        _refuse_existing(given["code"])
        told = _told(given)
        _refuse_existing(told.code)
        outline = read_outline(told.outline, None if datum is None else parse_datum(datum))
        days, span = _calendar(calendar, told.code, timezone, now)
        new = NewDistrict(
            code=told.code,
            name=told.name,
            name_en=told.name_en,
            timezone=_zone(timezone),
            languages=_languages(languages),
            working_hours=_hours(hours),
            calendar_span=span,
        )
        password = _password(told.admin) if ask_password else secrets.token_urlsafe(15)
        first = FirstAdmin(
            told.admin, admin_name or told.admin, hash_password(password), not ask_password
        )
        target = password_file or settings.instance / f"{told.code}-first-password.txt"
        with unit_of_work() as session:
            if people.by_username(session, told.admin) is not None:
                raise InvalidInput("admin", "taken", f"The user name {told.admin} is taken.")
            setup_district.create(session, new, outline, days, first, now=now)
            if not ask_password:
                # Before the commit: an administrator whose password nobody has is none.
                _write_password(target, told.admin, password)
        click.echo(f"district {told.code} {told.name} is set up; the ladder is on")
        where = "with the password you chose" if ask_password else f"password: see {target}"
        click.echo(f"first administrator: {told.admin}, {where}")
        _say_next(told.code, settings)


def _refuse_existing(code: str | None) -> None:
    """Stop where the district is there; say what comes next for it.

    Raises: DistrictExists.
    """
    with read_only() as session:
        known = [one.code for one in districts.every(session)]
        found = session.get(District, code) if code is not None else None
    if found is not None:
        _say_next(found.code, Settings())
        raise DistrictExists(f"district {code} {found.name} is there already; nothing was changed")
    if code is None and known:
        click.echo(f"there already: {', '.join(known)}")


def _told(given: dict[str, Any]) -> Told:
    """Return the answers, asked for on a terminal. Raises: InvalidInput, click.UsageError."""
    code = _wanted(given, "code", _code)
    name = _wanted(given, "name", _name)
    name_en = given["name_en"] or _asked("name_en", _name, default=name)
    outline = _wanted(given, "outline", Path)
    if not outline.is_file():
        raise InvalidInput("outline", "unreadable", f"{outline} is no file that can be read")
    return Told(code, name, name_en, outline, _wanted(given, "admin", _username))


def _wanted(given: dict[str, Any], key: str, read: Callable[[str], Any]) -> Any:
    if given[key] is not None:
        return read(str(given[key]))
    if not sys.stdin.isatty():
        raise click.UsageError(f"--{key.replace('_', '-')} is missing ({ASKED[key]})")
    return _asked(key, read)


def _asked(key: str, read: Callable[[str], Any], default: str | None = None) -> Any:
    if not sys.stdin.isatty():
        return default
    while True:
        answer = click.prompt(ASKED[key], default=default, type=str)
        try:
            return read(answer.strip())
        except InvalidInput as error:
            click.echo(str(error))


def _code(text: str) -> str:
    if _CODE.fullmatch(text) is None:
        sentence = "a code is 6 to 12 digits, or small letters, digits and - (such as boston)"
        raise InvalidInput("code", "wrong_shape", sentence)
    return text


def _name(text: str) -> str:
    if not 1 <= len(text) <= 80:
        raise InvalidInput("name", "wrong_length", "a name has 1 to 80 characters")
    return text


def _username(text: str) -> str:
    if not (4 <= len(text) <= 32 and text.isalnum()):
        raise InvalidInput("admin", "wrong_shape", "a user name has 4 to 32 letters and digits")
    return text


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise InvalidInput("timezone", "unknown", f"there is no time zone {name}")
    return name


def _languages(said: tuple[str, ...]) -> tuple[str, ...]:
    chosen = said or ("zh-Hans", "en")
    if not set(chosen) <= {"zh-Hans", "en"}:
        raise InvalidInput("language", "unknown", "the languages are zh-Hans and en")
    return tuple(dict.fromkeys((*chosen, "zh-Hans", "en")))


def _hours(text: str) -> tuple[tuple[str, str], ...]:
    found = [_SPAN.fullmatch(part.strip()) for part in text.split(",")]
    spans = [(f"{m[1]}:{m[2]}", f"{m[3]}:{m[4]}") for m in found if m is not None]
    flat = [moment for span in spans for moment in span]
    if not spans or len(spans) != len(found) or sorted(set(flat)) != flat:
        sentence = f"write the hours one after the other, such as {HOURS}"
        raise InvalidInput("hours", "wrong_shape", sentence)
    return tuple(spans)


def _calendar(
    file: Path | None, code: str, timezone: str, now: datetime
) -> tuple[list[CalendarDay], tuple[date, date]]:
    """Return the days and the years they publish; nothing but this year without a file."""
    file = file or (CHINA if timezone in CHINESE_ZONES else None)
    if file is None:
        year = now.astimezone(ZoneInfo(_zone(timezone))).year
        return [], (date(year, 1, 1), date(year, 12, 31))
    days = read_calendar(file)
    if not days:
        raise InvalidInput("calendar", "empty", f"{file.name} holds no day")
    rows = [CalendarDay.of(code, day) for day in days]
    return rows, (date(days[0].day.year, 1, 1), date(days[-1].day.year, 12, 31))


def _password(username: str) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("--ask-password needs a terminal; use --password-file")
    while True:
        password: str = click.prompt("Password", hide_input=True)
        again: str = click.prompt("The same again", hide_input=True)
        try:
            passwords.check(password, again, username)
        except InvalidInput as error:
            click.echo(f"{error.reason.replace('_', ' ')}: at least {passwords.LEAST} characters")
            continue
        return password


def _write_password(path: Path, username: str, password: str) -> None:
    """Write the password where only the owner of the file may read it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # an older file may be open to others
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{username}\n{password}\n")
    except OSError as error:
        sentence = f"{path} cannot be written: {error.strerror}; nothing was set up"
        raise InvalidInput("password_file", "unwritable", sentence) from error


def _say_next(code: str, settings: Settings) -> None:
    with read_only() as session:
        found = setup_district.progress(session, code)
    click.echo("what comes next:")
    for done, words in next_steps(found, code, base_url(settings)):
        click.echo(f"  [{'x' if done else ' '}] {words}")


def next_steps(found: Progress, code: str, address: str) -> list[tuple[bool, str]]:
    """Return the steps of setting a district up, with whether each is done."""
    net = f"gridgov import areas --district {code} FILE"
    if not found.grids and found.drafts:
        net = f"activate the draft of the net: {address}/admin/grids"
    return [
        (found.grids > 0, net),
        (found.units > 0, f"gridgov import units --district {code} FILE [--committees]"),
        (found.classes > 0, f"gridgov import catalogue --district {code} FILE"),
        (found.people > 1, f"gridgov import people --district {code} FILE"),
        (found.duties > 0, f"gridgov import duties --district {code} FILE"),
        (False, f"gridgov start, then sign in: {address}/login"),
    ]
