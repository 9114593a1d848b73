"""The cases of the stock table: those that were open at the end of a local day."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from gridgov.domain.counters import FactTable
from gridgov.domain.errors import InvalidInput
from gridgov.domain.workflow import OPEN_STATES
from gridgov.services import behind
from gridgov.services.board import View
from gridgov.services.reference import of as reference_of
from gridgov.storage import case_facts
from gridgov.storage.case_facts import CaseFact
from gridgov.storage.history import CaseEntry

PAGE = 100


def open_at_the_end_of(
    session: Session, view: View, day: date, *, after: str | None = None, limit: int = PAGE
) -> list[UUID]:
    """Return a page of the cases of a view's area that were open when a local day ended.

    The newest first; `after` is the last case of the page before. The days of the view do not
    matter. The reader's own policy is applied by whoever shows them.
    Raises: InvalidInput (after) for what is no case.
    """
    query = _were_open(session, view, day)
    if after is not None:
        try:
            query = query.where(CaseFact.case_id < UUID(after))
        except ValueError:
            raise InvalidInput("after", "not_a_mark") from None
    return list(session.scalars(query.order_by(CaseFact.case_id.desc()).limit(limit)))


def number_open_at_the_end_of(session: Session, view: View, day: date) -> int:
    """Return how many they are, counted from their histories and not from the facts."""
    rows = _were_open(session, view, day).subquery()
    return int(session.execute(select(func.count()).select_from(rows)).scalar_one())


def _were_open(session: Session, view: View, day: date) -> Select[*tuple[Any, ...]]:
    zone = reference_of(session, view.district_code).zone
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    then, later = aliased(CaseEntry), aliased(CaseEntry)
    state = (
        select(then.to_state)
        .where(then.case_id == CaseFact.case_id, then.at < end)
        .order_by(then.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    # Closed long ago and untouched since: no need to look into its history.
    looked_at = or_(
        case_facts.counts_in(FactTable.RECEIVED, ["open"]),
        exists().where(later.case_id == CaseFact.case_id, later.at >= end),
    )
    return select(CaseFact.case_id).where(
        *behind.in_view(session, view),
        CaseFact.received_on <= day,
        looked_at,
        state.in_([str(one) for one in sorted(OPEN_STATES)]),
    )
