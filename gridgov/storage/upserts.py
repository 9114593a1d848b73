"""Writing many rows at once, each new or onto the row that stands there already.

SQLAlchemy walks every row of parameters, and the driver sends each on its own: together
two thirds of what folding a message cost. So a statement is put into words once for each
table and database. SQLite gets all rows as tuples, PostgreSQL as one JSON document, where
what is left out says nothing.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import repeat
from typing import Any

from sqlalchemy import Date, Table, Uuid
from sqlalchemy.orm import Session

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Upsert:
    """Writes rows of one table; the columns `added` are numbers that add up, 0 if left out.

    All other columns must be in every row, and take the place of what stood there.
    """

    table: Table
    added: Collection[str] = field(default=())

    def write(self, session: Session, rows: Sequence[Row]) -> None:
        """Write rows, of which no two have the same key.

        They go in the order given: who writes beside others keeps to one order.
        """
        if not rows:
            return
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            document = json.dumps(rows, default=str, ensure_ascii=False)
            connection.exec_driver_sql(self._for_postgresql, (document,))
        else:
            connection.exec_driver_sql(self._for_sqlite, self._tuples(rows))

    @cached_property
    def _plain(self) -> list[str]:
        return [column.name for column in self.table.columns if column.name not in self.added]

    @cached_property
    def _for_postgresql(self) -> str:
        given = [*self._plain, *(f"coalesce({name}, 0)" for name in self.added)]
        source = f"json_populate_recordset(NULL::{self.table.name}, %s)"
        return self._statement(f"SELECT {', '.join(given)} FROM {source}")

    @cached_property
    def _for_sqlite(self) -> str:
        marks = ", ".join(repeat("?", len(self._plain) + len(self.added)))
        return self._statement(f"VALUES ({marks})")

    def _statement(self, source: str) -> str:
        key = [column.name for column in self.table.primary_key]
        new = {name: f"{self.table.name}.{name} + excluded.{name}" for name in self.added}
        new |= {name: f"excluded.{name}" for name in self._plain if name not in key}
        return (
            f"INSERT INTO {self.table.name} ({', '.join([*self._plain, *self.added])}) {source} "
            f"ON CONFLICT ({', '.join(key)}) "
            f"DO UPDATE SET {', '.join(f'{name} = {value}' for name, value in new.items())}"
        )

    def _tuples(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        """Return the rows as SQLite keeps them, the order of columns as in the statement."""
        columns = [
            [kept(row[name]) for row in rows] if kept else [row[name] for row in rows]
            for name, kept in self._kept_otherwise
        ]
        numbers = (map(row.get, self.added, repeat(0)) for row in rows)
        return [
            (*plain, *added)
            for plain, added in zip(zip(*columns, strict=True), numbers, strict=True)
        ]

    @cached_property
    def _kept_otherwise(self) -> list[tuple[str, Callable[[Any], str] | None]]:
        """Return the plain columns, and how SQLite writes what it has no kind for."""
        found: list[tuple[str, Callable[[Any], str] | None]] = []
        for name in self._plain:
            kind = self.table.c[name].type
            ways = [way for made, way in _WAYS.items() if isinstance(kind, made)]
            found.append((name, ways[0] if ways else None))
        return found


# As SQLAlchemy reads them back.
_WAYS: Mapping[type, Callable[[Any], str]] = {Date: date.isoformat, Uuid: lambda one: one.hex}
