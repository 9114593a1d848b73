"""The words of the workflow: states, actions, relations, needs, clocks, and one line of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands: eight open states, three ends with a way back, two for ever.

    Rework is handling again with a counter; registered also holds what was returned.
    """

    SUBMITTED = "submitted"  # 待受理: nobody has looked at it, a dispatcher must act
    NEED_INFO = "need_info"  # 待补充: the reporter was asked back, the clock stands
    VERIFYING = "verifying"  # 待核实: a worker goes and looks whether it is so
    REGISTERED = "registered"  # 待派遣: it is so, and waits for an owner
    DISPATCHED = "dispatched"  # 待签收
    HANDLING = "handling"  # 办理中
    SUSPENDED = "suspended"  # 挂账: approved as not to be done now, with a day of review
    RESOLVED = "resolved"  # 待核查
    CLOSED = "closed"  # 已结案
    REJECTED = "rejected"  # 不予受理
    MERGED = "merged"  # 已合并: another case goes on with it
    VOID = "void"  # 作废
    TRANSFERRED = "transferred"  # 已移交


class Action(StrEnum):
    """What can be done to a case."""

    SUBMIT = "submit"
    # At the door (受理)
    REGISTER = "register"
    ASK_INFO = "ask_info"
    ANSWER = "answer"
    GO_ON = "go_on"  # nobody answered in time
    ASK_VERIFY = "ask_verify"
    CONFIRM = "confirm"
    REFUTE = "refute"
    REJECT = "reject"
    APPEAL = "appeal"
    GRANT_APPEAL = "grant_appeal"
    DENY_APPEAL = "deny_appeal"
    MERGE = "merge"
    UNMERGE = "unmerge"
    TAKE_IN = "take_in"  # another case was merged into this one
    LET_GO = "let_go"  # … and was taken out again
    SPLIT = "split"
    TRANSFER = "transfer"
    WITHDRAW = "withdraw"
    # Whose it is (派遣)
    DISPATCH = "dispatch"
    RULE = "rule"
    SIGN = "sign"
    RETURN = "return"
    PASS_UP = "pass_up"
    CLIMB = "climb"  # nobody signed in time: the level above has it
    HAND_NEIGHBOUR = "hand_neighbour"  # to the grid next door: another spot, or another's duty
    NAME_PERSON = "name_person"  # within the unit that has it; the unit keeps it
    # Whoever had it cannot act: is on leave, left, or declined what was handed over.
    RELIEVE = "relieve"  # another has it to sign
    STAND_IN = "stand_in"  # another has one part of it; the state stays
    # The work (处置)
    CALL_IN = "call_in"  # 吹哨: others are called to assist
    FINISH_TASK = "finish_task"
    WAIVE_TASK = "waive_task"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    ASK_SUSPENSION = "ask_suspension"
    GRANT_SUSPENSION = "grant_suspension"
    REFUSE_SUSPENSION = "refuse_suspension"
    RESUME = "resume"
    ASK_VOID = "ask_void"
    GRANT_VOID = "grant_void"
    REFUSE_VOID = "refuse_void"
    RESOLVE = "resolve"
    SELF_RESOLVE = "self_resolve"  # 自办自结: found and done in the own grid
    # The check (核查) and after
    CHECK_PASS = "check_pass"
    SEND_BACK = "send_back"
    RATE = "rate"
    REOPEN = "reopen"
    SPOT_CHECK = "spot_check"  # 抽查 of what was closed without a check: it is done
    SPOT_FAIL = "spot_fail"  # … it is not
    # Beside the way: the state stays
    ADD = "add"
    JOIN = "join"
    LEAVE = "leave"  # one of several reporters takes the own report back
    NOTE = "note"
    REPLY = "reply"  # words for the public, apart from the inner note
    CORRECT_SPOT = "correct_spot"
    URGE = "urge"
    INSTRUCT = "instruct"
    SUPERVISE = "supervise"
    END_SUPERVISION = "end_supervision"
    MARK_OVERDUE = "mark_overdue"
    RECOMPUTE = "recompute"  # the year was published on whose calendar the limit rests
    # What a change of the net does to open cases; a person does none of these.
    CHANGE_GRID = "change_grid"
    HAND_OVER = "hand_over"
    TAKE_BACK = "take_back"
    # How it ended where it came from: what happened on the way is not known, so not told.
    RECORD_CLOSED = "record_closed"
    RECORD_REJECTED = "record_rejected"
    RECORD_TRANSFERRED = "record_transferred"


