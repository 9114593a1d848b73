"""Open311 errors: the kinds of gridgov in that API's few statuses and its own words.

404 for what does not exist, 403 for a key that is missing or wrong, 400 for anything
else that cannot be done (GeoReport v2, "Errors"); in the format that was asked for.
"""

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from gridgov.domain.errors import GridgovError, InvalidInput, NotFound
from gridgov.services.intake import EmergencyFirst
from gridgov.services.service_requests import AddedBefore
from gridgov.web import sentences
from gridgov.web.access import KeyRefused, ScopeMissing
from gridgov.web.open311_render import answer

PREFIX = "/open311"
FOLDED = {401: 403, 409: 400, 422: 400}
# Our fields → the argument a client sent.
ARGUMENTS = {
    "category": "service_code",
    "position": "lat, long",
    "place_words": "address_string",
    "area_code": "address_id",
    "near_choice": "address_id",
    "text": "description",
    "photos": "media",
    "photo": "media",
}


class NoSuch(NotFound):
    """A thing named by an argument does not exist; `argument` and `value` say which."""

    def __init__(self, argument: str, value: str) -> None:
        """Name the argument and what it said."""
        super().__init__(f"{argument} {value}", argument=argument, value=value[:100])


class Refused(InvalidInput):
    """A request that cannot be answered, with its sentence."""

    def __init__(self, argument: str, sentence: str) -> None:
        """Name the argument and say why."""
        super().__init__(argument, "refused", sentence)
        self.sentence = sentence


def asked() -> bool:
    """Tell whether the caller speaks Open311."""
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def refusal(error: GridgovError, status: int) -> Response:
    """Return an error of ours as an Open311 error."""
    status = FOLDED.get(status, status)
    return _errors(status, sentence_of(error))


def sentence_of(error: GridgovError) -> str:
    """Return what a person who uses the client shall read."""
    for kind, words in BY_KIND.items():
        if isinstance(error, kind):
            return words(error)
    if not isinstance(error, InvalidInput):
        return sentences.of(error)
    special = BY_REASON.get((error.field, error.reason))
    if special is not None:
        return special(error)
    return f"{ARGUMENTS.get(error.field, error.field)}: {sentences.of(error)}"


def _refused(error: Any) -> str:
    return str(error.sentence)


def _emergency(error: Any) -> str:
    return _(
        "This sounds dangerous (%(words)s): call %(number)s now. No service request was made.",
        words=error.values["words"],
        number=error.values["number"],
    )


def _no_such(error: Any) -> str:
    return _(
        "%(argument)s %(value)s was not found.",
        argument=error.values["argument"],
        value=error.values["value"],
    )


def _no_key(_error: Any) -> str:
    return _("The api_key is missing, not valid, or not meant for this. No request was made.")


def _added_before(_error: Any) -> str:
    return _("An update with this update_id already exists.")


def _not_provided(_error: Any) -> str:
    return _("service_code was not provided.")


def _no_place(_error: Any) -> str:
    return _("Say where it is: lat and long, or address_string, or address_id.")


BY_KIND: dict[type[GridgovError], Callable[[Any], str]] = {
    Refused: _refused,
    EmergencyFirst: _emergency,
    NoSuch: _no_such,
    KeyRefused: _no_key,
    ScopeMissing: _no_key,
    AddedBefore: _added_before,
}
BY_REASON: dict[tuple[str, str], Callable[[Any], str]] = {
    ("category", "missing"): _not_provided,
    ("position", "missing"): _no_place,
}


def http(error: HTTPException) -> Response:
    """Return a plain HTTP error (no such address, too large, too often …) as an Open311 error."""
    status = error.code or 500
    words = {
        404: _("There is nothing at this address. /open311/discovery.xml says where it is."),
        415: _("Send it as application/x-www-form-urlencoded or as multipart/form-data."),
    }
    response = _errors(status, words.get(status) or sentences.of_status(status)[0])
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def unexpected(number: str) -> Response:
    """Return the answer for a fault of ours; the log knows more under its number."""
    title = sentences.of_status(500)[0]
    return _errors(500, f"{title} ({number})")


def _errors(status: int, description: str) -> Response:
    return answer("errors", [{"code": status, "description": description}], status)
