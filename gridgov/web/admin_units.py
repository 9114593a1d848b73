"""Administration: units, their names and how they are reached."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.catalogue import UnitLevel
from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.roles import Role
from gridgov.domain.table_imports import Located, Place, ReadTable, Table
from gridgov.services import reference as references
from gridgov.services import setup_base, setup_units
from gridgov.services.reference import Reference
from gridgov.storage import catalogue
from gridgov.storage.catalogue import Unit
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import admin_setup, table_words, words
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, LOOK, context
from gridgov.web.i18n import pick
from gridgov.web.instance import instance, utc_now
from gridgov.web.places import name_of

HERE = "admin.list_units"
FIELDS = ("name", "name_en", "level", "area_code", "contact")


def level_words() -> dict[str, str]:
    """Return the levels of units as people say them."""
    found = {str(level): str(word) for level, word in words.LEVEL_WORDS.items()}
    wanted = {str(level) for level in UnitLevel}
    return {key: word for key, word in found.items() if key in wanted} | {"utility": _("Utility")}


@admin.get("/units")
@requires(*LOOK, area=AREA)
def list_units() -> str:
    """Show the units of the district, searched by name or code."""
    actor, asked = current_actor(), admin_setup.searched()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = listed(session, reference, asked)
    return render_template(
        "admin/setup-units.html",
        **context(HERE, reference),
        **admin_setup.paged(found, HERE, q=asked or None),
        export_url=url_for("admin.export_units", q=asked or None),
        q=asked,
        history=admin_setup.latest(reference, Table.UNITS),
    )


def listed(session: Session, reference: Reference, asked: str) -> list[dict[str, Any]]:
    """Return the units the list shows."""
    plain = asked.casefold()
    staffed = _staffed(session, reference.district_code)
    return [
        _shown(one, reference, staffed)
        for one in catalogue.units(session, reference.district_code)
        if plain in f"{one.code} {one.name} {one.name_en}".casefold()
    ]


def _staffed(session: Session, district_code: str) -> dict[str, int]:
    query = (
        select(GrantRow.unit_code, func.count(GrantRow.person_id.distinct()))
        .join(Person, Person.id == GrantRow.person_id)
        .where(
            Person.district_code == district_code,
            Person.active,
            GrantRow.role == str(Role.HANDLER),
            GrantRow.unit_code.is_not(None),
        )
        .group_by(GrantRow.unit_code)
    )
    return {str(row[0]): row[1] for row in session.execute(query)}


def _shown(unit: Unit, reference: Reference, staffed: dict[str, int]) -> dict[str, Any]:
    area = reference.net.find(unit.area_code)
    return {
        "url": url_for("admin.one_unit", code=unit.code),
        "code": unit.code,
        "name": pick(unit.name, unit.name_en),
        "level": level_words().get(unit.level, unit.level),
        "area": name_of(area) if area is not None else unit.area_code,
        "inbox": unit.inbox,
        "contact": unit.contact,
        "people": staffed.get(unit.code, 0),
        "ended": unit.ended_on.isoformat() if unit.ended_on else "",
    }


@admin.get("/units/<code>")
@requires(*LOOK, area=AREA)
def one_unit(code: str) -> str:
    """Show one unit. Raises: NotFound."""
    return _page(_unit(code), {}, {})


def _unit(code: str) -> Unit:
    with read_only() as session:
        units = catalogue.units(session, current_actor().district_code)
    found = next((unit for unit in units if unit.code == code), None)
    if found is None:
        raise NotFound(f"no unit {code}")
    return found


def _page(unit: Unit, errors: dict[str, str], typed: dict[str, str]) -> str:
    values = {name: getattr(unit, name) for name in FIELDS}
    values |= {"inbox": unit.inbox, "ended": unit.ended_on is not None}
    return render_template(
        "admin/setup-unit.html",
        **context(HERE) | {"errors": errors},
        unit=unit,
        values=values | typed,
        levels=level_words(),
    )


@admin.post("/units/<code>")
@requires(*CHANGE, area=AREA)
def change_unit(code: str) -> BaseResponse:
    """Change a unit's name, contact, area and inbox, or end it. Raises: NotFound."""
    unit, form = _unit(code), request.form
    cells = {name: form.get(name, "").strip() for name in FIELDS} | {"code": unit.code}
    cells |= {name: "1" if form.get(name) else "0" for name in ("inbox", "ended")}
    try:
        try:
            told = instance().setup_files.unit(cells)
        except InvalidInput as error:
            raise _said(error.field, error.reason) from error
        _write(ReadTable(Table.UNITS, [Located(Place(), told)]))
    except InvalidInput as error:
        page = _page(unit, {error.field: str(error)}, {name: cells[name] for name in FIELDS})
        return make_response(page, 400)
    flash(_("%(name)s is changed.", name=told.name))
    return redirect(url_for(HERE), code=303)


def _said(column: str, reason: str) -> InvalidInput:
    return InvalidInput(column, reason, str(table_words.REASONS.get(reason, reason)))


def _write(read: ReadTable[Any]) -> None:
    """Write a unit by the service a file goes through. Raises: InvalidInput."""
    code, now = current_actor().district_code, utc_now()
    with unit_of_work() as session:
        today = setup_base.local_day(session, code, now)
        prepared = setup_units.prepare(session, code, read, whole=False, today=today)
        for refusal in prepared.plan.refusals:
            raise InvalidInput(refusal.column, refusal.reason, table_words.reason(refusal))
        setup_base.carry_out(session, code, prepared, source=admin_setup.source(), now=now)
