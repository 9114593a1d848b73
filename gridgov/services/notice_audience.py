"""Whom a message of the log concerns, and what it tells them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridgov.domain.approvals import Applied, desk_level, ruling_level
from gridgov.domain.catalogue import Level
from gridgov.domain.escalation import RED, TimerKind
from gridgov.domain.notices import PERSON, NoticeKind, Recipient
from gridgov.domain.roles import Role
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import emergencies, standing
from gridgov.services.emergencies import HIGHEST
from gridgov.services.notice_staff import Staff
from gridgov.services.reference import Reference
from gridgov.storage import cases, history
from gridgov.storage.cases import ASSIST, HELPING, VERIFY, Case
from gridgov.storage.history import CaseEntry

_K = NoticeKind
People = Iterable[Recipient]


@dataclass(frozen=True, slots=True)
class News:
    """A message of the log about a case, with the line it tells of (None for bare warnings)."""

    staff: Staff
    body: Mapping[str, Any]
    case: Case
    entry: CaseEntry | None

    @property
    def data(self) -> Mapping[str, Any]:
        """Return what the line keeps, or what came due."""
        return self.body.get("data", {}) if self.entry is None else self.entry.data


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody is told something, perhaps of a step of a staged limit and when it is due."""

    recipient: Recipient
    kind: NoticeKind
    urgent: bool
    step: str = ""
    due_at: datetime | None = None


Part = Callable[[News], People]


def _holder(news: News) -> People:
    case = news.case
    return news.staff.of(case.assignee_id, case.unit_code)


def _given(news: News) -> People:
    return news.staff.of(news.data.get("person"), news.data.get("unit"))


def _now_has_it(news: News) -> People:
    """Return whom a line gave the case to, while they have it still."""
    person, unit, case = news.data.get("person"), news.data.get("unit"), news.case
    if person is not None:
        stays = case.assignee_id == UUID(str(person))
    else:
        stays = unit is not None and case.unit_code == unit
    return _given(news) if stays and case.is_open else ()


def _lost_it(news: News) -> People:
    """Return who had the case before a line that gave it to others, or to nobody here."""
    kept = {*_given(news), *_holder(news), *_checker(news)}
    return [one for one in _were_with(news) if one not in kept]


def _checker(news: News) -> People:
    data = news.data
    if "checker" in data or "checker_unit" in data:
        return news.staff.of(data.get("checker"), data.get("checker_unit"))
    return news.staff.of(news.case.checker_id, news.case.checker_unit_code)


def _spot_checker(news: News) -> People:
    """Return who is to look whether it is so, where the lot fell on what a worker closed."""
    return _checker(news) if news.data.get("spot_check") else ()


def _desk(news: News) -> People:
    return news.staff.desk(news.case, desk_level(Level(news.case.level)))


def _nobody_has_it(news: News) -> People:
    """Return the desk while the case stands where this line left it, with nobody."""
    case, line = news.case, news.entry
    stands = line is not None and case.state == line.to_state and case.return_count == 0
    return _desk(news) if stands and case.assignee_id is None and case.unit_code is None else ()


def _nobody_yet(*, ruling: bool) -> Part:
    """Return whose turn it is on a case that nobody has: the desk's, or those who rule on it."""

    def found(news: News) -> People:
        case = news.case
        if not case.is_open or case.assignee_id is not None or case.unit_code is not None:
            return ()
        if standing.needs_ruling(case) is not ruling:
            return ()
        return _rulers(news) if ruling else _desk(news)

    return found


def _emergency_desk(news: News) -> People:
    """Return who must register the facts of an emergency that came in just now."""
    line = news.entry
    told = line is not None and (line.action == Action.SUBMIT or emergencies.NUMBER in line.data)
    return _desk(news) if told and emergencies.recorded_from(news.case) is not None else ()


def _in_danger(news: News) -> People:
    """Return who has a case that a joining report, or a merged case, made an emergency.

    Who gets it is told so.
    """
    return _holder_or_desk(news) if emergencies.NUMBER in news.data else ()


def _holder_or_desk(news: News) -> People:
    if news.case.state == CaseState.RESOLVED:
        return _checker(news)
    return list(_holder(news)) or _desk(news)


def _holder_and_desk(news: News) -> People:
    return [*_holder(news), *_desk(news)]


def _rulers(news: News) -> People:
    return news.staff.desk(news.case, ruling_level(Level(news.case.level)))


def _deciders(news: News) -> People:
    level = Level(news.data.get("decides") or str(Level.DISTRICT))
    leaders = news.staff.desk(news.case, level, Role.SUPERVISOR)
    return [*news.staff.desk(news.case, level), *leaders]


def _decide_now(news: News) -> People:
    """Return who decides on an application since the case went up with it, while it waits."""
    line, case = news.entry, news.case
    if line is None or Action(line.action) in _ASKED or case.applied_for != Applied.EXTENSION:
        return ()
    stands = line.data.get("decides") == desk_level(Level(case.level))
    return _deciders(news) if stands else ()


def _supervisor(news: News) -> People:
    return news.staff.of(None, news.data.get("tell"))


