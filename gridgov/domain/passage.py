"""What a case came through on its way: kept with the case, so that figures need no history.

A stage is noted the first time it is reached, with whether that was within the limit that
ran then. Names of the notes:

`accepted`, `registered`, `dispatched`, `handled` (taken back by rework): within the limit?
`self_handled`: found and done by the worker of the grid, and not taken up again since.
`responded`: minutes from the report to the first act of a person; `response`: within the limit?
  Of what was recorded neither is noted: who answered first, and when, was elsewhere.
`moved`: it was returned, or given to another holder, after it had been dispatched.
`returned`, `reworked`, `extended`, `suspended`, `reopened`: it happened once or more.
`recorded`: it ended elsewhere, before gridgov knew it.
`spot`: what the spot check found, `passed` or `failed`.
`solved`, `satisfaction`: what the reporter answered last, also when that reopened it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridgov.domain.roles import Role
from gridgov.domain.stages import STAGE_OF
from gridgov.domain.workflow import Action as _A
from gridgov.domain.workflow import CaseState as _S

Passed = Mapping[str, Any]

_PAST_THE_CHECK = frozenset({_S.RESOLVED, _S.CLOSED})
_IN_HAND = frozenset({_S.DISPATCHED, _S.HANDLING, _S.SUSPENDED, *_PAST_THE_CHECK})
_A_CASE = frozenset({_S.REGISTERED, *_IN_HAND})
_TAKEN_IN = frozenset({_S.VERIFYING, *_A_CASE})
REACHED: Mapping[str, frozenset[_S]] = {
    "accepted": _TAKEN_IN,
    "registered": _A_CASE,
    "dispatched": _IN_HAND,
}
ONCE_OR_MORE: Mapping[_A, tuple[str, ...]] = {
    _A.RETURN: ("returned", "moved"),
    _A.SEND_BACK: ("reworked",),
    _A.GRANT_EXTENSION: ("extended",),
    _A.GRANT_SUSPENSION: ("suspended",),
    _A.REOPEN: ("reworked", "reopened"),
    _A.SPOT_FAIL: ("reworked", "reopened"),
}
RECORDS = frozenset({_A.RECORD_CLOSED, _A.RECORD_REJECTED, _A.RECORD_TRANSFERRED})
NOT_STAFF = frozenset({Role.SYSTEM, Role.RESIDENT, Role.PROGRAM})
_TO_ANOTHER = frozenset({_A.DISPATCH, _A.RULE, _A.HAND_NEIGHBOUR})


@dataclass(frozen=True, slots=True)
class Act:
    """One act and the clocks as they stood before it; moments are aware."""

    action: _A
    from_state: _S
    to_state: _S
    role: Role
    at: datetime
    received_at: datetime
    stage_due_at: datetime
    due_at: datetime
    solved: bool | None = None
    satisfaction: str | None = None

    @property
    def limit_at(self) -> datetime:
        """Return the limit that was to be kept: of the stage, else to handle."""
        return self.stage_due_at if self.from_state in STAGE_OF else self.due_at


def passed_after(passed: Passed, act: Act) -> dict[str, Any]:
    """Return what a case has come through after an act, given what it had before."""
    if act.action in RECORDS:
        return {**passed, "recorded": True}
    now = dict(passed)
    in_time = act.at <= act.limit_at
    was_dispatched = "dispatched" in now
    for name, states in REACHED.items():
        if act.to_state in states:
            now.setdefault(name, in_time)
    if not {"responded", "recorded"} & now.keys() and act.role not in NOT_STAFF:
        now["responded"] = int((act.at - act.received_at).total_seconds() // 60)
        now["response"] = in_time
    if was_dispatched and act.action in _TO_ANOTHER:
        now["moved"] = True
    _work(now, act)
    _word(now, act)
    return now


def _work(now: dict[str, Any], act: Act) -> None:
    if act.action in (_A.RESOLVE, _A.SELF_RESOLVE):
        now["handled"] = act.at <= act.due_at
        if act.action is _A.SELF_RESOLVE:
            now["self_handled"] = True
    elif act.to_state not in _PAST_THE_CHECK:
        now.pop("handled", None)
        now.pop("self_handled", None)
    for name in ONCE_OR_MORE.get(act.action, ()):
        now[name] = True
    if act.action is _A.GRANT_APPEAL and act.from_state is _S.CLOSED:
        now["reworked"] = now["reopened"] = True


def _word(now: dict[str, Any], act: Act) -> None:
    if act.action is _A.SPOT_CHECK:
        now["spot"] = "passed"
    elif act.action is _A.SPOT_FAIL:
        now["spot"] = "failed"
    elif act.action is _A.RATE:
        now["solved"], now["satisfaction"] = act.solved, act.satisfaction
