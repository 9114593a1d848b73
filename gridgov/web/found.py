"""自办自结: the form by which a worker hands in what was found and done at once."""

from typing import Any
from uuid import uuid4

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import GridgovError, InvalidInput, NotAllowed
from gridgov.domain.intake import check_text
from gridgov.domain.roles import Actor, Role
from gridgov.services import reference as references
from gridgov.services import self_handled
from gridgov.services.effects import StoredPhoto
from gridgov.services.intake import Submission
from gridgov.services.reference import Reference
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import sentences, shell, uploads
from gridgov.web.access import current_actor, requires
from gridgov.web.errors import status_of
from gridgov.web.i18n import language, pick
from gridgov.web.instance import instance, utc_now
from gridgov.web.places import name_of
from gridgov.web.work import work

Pictures = dict[str, tuple[StoredPhoto, ...]]
SIDES = ("photo_before", "photo_after")


@work.get("/found")
@requires(Role.WORKER, area="the grids the person has the duty for")
def found_form() -> str:
    """Show the form for what was found and done."""
    return render_template("staff/found.html", **_context({}, {}, {}))


@work.post("/found")
@requires(Role.WORKER, area="the grids the person has the duty for")
def found_send() -> BaseResponse:
    """Take it in and close it; what cannot be taken comes back with words and pictures."""
    actor, pictures = current_actor(), _kept()
    wrong: dict[str, str] = {}
    for side in SIDES:
        try:
            pictures[side] += uploads.take(side)
        except InvalidInput as error:
            wrong[side] = sentences.of(error)
    if wrong:
        return _refused(wrong, pictures, 400)
    try:
        with unit_of_work() as session:
            receipt = self_handled.found_and_done(
                session,
                _submission(actor, pictures["photo_before"]),
                pictures["photo_after"],
                by=actor,
                now=utc_now(),
                vault=instance().vault,
            )
            case_id = receipt.case.id
    except NotAllowed:
        raise
    except GridgovError as error:
        field = error.field if isinstance(error, InvalidInput) else "text"
        return _refused({field: sentences.of(error)}, pictures, status_of(error))
    return redirect(url_for("work.case", case_id=case_id), code=303)


def _submission(actor: Actor, before: tuple[StoredPhoto, ...]) -> Submission:
    form = request.form
    return Submission(
        district_code=actor.district_code,
        client_token=form.get("client_token", ""),
        channel="worker",
        category_code=form.get("category", ""),
        text=check_text(form.get("text", "")),
        area_code=form.get("area_code", ""),
        place_words=form.get("place_words", ""),
        photos=before,
        language=language(),
        emergency_seen=True,  # whoever hands this in has done it already
    )


def _kept() -> Pictures:
    """Return the pictures the form brought in before."""
    return {
        side: uploads.kept_before([t for t in request.form.getlist(f"kept_{side}") if t])
        for side in SIDES
    }


def _refused(errors: dict[str, str], pictures: Pictures, status: int) -> BaseResponse:
    context = _context(request.form.to_dict(), errors, pictures)
    return make_response(render_template("staff/found.html", **context), status)


def _context(form: dict[str, str], errors: dict[str, str], pictures: Pictures) -> dict[str, Any]:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        head = shell.staff_context(actor, "work", reference)
    return {
        **head,
        "form": {"client_token": uuid4().hex, **form},
        "errors": errors,
        "grids": _grids(actor, reference),
        "categories": _categories(reference),
        "kept": {side: uploads.show_kept(pictures.get(side, ())) for side in SIDES},
        "back_url": url_for("work.tasks"),
    }


def _grids(actor: Actor, reference: Reference) -> list[dict[str, str]]:
    found = [reference.net.find(code) for code in sorted(actor.areas(Role.WORKER))]
    return [{"value": area.code, "words": name_of(area)} for area in found if area is not None]


def _categories(reference: Reference) -> list[tuple[str, list[dict[str, str]]]]:
    """Return the classes that may be closed by who found them, under their major class."""
    groups = []
    for major in reference.majors.values():
        options = [
            {"value": item.code, "words": pick(item.name, item.name_en)}
            for item in reference.catalogue.values()
            if item.parent_code == major.code and item.self_close
        ]
        if options:
            groups.append((pick(major.name, major.name_en), options))
    return groups
