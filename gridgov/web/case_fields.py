"""The fields of a form with what can be chosen in them: people, units, tasks, moments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.approvals import (
    MAX_SUSPENSION,
    TOWN_SUSPENSION,
    desk_level,
    extension_reach,
)
from gridgov.domain.catalogue import Category, Level
from gridgov.domain.datum import Datum
from gridgov.domain.errors import InvalidTransition
from gridgov.domain.roles import Actor
from gridgov.domain.stages import Stage
from gridgov.domain.supervision import Supervision
from gridgov.domain.workflow import REASONS, Action
from gridgov.services import deadlines, dispatch, replies, standing, steps
from gridgov.services.effects_work import latest_assistance, usual_assistance
from gridgov.services.reference import Reference, UnitName
from gridgov.storage import applications, cases, history, people
from gridgov.storage.applications import Application
from gridgov.storage.cases import ASSIST, Case, Task
from gridgov.storage.history import CaseEntry
from gridgov.web import case_neighbours, roster_words, words
from gridgov.web.case_form_model import Field, Form, Kind
from gridgov.web.case_forms import FORMS
from gridgov.web.i18n import pick

Options = list[dict[str, str]]
# What the maps people read coordinates from call theirs.
DATUMS = {
    Datum.WGS84: "WGS-84 (GPS)",
    Datum.GCJ02: "GCJ-02 (AMap, Tencent)",
    Datum.BD09: "BD-09 (Baidu)",
    Datum.CGCS2000: "CGCS2000",
}
# What is written here the public reads: the response texts are offered.
READ_BY_PUBLIC = frozenset({Action.REPLY, Action.REJECT, Action.RESOLVE, Action.ASK_INFO})
BY_RULE = frozenset({"overdue", "far_overdue"})  # reasons only the timetable gives


@dataclass
class Look:
    """A case as one person looks at it now, with what the page asks more than once."""

    session: Session
    case: Case
    actor: Actor
    reference: Reference
    now: datetime
    on_paper: bool = False  # where a moment must still be clear years later

    @cached_property
    def category(self) -> Category:
        """Return the class of the case."""
        return self.reference.category_of(self.case)

    @cached_property
    def entries(self) -> Sequence[CaseEntry]:
        """Return the history, oldest first."""
        return history.of_case(self.session, self.case.id)

    @cached_property
    def tasks(self) -> list[Task]:
        """Return all tasks, oldest first."""
        return cases.tasks_of(self.session, self.case.id)

    @cached_property
    def open_tasks(self) -> list[Task]:
        """Return the tasks that have not ended."""
        return [task for task in self.tasks if task.ended_at is None]

    @cached_property
    def asked(self) -> Application | None:
        """Return what was applied for and waits for a decision."""
        return applications.pending(self.session, self.case)

    @cached_property
    def colleagues(self) -> dict[UUID, str]:
        """Return who works for the unit that has the case."""
        return people.of_unit(self.session, self.case.district_code, self.case.unit_code)

    @cached_property
    def names(self) -> dict[UUID, str]:
        """Return the names of everybody the case knows."""
        who = {entry.by_person_id for entry in self.entries}
        who |= {task.person_id for task in self.tasks} | {self.case.assignee_id}
        who |= {UUID(p) for e in self.entries if (p := e.data.get("person"))}
        who |= {one for e in self.entries for one in roster_words.people_of(e)}
        return people.names(self.session, {one for one in who if one is not None})

    @cached_property
    def next_door(self) -> dict[str, Any] | None:
        """Return the grids it can be handed to, None where there is none."""
        return case_neighbours.form(self.session, self.case, self.actor, self.reference, self.now)

    def clock(self, moment: datetime) -> str:
        """Return a moment as people of the district say it."""
        if self.on_paper:
            return f"{moment.astimezone(self.reference.zone):%Y-%m-%d %H:%M}"
        return words.clock(moment, self.now, self.reference.zone)


@dataclass(slots=True)
class FieldView:
    """A field as the template shows it; of a spot, `least` and `most` are lon and lat now."""

    kind: Kind
    label: str
    hint: str = ""
    optional: bool = False
    either: bool = False
    options: Options = field(default_factory=list)
    groups: list[tuple[str, Options]] = field(default_factory=list)
    least: str = ""
    most: str = ""
    value: str = ""


def of(look: Look, action: Action, form: Form | None = None) -> list[FieldView]:
    """Return the fields of an action's form, with their choices; `form` is the usual one."""
    fields = (form or FORMS[action]).fields
    return [_view(look, action, one) for one in fields if _fits(look, action, one)]


