"""The report form: a fresh one, and one that comes back with what was typed. Resident's pages."""

from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.emergency import emergency
from gridgov.domain.errors import GridgovError, InvalidInput, OutsideJurisdiction
from gridgov.domain.roles import Actor
from gridgov.services import reference as references
from gridgov.services.effects import StoredPhoto
from gridgov.services.intake import EmergencyFirst
from gridgov.services.reference import Reference
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.session import read_only
from gridgov.web import intake_hints, places, sentences, submissions, uploads
from gridgov.web.access import home_district, public
from gridgov.web.errors import status_of
from gridgov.web.i18n import pick
from gridgov.web.resident import resident
from gridgov.web.security import limiter

TILES = 8

Form = ImmutableMultiDict[str, str]
Photos = tuple[StoredPhoto, ...]


def form_context(reference: Reference, form: dict[str, Any]) -> dict[str, Any]:
    """Return what the report form shows whether it is fresh or comes back with errors."""
    text = str(form.get("text", ""))
    suggested = [_tile(one) for one in intake_hints.suggestions(reference, text)]
    codes = {one["code"] for one in suggested}
    tiles = [
        _tile(intake_hints.category_json(item))
        for item in sorted(reference.catalogue.values(), key=lambda item: item.tile or 0)
        if item.tile is not None
    ]
    return {
        "form": form,
        "errors": {},
        "fresh": False,
        "place": None,
        "place_choices": [],
        "near_boundary": None,
        "similar": [],
        "here": None,
        "suggested": suggested[0] if suggested else None,
        "tiles": [*suggested[1:], *(tile for tile in tiles if tile["code"] not in codes)][:TILES],
        "problems": [],
        "personal": intake_hints.personal_words(text),
        "advice": intake_hints.advice(text),
        "catalogue": _catalogue(reference),
        "kept_photos": [],
        "emergency": None,
        "help_phone": "12345",
        "grid_note": _("Grid borders are synthetic") if reference.net.synthetic else None,
    }


def _tile(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "plain": item["name"]}


def _catalogue(reference: Reference) -> list[dict[str, Any]]:
    return [
        {
            "name": pick(major.name, major.name_en),
            "categories": [
                {**intake_hints.category_json(item), "words": " ".join(item.keywords)}
                for item in reference.catalogue.values()
                if item.parent_code == major.code
            ],
        }
        for major in reference.majors.values()
    ]


@resident.get("/report")
@public()
def form() -> BaseResponse:
    """Show an empty report form with a fresh token."""
    with read_only() as session:
        reference = references.of(session, home_district())
    context = form_context(reference, {"client_token": submissions.new_token()})
    return make_response(render_template("resident/form.html", **{**context, "fresh": True}))


@resident.post("/report")
@public()
@limiter.limit("300/minute;3000/hour")
def send() -> BaseResponse:
    """Take the plain form; on trouble show it again with everything that was typed."""
    values = request.form.to_dict()
    kept = uploads.kept_before(request.form.getlist("kept_photo"))
    district_code = home_district()
    try:
        kept += uploads.take("photos")
        offer = _several(request.form, district_code)
        if offer:
            return _page(request.form, kept, district_code, problems=offer)
        found = submissions.take_in(
            district_code, values, channel="snap", by=Actor.resident(district_code), pictures=kept
        )
    except GridgovError as error:
        return _again(error, request.form, kept, district_code)
    code = show_receipt_code(found[0].receipt_code)
    return redirect(url_for("resident.receipt", code=code, sent=1), code=303)


def _several(sent: Form, district_code: str) -> list[dict[str, Any]]:
    """Return the problems a plain form has to ask about once, empty when it may go on.

    Danger comes first: its page asks nothing else.
    """
    if sent.get("split") or sent.get("split_asked") or sent.get("join"):
        return []
    return [] if _danger(sent) else _problems(sent.get("text", ""), district_code)


def _danger(sent: Form) -> dict[str, str] | None:
    """Return whom to call and why, unless the person has seen that already."""
    hit = None if sent.get("emergency_ack") == "1" else emergency(sent.get("text", ""))
    return None if hit is None else {"number": hit.number, "words": hit.words}


def _problems(text: str, district_code: str) -> list[dict[str, Any]]:
    with read_only() as session:
        reference = references.of(session, district_code)
    return intake_hints.problems(reference, text)


def _again(error: GridgovError, sent: Form, kept: Photos, district_code: str) -> BaseResponse:
    if isinstance(error, EmergencyFirst):
        return _page(sent, kept, district_code, status_of(error), emergency=error.values)
    asked = _problems(sent.get("text", ""), district_code) if sent.get("split_asked") else []
    # A photo that cannot be read must not keep the number to call from somebody in danger.
    shown = {"errors": errors_of(error), "problems": asked, "emergency": _danger(sent)}
    return _page(sent, kept, district_code, status_of(error), **shown)


def _page(
    sent: Form, kept: Photos, district_code: str, status: int = 200, **shown: Any
) -> BaseResponse:
    """Show the form with everything that was typed, and what there is to say about it."""
    with read_only() as session:
        reference = references.of(session, district_code)
    context = form_context(reference, sent.to_dict())
    context["kept_photos"] = uploads.show_kept(kept)
    context |= places.for_form(reference, sent) | shown
    return make_response(render_template("resident/form.html", **context), status)


FORM_FIELDS = {
    "photo": "photos",
    "datum": "position",
    "accuracy": "position",
    "area_code": "place_words",
}


def errors_of(error: GridgovError) -> dict[str, str]:
    """Return the sentence for an error under the field of the form it belongs to."""
    if isinstance(error, InvalidInput):
        return {FORM_FIELDS.get(error.field, error.field): sentences.of(error)}
    if isinstance(error, OutsideJurisdiction):
        return {"position": sentences.of(error)}
    return {"form": sentences.of(error)}


@resident.get("/report/kept/<token>")
@public("a picture the same visitor has just sent: the address is signed")
def kept_photo(token: str) -> Response:
    """Show a photo that a refused plain post brought in."""
    return uploads.serve_kept(token)
