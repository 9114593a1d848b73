"""Who may call a route. Every route says it with one of these decorators (tested)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import abort, current_app, g, redirect, request, url_for
from flask_security import current_user

from gridgov.domain.errors import NotAllowed
from gridgov.domain.roles import Actor, Grant, Role
from gridgov.storage import access as access_rows
from gridgov.storage import districts, people
from gridgov.storage.session import read_only
from gridgov.web.instance import instance, utc_now

HOME = "gridgov_home_district"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares: who may call it, and over which area."""

    who: str  # everybody | receipt | staff | program
    roles: frozenset[Role]
    area: str
    scope: str | None = None


class KeyRefused(NotAllowed):
    """A program's key is missing, unknown, revoked, or lacks the scope."""

    code = "key_refused"


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
            if not current_actor().has(*roles):
                raise NotAllowed(f"{request.endpoint} is for {sorted(roles)}")
            return view(*args, **kwargs)

        guarded.access = Access("staff", frozenset(roles), area)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def program(scope: str, *, staff: tuple[Role, ...], area: str) -> Callable[[View], View]:
    """Declare a route for programs with a key of this scope, and for signed-in staff."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if current_user.is_authenticated:
                if not current_actor().has(*staff):
                    raise NotAllowed(f"{request.endpoint} is for {sorted(staff)}")
            else:
                g.actor = _program(scope)
            return view(*args, **kwargs)

        guarded.access = Access("program", frozenset(staff), area, scope)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def _program(scope: str) -> Actor:
    header = request.headers.get("Authorization", "")
    key = header.removeprefix("Bearer ") if header.startswith("Bearer ") else ""
    key = key or request.headers.get("X-Api-Key", "")
    if not key:
        raise KeyRefused("no key")
    with read_only() as session:
        row = access_rows.find_key(session, key)
        if row is None or scope not in row.scopes:
            raise KeyRefused("unknown key or missing scope")
        grant = Grant(Role.PROGRAM, area_code=row.district_code)
        return Actor(row.district_code, Role.PROGRAM, name=row.name, grants=(grant,))


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
        abort(503)
    # A district's code never changes, so it is looked up once per process.
    current_app.extensions[HOME] = found[0].code
    return found[0].code
