"""A token that comes again: the same report, or another one under an old token."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import Conflict
from gridgov.domain.intake import check_text
from gridgov.services.intake import Submission
from gridgov.storage import photos
from gridgov.storage.reports import Report


class IdempotencyConflict(Conflict):
    """The token was used before, for a report that says something else."""

    code = "idempotency_conflict"


def check_same(
    session: Session, submission: Submission, report_id: UUID, *, split: bool = False
) -> None:
    """Compare a submission with the report its token brought in before.

    What is kept only sealed (contact) is not compared; nor are words and class of a report
    that was split, whose parts are others. Raises: IdempotencyConflict, which names the
    fields that differ.
    """
    report = session.get_one(Report, report_id)
    differing = _differing(submission, report)
    if _pictures(session, report) != {picture.sha256 for picture in submission.photos}:
        differing.append("photos")
    if split:
        differing = [name for name in differing if name not in ("text", "category")]
    if differing:
        raise IdempotencyConflict("the token was used before", fields=differing)


def _differing(submission: Submission, report: Report) -> list[str]:
    sent = submission.position
    place = (None, None, None) if sent is None else (sent.lon, sent.lat, str(sent.datum))
    compared: Sequence[tuple[str, object, object]] = (
        # A report that joins a case may leave the class to it.
        ("category", submission.category_code or report.category_code, report.category_code),
        ("text", check_text(submission.text) or None, report.text),
        ("place_words", submission.place().words or None, report.place_words),
        ("position", place, (report.raw_lon, report.raw_lat, report.datum)),
        ("external_id", submission.external_id, report.external_id),
        ("answers", dict(submission.answers), report.answers or {}),
    )
    return [name for name, new, old in compared if new != old]


def _pictures(session: Session, report: Report) -> set[str]:
    found = photos.of_case(session, report.case_id)
    return {photo.sha256 for photo in found if photo.report_id == report.id}
