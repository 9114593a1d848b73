"""The command `gridgov demo gaoming`: the sample district, with or without its history."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from flask_migrate import upgrade
from flask_security.utils import hash_password
from tqdm import tqdm

from gridgov.app import create_app
from gridgov.demo import access, gaoming, replay_statement
from gridgov.demo.replay import Progress
from gridgov.demo.replay_plan import FULL, Size
from gridgov.jobs.address import base_url
from gridgov.storage import districts
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import EXTENSION, Instance

ACCESS_FILE = "sample-access.json"
STATEMENT_FILE = "sample-statement.json"
# Lies in the instance folder while the sample is being loaded.
UNFINISHED_FILE = "sample-unfinished"
TENTHS = 10


@click.group("demo")
def demo_group() -> None:
    """Sample districts."""


@demo_group.command("gaoming")
@click.option("--history", is_flag=True, help="with the sixteen months from June 2019")
def demo_gaoming(history: bool) -> None:
    """Load the sample district into an empty database."""
    app = create_app()
    with app.app_context():
        upgrade()
        with read_only() as session:
            if districts.every(session):
                raise click.ClickException("The database holds a district already; nothing done.")
        load_sample(app, history=FULL if history else None)
    click.echo("the sample district is loaded")


def load_sample(app: Flask, *, history: Size | None = None) -> None:
    """Load the sample into an empty database; write how to get in, and the statement."""
    held: Instance = app.extensions[EXTENSION]
    folder = held.settings.instance
    with _unfinished(folder / UNFINISHED_FILE), progress() as show:
        tools = gaoming.Tools(hash_password, held.vault, held.photos, _say, show)
        now = datetime.now(UTC)
        loaded = gaoming.load(tools, now=now, history=history)
        with unit_of_work() as session:
            api_key = access.new_api_key(session, gaoming.DISTRICT, now=now)
        held.photos.close()
        if loaded.statement is not None:
            replay_statement.write(folder / STATEMENT_FILE, loaded.statement)
        access.write(folder / ACCESS_FILE, base_url(held.settings), api_key, loaded.logins)
    if loaded.statement is not None:
        click.echo(f"· the history's own statement (also in {STATEMENT_FILE}):")
        for line in replay_statement.as_lines(loaded.statement):
            click.echo(f"    {line}")


def refuse_unfinished(folder: Path) -> None:
    """Stop where loading the sample was interrupted: half a history would be shown as whole.

    Raises: click.ClickException.
    """
    if (folder / UNFINISHED_FILE).exists():
        raise click.ClickException(
            "Loading the sample was interrupted, and what is there is not whole. "
            f"Empty the database, remove {UNFINISHED_FILE} from the instance folder "
            "(with SQLite: delete the instance folder), and start again."
        )


@contextmanager
def _unfinished(mark: Path) -> Iterator[None]:
    """Leave a mark in the folder if what is done inside does not come to its end."""
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    yield
    mark.unlink()


def _say(text: str) -> None:
    click.echo(f"  – {text}")
    sys.stdout.flush()


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a bar on a terminal, and a line for each tenth elsewhere."""
    if not sys.stderr.isatty():
        yield _in_lines(_say)
        return
    bars: list[tqdm] = []  # made at the first act: until then lines are printed

    def show(done: int, total: int) -> None:
        if not bars:
            bars.append(tqdm(total=total, unit=" acts", leave=False))
        bars[0].update(done - bars[0].n)
        if done == total:
            bars[0].close()

    try:
        yield show
    finally:
        for bar in bars:
            bar.close()


def _in_lines(say: Callable[[str], None]) -> Progress:
    told = 0

    def show(done: int, total: int) -> None:
        nonlocal told
        tenths = done * TENTHS // max(1, total)
        if tenths > told:
            told = tenths
            say(f"{done:,} of {total:,} acts")

    return show
