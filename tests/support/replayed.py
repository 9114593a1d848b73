"""Installations whose sample has a history, and what two of them must have in common."""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.app import create_app
from gridgov.cli_demo import STATEMENT_FILE, load_sample
from gridgov.demo.replay_plan import FULL, Size
from gridgov.storage import facts
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only
from tests.support.app import Installation

ROOT = Path(__file__).resolve().parents[2]
DISTRICT = "440608"
PERIOD = {"from": "2019-06-01", "to": "2020-10-19"}
LAST_DAY = date.fromisoformat(PERIOD["to"])
TENTH = FULL.scaled(0.1)

CASE = (
    *(Case.number, Case.category_code, Case.state, Case.level, Case.place, Case.lon, Case.lat),
    *(Case.grid_code, Case.unit_code, Case.received_at, Case.due_at, Case.limit_at),
    *(Case.overdue_at, Case.closed_at, Case.rework_count, Case.return_count, Case.report_count),
    *(Case.satisfaction, Case.history_seq),
)
LINE = (
    *(CaseEntry.seq, CaseEntry.action, CaseEntry.to_state, CaseEntry.by_role, CaseEntry.at),
    *(CaseEntry.reason, CaseEntry.text),
)
TOLD = (
    *(Report.client_token, Report.channel, Report.category_code, Report.text, Report.place_words),
    *(Report.lon, Report.lat, Report.joined, Report.external_id, Report.received_at),
)


def load(url: str, folder: Path, size: Size) -> Installation:
    """Make an installation with the sample and a history of some size."""
    made = Installation(url, folder / "instance")
    app = create_app(made.settings())
    with app.app_context():
        upgrade()
        load_sample(app, history=size)
        db.engine.dispose()
    return made


def statement_of(installation: Installation) -> dict[str, Any]:
    """Return the statement in the instance folder."""
    text = (installation.instance / STATEMENT_FILE).read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def digest(session: Session) -> dict[str, str]:
    """Return a hash of the replay's cases, histories, reports and of all its facts.

    Ids, receipt codes and salts are left out: they are not the same twice.
    """
    inside = Case.received_on <= LAST_DAY
    cases = select(*CASE).where(inside).order_by(Case.number)
    lines = select(Case.number, *LINE).join(CaseEntry, CaseEntry.case_id == Case.id)
    told = select(*TOLD).where(Report.client_token.startswith("replay-"))
    found = {
        "cases": session.execute(cases).all(),
        "lines": session.execute(lines.where(inside).order_by(Case.number, CaseEntry.seq)).all(),
        "reports": session.execute(told.order_by(Report.client_token)).all(),
        "facts": sorted(
            (key, sorted(counts.items()))
            for key, counts in facts.everything(session, DISTRICT).items()
            if key[2] <= PERIOD["to"]
        ),
    }
    return {name: hashlib.sha256(repr(rows).encode()).hexdigest() for name, rows in found.items()}


def digest_in_a_process(folder: Path, size: Size, hash_seed: str) -> dict[str, str]:
    """Load in a process of its own, where Python's sets have another order; return the digest."""
    code = (
        "import dataclasses, json, sys; from pathlib import Path;"
        "from tests.support import replayed; print(json.dumps(replayed.loaded_digest("
        "Path(sys.argv[1]), *map(int, sys.argv[2:]))))"
    )
    counts = [getattr(size, item.name) for item in dataclasses.fields(size)]
    command = [sys.executable, "-c", code, str(folder), *map(str, counts)]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
    return answer


def loaded_digest(folder: Path, *counts: int) -> dict[str, str]:
    """Load a history into a new database in a folder and return its digest."""
    made = load(f"sqlite:///{folder / 'gridgov.sqlite'}", folder, Size(*counts))
    with create_app(made.settings()).app_context(), read_only() as session:
        return digest(session)
