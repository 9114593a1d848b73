"""The least a submission can cost: the rows the product wrote, written again by the driver.

The rows of a run are read back from its database and written to a copy of the database
from before the run: same tables, indexes and keys, one transaction a submission, the
log's counter taken last, fsync at every commit; no rules, no reads, no objects.
"""

import sqlite3
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from psycopg.types.string import TextLoader

from benchmarks.clients import TOKEN

TABLES = ("cases", "case_history", "reports", "tasks", "messages")
COUNT = f"SELECT count(*) FROM reports WHERE client_token LIKE '{TOKEN}%'"
SECONDS = 8.0


@dataclass
class Rows:
    """The rows of many submissions: columns of each table, and per case its rows of each."""

    columns: dict[str, list[str]]
    submissions: list[dict[str, list[tuple[Any, ...]]]]

    def per_submission(self) -> float:
        """Return how many rows one submission adds."""
        total = sum(len(rows) for one in self.submissions for rows in one.values())
        return total / max(1, len(self.submissions))


def connect(url: str) -> Any:
    """Open a bare, durable connection that begins nothing by itself."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection
    address = url.replace("postgresql+psycopg://", "postgresql://")
    server = psycopg.connect(address, autocommit=True)
    server.adapters.register_loader("jsonb", TextLoader)  # JSON goes back as it came
    return server


def stored(url: str) -> int:
    """Return how many of the clients' reports the database holds."""
    connection = connect(url)
    try:
        return int(connection.execute(COUNT).fetchone()[0])
    finally:
        connection.close()


def read(url: str) -> Rows:
    """Read back what the clients' reports became, in the order of the log."""
    connection = connect(url)
    columns: dict[str, list[str]] = {}
    by_case: dict[Any, dict[str, list[tuple[Any, ...]]]] = {}
    for table in reversed(TABLES):  # messages first: their order is the order of commits
        key = "id" if table == "cases" else "case_id"
        order = "ORDER BY position" if table == "messages" else ""
        cursor = connection.execute(
            f"SELECT * FROM {table} WHERE {key} IN "  # noqa: S608 - names from this file
            f"(SELECT case_id FROM reports WHERE client_token LIKE '{TOKEN}%') {order}"
        )
        columns[table] = [column[0] for column in cursor.description]
        at = columns[table].index(key)
        for row in cursor.fetchall():
            by_case.setdefault(row[at], {}).setdefault(table, []).append(tuple(row))
    connection.close()
    return Rows(columns, list(by_case.values()))


def write(url: str, rows: Rows) -> dict[str, float]:
    """Write the rows in one loop; return transactions per second and milliseconds each."""
    connection = connect(url)
    one_writer = isinstance(connection, sqlite3.Connection)
    mark = "?" if one_writer else "%s"
    begin = "BEGIN IMMEDIATE" if one_writer else "BEGIN"
    inserts = {
        table: f"INSERT INTO {table} ({', '.join(names)}) "  # noqa: S608
        f"VALUES ({', '.join([mark] * len(names))})"
        for table, names in rows.columns.items()
    }
    place = rows.columns["messages"].index("position")
    counter = (
        f"UPDATE message_positions SET position = position + {mark} "  # noqa: S608
        f"WHERE district_code = {mark} RETURNING position"
    )
    district_at = rows.columns["messages"].index("district_code")
    spent = []
    cursor = connection.cursor()
    ends = time.perf_counter() + SECONDS
    for submission in rows.submissions:
        start = time.perf_counter()
        if start > ends:
            break
        cursor.execute(begin)
        for table in TABLES[:-1]:
            cursor.executemany(inserts[table], submission.get(table, []))
        told = submission["messages"]
        last = cursor.execute(counter, (len(told), told[0][district_at])).fetchone()[0]
        first = last - len(told) + 1
        numbered = [(*row[:place], first + at, *row[place + 1 :]) for at, row in enumerate(told)]
        cursor.executemany(inserts["messages"], numbered)
        cursor.execute("COMMIT")
        spent.append(time.perf_counter() - start)
    connection.close()
    p50, p95, p99 = np.percentile(spent, [50, 95, 99]) * 1_000
    return {
        "written": len(spent),
        "per_second": round(len(spent) / sum(spent), 1),
        "p50_ms": round(float(p50), 2),
        "p95_ms": round(float(p95), 2),
        "p99_ms": round(float(p99), 2),
    }
