"""The files with which a district is set up, as its pages use them."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from gridgov.domain.roles import Actor
from gridgov.domain.setup import PersonRow, UnitRow
from gridgov.domain.table_imports import Plan, Table
from gridgov.importers import calendar_years, packs, setup_files, setup_templates
from gridgov.importers.rows import Row
from gridgov.importers.setup_tables import person_of, unit_of
from gridgov.services.setup_base import Options, Source

PACK, CALENDAR = "pack", "calendar"


class SetupDesk:
    """What reads, looks at and writes files; see `services/setup_base.SetupFiles`."""

    def dry_run(
        self, path: Path, table: str, options: Options, *, by: Actor, now: datetime
    ) -> Plan:
        """Return what a file would do, and write nothing. Raises: InvalidInput (field file)."""
        code = by.district_code
        if table == PACK:
            return packs.dry_run(path, code, options, now=now)
        if table == CALENDAR:
            return calendar_years.dry_run(path, code)
        return setup_files.dry_run(path, Table(table), code, options, by=by, now=now)

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
        code = source.by.district_code
        if table == PACK:
            return packs.run(path, code, options, source=source, now=now, expected=expected)
        if table == CALENDAR:
            return calendar_years.run(path, code, source=source, now=now, expected=expected)
        return setup_files.run(
            path, Table(table), code, options, source=source, now=now, expected=expected
        )

    def template(self, table: Table, *, english: bool) -> bytes:
        """Return an Excel file to fill in."""
        return setup_templates.template(table, english=english)

    def pack(self, district_code: str, notes: str, *, now: datetime) -> bytes:
        """Return a district's configuration pack. Raises: NotFound."""
        return packs.export(district_code, notes, now=now)

    def person(self, cells: Mapping[str, str]) -> PersonRow:
        """Return what the cells of a row say of a person. Raises: InvalidInput (the column)."""
        return person_of(Row(0, dict(cells)), known_username=True)

    def unit(self, cells: Mapping[str, str]) -> UnitRow:
        """Return what the cells of a row say of a unit. Raises: InvalidInput (the column)."""
        return unit_of(Row(0, dict(cells)))
