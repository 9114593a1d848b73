"""Where a district publishes: announcements, its rules, published months, who did what."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.publishing import CELL_SIZES_M, LEAST_K, MOST_K, Rules
from gridgov.domain.roles import Actor, Role
from gridgov.services import editions, publishing
from gridgov.services import reference as references
from gridgov.services.publishing import Draft
from gridgov.services.reference import Reference
from gridgov.storage import editions as edition_rows
from gridgov.storage import people
from gridgov.storage import publishing as rows
from gridgov.storage.publishing import Announcement, PublishingAct
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import sentences, shell
from gridgov.web.access import current_actor, requires
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now
from gridgov.web.open_base import month_words

publish = Blueprint("publish", __name__, url_prefix="/admin/publish")

PUBLISHERS = (Role.SUPERVISOR, Role.OFFICE)
AREA = "the areas the person has as supervisor or office"
WHOLE = "the whole district, for those who have it as supervisor or office"
ACTS = 50
ACT_WORDS = {
    "announce": _l("announced"),
    "withdraw_announcement": _l("took an announcement back"),
    "release": _l("let something of a case out"),
    "withdraw_release": _l("took back what was let out of a case"),
    "set_rules": _l("changed the rules"),
    "edition": _l("published a month"),
    "withdraw_edition": _l("withdrew a month"),
}


def frame(actor: Actor, reference: Reference, current: str) -> dict[str, Any]:
    """Return what each page of publishing needs: who is here, and the tabs."""
    tabs = (
        ("show", url_for("publish.show"), _("Announcements")),
        ("cases", url_for("publish.cases"), _("Pictures and replies")),
        ("rules", url_for("publish.rules"), _("Rules and record")),
    )
    return {
        **shell.staff_context(actor, "publish", reference),
        "tabs": [{"url": url, "word": word, "current": key == current} for key, url, word in tabs],
    }


@publish.get("")
@requires(*PUBLISHERS, area=AREA)
def show() -> str:
    """Show the announcements of the person's areas, and the form for another one."""
    return render_template("admin/publish.html", **_announcements({}, {}))


def _announcements(values: Mapping[str, str], errors: Mapping[str, str]) -> dict[str, Any]:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        codes = _mine(actor, reference)
        whole = actor.district_code in codes
        found = rows.announcements(session, actor.district_code, None if whole else codes)
        names = people.names(session, {one.made_by_id for one in found})
    today = reference.local_day(utc_now())
    return {
        **frame(actor, reference, "show"),
        "announcements": [_shown(one, reference, names, today) for one in found],
        "areas": [
            {"code": code, "name": _place(reference, code)}
            for code in sorted(codes, key=lambda code: (len(code), code))
        ],
        "values": {"first_on": today.isoformat(), **values},
        "errors": errors,
    }


def _mine(actor: Actor, reference: Reference) -> set[str]:
    """Return the codes of the areas, down to communities, for which somebody publishes."""
    kinds = (AreaKind.TOWN, AreaKind.VILLAGE)
    known = {one.code for kind in kinds for one in reference.net.areas(kind)}
    found = {
        code
        for code in known
        if publishing.over(actor, [one.code for one in reference.net.path(code)])
    }
    if publishing.over(actor, [reference.district_code]):
        found = known | {reference.district_code}
    return found


def _place(reference: Reference, code: str) -> str:
    area = reference.area(code)
    if code == reference.district_code:
        return _("The whole district")
    if area is None:
        return code
    town = reference.net.find(area.parent_code) if area.kind is AreaKind.VILLAGE else None
    above = f"{pick(town.name, town.name_en)} · " if town is not None else ""
    return above + pick(area.name, area.name_en)


def _shown(
    one: Announcement, reference: Reference, names: Mapping[UUID, str], today: date
) -> dict[str, Any]:
    if one.withdrawn_at is not None:
        state = _("withdrawn")
    elif one.first_on > today:
        state = _("from %(day)s", day=one.first_on.isoformat())
    elif one.last_on is not None and one.last_on < today:
        state = _("over")
    else:
        state = _("shown")
    return {
        "title": one.title,
        "text": one.text,
        "place": _place(reference, one.area_code),
        "state": state,
        "days": f"{one.first_on} – {one.last_on or ''}",
        "by": names.get(one.made_by_id, ""),
        "withdraw_url": None
        if one.withdrawn_at
        else url_for("publish.withdraw", announcement_id=one.id),
    }


@publish.post("")
@requires(*PUBLISHERS, area=AREA)
def announce() -> BaseResponse:
    """Publish an announcement; what is wrong is said beside its field, nothing is lost."""
    values = {name: request.form.get(name, "") for name in _FIELDS}
    actor = current_actor()
    try:
        draft = _draft(values)
        with unit_of_work() as session:
            reference = references.of(session, actor.district_code)
            publishing.announce(session, reference, draft, by=actor, now=utc_now())
    except InvalidInput as error:
        page = _announcements(values, {error.field: sentences.of(error)})
        return make_response(render_template("admin/publish.html", **page), 400)
    return redirect(url_for("publish.show"), code=303)


