"""A case as its reporter sees it: six public words, the promise, what was done."""

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat
from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.routing import Rule
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import (
    PUBLIC_STATE,
    TERMINAL_STATES,
    Action,
    CaseState,
    PublicState,
)
from gridgov.gateways import qr
from gridgov.services import deadlines, splitting
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import history, merges, photos
from gridgov.storage.cases import Case
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.photos import AFTER, Photo
from gridgov.storage.reports import Report
from gridgov.web import intake_hints, receipt_acts, receipt_notes, routing_words, words
from gridgov.web.i18n import pick

LINE = (
    PublicState.SUBMITTED,
    PublicState.ACCEPTED,
    PublicState.HANDLING,
    PublicState.CHECKING,
    PublicState.CLOSED,
)


# Why a case that was done is worked on again.
AGAIN = {
    Action.REOPEN: _l("You said it is not solved: somebody goes there again."),
    Action.SPOT_FAIL: _l("A check found that it is not solved: somebody goes there again."),
    Action.GRANT_APPEAL: _l("An appeal was granted: somebody goes there again."),
}
# The answer in one sentence: for some states of their own, else for the public word.
HEADLINES = {
    CaseState.NEED_INFO: _l("We have a question for you"),
    CaseState.VOID: _l("This was taken back or opened in error; nobody works on it"),
    CaseState.TRANSFERRED: _l("Handed over to another office"),
}
# A state that was applied for with a reason of the list.
WITH_REASON = {
    CaseState.SUSPENDED: Action.ASK_SUSPENSION,
    CaseState.VOID: Action.ASK_VOID,
}
HEADLINES_OF = {
    PublicState.SUBMITTED: _l("We have it and are finding who does it"),
    PublicState.ACCEPTED: _l("Accepted, somebody was asked to do it"),
    PublicState.HANDLING: _l("Somebody is working on it"),
    PublicState.CHECKING: _l("Handled; another person checks that it is really fixed"),
    PublicState.REJECTED: _l("This is not taken up"),
}


def public_state(case: Case) -> PublicState:
    """Return the word of six that a resident sees."""
    return PUBLIC_STATE[CaseState(case.state)]


def word_of(case: Case) -> str:
    """Return how a case stands in one word for its reporter.

    One of the six; what was handed over or taken back says so, for nobody turned it down.
    """
    state = CaseState(case.state)
    own = words.STATE_WORDS[state] if state in TERMINAL_STATES else None
    return str(own or words.PUBLIC_WORDS[PUBLIC_STATE[state]])


def title_of(case: Case, reference: Reference) -> str:
    """Return what the case is about and where: 井盖缺失，沧江路."""
    category = reference.category_of(case)
    return words.joined(pick(category.name, category.name_en), place_of(case, reference))


def place_of(case: Case, reference: Reference) -> str:
    """Return the place in the language of the request: the words given, or the area's name."""
    code = case.home_grid or case.village_code or case.town_code
    area = reference.net.find(code)
    if area is not None and case.place == area.name:
        return pick(area.name, area.name_en)
    if code is None and case.place == reference.name:
        name = pick(reference.name, reference.name_en)
        return _("outside %(district)s", district=name) if _is_outside(case, reference) else name
    return case.place


def _is_outside(case: Case, reference: Reference) -> bool:
    """Tell whether the spot lies beyond the district's outline."""
    ours = reference.net.find(reference.district_code)
    if case.lon is None or case.lat is None or ours is None or ours.geometry is None:
        return False
    spot = LonLat(lon=case.lon, lat=case.lat)
    return not reference.net.covering(spot, AreaKind.DISTRICT)


def receipt(session: Session, report: Report, *, now: datetime) -> dict[str, Any]:
    """Return everything the receipt page shows."""
    own = session.get_one(Case, report.case_id)
    case = merges.followed(session, own)
    reference = references.of(session, case.district_code)
    entries = history.of_case(session, case.id)
    told = entries if own.id == case.id else history.of_case(session, own.id)
    state = public_state(case)
    code = show_receipt_code(report.receipt_code)
    address = url_for("resident.receipt", code=code, _external=True)
    return {
        "code": code,
        "number": own.number,
        "goes_on_with": case.number if own.id != case.id else None,
        "qr_svg": Markup(qr.svg(address, title=_("QR code of this page"))),  # noqa: S704
        "title": title_of(own, reference),
        "headline": headline(case, state),
        "summary": summary(case, reference, now),
        "words": report.text,
        "together": _together(session, report, reference, now),
        "advice": intake_hints.advice(report.text or "") if case.is_open else None,
        "states": _line(entries, state, now, reference),
        "rejected": _rejected(case, entries, now, reference),
        "facts": _facts(case, entries, reference, now),
        "photos": _photos(session, case, report, now, reference),
        "notes": receipt_notes.notes(entries, told, report, now, reference),
        "can_rate": case.state == CaseState.CLOSED
        and case.solved is None
        and report.withdrawn_at is None,
        "rated": _rated(case, entries, report),
        "reopened": _reopened(case, entries, report),
        "can_add": state is not PublicState.REJECTED and report.withdrawn_at is None,
        **receipt_acts.acts(case, entries, report, now, reference),
        "version": case.history_seq,
        "form": {},
        "errors": {},
    }


