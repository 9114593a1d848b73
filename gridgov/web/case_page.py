"""The case as the people who work on it see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.errors import InvalidTransition
from gridgov.domain.questions import LINKS, Answer, Question
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Placement
from gridgov.domain.workflow import Action, CaseState, allowed
from gridgov.services import deadlines, dispatch, standing
from gridgov.services.reference import Reference, UnitName
from gridgov.storage import history, people, photos, reports
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.photos import AFTER, Photo
from gridgov.storage.reports import Report
from gridgov.web import cards, case_map, case_reports, routing_words, words
from gridgov.web.i18n import pick
from gridgov.web.receipts import title_of

# What is most usually done first; the first one that is allowed is the filled button.
ORDER = (
    Action.SIGN,
    Action.RESOLVE,
    Action.CHECK_PASS,
    Action.DISPATCH,
    Action.SEND_BACK,
    Action.PASS_UP,
    Action.RETURN,
    Action.REJECT,
    Action.TRANSFER,
)


def context(
    session: Session, case: Case, actor: Actor, reference: Reference, *, now: datetime
) -> dict[str, Any]:
    """Return everything the case page shows to this person."""
    return {
        "case": _case(session, case, actor, reference, now),
        "map": case_map.of_case(case, reference),
        "timeline": _timeline(session, case, reference, now),
        "actions": _actions(session, case, actor, reference, now),
        "notice": None,
        "back_url": url_for("staff.start"),
    }


def _case(
    session: Session, case: Case, actor: Actor, reference: Reference, now: datetime
) -> dict[str, Any]:
    category = reference.category(case.category_code)
    pictures = photos.of_case(session, case.id)
    told = reports.of_case(session, case.id)
    lamp = cards.lamp_json(case, reference, now) if case.is_open else None
    word = str(words.STATE_WORDS[CaseState(case.state)])
    return {
        "id": case.id,
        "number": case.number,
        "version": case.history_seq,
        "title": title_of(case, reference),
        "state_word": word,
        "lamp": lamp or {"colour": "grey", "words": word},
        "time_left": cards.left_words(case, reference, now) if case.is_open else None,
        "due_text": cards.due_words(case, reference, now) if case.is_open else "",
        "quotes": case_reports.quotes(told, reference, now),
        "why": why(case, reference),
        "photos_before": [_photo(p, now, reference) for p in pictures if p.purpose != AFTER],
        "photos_after": [_photo(p, now, reference) for p in pictures if p.purpose == AFTER],
        "facts": _facts(session, case, told, reference, now)
        + _answers(session, case, reference)
        + case_reports.sent_together(session, case, told, actor),
        "needs_after_photo": category.after_photo,
        "navigate_url": None if case.lon is None else f"geo:{case.lat},{case.lon}",
        "distance": None,
    }


def why(case: Case, reference: Reference) -> str:
    """Return in one sentence how the case came to lie here."""
    return routing_words.sentence(reference, Placement.from_record(case.routing))


def _photo(photo: Photo, now: datetime, reference: Reference) -> dict[str, Any]:
    word = _("After") if photo.purpose == AFTER else _("Before")
    return {
        "url": url_for("work.photo", photo_id=photo.id, size="thumb"),
        "full": url_for("work.photo", photo_id=photo.id, size="full"),
        "alt": word,
        "caption": f"{word} {words.clock(photo.added_at, now, reference.zone)}",
    }


def _facts(
    session: Session, case: Case, told: Sequence[Report], reference: Reference, now: datetime
) -> list[dict[str, str]]:
    category = reference.category(case.category_code)
    facts = [
        {"name": _("State"), "value": str(words.STATE_WORDS[CaseState(case.state)])},
        {"name": _("Place"), "value": case_reports.place(case, told, reference)},
        {"name": _("With"), "value": _holder(session, case, reference)},
        {
            "name": _("Limit"),
            "value": words.limit_words(category.handle_limit.amount, category.handle_limit.unit),
        },
    ]
    if case.due_provisional:
        facts.append({"name": _("Note"), "value": _("The limit rests on a provisional calendar")})
    if case.rework_count:
        facts.append({"name": _("Rework"), "value": str(case.rework_count)})
    return facts


def _answers(session: Session, case: Case, reference: Reference) -> list[dict[str, str]]:
    """Return what the questions of the class were answered, report by report."""
    questions = {one.code: one for one in reference.category(case.category_code).questions}
    facts = []
    for report in reports.of_case(session, case.id):
        for code, answer in (report.answers or {}).items():
            question = questions.get(code)
            name = pick(question.description, question.description_en) if question else code
            if code == LINKS:
                name = _("Pictures elsewhere")
            facts.append({"name": name, "value": _answer(question, answer)})
    return facts


def _answer(question: Question | None, answer: Answer) -> str:
    names = {one.key: pick(one.name, one.name_en) for one in question.values} if question else {}
    many = [answer] if isinstance(answer, str) else answer
    return words.joined(*(names.get(one, one) for one in many))


def _holder(session: Session, case: Case, reference: Reference) -> str:
    unit = reference.units.get(case.unit_code or "")
    if case.assignee_id is not None:
        return people.names(session, {case.assignee_id}).get(case.assignee_id, "")
    return pick(unit.name, unit.name_en) if unit else _("nobody yet")


def _timeline(
    session: Session, case: Case, reference: Reference, now: datetime
) -> list[dict[str, Any]]:
    entries = history.of_case(session, case.id)
    names = people.names(session, {e.by_person_id for e in entries if e.by_person_id})
    lines = [_line(entry, names, reference, now) for entry in reversed(entries)]
    if case.is_open and now < case.limit_at < NO_LIMIT:
        coming = {
            "at": words.clock(case.limit_at, now, reference.zone),
            "words": _("Limit to sign") if deadlines.to_sign(case) else _("Limit to handle"),
            "coming": True,
        }
        lines.insert(0, coming)
    return lines


def _line(
    entry: CaseEntry, names: dict[Any, str], reference: Reference, now: datetime
) -> dict[str, Any]:
    who = names.get(entry.by_person_id) or str(words.ROLE_WORDS.get(entry.by_role, entry.by_role))
    action = Action(entry.action)
    # The feed calls it received; here it is the resident who speaks.
    said = _("Reported") if action is Action.SUBMIT else str(words.ACTION_WORDS[action])
    reason = words.REASON_WORDS.get(entry.reason or "")
    unit = reference.units.get(entry.data.get("unit") or entry.data.get("checker_unit") or "")
    note = [str(reason) if reason else "", _entry_words(entry, action)]
    if unit is not None:
        note.insert(0, _("to %(unit)s", unit=pick(unit.name, unit.name_en)))
    if "external_id" in entry.data:
        told = {"source": entry.data["source"], "number": entry.data["external_id"]}
        note.append(_("taken over from %(source)s, number there %(number)s", **told))
    return {
        "at": words.clock(entry.at, now, reference.zone),
        "words": _("%(who)s: %(said)s", who=who, said=said),
        "note": words.joined(*note) or None,
    }


def _entry_words(entry: CaseEntry, action: Action) -> str:
    """Return the words of a line; what a resident adds is read as the report is."""
    text = entry.text or ""
    return str(case_reports.folded(text)["text"]) if action is Action.ADD else text


def _actions(
    session: Session, case: Case, actor: Actor, reference: Reference, now: datetime
) -> list[dict[str, Any]]:
    """Return what the person may do now; the first is the filled button."""
    may = set(allowed(CaseState(case.state), standing.relations(session, case, actor)))
    found: list[dict[str, Any]] = []
    for action in ORDER:
        if action not in may:
            continue
        entry: dict[str, Any] = {
            "name": str(action),
            "url": url_for("work.act", case_id=case.id, action=str(action)),
            "primary": not found,
            "open": False,
        }
        if action is Action.DISPATCH:
            entry |= _targets(session, case, reference, now)
        if action is Action.PASS_UP:
            above = _above(case, reference)
            if above is None:
                continue
            entry["to_words"] = pick(above.name, above.name_en)
        found.append(entry)
    return found


def _above(case: Case, reference: Reference) -> UnitName | None:
    """Return the unit one level up, None at the top."""
    category = reference.category(case.category_code)
    try:
        _level, above = dispatch.level_above(case, category, reference)
    except InvalidTransition:
        return None
    return reference.units.get(above.unit_code or "")


def _targets(session: Session, case: Case, reference: Reference, now: datetime) -> dict[str, Any]:
    """Return who a dispatcher may choose: the grid's worker, units of the path, departments."""
    path = set(case.duty_path())
    units = [
        {"value": f"unit:{unit.code}", "words": pick(unit.name, unit.name_en)}
        for unit in reference.units.values()
        if unit.area_code in path and dispatch.may_have(case, reference, unit.code)
    ]
    today = reference.local_day(now)
    duties = (
        people.on_duty(session, case.district_code, case.home_grid, today)
        if case.home_grid and not case.confidential
        else []
    )
    names = people.names(session, {duty.person_id for duty in duties[:1]})
    lead = [
        {"value": "lead", "words": _("%(name)s, grid worker", name=name)} for name in names.values()
    ]
    return {"units": units, "people": lead}
