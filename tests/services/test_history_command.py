"""Verifying the history of a whole district: the sample, odd numbers, and what the command says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from gridgov.services import history
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.session import read_only, unit_of_work
from tests.services.tampering import long_case, write
from tests.support.acts import DISTRICT, GRID, case_of, inside, pin, report
from tests.support.app import Installation
from tests.support.command import gridgov

COMMAND = Path(sys.executable).with_name("gridgov")


def test_the_sample_verifies(stage: Flask) -> None:
    with read_only() as session:
        count, damage = history.verify(session, DISTRICT)
        assert damage is None
        assert count == session.scalar(select(func.count()).select_from(CaseEntry))
        assert count > 100


@pytest.mark.parametrize("accuracy", [-0.0, 0.0, 1e16, 1.5e300, 12.25, 5e-324])
def test_an_unusual_number_does_not_look_like_tampering(stage: Flask, accuracy: float) -> None:
    """PostgreSQL keeps numbers as decimals: 1e+16 and -0.0 come back in other words."""
    with unit_of_work() as session:
        receipt = report(session, position=pin(inside(session), accuracy), near_choice=GRID)
    with read_only() as session:
        case = case_of(session, receipt)
        count, damage = history.verify(session, DISTRICT)
    assert (damage, case.history_seq) == (None, 2)


def installed(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed script, which starts from nothing."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GRIDGOV_")}
    environment |= {
        "GRIDGOV_DATABASE_URL": installation.url,
        "GRIDGOV_INSTANCE": str(installation.instance),
    }
    command = [str(COMMAND), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_the_command_says_yes_with_0_and_names_the_line_with_1(
    app: Flask, installation: Installation
) -> None:
    with unit_of_work() as session:
        case = session.get_one(Case, long_case(session))
    clean = gridgov(installation, "verify", "history")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert "lines verified" in clean.stdout
    with unit_of_work() as session:
        write(session, case.id, 3, reason="wrong_duty")
    damaged = installed(installation, "verify", "history")
    assert damaged.returncode == 1, damaged.stdout + damaged.stderr
    assert f"case {case.number} ({case.id}), line 3: changed" in damaged.stdout
    assert "Traceback" not in damaged.stderr