def _fits(look: Look, action: Action, one: Field) -> bool:
    """Tell whether a field can be filled in: no moment lies before a limit that has passed.

    Who is called in then has a limit of their own.
    Steps are there where the class has some and the case is in hand with who looks.
    """
    if one.kind is Kind.STEP:
        return bool(steps.open_of(look.case)) and steps.may_end(look.case, look.actor)
    late = look.now >= look.case.due_at and action is not Action.CALL_IN
    return not (one.optional and one.kind is Kind.MOMENT and late)


def _view(look: Look, action: Action, one: Field) -> FieldView:
    view = FieldView(one.kind, str(one.label), str(one.hint), one.optional, one.either)
    fill = FILL.get(one.kind)
    if fill is not None:
        fill(look, action, view)
    return view


# Words, reasons, levels, photos ----------------------------------------------------------


def _texts(look: Look, action: Action, view: FieldView) -> None:
    """Offer the district's response texts where the public reads the words."""
    offer_texts(look.reference, [look.case], action, view)


def offer_texts(
    reference: Reference, chosen: Sequence[Case], action: Action, view: FieldView
) -> None:
    """Offer the response texts that fit all of some cases, where the public reads the words."""
    if action in READ_BY_PUBLIC and view.kind is Kind.TEXT:
        fitting = replies.common_texts(reference, [case.category_code for case in chosen])
        view.options = [
            {
                "value": pick(one.text, one.text_en or one.text),
                "words": pick(one.title, one.title_en or one.title),
            }
            for one in fitting
        ]


def _reasons(_look: Look, action: Action, view: FieldView) -> None:
    codes = [code for code in REASONS[action] if code not in BY_RULE]
    view.options = [{"value": code, "words": str(words.REASON_WORDS[code])} for code in codes]


def _levels(look: Look, _action: Action, view: FieldView) -> None:
    rising = list(Supervision)
    now = look.case.supervision
    above = rising if now is None else rising[rising.index(Supervision(now)) + 1 :]
    view.options = [
        {"value": str(level), "words": str(words.SUPERVISION_WORDS[str(level)])} for level in above
    ]


def _photo(look: Look, action: Action, view: FieldView) -> None:
    if action is Action.RESOLVE:
        view.optional = not look.category.after_photo


# Who -------------------------------------------------------------------------------------


def _targets(look: Look, action: Action, view: FieldView) -> None:
    if action is Action.NAME_PERSON:
        view.options = [
            {"value": f"person:{person_id}", "words": name}
            for person_id, name in look.colleagues.items()
        ]
        return
    if action is Action.HAND_NEIGHBOUR:
        return  # look.next_door says who is there, and more than a list can show
    units = _units(look, action)
    lead = [] if action is Action.RETURN else _lead(look)
    view.groups = [
        (words_, options)
        for words_, options in ((_("Units"), units), (_("People"), lead))
        if options
    ]
    if action in (Action.DISPATCH, Action.RULE):
        view.value = _known(proposal(look) or "", [*units, *lead])
    if action is Action.RETURN and look.category.unit_code:
        view.value = _known(f"unit:{look.category.unit_code}", units)


def _known(value: str, options: Options) -> str:
    return value if any(one["value"] == value for one in options) else ""


def _units(look: Look, action: Action) -> Options:
    """Return the units of the path and the departments for which somebody works.

    Who takes part already is left out.
    """
    case, reference = look.case, look.reference
    path = set(case.duty_path())
    part: set[str | None] = set()
    if action is Action.CALL_IN:
        part = {case.unit_code, *(task.unit_code for task in look.open_tasks)}
    if action is Action.RETURN:
        part = {case.unit_code}
    return [
        {"value": f"unit:{unit.code}", "words": pick(unit.name, unit.name_en)}
        for unit in reference.units.values()
        if unit.area_code in path
        and unit.code not in part
        and dispatch.may_have(case, reference, unit.code)
        and dispatch.can_act(look.session, case, reference, unit.code)
    ]


def _lead(look: Look) -> Options:
    """Return the worker who has the duty for the grid today."""
    case = look.case
    if not case.home_grid or case.confidential:
        return []
    duties = dispatch.duties_of(look.session, look.reference, look.now).on_duty(case.home_grid)
    names = people.names(look.session, {duty.person_id for duty in duties[:1]})
    return [
        {"value": "lead", "words": _("%(name)s, grid worker", name=name)} for name in names.values()
    ]


def proposal(look: Look) -> str | None:
    """Return whom the last one to return the case proposed, as the value of a choice."""
    if not look.case.return_count:
        return None
    for entry in reversed(look.entries):
        if entry.action == "return":
            proposed: str | None = entry.data.get("proposed")
            return proposed
    return None


