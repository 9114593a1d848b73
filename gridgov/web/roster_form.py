"""Reading the forms of the roster: people, days, hours and moments as they were typed."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.services import grids_roster
from gridgov.services.arranging import NewDuty, NewShift
from gridgov.services.leaves import Wanted
from gridgov.services.reference import Reference

Form = Mapping[str, str]


def _text(form: Form, field: str) -> str:
    return form.get(field, "").strip()


def moment(form: Form, field: str, reference: Reference) -> datetime:
    """Return a local moment (2026-11-22T08:30) as aware UTC. Raises: InvalidInput."""
    text = _text(form, field)
    if not text:
        raise InvalidInput(field, "missing")
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field, "invalid") from None
    if read.tzinfo is None:
        read = read.replace(tzinfo=reference.zone)
    return read.astimezone(UTC)


def day(form: Form, field: str) -> date | None:
    """Return a local day, None for an empty field. Raises: InvalidInput."""
    text = _text(form, field)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(field, "invalid") from None


def hour(form: Form, field: str) -> time:
    """Return a time of day. Raises: InvalidInput."""
    try:
        return time.fromisoformat(_text(form, field)).replace(tzinfo=None, microsecond=0)
    except ValueError:
        raise InvalidInput(field, "invalid") from None


def person(session: Session, form: Form, field: str, reference: Reference) -> UUID:
    """Return who was named: by user name, or by a name only one has. Raises: InvalidInput."""
    text = _text(form, field)
    return grids_roster.find_person(session, reference.district_code, text, field)


def leave(session: Session, form: Form, reference: Reference) -> Wanted:
    """Return the leave a form asks for. Raises: InvalidInput."""
    cover = None
    if _text(form, "cover"):
        cover = person(session, form, "cover", reference)
    return Wanted(
        starts_at=moment(form, "from", reference),
        ends_at=moment(form, "until", reference),
        kind=_text(form, "kind"),
        covered_by_id=cover,
    )


def duty(session: Session, form: Form, reference: Reference, today: date) -> NewDuty:
    """Return the duty a form gives. Raises: InvalidInput."""
    return NewDuty(
        area_code=_text(form, "area"),
        person_id=person(session, form, "person", reference),
        kind=_text(form, "kind"),
        first=day(form, "first") or today,
        last=day(form, "last"),
    )


def shift(session: Session, form: Form, weekdays: list[str], reference: Reference) -> NewShift:
    """Return the hours a form gives. Raises: InvalidInput."""
    if not all(one.isdecimal() for one in weekdays):
        raise InvalidInput("day", "unknown")
    return NewShift(
        person_id=person(session, form, "person", reference),
        opens=hour(form, "opens"),
        closes=hour(form, "closes"),
        weekdays=tuple(sorted({int(one) for one in weekdays})),
        on=day(form, "on"),
        last=day(form, "last"),
    )
