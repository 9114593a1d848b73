"""Administration: the keys of programs, made and revoked here, shown once."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import InvalidInput
from gridgov.domain.keys import Scope, check_channel, check_name, check_scopes
from gridgov.domain.roles import Role
from gridgov.services import keys
from gridgov.services import reference as references
from gridgov.services.keys import ListedKey, NewKey
from gridgov.services.reference import Reference
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import sentences, shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import AREA, admin
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now

# What a key may do, as people say it.
SCOPE_WORDS: Mapping[Scope, Any] = {
    Scope.REPORTS_WRITE: _l("Send reports"),
    Scope.REPORTS_READ: _l("Read back the reports it sent"),
    Scope.CASES_READ: _l("Read the cases of the district, never confidential ones"),
    Scope.AREAS_READ: _l("Read areas and classes, which are public"),
    Scope.BOARD_READ: _l("Read the figures of the board"),
    Scope.FACTS_READ: _l("Read the counters behind them, day by day"),
    Scope.OPEN311_WRITE: _l("Send requests by Open311"),
}
# What programs usually are; anything else can be typed.
CHANNELS = ("api", "12345", "patrol")
CHECKS: Mapping[str, Callable[[Any], object]] = {
    "name": check_name,
    "scopes": check_scopes,
    "channel": check_channel,
}
NEW = {"name": "", "scopes": [str(Scope.REPORTS_WRITE), str(Scope.REPORTS_READ)], "channel": "api"}


@admin.get("/keys")
@requires(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, area=AREA)
def list_keys() -> str:
    """Show the keys of the district, and the form for another one."""
    return render_template("admin/keys.html", **_page(NEW))


def _page(values: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        head = shell.staff_context(actor, "admin", reference)
        found = keys.listed(session, actor.district_code)
    return {
        **head,
        "district_name": pick(reference.name, reference.name_en),
        "in_use": [row_of(one, reference) for one in found if one.key.revoked_at is None],
        "ended": [row_of(one, reference) for one in found if one.key.revoked_at is not None],
        "export_url": url_for("admin.export_keys"),
        "may_make": actor.has(Role.SYSTEM_ADMIN),
        "scopes": [
            {"code": str(scope), "words": said, "on": str(scope) in values["scopes"]}
            for scope, said in SCOPE_WORDS.items()
        ],
        "channels": CHANNELS,
        "values": values,
        "errors": {},
        "new_key": None,
        **more,
    }


def row_of(listed: ListedKey, reference: Reference) -> dict[str, Any]:
    """Return a key as the page lists it."""
    key = listed.key
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "channel": str(words.CHANNEL_WORDS.get(key.channel, key.channel)),
        "by": listed.made_by,
        "made": _clock(key.made_at, reference),
        "revoked": None if key.revoked_at is None else _clock(key.revoked_at, reference),
        "revoke_url": url_for("admin.revoke_key", key_id=key.id),
    }


def _clock(moment: datetime, reference: Reference) -> str:
    return f"{moment.astimezone(reference.zone):%Y-%m-%d %H:%M}"


@admin.post("/keys")
@requires(Role.SYSTEM_ADMIN, area=AREA)
def create_key() -> BaseResponse:
    """Make a key for a program and show it this once."""
    values = {
        "name": request.form.get("name", ""),
        "scopes": request.form.getlist("scopes"),
        "channel": request.form.get("channel", ""),
    }
    errors = dict(_errors(values))
    if errors:
        page = _page(values, errors=errors)
        return make_response(render_template("admin/keys.html", **page), 400)
    made = _make(values)
    shown = {"name": made.key.name, "secret": made.secret}
    response = make_response(render_template("admin/keys.html", **_page(NEW, new_key=shown)))
    response.headers["Cache-Control"] = "no-store"
    return response


def _errors(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each field that cannot be taken, with its sentence: all of them at once."""
    for name, check in CHECKS.items():
        try:
            check(values[name])
        except InvalidInput as error:
            yield error.field, sentences.of(error)


def _make(values: Mapping[str, Any]) -> NewKey:
    actor = current_actor()
    with unit_of_work() as session:
        return keys.make(
            session,
            actor.district_code,
            values["name"],
            values["scopes"],
            values["channel"],
            by=actor.person_id,
            now=utc_now(),
        )


@admin.post("/keys/<uuid:key_id>/revoke")
@requires(Role.SYSTEM_ADMIN, area=AREA)
def revoke_key(key_id: UUID) -> BaseResponse:
    """Revoke a key at once."""
    with unit_of_work() as session:
        keys.revoke(session, current_actor().district_code, key_id, now=utc_now())
    return redirect(url_for("admin.list_keys"), code=303)
