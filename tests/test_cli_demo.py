"""The command that loads the sample: what it refuses, and what an interruption leaves behind."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask

from gridgov import cli_demo
from gridgov.cli_demo import UNFINISHED_FILE, demo_group, load_sample, refuse_unfinished
from tests.support.app import Installation


def test_a_database_that_holds_a_district_is_left_alone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDGOV_DATABASE_URL", installation.url)
    monkeypatch.setenv("GRIDGOV_INSTANCE", str(installation.instance))
    before = installation.access()
    answer = CliRunner().invoke(demo_group, ["gaoming", "--history"])
    assert answer.exit_code != 0
    assert "holds a district already" in answer.output
    assert installation.access() == before


def test_an_interrupted_sample_is_not_served_as_whole(
    app: Flask, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    refuse_unfinished(installation.instance)
    monkeypatch.setattr(cli_demo.gaoming, "load", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_sample(app)
    with pytest.raises(click.ClickException, match=UNFINISHED_FILE):
        refuse_unfinished(installation.instance)


def test_a_sample_without_history_leaves_no_statement(installation: Installation) -> None:
    names = {path.name for path in Path(installation.instance).iterdir()}
    assert cli_demo.ACCESS_FILE in names
    assert cli_demo.STATEMENT_FILE not in names
    assert UNFINISHED_FILE not in names


def test_elsewhere_than_on_a_terminal_each_tenth_is_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with cli_demo.progress() as show:
        for done in range(0, 1001, 50):
            show(done, 1000)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert lines[-1].endswith("1,000 of 1,000 acts")
