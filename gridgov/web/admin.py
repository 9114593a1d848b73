"""Administration, thin for now: what is installed."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.roles import Role
from gridgov.services import reference as references
from gridgov.services import setup_district
from gridgov.services.indicators import PROJECTOR
from gridgov.services.notices import NOTIFIER
from gridgov.services.reference import Reference
from gridgov.services.setup_district import Progress
from gridgov.storage import areas, districts, messages
from gridgov.storage.access import ApiKey
from gridgov.storage.cases import Case
from gridgov.storage.people import Person
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only
from gridgov.web import admin_setup, shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now

admin = Blueprint("admin", __name__, url_prefix="/admin")

AREA = "the district of the person; no case is shown"


@admin.get("")
@requires(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, area=AREA)
def overview() -> str:
    """Show what is installed."""
    return render_template("staff/admin.html", **_page())


def _page() -> dict[str, Any]:
    actor = current_actor()
    now = utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        context = {
            **shell.staff_context(actor, "admin", reference),
            "tabs": admin_setup.tabs(""),
            "district": _district(session, actor.district_code),
            "net": _net(session, reference),
            "counts": _counts(session, reference),
            "messages": _log(session, actor.district_code),
            "keys_in_use": _keys_in_use(session, actor.district_code),
            "steps": _steps(setup_district.progress(session, actor.district_code)),
        }
    context["district"]["product"] = _("%(district)s snap and report", district=reference.name)
    context |= {
        "keys_url": url_for("admin.list_keys"),
        "notice": None,
        "as_of": words.clock(now, now, reference.zone),
    }
    return context


def _steps(found: Progress) -> list[dict[str, Any]]:
    """Return what a district needs before it can work, none once it has all of it."""
    if found.is_complete:
        return []
    net = _("Activate the draft of the net") if found.drafts else _("Bring in the areas")
    grids = _("The net of grids is there") if found.grids else net
    steps = (
        (found.grids, grids, "grids.versions"),
        (found.units, _("Units, which receive and handle cases"), "admin.list_units"),
        (found.classes, _("The catalogue of problems, with limits"), "admin.list_classes"),
        (found.people > 1, _("People and their roles"), "admin.list_people"),
        (found.duties, _("Lead and deputy of each grid"), "admin.list_people"),
    )
    return [
        {"done": bool(done), "word": word, "url": url_for(endpoint)}
        for done, word, endpoint in steps
    ]


def _district(session: Session, code: str) -> dict[str, Any]:
    row = districts.get(session, code)
    opened = row.opened_at.date().isoformat()
    return {
        "code": row.code,
        "name": pick(row.name, row.name_en),
        "time_zone": row.timezone,
        "opened": opened,
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
        "url": url_for("grids.versions"),
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
        {"name": _("People"), "value": rows(Person), "url": url_for("admin.list_people")},
        {"name": _("Units"), "value": len(reference.units), "url": url_for("admin.list_units")},
        {
            "name": _("Kinds of problem"),
            "value": len(reference.catalogue),
            "url": url_for("admin.list_classes"),
        },
        {"name": _("Cases"), "value": rows(Case)},
        {"name": _("Reports"), "value": rows(Report)},
    ]


def _log(session: Session, district_code: str) -> dict[str, Any]:
    last = messages.last_position(session, district_code)
    cursors = {
        name: messages.cursor_position(session, name, district_code)
        for name in (PROJECTOR, NOTIFIER)
    }
    readers = {PROJECTOR: _("Figures and board"), NOTIFIER: _("Notices")}
    return {
        "position": last,
        "consumers": [
            {"name": readers[name], "cursor": cursor, "behind": last - cursor, "at": None}
            for name, cursor in cursors.items()
        ],
    }


def _keys_in_use(session: Session, district_code: str) -> int:
    query = select(func.count()).where(
        ApiKey.district_code == district_code, ApiKey.revoked_at.is_(None)
    )
    return session.scalar(query) or 0
