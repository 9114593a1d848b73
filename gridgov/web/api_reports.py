"""The machine door: reports in, and a program's own reports back."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.questions import check_answers
from gridgov.domain.roles import Actor
from gridgov.services import intake
from gridgov.services import reference as references
from gridgov.storage.access import ApiKey
from gridgov.storage.cases import Case
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.session import read_only
from gridgov.web import receipts, sentences, submissions, uploads
from gridgov.web.access import actor_of, current_key, home_district, public_or_program
from gridgov.web.api_base import WRITES, Body, api, described, limited, said
from gridgov.web.api_input import body, checked
from gridgov.web.api_schemas import ReceiptOut, ReceiptsOut, ReportForm, ReportIn
from gridgov.web.errors import known
from gridgov.web.instance import utc_now
from gridgov.web.malformed import Fault, Malformed
from gridgov.web.submissions import Extra

RESIDENTS = "snap"
# What only a program may say: a resident's page asks for a spot and keeps a phone only.
PROGRAMS_ONLY = ("by_words", "external_id", "email", "reporter_name")
# The form's names for what the rules call otherwise.
FORM_FIELDS = {"photo": "photos"} | dict.fromkeys(
    ("lon", "lat", "datum", "accuracy", "accuracy_m"), "position"
)
ANSWERS = {
    "too_many": _l("One answer is enough here."),
    "too_long": _l("This answer is too long."),
    "not_a_number": _l("This must be a number."),
    "not_a_datetime": _l("A day looks like 2026-11-22."),
    "unknown": _l("This is none of the answers to choose from."),
}
TOKEN = (8, 100)
EXAMPLE = {
    "client_token": "b7d1c2f0-4b1e-4c57-9a55-0f2c6a1d9e11",
    "category": "0101",
    "text": "Rubbish has been lying below the stairs for days.",
    "lon": 112.8915,
    "lat": 22.9014,
    "datum": "wgs84",
    "accuracy_m": 8,
}
CONTENT = Body(
    {
        "application/json": ReportIn,
        "multipart/form-data": ReportForm,
        "application/x-www-form-urlencoded": ReportIn,
    },
    EXAMPLE,
)


@api.post("/reports")
@public_or_program("reports:write", area="a new report of one's own, in the key's district")
@limited(WRITES)
@described(
    "Reports",
    ReceiptsOut,
    body=CONTENT,
    statuses=(200, 201),
    problems=(401, 403, 409, 413, 422),
    headers={"Idempotency-Key": "The token of the report; counts before client_token."},
)
def create_report() -> Response:
    """Take a report as form, multipart or JSON. The same token again gives the same receipt.

    With a key the report belongs to the key's district and carries its channel. With
    `split` each problem of the text is a report of its own: `receipts` has them all, the
    first of them stands in the answer itself as well. A token that came before with other
    content is a problem 409, save for forms, which get the first receipt again. Words of
    danger are a problem 400 with `emergency`: the number to call before sending again
    with `emergency_ack`.
    """
    try:
        found = _take_in()
    except intake.EmergencyFirst as error:
        return known(error, emergency=error.values, errors=[_field(error)])
    except Malformed as error:
        return known(error, errors=[_fault(one) for one in error])
    except InvalidInput as error:
        return known(error, errors=[_field(error)])
    except OutsideJurisdiction as error:
        sentence = sentences.of(error)
        fields = [{"field": "position", "reason": "outside", "message": sentence}]
        return known(error, errors=fields)
    every = [_receipt(receipt) for receipt in found]
    first = ReceiptsOut(**every[0].model_dump(), receipts=every)
    response = said(first, 200 if found[0].repeated else 201)
    if current_key() is not None:
        response.headers["Location"] = url_for("api.one_report", report_id=found[0].report_id)
    return response


def _take_in() -> list[intake.Receipt]:
    values, key = _values(), current_key()
    _check_token(values)
    sent = checked(ReportIn, values)
    if key is None:
        _check_resident(sent)
    district_code = home_district() if key is None else key.district_code
    pictures = uploads.kept_before(request.form.getlist("kept_photo")) + uploads.take("photos")
    return submissions.take_in(
        district_code,
        sent.model_dump(exclude_none=True),
        channel=RESIDENTS if key is None else key.channel,
        by=Actor.resident(district_code) if key is None else actor_of(key),
        pictures=pictures,
        extra=_extra(sent, key, district_code),
        strict=request.is_json or key is not None,
    )


def _values() -> dict[str, Any]:
    """Return the body; a form carries its answers as JSON. Raises: Malformed."""
    values = body()
    if not request.is_json and "answers" in values:
        try:
            values["answers"] = json.loads(values["answers"] or "{}")
        except (ValueError, RecursionError) as error:
            fault = Fault("answers", "not_json", _("The answers are not JSON."))
            raise Malformed([fault]) from error
    return values


def _check_token(values: Mapping[str, Any]) -> None:
    """Check the token in the header, which counts before the one in the body."""
    token = request.headers.get("Idempotency-Key", values.get("client_token"))
    if not isinstance(token, str) or not TOKEN[0] <= len(token) <= TOKEN[1]:
        raise InvalidInput("client_token", "wrong_length")


def _check_resident(sent: ReportIn) -> None:
    """Refuse what only programs may say. Raises: InvalidInput (reason needs_key)."""
    for name in PROGRAMS_ONLY:
        if getattr(sent, name):
            raise InvalidInput(name, "needs_key")


def _extra(sent: ReportIn, key: ApiKey | None, district_code: str) -> Extra:
    answers: Mapping[str, Any] = {}
    if sent.answers and sent.category:
        with read_only() as session:
            category = references.of(session, district_code).category(sent.category)
        answers = check_answers(category.questions, sent.answers, require=False)
    return Extra(
        external_id=sent.external_id or None,
        api_key_id=None if key is None else key.id,
        by_words=sent.by_words,
        email=sent.email,
        reporter_name=sent.reporter_name,
        answers=answers,
    )


def _receipt(receipt: intake.Receipt) -> ReceiptOut:
    code = show_receipt_code(receipt.receipt_code)
    title, summary = _receipt_words(receipt.case)
    return ReceiptOut(
        report_id=receipt.report_id,
        receipt_code=code,
        code=code,
        receipt_url=url_for("resident.receipt", code=code, sent=1),
        case_number=receipt.case_number,
        repeated=receipt.repeated,
        joined=receipt.joined,
        title=title,
        summary=summary,
    )


def _receipt_words(case: Case) -> tuple[str, str]:
    """Return title and state for the list that the device keeps."""
    with read_only() as session:
        reference = references.of(session, case.district_code)
    return receipts.title_of(case, reference), receipts.summary(case, reference, utc_now())


def _fault(fault: Fault) -> dict[str, str]:
    name = FORM_FIELDS.get(fault.field, fault.field)
    return {"field": name, "reason": fault.reason, "message": fault.message}


def _field(error: InvalidInput) -> dict[str, str]:
    name = FORM_FIELDS.get(error.field, error.field)
    message = sentences.of(error)
    if name.startswith("attribute["):
        name = f"answers.{name.removeprefix('attribute[').removesuffix(']')}"
        message = str(ANSWERS.get(error.reason, message))
    return {"field": name, "reason": error.reason, "message": message}
