"""What every page knows: language, district, who is signed in, where they may go."""

from typing import Any

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.roles import Actor, Role
from gridgov.services import setup_district
from gridgov.services.reference import Reference
from gridgov.storage import districts
from gridgov.storage.session import read_only
from gridgov.web import words
from gridgov.web.access import current_actor, home_district, requires
from gridgov.web.i18n import language, pick
from gridgov.web.places import name_of

staff_home = Blueprint("staff", __name__)

WORKING = (Role.WORKER, Role.HANDLER)
WATCHING = (Role.SUPERVISOR, Role.DISPATCHER, Role.OFFICE)
PUBLISHING = (Role.SUPERVISOR, Role.OFFICE)
DECIDING = (Role.DISPATCHER, Role.SUPERVISOR)
ADMIN = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
ROSTER = (*WATCHING, Role.SYSTEM_ADMIN)
ALL_STAFF = (*WORKING, *WATCHING, *ADMIN, Role.AUDIT_ADMIN)


def _page_context() -> dict[str, Any]:
    code = current_user.district_code if current_user.is_authenticated else home_district()
    with read_only() as session:
        district = districts.get(session, code)
    name = pick(district.name, district.name_en)
    return {
        "locale": language(),
        "elder": request.cookies.get("elder") == "1" and not current_user.is_authenticated,
        "theme": "",
        "api": "/api/v1",
        "district": {
            "code": district.code,
            "name": name,
            "product": _("%(district)s snap and report", district=name),
        },
    }


def init_shell(app: Flask) -> None:
    """Give every template what the frame of the page needs."""
    app.context_processor(_page_context)


@staff_home.get("/staff")
@requires(*ALL_STAFF, area="the person's own start page")
def start() -> BaseResponse:
    """Lead a person who signed in to the page of the own role.

    Who administrates a district that is being set up finds there what comes next.
    """
    actor = current_actor()
    if actor.has(Role.SYSTEM_ADMIN):
        with read_only() as session:
            ready = setup_district.progress(session, actor.district_code).is_complete
        if not ready:
            return redirect(url_for("admin.overview"))
    return redirect(nav(actor, "")[0]["url"])


# The kind of message that pages show as done (templates/staff/_nav.html, done_notes).
DONE = "act"


def say_done(sentence: str) -> None:
    """Let the next page tell once what was done."""
    flash(sentence, DONE)


MOST_OFFSET = 1_000_000


def page_offset() -> int:
    """Return how many rows of a list to pass over, whatever was asked for."""
    return min(max(0, request.args.get("offset", 0, type=int)), MOST_OFFSET)


def nav(actor: Actor, current: str) -> list[dict[str, Any]]:
    """Return the pages a person may open, most used first."""
    pages = [
        ("desk", (Role.DISPATCHER,), url_for("desk.show"), _("Dispatch desk"), "list"),
        ("work", WORKING, url_for("work.tasks"), _("Tasks"), "list"),
        ("board", WATCHING, url_for("board.show"), _("Board"), "chart"),
        ("approvals", DECIDING, url_for("desk.approvals"), _("Approvals"), "check-circle"),
        ("reports", WATCHING, url_for("reports.show"), _("Reports of periods"), "table"),
        ("borders", WATCHING, url_for("grids.borders"), _("Confusing borders"), "split"),
        ("publish", PUBLISHING, url_for("publish.show"), _("Publishing"), "globe"),
        ("roster", ROSTER, url_for("roster.show"), _("Duty roster"), "calendar"),
        ("admin", ADMIN, url_for("admin.overview"), _("Administration"), "settings"),
    ]
    found = [
        {"url": url, "word": word, "icon": icon, "current": key == current}
        for key, roles, url, word, icon in pages
        # A dispatcher's approvals are a tab of the desk.
        if actor.has(*roles) and not (key == "approvals" and actor.has(Role.DISPATCHER))
    ]
    snap = {
        "url": url_for("resident.form"),
        "word": _("Report"),
        "icon": "camera",
        "current": False,
    }
    return [*found, snap]


def staff_context(actor: Actor, current: str, reference: Reference) -> dict[str, Any]:
    """Return who is signed in and the links, for the head of a staff page."""
    other = "zh-Hans" if language() == "en" else "en"
    # A page that answers a form has no address of its own to come back to.
    here = request.full_path if request.method == "GET" else url_for("staff.start")
    return {
        "staff": {
            "name": actor.name,
            "role": str(words.ROLE_WORDS.get(str(actor.role), "")),
            "area": area_words(actor, reference),
            "duty": None,
            "logout_url": url_for("security.logout"),
            "language": {
                "url": url_for("resident.switch_language", to=other, back=here),
                "lang": other,
                "word": "English" if other == "en" else "中文",
            },
        },
        "nav": nav(actor, current),
    }


def area_words(actor: Actor, reference: Reference) -> str:
    """Return over what the person works: the first areas or units, in words."""
    names = []
    for grant in actor.grants:
        area = reference.net.find(grant.area_code)
        unit = reference.units.get(grant.unit_code or "")
        if area is not None:
            names.append(name_of(area))
        elif unit is not None:
            names.append(pick(unit.name, unit.name_en))
    unique = list(dict.fromkeys(names))
    return pick("、", ", ").join(unique[:2])
