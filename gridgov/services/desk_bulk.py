"""One act on many chosen cases: what would happen to each, and then that.

A trial is the act itself, taken back: it says exactly what the act will say, because it is
the same code. Each case has a unit of work of its own at the edge, so that one refusal
undoes nothing of the others.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework, merging
from gridgov.services.effects import Given
from gridgov.storage import cases
from gridgov.storage.cases import Case

MOST = 200
ACTIONS = (
    Action.DISPATCH,
    Action.REGISTER,
    Action.REJECT,
    Action.ASK_VERIFY,
    Action.MERGE,
    Action.SUPERVISE,
    Action.URGE,
    Action.NOTE,
)


@dataclass(frozen=True, slots=True)
class Order:
    """One act for many cases; `into` is the case they are merged into."""

    action: Action
    given: Given
    into: UUID | None = None


class TakenBack(Exception):
    """Ends the unit of work of a trial; `case` shows what would have become of it."""

    def __init__(self, case: Case) -> None:
        """Keep the case as the act left it."""
        super().__init__("a trial leaves nothing behind")
        self.state = case.state
        self.unit_code = case.unit_code
        self.assignee_id = case.assignee_id


def perform(session: Session, case_id: UUID, order: Order, *, by: Actor, now: datetime) -> Case:
    """Do the act to one case. Raises as `casework.perform` and `merging.merge`."""
    if order.action not in ACTIONS:
        raise NotFound(f"{order.action} is done to one case at a time")
    if order.action is not Action.MERGE:
        return casework.perform(session, case_id, order.action, by=by, now=now, given=order.given)
    if order.into is None:
        raise InvalidInput("case", "missing")
    merging.merge(session, case_id, order.into, by=by, now=now, given=order.given)
    return cases.get(session, case_id)


def attempt(session: Session, case_id: UUID, order: Order, *, by: Actor, now: datetime) -> None:
    """Do the act to one case and take it back. Raises: TakenBack, or as `perform`."""
    case = perform(session, case_id, order, by=by, now=now)
    session.flush()
    raise TakenBack(case)
