"""What is wrong with a draft, on the map, with proposed repairs and the people it lacks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.roles import Actor
from gridgov.services import grids_checks, grids_edit, grids_roster
from gridgov.services import reference as references
from gridgov.services.grids_checks import Checked, FindingGone
from gridgov.services.grids_roster import Roster
from gridgov.services.reference import Reference
from gridgov.storage import grid_changes
from gridgov.storage.areas import ACTIVE, DRAFT, GridVersion
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import checks_page, checks_people, finding_words, sentences
from gridgov.web import grids as net_pages
from gridgov.web.access import current_actor, requires
from gridgov.web.checks_page import Entry, View
from gridgov.web.downloads import private
from gridgov.web.grids import AREA, CHANGE, LOOK, grids
from gridgov.web.instance import utc_now

MAX_DIGITS = 10
HERE = "grids.checks"
REPAIRS = "repair"
SAFE = "safe"
BETWEEN_NAMES = re.compile("[,;\n、，；]")  # as people write lists, in Chinese too


@dataclass(frozen=True, slots=True)
class Asked:
    """Which findings are asked for, by the address or by the form that was sent."""

    check: str
    page: int

    @classmethod
    def here(cls) -> "Asked":
        """Read the request; what means nothing means the first page of all."""
        check, page = request.values.get("check", ""), request.values.get("page", "")
        known = check if check in {one.name for one in checks_page.CHECKS} else ""
        return cls(known, int(page) if page.isdecimal() and len(page) < MAX_DIGITS else 1)


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A version and what its checks say, outside of any transaction."""

    actor: Actor
    reference: Reference
    version: GridVersion
    checked: Checked
    planned: Roster
    listed: Sequence[Entry]

    def view(self, asked: Asked) -> View:
        """Return the page that was asked for."""
        return checks_page.view_of(self.listed, asked.check, asked.page)


def look(number: int) -> Looked | tuple[Reference, GridVersion]:
    """Check a version; without findings for one that is neither a draft nor active."""
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        version = net_pages.version_of(session, actor, number)
        if version.status not in (DRAFT, ACTIVE):
            return reference, version
        script = grids_checks.gather(session, version, now=utc_now())
    # Seconds for a large net, the first time: nobody waits for it in a transaction.
    checked = grids_checks.perform(script)
    listed = checks_page.entries(checked)
    return Looked(actor, reference, version, checked, script.planned, listed)


@grids.get("/<int:number>/checks")
@requires(*LOOK, area=AREA)
def checks(number: int) -> BaseResponse:
    """Show what the checks found."""
    return _page(number)


def _page(number: int, status: int = 200, **more: Any) -> BaseResponse:
    looked = look(number)
    if not isinstance(looked, Looked):
        reference, version = looked
        page = {"checked": False, **_head(current_actor(), reference, version)}
    else:
        page = _findings(looked, Asked.here())
    return make_response(render_template("admin/grids-checks.html", **{**page, **more}), status)


def _head(actor: Actor, reference: Reference, version: GridVersion) -> dict[str, Any]:
    return {
        **net_pages.context(actor, reference, HERE),
        "version": net_pages.described(version, reference),
        "steps": net_pages.steps(version, HERE),
        "refused": None,
        "duty_errors": {},
        "typed": {},
    }


def _findings(looked: Looked, asked: Asked) -> dict[str, Any]:
    checked, view = looked.checked, looked.view(asked)
    lacking = [one.first.codes[0] for one in view.shown if one.first.kind in checks_page.STAFF]
    with read_only() as session:
        today = looked.reference.local_day(utc_now())
        people = checks_people.people_of(session, checked, lacking, looked.planned, today)
        mended = _mended(session, looked)
    head = _head(looked.actor, looked.reference, looked.version)
    lines = checks_page.lines(checked, looked.listed)
    blocking = sum(entry.first.blocks for entry in looked.listed)
    if head["steps"] and looked.version.status == DRAFT:
        note = _("%(count)s places to mend", count=f"{blocking:,}") if blocking else ""
        head["steps"][1] |= {"state": "stop" if blocking else "done", "note": note}
    return {
        **head,
        "checked": True,
        "may_mend": head["may_change"] and looked.version.status == DRAFT,
        "lines": lines,
        "counts": {state: sum(line["state"] == state for line in lines) for state in _STATES},
        "blocking": blocking,
        "noted": len(looked.listed) - blocking,
        "view": view,
        "entries": checks_page.shown(checked, view),
        "export_url": url_for(
            "grids.export_findings", number=looked.version.number, check=view.check or None
        ),
        "fit": checks_page.fit_of(checked, view),
        "safe": _safe(checked),
        "revision": looked.version.revision,
        "mended": mended,
        "people": people,
    }


_STATES = ("stop", "note", "done")


