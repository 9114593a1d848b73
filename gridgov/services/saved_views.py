"""Saved views: a person names what the board shows just now, and finds it again."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput, NotAllowed, NotFound
from gridgov.domain.roles import Actor
from gridgov.services.board import open_view
from gridgov.storage import saved_views as rows
from gridgov.storage.saved_views import SavedView

MOST = 20
LONGEST_NAME = 40
# What an address of the board may ask for. Anything else is not kept.
ASKED = ("area", "period", "from", "to", "by", "cut", "trend", "step")
LONGEST_VALUE = 40


class Page(StrEnum):
    """The pages of which a view can be saved."""

    BOARD = "board"
    ANALYSIS = "analysis"


def saved(session: Session, actor: Actor) -> Sequence[SavedView]:
    """Return the actor's views, the oldest first."""
    return [] if actor.person_id is None else rows.of_person(session, actor.person_id)


def save(
    session: Session,
    actor: Actor,
    name: str,
    page: Page,
    asked: Mapping[str, str],
    *,
    default: bool,
    now: datetime,
) -> SavedView:
    """Save a view under a name; a name the actor has already is given the new view.

    Raises: InvalidInput (name: missing, too_long; views: too_many; date: invalid),
    NotFound, NotAllowed for an area whose board is not the actor's.
    """
    if actor.person_id is None:
        raise NotAllowed("only people save views")
    called = " ".join(name.split())
    if not called:
        raise InvalidInput("name", "missing")
    if len(called) > LONGEST_NAME:
        raise InvalidInput("name", "too_long", length=len(called), limit=LONGEST_NAME)
    kept = _checked(session, actor, asked)
    rows.lock_owner(session, actor.person_id)
    mine = rows.of_person(session, actor.person_id)
    found = next((one for one in mine if one.name == called), None)
    if found is None:
        if len(mine) >= MOST:
            raise InvalidInput("views", "too_many", most=MOST)
        found = SavedView(person_id=actor.person_id, name=called, made_at=now)
        session.add(found)
    found.page, found.asked = str(page), kept
    found.is_default = default
    if default:
        _only(mine, found)
    session.flush()
    return found


def _checked(session: Session, actor: Actor, asked: Mapping[str, str]) -> dict[str, str]:
    kept = {key: asked[key] for key in ASKED if asked.get(key)}
    for key, value in kept.items():
        if len(value) > LONGEST_VALUE:
            raise InvalidInput("views", "invalid", key=key)
    for key in ("from", "to"):
        try:
            date.fromisoformat(kept.get(key, "2000-01-01"))
        except ValueError:
            raise InvalidInput("date", "invalid", text=kept[key]) from None
    # The days do not matter for whose board it is.
    open_view(session, actor, kept.get("area", ""), date.min, date.max)
    return kept


def _only(mine: Sequence[SavedView], chosen: SavedView) -> None:
    for one in mine:
        if one is not chosen:
            one.is_default = False


def choose(session: Session, actor: Actor, view_id: UUID) -> None:
    """Open the board with a view from now on; the one it opens with already: no more.

    Raises: NotFound for a view that is not the actor's.
    """
    found = _own(session, actor, view_id)
    rows.lock_owner(session, found.person_id)
    found.is_default = not found.is_default
    _only(rows.of_person(session, found.person_id), found)


def forget(session: Session, actor: Actor, view_id: UUID) -> None:
    """Delete a view of the actor's own. Raises: NotFound."""
    session.delete(_own(session, actor, view_id))


def _own(session: Session, actor: Actor, view_id: UUID) -> SavedView:
    found = session.get(SavedView, view_id)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise NotFound("no such view of yours")
    return found


def default_of(session: Session, actor: Actor) -> SavedView | None:
    """Return the view the actor's board opens with; None where the area is not theirs any more."""
    found = next((one for one in saved(session, actor) if one.is_default), None)
    if found is None:
        return None
    try:
        open_view(session, actor, found.asked.get("area", ""), date.min, date.max)
    except (NotFound, NotAllowed):
        return None
    return found