def _were_with(news: News) -> People:
    found = [Recipient(PERSON, one) for one in news.body.get("people", ())]
    units = [one for code in news.body.get("units", ()) for one in news.staff.unit(code)]
    return [*found, *units]


def _returners(news: News) -> People:
    """Return who gave the case back before it was ruled whose it is."""
    entries = history.of_case(news.staff.session, news.case.id)
    found = [entry.data.get("from") or {} for entry in entries if entry.action == Action.RETURN]
    return [one for was in found for one in news.staff.of(was.get("person"), was.get("unit"))]


def _tasks(*kinds: str) -> Part:
    def holders(news: News) -> People:
        wanted = news.data.get("task")
        return [
            one
            for task in cases.open_tasks(news.staff.session, news.case.id)
            if task.kind in kinds and (wanted is None or str(task.id) == wanted)
            for one in news.staff.of(task.person_id, task.unit_code)
        ]

    return holders


def _let_off(news: News) -> People:
    """Return who was called in, or sent to look, and need not any more since this line."""
    line = news.entry
    if line is None:
        return ()
    return [
        one
        for task in cases.tasks_of(news.staff.session, news.case.id)
        if task.kind in HELPING and task.ended_at == line.at and task.outcome != "done"
        for one in news.staff.of(task.person_id, task.unit_code)
    ]


def _let_off_looking(news: News) -> People:
    """Return who was sent to look whether it is so before the desk dispatched it as it is."""
    line = news.entry
    looked = line is not None and line.from_state == CaseState.VERIFYING
    return _let_off(news) if looked else ()


def _goes_on(news: News) -> People:
    """Return who has a case that was taken out of another one: its clock runs again."""
    return _holder(news) if news.case.is_open else ()


# Somebody else has it now; whoever had it is told that nothing is left to do.
_ELSEWHERE = (
    *(Action.PASS_UP, Action.CLIMB, Action.HAND_NEIGHBOUR),
    *(Action.HAND_OVER, Action.TAKE_BACK),
)
_NAMED = (Action.NAME_PERSON, Action.RELIEVE)
_ONCE_MORE = (Action.SEND_BACK, Action.REOPEN, Action.SPOT_FAIL)
_ASKED = (Action.ASK_EXTENSION, Action.ASK_SUSPENSION, Action.ASK_VOID, Action.APPEAL)
_DECIDED = (
    *(Action.GRANT_EXTENSION, Action.REFUSE_EXTENSION, Action.GRANT_SUSPENSION),
    *(Action.REFUSE_SUSPENSION, Action.REFUSE_VOID, Action.RESUME),
)
_ENDED = (Action.WITHDRAW, Action.GRANT_VOID)
_HELPED_AGAIN = ((_K.TO_ASSIST, _tasks(ASSIST)), (_K.TO_VERIFY, _tasks(VERIFY)))

