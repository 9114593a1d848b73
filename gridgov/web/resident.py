"""The resident's pages: first page, look-up, language and large type."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.workflow import CaseState
from gridgov.services import reference as references
from gridgov.services import releases
from gridgov.services.reference import Reference
from gridgov.services.releases import Fixed
from gridgov.storage import photos, reports
from gridgov.storage.cases import Case
from gridgov.storage.ids import read_receipt_code, show_receipt_code
from gridgov.storage.session import read_only
from gridgov.web import security, uploads, words
from gridgov.web.access import home_district, home_language, public
from gridgov.web.i18n import COOKIE, pick, remember, speak
from gridgov.web.instance import instance
from gridgov.web.receipts import place_of
from gridgov.web.security import csrf

resident = Blueprint("resident", __name__)
csrf.exempt(resident)  # public forms carry no session; see security._same_origin_only

RECENT = 3
ELDER = "elder"


@resident.before_request
def speak_at_home() -> None:
    """Speak the district's own language to whoever chose none."""
    if COOKIE not in request.cookies and not current_user.is_authenticated:
        speak(home_language())


@resident.get("/")
@public()
def home() -> str:
    """Show the first page: one button, the emergency numbers, what was fixed lately."""
    with read_only() as session:
        recent = _recent(session, home_district())
    numbers = [
        {"number": "110", "words": _("Police")},
        {"number": "119", "words": _("Fire")},
        {"number": "120", "words": _("Ambulance")},
    ]
    return render_template(
        "resident/home.html",
        emergency_numbers=numbers,
        recent=recent,
        open_url=url_for("open.index"),
        help_phone="12345",
    )


def _recent(session: Session, district_code: str) -> list[dict[str, Any]]:
    """Return the newest closed public cases, with nothing in them about a person."""
    reference = references.of(session, district_code)
    public_codes = [c.code for c in reference.catalogue.values() if c.public]
    found = session.scalars(
        select(Case)
        .where(
            Case.district_code == district_code,
            Case.state == str(CaseState.CLOSED),
            Case.closed_at.is_not(None),
            ~Case.confidential,
            Case.category_code.in_(public_codes),
        )
        .order_by(Case.closed_at.desc())
        .limit(RECENT)
    ).all()
    told = releases.shown(session, reference, found)
    return [_recent_card(told[case.id], reference) for case in found if case.id in told]


def _recent_card(told: Fixed, reference: Reference) -> dict[str, Any]:
    case, pictures = told.case, told.pictures
    category = reference.category_of(case)
    village = reference.net.find(case.village_code)
    taken = words.elapsed(case.received_at, case.closed_at or case.received_at)
    return {
        "title": pick(category.name, category.name_en),
        "took": _("took %(span)s", span=taken),
        "place": pick(village.name, village.name_en) if village else place_of(case, reference),
        "before_url": _public_picture(pictures, photos.BEFORE),
        "after_url": _public_picture(pictures, photos.AFTER),
    }


def _public_picture(pictures: Sequence[photos.Photo], purpose: str) -> str | None:
    for picture in pictures:
        if picture.purpose == purpose:
            return url_for("resident.recent_photo", photo_id=picture.id)
    return None


@resident.get("/recent/<uuid:photo_id>.jpg")
@public("pictures of closed cases of public classes that were let out")
def recent_photo(photo_id: Any) -> Response:
    """Show the small picture of a closed public case."""
    with read_only() as session:
        picture = releases.picture(session, photo_id)
    response = uploads.serve(picture.sha256, "mini", public=True)
    # Not for good: what was let out can be taken back.
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@resident.get("/r")
@public()
def lookup() -> BaseResponse:
    """Find a report by its code; wrong guesses are counted and stopped."""
    typed = request.args.get("code", "").strip()
    locked = security.too_many_guesses("receipt")
    error = None
    if locked:
        error = _("Too many wrong codes. Please try again in 10 minutes, or call 12345.")
    elif typed:
        with read_only() as session:
            found = reports.by_receipt(session, read_receipt_code(typed))
        if found is not None:
            code = show_receipt_code(found.receipt_code)
            return redirect(url_for("resident.receipt", code=code))
        security.count_guess("receipt")
        error = _("There is no report with this code. Please compare it with your receipt.")
    html = render_template(
        "resident/lookup.html", form={"code": typed}, error=error, locked=locked, help_phone="12345"
    )
    return make_response(html, 429 if locked else (404 if error else 200))


@resident.get("/privacy")
@public()
def privacy() -> str:
    """Say what is kept, why, and for how long."""
    return render_template("resident/privacy.html", help_phone="12345")


def _back() -> BaseResponse:
    """Return to a page of ours, never to another site."""
    back = request.args.get("back", "/")
    # Browsers drop tabs and line breaks and take \ for /: "/<tab>/evil" is another site's.
    ours = re.match(r"/(?![/\\])", back) and back.isprintable()
    return redirect(back if ours else "/", code=303)


@resident.get("/language")
@public()
def switch_language() -> BaseResponse:
    """Remember a language and go back."""
    to = request.args.get("to", "zh-Hans")
    return remember(make_response(_back()), to, secure=instance().settings.secure())


@resident.get("/elder")
@public()
def switch_elder() -> BaseResponse:
    """Switch large type on or off and go back."""
    response = make_response(_back())
    on = request.args.get("on", "1") == "1"
    response.set_cookie(
        ELDER,
        "1" if on else "0",
        max_age=31_536_000,
        secure=instance().settings.secure(),
        httponly=True,
        samesite="Lax",
    )
    return response
