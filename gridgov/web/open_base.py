"""What the pages for everybody share: their blueprint, how long they may be kept, names."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_security import current_user

from gridgov.domain.areas import AreaKind
from gridgov.services.reference import Reference
from gridgov.web.access import home_language
from gridgov.web.i18n import COOKIE, language, pick, speak
from gridgov.web.security import FOR_EVERYBODY, limiter

everybody = Blueprint("open", __name__, url_prefix="/open")

KEPT_S = 60
LOOKS, DOWNLOADS = "300/minute", "30/minute;300/hour"
DASH = "—"

looks = limiter.limit(LOOKS, key_func=get_remote_address)
downloads = limiter.limit(DOWNLOADS, key_func=get_remote_address)


@everybody.before_request
def speak_at_home() -> None:
    """Speak the district's own language to whoever chose none."""
    if COOKIE not in request.cookies and not current_user.is_authenticated:
        speak(home_language())


def page(template: str, context: Mapping[str, Any]) -> Response:
    """Return a page that may be kept for a minute and asked for again by its mark.

    Who is signed in gets one of one's own: it is not kept.
    """
    response = make_response(render_template(template, **context))
    if not current_user.is_authenticated:
        g.setdefault(FOR_EVERYBODY, True)
        keep(response, KEPT_S)
    return response


def keep(response: Response, seconds: int) -> Response:
    """Let an answer be kept by everybody for some seconds; its words depend on the cookie."""
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.headers["Content-Language"] = language()
    response.vary.add("Cookie")
    if not response.is_streamed:
        response.add_etag()
        response.make_conditional(request)
    return response


def place_name(reference: Reference, code: str, kind: str) -> str:
    """Return the name of an area that is told of; what is folded says so."""
    if kind == AreaKind.DISTRICT:
        return _("Other communities of the district")
    area = reference.area(code)
    name = code if area is None else pick(area.name, area.name_en)
    return _("Other communities of %(town)s", town=name) if kind == AreaKind.TOWN else name


def category_name(reference: Reference, code: str, kind: str) -> str:
    """Return the name of a class, a major class or of all."""
    if not code:
        return _("Other kinds")
    lines = reference.past_classes.get(code, ())
    known = [line for _since, line in lines if line is not None]
    found = reference.catalogue.get(code) or reference.majors.get(code)
    found = found or (known[-1] if known else None)
    name = code if found is None else pick(found.name, found.name_en)
    return _("%(major)s: other kinds", major=name) if kind == "major" else name


def month_words(month: date) -> str:
    """Return a month as pages say it: 2026-11."""
    return f"{month:%Y-%m}"


def links(current: str) -> list[dict[str, Any]]:
    """Return the pages for everybody, for the head of each."""
    pages = (
        ("index", url_for("open.index"), _("Figures")),
        ("communities", url_for("open.communities"), _("Communities")),
        ("data", url_for("open.data"), _("Open data")),
    )
    return [{"url": url, "word": word, "current": key == current} for key, url, word in pages]
