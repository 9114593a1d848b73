"""Administration: people, what they may do, and how they get in."""

from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import STAFF_ROLES, Role
from gridgov.domain.setup import GrantRecord, PersonRow
from gridgov.domain.table_imports import Located, Place, ReadTable, Table
from gridgov.services import accounts, setup_base, setup_people
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import people as rows
from gridgov.storage.people import Duty, GrantRow, Person
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import admin_setup, table_words, words
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, LOOK, context
from gridgov.web.i18n import pick
from gridgov.web.instance import instance, utc_now
from gridgov.web.places import name_of

HERE = "admin.list_people"
ROLES = tuple(role for role in Role if role in STAFF_ROLES and role is not Role.WORKER)
MORE_ROLES = 2  # empty lines for further roles, without a script


@admin.get("/people")
@requires(*LOOK, area=AREA)
def list_people() -> str:
    """Show the people of the district, searched by name or user name."""
    actor, asked, gone = current_actor(), admin_setup.searched(), wants_gone()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = listed(session, reference, asked, gone=gone)
        waiting = len(accounts.without_password(session, actor.district_code))
    narrowed: dict[str, Any] = {"q": asked or None, "gone": 1 if gone else None}
    return render_template(
        "admin/setup-people.html",
        **context(HERE, reference),
        **admin_setup.paged(found, HERE, **narrowed),
        export_url=url_for("admin.export_people", **narrowed),
        q=asked,
        gone=gone,
        waiting=waiting,
        history=admin_setup.latest(reference, Table.PEOPLE, Table.DUTIES),
    )


def wants_gone() -> bool:
    """Tell whether those are asked for who no longer work."""
    return request.args.get("gone") == "1"


def listed(
    session: Session, reference: Reference, asked: str, *, gone: bool
) -> list[dict[str, Any]]:
    """Return the people the list shows, by user name, with what they may do."""
    code = reference.district_code
    found = _found(session, code, asked, gone=gone)
    grants = _grants(session, code)
    grids: dict[UUID, list[str]] = {}
    for grid, on_duty in rows.roster(session, code, reference.local_day(utc_now())).items():
        for one in on_duty:
            grids.setdefault(one.person_id, []).append(grid)
    return [
        {
            "url": url_for("admin.one_person", person_id=one.id),
            "username": one.username,
            "name": one.name,
            "roles": _roles(grants.get(one.id, []), grids.get(one.id, []), reference),
            "active": one.active,
            "can_sign_in": one.password is not None,
        }
        for one in found
    ]


def _found(session: Session, district_code: str, asked: str, *, gone: bool) -> list[Person]:
    query = select(Person).where(Person.district_code == district_code, Person.active != gone)
    if asked:
        like = f"%{asked.replace('%', '').replace('_', '')}%"
        query = query.where(or_(Person.name.ilike(like), Person.username.ilike(like)))
    return list(session.scalars(query.order_by(Person.username)))


def _grants(session: Session, district_code: str) -> dict[UUID, list[GrantRow]]:
    found: dict[UUID, list[GrantRow]] = {}
    query = select(GrantRow).join(Person, Person.id == GrantRow.person_id)
    for row in session.scalars(query.where(Person.district_code == district_code)):
        found.setdefault(row.person_id, []).append(row)
    return found


def _roles(grants: list[GrantRow], grids: list[str], reference: Reference) -> list[str]:
    said = [
        f"{words.ROLE_WORDS[grant.role]} · {_place(grant, reference)}"
        for grant in sorted(grants, key=lambda one: (one.role, one.area_code or ""))
    ]
    if grids:
        first = name_of(reference.net.area(grids[0])) if reference.net.find(grids[0]) else grids[0]
        more = f" +{len(grids) - 1}" if len(grids) > 1 else ""
        said.append(f"{words.ROLE_WORDS[Role.WORKER]} · {first}{more}")
    return said


def _place(grant: GrantRow, reference: Reference) -> str:
    unit = reference.units.get(grant.unit_code or "")
    if unit is not None:
        return pick(unit.name, unit.name_en)
    area = reference.net.find(grant.area_code)
    return name_of(area) if area is not None else grant.area_code or grant.unit_code or "—"


@admin.get("/people/<uuid:person_id>")
@requires(*LOOK, area=AREA)
def one_person(person_id: UUID) -> str:
    """Show one person: name, roles, grids, and how the person gets in. Raises: NotFound."""
    return _person_page(person_id, {}, None)


def _person_page(person_id: UUID, errors: dict[str, str], link: str | None, **typed: Any) -> str:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        person = accounts.person_of(session, actor.district_code, person_id)
        grants = _grants(session, actor.district_code).get(person.id, [])
        duties = rows.duties_of(session, person.id, reference.local_day(utc_now()))
    lines = typed.get("grants") or [
        {
            "role": one.role,
            "where": one.unit_code or one.area_code or "",
            "said": _place(one, reference),
        }
        for one in grants
    ]
    return render_template(
        "admin/setup-person.html",
        **context(HERE, reference) | {"errors": errors},
        person=person,
        values={"name": person.name, "email": person.email or "", **typed},
        grants=[*lines, *({"role": "", "where": "", "said": ""} for _n in range(MORE_ROLES))],
        roles=[(str(role), str(words.ROLE_WORDS[role])) for role in ROLES],
        duties=[_duty(one, reference) for one in duties],
        link=link,
        is_self=person.id == actor.person_id,
    )


