"""Administration: the response texts staff start a reply to the public from (答复模板)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import InvalidInput
from gridgov.domain.replies import EVERY_CLASS, ReplyText
from gridgov.services import reference as references
from gridgov.services import replies
from gridgov.services.reference import Reference
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import admin_setup
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, LOOK, context
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now

HERE = "admin.show_replies"
NAMES = ("category", "title", "title_en", "text", "text_en")
MOST = 200
SAID: Mapping[tuple[str, str], Any] = {
    ("category", "unknown"): _l("This class is not in the catalogue. Choose another."),
    ("title", "missing"): _l("Give it a short name: it is chosen by that."),
    ("text", "missing"): _l("Write the words of the text, or empty its name to take it out."),
    ("text", "too_long"): _l("At most 500 characters."),
}


@admin.get("/replies")
@requires(*LOOK, area=AREA)
def show_replies() -> BaseResponse:
    """Show the response texts, each with its class."""
    return _page(None, {}, 200)


def _page(
    typed: Sequence[ReplyText] | None, errors: dict[str, str], status: int, seen: str | None = None
) -> BaseResponse:
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
    shown = listed(reference, reference.replies if typed is None else typed)
    html = render_template(
        "admin/setup-replies.html",
        **context(HERE, reference) | {"errors": errors},
        texts=shown,
        export_url=url_for("admin.export_replies"),
        classes=_classes(reference),
        seen=replies.name_of(reference.replies) if seen is None else seen,
        longest=replies.LONGEST,
        history=admin_setup.latest(reference, replies.WHAT, "pack"),
    )
    return make_response(html, status)


def listed(reference: Reference, texts: Sequence[ReplyText]) -> list[dict[str, Any]]:
    """Return response texts as the page lists them."""
    names = dict(_classes(reference))
    return [
        {
            **one.as_json(),
            "at": at,
            "name": pick(one.title, one.title_en or one.title),
            "of": names.get(one.category, one.category),
        }
        for at, one in enumerate(texts)
    ]


def _classes(reference: Reference) -> list[tuple[str, str]]:
    """Return what a text can be for: all classes, a major class, one class below it."""
    found = [(EVERY_CLASS, _("All classes"))]
    for code, major in sorted(reference.majors.items()):
        found.append((code, f"{code} {pick(major.name, major.name_en)}"))
        found += [
            (one.code, f"{one.code} {pick(one.name, one.name_en)}")
            for one in sorted(reference.catalogue.values(), key=lambda one: one.code)
            if one.parent_code == code
        ]
    return found


@admin.post("/replies")
@requires(*CHANGE, area=AREA)
def set_replies() -> BaseResponse:
    """Replace the texts; one whose name and words were emptied is taken out."""
    typed, actor, now = _typed(), current_actor(), utc_now()
    seen = request.form.get("seen", "")
    with read_only() as session:
        reference = references.of(session, actor.district_code)
    errors = _errors(reference, typed)
    if errors:
        return _page(typed, errors, 400, seen)
    try:
        with unit_of_work() as session:
            reference = references.of(session, actor.district_code)
            replies.change(session, reference, typed, admin_setup.source(), seen=seen, now=now)
    except replies.ChangedMeanwhile:
        said = _(
            "Somebody else changed the texts meanwhile. Here are yours: "
            "saving again replaces theirs."
        )
        return _page(typed, {"texts": said}, 409)
    flash(_("The texts are saved; forms offer them from now on."))
    return redirect(url_for(HERE), code=303)


def _typed() -> list[ReplyText]:
    columns = [request.form.getlist(name) for name in NAMES]
    rows = [[value.strip() for value in row] for row in zip(*columns, strict=False)]
    # A row is told by its words: the class of an empty one is only what stands in the list.
    return [ReplyText(*row) for row in rows[:MOST] if any(row[1:])]


def _errors(reference: Reference, typed: Sequence[ReplyText]) -> dict[str, str]:
    """Return control → what is wrong with it."""
    errors: dict[str, str] = {}
    for at, one in enumerate(typed):
        try:
            replies.check(reference, one)
        except InvalidInput as error:
            errors[f"{error.field}-{at}"] = str(SAID[(error.field, error.reason)])
    return errors
