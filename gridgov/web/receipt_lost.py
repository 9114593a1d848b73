"""A lost receipt code is asked for by phone number. Part of the resident's pages."""

from datetime import date
from typing import Any

from flask import make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import InvalidInput
from gridgov.services import recovery
from gridgov.services import reference as references
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import security, sentences
from gridgov.web.access import home_district, public
from gridgov.web.errors import status_of
from gridgov.web.i18n import pick
from gridgov.web.instance import instance, utc_now
from gridgov.web.resident import resident
from gridgov.web.security import limiter

KIND = "recover"
# Neighbours share an address; whoever tries numbers from one is stopped all the same.
ASKED_MOST = 20


@resident.get("/r/lost")
@public()
def lost() -> BaseResponse:
    """Show the form that asks for the phone number and, roughly, the day and the kind."""
    return _form({}, {})


@resident.post("/r/lost")
@public("a request to be answered by phone: no code is shown, no number is told apart")
@limiter.limit("10/minute")
def ask_for_code() -> BaseResponse:
    """Note a request; the answer is the same for known and unknown numbers."""
    sent = request.form.to_dict()
    if security.too_many_guesses(KIND, ASKED_MOST):
        said = _("Too many requests. Please try again in 10 minutes, or call 12345.")
        return _form(sent, {"phone": said}, 429)
    security.count_guess(KIND)
    try:
        day = _day(sent.get("day", ""))
        with unit_of_work() as session:
            recovery.ask(
                session,
                home_district(),
                sent.get("phone", ""),
                reported_on=day,
                category_code=sent.get("category") or None,
                now=utc_now(),
                vault=instance().vault,
            )
    except InvalidInput as error:
        return _form(sent, {error.field: sentences.of(error)}, status_of(error))
    return make_response(
        render_template(
            "resident/message.html",
            title=_("We have noted it"),
            words=_(
                "If something was reported with this number, the command centre finds it by the "
                "number: call 12345 and it is read out to you. Have the day and the matter ready."
            ),
            help_phone="12345",
        )
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError as error:
        raise InvalidInput("day", "not_a_day") from error


def _form(sent: dict[str, Any], errors: dict[str, str], status: int = 200) -> BaseResponse:
    with read_only() as session:
        reference = references.of(session, home_district())
    kinds = [
        {"code": item.code, "name": pick(item.name, item.name_en)}
        for item in sorted(reference.catalogue.values(), key=lambda item: item.code)
        if not item.confidential
    ]
    html = render_template(
        "resident/lost.html", form=sent, errors=errors, kinds=kinds, help_phone="12345"
    )
    return make_response(html, status)
