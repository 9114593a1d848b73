"""Cases as staff lists show them."""

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from gridgov.domain.deadlines import NO_LIMIT, Lamp, Remaining, remaining
from gridgov.services import deadlines
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.photos import BEFORE, Photo
from gridgov.web import case_marks, words
from gridgov.web.i18n import pick
from gridgov.web.receipts import place_of


def lamp_json(case: Case, reference: Reference, now: datetime) -> dict[str, Any]:
    """Return colour and word of an open case's lamp, with the time over when it is red."""
    category = reference.category_of(case)
    colour = deadlines.lamp_of(case, category, reference, now)
    word = str(words.LAMP_WORDS[colour])
    if colour is Lamp.RED:
        # Late is late at night too: what is over is said in the time everybody counts.
        word = _("Overdue by %(span)s", span=words.elapsed(case.limit_at, now))
    return {"colour": str(colour), "words": word}


def left(case: Case, reference: Reference, now: datetime) -> Remaining:
    """Return what is left of the limit that runs now."""
    category = reference.category_of(case)
    unit = deadlines.running_unit(case, category, reference)
    return remaining(case.limit_at, now, unit, reference.calendar)


def left_words(case: Case, reference: Reference, now: datetime) -> str | None:
    """Return what is left in words; None over, and where there is no limit.

    Days of work are said where a day is more than the clock.
    """
    if case.limit_at >= NO_LIMIT:
        return None
    rest = left(case, reference, now)
    if rest.overdue:
        return None
    a_day = reference.calendar.minutes_a_day
    if rest.unit.working and rest.minutes >= 1.5 * a_day:
        return words.working_days(f"{rest.minutes / a_day:.0f}")
    # Over a night, a holiday or noon the clock says more hours than there are to work.
    by_the_clock = (case.limit_at - now).total_seconds() / 60
    if rest.unit.working and by_the_clock > rest.minutes + 1:
        return words.working_hours(f"{rest.minutes / 60:.1f}".removesuffix(".0"))
    return words.span(rest.minutes)


def due_words(case: Case, reference: Reference, now: datetime) -> str:
    """Return until when: 14:41 前; 应 09:59 前 for what is late, that it stands while it does."""
    if deadlines.is_paused(case):
        return str(words.LAMP_WORDS[Lamp.GREY])
    text = words.before(case.limit_at, now, reference.zone)
    return _("was due %(text)s", text=text) if case.limit_at < now else text


def title_of(case: Case, reference: Reference) -> str:
    """Return the name of the case's class."""
    category = reference.category_of(case)
    return pick(category.name, category.name_en)


def thumb_url(pictures: list[Photo]) -> str | None:
    """Return the address of the first picture from before."""
    for picture in pictures:
        if picture.purpose == BEFORE:
            return url_for("work.photo", photo_id=picture.id, size="thumb")
    return None


def work_card(
    case: Case,
    pictures: list[Photo],
    channel: str,
    reference: Reference,
    now: datetime,
    named: str | None = None,
) -> dict[str, Any]:
    """Return a case as a card of the worker's list; `named`: who of a unit has it in hand."""
    lamp = lamp_json(case, reference, now) if case.is_open else None
    overdue = lamp is not None and lamp["colour"] == str(Lamp.RED)
    closed = case.closed_at or case.resolved_at
    done = _("done %(at)s", at=words.clock(closed, now, reference.zone)) if closed else ""
    return {
        "id": case.id,
        "url": url_for("work.case", case_id=case.id),
        "lamp": lamp or {"colour": "grey", "words": str(words.STATE_WORDS[_state(case)])},
        "time_left": left_words(case, reference, now) if case.is_open else None,
        "due_text": due_words(case, reference, now) if case.is_open else done,
        "title": title_of(case, reference),
        "place": place_of(case, reference),
        "distance": None,
        "source": str(words.CHANNEL_WORDS.get(channel, channel)),
        "source_icon": "user",
        "report_count": case.report_count,
        "thumb_url": thumb_url(pictures),
        "overdue": overdue,
        "marks": case_marks.of_row(case, reference, now),
        "named": named,
    }


def _state(case: Case) -> Any:
    return next(state for state in words.STATE_WORDS if state == case.state)


def desk_row(case: Case, channel: str, reference: Reference, now: datetime) -> dict[str, Any]:
    """Return a case as a row of the dispatcher's queue; a closed one has no time left or over."""
    unit = reference.units.get(case.unit_code or "")
    return {
        "id": case.id,
        "url": url_for("work.case", case_id=case.id),
        "lamp": _row_lamp(case, reference, now),
        "left": _row_left(case, reference, now) if case.is_open else None,
        "title": title_of(case, reference),
        "place": place_of(case, reference),
        "source": str(words.CHANNEL_WORDS.get(channel, channel)),
        "report_count": case.report_count,
        "received": words.clock(case.received_at, now, reference.zone),
        "marks": case_marks.of_row(case, reference, now),
        "chosen_unit": pick(unit.name, unit.name_en) if unit else None,
    }


def _row_lamp(case: Case, reference: Reference, now: datetime) -> dict[str, str]:
    """Return the lamp of a row: its word alone, the time stands beside it; closed: the state."""
    if not case.is_open:
        return {"colour": str(Lamp.GREY), "words": str(words.STATE_WORDS[_state(case)])}
    colour = deadlines.lamp_of(case, reference.category_of(case), reference, now)
    return {"colour": str(colour), "words": str(words.LAMP_WORDS[colour])}


def _row_left(case: Case, reference: Reference, now: datetime) -> str | None:
    if left(case, reference, now).overdue:
        return f"−{words.elapsed(case.limit_at, now)}"
    return _left_or_not(case, reference, now)


def _left_or_not(case: Case, reference: Reference, now: datetime) -> str | None:
    """Return what is left in words, None while the clock stands."""
    if deadlines.is_paused(case):
        return None
    return left_words(case, reference, now) or _("no limit")


def behind_row(case: Case, reference: Reference, now: datetime) -> dict[str, Any]:
    """Return a case as a row of the list behind a figure."""
    unit = reference.units.get(case.unit_code or "")
    village = reference.net.find(case.village_code)
    closed = case.closed_at
    return {
        "number": case.number,
        "url": url_for("work.case", case_id=case.id),
        "title": title_of(case, reference),
        "place": place_of(case, reference),
        "area": pick(village.name, village.name_en) if village else None,
        "unit": pick(unit.name, unit.name_en) if unit else None,
        "state_word": str(words.STATE_WORDS[_state(case)]),
        "lamp": lamp_json(case, reference, now) if case.is_open else None,
        "received": words.clock(case.received_at, now, reference.zone),
        "closed": words.clock(closed, now, reference.zone) if closed else None,
    }
