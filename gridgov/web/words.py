"""Words for codes, and moments and spans as people say them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext

from gridgov.domain.deadlines import NO_LIMIT, Lamp, Limit, LimitUnit
from gridgov.domain.milestones import STEP_CODES
from gridgov.domain.workflow import Action, CaseState, PublicState
from gridgov.web.i18n import language

LAMP_WORDS = {
    Lamp.GREEN: _l("On time"),
    Lamp.YELLOW: _l("Due soon"),
    Lamp.RED: _l("Overdue"),
    Lamp.GREY: _l("Clock paused"),
}
STATE_WORDS = {
    CaseState.SUBMITTED: _l("To accept"),
    CaseState.NEED_INFO: _l("Waiting for the reporter"),
    CaseState.VERIFYING: _l("To verify"),
    CaseState.REGISTERED: _l("To dispatch"),
    CaseState.DISPATCHED: _l("To sign"),
    CaseState.HANDLING: _l("Handling"),
    CaseState.SUSPENDED: _l("Suspended"),
    CaseState.RESOLVED: _l("To check"),
    CaseState.CLOSED: _l("Closed"),
    CaseState.REJECTED: _l("Not accepted"),
    CaseState.MERGED: _l("Merged"),
    CaseState.VOID: _l("Void"),
    CaseState.TRANSFERRED: _l("Transferred"),
}
PUBLIC_WORDS = {
    PublicState.SUBMITTED: _l("Submitted"),
    PublicState.ACCEPTED: _l("Accepted"),
    PublicState.HANDLING: _l("In progress"),
    PublicState.CHECKING: _l("Being checked"),
    PublicState.CLOSED: _l("Done"),
    PublicState.REJECTED: _l("Not taken up"),
}
# What the feed says happened (受理, 派遣, 办结 …). In Chinese the act of closing (办结)
# and the state it leads to (已结案) are two words: hence the context.
ACTION_WORDS = {
    Action.SUBMIT: _l("Received"),
    Action.REGISTER: _l("Registered"),
    Action.ASK_INFO: _l("Asked the reporter back"),
    Action.ANSWER: _l("The reporter answered"),
    Action.GO_ON: _l("Went on without an answer"),
    Action.ASK_VERIFY: _l("Sent somebody to look"),
    Action.CONFIRM: _l("Confirmed on the spot"),
    Action.REFUTE: _l("Not found as reported"),
    Action.APPEAL: _l("Appealed"),
    Action.GRANT_APPEAL: _l("Appeal granted"),
    Action.DENY_APPEAL: _l("Appeal denied"),
    Action.MERGE: _l("Merged into another case"),
    Action.UNMERGE: _l("Taken out of the other case"),
    Action.TAKE_IN: _l("Another case was merged into this one"),
    Action.LET_GO: _l("A merged case was taken out again"),
    Action.SPLIT: _l("Split"),
    Action.WITHDRAW: _l("Withdrawn by the reporter"),
    Action.RULE: _l("Ruled whose it is"),
    Action.CLIMB: _l("Nobody signed: passed up by the clock"),
    Action.CALL_IN: _l("Called in to assist"),
    Action.FINISH_TASK: _l("Assistance done"),
    Action.WAIVE_TASK: _l("Assistance waived"),
    Action.ASK_EXTENSION: _l("Asked for more time"),
    Action.GRANT_EXTENSION: _l("More time granted"),
    Action.REFUSE_EXTENSION: _l("More time refused"),
    Action.ASK_SUSPENSION: _l("Asked to suspend"),
    Action.GRANT_SUSPENSION: lazy_pgettext("act", "Suspended"),
    Action.REFUSE_SUSPENSION: _l("Suspension refused"),
    Action.RESUME: _l("Taken up again"),
    Action.ASK_VOID: _l("Asked to void"),
    Action.GRANT_VOID: _l("Voided"),
    Action.REFUSE_VOID: _l("Void refused"),
    Action.SELF_RESOLVE: _l("Found and done in the own grid"),
    Action.SPOT_CHECK: _l("Spot check passed"),
    Action.SPOT_FAIL: _l("Spot check failed"),
    Action.NOTE: _l("Noted"),
    Action.REPLY: _l("Answered the public"),
    Action.CORRECT_SPOT: _l("Corrected the spot"),
    Action.URGE: _l("Urged"),
    Action.INSTRUCT: _l("Instructed"),
    Action.SUPERVISE: _l("Put under supervision"),
    Action.END_SUPERVISION: _l("Supervision ended"),
    Action.DISPATCH: _l("Dispatched"),
    Action.SIGN: _l("Signed"),
    Action.RESOLVE: _l("Handled"),
    Action.RETURN: _l("Returned"),
    Action.PASS_UP: _l("Passed up"),
    Action.CHECK_PASS: lazy_pgettext("feed", "Closed"),
    Action.SEND_BACK: _l("Sent back"),
    Action.REJECT: _l("Not accepted"),
    Action.TRANSFER: _l("Transferred"),
    Action.RATE: _l("Rated"),
    Action.REOPEN: _l("Reopened"),
    Action.ADD: _l("Added to"),
    Action.JOIN: _l("Joined by another reporter"),
    Action.LEAVE: _l("One of the reporters took it back"),
    Action.MARK_OVERDUE: _l("Overdue"),
    Action.RECOMPUTE: _l("Limit counted again on the published calendar"),
    Action.HAND_NEIGHBOUR: _l("Handed to the grid next door"),
    Action.NAME_PERSON: _l("Named a person of the unit"),
    Action.RELIEVE: _l("Another person takes it over"),
    Action.STAND_IN: _l("Another person stands in"),
    Action.CHANGE_GRID: _l("Another grid's duty"),
    Action.HAND_OVER: _l("Handed over, as the grids changed"),
    Action.TAKE_BACK: _l("Given back, as the change of grids was undone"),
    Action.RECORD_CLOSED: _l("Closed where it came from"),
    Action.RECORD_REJECTED: _l("Turned down where it came from"),
    Action.RECORD_TRANSFERRED: _l("Transferred where it came from"),
}
# The same words as on the forms where staff and residents choose.
REASON_WORDS = {
    "wrong_spot": _l("The spot was wrong"),
    "other_duty": _l("The grid next door's duty"),
    "grid_changed": _l("The grids changed"),
    "grid_change_undone": _l("The change of grids was undone"),
    "on_leave": _l("On leave"),
    "back_from_leave": _l("Back from leave"),
    "left_service": _l("No longer on duty"),
    "declined_over": _l("The hand-over was declined"),
    "wrong_duty": _l("Not our duty"),
    "wrong_area": _l("Not our area"),
    "too_little_known": _l("Too little known"),
    "outside": _l("Not for this district"),
    "duplicate": _l("Reported before"),
    "cannot_verify": _l("Cannot be verified"),
    "legal_proceedings": _l("In legal proceedings"),
    "no_request": _l("Asks for nothing"),
    "not_so": _l("Not as reported"),
    "not_found": _l("Nothing found there"),
    "building_work": _l("Needs building work"),
    "season": _l("Needs another season"),
    "ownership": _l("Ownership is not settled"),
    "funds": _l("Funds are missing"),
    "lawsuit": _l("A lawsuit is running"),
    "opened_in_error": _l("Opened in error"),
    "test_entry": _l("A test"),
    "no_longer_there": _l("No longer there"),
    "withdrawn_by_all": _l("All reporters took it back"),
    "overdue": _l("Over the limit"),
    "far_overdue": _l("Far over the limit"),
    "returned_twice": _l("Returned twice"),
    "repeated_complaint": _l("Complained of again"),
    "by_hand": _l("By decision of a leader"),
}
SUPERVISION_WORDS = {
    "ordinary": _l("Supervised"),
    "yellow": _l("Supervised, yellow"),
    "red": _l("Supervised, red"),
}
APPLIED_WORDS = {
    "extension": _l("More time"),
    "suspension": _l("A suspension"),
    "void": _l("Voiding the case"),
    "appeal": _l("An appeal"),
}
SATISFACTION_WORDS = {
    "very_satisfied": _l("Very good"),
    "satisfied": _l("Good"),
    "fair": _l("Fair"),
    "dissatisfied": _l("Poor"),
    "very_dissatisfied": _l("Very poor"),
}
CHANNEL_WORDS = {
    "snap": _l("Resident report"),
    "program": _l("From a program"),
    "api": _l("API"),
    "open311": _l("Open311"),
    "sample": _l("Sample"),
    "12345": _l("12345"),
    "worker": _l("Grid worker"),
    "patrol": _l("Patrol"),
    "import": _l("From another system"),
    "phone": _l("Phone"),
    "walk_in": _l("Walk-in"),
    "app": _l("App"),
    "web": _l("Website"),
    "staff": _l("City staff"),
    "social": _l("Social media"),
    "other": _l("Other channel"),
}
ROLE_WORDS = {
    "resident": _l("Resident"),
    "worker": _l("Grid worker"),
    "handler": _l("Handler"),
    "dispatcher": _l("Dispatcher"),
    "supervisor": _l("Supervisor"),
    "office": _l("Office"),
    "system_admin": _l("System administrator"),
    "security_admin": _l("Security administrator"),
    "audit_admin": _l("Audit administrator"),
    "program": _l("Program"),
    "system": _l("gridgov"),
}
# The steps of the default catalogue's staged limits; others are shown as they are written.
STEP_WORDS = {
    "stop_work": _l("Work stopped"),
    "penalty": _l("Penalty imposed"),
    "pull_down": _l("Pulled down"),
    "make_safe": _l("Made safe"),
    "deal": _l("Dealt with"),
    "handle": _l("Handle it"),
    "arrive": _l("On the spot"),
    "fence_off": _l("On the spot and fenced off"),
    "put_right": _l("Put right"),
    "accept": _l("Accepted"),
    "by_law": _l("Limit by law"),
    "hand_over": _l("Handed to the authority"),
    "hand_over_at_once": _l("Handed to the authority at once"),
    "call_back": _l("Called back"),
    "first_report": _l("First report"),
    "hard_spot": _l("Where the spot allows no sooner"),
}
LEVEL_WORDS = {
    "grid": _l("grid"),
    "village": _l("village"),
    "town": _l("town"),
    "district": _l("district"),
}


def step(name: str) -> str:
    """Return what a step of a staged limit is called; a remark in brackets stays as it is."""
    known = STEP_WORDS.get(STEP_CODES.get(name, ""))
    return name if known is None else str(known)


def clock(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a moment as short as it is clear: 14:41, 昨天 14:41, 11-19 16:20, 2020-10-19."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    at = f"{local:%H:%M}"
    days = (local.date() - today).days
    if days == 0:
        return at
    if days == -1:
        return _("yesterday %(at)s", at=at)
    if days == 1:
        return _("tomorrow %(at)s", at=at)
    return f"{local:%m-%d} {at}" if local.year == today.year else f"{local:%Y-%m-%d}"


def day_clock(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a moment in full words for a promise: 今天 14:41."""
    if moment.astimezone(zone).date() == now.astimezone(zone).date():
        return _("today %(at)s", at=clock(moment, now, zone))
    return clock(moment, now, zone)


