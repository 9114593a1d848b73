"""Staff sign-in: Flask-Security's form with our lock-out and our sentences."""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, request, url_for
from flask import session as browser
from flask_babel import gettext as _
from flask_security import Security, SQLAlchemyUserDatastore, current_user
from flask_security.forms import LoginForm
from flask_security.signals import user_authenticated, user_failed_authn
from flask_security.utils import validate_redirect_url

from gridgov.storage import districts
from gridgov.storage.access import Attempt, attempts
from gridgov.storage.base import db
from gridgov.storage.people import NamedRole, Person
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.access import Access
from gridgov.web.i18n import COOKIE
from gridgov.web.instance import utc_now
from gridgov.web.security import caller, limiter

LOCK_AFTER = 8
LOCK_ALL_AFTER = 100
LOCK_FOR = timedelta(minutes=10)


class StaffLoginForm(LoginForm):
    """Refuses a locked account with the right password too, and never says which was wrong."""

    def validate_next(self, field: Any) -> None:
        """Forget an address of another site; the sign-in itself is not wrong for it."""
        if field.data and not validate_redirect_url(field.data):
            field.data = ""

    def validate(self, **kwargs: Any) -> bool:
        """Check the password, then the lock."""
        if not super().validate(**kwargs):
            return False
        return not (isinstance(self.user, Person) and is_locked(self.user, utc_now()))


def is_locked(person: Person, now: datetime) -> bool:
    """Tell whether sign-in to an account is locked, for this caller or for everybody.

    Wrong passwords are counted per account and caller, so that a stranger cannot
    keep a worker out; many callers together close the account all the same.
    """
    with read_only() as session:
        here = attempts(session, _kind(person), caller(), now=now, within=LOCK_FOR)
        everywhere = attempts(session, _kind(person), None, now=now, within=LOCK_FOR)
    return here >= LOCK_AFTER or everywhere >= LOCK_ALL_AFTER


def _kind(person: Person) -> str:
    return f"login:{person.id}"


def _failed(_app: Flask, user: Person, **_more: Any) -> None:
    """Keep a wrong password as a row, so that it counts in every process."""
    with unit_of_work() as session:
        session.add(Attempt(kind=_kind(user), source=caller(), at=utc_now()))


def _speak(_app: Flask, user: Person, **_more: Any) -> None:
    """Let somebody who signs in read the first language of the own district."""
    with read_only() as session:
        browser[COOKIE] = districts.get(session, user.district_code).languages[0]


def release_login() -> None:
    """Load who is signed in and give the connection back.

    Flask-Security reads the person in a session of its own; kept open, every request
    of staff would hold two connections at once.
    """
    if request.endpoint is None or request.endpoint.startswith(("security.", "static")):
        return
    if current_user.is_authenticated:
        db.session.close()


def _context() -> dict[str, Any]:
    """Return what the sign-in page needs besides the form."""
    other = "zh-Hans" if request.cookies.get("language") == "en" else "en"
    return {
        "action": url_for("security.login"),
        "next": request.values.get("next", ""),
        "username": request.form.get("username", ""),
        "errors": _errors(),
        "language": {
            "url": url_for("resident.switch_language", to=other, back="/login"),
            "lang": other,
            "word": "English" if other == "en" else "中文",
        },
    }


def _errors() -> list[str]:
    if request.method != "POST":
        return []
    minutes = int(LOCK_FOR.total_seconds() // 60)
    closed = _(
        "After several wrong tries the account is closed for %(minutes)s minutes.", minutes=minutes
    )
    return [_("User name or password is not right."), closed]


def init_login(app: Flask) -> None:
    """Set Flask-Security up; its routes declare their access like ours."""
    datastore = SQLAlchemyUserDatastore(db, Person, NamedRole)
    security = Security(app, datastore, login_form=StaffLoginForm)
    security.login_context_processor(_context)
    # Staff sign in with the session cookie and nothing else: a token would outlive it.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    app.before_request(release_login)
    for endpoint, who in (("security.login", "everybody"), ("security.logout", "staff")):
        view: Any = app.view_functions[endpoint]
        view.access = Access(who, frozenset(), "the person's own session")
    login: Any = app.view_functions["security.login"]
    app.view_functions["security.login"] = limiter.limit("60/minute", methods=["POST"])(login)
    user_failed_authn.connect(_failed, app)
    user_authenticated.connect(_speak, app)
