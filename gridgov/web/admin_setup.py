"""Administration: what the pages of people, units, catalogue, calendar and pack share."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from gridgov.domain.roles import Actor, Role
from gridgov.domain.table_imports import ChangeKind
from gridgov.services import district_limits
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.services.setup_base import Source
from gridgov.storage import people, setup
from gridgov.storage.session import read_only
from gridgov.storage.setup import SetupChange
from gridgov.web import shell, table_words
from gridgov.web.access import current_actor
from gridgov.web.i18n import pick

LOOK = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
CHANGE = (Role.SYSTEM_ADMIN,)
AREA = "people, units, catalogue and rules of the person's district; no case is shown"
PAGE = 50
CHANGES_SHOWN = 5


def context(here: str, reference: Reference | None = None) -> dict[str, Any]:
    """Return what each of these pages shows: who looks, where else to go, may one change it."""
    actor = current_actor()
    if reference is None:
        with read_only() as session:
            reference = references.of(session, actor.district_code)
    return {
        **shell.staff_context(actor, "admin", reference),
        "district_name": pick(reference.name, reference.name_en),
        "tabs": tabs(here),
        "may_change": actor.has(*CHANGE),
        "errors": {},
    }


def tabs(here: str) -> list[dict[str, Any]]:
    """Return the ways to these pages: [{url, word, current}]; here: an endpoint, "" for none."""
    pages = (
        ("admin.list_people", _("People")),
        ("admin.list_units", _("Units")),
        ("admin.list_classes", _("Catalogue")),
        ("admin.show_replies", _("Response texts")),
        ("admin.show_calendar", _("Calendar")),
        ("admin.show_rules", _("Rules")),
        ("admin.show_closing_rule", _("Hints at closings")),
        ("admin.show_pack", _("Configuration pack")),
        ("admin.show_workflow", _("Workflow")),
    )
    return [
        {"url": url_for(endpoint), "word": word, "current": endpoint == here}
        for endpoint, word in pages
    ]


def source(reason: str = "") -> Source:
    """Return who changes something on a page, and why."""
    return Source(current_actor(), "page", reason)


def owner(actor: Actor) -> str:
    """Return under whose name an uploaded file is kept."""
    return str(actor.person_id)


def paged(rows: Sequence[Any], endpoint: str, **query: Any) -> dict[str, Any]:
    """Return the rows of the page that was asked for, and the ways to the next and last."""
    offset = min(shell.page_offset(), max(0, len(rows) - 1) // PAGE * PAGE)
    ways = {"earlier": offset - PAGE, "later": offset + PAGE}
    return {
        "rows": rows[offset : offset + PAGE],
        "total": len(rows),
        "first": offset + 1 if rows else 0,
        "last": min(len(rows), offset + PAGE),
        **{
            name: url_for(endpoint, **query, offset=at) if 0 <= at < len(rows) else None
            for name, at in ways.items()
        },
    }


def searched() -> str:
    """Return what a list is searched for, as it was typed."""
    return request.args.get("q", "").strip()[:80]


def latest(reference: Reference, *what: str) -> list[dict[str, Any]]:
    """Return the newest changes of some tables, in words."""
    with read_only() as session:
        rows = setup.changes(session, reference.district_code, what, CHANGES_SHOWN)
        names = people.names(session, {row.by_person_id for row in rows if row.by_person_id})
    return [_change(row, names, reference) for row in rows]


def _change(row: SetupChange, names: dict[Any, str], reference: Reference) -> dict[str, Any]:
    by = names.get(row.by_person_id, "") if row.by_person_id else ""
    kept = [f"{_entry(one['key'])} {_fields(row.what, one)}" for one in row.changes[:3]]
    return {
        "at": f"{row.at.astimezone(reference.zone):%Y-%m-%d %H:%M}",
        "by": by or _("at the server"),
        "source": _("on this page") if row.source == "page" else row.source,
        "reason": row.reason,
        "version": row.version,
        "changes": kept,
        "more": max(0, len(row.changes) - len(kept)),
    }


def _entry(key: str) -> str:
    """Return what was changed: the limits for all classes have a name, all else has a code."""
    return table_words.column("", key) if key == district_limits.KEY else key


def _fields(table: str, change: dict[str, Any]) -> str:
    said = [
        f"{table_words.column(table, name)}: {before or '—'} → {after or '—'}"
        for name, before, after in change["fields"]
        if before or change["kind"] == ChangeKind.CHANGED
    ]
    return "; ".join(said)
