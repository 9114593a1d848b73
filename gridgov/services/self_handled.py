"""自办自结: what a worker found and did at once in the own grid, from report to close."""

from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput, NotAllowed
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import Action
from gridgov.services import casework, closing, intake
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.effects_beside import DRAWN
from gridgov.services.intake import Receipt, Sealer, Submission
from gridgov.services.reference import of as reference_of


def found_and_done(
    session: Session,
    submission: Submission,
    after: tuple[StoredPhoto, ...],
    *,
    by: Actor,
    now: datetime,
    vault: Sealer,
    drawn: bool | None = None,
) -> Receipt:
    """Take in what a worker found and close it as done; the same token changes nothing again.

    The grid named must be one of the worker's own, the class one that may be closed by who
    found it, with pictures from before (in the submission) and `after`. One in ten is
    checked by somebody else later; `drawn` says whether, where the lot was drawn before.
    Raises: NotAllowed, InvalidInput (area_code, category, text, photo_before, photo_after).
    """
    if submission.area_code not in by.areas(Role.WORKER):
        raise NotAllowed("a worker closes what lies in the own grid")
    category = reference_of(session, submission.district_code).category(submission.category_code)
    if not category.self_close:
        raise InvalidInput("category", "not_self_close", code=category.code)
    for name, pictures in (("photo_before", submission.photos), ("photo_after", after)):
        if not pictures:
            raise InvalidInput(name, "missing")
    if not submission.text.strip():
        raise InvalidInput("text", "missing")
    receipt = intake.submit(session, submission, by=by, now=now, vault=vault)
    if receipt.repeated:
        return receipt
    session.flush()
    reference = reference_of(session, submission.district_code)
    worked = closing.minutes_between(submission.photos, after, reference)
    # It lies where the pictures from before were taken: the worker named the grid only.
    spot = next((one.hint for one in submission.photos if one.hint is not None), None)
    told = {closing.WORKED_MIN: worked, DRAWN: drawn}
    given = Given(text=submission.text, photos=after, position=spot, told=told)
    casework.perform(session, receipt.case.id, Action.SELF_RESOLVE, by=by, now=now, given=given)
    return receipt
