"""Notes on figures: a supervisor or dispatcher writes one, every reader of the area sees it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput, NotAllowed, NotFound
from gridgov.domain.indicator_book import indicator
from gridgov.domain.roles import Actor, Role
from gridgov.services.board import View, open_view
from gridgov.services.reference import of as reference_of
from gridgov.storage import board_notes as rows
from gridgov.storage.board_notes import BoardNote

WRITERS = (Role.SUPERVISOR, Role.DISPATCHER)
LONGEST = 500
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Note:
    """A note that stands: on an indicator, for local days (both included), by whom and when."""

    id: UUID
    code: str
    first: date
    last: date
    text: str
    writer_id: UUID
    writer: str
    written_at: datetime


def may_write(session: Session, actor: Actor, area_code: str) -> bool:
    """Tell whether an actor may write on the figures of an area. Raises: NotFound."""
    net = reference_of(session, actor.district_code).net
    path = {area.code for area in net.path(area_code)}
    return actor.person_id is not None and not actor.areas(*WRITERS).isdisjoint(path)


def write(
    session: Session, actor: Actor, view: View, code: str, text: str, *, now: datetime
) -> UUID:
    """Write a note on an indicator of a view's area and period and return its id.

    Raises: NotFound for an unknown indicator or area, NotAllowed for whoever does not
    supervise or dispatch there, InvalidInput (text).
    """
    if actor.person_id is None or not may_write(session, actor, view.area_code):
        raise NotAllowed(f"no notes on the figures of {view.area_code}")
    kept = " ".join(text.split())
    if not kept:
        raise InvalidInput("text", "missing")
    if len(kept) > LONGEST:
        raise InvalidInput("text", "too_long", length=len(kept), limit=LONGEST)
    made = BoardNote(
        district_code=view.district_code,
        area_code=view.area_code,
        code=indicator(code).code,
        first_day=view.first,
        last_day=view.last,
        text=kept,
        written_at=now,
        written_by_id=actor.person_id,
    )
    session.add(made)
    session.flush()
    return made.id


def withdraw(session: Session, actor: Actor, note_id: UUID, *, now: datetime) -> BoardNote:
    """Withdraw a note of the actor's own; a second time changes nothing.

    The row stays with its text and both moments. Raises: NotFound, also for a note the
    actor may not read; NotAllowed for somebody else's.
    """
    found = session.get(BoardNote, note_id, with_for_update=True)
    if found is None or found.district_code != actor.district_code:
        raise NotFound("no such note")
    if found.written_by_id != actor.person_id:
        try:
            open_view(session, actor, found.area_code, found.first_day, found.last_day)
        except NotAllowed:
            raise NotFound("no such note") from None
        raise NotAllowed("a note is withdrawn by its writer")
    found.withdrawn_at = found.withdrawn_at or now
    return found


def standing(session: Session, view: View) -> list[Note]:
    """Return the notes on figures of a view's area whose period touches the view's.

    The newest first, at most 100.
    """
    found = rows.of_area(
        session, view.district_code, view.area_code, view.first, view.last, MOST_SHOWN
    )
    return [
        Note(
            id=row.id,
            code=row.code,
            first=row.first_day,
            last=row.last_day,
            text=row.text,
            writer_id=row.written_by_id,
            writer=name,
            written_at=row.written_at,
        )
        for row, name in found
    ]


def counts(session: Session, view: View) -> Mapping[str, int]:
    """Return indicator → number of notes that stand on it in a view; absent where none."""
    return Counter(
        rows.codes_of_area(session, view.district_code, view.area_code, view.first, view.last)
    )