def _duty(duty: Duty, reference: Reference) -> dict[str, Any]:
    area = reference.net.find(duty.area_code)
    kinds = {"lead": _("Lead"), "deputy": _("Deputy")}
    return {
        "kind": kinds.get(duty.kind, duty.kind),
        "area": name_of(area) if area is not None else duty.area_code,
        "code": duty.area_code,
        "since": duty.starts_on.isoformat(),
        "until": duty.ends_on.isoformat() if duty.ends_on else "",
    }


@admin.post("/people/<uuid:person_id>")
@requires(*CHANGE, area=AREA)
def change_person(person_id: UUID) -> BaseResponse:
    """Change a person's name, email and roles. Raises: NotFound."""
    code, form = current_actor().district_code, request.form
    pairs = list(zip(form.getlist("role"), form.getlist("where"), strict=False))
    with read_only() as session:
        person = accounts.person_of(session, code, person_id)
        reference = references.of(session, code)
    try:
        told = _told(person, form.get("name", ""), form.get("email", ""), pairs, reference)
        _write(told, code)
    except InvalidInput as error:
        typed = [{"role": role, "where": where, "said": ""} for role, where in pairs if role]
        page = _person_page(
            person_id,
            {error.field: str(error)},
            None,
            name=form.get("name", ""),
            email=form.get("email", ""),
            grants=typed,
        )
        return make_response(page, 400)
    flash(_("%(name)s is changed.", name=person.name))
    return redirect(url_for("admin.one_person", person_id=person_id), code=303)


def _told(
    person: Person, name: str, email: str, pairs: list[tuple[str, str]], reference: Reference
) -> list[PersonRow]:
    """Return the person as rows of a file would tell it: one rule for both ways."""
    lines = []
    for role, where in [pair for pair in pairs if pair[0]] or [("", "")]:
        where = where.strip()
        is_unit = role == Role.HANDLER
        cells = {
            "username": person.username,
            "name": name.strip(),
            "email": email.strip(),
            "role": role,
            "area_code": "" if is_unit else where,
            "unit_code": where if is_unit else "",
            "active": "01"[person.active],
        }
        try:
            lines.append(instance().setup_files.person(cells))
        except InvalidInput as error:
            raise _said(error.field, error.reason) from error
    return lines


def _said(column: str, reason: str) -> InvalidInput:
    field = "grants" if column in ("role", "area_code", "unit_code") else column
    return InvalidInput(field, reason, str(table_words.REASONS.get(reason, reason)))


def _write(told: list[PersonRow], district_code: str) -> None:
    """Write what was said of a person, by the service a file goes through.

    Raises: InvalidInput with its sentence.
    """
    read = ReadTable(Table.PEOPLE, [Located(Place("", at), one) for at, one in enumerate(told)])
    actor = current_actor()
    with unit_of_work() as session:
        prepared = setup_people.prepare(session, district_code, read, whole=False, by=actor)
        for refusal in prepared.plan.refusals:
            raise _said(refusal.column, refusal.reason)
        setup_base.carry_out(
            session, district_code, prepared, source=admin_setup.source(), now=utc_now()
        )


@admin.post("/people/<uuid:person_id>/active")
@requires(*CHANGE, area=AREA)
def set_active(person_id: UUID) -> BaseResponse:
    """Let a person sign in no more, or again. Raises: NotFound."""
    code = current_actor().district_code
    active = request.form.get("active") == "1"
    with read_only() as session:
        person = accounts.person_of(session, code, person_id)
        grants = _grants(session, code).get(person.id, [])
    held: list[GrantRecord | None] = [
        GrantRecord(one.role, one.area_code, one.unit_code) for one in grants
    ]
    told = [
        PersonRow(person.username, person.name, person.email, active, grant)
        for grant in held or [None]
    ]
    try:
        if person.id == current_actor().person_id:
            raise InvalidInput("active", "self", _("Somebody else has to end your account."))
        _write(told, code)
    except InvalidInput as error:
        return make_response(_person_page(person_id, {"active": str(error)}, None), 400)
    said = _("%(name)s may work again.") if active else _("%(name)s can no longer sign in.")
    flash(said % {"name": person.name})
    return redirect(url_for("admin.one_person", person_id=person_id), code=303)


@admin.post("/people/<uuid:person_id>/link")
@requires(*CHANGE, area=AREA)
def new_link(person_id: UUID) -> BaseResponse:
    """Make a link with which the person chooses a password, and show it this once.

    Raises: NotFound.
    """
    with unit_of_work() as session:
        person = accounts.person_of(session, current_actor().district_code, person_id)
        token = accounts.make_link(session, person, now=utc_now())
    link = url_for("staff.welcome", token=token, _external=True)
    return make_response(_person_page(person_id, {}, link))
