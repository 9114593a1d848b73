"""The chain of a case: what somebody does to it behind gridgov's back is found and named.

Each tampering is done with SQL on the tables, on both databases, and undone after the look.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from gridgov.domain.history import entry_hash
from gridgov.domain.workflow import Action
from gridgov.services import history
from gridgov.services.history import Damage
from gridgov.storage import history as lines
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.messages import Message
from gridgov.storage.photos import Photo
from gridgov.storage.session import unit_of_work
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, do, inside, person, pin, report
from tests.support.app import Installation

ENTRIES = sa.Table(*[CaseEntry.__table__.name], CaseEntry.metadata, extend_existing=True)
COMMAND = Path(sys.executable).with_name("gridgov")


def a_long_case(session: Session) -> Case:
    """A case with six lines, words in three of them: submit … resolve, send back, resolve."""
    worker, deputy = person(session, "worker"), person(session, "deputy")
    case = case_of(session, report(session))
    at = [NOON + timedelta(minutes=10 * step) for step in range(6)]
    do(session, case, Action.SIGN, worker, at[1])
    do(session, case, Action.RESOLVE, worker, at[2], text="已清走", photos=(AFTER,))
    do(session, case, Action.SEND_BACK, deputy, at[3], text="还有一袋")
    do(session, case, Action.RESOLVE, worker, at[4], text="再清", photos=(AFTER,))
    session.flush()
    return case


def look(session: Session, case: Case) -> tuple[int, str] | None:
    """Verify from fresh rows with what is in the log; the damage as (line, kind)."""
    session.expire_all()
    _, damage = history.verify(session, DISTRICT)
    if damage is None:
        return None
    assert isinstance(damage, Damage)
    assert (damage.case_id, damage.case_number) == (case.id, case.number)
    return damage.seq, damage.what


@pytest.fixture
def logged(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The session of the test, with a log that is written as at the end of a unit."""
    return session


def write_log(session: Session) -> None:
    from gridgov.storage import messages

    messages.write_pending(session)
    session.flush()
