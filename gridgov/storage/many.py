"""Many rows of one table with one statement.

SQLAlchemy makes a dict of parameters for each row of an executemany, and PostgreSQL gets a
message for each: 25 µs and 40 µs a row, more than writing it. Here a statement is built
once for its columns; SQLite gets bare tuples, PostgreSQL all rows as one JSON document.
Nothing here decides anything.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.orm import Session

Rows = Sequence[Mapping[str, Any]]


def insert(session: Session, table: Table, rows: Rows) -> None:
    """Write new rows; all have the columns of the first one, and no other gets a default.

    What the session holds is not flushed: rows they refer to must be there.
    """
    if rows:
        connection, names = session.connection(), tuple(rows[0])
        _run(connection, _insert_sql(table, names, connection.dialect), table, names, rows)


def update(session: Session, table: Table, rows: Rows) -> None:
    """Change rows found by their `id`; all have the columns of the first one.

    Objects of these rows that the session holds do not learn of it.
    """
    if rows:
        connection = session.connection()
        names = (*(name for name in rows[0] if name != "id"), "id")
        _run(connection, _update_sql(table, names, connection.dialect), table, names, rows)


def _run(
    connection: Connection, statement: str, table: Table, names: tuple[str, ...], rows: Rows
) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(statement, (json.dumps(rows, default=_plain),))
    else:
        connection.exec_driver_sql(statement, _tuples(table, names, rows, connection.dialect))


@lru_cache
def _insert_sql(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    columns = ", ".join(names)
    into = f"INSERT INTO {table.name} ({columns})"
    if dialect.name == "postgresql":
        return f"{into} SELECT {columns} FROM {_rows_sql(table, names, dialect)}"  # noqa: S608
    return f"{into} VALUES ({', '.join('?' * len(names))})"


@lru_cache
def _update_sql(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    changed = names[:-1]
    if dialect.name == "postgresql":
        values = ", ".join(f"{name} = new.{name}" for name in changed)
        rows = _rows_sql(table, names, dialect)
        return f"UPDATE {table.name} SET {values} FROM {rows} WHERE {table.name}.id = new.id"  # noqa: S608
    values = ", ".join(f"{name} = ?" for name in changed)
    return f"UPDATE {table.name} SET {values} WHERE id = ?"  # noqa: S608


def _rows_sql(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    """Return the rows of the one parameter as a table `new` with the types of the columns."""
    typed = (f"{name} {table.c[name].type.compile(dialect)}" for name in names)
    return f"json_to_recordset(%s::json) AS new ({', '.join(typed)})"


def _plain(value: object) -> str:
    """Return a value as PostgreSQL reads it out of JSON."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{type(value).__name__} cannot be stored in bulk")


def _tuples(
    table: Table, names: tuple[str, ...], rows: Rows, dialect: Dialect
) -> list[tuple[Any, ...]]:
    """Return the rows as the driver takes them, made column by column."""
    columns = (_column(table, name, rows, dialect) for name in names)
    return list(zip(*columns, strict=True))


def _column(table: Table, name: str, rows: Rows, dialect: Dialect) -> Iterable[Any]:
    process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return [row[name] for row in rows]
    made: list[Any] = []
    last, stored = object(), None
    for row in rows:
        value = row[name]
        if value is not last:  # many rows share one moment
            last, stored = value, process(value)
        made.append(stored)
    return made
