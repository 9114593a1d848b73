"""Administration: the catalogue, class by class; a change makes a new version with a reason."""

from dataclasses import replace
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import Limit, parse_limit
from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.stages import Stage, limit_of
from gridgov.domain.table_imports import Table
from gridgov.services import reference as references
from gridgov.services import setup_base, setup_catalogue
from gridgov.services.reference import Reference
from gridgov.services.setup_base import Source
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import admin_setup, table_words, words
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, LOOK, context
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now

HERE = "admin.list_classes"
# The limits a class may have of its own beside the two of the catalogue.
STAGES = (Stage.VERIFY, Stage.DISPATCH, Stage.SIGN, Stage.CHECK, Stage.APPEAL)
LONGEST_REASON = 300


@admin.get("/catalogue")
@requires(*LOOK, area=AREA)
def list_classes() -> str:
    """Show the classes of the current version, searched by name, code or keyword."""
    actor, asked = current_actor(), admin_setup.searched()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        classes = setup_catalogue.classes(session, actor.district_code)
    plain = asked.casefold()
    listed = [
        _shown(one, classes, reference)
        for code, one in sorted(classes.items())
        if one.parent_code is not None and plain in _text(one)
    ]
    return render_template(
        "admin/setup-classes.html",
        **context(HERE, reference),
        **admin_setup.paged(listed, HERE, q=asked or None),
        q=asked,
        version=reference.catalogue_version,
        history=admin_setup.latest(reference, Table.CATALOGUE, "pack"),
    )


def _text(one: Category) -> str:
    return f"{one.code} {one.name} {one.name_en} {' '.join(one.keywords)}".casefold()


def _shown(one: Category, classes: dict[str, Category], reference: Reference) -> dict[str, Any]:
    major = classes.get(one.parent_code or "")
    unit = reference.units.get(one.unit_code or "")
    return {
        "url": url_for("admin.one_class", code=one.code),
        "code": one.code,
        "name": pick(one.name, one.name_en),
        "major": pick(major.name, major.name_en) if major is not None else "",
        "unit": pick(unit.name, unit.name_en) if unit is not None else "—",
        "level": str(words.LEVEL_WORDS[one.default_level]),
        "accept": words.limit_of(one.accept_limit),
        "handle": words.limit_of(one.handle_limit),
        "severity": one.severity,
        "photo": one.after_photo,
        "confidential": one.confidential,
    }


def _class(code: str) -> tuple[Category, Reference]:
    district = current_actor().district_code
    with read_only() as session:
        reference = references.of(session, district)
        found = setup_catalogue.classes(session, district).get(code)
    if found is None:
        raise NotFound(f"no class {code}")
    return found, reference


@admin.get("/catalogue/<code>")
@requires(*LOOK, area=AREA)
def one_class(code: str) -> str:
    """Show one class with its limits. Raises: NotFound."""
    found, reference = _class(code)
    return _page(found, reference, {}, {})


def _page(
    one: Category, reference: Reference, errors: dict[str, str], typed: dict[str, str]
) -> str:
    values = {
        "accept_limit": str(one.accept_limit),
        "handle_limit": str(one.handle_limit),
        **{f"{stage}_limit": str(one.stage_limits.get(stage, "")) for stage in STAGES},
        "unit_code": one.unit_code or "",
        "after_photo": "1" if one.after_photo else "",
        "reason": "",
    }
    limits = [
        {
            "name": name,
            "word": table_words.column(Table.CATALOGUE, name),
            "needed": name in ("accept_limit", "handle_limit"),
            "usual": _usual(one, name),
        }
        for name in values
        if name.endswith("_limit")
    ]
    units = [
        {"code": unit.code, "name": pick(unit.name, unit.name_en)}
        for unit in reference.units.values()
        if not unit.ended
    ]
    return render_template(
        "admin/setup-class.html",
        **context(HERE, reference) | {"errors": errors},
        one=_shown(one, dict(reference.majors), reference),
        version=reference.catalogue_version,
        values=values | typed,
        limits=limits,
        units=units,
    )


def _usual(one: Category, name: str) -> str:
    """Return the limit that holds where the class has none of its own."""
    if name in ("accept_limit", "handle_limit"):
        return ""
    plain = replace(one, stage_limits={})
    return str(limit_of(plain, Stage(name.removesuffix("_limit")), one.severity))


@admin.post("/catalogue/<code>")
@requires(*CHANGE, area=AREA)
def change_class(code: str) -> BaseResponse:
    """Change a class's limits, unit and evidence, with a reason: a new version.

    Open cases keep what they were made with. Raises: NotFound.
    """
    one, reference = _class(code)
    typed = {name: text.strip() for name, text in request.form.items() if name != "csrf_token"}
    typed["after_photo"] = "1" if typed.get("after_photo") else ""
    try:
        wanted = _wanted(one, typed)
        version = _write(wanted, _reason(typed))
    except InvalidInput as error:
        return make_response(_page(one, reference, {error.field: str(error)}, typed), 400)
    flash(
        _(
            "%(name)s is changed; version %(number)s of the catalogue.",
            name=one.name,
            number=version,
        )
    )
    return redirect(url_for(HERE), code=303)


def _reason(typed: dict[str, str]) -> str:
    reason = typed.get("reason", "")
    if not reason:
        raise InvalidInput("reason", "missing", _("Say why; it is kept with the version."))
    return reason[:LONGEST_REASON]


def _wanted(one: Category, typed: dict[str, str]) -> Category:
    stages = {
        str(stage): _limit(typed, f"{stage}_limit")
        for stage in STAGES
        if typed.get(f"{stage}_limit")
    }
    others = {key: limit for key, limit in one.stage_limits.items() if key not in set(STAGES)}
    unit = typed.get("unit_code") or None
    if one.direct_unit and unit is None:
        raise InvalidInput("unit_code", "blank", str(table_words.REASONS["blank"]))
    return replace(
        one,
        accept_limit=_limit(typed, "accept_limit"),
        handle_limit=_limit(typed, "handle_limit"),
        stage_limits=others | stages,
        unit_code=unit,
        after_photo=bool(typed["after_photo"]),
    )


def _limit(typed: dict[str, str], name: str) -> Limit:
    try:
        return parse_limit(typed.get(name, ""))
    except InvalidInput as error:
        raise InvalidInput(name, "not_a_limit", str(table_words.REASONS["not_a_limit"])) from error


def _write(wanted: Category, reason: str) -> int:
    actor = current_actor()
    with unit_of_work() as session:
        prepared = setup_catalogue.change_one(session, actor.district_code, wanted)
        for refusal in prepared.plan.refusals:
            raise InvalidInput(refusal.column, refusal.reason, table_words.reason(refusal))
        source = Source(actor, "page", reason)
        setup_base.carry_out(session, actor.district_code, prepared, source=source, now=utc_now())
        return references.of(session, actor.district_code).catalogue_version
