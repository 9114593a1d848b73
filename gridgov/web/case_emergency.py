"""The case of an emergency while its facts are not registered: its banner, and the note's form."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.deadlines import due_at
from gridgov.domain.roles import Role
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import deadlines, emergencies
from gridgov.web.case_fields import Look
from gridgov.web.case_form_model import Field, Form, Group, Kind
from gridgov.web.case_forms import FORMS

# The note as whoever dispatches writes it then.
FORM = Form(
    _l("Register the facts"),
    "file",
    Group.WORK,
    (
        Field(
            Kind.TEXT,
            _l("What happened, and what was done"),
            _l("Who was called and when, who is there, what is shut off. Only staff read it."),
        ),
        *FORMS[Action.NOTE].fields[1:],
    ),
    _l("Register the facts"),
)
AFTERWARDS = _l("This registers the emergency; the work on it goes on.")


def banner(look: Look) -> dict[str, Any] | None:
    """Return which number was called and by when the facts must stand, until they do."""
    case = look.case
    since = emergencies.recorded_from(case)
    if since is None:
        return None
    limit = deadlines.limit(case, look.category, Stage.RECORD, look.reference)
    due = due_at(since, limit, look.reference.calendar).at
    until = look.clock(due)
    number = emergencies.number_of(case)
    late = look.now > due
    lines = [
        _("The facts should have been registered by %(until)s.", until=until)
        if late
        else _("Register the facts by %(until)s.", until=until),
        ""
        if look.actor.has(Role.DISPATCHER)
        else _("The desk does that, with its first note on the case."),
    ]
    return {
        "icon": "phone",
        "kind": "watch-red",
        "title": _("Emergency: %(number)s was called", number=number),
        "lines": [line for line in lines if line],
    }


def registers(look: Look, action: Action) -> bool:
    """Tell whether an act of this person would register the facts (services/effects_beside)."""
    return (
        action is Action.NOTE
        and look.actor.has(Role.DISPATCHER)
        and emergencies.recorded_from(look.case) is not None
    )


def comes_first(look: Look, action: Action) -> bool:
    """Tell whether the case waits for its facts; while nobody has it, it waits for a holder."""
    waits = look.case.state in (CaseState.SUBMITTED, CaseState.REGISTERED)
    return registers(look, action) and not waits


def ordered(look: Look, order: Iterable[Action]) -> list[Action]:
    """Return the acts in their order, what registers an emergency first."""
    return sorted(order, key=lambda action: not comes_first(look, action))
