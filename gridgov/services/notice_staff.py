"""Who on the staff of a district can be told: people, units with their groups, desks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.catalogue import Level
from gridgov.domain.notices import PERSON, UNIT, Recipient
from gridgov.domain.roles import Role
from gridgov.services.reference import Reference
from gridgov.storage import notice_people, people
from gridgov.storage.cases import Case


@dataclass
class Staff:
    """Who can be told in a district, looked up once for a batch of messages."""

    session: Session
    reference: Reference
    _units: dict[str, list[Recipient]] = field(default_factory=dict)
    _offices: dict[str, dict[str, list[UUID]]] = field(default_factory=dict)
    _hooks: frozenset[str] | None = None

    def of(self, person: str | UUID | None, unit: str | None) -> list[Recipient]:
        """Return a person, or else everybody of a unit and its group."""
        if person is not None:
            return [Recipient(PERSON, str(person))]
        return [] if unit is None else self.unit(unit)

    def unit(self, code: str) -> list[Recipient]:
        """Return the people who work for a unit, and its group where it has a robot."""
        if code not in self._units:
            district = self.reference.district_code
            found = people.of_unit(self.session, district, code)
            self._units[code] = [Recipient(PERSON, str(one)) for one in found]
            if self._hooks is None:
                rows = notice_people.hooks(self.session, district)
                self._hooks = frozenset(row.unit_code for row in rows)
            if code in self._hooks:
                self._units[code].append(Recipient(UNIT, code))
        return self._units[code]

    def desk(
        self, case: Case, level: Level = Level.VILLAGE, role: Role = Role.DISPATCHER
    ) -> list[Recipient]:
        """Return who dispatches for a case: the nearest desk at a level or above it.

        A confidential case is the business of the whole district's desk alone.
        """
        place = case.duty
        chain = {
            Level.VILLAGE: place.village_code,
            Level.TOWN: place.town_code,
            Level.DISTRICT: case.district_code,
        }
        levels = list(chain)
        first = Level.DISTRICT if case.confidential else max(level, levels[0], key=_rank)
        for one in levels[levels.index(first) :]:
            found = self._office(role).get(chain[one] or "")
            if found:
                return [Recipient(PERSON, str(person)) for person in found]
        return []

    def desks(self, codes: Iterable[str]) -> list[Recipient]:
        """Return who dispatches for any of some areas."""
        offices = self._office(Role.DISPATCHER)
        return [Recipient(PERSON, str(one)) for code in codes for one in offices.get(code, ())]

    def _office(self, role: Role) -> dict[str, list[UUID]]:
        if str(role) not in self._offices:
            self._offices[str(role)] = notice_people.officers(
                self.session, self.reference.district_code, str(role)
            )
        return self._offices[str(role)]


def _rank(level: Level) -> int:
    return list(Level).index(level)
