"""Pictures and replies of closed cases that somebody looked at and let out.

A picture may show a face, a plate, a door: a person says that it does not, and it is not a
person who had the case. In the sample all pictures are drawn and need nobody.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput, NotAllowed, NotFound
from gridgov.domain.privacy import mask_personal, personal
from gridgov.domain.publishing import PHOTO_CHECKS, REPLY_CHECKS, check_ticked
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import publishing
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import cases, districts, history, photos
from gridgov.storage import publishing as rows
from gridgov.storage import service_requests as looked_up
from gridgov.storage.cases import Case
from gridgov.storage.photos import Photo
from gridgov.storage.publishing import Release

LONGEST_REPLY = 1_000
HANDLING = (Action.SIGN, Action.RESOLVE, Action.SELF_RESOLVE, Action.REPLY)
ANSWERS = frozenset({Action.RESOLVE, Action.REPLY, Action.SELF_RESOLVE})


@dataclass(frozen=True, slots=True)
class Fixed:
    """A closed case as everybody may see it: what was let out of it, and nothing else."""

    case: Case
    pictures: tuple[Photo, ...]
    reply: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A closed case for whoever releases: its pictures, its reply with what is personal masked.

    `held`: the person had the case, somebody else has to look at it.
    """

    case: Case
    pictures: tuple[Photo, ...]
    reply: str
    released: tuple[Release, ...]
    held: bool


def public_classes(reference: Reference) -> frozenset[str]:
    """Return the minor classes whose cases may be told one by one, ended ones as they were last."""
    return frozenset(
        item.code for item in reference.ever_held() if item.public and not item.confidential
    )


def is_public(reference: Reference, case: Case) -> bool:
    """Tell whether a case is one that may be told: closed, of a public class, not confidential."""
    return (
        case.state == CaseState.CLOSED
        and not case.confidential
        and case.category_code in public_classes(reference)
    )


def shown(session: Session, reference: Reference, found: Sequence[Case]) -> dict[UUID, Fixed]:
    """Return case id → what of it everybody may see, for closed cases of public classes."""
    public = [case for case in found if is_public(reference, case)]
    ids = [case.id for case in public]
    released = rows.releases_of(session, ids)
    pictures = photos.of_cases(session, ids)
    drawn = districts.get(session, reference.district_code).sample
    told = {}
    for case in public:
        # What was let out before the case was reopened says nothing of how it ended.
        valid = [one for one in released[case.id] if one.closed_at == case.closed_at]
        free = {one.photo_id for one in valid}
        let_out = tuple(one for one in pictures[case.id] if drawn or one.id in free)
        replies = [one.reply for one in valid if one.reply is not None]
        told[case.id] = Fixed(case, let_out, replies[-1] if replies else None)
    return told


def fixed_lately(
    session: Session, reference: Reference, village_code: str, limit: int
) -> list[Fixed]:
    """Return the cases of a community of which anything was let out, last closed first."""
    classes = public_classes(reference)
    code = reference.district_code
    found = list(rows.released_lately(session, code, village_code, classes, limit))
    if districts.get(session, code).sample and len(found) < limit:
        known = {case.id for case in found}
        more = rows.closed_lately(session, code, {village_code}, classes, limit)
        found = [*found, *(case for case in more if case.id not in known)][:limit]
    told = shown(session, reference, found)
    return [one for one in told.values() if one.pictures or one.reply]


def picture(session: Session, photo_id: UUID) -> Photo:
    """Return a picture that everybody may see. Raises: NotFound for any other."""
    found = session.get(Photo, photo_id)
    case = None if found is None else session.get(Case, found.case_id)
    if case is not None:
        reference = references.of(session, case.district_code)
        told = shown(session, reference, [case]).get(case.id)
        for one in told.pictures if told is not None else ():
            if one.id == photo_id:
                return one
    raise NotFound("no such picture")


def candidates(
    session: Session, reference: Reference, found: Sequence[Case], by: Actor
) -> list[Candidate]:
    """Return closed cases with all that could be let out of them; only public classes."""
    public = [case for case in found if is_public(reference, case)]
    ids = [case.id for case in public]
    released, pictures = rows.releases_of(session, ids), photos.of_cases(session, ids)
    lines = looked_up.lines_of(session, ids, ANSWERS)
    made = []
    for case in public:
        said = [line.text for line in lines[case.id] if line.text]
        made.append(
            Candidate(
                case,
                tuple(pictures[case.id]),
                mask_personal(said[-1]) if said else "",
                tuple(one for one in released[case.id] if one.closed_at == case.closed_at),
                _held(session, case, by),
            )
        )
    return made