def _together(
    session: Session, report: Report, reference: Reference, now: datetime
) -> list[dict[str, Any]]:
    """Return the other reports that came in the same text, with their receipts."""
    return [
        _other(session, session.get_one(Case, other.case_id), other, reference, now)
        for other in splitting.together(session, report)
        if other.id != report.id
    ]


def _other(
    session: Session, own: Case, other: Report, reference: Reference, now: datetime
) -> dict[str, Any]:
    case = merges.followed(session, own)
    code = show_receipt_code(other.receipt_code)
    return {
        "code": code,
        "url": url_for("resident.receipt", code=code),
        "title": title_of(own, reference),
        "summary": summary(case, reference, now),
    }


def headline(case: Case, state: PublicState) -> str:
    """Return the answer first: how it stands, in one sentence."""
    if state is PublicState.CLOSED:
        return _("Done, please see whether it is fixed") if case.solved is None else _("Done")
    return str(HEADLINES.get(CaseState(case.state)) or HEADLINES_OF[state])


def summary(case: Case, reference: Reference, now: datetime) -> str:
    """Return one line for lists: the word and the promise."""
    word = word_of(case)
    if not case.is_open or case.due_at >= NO_LIMIT or case.paused_at is not None:
        return word
    promise = words.day_clock(case.due_at, now, reference.zone)
    return _("%(word)s · promised by %(when)s", word=word, when=promise)


def _reached(entries: Any) -> dict[PublicState, datetime]:
    """Return when each public state was last entered."""
    found: dict[PublicState, datetime] = {}
    for entry in entries:
        state = PUBLIC_STATE[CaseState(entry.to_state)]
        if entry.from_state != entry.to_state:
            found[state] = entry.at
    return found


def _line(
    entries: Any, state: PublicState, now: datetime, reference: Reference
) -> list[dict[str, Any]]:
    reached = _reached(entries)
    position = LINE.index(state) if state in LINE else -1
    return [
        {
            "word": str(words.PUBLIC_WORDS[one]),
            "at": words.clock(reached[one], now, reference.zone)
            if one in reached and index <= position
            else None,
            "done": index <= position or (position < 0 and one is PublicState.SUBMITTED),
            "current": index == position,
        }
        for index, one in enumerate(LINE)
    ]


def _rejected(case: Case, entries: Any, now: datetime, reference: Reference) -> dict[str, Any]:
    at = _reached(entries).get(PublicState.REJECTED)
    current = public_state(case) is PublicState.REJECTED
    return {
        "word": word_of(case) if current else str(words.PUBLIC_WORDS[PublicState.REJECTED]),
        "at": words.clock(at, now, reference.zone) if at is not None and current else None,
        "current": current,
    }


def _facts(case: Case, entries: Any, reference: Reference, now: datetime) -> list[dict[str, Any]]:
    allowed = deadlines.limit(case, reference.category_of(case), Stage.HANDLE, reference)
    limit = words.limit_of(allowed)
    if public_state(case) is PublicState.REJECTED:
        return [*_why(case, entries), {"name": _("Done by"), "value": _who(case, reference)}]
    facts: list[dict[str, Any]] = [
        {"name": _("Promised"), "value": _promised(case, limit, now, reference)},
        *_why(case, entries),
    ]
    first = deadlines.first_promised(entries)
    if first is not None:
        when = words.day_clock(first, now, reference.zone)
        said = _("by %(when)s; more time was granted since", when=when)
        facts.append({"name": _("First promised"), "value": said})
    if case.closed_at is not None:
        facts.append(
            {"name": _("Really done"), "strong": True, "value": _against(case, now, reference)}
        )
    facts.append({"name": _("Done by"), "value": _who(case, reference)})
    if case.is_open and case.routing["rule"] == Rule.OUTSIDE and case.duty_reason is None:
        facts.insert(0, {"name": _("Place"), "value": routing_words.outside_ours()})
    return facts


