"""Security of every answer, and counted guesses at secrets."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

from gridgov.storage.access import Attempt, attempts
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import Instance, instance, utc_now

# Set in `g` by pages that are the same for all who are not signed in: they may be kept.
FOR_EVERYBODY = "for_everybody"
GUESSES = 10
# From here on right codes are refused too. Neighbours share an address, so it is far off.
GUESSES_CLOSED = 200
GUESS_WINDOW = timedelta(minutes=10)

csrf = CSRFProtect()
# Per process, in memory: what must hold across processes is counted in rows.
# Whole villages share one address of their mobile operator, so the limits are wide.
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


def init_security(app: Flask, held: Instance) -> None:
    """Set up CSRF, limits and headers, and the settings of sign-in."""
    app.config.update(_settings(held))
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(_make_nonce)
    app.before_request(_same_origin_only)
    app.after_request(_headers)
    app.context_processor(lambda: {"csp_nonce": g.get("csp_nonce", "")})


def _settings(held: Instance) -> dict[str, Any]:
    secure = held.settings.secure()
    return {
        "SECRET_KEY": held.keys.secret_key,
        "SECURITY_PASSWORD_SALT": held.keys.password_salt,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_USERNAME_ENABLE": True,
        "SECURITY_USERNAME_REQUIRED": True,
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [
            {"username": {"mapper": lambda text: text.strip(), "case_insensitive": True}}
        ],
        "SECURITY_LOGIN_USER_TEMPLATE": "staff/login.html",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_POST_LOGIN_VIEW": "/staff",
        "SECURITY_POST_LOGOUT_VIEW": "/login",
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_SEND_REGISTER_EMAIL": False,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
        # No page of gridgov asks for the password again: no /verify, no files of theirs.
        "SECURITY_FRESHNESS": timedelta(-1),
        "SECURITY_STATIC_FOLDER": None,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_NAME": "gridgov",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "REMEMBER_COOKIE_DURATION": timedelta(0),
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_ENABLED": held.settings.rate_limits,
        "MAX_CONTENT_LENGTH": 40 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    }


def _make_nonce() -> None:
    g.csp_nonce = secrets.token_urlsafe(16)


def _same_origin_only() -> None:
    """Refuse a form that another site sends in a person's name.

    The public forms carry no session, so a form token would only die in the
    offline queue (architecture, 8.7); the browser's own words decide instead.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.headers.get("Authorization"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        abort(403)
    origin = request.headers.get("Origin")
    if origin is not None and origin != "null" and urlsplit(origin).netloc != request.host:
        abort(403)


def _headers(response: Response) -> Response:
    nonce = g.get("csp_nonce", "")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; "
        f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault(
        "Permissions-Policy", "geolocation=(self), camera=(self), microphone=()"
    )
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.mimetype == "text/html" and not g.get(FOR_EVERYBODY):
        # Said anew, not by default: Flask-Security writes "no-store=True" on its pages.
        response.headers["Cache-Control"] = "no-store"
    return response


def caller() -> str:
    """Return who is calling as a salted hash: enough to count, not to know."""
    salt = instance().keys.password_salt
    return hashlib.sha256(f"{salt}|{request.remote_addr}".encode()).hexdigest()[:32]


def too_many_guesses(kind: str, most: int = GUESSES) -> bool:
    """Tell whether this caller guessed wrong too often lately; counted in rows."""
    with read_only() as session:
        count = attempts(session, kind, caller(), now=utc_now(), within=GUESS_WINDOW)
    return count >= most


def count_guess(kind: str) -> None:
    """Keep a wrong guess of this caller."""
    with unit_of_work() as session:
        session.add(Attempt(kind=kind, source=caller(), at=utc_now()))
