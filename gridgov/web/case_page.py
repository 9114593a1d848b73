"""The case as the people who work on it see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.questions import LINKS, Answer, Question
from gridgov.domain.roles import Actor, Role
from gridgov.domain.routing import Placement
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import PAUSED_STATES, Action, CaseState, allowed
from gridgov.services import deadlines, emergencies, standing
from gridgov.services.reference import Reference
from gridgov.storage import history, people, photos, reports
from gridgov.storage.cases import Case
from gridgov.storage.photos import AFTER, BEFORE, PROOF, Photo
from gridgov.storage.reports import Report
from gridgov.web import (
    cards,
    case_acts,
    case_closing,
    case_history,
    case_map,
    case_neighbours,
    case_papers,
    case_reports,
    case_standing,
    case_words,
    coming,
    routing_words,
    words,
)
from gridgov.web.case_fields import Look
from gridgov.web.i18n import pick
from gridgov.web.receipts import title_of


def context(
    session: Session, case: Case, actor: Actor, reference: Reference, *, now: datetime
) -> dict[str, Any]:
    """Return everything the case page shows to this person."""
    look = Look(session, case, actor, reference, now)
    return {
        "case": _case(session, case, actor, reference, now),
        "map": case_map.of_case(case, reference),
        "timeline": case_history.timeline(look),
        "banners": case_standing.banners(look),
        "helpers": case_standing.tasks(look),
        "actions": case_acts.acts(look),
        "papers": papers(look),
        "ways": _ways(look),
        "notice": None,
        "back_url": url_for("staff.start"),
    }


def papers(look: Look) -> list[dict[str, str]]:
    """Return the files this person can have of the case: {url, icon, words}."""
    found = [
        {
            "url": url_for("work.case_pdf_file", case_id=look.case.id),
            "icon": "file",
            "words": _("Print as a PDF file"),
        }
    ]
    relations = standing.relations(look.session, look.case, look.actor)
    if look.case.supervision is not None and relations & case_papers.MAY_ISSUE:
        found.append(
            {
                "url": url_for("work.supervision_order", case_id=look.case.id),
                "icon": "download",
                "words": _("Supervision order (Word)"),
            }
        )
    return found


def _ways(look: Look) -> list[dict[str, str]]:
    """Return the desk's own pages about the case: {url, icon, words}."""
    if not look.actor.has(Role.DISPATCHER):
        return []
    relations = standing.relations(look.session, look.case, look.actor)
    found = []
    if Action.SPLIT in allowed(CaseState(look.case.state), relations):
        url = url_for("desk.split_form", case_id=look.case.id)
        found.append({"url": url, "icon": "split", "words": _("Split into several cases")})
    if any(one.external_id for one in reports.of_case(look.session, look.case.id)):
        url = url_for("desk.answer", case_id=look.case.id)
        found.append({"url": url, "icon": "file", "words": _("Answer for the order")})
    return found


def _case(
    session: Session, case: Case, actor: Actor, reference: Reference, now: datetime
) -> dict[str, Any]:
    category = reference.category_of(case)
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
        "standing": standing_words(session, case, reference) if case.is_open else None,
        "lamp": lamp or {"colour": "grey", "words": word},
        "time_left": cards.left_words(case, reference, now) if case.is_open else None,
        "due_text": cards.due_words(case, reference, now) if _counts(case) else "",
        "quotes": case_reports.quotes(told, reference, now),
        "why": why(case, reference),
        **{
            f"photos_{purpose}": [
                _photo(one, case, now, reference) for one in pictures if one.purpose == purpose
            ]
            for purpose in (BEFORE, AFTER, PROOF)
        },
        "facts": _facts(session, case, told, reference, now)
        + _answers(session, case, reference)
        + case_reports.sent_together(session, case, told, actor),
        "needs_after_photo": category.after_photo,
        "navigate_url": None if case.lon is None else f"geo:{case.lat},{case.lon}",
        "distance": None,
    }