def above(look: Look) -> UnitName | None:
    """Return the unit one level up, None at the top."""
    try:
        _level, found = dispatch.level_above(look.session, look.case, look.reference)
    except InvalidTransition:
        return None
    return look.reference.units.get(found.unit_code or "")


def holder(look: Look, task: Task) -> str:
    """Return to whom a task was given: the unit, with the person who was named."""
    unit = look.reference.units.get(task.unit_code or "")
    name = look.names.get(task.person_id) if task.person_id is not None else None
    parts = [pick(unit.name, unit.name_en) if unit else None, name]
    return " · ".join(part for part in parts if part) or _("nobody yet")


def tasks_for(look: Look, action: Action) -> list[Task]:
    """Return the open assisting tasks a person may finish, or waive."""
    assisting = [task for task in look.open_tasks if task.kind == ASSIST]
    if action is Action.WAIVE_TASK:
        return assisting
    return [task for task in assisting if standing.holds(task, look.actor)]


def _task(look: Look, action: Action, view: FieldView) -> None:
    found = tasks_for(look, action)
    view.options = [{"value": str(task.id), "words": holder(look, task)} for task in found]
    if len(found) == 1:
        view.value = str(found[0].id)


def _steps(look: Look, _action: Action, view: FieldView) -> None:
    view.options = [
        {
            "value": str(number),
            "words": _("%(step)s by %(at)s", step=words.step(one.name), at=look.clock(one.due_at)),
        }
        for number, one in steps.open_of(look.case).items()
    ]


# When ------------------------------------------------------------------------------------


def _moment(look: Look, action: Action, view: FieldView) -> None:
    case = look.case
    usual = usual_assistance(case, look.reference, look.now)
    if action is Action.CALL_IN and usual != case.due_at:
        latest = latest_assistance(case, look.reference, look.now)
        view.least, view.most = _local(look, look.now), _local(look, latest)
        view.hint = _("Where nothing is chosen: by %(due)s.", due=look.clock(usual))
        return
    if action is not Action.ASK_EXTENSION:
        view.least, view.most = _local(look, look.now), _local(look, case.due_at)
        view.hint = _("At the latest %(due)s, when the limit ends.", due=look.clock(case.due_at))
        return
    limit = deadlines.limit(case, look.category, Stage.HANDLE, look.reference)
    latest, half = extension_reach(case.handle_since, limit, look.reference.calendar)
    own = desk_level(Level(case.level))
    view.least, view.most = _local(look, case.due_at), _local(look, latest)
    said = {"due": look.clock(case.due_at), "latest": look.clock(latest)}
    view.hint = _("The limit ends %(due)s; at the latest %(latest)s is possible.", **said)
    levels = {
        "own": str(words.LEVEL_WORDS[str(own)]),
        "above": str(words.LEVEL_WORDS[str(own.above())]),
    }
    if case.extension_count == 0 and own is own.above():
        more = _("The %(level)s decides.", level=levels["own"])
    elif case.extension_count == 0:
        more = _(
            "Up to %(half)s the desk of the %(own)s decides, beyond that the %(above)s.",
            half=look.clock(half),
            **levels,
        )
    else:
        more = _("It is the second time: the %(above)s decides.", **levels)
    view.hint += pick("", " ") + more


def _day(look: Look, _action: Action, view: FieldView) -> None:
    today = look.reference.local_day(look.now)
    view.least = (today + timedelta(days=1)).isoformat()
    view.most = (today + MAX_SUSPENSION).isoformat()
    view.hint = _(
        "Within %(most)s days; beyond %(town)s the district decides. The clock stands until then.",
        most=MAX_SUSPENSION.days,
        town=TOWN_SUSPENSION.days,
    )


def _local(look: Look, moment: datetime) -> str:
    return f"{moment.astimezone(look.reference.zone):%Y-%m-%dT%H:%M}"


def _spot(look: Look, _action: Action, view: FieldView) -> None:
    case = look.case
    if case.lon is not None and case.lat is not None:
        view.least, view.most = f"{case.lon:.6f}", f"{case.lat:.6f}"
    view.options = [{"value": str(one), "words": words_} for one, words_ in DATUMS.items()]


Fill = Callable[[Look, Action, FieldView], None]
FILL: Mapping[Kind, Fill] = {
    Kind.TEXT: _texts,
    Kind.REASON: _reasons,
    Kind.TARGET: _targets,
    Kind.TASK: _task,
    Kind.STEP: _steps,
    Kind.LEVEL: _levels,
    Kind.MOMENT: _moment,
    Kind.DAY: _day,
    Kind.PHOTO: _photo,
    Kind.SPOT: _spot,
}
