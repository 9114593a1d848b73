"""The workflow: one table says what may happen to a case, by whom, and with what.

state × action → next state, who stands how to the case, what must be given,
what the clocks do. `services/casework.perform` is the only reader that changes
anything. Stages follow GB/T 30428 practice (立案 · 派遣 · 处置 · 核查 · 结案).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gridgov.domain.errors import InvalidInput, InvalidTransition, NotAllowed


class CaseState(StrEnum):
    """Where a case stands. The last three are ends."""

    SUBMITTED = "submitted"  # 待派遣: nobody has it yet, a dispatcher must act
    DISPATCHED = "dispatched"  # 待签收
    HANDLING = "handling"  # 办理中
    RESOLVED = "resolved"  # 待核查
    CLOSED = "closed"  # 已结案
    REJECTED = "rejected"  # 不予受理
    TRANSFERRED = "transferred"  # 已移交


class Action(StrEnum):
    """What can be done to a case."""

    SUBMIT = "submit"
    DISPATCH = "dispatch"
    SIGN = "sign"
    RESOLVE = "resolve"
    RETURN = "return"
    PASS_UP = "pass_up"
    CHECK_PASS = "check_pass"
    SEND_BACK = "send_back"
    REJECT = "reject"
    TRANSFER = "transfer"
    RATE = "rate"
    REOPEN = "reopen"
    ADD = "add"
    JOIN = "join"
    MARK_OVERDUE = "mark_overdue"
    HAND_NEIGHBOUR = "hand_neighbour"  # to the grid next door: another spot, or another's duty
    # What a change of the net does to open cases; a person does none of these.
    CHANGE_GRID = "change_grid"
    HAND_OVER = "hand_over"
    TAKE_BACK = "take_back"
    # How it ended where it came from: what happened on the way is not known, so not told.
    RECORD_CLOSED = "record_closed"
    RECORD_REJECTED = "record_rejected"
    RECORD_TRANSFERRED = "record_transferred"


class Relation(StrEnum):
    """How an actor stands to a case."""

    ASSIGNEE = "assignee"  # it was given to the person, or to a unit of the person
    CHECKER = "checker"  # the check was given to the person or unit, who never handled it
    DISPATCHER = "dispatcher"  # dispatches for an area the case lies in
    REPORTER = "reporter"  # holds a receipt of the case
    SYSTEM = "system"  # gridgov itself


class Need(StrEnum):
    """What must come with an action; each names the form field that carries it."""

    TEXT = "text"
    REASON = "reason"
    AFTER_PHOTO = "photo"  # only where the category asks for one
    TARGET = "target"
    RECEIPT = "receipt"
    SOLVED = "solved"


class Clock(StrEnum):
    """What an action does to the clocks of the case."""

    KEEP = "keep"
    START_SIGN = "start_sign"  # a new holder: the sign clock starts, the handling clock runs on
    RESUME = "resume"  # back from the check: at least one working hour is left
    RESTART = "restart"  # reopened: the handling limit counts again from now
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the workflow. `to` None leaves the state as it is."""

    to: CaseState | None
    who: frozenset[Relation]
    needs: frozenset[Need] = frozenset()
    clock: Clock = Clock.KEEP


_S, _A, _R, _N = CaseState, Action, Relation, Need


def _step(
    to: CaseState | None,
    who: Iterable[Relation],
    needs: Iterable[Need] = (),
    clock: Clock = Clock.KEEP,
) -> Step:
    return Step(to, frozenset(who), frozenset(needs), clock)


_DISPATCH = _step(_S.DISPATCHED, (_R.DISPATCHER, _R.SYSTEM), (_N.TARGET,), Clock.START_SIGN)
_RETURN = _step(_S.SUBMITTED, (_R.ASSIGNEE,), (_N.REASON, _N.TEXT))
_PASS_UP = _step(_S.DISPATCHED, (_R.ASSIGNEE,), (_N.TEXT, _N.TARGET), Clock.START_SIGN)
_REJECT = _step(_S.REJECTED, (_R.DISPATCHER,), (_N.REASON, _N.TEXT), Clock.STOP)
_TRANSFER = _step(_S.TRANSFERRED, (_R.DISPATCHER,), (_N.TARGET, _N.RECEIPT, _N.TEXT), Clock.STOP)
_ADD = _step(None, (_R.REPORTER,))
_JOIN = _step(None, (_R.REPORTER,))  # the same problem reported again: "me too"
_OVERDUE = _step(None, (_R.SYSTEM,))
_NEIGHBOUR = _step(
    _S.DISPATCHED, (_R.ASSIGNEE, _R.DISPATCHER), (_N.REASON, _N.TARGET), Clock.START_SIGN
)
_CHANGE_GRID = _step(None, (_R.SYSTEM,), (_N.REASON,))  # another's duty, the same holder
_HAND_OVER = _step(_S.DISPATCHED, (_R.SYSTEM,), (_N.REASON, _N.TARGET), Clock.START_SIGN)

