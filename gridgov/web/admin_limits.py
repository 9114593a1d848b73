"""Administration: the limits that hold for every class that has none of its own."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.deadlines import Limit
from gridgov.domain.errors import InvalidInput
from gridgov.domain.stage_limits import NOTHING, SEVERITIES, Allowed
from gridgov.domain.stages import Stage, in_force, usual_of
from gridgov.services import district_limits, setup_base
from gridgov.services import reference as references
from gridgov.services.district_limits import STAGES
from gridgov.services.reference import Reference
from gridgov.services.setup_base import Source
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import admin_catalogue, limit_forms
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, LOOK, context
from gridgov.web.instance import utc_now

ASKED = tuple(SEVERITIES)


@admin.get("/catalogue/usual")
@requires(*LOOK, area=AREA)
def usual_limits() -> BaseResponse:
    """Show the limits for all classes, by stage and severity."""
    return _page({}, {}, 200)


def _page(typed: dict[str, str], errors: dict[str, str], status: int) -> BaseResponse:
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
    limits = reference.usual_limits
    html = render_template(
        "admin/setup-limits.html",
        **context(admin_catalogue.HERE, reference) | {"errors": errors},
        limits=limit_forms.rows(STAGES, ASKED, _otherwise(reference), ()),
        values={"reason": ""} | limit_forms.values(STAGES, limits, ASKED) | typed,
    )
    return make_response(html, status)


def _otherwise(reference: Reference) -> limit_forms.Otherwise:
    """Return a look at the limit that holds where a field of the form is left empty."""

    def limit(stage: Stage, severity: int | None) -> Limit | None:
        usual = reference.usual_limits.get(stage, NOTHING).usual
        if stage is Stage.SIGN and (severity is None or usual is None):
            return None  # as to accept, which each class has of its own
        if severity is None or usual is None:
            usual = usual_of(stage, severity or min(SEVERITIES))
        return in_force(usual, severity or min(SEVERITIES), reference.natural_from)

    return limit


@admin.post("/catalogue/usual")
@requires(*CHANGE, area=AREA)
def change_usual_limits() -> BaseResponse:
    """Change the limits for all classes, with a reason: a new version of the catalogue.

    Open cases keep what they were made with.
    """
    typed = {name: text.strip() for name, text in request.form.items() if name != "csrf_token"}
    try:
        wanted = limit_forms.read(typed, STAGES, {})
        version = _write(wanted, admin_catalogue.reason(typed))
    except InvalidInput as error:
        return _page(typed, {error.field: str(error)}, 400)
    flash(_("The limits are changed; version %(number)s of the catalogue.", number=version))
    return redirect(url_for(admin_catalogue.HERE), code=303)


def _write(wanted: dict[str, Allowed], reason: str) -> int:
    actor = current_actor()
    with unit_of_work() as session:
        prepared = district_limits.prepare(session, actor.district_code, wanted)
        source = Source(actor, "page", reason)
        setup_base.carry_out(session, actor.district_code, prepared, source=source, now=utc_now())
        return references.of(session, actor.district_code).catalogue_version
