"""The only table from kinds of error to HTTP, as a page or as problem+json."""

import secrets
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
from gridgov.web import sentences
from gridgov.web.access import KeyRefused
from gridgov.web.i18n import language

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
    return request.path.startswith("/api/") or (
        request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def problem(status: int, code: str, title: str, **more: Any) -> Response:
    """Return an RFC 9457 problem document."""
    response = jsonify({"type": f"urn:gridgov:{code}", "title": title, "status": status, **more})
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


def _field_errors(error: GridgovError) -> dict[str, Any]:
    if not isinstance(error, InvalidInput):
        return {}
    sentence = sentences.of(error)
    return {"errors": [{"field": error.field, "reason": error.reason, "message": sentence}]}


def _known(error: GridgovError) -> Response:
    status = status_of(error)
    sentence = sentences.of(error)
    if wants_json():
        return problem(status, error.code, sentence, **_field_errors(error))
    return page(status, sentence, _("What you typed is still in the form behind this page."))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    title, words = sentences.of_status(status)
    if wants_json():
        return problem(status, f"http_{status}", title)
    return page(status, title, words)


def _unknown(error: Exception) -> Response:
    number = secrets.token_hex(3).upper()
    # The address of a receipt is its key, so the log names the endpoint only.
    log.error("unexpected error", number=number, endpoint=request.endpoint, exc_info=error)
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