def why(case: Case, reference: Reference) -> str:
    """Return in one sentence how the case came to lie here, and whose it became since."""
    routed = routing_words.sentence(reference, Placement.from_record(case.routing))
    noted = routing_words.remarks(case.routing.get("notes", ()))
    since = case_neighbours.duty_words(case, reference)
    return pick("；", "; ").join(part for part in (routed, *noted, since) if part)


def _photo(photo: Photo, case: Case, now: datetime, reference: Reference) -> dict[str, Any]:
    word = case_words.shows(photo)
    return {
        "url": url_for("work.photo", photo_id=photo.id, size="thumb"),
        "full": url_for("work.photo", photo_id=photo.id, size="full"),
        "alt": word,
        "caption": words.joined(
            f"{word} {words.clock(photo.added_at, now, reference.zone)}",
            case_closing.caption(photo, at_once=case.self_handled),
        ),
    }


def _facts(
    session: Session, case: Case, told: Sequence[Report], reference: Reference, now: datetime
) -> list[dict[str, str]]:
    limit = deadlines.limit(case, reference.category_of(case), Stage.HANDLE, reference)
    facts = [
        {"name": _("State"), "value": str(words.STATE_WORDS[CaseState(case.state)])},
        {"name": _("Place"), "value": case_reports.place(case, told, reference)},
        {"name": _("With"), "value": holder(session, case, reference)},
        {
            "name": _("Limit"),
            "value": words.limit_words(limit.amount, limit.unit),
        },
    ]
    called = emergencies.number_of(case)
    if called is not None:
        facts.append({"name": _("Called first"), "value": called})
    facts += coming.facts(session, case, reference, now)
    if case.due_provisional:
        facts.append({"name": _("Note"), "value": _("The limit rests on a provisional calendar")})
    first = None
    if case.first_due_at is not None:
        first = deadlines.first_promised(history.of_case(session, case.id))
    if first is not None:
        moments = {
            "was": words.clock(first, now, reference.zone),
            "due": words.clock(case.due_at, now, reference.zone),
        }
        facts.append({"name": _("Extended"), "value": _("from %(was)s to %(due)s", **moments)})
    if case.return_count:
        facts.append({"name": _("Times returned"), "value": str(case.return_count)})
    if case.self_handled:
        facts.append({"name": _("Kind"), "value": _("Found and done by the worker")})
    if case.rework_count:
        facts.append({"name": _("Rework"), "value": str(case.rework_count)})
    return facts


def _answers(session: Session, case: Case, reference: Reference) -> list[dict[str, str]]:
    """Return what the questions of the class were answered, report by report."""
    questions = {one.code: one for one in reference.category_of(case).questions}
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


def _counts(case: Case) -> bool:
    """Tell whether the clock of a case runs; where it stands its lamp says so already."""
    return case.is_open and case.state not in PAUSED_STATES


def standing_words(session: Session, case: Case, reference: Reference) -> dict[str, str]:
    """Return how an open case stands and who has it: {state, who}; of a check, who checks."""
    checked = case.state == CaseState.RESOLVED
    return {
        "state": str(words.STATE_WORDS[CaseState(case.state)]),
        "who": (checker if checked else holder)(session, case, reference),
    }


def holder(session: Session, case: Case, reference: Reference) -> str:
    """Return who has a case now: the unit and the person who was named."""
    return _named(session, reference, case.unit_code, case.assignee_id)


def checker(session: Session, case: Case, reference: Reference) -> str:
    """Return who checks a case now: the unit and the person."""
    return _named(session, reference, case.checker_unit_code, case.checker_id)


def _named(
    session: Session, reference: Reference, unit_code: str | None, person_id: UUID | None
) -> str:
    unit = reference.units.get(unit_code or "")
    named = people.names(session, {person_id} if person_id else set())
    parts = [pick(unit.name, unit.name_en) if unit else "", *named.values()]
    return " · ".join(part for part in parts if part) or _("nobody yet")
