"""`gridgov workflow show`: the table of the workflow, from the code itself."""

import json

import click

from gridgov.domain.workflow import as_document
from gridgov.domain.workflow_diagram import as_mermaid


@click.group("workflow")
def workflow_group() -> None:
    """Show what may happen to a case."""


@workflow_group.command()
@click.option(
    "--format", "form", type=click.Choice(["json", "mermaid"]), default="json", show_default=True
)
def show(form: str) -> None:
    """Print all states and transitions."""
    if form == "mermaid":
        click.echo(as_mermaid(), nl=False)
    else:
        click.echo(json.dumps(as_document(), ensure_ascii=False, indent=2))
