"""What the imports of people, duties, units and classes share: prepared, looked at, done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.setup import PersonRow, UnitRow
from gridgov.domain.table_imports import Change, Plan, PlanChanged, Table, TableRefused
from gridgov.storage import districts
from gridgov.storage.setup import SetupChange

# What is kept of a change for people to read: a first import of 1,700 need not be kept twice.
KEPT_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Source:
    """Who changes something, from what (a file's name, "page", "command") and why."""

    by: Actor
    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """`whole`: what is not in the file ends; `committees`: a unit for each village without."""

    whole: bool = False
    committees: bool = False


class SetupFiles(Protocol):
    """Files of tables, of a pack and of the calendar, for the pages (importers/setup_desk)."""

    def dry_run(
        self, path: Path, table: str, options: Options, *, by: Actor, now: datetime
    ) -> Plan:
        """Return what a file would do, and write nothing. Raises: InvalidInput (field file)."""

    def run(
        self,
        path: Path,
        table: str,
        options: Options,
        *,
        source: Source,
        now: datetime,
        expected: str,
    ) -> Plan:
        """Do what was looked at. Raises: InvalidInput, TableRefused, PlanChanged."""

    def template(self, table: Table, *, english: bool) -> bytes:
        """Return an Excel file to fill in."""

    def pack(self, district_code: str, notes: str, *, now: datetime) -> bytes:
        """Return a district's configuration pack. Raises: NotFound."""

    def person(self, cells: Mapping[str, str]) -> PersonRow:
        """Return what the cells of a row say of a person. Raises: InvalidInput (the column)."""

    def unit(self, cells: Mapping[str, str]) -> UnitRow:
        """Return what the cells of a row say of a unit. Raises: InvalidInput (the column)."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be done, and how; `write` returns the catalogue version it made, if any."""

    plan: Plan
    write: Callable[[], int | None]


def carry_out(
    session: Session,
    district_code: str,
    prepared: Prepared,
    *,
    source: Source,
    now: datetime,
    expected: str | None = None,
) -> Plan:
    """Write what was prepared in this session, and keep that it was done.

    `expected` is the fingerprint of the plan somebody agreed to. Raises: TableRefused,
    PlanChanged; nothing is written then.
    """
    plan = prepared.plan
    if plan.refusals:
        raise TableRefused(plan)
    if expected is not None and expected != plan.fingerprint():
        raise PlanChanged("the district changed since this was looked at")
    if plan.done():
        version = prepared.write()
        keep(session, district_code, plan.table, plan.done(), source, now, version)
    return plan


def keep(
    session: Session,
    district_code: str,
    what: str,
    changes: Sequence[Change],
    source: Source,
    now: datetime,
    version: int | None = None,
) -> None:
    """Keep that something was set up or changed."""
    session.add(
        SetupChange(
            district_code=district_code,
            at=now,
            by_person_id=source.by.person_id,
            what=str(what),
            source=source.name,
            reason=source.reason,
            version=version,
            changes=[one.as_json() for one in changes[:KEPT_CHANGES]],
        )
    )
    session.flush()


def revise(session: Session, district_code: str, **settings: Any) -> None:
    """Let every process read the district anew, with other settings. Raises: NotFound."""
    district = districts.freeze(session, district_code)
    session.flush()  # what was set before in this act is not read over
    session.refresh(district, with_for_update=True)  # others change other settings
    kept = {**district.settings, **settings}
    district.settings = kept | {"revision": kept.get("revision", 0) + 1}
    session.flush()


def local_day(session: Session, district_code: str, now: datetime) -> date:
    """Return the district's day at a moment. Raises: NotFound."""
    zone = ZoneInfo(districts.get(session, district_code).timezone)
    return now.astimezone(zone).date()
