"""Eight people at one case at the same time, each with real transactions of their own."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from gridgov.domain.errors import GridgovError
from gridgov.domain.workflow import Action
from gridgov.services import casework, history
from gridgov.storage import history as lines
from gridgov.storage import messages
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.messages import Message
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import DISTRICT, case_of, report
from tests.support.case_walks import CaseWalk
from tests.support.threads import at_once, lost

RIVALS = 8
# On a machine with other things to do they go on until there was something to judge.
LEAST_ACCEPTED, LEAST_REFUSED, PATIENCE_S = 8, 1, 60
# With these the case would come to its end, or become two, and there were nothing to fight for.
ENDS = frozenset(
    {
        *(Action.TRANSFER, Action.WITHDRAW, Action.GRANT_VOID, Action.MERGE, Action.UNMERGE),
        *(Action.REJECT, Action.CHECK_PASS, Action.SELF_RESOLVE, Action.SPLIT, Action.RATE),
    }
)


@dataclass
class Rival:
    """What one of them did: the lines that were accepted, and how often something was refused."""

    accepted: list[tuple[int, str]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


def fight(app: Flask, seconds: float, start: datetime) -> tuple[UUID, list[Rival]]:
    """Let eight people act on one new case for so long; return the case and what each did."""
    with unit_of_work() as session:
        case_id = case_of(session, report(session, now=start)).id
    rivals = [Rival() for _ in range(RIVALS)]
    until = time.monotonic() + seconds

    def goes_on() -> bool:
        now = time.monotonic()
        return now < until or (now < until + PATIENCE_S and not _enough(rivals))

    def rival(number: int) -> Callable[[], None]:
        def run() -> None:
            walk = CaseWalk(random.Random(number), start, start.year, never=ENDS, cases=[case_id])
            while goes_on():
                walk.now = start + timedelta(seconds=time.monotonic() - until + seconds)
                _act(walk, case_id, rivals[number])

        return run

    works = [rival(number) for number in range(RIVALS)]
    results = at_once(app, works, longest_s=seconds + 2 * PATIENCE_S)
    assert not lost(results), results
    return case_id, rivals


def _enough(rivals: Sequence[Rival]) -> bool:
    accepted = sum(len(rival.accepted) for rival in rivals)
    refused = sum(rival.refused.total() for rival in rivals)
    return accepted >= LEAST_ACCEPTED and refused >= LEAST_REFUSED


def _act(walk: CaseWalk, case_id: UUID, found: Rival) -> None:
    """Draw somebody and something by a look that may be old when it comes to the act."""
    with read_only() as session:
        case = session.get_one(Case, case_id)
        seen = case.history_seq
        by, action = walk.somebody(session, case)
        given = walk.given(session, case, action, by)
    if walk.rng.random() < 0.5:
        given = replace(given, seen_seq=seen)
    try:
        with unit_of_work() as session:
            done = casework.perform(session, case_id, action, by=by, now=walk.now, given=given)
            line = done.history_seq, str(action)
    except GridgovError as error:
        found.refused[error.code] += 1
    else:
        found.accepted.append(line)


def check(case_id: UUID, rivals: list[Rival], before: int) -> None:
    """Each accepted act has one line and one message, a refused one none, and all is whole."""
    accepted = sorted(line for rival in rivals for line in rival.accepted)
    with read_only() as session:
        written = [(line.seq, line.action) for line in lines.of_case(session, case_id)]
        # The first two are the report and who got it.
        assert written[2:] == accepted, "lost or doubled"
        told = select(Message.entry_seq, Message.body["action"].as_string()).where(
            Message.case_id == case_id
        )
        assert sorted(map(tuple, session.execute(told))) == written
        assert history.verify(session, DISTRICT)[1] is None
        assert messages.last_position(session, DISTRICT) == before + len(written)
        case = session.get_one(Case, case_id)
        assert case.history_seq == len(written)
        assert (
            session.scalar(
                select(CaseEntry.hash).where(
                    CaseEntry.case_id == case_id, CaseEntry.seq == len(written)
                )
            )
            == case.history_hash
        )
