"""`gridgov search rebuild`: what cases are found by, written anew from the reports."""

import click

from gridgov.app import create_app
from gridgov.storage import districts, search
from gridgov.storage.session import read_only, unit_of_work


@click.group("search")
def search_group() -> None:
    """Look after the full-text search."""


@search_group.command("rebuild")
def rebuild() -> None:
    """Write the index of every district anew."""
    with create_app().app_context():
        with read_only() as session:
            codes = [district.code for district in districts.every(session)]
        for code in codes:
            with unit_of_work() as session:
                click.echo(f"{code}: {search.rebuild(session, code)} reports indexed")
