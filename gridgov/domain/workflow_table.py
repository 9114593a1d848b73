"""The workflow as one table: in which states, which action, who, to where, with what.

Stages follow GB/T 30428 practice (受理 · 立案 · 派遣 · 处置 · 核查 · 结案). A line that holds
for several states stands once. What no line allows does not happen.
"""

from collections.abc import Mapping

from gridgov.domain.workflow_model import Action as _A
from gridgov.domain.workflow_model import CaseState as _S
from gridgov.domain.workflow_model import Clock as _C
from gridgov.domain.workflow_model import Need as _N
from gridgov.domain.workflow_model import Relation as _R
from gridgov.domain.workflow_model import Step, step

Line = tuple[tuple[_S, ...], _A, Step]

# Nobody has it in hand yet: the desk's.
_AT_THE_DOOR = (_S.SUBMITTED, _S.NEED_INFO, _S.VERIFYING)
_ON_THE_DESK = (_S.SUBMITTED, _S.VERIFYING, _S.REGISTERED)
_IN_HAND = (_S.DISPATCHED, _S.HANDLING)
# Who was called in goes on while the lead changes hands: their limits run, too.
_ASSISTED = (_S.REGISTERED, *_IN_HAND)
_BEFORE_THE_CHECK = (*_AT_THE_DOOR, _S.REGISTERED, *_IN_HAND, _S.SUSPENDED)
# Its clocks run.
_RUNNING = (*_ON_THE_DESK, *_IN_HAND)
_OPEN = (*_BEFORE_THE_CHECK, _S.RESOLVED)
_STAFF = (_R.ASSIGNEE, _R.ASSISTANT, _R.VERIFIER, _R.CHECKER, _R.DISPATCHER, _R.LEADER)

_DISPATCH = step(_S.DISPATCHED, (_R.DISPATCHER, _R.SYSTEM), (_N.TARGET,), _C.START_SIGN)
_HAND_OVER = step(_S.DISPATCHED, (_R.SYSTEM,), (_N.REASON, _N.TARGET), _C.START_SIGN)

INTAKE: tuple[Line, ...] = (
    ((_S.SUBMITTED,), _A.REGISTER, step(_S.REGISTERED, (_R.DISPATCHER,))),
    (
        (_S.SUBMITTED, _S.REGISTERED, _S.HANDLING),
        _A.ASK_INFO,
        step(_S.NEED_INFO, (_R.DISPATCHER, _R.ASSIGNEE), (_N.TEXT,), _C.PAUSE),
    ),
    (
        (_S.NEED_INFO,),
        _A.ANSWER,
        step(
            None,
            (_R.REPORTER,),
            (),
            _C.CONTINUE,
            back=(_S.SUBMITTED, _S.REGISTERED, _S.HANDLING),
        ),
    ),
    (
        (_S.NEED_INFO,),
        _A.GO_ON,
        step(
            None,
            (_R.SYSTEM, _R.DISPATCHER),
            (),
            _C.CONTINUE,
            back=(_S.SUBMITTED, _S.REGISTERED, _S.HANDLING),
        ),
    ),
    ((_S.SUBMITTED,), _A.ASK_VERIFY, step(_S.VERIFYING, (_R.DISPATCHER,), (_N.TARGET,))),
    ((_S.VERIFYING,), _A.CONFIRM, step(_S.REGISTERED, (_R.VERIFIER,))),
    ((_S.VERIFYING,), _A.REFUTE, step(_S.SUBMITTED, (_R.VERIFIER,), (_N.REASON, _N.TEXT))),
    (
        _ON_THE_DESK,
        _A.REJECT,
        step(_S.REJECTED, (_R.DISPATCHER,), (_N.REASON, _N.TEXT), _C.STOP),
    ),
    ((_S.REJECTED, _S.CLOSED), _A.APPEAL, step(None, (_R.REPORTER,), (_N.TEXT,))),
    (
        (_S.REJECTED,),
        _A.GRANT_APPEAL,
        step(_S.REGISTERED, (_R.REVIEWER,), (_N.TEXT,), _C.RESTART),
    ),
    ((_S.CLOSED,), _A.GRANT_APPEAL, step(_S.HANDLING, (_R.REVIEWER,), (_N.TEXT,), _C.RESTART)),
    ((_S.REJECTED, _S.CLOSED), _A.DENY_APPEAL, step(None, (_R.REVIEWER,), (_N.TEXT,))),
    (
        _BEFORE_THE_CHECK,
        _A.TRANSFER,
        step(
            _S.TRANSFERRED,
            (_R.DISPATCHER,),
            (_N.TARGET, _N.RECEIPT, _N.TEXT),
            _C.STOP,
        ),
    ),
    (_RUNNING, _A.MERGE, step(_S.MERGED, (_R.DISPATCHER,), (_N.CASE,), _C.PAUSE)),
    (
        (_S.MERGED,),
        _A.UNMERGE,
        step(None, (_R.DISPATCHER,), (_N.TEXT,), _C.CONTINUE, back=_RUNNING),
    ),
    (_OPEN, _A.TAKE_IN, step(None, (_R.DISPATCHER,), (_N.CASE,))),
    # Also from a case that was itself merged meanwhile, or not accepted (it can be appealed).
    (
        (*_OPEN, _S.CLOSED, _S.REJECTED, _S.MERGED),
        _A.LET_GO,
        step(None, (_R.DISPATCHER,), (_N.CASE,)),
    ),
    (_BEFORE_THE_CHECK, _A.SPLIT, step(None, (_R.DISPATCHER,), (_N.TEXT,))),
    (
        (*_AT_THE_DOOR, _S.REGISTERED, _S.DISPATCHED),
        _A.WITHDRAW,
        step(_S.VOID, (_R.REPORTER,), (), _C.STOP),
    ),
)

