"""The policy as SQL: the same rules as `domain/scope.py`, read from the same table."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_

from gridgov.domain.roles import Actor, Grant
from gridgov.domain.scope import RULES, Basis, CaseClass, Confidential, Rule
from gridgov.domain.workflow import OPEN_STATES
from gridgov.storage.cases import Case, helped_by


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `Case` that keeps what the actor may see."""
    conditions = [
        condition
        for grant in actor.grants
        for rule in RULES
        if rule.role is grant.role
        for condition in _conditions(rule, grant, actor)
    ]
    if not conditions:
        return false()
    return and_(Case.district_code == actor.district_code, or_(*conditions))


def _conditions(rule: Rule, grant: Grant, actor: Actor) -> list[ColumnElement[bool]]:
    match = _match(rule.basis, grant, actor)
    if match is None:
        return []
    reaches = rule.confidential is Confidential.ALWAYS or (
        rule.confidential is Confidential.DISTRICT and grant.area_code == actor.district_code
    )
    return [match if reaches else and_(match, ~Case.confidential)]


def _match(basis: Basis, grant: Grant, actor: Actor) -> ColumnElement[bool] | None:
    if basis is Basis.AREA and grant.area_code is not None:
        return or_(in_area(grant.area_code), _came_to(grant.area_code))
    if basis is Basis.UNIT and grant.unit_code is not None:
        return or_(
            Case.unit_code == grant.unit_code,
            Case.checker_unit_code == grant.unit_code,
            Case.id.in_(helped_by(unit_code=grant.unit_code)),
        )
    if basis is Basis.PERSON and actor.person_id is not None:
        return or_(
            Case.assignee_id == actor.person_id,
            Case.checker_id == actor.person_id,
            Case.id.in_(helped_by(actor.person_id)),
        )
    return None


def in_area(area_code: str) -> ColumnElement[bool]:
    """Return the condition that a case was routed into an area, of whatever kind."""
    return or_(
        Case.district_code == area_code,
        Case.town_code == area_code,
        Case.village_code == area_code,
        Case.grid_code == area_code,
        Case.professional_code == area_code,
    )


def _came_to(area_code: str) -> ColumnElement[bool]:
    """Return the condition that the duty for a case came to an area later on."""
    return or_(
        Case.duty_town_code == area_code,
        Case.duty_village_code == area_code,
        Case.duty_grid_code == area_code,
        Case.duty_professional_code == area_code,
    )


def on_duty_in(area_code: str) -> ColumnElement[bool]:
    """Return the condition that a case is the duty of an area now, of whatever kind."""
    return or_(
        Case.district_code == area_code,
        and_(Case.duty_version.is_(None), in_area(area_code)),
        and_(Case.duty_version.is_not(None), _came_to(area_code)),
    )


def in_classes(classes: frozenset[CaseClass]) -> ColumnElement[bool]:
    """Return the condition that a case belongs to one of the classes of the board."""
    return Case.confidential.in_([case_class is CaseClass.CONFIDENTIAL for case_class in classes])


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a case is open and past the limit that runs now."""
    return and_(Case.state.in_(sorted(OPEN_STATES)), Case.limit_at < now)
