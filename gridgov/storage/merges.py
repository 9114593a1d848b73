"""Which case goes on with which: the chain of merged cases above and below one."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.workflow import CaseState
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report


def chain(session: Session, case: Case) -> list[Case]:
    """Return a case, the one it was merged into, and so on up to the one that goes on.

    Never a circle: only open cases take others in, and a merged one is not open.
    """
    found = [case]
    while found[-1].state == CaseState.MERGED and found[-1].merged_into_id is not None:
        found.append(session.get_one(Case, found[-1].merged_into_id))
    return found


def followed(session: Session, case: Case) -> Case:
    """Return the case that goes on with a merged one; of any other, itself."""
    return chain(session, case)[-1]


def leads_to(session: Session, case_id: UUID, to: Case) -> bool:
    """Tell whether a case is another one, or was merged into it over any number of steps."""
    if case_id == to.id:
        return True
    case = session.get(Case, case_id)
    return case is not None and any(one.id == to.id for one in chain(session, case)[1:])


def merged_in(session: Session, case_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return merged case → which of these it went into, over any number of steps."""
    found: dict[UUID, UUID] = {}
    above = {case_id: case_id for case_id in case_ids}
    while above:
        rows = session.execute(
            select(Case.id, Case.merged_into_id).where(
                Case.merged_into_id.in_(list(above)), Case.state == str(CaseState.MERGED)
            )
        )
        above = {case_id: above[into] for case_id, into in rows if into is not None}
        found |= above
    return found


def reports_following(session: Session, case: Case) -> Sequence[Report]:
    """Return the reports whose reporters follow a case: its own and those of merged ones.

    Without those that were taken back; oldest first.
    """
    ids = [case.id, *(merged_in(session, [case.id]) if case.report_count > 1 else ())]
    return session.scalars(
        select(Report)
        .where(Report.case_id.in_(ids), Report.withdrawn_at.is_(None))
        .order_by(Report.id)
    ).all()
