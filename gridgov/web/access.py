"""Who may call a route. Every route says it with one of these decorators (tested)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import abort, current_app, g, redirect, request, url_for
from flask_security import current_user

from gridgov.domain.errors import NotAllowed, Unavailable
from gridgov.domain.roles import Actor, Grant, Role
from gridgov.storage import access as access_rows
from gridgov.storage import districts, people
from gridgov.storage.access import ApiKey
from gridgov.storage.session import read_only
from gridgov.web.instance import instance, utc_now

HOME = "gridgov_home_district"
HOME_LANGUAGE = "gridgov_home_language"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares: who may call it, and over which area."""

    who: str  # everybody | receipt | staff | program
    roles: frozenset[Role]
    area: str
    scope: str | None = None


class KeyRefused(NotAllowed):
    """A program's key is missing, unknown or revoked."""

    code = "key_refused"


class ScopeMissing(NotAllowed):
    """A program's key is good, but not for this."""

    code = "scope_missing"


class NoDuty(NotAllowed):
    """A person of the staff has neither a duty nor a role at present."""

    code = "no_duty"


class NotInstalled(Unavailable):
    """There is no district yet, so there is nothing to show."""

    code = "not_installed"


def public(area: str = "none: nothing that belongs to anybody") -> Callable[[View], View]:
    """Declare a route that everybody may call."""

    def mark(view: View) -> View:
        view.access = Access("everybody", frozenset(), area)  # type: ignore[attr-defined]
        return view

    return mark


def with_receipt(view: View) -> View:
    """Declare a route that is open to whoever holds the receipt code in its address."""
    view.access = Access(  # type: ignore[attr-defined]
        "receipt", frozenset({Role.RESIDENT}), "the case of the receipt"
    )
    return view


def requires(*roles: Role, area: str) -> Callable[[View], View]:
    """Declare a staff route; without sign-in a page leads to /login, anything else is refused.

    `area` says in words over what the roles act; the policy enforces it.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                if request.method == "GET":
                    return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
                abort(401)
            actor = current_actor()
            if not actor.grants:
                raise NoDuty("neither a duty nor a role today")
            if not actor.has(*roles):
                raise NotAllowed(f"{request.endpoint} is for {sorted(roles)}")
            return view(*args, **kwargs)

        guarded.access = Access("staff", frozenset(roles), area)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def program(scope: str, *, staff: tuple[Role, ...], area: str) -> Callable[[View], View]:
    """Declare a route for programs with a key of this scope, and for signed-in staff.

    A key that is sent counts, also beside a session; `staff` empty means programs only.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if sent_key() or not current_user.is_authenticated:
                g.actor = actor_of(key_for(sent_key(), scope))
            elif not current_actor().has(*staff):
                raise NotAllowed(f"{request.endpoint} is for {sorted(staff)}")
            return view(*args, **kwargs)

        roles = frozenset(staff or (Role.PROGRAM,))
        guarded.access = Access("program", roles, area, scope)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def public_or_program(scope: str, *, area: str) -> Callable[[View], View]:
    """Declare a route for everybody; a key that is sent must be good and have the scope."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if sent_key():
                g.actor = actor_of(key_for(sent_key(), scope))
            return view(*args, **kwargs)

        guarded.access = Access("everybody", frozenset(), area, scope)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def sent_key() -> str:
    """Return the key in the headers of a request (Bearer or X-Api-Key), "" without one."""
    header = request.headers.get("Authorization", "")
    kind, _, key = header.partition(" ")
    bearer = key.strip() if kind.lower() == "bearer" else ""
    return bearer or request.headers.get("X-Api-Key", "").strip()


def known_key(secret: str) -> ApiKey | None:
    """Return a key in use by its secret, None for anything else; looked up once a request."""
    if not secret:
        return None
    seen: dict[str, ApiKey | None] = g.setdefault("keys_seen", {})
    if secret not in seen:
        with read_only() as session:
            seen[secret] = access_rows.find_key(session, secret)
    return seen[secret]


def key_for(secret: str, scope: str) -> ApiKey:
    """Return the key behind a secret that was sent, wherever it stood (header, query, form).

    Raises: KeyRefused (none, unknown, revoked), ScopeMissing.
    """
    key = known_key(secret)
    if key is None:
        raise KeyRefused("no key, or none that is in use")
    if scope not in key.scopes:
        raise ScopeMissing(f"the key has no scope {scope}", scope=scope)
    return key


def actor_of(key: ApiKey) -> Actor:
    """Return the program behind a key: it acts for the whole district of the key."""
    grant = Grant(Role.PROGRAM, area_code=key.district_code)
    return Actor(key.district_code, Role.PROGRAM, name=key.name, grants=(grant,))


def current_key() -> ApiKey | None:
    """Return the good key that came in a header, None for people."""
    return known_key(sent_key())


def current_actor() -> Actor:
    """Return who is calling: the signed-in person with today's duties, or the program."""
    if "actor" not in g:
        g.actor = _load_actor()
    actor: Actor = g.actor
    return actor


def _load_actor() -> Actor:
    if not current_user.is_authenticated:
        return Actor.resident(home_district())
    with read_only() as session:
        district = districts.get(session, current_user.district_code)
        today = utc_now().astimezone(ZoneInfo(district.timezone)).date()
        return people.load_actor(session, current_user, today)


def home_district() -> str:
    """Return the code of the district whose pages are shown to residents."""
    chosen: str = instance().settings.district or current_app.extensions.get(HOME, "")
    if chosen:
        return chosen
    with read_only() as session:
        found = districts.every(session)
    if not found:
        raise NotInstalled("no district yet: run gridgov init")
    # A district's code never changes, so it is looked up once per process.
    current_app.extensions[HOME] = found[0].code
    return found[0].code


def home_language() -> str:
    """Return the language that district's residents read unless they choose another."""
    kept: str = current_app.extensions.get(HOME_LANGUAGE, "")
    if not kept:
        with read_only() as session:
            kept = districts.get(session, home_district()).languages[0]
        current_app.extensions[HOME_LANGUAGE] = kept
    return kept
