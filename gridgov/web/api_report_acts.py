"""The machine door: what a program does for its reporters: answer a question, take back."""

from flask import Response, request

from gridgov.domain.intake import check_text
from gridgov.domain.roles import Role
from gridgov.domain.workflow import Action
from gridgov.services import reporters
from gridgov.services.effects import Given
from gridgov.storage.session import unit_of_work
from gridgov.web import uploads
from gridgov.web.access import program
from gridgov.web.api_base import WRITES, Body, api, described, limited, said
from gridgov.web.api_input import body, checked
from gridgov.web.api_own_reports import AREA, as_it_is, calling_key, own_report
from gridgov.web.api_schemas import ReportActIn, ReportOut
from gridgov.web.instance import utc_now

SCOPE = "reports:write"
PATH = {"report_id": ("The id of a report.", "0199f1a0-0000-7000-8000-000000000000")}
ANSWER = Body(
    {
        "application/json": ReportActIn,
        "multipart/form-data": ReportActIn,
        "application/x-www-form-urlencoded": ReportActIn,
    },
    {"text": "Second floor, the door on the left."},
)
REASON = Body({"application/json": ReportActIn}, {"text": "It is gone."})


@api.post("/reports/<report_id>/answer")
@program(SCOPE, staff=(), area=AREA)
@limited(WRITES)
@described("Reports", ReportOut, body=ANSWER, problems=(404, 409, 413), path=PATH)
def answer_question(report_id: str) -> Response:
    """Answer the question that waits on a report; the case goes on and its clock with it.

    Text, or photos as `photos` of a multipart form, or both. Without a question that waits
    this is a problem 409.
    """
    text = _text()
    pictures = uploads.take("photos")
    with unit_of_work() as session:
        report = own_report(session, calling_key(), report_id)
        given = Given(text=text, photos=pictures)
        reporters.act(
            session, report.id, Action.ANSWER, now=utc_now(), given=given, role=Role.PROGRAM
        )
        report_key = report.id
    return said(as_it_is(report_key))


@api.post("/reports/<report_id>/withdraw")
@program(SCOPE, staff=(), area=AREA)
@limited(WRITES)
@described("Reports", ReportOut, body=REASON, problems=(404, 409), path=PATH)
def withdraw_report(report_id: str) -> Response:
    """Take a report back: its case with it, or only the report where others told of the same.

    Once somebody works on the case and nobody else reported it, this is a problem 409.
    """
    text = _text()
    with unit_of_work() as session:
        report = own_report(session, calling_key(), report_id)
        reporters.withdraw(session, report.id, now=utc_now(), text=text or None, role=Role.PROGRAM)
        report_key = report.id
    return said(as_it_is(report_key))


def _text() -> str:
    """Return the words that came along; an act needs none."""
    if not request.mimetype and not request.content_length:
        return ""
    return check_text(checked(ReportActIn, body()).text)
