"""The machine door: reports in."""

from typing import Any

from flask import Response, jsonify, request, url_for

from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.roles import Actor
from gridgov.services import intake
from gridgov.services import reference as references
from gridgov.storage.cases import Case
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.session import read_only
from gridgov.web import receipts, sentences, submissions, uploads
from gridgov.web.access import home_district, public
from gridgov.web.api_base import api
from gridgov.web.errors import problem
from gridgov.web.instance import utc_now
from gridgov.web.security import limiter


@api.post("/reports")
@public("a new report of one's own")
@limiter.limit("300/minute;3000/hour")
def create_report() -> Response:
    """Take a report as form, multipart or JSON. The same token again gives the same receipt."""
    values: Any = request.get_json() if request.is_json else request.form.to_dict()
    if not isinstance(values, dict):
        raise InvalidInput("form", "not_an_object")
    district_code = home_district()
    try:
        pictures = uploads.kept_before(request.form.getlist("kept_photo")) + uploads.take("photos")
        receipt = submissions.take_in(
            district_code,
            values,
            channel="snap",
            by=Actor.resident(district_code),
            pictures=pictures,
        )
    except intake.EmergencyFirst as error:
        return problem(
            400, error.code, sentences.of(error), emergency=error.values, errors=[_field(error)]
        )
    except InvalidInput as error:
        return problem(400, error.code, sentences.of(error), errors=[_field(error)])
    except OutsideJurisdiction as error:
        sentence = sentences.of(error)
        fields = [{"field": "position", "reason": "outside", "message": sentence}]
        return problem(422, error.code, sentence, errors=fields)
    code = show_receipt_code(receipt.receipt_code)
    body = {
        "receipt_code": code,
        "code": code,
        "receipt_url": url_for("resident.receipt", code=code, sent=1),
        "case_number": receipt.case_number,
        "repeated": receipt.repeated,
        **_receipt_words(receipt.case),
    }
    response = jsonify(body)
    response.status_code = 200 if receipt.repeated else 201
    return response


# The form's names for what the rules call otherwise.
FORM_FIELDS = {"photo": "photos", "datum": "position", "accuracy": "position"}


def _field(error: InvalidInput) -> dict[str, Any]:
    name = FORM_FIELDS.get(error.field, error.field)
    return {"field": name, "reason": error.reason, "message": sentences.of(error)}


def _receipt_words(case: Case) -> dict[str, str]:
    """Return title and state for the list that the device keeps."""
    with read_only() as session:
        reference = references.of(session, case.district_code)
    return {
        "title": receipts.title_of(case, reference),
        "summary": receipts.summary(case, receipts.public_state(case), reference, utc_now()),
    }
