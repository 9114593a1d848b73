"""A case of six lines, and the hand that changes them behind gridgov's back with plain SQL."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from gridgov.domain.history import entry_hash
from gridgov.domain.workflow import Action
from gridgov.services import history
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, do, person, report

LINES = CaseEntry.__table__
FORGED = "f" * 64


def long_case(session: Session) -> UUID:
    """A case with six lines and words in three: submit, dispatch, sign, resolve, back, resolve."""
    worker, deputy = person(session, "worker"), person(session, "deputy")
    case = case_of(session, report(session))
    at = [NOON + timedelta(minutes=10 * step) for step in range(5)]
    do(session, case, Action.SIGN, worker, at[1])
    do(session, case, Action.RESOLVE, worker, at[2], text="已清走", photos=(AFTER,))
    do(session, case, Action.SEND_BACK, deputy, at[3], text="还有一袋")
    do(session, case, Action.RESOLVE, worker, at[4], text="再清", photos=(AFTER,))
    return case.id


def look(session: Session, case_id: UUID) -> tuple[int, str] | None:
    """Verify what is in the tables now; the line and the kind of the damage to the case."""
    session.flush()
    session.expire_all()
    _, damage = history.verify(session, DISTRICT)
    if damage is None:
        return None
    assert damage.case_id == case_id
    return damage.seq, damage.what


def rows(session: Session, case_id: UUID) -> list[dict[str, Any]]:
    """The lines of a case as they lie in the table."""
    query: Select[Any] = select(LINES).where(LINES.c.case_id == case_id).order_by(LINES.c.seq)
    return [dict(row) for row in session.execute(query).mappings()]


def write(session: Session, case_id: UUID, seq: int, /, **values: Any) -> None:
    """Change a line with plain SQL."""
    where = (LINES.c.case_id == case_id) & (LINES.c.seq == seq)
    assert session.execute(update(LINES).where(where).values(**values)).rowcount == 1


def remove(session: Session, case_id: UUID, seq: int) -> None:
    """Delete a line."""
    where = (LINES.c.case_id == case_id) & (LINES.c.seq == seq)
    assert session.execute(delete(LINES).where(where)).rowcount == 1


def set_head(session: Session, case_id: UUID) -> None:
    """Let the case say that the last line in the table is its last one."""
    last = rows(session, case_id)[-1]
    values = {"history_seq": last["seq"], "history_hash": last["hash"]}
    session.execute(update(Case).where(Case.id == case_id).values(**values))


def sealed(line: dict[str, Any]) -> dict[str, Any]:
    """The line with the hash that its fields and its forerunner ask for."""
    entry = CaseEntry(**line)
    made = entry_hash(entry.previous_hash, entry.sealed_fields(), entry.algorithm)
    return {**line, "hash": made}
