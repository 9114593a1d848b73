"""Administration, thin for now: what is installed, and the keys of programs."""

import secrets
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import NotFound
from gridgov.domain.roles import Role
from gridgov.services import reference as references
from gridgov.services.indicators import PROJECTOR
from gridgov.services.reference import Reference
from gridgov.storage import areas, districts, messages
from gridgov.storage.access import PREFIX, ApiKey, hash_key
from gridgov.storage.cases import Case
from gridgov.storage.people import Person
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now

admin = Blueprint("admin", __name__, url_prefix="/admin")

AREA = "the district of the person; no case is shown"
SCOPES = ["board:read"]


@admin.get("")
@requires(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, area=AREA)
def overview() -> str:
    """Show what is installed and the keys."""
    return render_template("staff/admin.html", **_page())


def _page(**more: Any) -> dict[str, Any]:
    actor = current_actor()
    now = utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        context = {
            **shell.staff_context(actor, "admin", reference),
            "district": _district(session, actor.district_code),
            "net": _net(session, reference),
            "counts": _counts(session, reference),
            "messages": _log(session, actor.district_code),
            "api_keys": _keys(session, actor.district_code, reference),
        }
    context["district"]["product"] = _("%(district)s snap and report", district=reference.name)
    context |= {
        "new_key": None,
        "create_url": url_for("admin.create_key"),
        "errors": {},
        "values": {},
        "notice": None,
        "as_of": words.clock(now, now, reference.zone),
    }
    return {**context, **more}


def _district(session: Session, code: str) -> dict[str, Any]:
    row = districts.get(session, code)
    opened = row.opened_at.date().isoformat()
    return {
        "code": row.code,
        "name": pick(row.name, row.name_en),
        "time_zone": row.timezone,
        "opened": _("opened %(day)s", day=opened),
    }


def _net(session: Session, reference: Reference) -> dict[str, Any]:
    version = areas.active_version(session, reference.district_code)
    words_of = {
        AreaKind.TOWN: _("Towns"),
        AreaKind.VILLAGE: _("Villages"),
        AreaKind.GRID: _("Unit grids"),
        AreaKind.PROFESSIONAL: _("Professional grids"),
    }
    moment = version.activated_at if version is not None else None
    return {
        "version": reference.net.version,
        "status": _("active"),
        "activated": f"{moment.astimezone(reference.zone):%Y-%m-%d %H:%M}" if moment else "—",
        "synthetic": reference.net.synthetic,
        "counts": [
            {"name": name, "value": len(reference.net.areas(kind))}
            for kind, name in words_of.items()
        ],
    }


def _counts(session: Session, reference: Reference) -> list[dict[str, Any]]:
    def rows(model: Any) -> int:
        query = select(func.count()).where(model.district_code == reference.district_code)
        return session.scalar(query) or 0

    return [
        {"name": _("People"), "value": rows(Person)},
        {"name": _("Units"), "value": len(reference.units)},
        {"name": _("Kinds of problem"), "value": len(reference.catalogue)},
        {"name": _("Cases"), "value": rows(Case)},
        {"name": _("Reports"), "value": rows(Report)},
    ]


def _log(session: Session, district_code: str) -> dict[str, Any]:
    last = messages.last_position(session, district_code)
    cursor = messages.cursor_position(session, PROJECTOR, district_code)
    return {
        "position": last,
        "consumers": [{"name": PROJECTOR, "cursor": cursor, "behind": last - cursor, "at": None}],
    }


def _keys(session: Session, district_code: str, reference: Reference) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(ApiKey).where(ApiKey.district_code == district_code).order_by(ApiKey.id.desc())
    ).all()
    return [
        {
            "id": row.id,
            "name": row.name,
            "prefix": row.prefix,
            "by": "—",
            "created": f"{row.made_at.astimezone(reference.zone):%Y-%m-%d %H:%M}",
            "used": None,
            "revoke_url": url_for("admin.revoke_key", key_id=row.id),
            "revoked": f"{row.revoked_at.astimezone(reference.zone):%Y-%m-%d %H:%M}"
            if row.revoked_at
            else None,
        }
        for row in rows
    ]


@admin.post("/keys")
@requires(Role.SYSTEM_ADMIN, area=AREA)
def create_key() -> BaseResponse:
    """Make a key for a program and show it this once."""
    name = "".join(filter(str.isprintable, request.form.get("name", ""))).strip()[:100]
    if not name:
        page = _page(errors={"name": _("Give it a name.")}, values=request.form.to_dict())
        return make_response(render_template("staff/admin.html", **page), 400)
    secret = f"gg_{secrets.token_urlsafe(32)}"
    with unit_of_work() as session:
        session.add(
            ApiKey(
                district_code=current_actor().district_code,
                name=name,
                prefix=secret[:PREFIX],
                key_hash=hash_key(secret),
                scopes=SCOPES,
                made_at=utc_now(),
            )
        )
    page = _page(new_key={"name": name, "secret": secret})
    return make_response(render_template("staff/admin.html", **page))


@admin.post("/keys/<uuid:key_id>/revoke")
@requires(Role.SYSTEM_ADMIN, area=AREA)
def revoke_key(key_id: UUID) -> BaseResponse:
    """Revoke a key at once."""
    with unit_of_work() as session:
        row = session.get(ApiKey, key_id)
        if row is None or row.district_code != current_actor().district_code:
            raise NotFound("no such key")
        row.revoked_at = row.revoked_at or utc_now()
    return redirect(url_for("admin.overview"), code=303)