DUTY: tuple[Line, ...] = (
    ((*_ON_THE_DESK, *_IN_HAND), _A.DISPATCH, _DISPATCH),
    (
        (_S.REGISTERED,),
        _A.RULE,
        step(_S.DISPATCHED, (_R.RULER,), (_N.TARGET, _N.TEXT), _C.START_SIGN),
    ),
    ((_S.DISPATCHED,), _A.SIGN, step(_S.HANDLING, (_R.ASSIGNEE,))),
    (_IN_HAND, _A.RETURN, step(_S.REGISTERED, (_R.ASSIGNEE,), (_N.REASON, _N.TEXT))),
    (
        _IN_HAND,
        _A.PASS_UP,
        step(_S.DISPATCHED, (_R.ASSIGNEE,), (_N.TEXT, _N.TARGET), _C.START_SIGN),
    ),
    ((_S.DISPATCHED,), _A.CLIMB, step(None, (_R.SYSTEM,), (_N.TARGET,), _C.START_SIGN)),
    (
        _IN_HAND,
        _A.HAND_NEIGHBOUR,
        step(
            _S.DISPATCHED,
            (_R.ASSIGNEE, _R.DISPATCHER),
            (_N.REASON, _N.TARGET),
            _C.START_SIGN,
        ),
    ),
    (
        (_S.SUBMITTED, _S.REGISTERED),
        _A.HAND_NEIGHBOUR,
        step(_S.DISPATCHED, (_R.DISPATCHER,), (_N.REASON, _N.TARGET), _C.START_SIGN),
    ),
    (_IN_HAND, _A.NAME_PERSON, step(None, (_R.ASSIGNEE,), (_N.TARGET,))),
    (
        _IN_HAND,
        _A.RELIEVE,
        step(_S.DISPATCHED, (_R.SYSTEM,), (_N.REASON, _N.TARGET), _C.START_SIGN),
    ),
    # The check of a closed case (抽查) as well.
    ((*_OPEN, _S.CLOSED), _A.STAND_IN, step(None, (_R.SYSTEM,), (_N.REASON, _N.TARGET))),
    (_OPEN, _A.CHANGE_GRID, step(None, (_R.SYSTEM,), (_N.REASON,))),
    (_IN_HAND, _A.HAND_OVER, _HAND_OVER),
    # Whoever had signed it before the net changed, and gets it back, need not sign again.
    ((_S.DISPATCHED,), _A.TAKE_BACK, step(_S.HANDLING, (_R.SYSTEM,), (_N.REASON, _N.TARGET))),
)

