"""What a reporter does with a receipt: answer, urge, take back, appeal, correct the spot."""

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.datum import LonLat, to_wgs84
from gridgov.domain.errors import (
    GridgovError,
    InvalidInput,
    InvalidTransition,
    OutsideJurisdiction,
)
from gridgov.domain.intake import check_text
from gridgov.domain.workflow import Action
from gridgov.services import reference as references
from gridgov.services import reporters
from gridgov.services.effects import Given
from gridgov.services.effects_intake import opened
from gridgov.services.reference import Reference
from gridgov.storage import cases, merges
from gridgov.storage.cases import Case
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import places, receipts, sentences, submissions, uploads
from gridgov.web.access import with_receipt
from gridgov.web.errors import status_of
from gridgov.web.instance import utc_now
from gridgov.web.receipt_pages import again, report_of
from gridgov.web.resident import resident
from gridgov.web.security import limiter


def _back(report: Report, part: str) -> BaseResponse:
    code = show_receipt_code(report.receipt_code)
    return redirect(url_for("resident.receipt", code=code, _anchor=part), 303)


def _act(report: Report, action: Action, given: Given) -> None:
    with unit_of_work() as session:
        reporters.act(session, report.id, action, now=utc_now(), given=given)


@resident.post("/r/<code>/answer")
@with_receipt
@limiter.limit("10/minute")
def answer(code: str) -> BaseResponse:
    """Answer the question that waits; the case goes on where it stood."""
    report = report_of(code)
    try:
        text = check_text(request.form.get("answer", ""))
        _act(report, Action.ANSWER, Given(text=text, photos=uploads.take("photos")))
    except InvalidTransition:
        raise  # nobody waits for an answer any more, so there is no form to show it at
    except GridgovError as error:
        return again(report, error, "answer", {"text": "answer", "photos": "answer_photos"})
    return _back(report, "state")


@resident.post("/r/<code>/urge")
@with_receipt
@limiter.limit("10/minute")
def urge(code: str) -> BaseResponse:
    """Urge those who have the case, once a day."""
    report = report_of(code)
    try:
        _act(report, Action.URGE, Given())
    except GridgovError as error:
        return again(report, error, "urge")
    return _back(report, "acts")


@resident.post("/r/<code>/withdraw")
@with_receipt
@limiter.limit("10/minute")
def withdraw(code: str) -> BaseResponse:
    """Take the report back: the case with it, unless others reported it too."""
    report = report_of(code)
    try:
        text = check_text(request.form.get("why", "")) or None
        with unit_of_work() as session:
            reporters.withdraw(session, report.id, now=utc_now(), text=text)
    except GridgovError as error:
        return again(report, error, "withdraw", {"text": "withdraw"})
    return _back(report, "state")


@resident.post("/r/<code>/appeal")
@with_receipt
@limiter.limit("10/minute")
def appeal(code: str) -> BaseResponse:
    """Appeal against "not accepted" or "closed", once, within fifteen days."""
    report = report_of(code)
    try:
        _act(report, Action.APPEAL, Given(text=check_text(request.form.get("appeal", ""))))
    except GridgovError as error:
        return again(report, error, "appeal", {"text": "appeal"})
    return _back(report, "appeal")


@resident.get("/r/<code>/spot")
@with_receipt
def spot(code: str) -> BaseResponse:
    """Show where the pin of the case is, to be moved."""
    report = report_of(code)
    with read_only() as session:
        case, reference = _case_of(session, report)
        values = _values(case)
    return _spot_page(report, case, reference, values, {})


@resident.post("/r/<code>/spot")
@with_receipt
@limiter.limit("10/minute")
def correct_spot(code: str) -> BaseResponse:
    """Move the pin of the case to where it really is."""
    report = report_of(code)
    with read_only() as session:
        case, reference = _case_of(session, report)
    try:
        given = _given(case, reference)
        with unit_of_work() as session:
            by = reporters.actor_of(reporters.standing_report(session, report.id))
            reporters.correct_spot(session, case.id, given, by=by, now=utc_now())
    except (InvalidInput, OutsideJurisdiction) as error:
        shown = {"position": sentences.of(error)}
        return _spot_page(report, case, reference, request.form.to_dict(), shown, status_of(error))
    return _back(report, "state")


def _case_of(session: Any, report: Report) -> tuple[Case, Reference]:
    case = merges.followed(session, cases.get(session, report.case_id))
    return case, references.of(session, case.district_code)


def _values(case: Case) -> dict[str, Any]:
    if case.lon is None or case.lat is None:
        return {}
    return {"lon": case.lon, "lat": case.lat, "datum": "wgs84", "position_source": "map_pin"}


def _given(case: Case, reference: Reference) -> Given:
    """Return the spot of a form: the pin, else the middle of the area that was chosen by name.

    Raises: InvalidInput (position).
    """
    sent = submissions.Sent(request.form)
    chosen = reference.net.find(sent.text("area_code"))
    if chosen is not None and chosen.geometry is not None:
        inside = chosen.geometry.representative_point()
        named = LonLat(lon=inside.x, lat=inside.y)
        return Given(position=named, told={"named": chosen.code})
    pinned = submissions.read_position(sent)
    if pinned is None:
        raise InvalidInput("position", "missing")
    spot = to_wgs84(lon=pinned.lon, lat=pinned.lat, datum=pinned.datum)
    if (case.lon, case.lat) == (spot.lon, spot.lat):
        raise InvalidInput("position", "not_moved")
    return Given(position=spot)


def _spot_page(
    report: Report,
    case: Case,
    reference: Reference,
    values: dict[str, Any],
    errors: dict[str, str],
    status: int = 200,
) -> BaseResponse:
    sent = request.form if request.method == "POST" else None
    found = places.choices(reference, sent) if sent is not None else []
    html = render_template(
        "resident/spot.html",
        code=show_receipt_code(report.receipt_code),
        title=receipts.title_of(case, reference),
        can=reporters.may(case, Action.CORRECT_SPOT)
        and opened(case, report)
        and report.withdrawn_at is None,
        form=values,
        errors=errors,
        place={"name": receipts.place_of(case, reference), "note": ""},
        place_choices=found,
        here=None,
        grid_note=None,
    )
    return make_response(html, status)