def _safe(checked: Checked) -> dict[str, Any] | None:
    """Return what carrying out all safe repairs at once would do, None without any."""
    found = checks_page.safe_of(checked)
    if not found:
        return None
    moved = [finding.measure for finding in found if finding.measure and finding.unit == "m2"]
    return {
        "count": len(found),
        "areas": len({code for finding in found for code in finding.codes}),
        "size": finding_words.square_metres(sum(moved)),
    }


def _mended(session: Session, looked: Looked) -> dict[str, Any] | None:
    """Return the last step of a draft where it was a repair: it can be undone here."""
    step = grid_changes.last_edit(session, looked.version.id)
    if step is None or step.kind != REPAIRS or looked.version.status != DRAFT:
        return None
    return {"areas": len(step.after), "at": net_pages.clock(step.at, looked.reference)}


@grids.get("/<int:number>/findings.geojson")
@requires(*LOOK, area=AREA)
def findings(number: int) -> Response:
    """Return the faulty ground of one page of findings, for the map."""
    looked = look(number)
    drawn: dict[str, Any] = {"type": "FeatureCollection", "features": []}
    if isinstance(looked, Looked):
        drawn = checks_page.drawn(looked.checked, looked.view(Asked.here()))
    response = jsonify(drawn)
    response.mimetype = "application/geo+json"
    return private(response)


# ── acts ─────────────────────────────────────────────────────────────────────────────────


@grids.post("/<int:number>/checks/repair")
@requires(*CHANGE, area=AREA)
def repair(number: int) -> BaseResponse:
    """Carry out one proposed repair, or all safe ones, as one step."""
    try:
        keys = _asked_for(number)
        with unit_of_work() as session:
            draft = net_pages.version_of(session, current_actor(), number)
            grids_checks.repair(session, draft, keys, by=current_actor(), now=utc_now())
    except (Conflict, InvalidInput) as error:
        return _refused(number, error)
    return _back(number)


def _asked_for(number: int) -> Sequence[str]:
    """Return the keys of the findings to mend. Raises: FindingGone if the safe ones changed."""
    if request.form.get("all") != SAFE:
        return request.form.getlist("keys")
    looked = look(number)
    if not isinstance(looked, Looked) or request.form.get("revision") != str(
        looked.version.revision
    ):
        raise FindingGone("another draft than the one that was shown", number=number)
    return [finding.key for finding in checks_page.safe_of(looked.checked)]


@grids.post("/<int:number>/checks/undo")
@requires(*CHANGE, area=AREA)
def undo_repair(number: int) -> BaseResponse:
    """Take the last repair back, where nothing else was done since."""
    try:
        with unit_of_work() as session:
            draft = net_pages.version_of(session, current_actor(), number)
            step = grid_changes.last_edit(session, draft.id)
            if step is None or step.kind != REPAIRS:
                raise FindingGone("the last step is no repair", number=number)
            grids_edit.undo_edit(session, draft, by=current_actor(), now=utc_now())
    except Conflict as error:
        return _refused(number, error)
    return _back(number)


@grids.post("/<int:number>/checks/duties")
@requires(*CHANGE, area=AREA)
def plan_duties(number: int) -> BaseResponse:
    """Write who begins as lead and deputy of a grid when the draft is activated."""
    typed = {name: request.form.get(name, "").strip() for name in ("code", "lead", "deputy")}
    actor = current_actor()
    errors: dict[str, str] = {}
    try:
        with unit_of_work() as session:
            draft = net_pages.version_of(session, actor, number)
            leads = _people(session, actor, typed, "lead", errors)
            deputies = _people(session, actor, typed, "deputy", errors)
            if len(leads) > 1:
                errors["lead"] = _("A grid has one lead. Name one person.")
            if not errors:
                lead = leads[0] if leads else None
                grids_roster.plan(
                    session, draft, typed["code"], lead=lead, deputies=deputies, by=actor,
                    now=utc_now(),
                )  # fmt: skip
    except InvalidInput as error:
        errors[error.field] = sentences.of(error)
    except Conflict as error:
        return _refused(number, error)
    if errors:
        return _page(number, 400, duty_errors=errors, typed=typed)
    return _back(number)


def _people(
    session: Session, actor: Actor, typed: Mapping[str, str], field: str, errors: dict[str, str]
) -> list[UUID]:
    """Return who was typed into a field; what cannot be found is said beside it."""
    found = []
    for text in filter(None, map(str.strip, BETWEEN_NAMES.split(typed[field]))):
        try:
            found.append(grids_roster.find_person(session, actor.district_code, text, field))
        except InvalidInput as error:
            errors[field] = sentences.of(error)
    return found


def _refused(number: int, error: Conflict | InvalidInput) -> BaseResponse:
    """Show the page as it is now, with the sentence that says why nothing was done."""
    status = 400 if isinstance(error, InvalidInput) else 409
    return _page(number, status, refused=sentences.of(error))


def _back(number: int) -> BaseResponse:
    asked = Asked.here()
    page = asked.page if asked.page > 1 else None
    address = url_for(HERE, number=number, check=asked.check or None, page=page)
    return redirect(address, code=303)
