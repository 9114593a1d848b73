"""Staff sign-in: Flask-Security's form with our lock-out and our sentences."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_security.forms import LoginForm

from gridgov.web.instance import utc_now
from gridgov.web.security import LOCK_FOR, is_locked


class StaffLoginForm(LoginForm):
    """Refuses a locked account with the right password too; says nothing about which was wrong."""

    locked = False

    def validate(self, **kwargs: Any) -> bool:
        """Check the password, then the lock."""
        if not super().validate(**kwargs):
            return False
        if self.user is not None and is_locked(self.user, utc_now()):
            self.locked = True
            return False
        return True


def login_context() -> dict[str, Any]:
    """Return what the sign-in page needs besides the form."""
    other = "zh-Hans" if request.cookies.get("language") == "en" else "en"
    return {
        "action": url_for("security.login"),
        "next": request.values.get("next", ""),
        "username": request.form.get("username", ""),
        "errors": _errors(),
        "language": {
            "url": url_for("resident.switch_language", to=other, next="/login"),
            "lang": other,
            "word": "English" if other == "en" else "中文",
        },
    }


def _errors() -> list[str]:
    if request.method != "POST":
        return []
    minutes = int(LOCK_FOR.total_seconds() // 60)
    return [
        _("User name or password is not right."),
        _(
            "After several wrong tries the account is closed for %(minutes)s minutes.",
            minutes=minutes,
        ),
    ]
