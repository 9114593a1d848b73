"""The list of versions: the active one, drafts, and those of the past; drafts are made here."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import GridgovError, InvalidInput
from gridgov.domain.routing import Outside
from gridgov.services import districts as setup
from gridgov.services import grids as versions
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import areas, people
from gridgov.storage.areas import ACTIVE, DISCARDED, DRAFT, GridVersion
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import sentences
from gridgov.web.access import current_actor, requires
from gridgov.web.errors import status_of
from gridgov.web.grids import (
    AREA,
    CHANGE,
    LOOK,
    clock,
    context,
    described,
    grids,
    steps,
    version_of,
)
from gridgov.web.grids_export import choices
from gridgov.web.instance import utc_now

HERE = "grids.versions"
NOTE_LENGTH = 200
PAST_SHOWN = 30  # more is history that nobody opens; their numbers stay in the address
COUNTED = {
    AreaKind.TOWN: _l("Towns"),
    AreaKind.VILLAGE: _l("Villages"),
    AreaKind.GRID: _l("Unit grids"),
    AreaKind.PROFESSIONAL: _l("Professional grids"),
}
OUTSIDE_WORDS = {
    Outside.REFUSE: (
        _l("Refuse politely"),
        _l("The resident is told to call 12345, which passes it to the right place."),
    ),
    Outside.TRAY: (
        _l("Take in and hand over"),
        _l("It comes to the dispatch desk, and a dispatcher passes it to those in charge there."),
    ),
}


@grids.get("", endpoint="versions")
@requires(*LOOK, area=AREA)
def list_versions() -> str:
    """List the versions of the net."""
    return render_template("admin/grids.html", **_page())


def _page(values: Mapping[str, str] | None = None, error: GridgovError | None = None) -> Any:
    """Return what the list shows; `values` and `error` are those of a refused new draft."""
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = versions.versions(session, actor.district_code)
        shown = _by_state(session, found, reference)
    at_field = isinstance(error, InvalidInput) and error.field == "note"
    return {
        **context(actor, reference, HERE),
        **shown,
        "version": None,
        "values": values or {},
        "errors": {"note": sentences.of(error)} if error is not None and at_field else {},
        "refusal": sentences.of(error) if error is not None and not at_field else None,
        "outside": _outside(reference),
        "export_url": url_for("grids.export_versions"),
        "note_length": NOTE_LENGTH,
    }


def _by_state(
    session: Session, found: Sequence[GridVersion], reference: Reference
) -> dict[str, Any]:
    active = next((one for one in found if one.status == ACTIVE), None)
    drafts = [one for one in found if one.status == DRAFT]
    past = [one for one in found if one.status not in (ACTIVE, DRAFT)]
    current = drafts if active is None else [active, *drafts]
    counts = areas.kind_counts(session, [one.id for one in current])
    names = doers(session, found)

    def whole(version: GridVersion) -> dict[str, Any]:
        return {
            **row_of(version, reference, names),
            "counts": _counts(counts[version.id]),
            "steps": steps(version, HERE),
            "export": choices(version, reference),
            "is_stale": active is not None and version.base_number != active.number,
            "base": version.base_number,
        }

    today = reference.local_day(utc_now())
    return {
        "active": active and whole(active),
        "may_undo": active is not None and active.effective_on == today,
        "drafts": [whole(one) for one in drafts],
        "past": [row_of(one, reference, names) for one in past[:PAST_SHOWN]],
        "past_more": max(0, len(past) - PAST_SHOWN),
    }


def doers(session: Session, found: Sequence[GridVersion]) -> dict[UUID, str]:
    """Return the names of those who made or activated some versions."""
    ids = {one.made_by_id for one in found} | {one.activated_by_id for one in found}
    return dict(people.names(session, {one for one in ids if one is not None}))


def row_of(version: GridVersion, reference: Reference, names: Mapping[UUID, str]) -> dict[str, Any]:
    """Return a version as the list shows it."""
    made_by, activated_by = version.made_by_id, version.activated_by_id
    return {
        **described(version, reference),
        "synthetic": version.synthetic,
        "by": names.get(made_by) if made_by else None,
        "activated_by": names.get(activated_by) if activated_by else None,
        "undone": clock(version.undone_at, reference),
        "is_discarded": version.status == DISCARDED,
    }


def _counts(counted: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"name": str(word), "value": counted.get(kind, 0)} for kind, word in COUNTED.items()]


def _outside(reference: Reference) -> list[dict[str, Any]]:
    return [
        {
            "value": str(one),
            "word": str(word),
            "note": str(note),
            "chosen": reference.routing.outside is one,
        }
        for one, (word, note) in OUTSIDE_WORDS.items()
    ]


@grids.post("")
@requires(*CHANGE, area=AREA)
def new_draft() -> BaseResponse:
    """Copy the active net, or the version that was asked for, to a new draft."""
    values = {
        "note": request.form.get("note", "").strip(),
        "source": request.form.get("source", ""),
    }
    actor = current_actor()
    try:
        check_note(values["note"])
        with unit_of_work() as session:
            how: dict[str, Any] = {"by": actor, "now": utc_now(), "note": values["note"]}
            if values["source"].isdecimal():
                source = version_of(session, actor, int(values["source"]))
                number = versions.copy_version(session, source, **how).number
            else:
                number = versions.copy_active(session, actor.district_code, **how).number
    except GridgovError as error:
        page = render_template("admin/grids.html", **_page(values, error))
        return make_response(page, status_of(error))
    flash(_("Draft %(number)s is made. Nothing is live until it is activated.", number=number))
    return redirect(url_for("grids.editor", number=number), code=303)


def check_note(note: str) -> None:
    """Refuse a note that is too long to stand beside a version. Raises: InvalidInput."""
    if len(note) > NOTE_LENGTH:
        raise InvalidInput("note", "too_long", length=len(note), limit=NOTE_LENGTH)


@grids.post("/<int:number>/discard")
@requires(*CHANGE, area=AREA)
def discard(number: int) -> BaseResponse:
    """Throw a draft away."""
    actor = current_actor()
    try:
        with unit_of_work() as session:
            draft = version_of(session, actor, number)
            versions.discard(session, draft, now=utc_now())
    except versions.NotADraft as error:
        page = render_template("admin/grids.html", **_page(error=error))
        return make_response(page, status_of(error))
    flash(_("Draft %(number)s is thrown away.", number=number))
    return redirect(url_for(HERE), code=303)


@grids.post("/outside")
@requires(*CHANGE, area=AREA)
def set_outside() -> BaseResponse:
    """Say what becomes of reports from outside the district. Raises: InvalidInput."""
    told = request.form.get("outside", "")
    if told not in [str(one) for one in Outside]:
        raise InvalidInput("outside", "unknown")
    with unit_of_work() as session:
        setup.set_outside(session, current_actor().district_code, Outside(told))
    flash(_("Saved: reports from outside the district."))
    return redirect(url_for(HERE), code=303)
