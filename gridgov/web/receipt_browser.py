"""“Tell me when something changes”: the browser of whoever follows a report."""

from flask import make_response
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.notices import REPORT, Recipient
from gridgov.web import notices
from gridgov.web.access import with_receipt
from gridgov.web.receipt_pages import report_of
from gridgov.web.resident import resident
from gridgov.web.security import limiter


@resident.post("/r/<code>/browser")
@with_receipt
@limiter.limit("20/minute")
def tell_browser(code: str) -> BaseResponse:
    """Tell the browser that asks when the public word of the report changes."""
    report = report_of(code)
    notices.subscribe(report.district_code, Recipient(REPORT, str(report.id)))
    return make_response("", 204)


@resident.post("/r/<code>/browser/forget")
@with_receipt
@limiter.limit("20/minute")
def forget_browser(code: str) -> BaseResponse:
    """Tell the browser that asks no more."""
    report = report_of(code)
    notices.forget(Recipient(REPORT, str(report.id)))
    return make_response("", 204)
