"""The only table from kinds of error to HTTP, as a page or as problem+json."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from gridgov.domain.errors import (
    Conflict,
    GridgovError,
    InvalidInput,
    InvalidTransition,
    NotAllowed,
    NotFound,
    OutsideJurisdiction,
    Unavailable,
)
from gridgov.web import open311_errors, sentences
from gridgov.web.access import KeyRefused, NotInstalled, ScopeMissing
from gridgov.web.i18n import language
from gridgov.web.malformed import Malformed

log = structlog.get_logger()

HTTP_STATUS: dict[type[GridgovError], int] = {
    KeyRefused: 401,
    InvalidInput: 400,
    NotAllowed: 403,
    NotFound: 404,
    InvalidTransition: 409,
    Conflict: 409,
    OutsideJurisdiction: 422,
    Unavailable: 503,
}


def status_of(error: GridgovError) -> int:
    """Return the HTTP status of a kind of error, by its nearest known ancestor."""
    for kind in type(error).__mro__:
        if kind in HTTP_STATUS:
            return HTTP_STATUS[kind]
    return 500


def wants_json() -> bool:
    """Tell whether the caller is a program: an API address, or asking for JSON."""
    return f"{request.path}/".startswith("/api/") or (
        request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def problem(
    status: int,
    code: str,
    title: str,
    *,
    detail: str = "",
    errors: Sequence[Mapping[str, str]] = (),
    **more: Any,
) -> Response:
    """Return an RFC 9457 problem document; `errors` are {field, reason, message}."""
    body = {
        "type": f"urn:gridgov:{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
        "errors": list(errors),
    }
    response = jsonify({**body, **more})
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def page(status: int, title: str, words: str, number: str | None = None) -> Response:
    """Return an error as a page with a sentence and a way on."""
    shown: dict[str, Any] = {"title": title, "words": words, "acts": [], "number": number}
    try:
        html = render_template("resident/message.html", **shown)
    except (GridgovError, HTTPException, SQLAlchemyError):
        # Every frame asks the database whose page it is; this one may say that it is gone.
        log.warning("an error page without its district", exc_info=True)
        bare = current_app.jinja_env.get_template("resident/message.html")
        html = bare.render(**shown, locale=language())
    return Response(html, status=status, mimetype="text/html")


def field_errors(error: GridgovError) -> list[dict[str, str]]:
    """Return what is wrong field by field, for programs and for the form's script."""
    if isinstance(error, Malformed):
        return [{"field": one.field, "reason": one.reason, "message": one.message} for one in error]
    if not isinstance(error, InvalidInput):
        return []
    sentence = sentences.of(error)
    return [{"field": error.field, "reason": error.reason, "message": sentence}]


# How a program learns which key it needs (RFC 6750).
CHALLENGES: Mapping[type[GridgovError], str] = {
    KeyRefused: 'Bearer realm="gridgov"',
    ScopeMissing: 'Bearer realm="gridgov", error="insufficient_scope"',
}


def known(error: GridgovError, **more: Any) -> Response:
    """Return one of our own errors as a problem document."""
    title = sentences.title_of(error)
    # What does not fit brings its own sentence for each field.
    detail = error.faults[0].message if isinstance(error, Malformed) else sentences.of(error)
    more = {"errors": field_errors(error), **more}
    response = problem(status_of(error), error.code, title, detail=detail, **more)
    challenge = CHALLENGES.get(type(error))
    if challenge is not None:
        response.headers["WWW-Authenticate"] = challenge
    return response


def _known(error: GridgovError) -> Response:
    if open311_errors.asked():
        return open311_errors.refusal(error, status_of(error))
    if wants_json():
        return known(error)
    sentence = sentences.of(error)
    words = _("What you typed is still in the form behind this page.")
    if isinstance(error, NotInstalled):
        words = _(
            "Whoever looks after this server runs the command “gridgov init” once; it asks for "
            "the district, its outline and the first administrator. Then this page is there."
        )
    return page(status_of(error), sentence, words)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if open311_errors.asked():
        return open311_errors.http(error)
    title, words = sentences.of_status(status)
    if wants_json():
        response = problem(status, f"http_{status}", title, detail=words)
        # Such as Allow with a 405: what a program needs to do better.
        kept = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
        response.headers.extend(kept)
        return response
    return page(status, title, words)


def _unknown(error: Exception) -> Response:
    number = secrets.token_hex(3).upper()
    # The address of a receipt is its key, so the log names the endpoint only.
    log.error("unexpected error", number=number, endpoint=request.endpoint, exc_info=error)
    if open311_errors.asked():
        return open311_errors.unexpected(number)
    title, words = sentences.of_status(500)
    if wants_json():
        return problem(500, "internal", title, number=number)
    return page(500, title, words, number=number)


def _csrf(_error: CSRFError) -> Response:
    title, words = sentences.of_status(400)
    if wants_json():
        return problem(400, "csrf", title)
    return page(400, _("This page was open for too long"), words)


def init_errors(app: Flask) -> None:
    """Register the handlers; no stack trace reaches a user."""
    app.register_error_handler(GridgovError, _known)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    if not app.testing:
        app.register_error_handler(Exception, _unknown)