STEPS: Mapping[tuple[CaseState, Action], Step] = {
    (_S.SUBMITTED, _A.DISPATCH): _DISPATCH,
    (_S.SUBMITTED, _A.REJECT): _REJECT,
    (_S.SUBMITTED, _A.TRANSFER): _TRANSFER,
    (_S.SUBMITTED, _A.ADD): _ADD,
    (_S.SUBMITTED, _A.JOIN): _JOIN,
    (_S.SUBMITTED, _A.MARK_OVERDUE): _OVERDUE,
    (_S.SUBMITTED, _A.HAND_NEIGHBOUR): _step(
        _S.DISPATCHED, (_R.DISPATCHER,), (_N.REASON, _N.TARGET), Clock.START_SIGN
    ),
    (_S.SUBMITTED, _A.CHANGE_GRID): _CHANGE_GRID,
    (_S.SUBMITTED, _A.RECORD_CLOSED): _step(_S.CLOSED, (_R.SYSTEM,), (), Clock.STOP),
    (_S.SUBMITTED, _A.RECORD_REJECTED): _step(_S.REJECTED, (_R.SYSTEM,), (), Clock.STOP),
    (_S.SUBMITTED, _A.RECORD_TRANSFERRED): _step(_S.TRANSFERRED, (_R.SYSTEM,), (), Clock.STOP),
    (_S.DISPATCHED, _A.SIGN): _step(_S.HANDLING, (_R.ASSIGNEE,)),
    (_S.DISPATCHED, _A.RETURN): _RETURN,
    (_S.DISPATCHED, _A.PASS_UP): _PASS_UP,
    (_S.DISPATCHED, _A.DISPATCH): _DISPATCH,
    (_S.DISPATCHED, _A.TRANSFER): _TRANSFER,
    (_S.DISPATCHED, _A.ADD): _ADD,
    (_S.DISPATCHED, _A.JOIN): _JOIN,
    (_S.DISPATCHED, _A.MARK_OVERDUE): _OVERDUE,
    (_S.DISPATCHED, _A.HAND_NEIGHBOUR): _NEIGHBOUR,
    (_S.DISPATCHED, _A.CHANGE_GRID): _CHANGE_GRID,
    (_S.DISPATCHED, _A.HAND_OVER): _HAND_OVER,
    # Whoever had signed it before the net changed, and gets it back, need not sign again.
    (_S.DISPATCHED, _A.TAKE_BACK): _step(_S.HANDLING, (_R.SYSTEM,), (_N.REASON, _N.TARGET)),
    (_S.HANDLING, _A.RESOLVE): _step(_S.RESOLVED, (_R.ASSIGNEE,), (_N.TEXT, _N.AFTER_PHOTO)),
    (_S.HANDLING, _A.RETURN): _RETURN,
    (_S.HANDLING, _A.PASS_UP): _PASS_UP,
    (_S.HANDLING, _A.DISPATCH): _DISPATCH,  # whoever has it may have left
    (_S.HANDLING, _A.TRANSFER): _TRANSFER,
    (_S.HANDLING, _A.ADD): _ADD,
    (_S.HANDLING, _A.JOIN): _JOIN,
    (_S.HANDLING, _A.MARK_OVERDUE): _OVERDUE,
    (_S.HANDLING, _A.HAND_NEIGHBOUR): _NEIGHBOUR,
    (_S.HANDLING, _A.CHANGE_GRID): _CHANGE_GRID,
    (_S.HANDLING, _A.HAND_OVER): _HAND_OVER,
    (_S.RESOLVED, _A.CHECK_PASS): _step(_S.CLOSED, (_R.CHECKER,), (), Clock.STOP),
    (_S.RESOLVED, _A.SEND_BACK): _step(_S.HANDLING, (_R.CHECKER,), (_N.TEXT,), Clock.RESUME),
    (_S.RESOLVED, _A.ADD): _ADD,
    (_S.RESOLVED, _A.JOIN): _JOIN,
    (_S.RESOLVED, _A.MARK_OVERDUE): _OVERDUE,
    (_S.RESOLVED, _A.CHANGE_GRID): _CHANGE_GRID,
    (_S.CLOSED, _A.RATE): _step(None, (_R.REPORTER,), (_N.SOLVED,)),
    (_S.CLOSED, _A.REOPEN): _step(_S.HANDLING, (_R.REPORTER,), (), Clock.RESTART),
    (_S.CLOSED, _A.ADD): _ADD,
}

OPEN_STATES = frozenset({_S.SUBMITTED, _S.DISPATCHED, _S.HANDLING, _S.RESOLVED})
# Valid (有效): what the board counts. Section 8.2 of the architecture.
INVALID_STATES = frozenset({_S.REJECTED, _S.TRANSFERRED})
TERMINAL_STATES = INVALID_STATES


class PublicState(StrEnum):
    """The six words a resident sees."""

    SUBMITTED = "submitted"  # 已提交
    ACCEPTED = "accepted"  # 已受理
    HANDLING = "handling"  # 处理中
    CHECKING = "checking"  # 待核查
    CLOSED = "closed"  # 已办结
    REJECTED = "rejected"  # 不予受理


PUBLIC_STATE: Mapping[CaseState, PublicState] = {
    _S.SUBMITTED: PublicState.SUBMITTED,
    _S.DISPATCHED: PublicState.ACCEPTED,
    _S.HANDLING: PublicState.HANDLING,
    _S.RESOLVED: PublicState.CHECKING,
    _S.CLOSED: PublicState.CLOSED,
    _S.REJECTED: PublicState.REJECTED,
    _S.TRANSFERRED: PublicState.REJECTED,
}

RETURN_REASONS = ("wrong_duty", "wrong_area", "too_little_known")
REJECT_REASONS = ("outside", "duplicate", "cannot_verify", "legal_proceedings", "no_request")
NEIGHBOUR_REASONS = ("wrong_spot", "other_duty")
GRID_REASONS = ("grid_changed", "grid_change_undone")
REASONS: Mapping[Action, tuple[str, ...]] = {
    _A.RETURN: RETURN_REASONS,
    _A.REJECT: REJECT_REASONS,
    _A.HAND_NEIGHBOUR: NEIGHBOUR_REASONS,
    _A.CHANGE_GRID: GRID_REASONS,
    _A.HAND_OVER: GRID_REASONS,
    _A.TAKE_BACK: GRID_REASONS,
}
SATISFACTION = ("very_satisfied", "satisfied", "fair", "dissatisfied", "very_dissatisfied")


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
