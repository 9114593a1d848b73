"""The marks of a case on cards: who watches it, what it waits for, how it was handled."""

from datetime import datetime

from flask_babel import gettext as _

from gridgov.domain.workflow import OPEN_STATES, CaseState
from gridgov.services import emergencies, standing
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.web import case_closing, words


def marks(case: Case) -> list[dict[str, str]]:
    """Return the marks of a case: [{kind, icon, words}], what presses most first."""
    found = []
    if emergencies.recorded_from(case) is not None:
        found.append(_mark("watch-red", "warning", _("Emergency to register")))
    if case.supervision is not None:
        watched = str(words.SUPERVISION_WORDS[case.supervision])
        found.append(_mark(f"watch-{case.supervision}", "eye", watched))
    if standing.needs_ruling(case):
        found.append(_mark("wait", "flag", _("Waits for a ruling")))
    if case.applied_for is not None:
        asked = str(words.APPLIED_WORDS[case.applied_for])
        found.append(_mark("wait", "clock", _("Applied for: %(what)s", what=asked)))
    closely = case_closing.mark(case)
    if closely is not None:
        found.append(closely)
    if case.self_handled:
        found.append(_mark("info", "check", _("Found and done by the worker")))
    return found


def of_row(case: Case, reference: Reference, now: datetime) -> list[dict[str, str]]:
    """Return the marks of a row or card: after the usual ones by when a leader wants it."""
    state = CaseState(case.state)
    if case.target_at is None or state not in OPEN_STATES or state is CaseState.RESOLVED:
        return marks(case)
    at = words.clock(case.target_at, now, reference.zone)
    return [*marks(case), _mark("wait", "clock", _("Leader wants it by %(at)s", at=at))]


def unreached() -> dict[str, str]:
    """Return the mark of a case whose holder no notice reached; services/notice_sending."""
    return _mark("wait", "bell", _("Could not be reached"))


def _mark(kind: str, icon: str, said: str) -> dict[str, str]:
    return {"kind": kind, "icon": icon, "words": said}