def before(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a limit: 14:41 前, 11-24 18:00 前; 无时限 where nobody set one."""
    if moment >= NO_LIMIT:
        return _("no limit")
    return _("by %(at)s", at=clock(moment, now, zone))


def span(minutes: float) -> str:
    """Return a length of time in its two largest units: 4 小时 17 分, 2 天 3 小时, 12 天.

    Ten days and more are said in days alone: nobody acts by the hour of those.
    """
    whole = max(0, round(minutes))
    days, rest = divmod(whole, 24 * 60)
    hours, mins = divmod(rest, 60)
    if days >= 10:
        return _("%(d)s d", d=days)
    if days:
        return _("%(d)s d %(h)s h", d=days, h=hours) if hours else _("%(d)s d", d=days)
    if hours:
        return _("%(h)s h %(m)s min", h=hours, m=mins) if mins else _("%(h)s h", h=hours)
    return _("%(m)s min", m=mins)


def elapsed(start: datetime, end: datetime) -> str:
    """Return how long something took."""
    return span((end - start) / timedelta(minutes=1))


def limit_words(amount: float, unit: LimitUnit) -> str:
    """Return a limit in words: 4 个工作小时, 2 个工作日, 6 小时, 15 天."""
    if amount < 1 and unit in (LimitUnit.NATURAL_HOUR, LimitUnit.WORKING_HOUR):
        return _("%(n)s min", n=round(amount * 60))
    n = f"{amount:g}"
    if unit is LimitUnit.WORKING_HOUR:
        return working_hours(n)
    if unit is LimitUnit.WORKING_DAY:
        return working_days(n)
    if unit is LimitUnit.NATURAL_HOUR:
        return ngettext("%(n)s hour", "%(n)s hours", _some(n), n=n)
    return ngettext("%(n)s day", "%(n)s days", _some(n), n=n)


def working_hours(n: str) -> str:
    """Return so many hours of work in words."""
    return ngettext("%(n)s working hour", "%(n)s working hours", _some(n), n=n)


def working_days(n: str) -> str:
    """Return so many days of work in words."""
    return ngettext("%(n)s working day", "%(n)s working days", _some(n), n=n)


def _some(n: str) -> int:
    """Return which form English takes: half a day is 0.5 days."""
    return 1 if n == "1" else 2


def limit_of(limit: Limit) -> str:
    """Return a limit in words."""
    return limit_words(limit.amount, limit.unit)


def percent(rate: float | None) -> str:
    """Return a rate with two decimals, or a dash where there is no denominator."""
    return "—" if rate is None else f"{100 * rate:.2f}%"


def joined(*parts: str) -> str:
    """Join phrases as the language does."""
    return ("，" if language() == "zh-Hans" else ", ").join(part for part in parts if part)
