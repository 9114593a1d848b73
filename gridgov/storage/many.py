"""Many rows of one table with one statement: new ones, changed ones, or whichever it is.

SQLAlchemy makes a dict of parameters for each row of an executemany, and PostgreSQL gets a
message for each: 25 µs and 40 µs a row, more than writing it. Here a statement is put into
words once for its columns; SQLite gets bare tuples, PostgreSQL all rows as one JSON
document. Nothing here decides anything.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.orm import Session

Rows = Sequence[Mapping[str, Any]]
Names = tuple[str, ...]
Process = Callable[[Any], Any]


def insert(session: Session, table: Table, rows: Rows) -> None:
    """Write new rows; all have the columns of the first one (two or more), others get no default.

    What the session holds is not flushed: rows they refer to must be there.
    """
    if rows:
        connection, names = session.connection(), tuple(rows[0])
        _run(connection, _insert_sql(table, names, (), connection.dialect), table, names, rows)


def update(session: Session, table: Table, rows: Rows) -> None:
    """Change rows found by their `id`; all have the columns of the first one.

    Objects of these rows that the session holds do not learn of it.
    """
    if rows:
        connection = session.connection()
        names = (*(name for name in rows[0] if name != "id"), "id")
        _run(connection, _update_sql(table, names, connection.dialect), table, names, rows)


def upsert(session: Session, table: Table, rows: Rows, added: Names = ()) -> None:
    """Write rows of which no two have the same key, each new or onto the one that stands there.

    The columns `added` are numbers that add up, 0 where a row leaves them out; all others
    must be in every row, and take the place of what stood there. The rows go in the order
    given: who writes beside others keeps to one order.
    """
    if rows:
        connection, names = session.connection(), _columns(table)
        statement = _upsert_sql(table, names, added, connection.dialect)
        _run(connection, statement, table, names, rows, added)


def _run(
    connection: Connection,
    statement: str,
    table: Table,
    names: Names,
    rows: Rows,
    added: Names = (),
) -> None:
    if connection.dialect.name == "postgresql":
        document = json.dumps(rows, default=_plain, ensure_ascii=False)
        connection.exec_driver_sql(statement, (document,))
    else:
        kept = list(_kept(table, names, rows, connection.dialect, added))
        connection.exec_driver_sql(statement, kept)


@lru_cache
def _columns(table: Table) -> Names:
    return tuple(column.name for column in table.columns)


@lru_cache
def _insert_sql(table: Table, names: Names, added: Names, dialect: Dialect) -> str:
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    if dialect.name == "postgresql":
        given = (f"coalesce({name}, 0)" if name in added else name for name in names)
        return f"{into} SELECT {', '.join(given)} FROM {_rows_sql(table, names, dialect)}"  # noqa: S608
    return f"{into} VALUES ({', '.join('?' * len(names))})"


@lru_cache
def _update_sql(table: Table, names: Names, dialect: Dialect) -> str:
    changed = names[:-1]
    if dialect.name == "postgresql":
        values = ", ".join(f"{name} = new.{name}" for name in changed)
        rows = _rows_sql(table, names, dialect)
        return f"UPDATE {table.name} SET {values} FROM {rows} WHERE {table.name}.id = new.id"  # noqa: S608
    values = ", ".join(f"{name} = ?" for name in changed)
    return f"UPDATE {table.name} SET {values} WHERE id = ?"  # noqa: S608


@lru_cache
def _upsert_sql(table: Table, names: Names, added: Names, dialect: Dialect) -> str:
    key = [column.name for column in table.primary_key]
    new = [
        f"{name} = {table.name}.{name} + excluded.{name}"
        if name in added
        else f"{name} = excluded.{name}"
        for name in names
        if name not in key
    ]
    into = _insert_sql(table, names, added, dialect)
    return f"{into} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {', '.join(new)}"


def _rows_sql(table: Table, names: Names, dialect: Dialect) -> str:
    """Return the rows of the one parameter as a table `new` with the types of the columns."""
    typed = (f"{name} {table.c[name].type.compile(dialect)}" for name in names)
    return f"json_to_recordset(%s::json) AS new ({', '.join(typed)})"


def _plain(value: object) -> str:
    """Return a value as PostgreSQL reads it out of JSON."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.isoformat()
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{type(value).__name__} cannot be stored in bulk")


def _kept(
    table: Table, names: Names, rows: Rows, dialect: Dialect, added: Names
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows as the driver takes them."""
    others = [(name, _once(process)) for name, process in _processors(table, names, dialect)]
    zeros, in_order = dict.fromkeys(added, 0), itemgetter(*names)
    for row in rows:
        kept = {**zeros, **row}
        for name, process in others:
            kept[name] = process(kept[name])
        yield in_order(kept)


@lru_cache
def _processors(table: Table, names: Names, dialect: Dialect) -> tuple[tuple[str, Process], ...]:
    """Return the columns whose values the driver takes only in another form, and how."""
    ways = ((name, table.c[name].type.dialect_impl(dialect)) for name in names)
    found = ((name, kind.bind_processor(dialect)) for name, kind in ways)
    return tuple((name, process) for name, process in found if process is not None)


def _once(process: Process) -> Process:
    """Return a function that does not process the value it had last: rows share a moment."""
    last, made = object(), None

    def processed(value: Any) -> Any:
        nonlocal last, made
        if value is not last:
            last, made = value, process(value)
        return made

    return processed
