"""People, duties and units as a district is set up with them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """One role, over an area (None: the whole district) or for a unit."""

    role: str
    area_code: str | None = None
    unit_code: str | None = None

    def __str__(self) -> str:
        """Return the grant as one text, as differences show it."""
        where = self.unit_code or self.area_code
        return self.role if where is None else f"{self.role} {where}"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row about a person; several roles are several rows. A worker has no grant."""

    username: str
    name: str
    email: str | None
    active: bool
    grant: GrantRecord | None


@dataclass(frozen=True, slots=True)
class DutyRecord:
    """Who has which duty for an area; `starts_on` None is today, `ends_on` is the last day."""

    username: str
    area_code: str
    kind: str
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit (处置单位); `area_code` None is the district itself."""

    code: str
    name: str
    name_en: str
    level: str
    area_code: str | None
    inbox: bool
    contact: str = ""
    ended: bool = False