TELLS: Mapping[Action, tuple[tuple[NoticeKind, Part], ...]] = {
    Action.SUBMIT: ((_K.EMERGENCY, _emergency_desk), (_K.TO_ACCEPT, _nobody_has_it)),
    Action.JOIN: ((_K.EMERGENCY, _emergency_desk), (_K.EMERGENCY, _in_danger)),
    Action.CONFIRM: ((_K.TO_ACCEPT, _nobody_has_it),),
    Action.REFUTE: ((_K.TO_ACCEPT, _nobody_has_it),),
    **dict.fromkeys(_ELSEWHERE, ((_K.ASSIGNED, _now_has_it), (_K.OFF, _lost_it))),
    Action.DISPATCH: (
        *((_K.ASSIGNED, _now_has_it), (_K.OFF, _lost_it)),
        (_K.OFF, _let_off_looking),
    ),
    **dict.fromkeys(_NAMED, ((_K.ASSIGNED, _now_has_it),)),
    Action.STAND_IN: ((_K.ASSIGNED, _given),),
    Action.TRANSFER: ((_K.OFF, _lost_it), (_K.OFF, _let_off)),
    Action.REJECT: ((_K.OFF, _let_off),),
    Action.WAIVE_TASK: ((_K.OFF, _let_off),),
    Action.UNMERGE: (
        *((_K.AGAIN, _goes_on), (_K.TO_ACCEPT, _nobody_yet(ruling=False))),
        *((_K.TO_RULE, _nobody_yet(ruling=True)), *_HELPED_AGAIN),
    ),
    Action.TAKE_IN: ((_K.EMERGENCY, _emergency_desk), (_K.EMERGENCY, _in_danger)),
    Action.RULE: ((_K.RULED, _now_has_it), (_K.RULED, _returners)),
    Action.ASK_VERIFY: ((_K.TO_VERIFY, _given),),
    Action.CALL_IN: ((_K.TO_ASSIST, _given),),
    Action.RESOLVE: ((_K.TO_CHECK, _checker), (_K.OFF, _let_off)),
    Action.SELF_RESOLVE: ((_K.TO_CHECK, _spot_checker), (_K.OFF, _let_off)),
    **dict.fromkeys(_ONCE_MORE, ((_K.AGAIN, _holder),)),
    **dict.fromkeys(_ASKED, ((_K.TO_DECIDE, _deciders),)),
    **dict.fromkeys(_DECIDED, ((_K.DECIDED, _holder),)),
    Action.GRANT_APPEAL: ((_K.AGAIN, _holder_or_desk),),
    Action.DENY_APPEAL: (),
    Action.FINISH_TASK: ((_K.ASSISTED, _holder_or_desk),),
    Action.ANSWER: ((_K.ANSWERED, _holder_or_desk),),
    Action.GO_ON: ((_K.ANSWERED, _holder_or_desk),),
    Action.ADD: ((_K.ANSWERED, _holder_or_desk),),
    Action.URGE: ((_K.URGED, _holder_or_desk),),
    Action.INSTRUCT: ((_K.INSTRUCTED, _holder),),
    Action.MARK_OVERDUE: ((_K.OVERDUE, _holder_or_desk),),
    Action.SUPERVISE: ((_K.SUPERVISED, _holder), (_K.SUPERVISED, _supervisor)),
    **dict.fromkeys(_ENDED, ((_K.OFF, _were_with), (_K.OFF, _let_off))),
    Action.MERGE: ((_K.OFF, _were_with), (_K.OFF, _tasks(*HELPING))),
}
# Of these nobody on the staff is told: they are seen where they matter, or do nothing.
SILENT = frozenset(
    {
        *(Action.REGISTER, Action.ASK_INFO, Action.LET_GO, Action.SPLIT),
        *(Action.SIGN, Action.CHECK_PASS, Action.RATE),
        *(Action.SPOT_CHECK, Action.LEAVE, Action.NOTE, Action.REPLY),
        *(Action.CORRECT_SPOT, Action.END_SUPERVISION, Action.RECOMPUTE, Action.CHANGE_GRID),
        *(Action.RECORD_CLOSED, Action.RECORD_REJECTED, Action.RECORD_TRANSFERRED),
    }
)
# Whose time is up when something has come due that changes nothing.
DUE: Mapping[TimerKind, Part] = {
    TimerKind.ACCEPT_DUE: _desk,
    TimerKind.DISPATCH_DUE: _desk,
    TimerKind.RECORD_DUE: _desk,
    TimerKind.RULING_DUE: _rulers,
    TimerKind.APPEAL_DUE: _deciders,
    TimerKind.VERIFY_DUE: _tasks(VERIFY),
    TimerKind.ASSIST_DUE: _tasks(ASSIST),
    TimerKind.CHECK_DUE: _checker,
    TimerKind.STEP_SOON: _holder_or_desk,
    TimerKind.STEP_DUE: _holder_and_desk,
}


def staff_told(news: News) -> list[Told]:
    """Return who on the staff is told of a message, each once for a kind; not who did it."""
    urgent = is_urgent(news.case, news.staff.reference)
    found: dict[tuple[str, NoticeKind], Told] = {}
    for kind, part in _parts(news):
        rings = urgent or (kind is _K.SUPERVISED and news.data.get("supervision") == RED)
        for recipient in part(news):
            if not _did_it(recipient, news.entry):
                told = Told(recipient, kind, rings, *_step(news))
                found.setdefault((str(recipient), kind), told)
    return list(found.values())


def _step(news: News) -> tuple[str, datetime | None]:
    """Return the step that came due, or will, and when; a confidential case names none."""
    if news.entry is not None or "step" not in news.data:
        return "", None
    name = "" if is_hidden(news.case, news.staff.reference) else str(news.data["name"])
    until = news.data.get("until")
    return name, None if until is None else datetime.fromisoformat(until)


def is_hidden(case: Case, reference: Reference) -> bool:
    """Tell whether a notice says nothing of what a case is about."""
    return case.confidential or reference.category_of(case).confidential


def _parts(news: News) -> tuple[tuple[NoticeKind, Part], ...]:
    if news.entry is None:
        due = TimerKind(news.body["due"])
        part = DUE.get(due)
        kind = _K.STEP_SOON if due is TimerKind.STEP_SOON else _K.TIME_UP
        return () if part is None else ((kind, part),)
    action = Action(news.entry.action)
    if action is Action.RETURN:
        ruling = standing.needs_ruling(news.case)
        return ((_K.TO_RULE, _rulers) if ruling else (_K.RETURNED, _desk),)
    return *TELLS.get(action, ()), (_K.TO_DECIDE, _decide_now)


def _did_it(recipient: Recipient, entry: CaseEntry | None) -> bool:
    return (
        entry is not None
        and entry.by_person_id is not None
        and recipient == Recipient(PERSON, str(entry.by_person_id))
    )


def is_urgent(case: Case, reference: Reference) -> bool:
    """Tell whether a notice about a case may ring at night: its limits run at night, too."""
    return case.severity >= (reference.natural_from or HIGHEST)


def holders_now(staff: Staff, case: Case) -> list[Recipient]:
    """Return whose turn it is on a case: whoever checks it, else whoever has it."""
    if case.state == CaseState.RESOLVED:
        return staff.of(case.checker_id, case.checker_unit_code)
    return staff.of(case.assignee_id, case.unit_code)
