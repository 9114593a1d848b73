"""What a person may do to a case now: the forms of the page, and why some must wait."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from gridgov.domain.approvals import MAX_EXTENSIONS, extension_reach
from gridgov.domain.catalogue import Level
from gridgov.domain.roles import Role
from gridgov.domain.stages import Stage
from gridgov.domain.supervision import Supervision
from gridgov.domain.workflow import Action, CaseState, allowed
from gridgov.services import deadlines, standing
from gridgov.services.effects_intake import MAX_QUESTIONS
from gridgov.storage.cases import ASSIST
from gridgov.web import case_emergency, case_fields, case_words
from gridgov.web.case_after import AFTER
from gridgov.web.case_fields import FieldView, Look
from gridgov.web.case_form_model import Form, Kind
from gridgov.web.case_forms import FORMS
from gridgov.web.case_order import ORDER, USUAL

APPLYING = frozenset({Action.ASK_EXTENSION, Action.ASK_SUSPENSION, Action.ASK_VOID})
DECIDING = {
    Action.GRANT_EXTENSION: "extension",
    Action.REFUSE_EXTENSION: "extension",
    Action.GRANT_SUSPENSION: "suspension",
    Action.REFUSE_SUSPENSION: "suspension",
    Action.GRANT_VOID: "void",
    Action.REFUSE_VOID: "void",
    Action.GRANT_APPEAL: "appeal",
    Action.DENY_APPEAL: "appeal",
}


A_MINUTE = timedelta(minutes=1)
# The names of the controls, where the kind of field is not the name already.
NAMES = {Kind.PLACE: "target", Kind.MOMENT: "until", Kind.DAY: "until"}


@dataclass(slots=True)
class Act:
    """One form of the page; `why_not` is why it cannot be sent yet."""

    name: str
    url: str
    form: Form
    fields: list[FieldView] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    why_not: str | None = None
    primary: bool = False
    open: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    after: str = ""  # what comes of it, said above the button that sends it
    next_door: dict[str, Any] | None = None  # of hand_neighbour: see web/case_neighbours.py

    def value(self, name: str) -> str:
        """Return what was typed into a field of the form that came back."""
        return self.values.get(name, "")

    @property
    def other_errors(self) -> list[str]:
        """Return the sentences that belong to no field of the form."""
        return [text for name, text in self.errors.items() if name not in self._names()]

    def _names(self) -> set[str]:
        return {NAMES.get(one.kind, str(one.kind)) for one in self.fields}

    @property
    def has_photos(self) -> bool:
        """Tell whether the form sends files."""
        return any(one.kind is Kind.PHOTO for one in self.fields)


def acts(look: Look) -> list[Act]:
    """Return what the person may do now, the usual next act first; at most one is filled."""
    relations = standing.relations(look.session, look.case, look.actor)
    may = set(allowed(CaseState(look.case.state), relations))
    found: list[Act] = []
    for action in case_emergency.ordered(look, ORDER):
        if action not in may or not _makes_sense(look, action):
            continue
        act = Act(
            name=str(action),
            url=url_for("work.act", case_id=look.case.id, action=str(action)),
            form=_form(look, action),
            after=str(_after(look, action)),
            why_not=_why_not(look, action),
        )
        if act.why_not is None:
            act.fields = case_fields.of(look, action, act.form)
            act.facts = _facts(look, action)
            act.next_door = look.next_door if action is Action.HAND_NEIGHBOUR else None
            act.primary = _usual(look, action) and not any(one.primary for one in found)
        found.append(act)
    return found


def _form(look: Look, action: Action) -> Form:
    """Return the form of an action; who takes a case from somebody should know they do."""
    form = FORMS[action]
    if case_emergency.registers(look, action):
        return case_emergency.FORM
    if action is Action.DISPATCH and look.case.state in (CaseState.DISPATCHED, CaseState.HANDLING):
        return replace(form, word=_("Dispatch to another"))
    return form


def _after(look: Look, action: Action) -> Any:
    registers = case_emergency.registers(look, action)
    return case_emergency.AFTERWARDS if registers else AFTER.get(action, "")


def _usual(look: Look, action: Action) -> bool:
    """Tell whether a case in its state waits for an action; no other may be filled."""
    if case_emergency.comes_first(look, action):
        return True
    if action in (Action.DISPATCH, Action.GO_ON):
        return look.case.state in (CaseState.SUBMITTED, CaseState.REGISTERED, CaseState.NEED_INFO)
    return action in USUAL


def _makes_sense(look: Look, action: Action) -> bool:
    """Tell whether there is anything the action could be about."""
    if action in DECIDING:
        return look.case.applied_for == DECIDING[action]
    asks = ABOUT.get(action)
    return asks is None or asks(look)


def _has_neighbours(look: Look) -> bool:
    """Tell whether it can be handed next door: a department has no grid there.

    A ruling is final: only the level that ruled may go round it (services/effects.py), and
    nobody before it is made.
    """
    if standing.needs_ruling(look.case) or _bound(look):
        return False
    local = look.case.level != Level.DISTRICT or look.actor.has(Role.DISPATCHER)
    return local and look.next_door is not None


def _bound(look: Look) -> bool:
    """Tell whether it was ruled whose it is, by a level this person does not speak for."""
    case = look.case
    return case.ruled and not standing.may_overrule(look.session, case, look.actor)


ABOUT: Mapping[Action, Callable[[Look], bool]] = {
    Action.PASS_UP: lambda look: not look.case.ruled and case_fields.above(look) is not None,
    Action.SELF_RESOLVE: lambda look: look.category.self_close,
    Action.END_SUPERVISION: lambda look: look.case.supervision is not None,
    Action.SUPERVISE: lambda look: look.case.supervision != Supervision.RED,
    Action.FINISH_TASK: lambda look: bool(case_fields.tasks_for(look, Action.FINISH_TASK)),
    Action.WAIVE_TASK: lambda look: bool(case_fields.tasks_for(look, Action.WAIVE_TASK)),
    Action.NAME_PERSON: lambda look: bool(look.colleagues),
    Action.HAND_NEIGHBOUR: _has_neighbours,
}


def _why_not(look: Look, action: Action) -> str | None:
    """Return why an action of this person must wait, None when it can be done now."""
    case = look.case
    if action in (*APPLYING, Action.MERGE) and case.applied_for is not None:
        return _(
            "%(what)s was applied for and is not decided yet; one thing at a time.",
            what=case_words.applied(case.applied_for),
        )
    if (action is Action.RETURN and case.ruled) or (action is Action.DISPATCH and _bound(look)):
        return _("The level above ruled whose this is; only that level gives it to another.")
    if action is Action.DISPATCH and standing.needs_ruling(case):
        return _(
            "It was returned twice: %(level)s rules whose it is.",
            level=case_words.ruling_level(case),
        )
    if action is Action.ASK_INFO and case.info_count >= MAX_QUESTIONS:
        return _("The reporter was asked twice already; decide with what is known.")
    asks = WHY_NOT.get(action)
    return None if asks is None else asks(look)


def _assistance_open(look: Look) -> str | None:
    waited = [task for task in look.open_tasks if task.kind == ASSIST and task.required]
    if not waited:
        return None
    return ngettext(
        "%(num)d assistant has not finished: %(who)s. Wait, or let them off.",
        "%(num)d assistants have not finished: %(who)s. Wait, or let them off.",
        len(waited),
        who=case_words.listed([case_fields.holder(look, task) for task in waited]),
    )


def _no_more_time(look: Look) -> str | None:
    if look.now > look.case.due_at:
        return _("The limit has passed; more time is asked for before that.")
    if look.case.extension_count >= MAX_EXTENSIONS:
        return _("The limit was extended twice already, more is not possible.")
    limit = deadlines.limit(look.case, look.category, Stage.HANDLE, look.reference)
    latest, _half = extension_reach(look.case.handle_since, limit, look.reference.calendar)
    if latest < look.case.due_at + A_MINUTE:  # a form asks for whole minutes
        return _("The limit is twice as long as usual already, more is not possible.")
    return None


def _review_is_over(look: Look) -> str | None:
    asked = look.asked
    if asked is None or asked.until is None or asked.until > look.now:
        return None
    return _("The day of review has passed; refuse it, then it can be applied for anew.")


WHY_NOT: Mapping[Action, Callable[[Look], str | None]] = {
    Action.ASK_EXTENSION: _no_more_time,
    Action.GRANT_SUSPENSION: _review_is_over,
    Action.RESOLVE: _assistance_open,
    Action.SELF_RESOLVE: _assistance_open,
}


def _facts(look: Look, action: Action) -> list[str]:
    """Return what to know before sending the form."""
    case = look.case
    if action in DECIDING and look.asked is not None:
        return case_words.application(look)
    if action is Action.PASS_UP:
        above = case_fields.above(look)
        unit = "" if above is None else case_words.unit(above)
        return [_("It goes to %(unit)s; you can follow it under “Done”.", unit=unit)]
    if action in (Action.RETURN, Action.DISPATCH, Action.RULE):
        return case_words.rule_and_proposal(look, told=action is not Action.RETURN)
    if action is Action.SUPERVISE and case.supervision is not None:
        return [_("It is watched already: %(level)s.", level=case_words.supervision(case) or "")]
    if action is Action.SELF_RESOLVE:
        return [_("One in ten of these is checked by somebody else afterwards.")]
    return []


def open_form(found: list[Act], name: str, errors: dict[str, str], values: dict[str, Any]) -> None:
    """Open the form that was sent and could not be taken, with what was typed."""
    for act in found:
        if act.name == name:
            act.open, act.errors, act.values = True, errors, values
