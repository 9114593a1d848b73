"""Where pictures and replies of closed cases are looked at and let out, by a second person."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.publishing import PHOTO_CHECKS, REPLY_CHECKS
from gridgov.domain.roles import Actor
from gridgov.services import publishing, releases
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.services.releases import Candidate
from gridgov.storage import photos
from gridgov.storage import publishing as rows
from gridgov.storage.cases import Case
from gridgov.storage.photos import Photo
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import sentences
from gridgov.web.access import current_actor, requires
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now
from gridgov.web.list_export import NARROW, Column, Sheet, send
from gridgov.web.publish import AREA, PUBLISHERS, frame, publish

SHOWN = 40
CHECK_WORDS = {
    "face": _l("No face can be recognised"),
    "plate": _l("No number plate can be read"),
    "door": _l("No door number, and no inside of a home, can be seen"),
    "names": _l("The reply names nobody"),
    "numbers": _l("The reply holds no phone number, door or plate"),
}


@publish.get("/cases")
@requires(*PUBLISHERS, area=AREA)
def cases() -> str:
    """List the last closed cases of public classes in the person's areas."""
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = _listed(session, actor, reference)
    context = {
        **frame(actor, reference, "cases"),
        "cases": found,
        "export_url": url_for("publish.export_cases"),
    }
    return render_template("admin/publish-cases.html", **context)


def _listed(session: Session, actor: Actor, reference: Reference) -> list[dict[str, Any]]:
    """Return the last closed cases of public classes in the person's areas."""
    found = rows.closed_lately(
        session,
        actor.district_code,
        actor.areas(*PUBLISHERS),
        releases.public_classes(reference),
        SHOWN,
    )
    candidates = releases.candidates(session, reference, found, actor)
    return [_row(one, reference) for one in candidates]


COLUMNS: Sequence[Column[dict[str, Any]]] = (
    Column(_l("Number"), itemgetter("number"), 22),
    Column(lazy_pgettext("column", "Matter"), itemgetter("title")),
    Column(lazy_pgettext("column", "Place"), itemgetter("place")),
    Column(lazy_pgettext("column", "Closed"), itemgetter("closed")),
    Column(_l("Pictures"), itemgetter("pictures"), NARROW),
    Column(_l("Reply"), lambda one: _("yes") if one["reply"] else "", NARROW),
    Column(
        _l("Let out"), lambda one: one["released"] or (_("your own case") if one["held"] else "")
    ),
)


@publish.get("/cases.xlsx")
@requires(*PUBLISHERS, area=AREA)
def export_cases() -> Response:
    """Send that list as an Excel book."""
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = _listed(session, actor, reference)
    return send("publishing", [Sheet(_("Closed cases"), COLUMNS, found)], reference)


def _row(one: Candidate, reference: Reference) -> dict[str, Any]:
    case = one.case
    category = reference.category_of(case)
    village = reference.area(case.village_code)
    closed = (case.closed_at or case.received_at).astimezone(reference.zone)
    return {
        "url": url_for("publish.case", case_id=case.id),
        "number": case.number,
        "title": pick(category.name, category.name_en),
        "place": pick(village.name, village.name_en) if village is not None else "",
        "closed": f"{closed:%Y-%m-%d}",
        "pictures": len(one.pictures),
        "reply": bool(one.reply),
        "released": len(one.released),
        "held": one.held,
    }


@publish.get("/cases/<uuid:case_id>")
@requires(*PUBLISHERS, area=AREA)
def case(case_id: UUID) -> str:
    """Show a closed case with all that could be let out of it, and the check-list."""
    return render_template("admin/publish-case.html", **_case(case_id, {}, {}))


def _case(case_id: UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, Any]:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = session.get(Case, case_id)
        candidates = (
            releases.candidates(session, reference, [found], actor)
            if found is not None and _mine(actor, found)
            else []
        )
    if not candidates:
        raise NotFound(f"no case {case_id} to publish")
    one = candidates[0]
    out = {release.photo_id: release.id for release in one.released}
    return {
        **frame(actor, reference, "cases"),
        **_row(one, reference),
        "case_url": url_for("work.case", case_id=case_id),
        "release_url": url_for("publish.release", case_id=case_id),
        "photos": [_photo(picture, out) for picture in one.pictures],
        "said": [
            {"text": release.reply, "withdraw_url": _withdraw_url(release.id)}
            for release in one.released
            if release.reply is not None
        ],
        "checks": [
            {"code": code, "words": str(words), "on": code in values.get("checks", ())}
            for code, words in CHECK_WORDS.items()
            if code in (PHOTO_CHECKS if one.pictures else ()) or code in REPLY_CHECKS
        ],
        "chosen": values.get("photos", ()),
        "reply_text": values.get("reply", one.reply),
        "errors": errors,
    }


def _mine(actor: Actor, case: Case) -> bool:
    return case.district_code == actor.district_code and publishing.over(actor, case.path())


def _photo(picture: Photo, out: Mapping[UUID | None, UUID]) -> dict[str, Any]:
    release = out.get(picture.id)
    return {
        "id": str(picture.id),
        "words": _("before") if picture.purpose == photos.BEFORE else _("after"),
        "thumb": url_for("work.photo", photo_id=picture.id, size="thumb"),
        "full": url_for("work.photo", photo_id=picture.id, size="full"),
        "withdraw_url": None if release is None else _withdraw_url(release),
    }


def _withdraw_url(release_id: UUID) -> str:
    return url_for("publish.withdraw_release", release_id=release_id)


@publish.post("/cases/<uuid:case_id>")
@requires(*PUBLISHERS, area=AREA)
def release(case_id: UUID) -> BaseResponse:
    """Let the chosen pictures and the reply out; the list must be ticked to the end."""
    actor = current_actor()
    values = {
        "photos": request.form.getlist("photos"),
        "reply": request.form.get("reply", "").replace("\r\n", "\n"),
        "checks": request.form.getlist("checks"),
    }
    with_reply = request.form.get("with_reply") == "1"
    try:
        chosen = [UUID(text) for text in values["photos"]]
    except ValueError as error:
        raise NotFound("no such picture") from error
    try:
        with unit_of_work() as session:
            releases.release(
                session,
                references.of(session, actor.district_code),
                case_id,
                chosen,
                str(values["reply"]) if with_reply else None,
                values["checks"],
                by=actor,
                now=utc_now(),
            )
    except InvalidInput as error:
        page = _case(case_id, values, {error.field: sentences.of(error)})
        page["with_reply"] = with_reply
        return make_response(render_template("admin/publish-case.html", **page), 400)
    return redirect(url_for("publish.case", case_id=case_id), code=303)


@publish.post("/releases/<uuid:release_id>/withdraw")
@requires(*PUBLISHERS, area=AREA)
def withdraw_release(release_id: UUID) -> BaseResponse:
    """Take a picture or a reply back."""
    actor = current_actor()
    with unit_of_work() as session:
        reference = references.of(session, actor.district_code)
        case_id = releases.withdraw(session, reference, release_id, by=actor, now=utc_now())
    return redirect(url_for("publish.case", case_id=case_id), code=303)