_FIELDS = ("area_code", "title", "text", "title_en", "text_en", "first_on", "last_on")


def _draft(values: Mapping[str, str]) -> Draft:
    if not values["area_code"]:
        raise InvalidInput("area_code", "missing")
    return Draft(
        area_code=values["area_code"],
        title=values["title"],
        text=values["text"].replace("\r\n", "\n"),
        title_en=values["title_en"],
        text_en=values["text_en"].replace("\r\n", "\n"),
        first_on=_day(values["first_on"], "first_on"),
        last_on=_day(values["last_on"], "last_on") if values["last_on"] else None,
    )


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(field, "not_a_day") from error


@publish.post("/<uuid:announcement_id>/withdraw")
@requires(*PUBLISHERS, area=AREA)
def withdraw(announcement_id: UUID) -> BaseResponse:
    """Take an announcement back."""
    actor = current_actor()
    with unit_of_work() as session:
        reference = references.of(session, actor.district_code)
        publishing.withdraw(session, reference, announcement_id, by=actor, now=utc_now())
    return redirect(url_for("publish.show"), code=303)


@publish.get("/rules")
@requires(*PUBLISHERS, area=AREA)
def rules() -> str:
    """Show what the district publishes, the published months and who did what."""
    return render_template("admin/publish-rules.html", **_rules(None, {}))


def _rules(values: Mapping[str, Any] | None, errors: Mapping[str, str]) -> dict[str, Any]:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        kept = publishing.rules_of(session, actor.district_code)
        told = edition_rows.editions(session, actor.district_code, all_=True)
        due = editions.due(session, reference, now=utc_now())
        acts = rows.acts(session, actor.district_code, ACTS)
        names = people.names(session, {one.by_id for one in acts if one.by_id is not None})
    return {
        **frame(actor, reference, "rules"),
        "may_set": publishing.over(actor, [actor.district_code]),
        "values": kept.as_json() if values is None else values,
        "errors": errors,
        "cells": CELL_SIZES_M,
        "least_k": LEAST_K,
        "most_k": MOST_K,
        "due": [month_words(month) for month in due],
        "months": [
            {
                "month": month_words(one.month),
                "cases": one.cases,
                "k": one.k,
                "cell_m": one.cell_m,
                "withdrawn": one.withdrawn_at is not None,
                "url": url_for("publish.withdraw_month", month=month_words(one.month)),
            }
            for one in told
            if one.cases
        ],
        "acts": [_act(one, reference, names) for one in acts],
    }


def _act(one: PublishingAct, reference: Reference, names: Mapping[UUID, str]) -> dict[str, str]:
    by = names.get(one.by_id, "") if one.by_id is not None else _("gridgov, by the clock")
    subject = str(one.details.get("title") or one.details.get("month") or "")
    if one.act == "set_rules":
        subject = ", ".join(sorted(one.details))
    return {
        "at": f"{one.at.astimezone(reference.zone):%Y-%m-%d %H:%M}",
        "by": by,
        "words": str(ACT_WORDS.get(one.act, one.act)),
        "subject": subject,
        "place": _place(reference, one.area_code),
    }


_TEXTS = ("contact", "contact_en", "licence", "licence_url")
_SWITCHES = ("data", "points", "rates")


@publish.post("/rules")
@requires(*PUBLISHERS, area=WHOLE)
def set_rules() -> BaseResponse:
    """Change the rules; months already published stay as they are."""
    actor = current_actor()
    values: dict[str, Any] = {name: request.form.get(name, "").strip() for name in _TEXTS}
    values |= {name: request.form.get(name) == "1" for name in _SWITCHES}
    values |= {name: request.form.get(name, type=int) for name in ("k", "cell_m")}
    try:
        # A number that is none is out of every range.
        made = Rules(**values | {name: values[name] or 0 for name in ("k", "cell_m")})
        with unit_of_work() as session:
            reference = references.of(session, actor.district_code)
            publishing.set_rules(session, reference, made, by=actor, now=utc_now())
    except InvalidInput as error:
        page = _rules(values, {error.field: sentences.of(error)})
        return make_response(render_template("admin/publish-rules.html", **page), 400)
    return redirect(url_for("publish.rules"), code=303)


@publish.post("/months/<month>/withdraw")
@requires(*PUBLISHERS, area=WHOLE)
def withdraw_month(month: str) -> BaseResponse:
    """Withdraw a published month, for good."""
    actor = current_actor()
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise NotFound(f"no month {month}") from error
    with unit_of_work() as session:
        reference = references.of(session, actor.district_code)
        editions.withdraw(session, reference, first, by=actor, now=utc_now())
    return redirect(url_for("publish.rules"), code=303)
