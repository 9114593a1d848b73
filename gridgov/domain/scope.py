"""The policy: who may know of which case.

One table of rules, read twice: `may_see` applies it to one case in Python,
`storage/scope.py` translates the same rows to SQL. Every list, count, room and
page asks here; a property test checks that the two readings agree.

A confidential case (保密) is hidden from the staff of its own grid, village and
town: only the unit that handles it, the person it was given to, and people who
were granted the whole district see it.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from gridgov.domain.roles import Actor, Grant, Role


class Basis(StrEnum):
    """What connects a person with a case."""

    AREA = "area"  # the grant's area is on the case's path
    UNIT = "unit"  # the grant's unit leads the case or is asked to check, assist or verify
    PERSON = "person"  # the case was given to the person: to handle, check, assist or verify


class Confidential(StrEnum):
    """Whether a rule reaches confidential cases."""

    NEVER = "never"
    DISTRICT = "district"  # only where the grant covers the whole district
    ALWAYS = "always"


class CaseClass(StrEnum):
    """The two classes in which figures are kept, so that a count leaks nothing."""

    OPEN = "open"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the policy."""

    role: Role
    basis: Basis
    confidential: Confidential


RULES: tuple[Rule, ...] = (
    Rule(Role.WORKER, Basis.AREA, Confidential.NEVER),
    Rule(Role.WORKER, Basis.PERSON, Confidential.ALWAYS),
    Rule(Role.HANDLER, Basis.UNIT, Confidential.ALWAYS),
    Rule(Role.HANDLER, Basis.PERSON, Confidential.ALWAYS),
    Rule(Role.DISPATCHER, Basis.AREA, Confidential.DISTRICT),
    Rule(Role.SUPERVISOR, Basis.AREA, Confidential.DISTRICT),
    Rule(Role.OFFICE, Basis.AREA, Confidential.NEVER),
    Rule(Role.PROGRAM, Basis.AREA, Confidential.DISTRICT),
)

# Whose numbers the board shows. A worker sees the worker's own cases, not figures.
BOARD_ROLES = frozenset({Role.SUPERVISOR, Role.DISPATCHER, Role.OFFICE, Role.PROGRAM})


@dataclass(frozen=True, slots=True)
class CaseScope:
    """What the policy must know of a case.

    `path` holds the area codes from the district to the grid, `unit_codes` the leading
    unit, the one asked to check and those that assist or look, `person_ids` the persons.
    """

    district_code: str
    path: frozenset[str]
    unit_codes: frozenset[str]
    person_ids: frozenset[UUID]
    confidential: bool


def rule_reaches(rule: Rule, grant: Grant, confidential: bool, district_code: str) -> bool:
    """Tell whether a rule applies to confidential cases for this grant."""
    if not confidential or rule.confidential is Confidential.ALWAYS:
        return True
    return rule.confidential is Confidential.DISTRICT and grant.area_code == district_code


def may_see(actor: Actor, case: CaseScope) -> bool:
    """Tell whether the actor may know that the case exists and read it."""
    if actor.district_code != case.district_code:
        return False
    return any(
        rule.role is grant.role
        and rule_reaches(rule, grant, case.confidential, actor.district_code)
        and _connected(rule.basis, actor, grant, case)
        for grant in actor.grants
        for rule in RULES
    )


def _connected(basis: Basis, actor: Actor, grant: Grant, case: CaseScope) -> bool:
    if basis is Basis.AREA:
        return grant.area_code is not None and grant.area_code in case.path
    if basis is Basis.UNIT:
        return grant.unit_code is not None and grant.unit_code in case.unit_codes
    return actor.person_id is not None and actor.person_id in case.person_ids


def board_classes(actor: Actor, area_path: tuple[str, ...]) -> frozenset[CaseClass]:
    """Return the classes of case whose figures the actor may see for an area.

    `area_path` holds the codes from the district down to the area. Empty means
    that the board of this area is not the actor's to see.
    """
    classes: set[CaseClass] = set()
    for grant in actor.grants:
        if grant.role not in BOARD_ROLES or grant.area_code not in area_path:
            continue
        classes.add(CaseClass.OPEN)
        if any(
            rule.role is grant.role
            and rule.basis is Basis.AREA
            and rule_reaches(rule, grant, True, actor.district_code)
            for rule in RULES
        ):
            classes.add(CaseClass.CONFIDENTIAL)
    return frozenset(classes)


def board_areas(actor: Actor) -> frozenset[str]:
    """Return the codes of the areas at the top of the boards the actor may open."""
    return actor.areas(*BOARD_ROLES)


def may_see_contact(actor: Actor) -> bool:
    """Tell whether the actor may ask to open a reporter's masked contact (logged)."""
    return actor.has(Role.WORKER, Role.HANDLER, Role.DISPATCHER)
