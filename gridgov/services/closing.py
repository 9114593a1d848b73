"""How a closing looks to whoever checks it: what its pictures and the clock say.

Where a picture was taken is used here and forgotten: two numbers are kept of it.
"""

from collections.abc import Sequence
from datetime import datetime
from math import isfinite

from sqlalchemy.orm import Session

from gridgov.domain import closing
from gridgov.domain.closing import ClosingHint, ClosingRule, PictureFacts
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.domain.geometry import metres_between
from gridgov.domain.workflow import Action
from gridgov.services import deadlines, setup_base
from gridgov.services.effects_base import Context, Given, StoredPhoto
from gridgov.services.reference import Reference
from gridgov.storage import history, photos
from gridgov.storage.cases import Case
from gridgov.storage.photos import Photo

# The work is said to be done, with the pictures that show it.
ENDS_WORK = frozenset({Action.RESOLVE, Action.SELF_RESOLVE})
# Of what was found and done at once: minutes between the pictures (services/self_handled).
WORKED_MIN = "worked_min"


def examine(context: Context, given: Given, rows: Sequence[Photo]) -> None:
    """Note what the pictures of finished work and the clock say; refuse nothing.

    `rows` are those of `given.photos`, in the same order. `given.position` is the spot of a
    case that was handed in without one.
    """
    case, reference = context.case, context.reference
    worked: float | None
    spot, at_once = given.position, WORKED_MIN in given.told
    if case.lon is not None and case.lat is not None:
        spot = LonLat(lon=case.lon, lat=case.lat)
    known = []
    worked = (context.now - _since(context)).total_seconds() / 60
    if at_once:
        worked = given.told[WORKED_MIN]
    for picture, row in zip(given.photos, rows, strict=True):
        row.distance_m = distance_m(spot, picture.hint)
        row.minutes = minutes_after(case.received_at, picture.taken_at, reference)
        if at_once:  # handed in when it was done: what counts is the picture from before
            row.minutes = None if worked is None else round(worked)
        known.append(_facts(context.session, picture, row))
    found = closing.hints(known, worked, reference.closing)
    case.closing_hints = " ".join(found) or None


def _since(context: Context) -> datetime:
    """Return when a case came, or was last taken up again.

    By natural time and through every pause: the hint is that nobody can have been there, and
    who goes by night, or while a question is open, was there. `handle_since` would not do:
    the clock that stood moves it, and two minutes' work after two weeks' wait looked quick.
    """
    again = history.lines_with(context.session, context.case.id, sorted(deadlines.TAKEN_UP_AGAIN))
    return max((context.case.received_at, *(line.at for line in again)))


def _facts(session: Session, picture: StoredPhoto, row: Photo) -> PictureFacts:
    if not picture.illustration:
        session.flush()
        before = photos.shown_before(session, row)
        row.repeats_id = None if before is None else before.id
    return PictureFacts(row.distance_m, row.minutes, reused=row.repeats_id is not None)


def distance_m(spot: LonLat | None, taken: LonLat | None) -> int | None:
    """Return whole metres between a spot and where a picture was taken, None for unknown."""
    if spot is None or taken is None:
        return None
    return round(metres_between(spot, taken))


def minutes_after(since: datetime, taken_at: datetime | None, reference: Reference) -> int | None:
    """Return whole minutes from a moment to when a picture was taken, by its camera's clock."""
    if taken_at is None:
        return None
    if taken_at.tzinfo is None:  # most cameras write the time of the place and no offset
        taken_at = taken_at.replace(tzinfo=reference.zone)
    return round((taken_at - since).total_seconds() / 60)


def minutes_between(
    before: Sequence[StoredPhoto], after: Sequence[StoredPhoto], reference: Reference
) -> float | None:
    """Return the minutes from the last picture before to the first after; None for unknown."""
    began = [one.taken_at for one in before if one.taken_at is not None]
    ended = [one.taken_at for one in after if one.taken_at is not None]
    if not began or not ended:
        return None
    zoned = [
        moment if moment.tzinfo is not None else moment.replace(tzinfo=reference.zone)
        for moment in (*began, *ended)
    ]
    return (min(zoned[len(began) :]) - max(zoned[: len(began)])).total_seconds() / 60


def hints_of(case: Case) -> tuple[ClosingHint, ...]:
    """Return why the closing of a case deserves a second look."""
    return tuple(map(ClosingHint, (case.closing_hints or "").split()))


def set_rule(session: Session, district_code: str, rule: ClosingRule) -> None:
    """Set from when on a district's closings are hinted at; every process notices.

    Raises: InvalidInput (far_m, quick_min, early_min) for what is below zero, NotFound.
    """
    setup_base.revise(session, district_code, closing=check_rule(rule))


def check_rule(rule: ClosingRule) -> dict[str, float]:
    """Return a rule as a district keeps it.

    Raises: InvalidInput (far_m, quick_min, early_min) for what is below zero or no number.
    """
    kept = {"far_m": rule.far_m, "quick_min": rule.quick_min, "early_min": rule.early_min}
    for name, value in kept.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise InvalidInput(name, "no_number")
        if value < 0:
            raise InvalidInput(name, "below_zero")
    return kept
