"""The receipt: live state, rating, adding a photo or a word. Part of the resident's pages."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import (
    Conflict,
    GridgovError,
    InvalidInput,
    InvalidTransition,
    NotFound,
)
from gridgov.domain.intake import check_text
from gridgov.domain.workflow import SATISFACTION
from gridgov.services import feedback, reporters
from gridgov.services.effects import Given
from gridgov.storage import cases, merges, photos, reports
from gridgov.storage.ids import read_receipt_code, show_receipt_code
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import notices, receipts, security, sentences, uploads
from gridgov.web.access import with_receipt
from gridgov.web.errors import status_of
from gridgov.web.instance import utc_now
from gridgov.web.resident import resident
from gridgov.web.security import limiter

LIVE_POLL = timedelta(seconds=5)


def report_of(code: str) -> Report:
    """Return the report behind a code; wrong codes are counted, and stopped after ten.

    A right code goes on working for the neighbours of somebody who guesses, until
    far more guesses came from their address. Raises: NotFound. Aborts with 429.
    """
    with read_only() as session:
        report = reports.by_receipt(session, read_receipt_code(code))
    most = security.GUESSES if report is None else security.GUESSES_CLOSED
    if security.too_many_guesses("receipt", most):
        abort(429)
    if report is None:
        security.count_guess("receipt")
        raise NotFound("no such receipt")
    return report


def _context(report: Report, **more: Any) -> dict[str, Any]:
    with read_only() as session:
        shown = receipts.receipt(session, report, now=utc_now())
    code = show_receipt_code(report.receipt_code)
    return {
        "receipt": {**shown, **more},
        "just_sent": request.args.get("sent") == "1",
        "push": notices.push_for_report(report.district_code, code),
    }


@resident.get("/r/<code>")
@with_receipt
def receipt(code: str) -> str:
    """Show the receipt with the public state."""
    return render_template("resident/receipt.html", **_context(report_of(code)))


@resident.get("/r/<code>/fragment")
@with_receipt
def receipt_fragment(code: str) -> str:
    """Return the part of the receipt that follows the case, for the live page."""
    return render_template("resident/_receipt_body.html", **_context(report_of(code)))


def again(
    report: Report, error: GridgovError, field: str, fields: Mapping[str, str] | None = None
) -> BaseResponse:
    """Show the receipt again with what was typed and the sentence at its field.

    `fields` says where the sentence of a field of the error stands on the page.
    """
    name = error.field if isinstance(error, InvalidInput) else field
    name = {"photo": "photos"}.get(name, name)
    name = (fields or {}).get(name, name)
    if isinstance(error, Conflict | InvalidTransition):
        name = "form"  # the case is not what the form was made for: its field may be gone
    context = _context(report, form=request.form, errors={name: sentences.of(error)})
    return make_response(render_template("resident/receipt.html", **context), status_of(error))


@resident.post("/r/<code>/rate")
@with_receipt
@limiter.limit("20/minute")
def rate(code: str) -> BaseResponse:
    """Keep whether it is solved and how it was; "not solved" reopens the case once."""
    report = report_of(code)
    solved = {"yes": True, "no": False}.get(request.form.get("solved", ""))
    satisfaction = request.form.get("satisfaction", "")
    try:
        with unit_of_work() as session:
            feedback.rate(
                session,
                report.id,
                solved=solved,
                satisfaction=_satisfaction(satisfaction),
                now=utc_now(),
            )
    except GridgovError as error:
        return again(report, error, "solved")
    return redirect(url_for("resident.receipt", code=show_receipt_code(report.receipt_code)), 303)


def _satisfaction(value: str) -> str | None:
    """Return the answer for 1 (best) to 5, None for no answer. Raises: InvalidInput."""
    if not value:
        return None
    if value not in {"1", "2", "3", "4", "5"}:
        raise InvalidInput("satisfaction", "unknown")
    return SATISFACTION[int(value) - 1]


@resident.post("/r/<code>/more")
@with_receipt
@limiter.limit("10/minute")
def more(code: str) -> BaseResponse:
    """Add a photo or a word to an own report."""
    report = report_of(code)
    try:
        given = Given(text=check_text(request.form.get("text", "")), photos=uploads.take("photos"))
        with unit_of_work() as session:
            reporters.add(session, report.id, given, now=utc_now())
    except InvalidTransition:
        raise  # the receipt has no form to show it at any more
    except GridgovError as error:
        return again(report, error, "text")
    return redirect(url_for("resident.receipt", code=show_receipt_code(report.receipt_code)), 303)


@resident.get("/r/<code>/photos/<uuid:photo_id>/<any(thumb, full):size>.jpg")
@with_receipt
def photo(code: str, photo_id: UUID, size: Literal["thumb", "full"]) -> Response:
    """Send a picture of the case: the reporter's own, or one taken afterwards."""
    report = report_of(code)
    with read_only() as session:
        picture = session.get(photos.Photo, photo_id)
        if picture is None or not _may_look(session, picture, report):
            raise NotFound(_("no such picture"))
    return uploads.serve(picture.sha256, size)


def _may_look(session: Session, picture: photos.Photo, report: Report) -> bool:
    """Tell whether a picture is the reporter's own, or of what was done in the case followed."""
    if picture.report_id == report.id:
        return True
    if picture.purpose != photos.AFTER:
        return False
    own = cases.get(session, report.case_id)
    return picture.case_id == merges.followed(session, own).id
