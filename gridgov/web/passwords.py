"""How staff choose a password: by a link used once, or the own one anew."""

from typing import Any

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from flask_security.utils import hash_password, logout_user, verify_password
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain import passwords
from gridgov.domain.errors import InvalidInput, NotAllowed, NotFound
from gridgov.services import accounts
from gridgov.storage.people import Person
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.access import current_actor, public, requires
from gridgov.web.instance import utc_now
from gridgov.web.security import count_guess, limiter, too_many_guesses
from gridgov.web.shell import ALL_STAFF, staff_home

OWN = "the person's own password"
GUESS = "welcome"
# Where somebody with a one-time password may go.
FREE = frozenset({"staff.own_password", "staff.change_password", "static", "security.logout"})


def init_passwords(app: Flask) -> None:
    """Lead whoever has a one-time password to the page that changes it."""
    app.before_request(_change_first)


def _change_first() -> BaseResponse | None:
    here = request.endpoint or ""
    if not here or here in FREE or here.startswith(("health.", "resident.switch")):
        return None
    if not current_user.is_authenticated or not current_user.one_time:
        return None
    if request.method != "GET":
        raise NotAllowed("the one-time password is to be changed first")
    return redirect(url_for("staff.own_password"))


@staff_home.get("/account/password")
@requires(*ALL_STAFF, area=OWN)
def own_password() -> str:
    """Show the form for another password."""
    return _page({}, one_time=bool(current_user.one_time))


def _page(errors: dict[str, str], **more: Any) -> str:
    values = {"username": None, "one_time": False, **more}
    return render_template(
        "staff/password.html", errors=errors, least=passwords.LEAST, asks_old=True, **values
    )


@staff_home.post("/account/password")
@requires(*ALL_STAFF, area=OWN)
@limiter.limit("20/minute")
def change_password() -> BaseResponse:
    """Change the own password and sign out everywhere."""
    errors: dict[str, str] = {}
    if not verify_password(request.form.get("old", ""), current_user.password or ""):
        errors["old"] = _("This is not your password now.")
    errors |= _wrong(current_user.username)
    if errors:
        return _refused(_page(errors, one_time=bool(current_user.one_time)))
    hashed = hash_password(request.form["password"])
    person_id, code = current_user.id, current_actor().district_code
    with unit_of_work() as session:
        accounts.set_password(session, accounts.person_of(session, code, person_id), hashed)
    logout_user()
    flash(_("The password is changed. Please sign in with it."))
    return redirect(url_for("security.login"), code=303)


def _refused(page: str) -> BaseResponse:
    return BaseResponse(page, 400, mimetype="text/html")


def _wrong(username: str) -> dict[str, str]:
    try:
        form = request.form
        passwords.check(form.get("password", ""), form.get("again", ""), username)
    except InvalidInput as error:
        said = {
            "too_short": _("At least %(least)s characters.", least=passwords.LEAST),
            "too_long": _("At most %(most)s characters.", most=passwords.MOST),
            "too_easy": _("This is too easy to guess. A few words in a row are good."),
            "differs": _("The two do not agree."),
        }
        return {error.field: said[error.reason]}
    return {}


def _invited(token: str) -> Person:
    """Return whose link this is; guesses are counted. Raises: NotFound."""
    if too_many_guesses(GUESS):
        abort(429)
    try:
        with read_only() as session:
            return accounts.opened_by(session, token, now=utc_now())
    except NotFound:
        count_guess(GUESS)
        raise


@staff_home.get("/welcome/<token>")
@public(area="the one person the link was made for")
def welcome(token: str) -> str:
    """Show the form with which somebody chooses the first password. Raises: NotFound."""
    return _welcome_page(_invited(token), {})


def _welcome_page(person: Person, errors: dict[str, str]) -> str:
    return render_template(
        "staff/password.html",
        errors=errors,
        least=passwords.LEAST,
        asks_old=False,
        one_time=False,
        username=person.username,
    )


@staff_home.post("/welcome/<token>")
@public(area="the one person the link was made for")
def choose_password(token: str) -> BaseResponse:
    """Give a person the password that was chosen; the link ends. Raises: NotFound."""
    person = _invited(token)
    errors = _wrong(person.username)
    if errors:
        return _refused(_welcome_page(person, errors))
    hashed = hash_password(request.form["password"])
    with unit_of_work() as session:
        # Looked up anew: of two who open it at once, one is too late.
        accounts.set_password(session, accounts.opened_by(session, token, now=utc_now()), hashed)
    flash(_("The password is set. Please sign in with it."))
    return redirect(url_for("security.login"), code=303)
