"""Staff sign-in: Flask-Security's form with our lock-out and our sentences."""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, request, url_for
from flask_babel import gettext as _
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.forms import LoginForm
from flask_security.signals import user_authenticated, user_failed_authn
from flask_security.utils import validate_redirect_url

from gridgov.storage.base import db
from gridgov.storage.people import NamedRole, Person
from gridgov.storage.session import unit_of_work
from gridgov.web.access import Access
from gridgov.web.instance import utc_now
from gridgov.web.security import limiter

LOCK_AFTER = 8
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
    """Tell whether sign-in is locked for a person after too many wrong passwords."""
    return person.locked_until is not None and person.locked_until > now


def _failed(_app: Flask, user: Person, **_more: Any) -> None:
    """Count a wrong password in the person's row, so that it counts in every process."""
    with unit_of_work() as session:
        person = session.get_one(Person, user.id)
        person.failed_logins += 1
        if person.failed_logins >= LOCK_AFTER:
            person.locked_until = utc_now() + LOCK_FOR
            person.failed_logins = 0


def _signed_in(_app: Flask, user: Person, **_more: Any) -> None:
    if user.failed_logins or user.locked_until:
        with unit_of_work() as session:
            person = session.get_one(Person, user.id)
            person.failed_logins, person.locked_until = 0, None


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
    for endpoint, who in (("security.login", "everybody"), ("security.logout", "staff")):
        view: Any = app.view_functions[endpoint]
        view.access = Access(who, frozenset(), "the person's own session")
    login: Any = app.view_functions["security.login"]
    app.view_functions["security.login"] = limiter.limit("60/minute", methods=["POST"])(login)
    user_failed_authn.connect(_failed, app)
    user_authenticated.connect(_signed_in, app)
