"""The moment a draft becomes the net of the day, and the way back within that day."""

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import Conflict, GridgovError, InvalidInput
from gridgov.services import grids as versions
from gridgov.services import grids_activate
from gridgov.services import reference as references
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import activation_page, sentences
from gridgov.web.access import current_actor, requires
from gridgov.web.errors import status_of
from gridgov.web.grids import AREA, CHANGE, LOOK, context, described, grids, steps, version_of
from gridgov.web.instance import utc_now

HERE = "grids.activation"


@grids.get("/<int:number>/activation")
@requires(*LOOK, area=AREA)
def activation(number: int) -> BaseResponse:
    """Show what activating a draft does; of an active version, how far it got, and the undo."""
    return _page(number)


def _page(number: int, *, refused: GridgovError | None = None, unsure: bool = False) -> Any:
    actor = current_actor()
    with read_only() as session:
        version = version_of(session, actor, number)
        reference = references.of(session, actor.district_code)
        head = {
            **context(actor, reference, HERE),
            "version": described(version, reference),
            "steps": steps(version, HERE),
        }
    page = {**head, "number": number, **activation_page.context(actor, number)}
    html = render_template(
        "admin/grids-activation.html",
        **page,
        refused=None if refused is None else sentences.of(refused),
        unsure=_("Tick that you have seen what happens.") if unsure else None,
    )
    status = status_of(refused) if refused is not None else 400 if unsure else 200
    return make_response(html, status)


@grids.post("/<int:number>/activation")
@requires(*CHANGE, area=AREA)
def activate(number: int) -> BaseResponse:
    """Make the draft the net of the day; what stops it is said, and nothing has changed."""
    actor = current_actor()
    if request.form.get("sure") != "yes":
        return _page(number, unsure=True)
    try:
        # What takes long is reckoned before, so that no report waits for it.
        activation_page.prepare(actor, number)
        with unit_of_work() as session:
            draft = versions.open_draft(session, version_of(session, actor, number))
            if str(draft.revision) != request.form.get("revision"):
                raise versions.DraftChanged(f"draft {number} was edited meanwhile", number=number)
            grids_activate.activate(session, draft, by=actor, now=utc_now())
    except (Conflict, InvalidInput) as error:
        return _page(number, refused=error)
    return redirect(url_for(HERE, number=number), code=303)


@grids.post("/<int:number>/activation/undo")
@requires(*CHANGE, area=AREA)
def undo_activation(number: int) -> BaseResponse:
    """Make the version before the net of the day again, within the day of the activation."""
    actor = current_actor()
    try:
        with unit_of_work() as session:
            version = version_of(session, actor, number)
            grids_activate.undo_activation(session, version, by=actor, now=utc_now())
    except Conflict as error:
        return _page(number, refused=error)
    return redirect(url_for(HERE, number=number), code=303)
