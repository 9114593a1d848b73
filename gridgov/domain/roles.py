"""Who somebody is: roles, what they were granted, and the actor of an act.

In the standards 监督员 is the field inspector; our SUPERVISOR is the person at
the board, our WORKER the 网格员.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person may be. RESIDENT, PROGRAM and SYSTEM have no sign-in."""

    RESIDENT = "resident"
    WORKER = "worker"
    HANDLER = "handler"
    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    OFFICE = "office"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    PROGRAM = "program"
    SYSTEM = "system"


# What a person may be granted.
STAFF_ROLES = frozenset(set(Role) - {Role.RESIDENT, Role.PROGRAM, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Grant:
    """One role, over one area (and all below it) or for one unit."""

    role: Role
    area_code: str | None = None
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts or looks: a staff person, a resident with a receipt, a program, or gridgov.

    `report_id` is the receipt a resident holds; `person_id` is None for all but staff.
    """

    district_code: str
    role: Role
    person_id: UUID | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    report_id: UUID | None = None

    @classmethod
    def system(cls, district_code: str) -> "Actor":
        """Return gridgov itself as the actor (timetable, automatic dispatch)."""
        return cls(district_code=district_code, role=Role.SYSTEM)

    @classmethod
    def resident(cls, district_code: str, report_id: UUID | None = None) -> "Actor":
        """Return a resident, known only by the receipt of a report."""
        return cls(district_code=district_code, role=Role.RESIDENT, report_id=report_id)

    def has(self, *roles: Role) -> bool:
        """Tell whether any of the roles was granted."""
        return any(grant.role in roles for grant in self.grants)

    def units(self) -> frozenset[str]:
        """Return the codes of the units the actor works for."""
        return frozenset(
            grant.unit_code
            for grant in self.grants
            if grant.role is Role.HANDLER and grant.unit_code is not None
        )

    def areas(self, *roles: Role) -> frozenset[str]:
        """Return the codes of the areas granted with any of the roles."""
        return frozenset(
            grant.area_code
            for grant in self.grants
            if grant.role in roles and grant.area_code is not None
        )