class Relation(StrEnum):
    """How an actor stands to a case: role, level and part in one word.

    A person may stand in several relations; each action names those that may do it.
    """

    ASSIGNEE = "assignee"  # it was given to the person, or to a unit of the person
    ASSISTANT = "assistant"  # an assisting task was given to the person or the unit
    VERIFIER = "verifier"  # was asked to go and look whether it is so
    CHECKER = "checker"  # the check was given to the person or unit, who never handled it
    FINDER = "finder"  # a worker who reported it, in the own grid
    DISPATCHER = "dispatcher"  # dispatches for an area the case lies in
    RULER = "ruler"  # dispatches for the level above, which must decide whose it is
    APPROVER = "approver"  # may decide what was applied for, and did not apply for it
    REVIEWER = "reviewer"  # dispatches for the area, and did not take the decision appealed
    LEADER = "leader"  # supervises an area the case lies in
    WATCHER = "watcher"  # … at the level that put it under supervision, or above
    REPORTER = "reporter"  # holds a receipt of the case
    SYSTEM = "system"  # gridgov itself


class Need(StrEnum):
    """What must come with an action; each names the form field that carries it."""

    TEXT = "text"
    REASON = "reason"
    AFTER_PHOTO = "photo"  # only where the category asks for one
    BOTH_PHOTOS = "photos"  # before and after, always
    TARGET = "target"
    RECEIPT = "receipt"  # their number, or a picture of the stamped paper
    SOLVED = "solved"
    UNTIL = "until"  # a moment or a day
    TASK = "task"
    POSITION = "position"
    CASE = "case"  # another case
    LEVEL = "level"


class Clock(StrEnum):
    """What an action does to the clocks of the case.

    The limit of a stage (accept, verify, dispatch, sign, check) starts with the state it
    belongs to; these say what becomes of the limit to handle.
    """

    KEEP = "keep"
    START_SIGN = "start_sign"  # a new holder: the sign clock starts, the handling clock runs on
    PAUSE = "pause"  # what is left is kept
    CONTINUE = "continue"  # what was left counts from now
    EXTEND = "extend"  # the limit moves; the first one stays on record
    RESUME = "resume"  # back from the check: at least one working hour is left
    RESTART = "restart"  # reopened: the handling limit counts again from now
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the workflow.

    `to` None leaves the state as it is; `back` names the states it may have come from,
    to one of which it returns (the case knows which).
    """

    to: CaseState | None
    who: frozenset[Relation]
    needs: frozenset[Need] = frozenset()
    clock: Clock = Clock.KEEP
    back: frozenset[CaseState] = frozenset()

    def ends(self, state: CaseState) -> tuple[CaseState, ...]:
        """Return every state this step may lead to from a state."""
        if self.back:
            return tuple(one for one in CaseState if one in self.back)
        return (state if self.to is None else self.to,)


class PublicState(StrEnum):
    """The six words a resident sees."""

    SUBMITTED = "submitted"  # 已提交
    ACCEPTED = "accepted"  # 已受理
    HANDLING = "handling"  # 处理中
    CHECKING = "checking"  # 待核查
    CLOSED = "closed"  # 已办结
    REJECTED = "rejected"  # 不予受理


def step(
    to: CaseState | None,
    who: Iterable[Relation],
    needs: Iterable[Need] = (),
    clock: Clock = Clock.KEEP,
    back: Iterable[CaseState] = (),
) -> Step:
    """Return a line of the workflow."""
    return Step(to, frozenset(who), frozenset(needs), clock, frozenset(back))
