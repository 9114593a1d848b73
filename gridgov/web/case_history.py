"""The history of a case in words, line by line, and what comes next."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from gridgov.domain.approvals import Applied
from gridgov.domain.workflow import Action
from gridgov.storage import cases
from gridgov.storage.history import CaseEntry
from gridgov.web import (
    case_neighbours,
    case_reports,
    case_words,
    coming,
    roster_words,
    words,
)
from gridgov.web.case_fields import Look, holder

NO_TIME = "—"
MOVED = frozenset({Action.RELIEVE, Action.STAND_IN})
# Their own words say who decides.
ASKED = frozenset({Action.ASK_EXTENSION, Action.ASK_SUSPENSION, Action.ASK_VOID, Action.APPEAL})


def timeline(look: Look) -> list[dict[str, Any]]:
    """Return the lines, newest first, with what comes if nobody acts on top."""
    lines = [_line(entry, look) for entry in reversed(look.entries)]
    return coming.entries(look.session, look.case, look.reference, look.now) + lines


def who(entry: CaseEntry, look: Look) -> str:
    """Return who did a line: a name of staff, else the role."""
    name = look.names.get(entry.by_person_id) if entry.by_person_id is not None else None
    return name or str(words.ROLE_WORDS.get(entry.by_role, entry.by_role))


def said(entry: CaseEntry) -> str:
    """Return what a line says was done."""
    action = Action(entry.action)
    # The feed calls it received; here it is the resident who speaks.
    return _("Reported") if action is Action.SUBMIT else str(words.ACTION_WORDS[action])


def _line(entry: CaseEntry, look: Look) -> dict[str, Any]:
    return {
        "at": look.clock(entry.at),
        "words": _("%(who)s: %(said)s", who=who(entry, look), said=said(entry)),
        "note": note(entry, look) or None,
    }


def note(entry: CaseEntry, look: Look) -> str:
    """Return the rest of a line: to whom, until when, why, and what was written."""
    action = Action(entry.action)
    parts = [*_facts(entry, action, look)]
    reason = words.REASON_WORDS.get(entry.reason or "")
    if reason:
        # Why it moved comes before who has it now.
        parts.insert(0 if action in MOVED else len(parts), str(reason))
    parts.append(_entry_words(entry, action))
    if "external_id" in entry.data:
        told = {"source": entry.data["source"], "number": entry.data["external_id"]}
        parts.append(_("taken over from %(source)s, number there %(number)s", **told))
    return words.joined(*parts)


def _entry_words(entry: CaseEntry, action: Action) -> str:
    """Return the words of a line; what a resident adds is read as the report is."""
    text = entry.text or ""
    return str(case_reports.folded(text)["text"]) if action is Action.ADD else text


def _facts(entry: CaseEntry, action: Action, look: Look) -> list[str]:
    """Return what the data of a line says, in phrases."""
    found = []
    code = entry.data.get("unit") or entry.data.get("checker_unit") or ""
    unit = look.reference.units.get(code)
    if unit is not None:
        found.append(_("to %(unit)s", unit=case_words.unit(unit)))
    found.append(case_neighbours.told(entry, look.names, look.reference))
    tell = FACTS.get(action)
    if tell is not None:
        found += [phrase for phrase in tell(entry.data, look) if phrase]
    if "decides" in entry.data and action not in ASKED:
        # It went up with what was applied for.
        what = case_words.applied(Applied.EXTENSION)
        level = case_words.level(entry.data["decides"])
        found.append(words.joined(what, _("the %(level)s decides", level=level)))
    if "lapsed" in entry.data:
        what = case_words.applied(entry.data["lapsed"])
        found.append(_("%(what)s needs no decision any more", what=what))
    found.append(roster_words.because(entry, look.names, look.now, look.reference))
    return found


Data = Mapping[str, Any]


def _at(data: Data, key: str, look: Look) -> str:
    moment = data.get(key)
    return NO_TIME if not moment else look.clock(datetime.fromisoformat(moment))


def _extension_asked(data: Data, look: Look) -> list[str]:
    told = {"until": _at(data, "until", look), "level": case_words.level(data["decides"])}
    return [_("until %(until)s, the %(level)s decides", **told)]


def _extended(data: Data, look: Look) -> list[str]:
    told = {"was": _at(data, "due_was", look), "due": _at(data, "due", look)}
    return [_("the limit moves from %(was)s to %(due)s", **told)]


def _suspension_asked(data: Data, look: Look) -> list[str]:
    told = {"until": _at(data, "until", look), "level": case_words.level(data["decides"])}
    return [_("review on %(until)s, the %(level)s decides", **told)]


def _suspended(data: Data, look: Look) -> list[str]:
    return [_("review on %(until)s", until=_at(data, "review", look))]


def _void_asked(data: Data, _look: Look) -> list[str]:
    return [_("the %(level)s decides", level=case_words.level(data["decides"]))]


def _returned(data: Data, look: Look) -> list[str]:
    proposed = data.get("proposed")
    if not proposed:
        return []
    return [_("proposed: %(unit)s", unit=case_words.target(proposed, look.reference))]


def _ruled(data: Data, look: Look) -> list[str]:
    return [_named(data, look), _("final")]


def _called(data: Data, look: Look) -> list[str]:
    needed = _("must be done first") if data.get("required") else _("need not be waited for")
    return [_named(data, look), _("until %(until)s", until=_at(data, "until", look)), needed]


def _of_task(data: Data, look: Look) -> list[str]:
    return [holder(look, task) for task in look.tasks if str(task.id) == data.get("task")]


def _named(data: Data, look: Look) -> str:
    person = data.get("person")
    return look.names.get(UUID(person), "") if person else ""


def _person(data: Data, look: Look) -> list[str]:
    return [_named(data, look)]


def _relieved(data: Data, look: Look) -> list[str]:
    """Return from whom to whom it went; the reason says the taker's name where it can."""
    was = look.names.get(UUID(data["from"]), "") if data.get("from") else ""
    to = "" if "because" in data else _named(data, look)
    return [_("from %(name)s", name=was) if was else "", _("to %(unit)s", unit=to) if to else ""]