def _why(case: Case, entries: Any) -> list[dict[str, Any]]:
    """Return why a case was put aside or voided: the reason of the list it was applied for with."""
    asked = WITH_REASON.get(CaseState(case.state))
    last = next((one for one in reversed(entries) if one.action == asked), None)
    ended = next((one for one in reversed(entries) if one.from_state != one.to_state), None)
    if last is None or last.reason is None or ended is None or ended.action == Action.WITHDRAW:
        return []
    return [{"name": _("Why"), "value": str(words.REASON_WORDS[last.reason])}]


def _promised(case: Case, limit: str, now: datetime, reference: Reference) -> str:
    """Return by when it will be done; while the clock stands, until when it stands."""
    if case.state == CaseState.NEED_INFO:
        return _("The clock stands until you answer")
    if case.state == CaseState.SUSPENDED and case.review_at is not None:
        day = case.review_at.astimezone(reference.zone).date().isoformat()
        return _("It cannot be done now; it is looked at again on %(day)s", day=day)
    if case.due_at >= NO_LIMIT:
        return _("no limit")
    when = words.day_clock(case.due_at, now, reference.zone)
    return _("by %(when)s (limit for this kind: %(limit)s)", when=when, limit=limit)


def _against(case: Case, now: datetime, reference: Reference) -> str:
    if case.closed_at is None:
        raise ValueError("an open case has no closing time")
    when = words.day_clock(case.closed_at, now, reference.zone)
    if case.due_at >= NO_LIMIT:
        return when
    if case.closed_at <= case.due_at:
        return _(
            "%(when)s, %(span)s early", when=when, span=words.elapsed(case.closed_at, case.due_at)
        )
    return _("%(when)s, %(span)s late", when=when, span=words.elapsed(case.due_at, case.closed_at))


def _who(case: Case, reference: Reference) -> list[str]:
    """Return the unit or community that has it: never a person's name or phone."""
    unit = reference.units.get(case.unit_code or "")
    village = reference.net.find(case.village_code)
    lines = []
    if unit is not None:
        lines.append(pick(unit.name, unit.name_en))
    elif case.assignee_id is not None and village is not None:
        lines.append(_("%(place)s, the grid worker", place=pick(village.name, village.name_en)))
    else:
        lines.append(_("%(place)s command centre", place=pick(reference.name, reference.name_en)))
    # What was closed elsewhere was not checked here.
    if case.closed_at is not None and case.resolved_at is not None:
        lines.append(_("Checked on the spot by another person"))
    return lines


def _photos(
    session: Session, case: Case, report: Report, now: datetime, reference: Reference
) -> list[dict[str, Any]]:
    """Return the reporter's own pictures and those taken afterwards, each once."""
    ids = list(dict.fromkeys((report.case_id, case.id)))
    every = [photo for taken in photos.of_cases(session, ids).values() for photo in taken]
    shown = {
        photo.sha256: photo
        for photo in reversed(every)
        if photo.report_id == report.id or (photo.purpose == AFTER and photo.case_id == case.id)
    }
    return [_photo(photo, report, now, reference) for photo in reversed(shown.values())]


def _photo(photo: Photo, report: Report, now: datetime, reference: Reference) -> dict[str, Any]:
    code = show_receipt_code(report.receipt_code)
    word = _("After") if photo.purpose == AFTER else _("Before")
    at = words.clock(photo.added_at, now, reference.zone)
    return {
        "url": url_for("resident.photo", code=code, photo_id=photo.id, size="thumb"),
        "full_url": url_for("resident.photo", code=code, photo_id=photo.id, size="full"),
        "alt": word,
        "caption": f"{word} {at}",
    }


def _rated(case: Case, entries: Any, report: Report) -> dict[str, Any] | None:
    if case.solved is None:
        return None
    last = next((one for one in reversed(entries) if one.action == Action.RATE), None)
    own = last is None or last.data.get("report") == str(report.id)
    word = words.SATISFACTION_WORDS.get(case.satisfaction or "")
    solved = _("solved") if case.solved else _("not solved")
    answer = words.joined(solved, str(word or ""))
    said = _("You said: %(words)s", words=answer)
    if not own:
        said = _("Somebody who reported it said: %(words)s", words=answer)
    return {"solved": case.solved, "own": own, "words": said}


def _reopened(case: Case, entries: Any, report: Report) -> str | None:
    """Return why a case that was done is worked on again: who said that it is not solved."""
    if not case.reopen_count or not case.is_open:
        return None
    again = [one for one in entries if one.action in AGAIN and one.from_state == CaseState.CLOSED]
    if not again:
        return None
    last = again[-1]
    if last.action == Action.REOPEN and last.data.get("report") != str(report.id):
        return _("Somebody who reported it said it is not solved: somebody goes there again.")
    return str(AGAIN[Action(last.action)])
