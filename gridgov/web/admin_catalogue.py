"""Administration: the catalogue, class by class; a change makes a new version with a reason."""

from dataclasses import replace
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import Limit
from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.stage_limits import Allowed, over
from gridgov.domain.stages import Stage, limit_of
from gridgov.domain.table_imports import Table
from gridgov.services import reference as references
from gridgov.services import setup_base, setup_catalogue
from gridgov.services.reference import Reference
from gridgov.services.setup_base import Source
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import admin_setup, limit_forms, table_words, words
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, LOOK, context
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now

HERE = "admin.list_classes"
# The limits every class must have, and those it may have of its own beside.
ALWAYS = (Stage.ACCEPT, Stage.HANDLE)
STAGES = (Stage.VERIFY, Stage.DISPATCH, Stage.SIGN, Stage.CHECK, Stage.APPEAL)
SHOWN = (*ALWAYS, *STAGES)
LONGEST_REASON = 300


@admin.get("/catalogue")
@requires(*LOOK, area=AREA)
def list_classes() -> str:
    """Show the classes of the current version, searched by name, code or keyword."""
    actor, asked = current_actor(), admin_setup.searched()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = listed(session, reference, asked)
    return render_template(
        "admin/setup-classes.html",
        **context(HERE, reference),
        **admin_setup.paged(found, HERE, q=asked or None),
        export_url=url_for("admin.export_classes", q=asked or None),
        q=asked,
        version=reference.catalogue_version,
        history=admin_setup.latest(reference, Table.CATALOGUE, "pack"),
    )


def listed(session: Session, reference: Reference, asked: str) -> list[dict[str, Any]]:
    """Return the minor classes the list shows, by code."""
    classes = setup_catalogue.classes(session, reference.district_code)
    plain = asked.casefold()
    return [
        _shown(one, classes, reference)
        for code, one in sorted(classes.items())
        if one.parent_code is not None and plain in _text(one)
    ]


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
        "accept": limit_forms.in_words(one.allowed(Stage.ACCEPT)),
        "handle": limit_forms.in_words(one.allowed(Stage.HANDLE)),
        "others": limit_forms.others_in_words(one.stage_limits, STAGES),
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
    own = _own(one)
    asked = limit_forms.severities(own, one.severity)
    values = {
        **limit_forms.values(SHOWN, own, asked),
        "unit_code": one.unit_code or "",
        "after_photo": "1" if one.after_photo else "",
        "reason": "",
    }
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
        limits=limit_forms.rows(SHOWN, asked, _otherwise(one, reference), ALWAYS),
        units=units,
    )


def _own(one: Category) -> dict[str, Allowed]:
    """Return stage → what the class itself says of it, of the stages on the form."""
    return {str(stage): one.allowed(stage) for stage in SHOWN}


def _otherwise(one: Category, reference: Reference) -> limit_forms.Otherwise:
    """Return a look at the limit that holds where a field of the form is left empty."""

    def limit(stage: Stage, severity: int | None) -> Limit | None:
        if severity is None and stage in ALWAYS:
            return None
        own = {} if severity is None else {str(stage): Allowed(one.allowed(stage).usual)}
        others = {key: said for key, said in one.stage_limits.items() if key != stage}
        plain = replace(one, stage_limits=over({**others, **own}, reference.usual_limits))
        return limit_of(plain, stage, severity or one.severity, reference.natural_from)

    return limit


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
        version = _write(wanted, reason(typed))
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


def reason(typed: dict[str, str]) -> str:
    """Return why something is changed. Raises: InvalidInput (field reason)."""
    said = typed.get("reason", "")
    if not said:
        raise InvalidInput("reason", "missing", _("Say why; it is kept with the version."))
    return said[:LONGEST_REASON]


def _wanted(one: Category, typed: dict[str, str]) -> Category:
    own = _own(one)
    limits = limit_forms.read(typed, SHOWN, own)
    accept, handle = (_always(limits, stage) for stage in ALWAYS)
    others = {key: limit for key, limit in one.stage_limits.items() if key not in own}
    unit = typed.get("unit_code") or None
    if one.direct_unit and unit is None:
        raise InvalidInput("unit_code", "blank", str(table_words.REASONS["blank"]))
    return replace(
        one,
        accept_limit=accept,
        handle_limit=handle,
        stage_limits={key: said for key, said in {**others, **limits}.items() if said},
        unit_code=unit,
        after_photo=bool(typed["after_photo"]),
    )


def _always(limits: dict[str, Allowed], stage: Stage) -> Limit:
    """Return a limit every class must have, and leave those of single severities behind."""
    said = limits.get(stage, Allowed())
    if said.usual is None:
        column = limit_forms.column(stage)
        raise InvalidInput(column, "not_a_limit", str(table_words.REASONS["not_a_limit"]))
    limits[stage] = replace(said, usual=None)
    return said.usual


def _write(wanted: Category, why: str) -> int:
    actor = current_actor()
    with unit_of_work() as session:
        prepared = setup_catalogue.change_one(session, actor.district_code, wanted)
        for refusal in prepared.plan.refusals:
            raise InvalidInput(refusal.column, refusal.reason, table_words.reason(refusal))
        source = Source(actor, "page", why)
        setup_base.carry_out(session, actor.district_code, prepared, source=source, now=utc_now())
        return references.of(session, actor.district_code).catalogue_version
