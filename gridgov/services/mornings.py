"""The figures of the morning: told once a working day to the supervisors who want them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.errors import NotAllowed, NotFound
from gridgov.domain.messages import MessageKind
from gridgov.domain.notices import Morning
from gridgov.domain.roles import Actor, Role
from gridgov.domain.scope import board_areas
from gridgov.services import board as boards
from gridgov.services import due_today, figures, surges
from gridgov.services.board import View
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import messages, notice_people, people
from gridgov.storage.messages import ConsumerCursor

# After noon the figures of the morning are no news: a server that stood still skips the day.
FROM, UNTIL = time(8), time(12)
TELLER = "mornings"


def is_time(reference: Reference, now: datetime) -> bool:
    """Tell whether the figures of the morning are told at a moment."""
    local = now.astimezone(reference.zone)
    return FROM <= local.time() < UNTIL and reference.calendar.is_workday(local.date())


def tell(session: Session, district_code: str, *, now: datetime) -> int:
    """Write one message for each supervisor who wants the morning; return how many.

    The day is noted in the same transaction, and whoever notes it first tells: nobody is
    told twice, whatever runs beside or again.
    """
    reference = reference_of(session, district_code)
    today = reference.local_day(now)
    if not is_time(reference, now) or not _take(session, district_code, today):
        return 0
    told = 0
    for person in notice_people.wanting_mornings(session, district_code):
        body = _body(session, people.load_actor(session, person, today), reference, now)
        if body is not None:
            messages.append(session, district_code, MessageKind.MORNING, at=now, body=body)
            told += 1
    return told


def _take(session: Session, district_code: str, today: date) -> bool:
    """Note that a day is told; False when it was, or another process tells just now.

    The position of this consumer is the number of the day, not a place in the log.
    """
    cursor = messages.lock_cursor(session, TELLER, district_code)
    if cursor is None:
        if session.get(ConsumerCursor, (TELLER, district_code)) is not None:
            return False
        messages.open_cursor(session, TELLER, district_code)
        session.flush()
        cursor = session.get_one(ConsumerCursor, (TELLER, district_code))
    if cursor.position >= today.toordinal():
        return False
    cursor.position = today.toordinal()
    return True


def _body(
    session: Session, actor: Actor, reference: Reference, now: datetime
) -> dict[str, Any] | None:
    areas = sorted(board_areas(actor), key=lambda code: (len(code), code))
    if not actor.has(Role.SUPERVISOR) or not areas:
        return None
    first, today = boards.since_launch(session, reference, now)
    try:
        view = boards.open_view(session, actor, areas[0], first, today)
    except (NotFound, NotAllowed):
        return None  # the area ended with a change of the net
    area = reference.net.area(view.area_code)
    found = figures_of(session, view, reference, now)
    return {
        "people": [str(actor.person_id)],
        "area": area.code,
        "name": [area.name, area.name_en],
        "day": today.isoformat(),
        "figures": {name: getattr(found, name) for name in Morning.__slots__},
    }


def figures_of(session: Session, view: View, reference: Reference, now: datetime) -> Morning:
    """Return the figures of a morning for the area of a view since launch."""
    midnight = datetime.combine(reference.local_day(now), time(), reference.zone)
    last_night = midnight.astimezone(now.tzinfo) - timedelta(seconds=1)
    day = reference.local_day(last_night)
    yesterday = View(view.district_code, view.area_code, day, day, view.classes)
    flows = ("received_flow", "closed_flow")
    of_day = figures.values(session, yesterday, flows, now=now)[view.area_code]
    whole = boards.snapshot(session, view, now=now).figures
    due = due_today.due_today(session, view, now=now)
    return Morning(
        received=of_day["received_flow"].numerator,
        closed=of_day["closed_flow"].numerator,
        rate=whole.closure_rate,
        due=due.due - due.closed,
        overdue=whole.overdue,
        surges=len(surges.surges(session, yesterday, now=last_night)),
    )