def _instructed(data: Data, look: Look) -> list[str]:
    return [_("target %(until)s", until=_at(data, "target", look))] if "target" in data else []


def _step_done(data: Data, _look: Look) -> list[str]:
    if "step" not in data:
        return []
    step = words.step(data["name"])
    if data["on_time"]:
        return [_("step done: %(step)s", step=step)]
    return [_("step done late: %(step)s", step=step)]


def _watched(data: Data, look: Look) -> list[str]:
    """Return how closely it is watched, and of which case the reporter complains again."""
    level = data.get("supervision")
    found = [str(words.SUPERVISION_WORDS[level])] if level else []
    earlier = _other_case("earlier")(data, look)
    return found + [_("closed before: %(case)s", case=number) for number in earlier]


def _self_done(data: Data, _look: Look) -> list[str]:
    return [_("drawn for a spot check")] if data.get("spot_check") else []


def _handed_out(data: Data, _look: Look) -> list[str]:
    return [_("with a photo of the stamped paper")] if data.get("photos") else []


def _registered(data: Data, _look: Look) -> list[str]:
    return [_("facts of the emergency registered")] if data.get("recorded") else []


def _noted(data: Data, look: Look) -> list[str]:
    return _registered(data, look) + _step_done(data, look)


def _joined(data: Data, _look: Look) -> list[str]:
    """Return that the report made the case an emergency (services/emergencies)."""
    number = data.get("emergency")
    return [_("%(number)s was called: an emergency from now on", number=number)] if number else []


def _other_case(key: str) -> Callable[[Data, Look], list[str]]:
    def tell(data: Data, look: Look) -> list[str]:
        other = data.get(key)
        found = None if not other else look.session.get(cases.Case, UUID(other))
        return [] if found is None else [found.number]

    return tell


def _taken_in(data: Data, look: Look) -> list[str]:
    """Return what was merged into it, and whether that made it an emergency."""
    return _other_case("case")(data, look) + _joined(data, look)


FACTS: Mapping[Action, Callable[[Data, Look], list[str]]] = {
    Action.ASK_EXTENSION: _extension_asked,
    Action.GRANT_EXTENSION: _extended,
    Action.ASK_SUSPENSION: _suspension_asked,
    Action.GRANT_SUSPENSION: _suspended,
    Action.ASK_VOID: _void_asked,
    Action.RETURN: _returned,
    Action.RULE: _ruled,
    Action.CALL_IN: _called,
    Action.FINISH_TASK: _of_task,
    Action.WAIVE_TASK: _of_task,
    Action.DISPATCH: _person,
    Action.NAME_PERSON: _person,
    Action.RELIEVE: _relieved,
    Action.STAND_IN: _relieved,
    Action.ASK_VERIFY: _person,
    Action.INSTRUCT: _instructed,
    Action.SUPERVISE: _watched,
    Action.SELF_RESOLVE: _self_done,
    Action.TRANSFER: _handed_out,
    Action.NOTE: _noted,
    Action.JOIN: _joined,
    Action.MERGE: _other_case("into"),
    Action.UNMERGE: _other_case("from"),
    Action.TAKE_IN: _taken_in,
    Action.LET_GO: _other_case("case"),
}
