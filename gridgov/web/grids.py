"""Administration of the net: what every page about a grid version shares.

The pages hang on one blueprint, one module each: the list and the files that come and go,
the editor, the checks, the rehearsal, the activation. Nothing on them is live before a
version is activated.
"""

from datetime import datetime
from typing import Any

from flask import Blueprint, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor, Role
from gridgov.services import grids as versions
from gridgov.services.reference import Reference
from gridgov.storage.areas import DRAFT, GridVersion
from gridgov.web import shell
from gridgov.web.i18n import pick

grids = Blueprint("grids", __name__, url_prefix="/admin/grids")

AREA = "the net of the person's own district"
LOOK = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
CHANGE = (Role.SYSTEM_ADMIN,)


def version_of(session: Session, actor: Actor, number: int) -> GridVersion:
    """Return a version of the actor's own district. Raises: NotFound."""
    return versions.version(session, actor.district_code, number)


def context(actor: Actor, reference: Reference, here: str) -> dict[str, Any]:
    """Return what the head of every page about the net needs; `here` is its own endpoint."""
    return {
        **shell.staff_context(actor, "admin", reference),
        "district_name": pick(reference.name, reference.name_en),
        "here": here,
        "may_look": actor.has(*LOOK),  # others come for the borders that confuse people alone
        "may_change": actor.has(*CHANGE),
    }


def steps(version: GridVersion, here: str) -> list[dict[str, Any]]:
    """Return the way of a draft to the net of the day: edit, check, rehearse, activate."""
    words = {
        "grids.editor": _("Edit"),
        "grids.checks": _("Check"),
        "grids.rehearsal": _("Rehearse, nothing changes yet"),
        "grids.activation": _("Activate"),
    }
    return [
        {
            "number": number,
            "word": word,
            "url": url_for(endpoint, number=version.number),
            "current": endpoint == here,
        }
        for number, (endpoint, word) in enumerate(words.items(), 1)
    ]


def described(version: GridVersion, reference: Reference) -> dict[str, Any]:
    """Return a version in words: number, state, note and moments of the local day."""
    return {
        "number": version.number,
        "status": str(version.status),
        "is_draft": version.status == DRAFT,
        "note": version.note or "",
        "made": clock(version.made_at, reference),
        "activated": clock(version.activated_at, reference),
        "retired": clock(version.retired_at, reference),
    }


def clock(moment: datetime | None, reference: Reference) -> str | None:
    """Return a moment on the district's clock, None for None."""
    return None if moment is None else f"{moment.astimezone(reference.zone):%Y-%m-%d %H:%M}"