WORK: tuple[Line, ...] = (
    (
        (_S.HANDLING,),
        _A.CALL_IN,
        step(None, (_R.ASSIGNEE, _R.DISPATCHER), (_N.TARGET, _N.TEXT)),
    ),
    (_ASSISTED, _A.FINISH_TASK, step(None, (_R.ASSISTANT,), (_N.TASK, _N.TEXT))),
    (
        _ASSISTED,
        _A.WAIVE_TASK,
        step(None, (_R.ASSIGNEE, _R.DISPATCHER), (_N.TASK, _N.TEXT)),
    ),
    (_IN_HAND, _A.ASK_EXTENSION, step(None, (_R.ASSIGNEE,), (_N.TEXT, _N.UNTIL))),
    (_IN_HAND, _A.GRANT_EXTENSION, step(None, (_R.APPROVER,), (), _C.EXTEND)),
    (_IN_HAND, _A.REFUSE_EXTENSION, step(None, (_R.APPROVER,), (_N.TEXT,))),
    (
        (_S.HANDLING,),
        _A.ASK_SUSPENSION,
        step(None, (_R.ASSIGNEE,), (_N.REASON, _N.TEXT, _N.UNTIL)),
    ),
    ((_S.HANDLING,), _A.GRANT_SUSPENSION, step(_S.SUSPENDED, (_R.APPROVER,), (), _C.PAUSE)),
    ((_S.HANDLING,), _A.REFUSE_SUSPENSION, step(None, (_R.APPROVER,), (_N.TEXT,))),
    (
        (_S.SUSPENDED,),
        _A.RESUME,
        step(_S.HANDLING, (_R.SYSTEM, _R.ASSIGNEE, _R.DISPATCHER), (), _C.CONTINUE),
    ),
    (
        (_S.REGISTERED, *_IN_HAND, _S.SUSPENDED),
        _A.ASK_VOID,
        step(None, (_R.ASSIGNEE, _R.DISPATCHER), (_N.REASON, _N.TEXT)),
    ),
    (
        (_S.REGISTERED, *_IN_HAND, _S.SUSPENDED),
        _A.GRANT_VOID,
        step(_S.VOID, (_R.APPROVER,), (), _C.STOP),
    ),
    (
        (_S.REGISTERED, *_IN_HAND, _S.SUSPENDED),
        _A.REFUSE_VOID,
        step(None, (_R.APPROVER,), (_N.TEXT,)),
    ),
    ((_S.HANDLING,), _A.RESOLVE, step(_S.RESOLVED, (_R.ASSIGNEE,), (_N.TEXT, _N.AFTER_PHOTO))),
    (
        (_S.SUBMITTED, *_IN_HAND),
        _A.SELF_RESOLVE,
        step(_S.CLOSED, (_R.FINDER,), (_N.TEXT, _N.BOTH_PHOTOS), _C.STOP),
    ),
)

CHECK: tuple[Line, ...] = (
    ((_S.RESOLVED,), _A.CHECK_PASS, step(_S.CLOSED, (_R.CHECKER,), (), _C.STOP)),
    ((_S.RESOLVED,), _A.SEND_BACK, step(_S.HANDLING, (_R.CHECKER,), (_N.TEXT,), _C.RESUME)),
    ((_S.CLOSED,), _A.RATE, step(None, (_R.REPORTER,), (_N.SOLVED,))),
    ((_S.CLOSED,), _A.REOPEN, step(_S.HANDLING, (_R.REPORTER,), (), _C.RESTART)),
    ((_S.CLOSED,), _A.SPOT_CHECK, step(None, (_R.CHECKER,))),
    ((_S.CLOSED,), _A.SPOT_FAIL, step(_S.HANDLING, (_R.CHECKER,), (_N.TEXT,), _C.RESTART)),
)

BESIDE: tuple[Line, ...] = (
    ((*_OPEN, _S.CLOSED, _S.MERGED), _A.ADD, step(None, (_R.REPORTER,))),
    (_OPEN, _A.JOIN, step(None, (_R.REPORTER,))),  # the same problem again: "me too"
    ((*_OPEN, _S.MERGED), _A.LEAVE, step(None, (_R.REPORTER,))),
    (_OPEN, _A.NOTE, step(None, _STAFF, (_N.TEXT,))),
    (
        (*_OPEN, _S.CLOSED),
        _A.REPLY,
        step(None, (_R.ASSIGNEE, _R.DISPATCHER), (_N.TEXT,)),
    ),
    (
        (*_AT_THE_DOOR, _S.REGISTERED),
        _A.CORRECT_SPOT,
        step(None, (_R.REPORTER, _R.DISPATCHER), (_N.POSITION,)),
    ),
    (_OPEN, _A.URGE, step(None, (_R.REPORTER, _R.DISPATCHER, _R.LEADER))),
    (_OPEN, _A.INSTRUCT, step(None, (_R.LEADER,), (_N.TEXT,))),
    (
        _OPEN,
        _A.SUPERVISE,
        step(None, (_R.LEADER, _R.DISPATCHER, _R.SYSTEM), (_N.LEVEL, _N.REASON)),
    ),
    (_OPEN, _A.END_SUPERVISION, step(None, (_R.WATCHER,), (_N.TEXT,))),
    (_OPEN, _A.MARK_OVERDUE, step(None, (_R.SYSTEM,))),
    (_OPEN, _A.RECOMPUTE, step(None, (_R.SYSTEM,), (_N.UNTIL,))),
)

RECORDS: tuple[Line, ...] = (
    ((_S.SUBMITTED,), _A.RECORD_CLOSED, step(_S.CLOSED, (_R.SYSTEM,), (), _C.STOP)),
    ((_S.SUBMITTED,), _A.RECORD_REJECTED, step(_S.REJECTED, (_R.SYSTEM,), (), _C.STOP)),
    ((_S.SUBMITTED,), _A.RECORD_TRANSFERRED, step(_S.TRANSFERRED, (_R.SYSTEM,), (), _C.STOP)),
)

STEPS: Mapping[tuple[_S, _A], Step] = {
    (state, action): line
    for states, action, line in (*INTAKE, *DUTY, *WORK, *CHECK, *BESIDE, *RECORDS)
    for state in states
}
