"""The workflow: one table says what may happen to a case, by whom, and with what.

state × action → next state, who stands how to the case, what must be given, what the
clocks do (`workflow_table`). `services/casework.perform` is the only reader that changes
anything.
"""

from collections.abc import Mapping
from typing import Any

from gridgov.domain.errors import InvalidInput, InvalidTransition, NotAllowed
from gridgov.domain.workflow_model import (
    Action,
    CaseState,
    Clock,
    Need,
    PublicState,
    Relation,
    Step,
)
from gridgov.domain.workflow_reasons import (
    GRID_REASONS,
    NEIGHBOUR_REASONS,
    REASONS,
    REJECT_REASONS,
    RETURN_REASONS,
    SATISFACTION,
)
from gridgov.domain.workflow_table import STEPS

__all__ = [
    "GRID_REASONS",
    "INVALID_STATES",
    "NEIGHBOUR_REASONS",
    "OPEN_STATES",
    "PAUSED_STATES",
    "PUBLIC_STATE",
    "REASONS",
    "REJECT_REASONS",
    "RETURN_REASONS",
    "SATISFACTION",
    "STEPS",
    "TERMINAL_STATES",
    "Action",
    "CaseState",
    "Clock",
    "Need",
    "PublicState",
    "Relation",
    "Step",
    "allowed",
    "as_document",
    "decide",
]

_S = CaseState

OPEN_STATES = frozenset(
    {
        _S.SUBMITTED,
        _S.NEED_INFO,
        _S.VERIFYING,
        _S.REGISTERED,
        _S.DISPATCHED,
        _S.HANDLING,
        _S.SUSPENDED,
        _S.RESOLVED,
    }
)
# Its clocks stand.
PAUSED_STATES = frozenset({_S.NEED_INFO, _S.SUSPENDED})
# Valid (有效): what the board counts is what is not in here. Section 8.2 of the architecture.
INVALID_STATES = frozenset({_S.REJECTED, _S.TRANSFERRED, _S.VOID, _S.MERGED})
# No way leads out. A closed case can be reopened, a rejected one appealed, a merged one
# taken apart.
TERMINAL_STATES = frozenset({_S.TRANSFERRED, _S.VOID})

PUBLIC_STATE: Mapping[CaseState, PublicState] = {
    _S.SUBMITTED: PublicState.SUBMITTED,
    _S.NEED_INFO: PublicState.SUBMITTED,
    _S.VERIFYING: PublicState.ACCEPTED,
    _S.REGISTERED: PublicState.ACCEPTED,
    _S.DISPATCHED: PublicState.ACCEPTED,
    _S.HANDLING: PublicState.HANDLING,
    _S.SUSPENDED: PublicState.HANDLING,
    _S.RESOLVED: PublicState.CHECKING,
    _S.CLOSED: PublicState.CLOSED,
    _S.REJECTED: PublicState.REJECTED,
    _S.TRANSFERRED: PublicState.REJECTED,
    _S.VOID: PublicState.REJECTED,
    _S.MERGED: PublicState.HANDLING,  # what the other case says is shown instead
}


def decide(
    state: CaseState,
    action: Action,
    relations: frozenset[Relation],
    given: Mapping[Need, object],
    *,
    photo_required: bool,
) -> Step:
    """Return the step an action takes, or say why it may not be taken.

    `given` maps what came with the action to its value; an empty value counts as
    missing. Raises: InvalidTransition, NotAllowed, InvalidInput (field = the need).
    """
    step = STEPS.get((state, action))
    if step is None:
        raise InvalidTransition(f"{action} does not exist in state {state}", state=str(state))
    if not step.who & relations:
        raise NotAllowed(f"{action} is for {sorted(step.who)}")
    for need in sorted(step.needs):
        if need is Need.AFTER_PHOTO and not photo_required:
            continue
        if given.get(need) in (None, "", ()):
            raise InvalidInput(str(need), "missing")
    reasons = REASONS.get(action)
    if reasons is not None and given.get(Need.REASON) not in reasons:
        raise InvalidInput(str(Need.REASON), "unknown")
    return step


def allowed(state: CaseState, relations: frozenset[Relation]) -> tuple[Action, ...]:
    """Return the actions that people with these relations may take now, in table order."""
    return tuple(
        action for (at, action), step in STEPS.items() if at is state and step.who & relations
    )


def as_document() -> dict[str, Any]:
    """Return the whole workflow as plain values, one transition for each end it may have.

    `{"states", "terminal", "open", "transitions": [{"from", "action", "to", "who",
    "needs", "reasons", "clock", "public"}]}`; `public` is the word a resident reads after it.
    """
    return {
        "states": [str(state) for state in CaseState],
        "terminal": sorted(map(str, TERMINAL_STATES)),
        "open": sorted(map(str, OPEN_STATES)),
        "transitions": [
            {
                "from": str(state),
                "action": str(action),
                "to": str(end),
                "who": sorted(map(str, step.who)),
                "needs": sorted(map(str, step.needs)),
                "reasons": list(REASONS.get(action, ())),
                "clock": str(step.clock),
                "public": str(PUBLIC_STATE[end]),
            }
            for (state, action), step in STEPS.items()
            for end in step.ends(state)
        ],
    }
