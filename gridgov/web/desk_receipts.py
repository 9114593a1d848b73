"""Receipt codes found by a caller's phone number, to be read out at the desk."""

from typing import Any

from flask import make_response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import GridgovError
from gridgov.domain.roles import Role
from gridgov.services import recovery
from gridgov.services import reference as references
from gridgov.services.recovery import Found
from gridgov.services.reference import Reference
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.recoveries import Recovery
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import receipts, sentences, shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.desk import desk
from gridgov.web.errors import status_of
from gridgov.web.i18n import pick
from gridgov.web.instance import instance, utc_now

AREA = "receipts of cases in the areas the person dispatches for"


@desk.get("/receipts")
@requires(Role.DISPATCHER, area=AREA)
def receipts_by_phone() -> BaseResponse:
    """Show who asked for a lost code, and the field for a caller's number."""
    return _page({}, {}, None, 200)


@desk.post("/receipts")
@requires(Role.DISPATCHER, area=AREA)
def find_receipts() -> BaseResponse:
    """Find the receipts made with a number; every look is logged."""
    sent, actor = request.form.to_dict(), current_actor()
    try:
        with unit_of_work() as session:
            found = recovery.find(
                session, sent.get("phone", ""), by=actor, now=utc_now(), vault=instance().vault
            )
            reference = references.of(session, actor.district_code)
            lines = [_line(one, reference) for one in found]
    except GridgovError as error:
        return _page(sent, {"phone": sentences.of(error)}, None, status_of(error))
    return _page(sent, {}, lines, 200)


def _page(
    sent: dict[str, Any],
    errors: dict[str, str],
    found: list[dict[str, Any]] | None,
    status: int,
) -> BaseResponse:
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        waiting = recovery.waiting(session, actor.district_code, now=now)
        head = shell.staff_context(actor, "desk", reference)
    asked = [_asked(one, reference) for one in waiting]
    html = render_template(
        "staff/receipts.html", **head, form=sent, errors=errors, found=found, asked=asked
    )
    return make_response(html, status)


def _asked(one: Recovery, reference: Reference) -> dict[str, str]:
    category = reference.catalogue.get(one.category_code or "")
    return {
        "at": words.clock(one.asked_at, utc_now(), reference.zone),
        "day": "" if one.reported_on is None else one.reported_on.isoformat(),
        "kind": "" if category is None else pick(category.name, category.name_en),
    }


def _line(one: Found, reference: Reference) -> dict[str, Any]:
    return {
        "code": show_receipt_code(one.report.receipt_code),
        "number": one.case.number,
        "title": receipts.title_of(one.case, reference),
        "day": reference.local_day(one.report.received_at).isoformat(),
        "state": receipts.word_of(one.case),
        "asked": one.asked,
    }
