"""What a reporter can do on the receipt now, and why something cannot be done."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from gridgov.domain.approvals import Applied
from gridgov.domain.deadlines import due_at
from gridgov.domain.privacy import mask_personal
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import deadlines, reporters
from gridgov.services.effects_beside import URGE_ONCE_IN
from gridgov.services.effects_intake import APPEAL_DAYS, opened
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.reports import Report
from gridgov.web import words

DECISIONS = (Action.GRANT_APPEAL, Action.DENY_APPEAL)


def acts(
    case: Case,
    entries: Sequence[CaseEntry],
    report: Report,
    now: datetime,
    reference: Reference,
) -> dict[str, Any]:
    """Return question, urge, withdraw, appeal, spot and what was taken back, for the page."""
    if report.withdrawn_at is not None:
        when = words.clock(report.withdrawn_at, now, reference.zone)
        said = _("You took this report back (%(when)s).", when=when)
        return {"taken_back": said, **dict.fromkeys(("question", "urge", "withdraw"))} | {
            "appeal": None,
            "spot": False,
        }
    return {
        "taken_back": None,
        "question": _question(case, entries, now, reference),
        "urge": _urge(case, entries, report, now, reference),
        "withdraw": _withdraw(case),
        "appeal": _appeal(case, entries, report, now, reference),
        "spot": reporters.may(case, Action.CORRECT_SPOT) and opened(case, report),
    }


def _question(
    case: Case, entries: Sequence[CaseEntry], now: datetime, reference: Reference
) -> dict[str, str] | None:
    """Return the question that waits for an answer, and what happens without one."""
    if case.state != CaseState.NEED_INFO:
        return None
    asked = next(entry for entry in reversed(entries) if entry.action == Action.ASK_INFO)
    limit = deadlines.limit(case, reference.category_of(case), Stage.INFO, reference)
    until = due_at(asked.at, limit, reference.calendar).at
    return {
        "words": mask_personal(asked.text or ""),
        "at": words.clock(asked.at, now, reference.zone),
        "until": _(
            "The clock stands while we wait. Without an answer by %(when)s we go on with "
            "what we know.",
            when=words.day_clock(until, now, reference.zone),
        ),
    }


def _urge(
    case: Case,
    entries: Sequence[CaseEntry],
    report: Report,
    now: datetime,
    reference: Reference,
) -> dict[str, Any] | None:
    if not reporters.may(case, Action.URGE) or case.state == CaseState.NEED_INFO:
        return None
    for entry in reversed(entries):
        if now - entry.at >= URGE_ONCE_IN:
            break
        if entry.action == Action.URGE and entry.data.get("report") == str(report.id):
            again = words.day_clock(entry.at + URGE_ONCE_IN, now, reference.zone)
            said = _("You urged us; they have been told. Again from %(when)s.", when=again)
            return {"done": said}
    return {"done": None}


def _withdraw(case: Case) -> dict[str, Any] | None:
    """Return whether it can be taken back: all of it, only the own report, or not any more."""
    others = case.report_count - 1
    if others > 0 and reporters.may(case, Action.LEAVE):
        said = ngettext(
            "%(num)s other person reported the same: only your report is taken back, "
            "the case goes on.",
            "%(num)s other people reported the same: only your report is taken back, "
            "the case goes on.",
            others,
        )
        return {"can": True, "words": said}
    if reporters.may(case, Action.WITHDRAW):
        said = _("Nobody works on it yet. The case ends; what you wrote is kept in its history.")
        return {"can": True, "words": said}
    if case.is_open:
        said = _("Somebody is working on it already, so it cannot be taken back any more.")
        return {"can": False, "words": said}
    return None


def _appeal(
    case: Case,
    entries: Sequence[CaseEntry],
    report: Report,
    now: datetime,
    reference: Reference,
) -> dict[str, Any] | None:
    """Return how an appeal stands, or the form for one; None where there is nothing to appeal."""
    asked = next((entry for entry in reversed(entries) if entry.action == Action.APPEAL), None)
    mine = asked is not None and asked.data.get("report") == str(report.id)
    decided = next((entry for entry in reversed(entries) if entry.action in DECISIONS), None)
    if decided is not None:
        granted = decided.action == Action.GRANT_APPEAL
        return {
            "form": False,
            "title": _decided(granted=granted, mine=mine),
            "words": mask_personal(decided.text or ""),
            "at": words.clock(decided.at, now, reference.zone),
        }
    if case.applied_for == Applied.APPEAL:
        said = _("Somebody who took no part in the decision looks at it again.")
        title = _("Your appeal is being decided")
        if not mine:
            title = _("The appeal of somebody else who reported it is being decided")
        return {"form": False, "title": title, "words": said}
    if not reporters.may(case, Action.APPEAL):
        return None
    last = case.stage_since + timedelta(days=APPEAL_DAYS)
    if now >= last:
        return None
    day = last.astimezone(reference.zone).date().isoformat()
    return {
        "form": True,
        "words": _("Somebody else looks at it again. You can appeal once, until %(day)s.", day=day),
    }


def _decided(*, granted: bool, mine: bool) -> str:
    """Return what became of the appeal against a case: the reader's, or another reporter's."""
    if mine:
        return _("Your appeal was granted") if granted else _("Your appeal was not granted")
    if granted:
        return _("The appeal of somebody else who reported it was granted")
    return _("The appeal of somebody else who reported it was not granted")
