"""What a person typed into a form of the case page, as typed values."""

from datetime import date, datetime, time
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat, to_wgs84
from gridgov.domain.errors import InvalidInput
from gridgov.domain.intake import check_text
from gridgov.domain.workflow import Action
from gridgov.services.effects import Given
from gridgov.services.reference import Reference
from gridgov.storage import cases
from gridgov.web import submissions, uploads
from gridgov.web.case_order import WITH_PHOTOS, WITH_SPOT


def other_case(session: Session, district_code: str) -> UUID:
    """Return the case whose number was typed. Raises: InvalidInput (case)."""
    number = line("case")
    if number is None:
        raise InvalidInput("case", "missing")
    found = cases.by_number(session, district_code, number)
    if found is None:
        raise InvalidInput("case", "unknown")
    return found.id


def given_for(action: Action, reference: Reference) -> Given:
    """Read the form of an action. Raises: InvalidInput (field) for what cannot be read."""
    form = request.form
    version = form.get("version", "")
    return Given(
        # Without scripts a ready text that was chosen does not stand in the textarea.
        text=check_text(form.get("text", "")) or check_text(form.get("ready", "")) or None,
        reason=line("reason"),
        # A press on a grid sends it as target; the list of all others has a name of its own.
        target=line("target") or line("other_target"),
        receipt=line("receipt"),
        until=moment("until", reference),
        task_id=_id("task"),
        position=_position() if action in WITH_SPOT else None,
        level=line("level"),
        required="required" in form,
        step=_number("step"),
        photos=uploads.take("photo") if action in WITH_PHOTOS else (),
        seen_seq=int(version) if version.isdecimal() and len(version) < 10 else None,
    )


def line(name: str) -> str | None:
    """Return a short field as one line of at most 200 readable characters, None when empty."""
    return "".join(filter(str.isprintable, request.form.get(name, ""))).strip()[:200] or None


def moment(name: str, reference: Reference) -> datetime | None:
    """Return a local date and time of a form as a moment, None when empty.

    A day without a time means its first working hour, or nine o'clock on a free day.
    Raises: InvalidInput (invalid).
    """
    typed = line(name)
    if typed is None:
        return None
    calendar = reference.calendar
    try:
        if len(typed) <= len("2026-11-22"):
            day = date.fromisoformat(typed)
            opens = calendar.openings(day)
            return opens[0][0] if opens else calendar.moment(day, time(9))
        local = datetime.fromisoformat(typed).replace(tzinfo=None)
        return calendar.moment(local.date(), local.time())
    except (ValueError, OverflowError) as error:
        raise InvalidInput(name, "invalid") from error


def _position() -> LonLat | None:
    """Return the spot that was sent, in WGS-84, None where none was.

    Raises: InvalidInput (position, datum, accuracy).
    """
    sent = submissions.read_position(submissions.Sent(request.form))
    return None if sent is None else to_wgs84(lon=sent.lon, lat=sent.lat, datum=sent.datum)


def _number(name: str) -> int | None:
    typed = line(name)
    if typed is None:
        return None
    if not (typed.isdecimal() and len(typed) < 4):
        raise InvalidInput(name, "unknown")
    return int(typed)


def _id(name: str) -> UUID | None:
    typed = line(name)
    if typed is None:
        return None
    try:
        return UUID(typed)
    except ValueError as error:
        raise InvalidInput(name, "unknown") from error
