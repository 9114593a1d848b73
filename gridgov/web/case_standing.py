"""How a case stands beside its state: what it waits for, who assists, who watches."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from gridgov.domain.deadlines import Lamp, due_at, lamp
from gridgov.domain.roles import Role
from gridgov.domain.scope import may_see
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import CaseState
from gridgov.services import deadlines, standing
from gridgov.storage import cases
from gridgov.storage.cases import ASSIST, VERIFY, Task
from gridgov.web import case_closing, case_emergency, case_words, notice_reasons, words
from gridgov.web.case_fields import Look, holder


def banners(look: Look) -> list[dict[str, Any]]:
    """Return what must be known before anything is done: {icon, kind, title, lines, link?}."""
    found = [one(look) for one in WHAT_FIRST]
    return [banner for banner in found if banner is not None]


def _banner(icon: str, kind: str, title: str, *lines: str) -> dict[str, Any]:
    return {"icon": icon, "kind": kind, "title": title, "lines": [one for one in lines if one]}


def _supervised(look: Look) -> dict[str, Any] | None:
    said = case_words.supervision(look.case)
    if said is None:
        return None
    last = next((one for one in reversed(look.entries) if one.action == "supervise"), None)
    why = "" if last is None else str(words.REASON_WORDS.get(last.reason or "", ""))
    return _banner(
        "eye",
        f"watch-{look.case.supervision}",
        said,
        words.joined(why, "" if last is None else last.text or ""),
        _("Only the %(level)s or a level above can end it.", level=_watching(look))
        if look.case.is_open
        else "",
    )


def _watching(look: Look) -> str:
    return case_words.level(str(standing.watched_at(look.session, look.case)))


def _ruling(look: Look) -> dict[str, Any] | None:
    case = look.case
    if case.ruled and case.is_open:
        return _banner("flag", "info", _("Ruled for good: it cannot be returned again"))
    if not standing.needs_ruling(case):
        return None
    limit = deadlines.limit(case, look.category, Stage.RULING, look.reference)
    until = look.clock(due_at(case.stage_since, limit, look.reference.calendar).at)
    return _banner(
        "flag",
        "wait",
        _(
            "Returned twice: waits for a ruling of the %(level)s",
            level=case_words.ruling_level(case),
        ),
        _("To be ruled by %(until)s.", until=until),
        *case_words.rule_and_proposal(look, told=True),
    )


def _returned(look: Look) -> dict[str, Any] | None:
    """Return who gave the case back, why, and whom they proposed, until it is given on."""
    case = look.case
    if case.state != CaseState.REGISTERED or not case.return_count or standing.needs_ruling(case):
        return None
    last = next((one for one in reversed(look.entries) if one.action == "return"), None)
    if last is None:
        return None
    who = look.names.get(last.by_person_id, "") if last.by_person_id is not None else ""
    why = str(words.REASON_WORDS.get(last.reason or "", ""))
    said = _("“%(text)s”", text=last.text) if last.text else ""
    return _banner(
        "undo",
        "wait",
        _("Returned by %(who)s, %(at)s", who=who, at=look.clock(last.at))
        if who
        else _("Returned, %(at)s", at=look.clock(last.at)),
        words.joined(why, said),
        *case_words.rule_and_proposal(look, told=True),
    )


def _applied(look: Look) -> dict[str, Any] | None:
    asked = look.asked
    if asked is None:
        return None
    title = _("%(what)s was applied for", what=case_words.applied(asked.kind))
    decides = _("The %(level)s decides.", level=case_words.level(asked.level))
    return _banner("clock", "wait", title, *case_words.application(look), decides)


def _paused(look: Look) -> dict[str, Any] | None:
    case = look.case
    if case.state == CaseState.SUSPENDED and case.review_at is not None:
        title = _("Suspended until %(until)s", until=look.clock(case.review_at))
        return _banner("pause", "wait", title, _("On that day it is taken up again by itself."))
    if case.state == CaseState.NEED_INFO:
        asked = next((one for one in reversed(look.entries) if one.action == "ask_info"), None)
        question = "" if asked is None or not asked.text else _("“%(text)s”", text=asked.text)
        return _banner("pause", "wait", _("The reporter was asked; the clock stands"), question)
    return None


def _instructed(look: Look) -> dict[str, Any] | None:
    """Return a leader's last words on it, and the day they want it done by."""
    case = look.case
    last = next((one for one in reversed(look.entries) if one.action == "instruct"), None)
    if last is None or not case.is_open:
        return None
    who = look.names.get(last.by_person_id) if last.by_person_id is not None else None
    wanted = "" if case.target_at is None else look.clock(case.target_at)
    return _banner(
        "edit",
        "info",
        _(
            "%(who)s instructs, %(at)s",
            who=who or str(words.ROLE_WORDS[Role.SUPERVISOR]),
            at=look.clock(last.at),
        ),
        _("“%(text)s”", text=last.text) if last.text else "",
        _("A leader wants it done by %(at)s", at=wanted) if wanted else "",
        _("The limit stays what it is.") if wanted else "",
    )


