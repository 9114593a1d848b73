"""A file of people, duties, units or classes: looked at without writing, and then done.

The dry run and the real one are the same code up to the writing, so that what the first
says is what the second does.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.table_imports import Plan, ReadTable, Table
from gridgov.importers import setup_tables
from gridgov.services import (
    setup_base,
    setup_catalogue,
    setup_duties,
    setup_people,
    setup_units,
)
from gridgov.services.setup_base import Options, Prepared, Source, local_day
from gridgov.storage import districts
from gridgov.storage.session import read_only, unit_of_work

READERS: Mapping[Table, Callable[[Path], ReadTable[Any]]] = {
    Table.PEOPLE: setup_tables.read_people,
    Table.DUTIES: setup_tables.read_duties,
    Table.UNITS: setup_tables.read_units,
    Table.CATALOGUE: setup_tables.read_classes,
}


def dry_run(
    path: Path, table: Table, district_code: str, options: Options, *, by: Actor, now: datetime
) -> Plan:
    """Return what a file would do, and write nothing.

    Raises: InvalidInput (field file, as `sheets.read_table`), NotFound.
    """
    read = READERS[table](path)
    with read_only() as session:
        return _prepared(session, district_code, read, options, by, now).plan


def run(
    path: Path,
    table: Table,
    district_code: str,
    options: Options,
    *,
    source: Source,
    now: datetime,
    expected: str | None = None,
) -> Plan:
    """Do what a file says, all of it or nothing.

    `expected` is the fingerprint of the dry run somebody agreed to. Raises: as `dry_run`,
    TableRefused, PlanChanged.
    """
    read = READERS[table](path)
    with unit_of_work() as session:
        # Nobody else changes the district between the look and the writing.
        districts.freeze(session, district_code)
        prepared = _prepared(session, district_code, read, options, source.by, now)
        return setup_base.carry_out(
            session, district_code, prepared, source=source, now=now, expected=expected
        )


def _prepared(
    session: Session,
    district_code: str,
    read: ReadTable[Any],
    options: Options,
    by: Actor,
    now: datetime,
) -> Prepared:
    today = local_day(session, district_code, now)
    if read.table is Table.PEOPLE:
        return setup_people.prepare(session, district_code, read, whole=options.whole, by=by)
    if read.table is Table.DUTIES:
        return setup_duties.prepare(session, district_code, read, whole=options.whole, today=today)
    if read.table is Table.UNITS:
        return setup_units.prepare(
            session,
            district_code,
            read,
            whole=options.whole,
            committees=options.committees,
            today=today,
        )
    return setup_catalogue.prepare(session, district_code, read, whole=options.whole)
