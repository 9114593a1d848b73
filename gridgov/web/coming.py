"""What will happen to a case if nobody acts, in words: the forecast of services/timers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain import milestones
from gridgov.domain.escalation import Planned, TimerKind
from gridgov.domain.milestones import Milestone
from gridgov.services import steps, timers
from gridgov.services.reference import Reference
from gridgov.storage import timers as store
from gridgov.storage.cases import Case
from gridgov.web import words
from gridgov.web.i18n import pick

SHOWN = 4
OF_STEPS = frozenset({TimerKind.STEP_SOON, TimerKind.STEP_DUE})
Said = Callable[[str], str]

# Kind → what is said of it; %(unit)s is who takes it, or is told, %(step)s what is to be done.
WORDS: Mapping[TimerKind, Said] = {
    TimerKind.INFO_ENDS: lambda unit: _("If the reporter does not answer: it goes on without"),
    TimerKind.RESUME: lambda unit: _("Day of review: it is taken up again"),
    TimerKind.CLIMB: lambda unit: _("If nobody signs: to %(unit)s", unit=unit),
    TimerKind.OVERDUE: lambda unit: _("Limit to handle"),
    TimerKind.YELLOW: lambda unit: _("If it is not done: yellow supervision"),
    TimerKind.RED: lambda unit: _("If it is not done: red supervision"),
    TimerKind.RECORD_DUE: lambda unit: _("Limit to register the facts of the emergency"),
    TimerKind.ACCEPT_DUE: lambda unit: _("Limit to accept"),
    TimerKind.VERIFY_DUE: lambda unit: _("Limit to verify"),
    TimerKind.DISPATCH_DUE: lambda unit: _("Limit to dispatch"),
    TimerKind.RULING_DUE: lambda unit: _("Limit to rule"),
    TimerKind.STEP_SOON: lambda step: _("The step is due soon: %(step)s", step=step),
    TimerKind.STEP_DUE: lambda step: _("Limit of the step: %(step)s", step=step),
    TimerKind.ASSIST_DUE: lambda unit: _("Limit to assist"),
    TimerKind.CHECK_DUE: lambda unit: _("Limit to check"),
    TimerKind.APPEAL_DUE: lambda unit: _("Limit to decide the appeal"),
}


def entries(
    session: Session, case: Case, reference: Reference, now: datetime
) -> list[dict[str, Any]]:
    """Return the next things as entries of the timeline, the furthest first."""
    found = [_entry(one, case, reference, now) for one in _next(session, case, reference, now)]
    return found[::-1]


def _next(session: Session, case: Case, reference: Reference, now: datetime) -> list[Planned]:
    return timers.forecast(session, case, reference, now)[:SHOWN]


def _entry(one: Planned, case: Case, reference: Reference, now: datetime) -> dict[str, Any]:
    return {
        "at": words.clock(one.due_at, now, reference.zone),
        "words": said(one.kind, one.data, case, reference),
        "note": _("on a provisional calendar") if one.provisional else None,
        "coming": True,
    }


def said(kind: str, data: Mapping[str, Any], case: Case, reference: Reference) -> str:
    """Return what is said of one thing that comes due on a case."""
    signing = case.limit_at == case.stage_due_at and case.state == "dispatched"
    if kind == TimerKind.OVERDUE and signing:
        return _("Limit to sign")
    if kind in OF_STEPS:
        return WORDS[TimerKind(kind)](words.step(data["name"]))
    return WORDS[TimerKind(kind)](unit_words(data, reference))


def next_words(
    session: Session, cases: Sequence[Case], reference: Reference, now: datetime
) -> dict[UUID, str]:
    """Return case id → what comes next on it if nobody acts, for a page of a list."""
    found = store.next_of(session, [case.id for case in cases])
    return {
        case_id: _(
            "%(at)s: %(what)s",
            at=words.clock(one.due_at, now, reference.zone),
            what=said(one.kind, one.data, one.case, reference),
        )
        for case_id, one in found.items()
    }


def unit_words(data: Mapping[str, Any], reference: Reference) -> str:
    """Return the name of the unit that takes a case, the bare code of one that is gone."""
    code = str(data.get("unit") or data.get("tell") or "")
    unit = reference.units.get(code)
    return code if unit is None else pick(unit.name, unit.name_en)


def facts(
    session: Session, case: Case, reference: Reference, now: datetime
) -> list[dict[str, str]]:
    """Return the way up and the steps on the way as facts of the case, where it has any."""
    climbs = [
        _(
            "%(at)s to %(unit)s",
            at=words.clock(one.due_at, now, reference.zone),
            unit=unit_words(one.data, reference),
        )
        for one in timers.forecast(session, case, reference, now)
        if one.kind is TimerKind.CLIMB
    ]
    found = [{"name": _("If nobody acts"), "value": words.joined(*climbs)}] if climbs else []
    return found + _step_facts(case, reference, now)


def _step_facts(case: Case, reference: Reference, now: datetime) -> list[dict[str, str]]:
    found = steps.of(case)
    if not found or not case.is_open:
        return []
    following = milestones.next_due(found, now)
    lines = [_step(one, reference, now) for one in found]
    said_of = [{"name": _("Steps"), "value": words.joined(*lines)}]
    if following is not None and case.paused_at is None:
        said_of.append({"name": _("Next step"), "value": lines[found.index(following)]})
    return said_of


def _step(one: Milestone, reference: Reference, now: datetime) -> str:
    """Return a step with when it is due, or was done; without a moment while it stands."""
    step = words.step(one.name)
    if one.done_at is not None:
        at = words.clock(one.done_at, now, reference.zone)
        return _("%(step)s, done %(at)s", step=step, at=at)
    if one.left is not None and one.left > 0:
        return _("%(step)s, its clock stands", step=step)
    at = words.clock(one.due_at, now, reference.zone)
    if one.due_at < now:
        return _("%(step)s, was due %(at)s", step=step, at=at)
    return _("%(step)s by %(at)s", step=step, at=at)