def _merged(look: Look) -> dict[str, Any] | None:
    if look.case.merged_into_id is None:
        return None
    other = look.session.get(cases.Case, look.case.merged_into_id)
    number = "" if other is None else other.number
    told = _banner("merge", "info", _("Goes on with case %(number)s", number=number))
    if other is not None and may_see(look.actor, cases.scope_of(look.session, other)):
        url = url_for("work.case", case_id=other.id)
        told["link"] = {"url": url, "words": _("Open that case")}
    return told


def _asked_of_me(look: Look) -> dict[str, Any] | None:
    """Return what the person who looks was called in for, or sent to see."""
    mine = [
        task
        for task in look.open_tasks
        if task.kind in (ASSIST, VERIFY) and standing.holds(task, look.actor)
    ]
    if not mine:
        return None
    task = mine[0]
    title = _("You are asked to look") if task.kind == VERIFY else _("You are asked to assist")
    due = "" if task.due_at is None else words.before(task.due_at, look.now, look.reference.zone)
    return _banner("users", "wait", title, _words_for(look, task), due)


def _words_for(look: Look, task: Task) -> str:
    """Return with which words somebody was called in or sent, as a quotation."""
    action = "call_in" if task.kind == ASSIST else "ask_verify"
    for entry in reversed(look.entries):
        of_task = entry.data.get("task") in (None, str(task.id))
        if entry.action == action and of_task:
            return _("“%(text)s”", text=entry.text) if entry.text else ""
    return ""


WHAT_FIRST = (
    case_emergency.banner,
    notice_reasons.banner,
    _supervised,
    _asked_of_me,
    _ruling,
    _returned,
    case_closing.banner,
    _applied,
    _paused,
    _instructed,
    _merged,
)


def tasks(look: Look) -> list[dict[str, Any]]:
    """Return who assists or looks, newest last: {who, asked, lamp, state, due, needed}."""
    return [_task(look, task) for task in look.tasks if task.kind in (ASSIST, VERIFY)]


def _task(look: Look, task: Task) -> dict[str, Any]:
    ended = task.ended_at is not None
    return {
        "who": holder(look, task),
        "kind": _("looks whether it is so") if task.kind == VERIFY else _("assists"),
        "lamp": None if ended or task.due_at is None else _task_lamp(look, task),
        "asked": _words_for(look, task),
        "state": _outcome(task) if ended else None,
        "due": ""
        if ended or task.due_at is None or look.case.paused_at is not None
        else words.before(task.due_at, look.now, look.reference.zone),
        "needed": task.kind == ASSIST and task.required and not ended,
    }


def _task_lamp(look: Look, task: Task) -> dict[str, str]:
    """Return the lamp of a task by its own limit."""
    colour = Lamp.GREY
    if task.due_at is not None and look.case.paused_at is None:
        colour = lamp(
            started_at=task.opened_at,
            due_at=task.due_at,
            now=look.now,
            unit=deadlines.limit(look.case, look.category, Stage.HANDLE, look.reference).unit,
            calendar=look.reference.calendar,
        )
    return {"colour": str(colour), "words": str(words.LAMP_WORDS[colour])}


def _outcome(task: Task) -> str:
    if task.outcome == "done":
        return _("finished")
    return _("waived") if task.outcome == "waived" else _("ended")
