"""Merging cases into one another and taking them apart again, each as one act.

Both cases are locked in the order of their ids before anything is judged, so that two
dispatchers who merge the same cases crosswise wait for each other and never block. What
was merged keeps its own history, reports and receipts; its reporters follow the case it
went into (`storage/merges.followed`) until it is taken out.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import Conflict
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import STEPS, Action, CaseState
from gridgov.services import casework
from gridgov.services.effects import Given
from gridgov.storage import cases, merges
from gridgov.storage.cases import Case


class MergedMeanwhile(Conflict):
    """Somebody merged or un-merged one of these cases at the same moment."""

    code = "merged_meanwhile"


def merge(
    session: Session,
    case_id: UUID,
    into_id: UUID,
    *,
    by: Actor,
    now: datetime,
    given: Given | None = None,
) -> Case:
    """Merge a case into another and return that one, which goes on with both.

    A case that was merged itself stands for the one it went into. Raises as
    `casework.perform`; InvalidInput (field case) for a case of another class of secrecy,
    one that is done, or the same one; MergedMeanwhile.
    """
    wanted = merges.followed(session, cases.get(session, into_id)).id
    lock_all(session, [case_id, wanted])
    given = replace(given or Given(), case_id=wanted)
    casework.perform(session, case_id, Action.MERGE, by=by, now=now, given=given)
    taken = Given(case_id=case_id)
    session.flush()
    return casework.perform(session, wanted, Action.TAKE_IN, by=by, now=now, given=taken)


def unmerge(
    session: Session, case_id: UUID, *, by: Actor, now: datetime, given: Given | None = None
) -> Case:
    """Take a merged case out again and return it; it goes on where it stood.

    Every case above it lets it go; those that ended for good keep their history as it is.
    Raises as `casework.perform`; MergedMeanwhile.
    """
    above = locked_chain(session, case_id)[1:]
    case = casework.perform(session, case_id, Action.UNMERGE, by=by, now=now, given=given)
    for other in above:
        if (CaseState(other.state), Action.LET_GO) in STEPS:
            session.flush()
            let = Given(case_id=case_id)
            casework.perform(session, other.id, Action.LET_GO, by=by, now=now, given=let)
    return case


def locked_chain(session: Session, case_id: UUID) -> list[Case]:
    """Lock a case and all it was merged into, by id; return them from the case upwards.

    Raises: NotFound, MergedMeanwhile where the chain changed while it was locked.
    """
    before = [one.id for one in merges.chain(session, cases.get(session, case_id))]
    locked = lock_all(session, before)
    found = merges.chain(session, locked[case_id])
    if [one.id for one in found] != before:
        raise MergedMeanwhile("the cases were merged otherwise meanwhile")
    return found


def lock_all(session: Session, case_ids: Iterable[UUID]) -> dict[UUID, Case]:
    """Lock several cases in the one order everybody keeps. Raises: NotFound."""
    return {case_id: cases.lock(session, case_id) for case_id in sorted(set(case_ids))}