def _held(session: Session, case: Case, by: Actor) -> bool:
    if by.person_id is None:
        return True
    handled = history.people_who(session, case.id, [str(action) for action in HANDLING])
    return by.person_id in handled or cases.was_held_by(session, case.id, by.person_id, by.units())


def release(
    session: Session,
    reference: Reference,
    case_id: UUID,
    photo_ids: Collection[UUID],
    reply: str | None,
    checks: Collection[str],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Let pictures of a closed case, or words about it, out to everybody.

    `checks` are the points of the list that were ticked. Raises: NotFound, NotAllowed (not
    the person's area, or the person had the case: `own_case`), InvalidInput.
    """
    case = _releasable(session, reference, case_id, by)
    shown = [one for one in photos.of_case(session, case.id) if one.purpose != photos.PROOF]
    wanted = [one for one in shown if one.id in photo_ids]
    if len(wanted) != len(set(photo_ids)):
        raise NotFound("no such picture of this case")
    words = _fit_for_all(wanted, (reply or "").strip(), checks)
    out = _still_out(session, case, bool(words), by, now)
    for photo in wanted:
        if photo.id not in out:
            session.add(_row(case, checks, by, now, photo_id=photo.id))
    if words:
        session.add(_row(case, checks, by, now, reply=words))
    details = {"pictures": [str(one.id) for one in wanted], "reply": words, "checks": [*checks]}
    publishing.note(
        session,
        reference,
        "release",
        str(case.id),
        details,
        by=by,
        now=now,
        area_code=case.village_code or case.town_code or "",
    )


def _fit_for_all(wanted: Sequence[Photo], words: str, checks: Collection[str]) -> str:
    """Return the words if pictures and words may be let out. Raises: InvalidInput."""
    if not wanted and not words:
        raise InvalidInput("release", "missing")
    check_ticked(checks, (*(PHOTO_CHECKS if wanted else ()), *(REPLY_CHECKS if words else ())))
    if len(words) > LONGEST_REPLY:
        raise InvalidInput("reply", "too_long", length=len(words), limit=LONGEST_REPLY)
    if found := personal(words):
        raise InvalidInput("reply", "personal", words=found[0].words)
    return words


def _still_out(
    session: Session, case: Case, reply: bool, by: Actor, now: datetime
) -> frozenset[UUID | None]:
    """Return the pictures that are out; end what a new release replaces.

    That is what was let out before the case was reopened, and with `reply` older words.
    """
    before = rows.releases_of(session, [case.id])[case.id]
    for one in before:
        if one.closed_at != case.closed_at or (reply and one.reply is not None):
            one.withdrawn_at, one.withdrawn_by_id = now, by.person_id
    session.flush()
    return frozenset(one.photo_id for one in before if one.withdrawn_at is None)


def _releasable(session: Session, reference: Reference, case_id: UUID, by: Actor) -> Case:
    case = cases.lock(session, case_id)
    if case.district_code != reference.district_code or not publishing.over(by, case.path()):
        raise NotFound(f"no case {case_id}")
    if not is_public(reference, case):
        raise NotAllowed("not a closed case of a public class", case_id=str(case_id))
    if _held(session, case, by):
        raise OwnCase(f"{by.person_id} had case {case_id}")
    return case


class OwnCase(NotAllowed):
    """Whoever had a case does not decide what is shown of it."""

    code = "own_case"


def _row(
    case: Case,
    checks: Collection[str],
    by: Actor,
    now: datetime,
    *,
    photo_id: UUID | None = None,
    reply: str | None = None,
) -> Release:
    return Release(
        district_code=case.district_code,
        case_id=case.id,
        town_code=case.town_code,
        village_code=case.village_code,
        closed_at=case.closed_at,
        photo_id=photo_id,
        reply=reply,
        checks=sorted(checks),
        released_by_id=by.person_id,
        released_at=now,
    )


def withdraw(
    session: Session, reference: Reference, release_id: UUID, *, by: Actor, now: datetime
) -> UUID:
    """Take a picture or a reply back and return its case; a second time changes nothing.

    Raises: NotFound.
    """
    found = rows.release(session, reference.district_code, release_id)
    path = (found.district_code, found.town_code, found.village_code)
    if not publishing.over(by, path):
        raise NotFound("no such release")
    if found.withdrawn_at is not None:
        return found.case_id
    found.withdrawn_at, found.withdrawn_by_id = now, by.person_id
    details = {"picture": str(found.photo_id) if found.photo_id else None, "reply": found.reply}
    publishing.note(
        session,
        reference,
        "withdraw_release",
        str(found.case_id),
        details,
        by=by,
        now=now,
        area_code=found.village_code or "",
    )
    return found.case_id
