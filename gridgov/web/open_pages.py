"""What everybody may look at without sign-in: figures, communities, what was put right."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask_babel import gettext as _

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.errors import NotFound
from gridgov.domain.publishing import Rules
from gridgov.services import open_figures, publishing, releases
from gridgov.services import reference as references
from gridgov.services.open_figures import Community
from gridgov.services.reference import Reference
from gridgov.services.releases import Fixed
from gridgov.storage import photos
from gridgov.storage import publishing as rows
from gridgov.storage.publishing import Announcement
from gridgov.storage.session import read_only
from gridgov.web import open_map, uploads, words
from gridgov.web.access import home_district, public
from gridgov.web.i18n import language, pick
from gridgov.web.instance import utc_now
from gridgov.web.open_base import (
    DASH,
    category_name,
    everybody,
    links,
    looks,
    month_words,
    page,
    place_name,
)

FIXED, KINDS = 6, 12
RELEASED_S = 300  # how long a released picture is kept: it can be taken back


@everybody.get("")
@public("figures of the whole district, without confidential cases")
@looks
def index() -> Response:
    """Show the key figures of the district and what it announces."""
    now = utc_now()
    with read_only() as session:
        reference = references.of(session, home_district())
        code = reference.district_code
        rules = publishing.rules_of(session, code)
        found = open_figures.of_district(session, reference, now=now)
        told = rows.shown_on(session, code, [code], reference.local_day(now))
    context = {
        "links": links("index"),
        "lately": _lately(found.lately),
        "ever": _share(found.ever),
        "months": [_share(one) for one in found.months],
        "announcements": [_announcement(one) for one in told],
        "has_data": rules.data,
    }
    return page("open/index.html", context)


def _lately(found: open_figures.Figures | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "received": found.received,
        "closed": found.closed,
        "rate": _percent(found.closed, found.received),
        "due": found.due,
        "on_time": found.on_time,
        "on_time_rate": _percent(found.on_time, found.due),
        "open": found.received - found.closed,
    }


def _share(found: open_figures.Month | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "first": found.first.isoformat(),
        "month": month_words(found.first),
        "received": found.received,
        "closed": found.closed,
        "rate": _percent(found.closed, found.received),
    }


def _percent(part: int, whole: int) -> str:
    return words.percent(part / whole if whole else None)


def _announcement(one: Announcement) -> dict[str, Any]:
    english = language() == "en"
    # Where nobody translated it, the Chinese words are marked as Chinese.
    return {
        "title": (one.title_en if english else "") or one.title,
        "text": (one.text_en if english else "") or one.text,
        "lang": "en" if english and one.text_en else "zh-Hans",
        "title_lang": "en" if english and one.title_en else "zh-Hans",
        "first": one.first_on.isoformat(),
        "last": one.last_on.isoformat() if one.last_on else None,
    }


@everybody.get("/communities")
@public("names of towns and communities; figures of no fewer than k cases")
@looks
def communities() -> Response:
    """List the communities by town, or those whose name or landmark fits the words."""
    asked = request.args.get("q", "").strip()[:50]
    with read_only() as session:
        reference = references.of(session, home_district())
        closed = open_figures.of_communities(session, reference.district_code)
        rules = publishing.rules_of(session, reference.district_code)
    net = reference.net
    wanted = net.areas(AreaKind.VILLAGE)
    if asked:
        kinds = frozenset({AreaKind.VILLAGE, AreaKind.GRID})
        codes = {_village(reference, one) for one in net.search(asked, 40, kinds)}
        wanted = tuple(one for one in wanted if one.code in codes)
    towns: dict[str, list[dict[str, Any]]] = {}
    for village in wanted:
        shown = {
            "name": pick(village.name, village.name_en),
            "url": url_for("open.community", code=village.code),
            "closed": closed.get(village.code, DASH),
        }
        towns.setdefault(village.parent_code or "", []).append(shown)
    context = {
        "links": links("communities"),
        "asked": asked,
        "has_data": rules.data,
        "k": rules.k,
        "towns": [
            {"name": place_name(reference, code, AreaKind.VILLAGE), "villages": found}
            for code, found in towns.items()
        ],
    }
    return page("open/communities.html", context)


def _village(reference: Reference, area: AreaShape) -> str | None:
    return area.code if area.kind is AreaKind.VILLAGE else area.parent_code


@everybody.get("/communities/<code>")
@public("one community: what was let out by a person, figures of no fewer than k cases")
@looks
def community(code: str) -> Response:
    """Show a community: what it announces, what was put right, its figures and borders."""
    now = utc_now()
    with read_only() as session:
        reference = references.of(session, home_district())
        area = reference.net.find(code)
        if area is None or area.kind is not AreaKind.VILLAGE:
            raise NotFound(f"no community {code}", code=code)
        district = reference.district_code
        rules = publishing.rules_of(session, district)
        path = [district, *(one.code for one in reference.net.path(code))]
        told = rows.shown_on(session, district, path, reference.local_day(now))
        fixed = releases.fixed_lately(session, reference, code, FIXED)
        found = open_figures.of_community(session, district, code)
    town = reference.net.find(area.parent_code)
    context = {
        "links": links("communities"),
        "name": pick(area.name, area.name_en),
        "town": pick(town.name, town.name_en) if town is not None else "",
        "grids": len(reference.net.children(code)),
        "contact": pick(rules.contact, rules.contact_en or rules.contact),
        "announcements": [_announcement(one) for one in told],
        "fixed": [_fixed(one, reference, now) for one in fixed],
        "drawing": open_map.drawing(reference, code),
        "has_data": rules.data,
        **_told(found, reference, rules),
    }
    return page("open/community.html", context)


def _fixed(one: Fixed, reference: Reference, now: datetime) -> dict[str, Any]:
    case = one.case
    category = reference.category_of(case)
    closed_at = case.closed_at or case.received_at
    return {
        "title": pick(category.name, category.name_en),
        "took": _("took %(span)s", span=words.elapsed(case.received_at, closed_at)),
        "month": f"{closed_at.astimezone(reference.zone):%Y-%m}",
        "before": _picture(one, photos.BEFORE),
        "after": _picture(one, photos.AFTER),
        "reply": one.reply,
    }


def _picture(one: Fixed, purpose: str) -> str | None:
    ids = [picture.id for picture in one.pictures if picture.purpose == purpose]
    return url_for("open.picture", photo_id=ids[-1]) if ids else None


def _told(found: Community, reference: Reference, rules: Rules) -> dict[str, Any]:
    kinds = open_figures.classes(found.cells)
    most = max((closed for _code, _kind, closed in kinds), default=0)
    return {
        "k": rules.k,
        "closed": found.closed or DASH,
        "kinds": [
            {
                "name": category_name(reference, code, kind),
                "closed": closed,
                "of": most,
            }
            for code, kind, closed in kinds[:KINDS]
        ],
        "months": [
            {
                "month": month_words(one.month),
                "received": one.received,
                "closed": _closed(one.closed, one.more_than),
                "rate": _rate(one.received, one.closed, one.more_than),
            }
            for one in found.received
        ],
    }


def _closed(closed: int | None, more_than: int | None) -> str:
    return str(closed) if closed is not None else _("more than %(n)s", n=more_than or 0)


def _rate(received: int, closed: int | None, more_than: int | None) -> str:
    if closed is not None:
        return _percent(closed, received)
    return _("over %(rate)s", rate=_percent(more_than or 0, received))


@everybody.get("/pictures/<uuid:photo_id>.jpg")
@public("pictures of closed cases that a person let out")
def picture(photo_id: UUID) -> Response:
    """Show a picture that was let out, at the size of the page."""
    with read_only() as session:
        found = releases.picture(session, photo_id)
    response = uploads.serve(found.sha256, "thumb", public=True)
    response.headers["Cache-Control"] = f"public, max-age={RELEASED_S}"
    return response
