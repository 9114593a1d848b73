"""The moves of a change of the net with the cases they concern, and the lines they left."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from gridgov.storage.cases import Case
from gridgov.storage.grid_changes import GridMove
from gridgov.storage.history import CaseEntry

Found = tuple[GridMove, Case, dict[str, Any] | None]


def counts(session: Session, grid_version_id: UUID, cause: str) -> tuple[int, int, int]:
    """Return how many cases a change moves, how many still wait, how many are confidential."""
    query = (
        select(
            func.count(),
            func.count().filter(GridMove.done_at.is_(None)),
            func.count().filter(Case.confidential),
        )
        .join(Case, Case.id == GridMove.case_id)
        .where(GridMove.grid_version_id == grid_version_id, GridMove.cause == cause)
    )
    total, waiting, confidential = session.execute(query).one()
    return total, waiting, confidential


def listed(session: Session, grid_version_id: UUID, cause: str, limit: int) -> Sequence[Found]:
    """Return the moves that are done, by case number, with what the history keeps of each.

    Confidential cases are left out.
    """
    line = and_(CaseEntry.case_id == GridMove.case_id, CaseEntry.seq == GridMove.entry_seq)
    query = (
        select(GridMove, Case, CaseEntry.data)
        .join(Case, Case.id == GridMove.case_id)
        .outerjoin(CaseEntry, line)
        .where(
            GridMove.grid_version_id == grid_version_id,
            GridMove.cause == cause,
            GridMove.done_at.is_not(None),
            Case.confidential.is_(False),
        )
        .order_by(Case.number)
        .limit(limit)
    )
    return [(move, case, data) for move, case, data in session.execute(query)]
