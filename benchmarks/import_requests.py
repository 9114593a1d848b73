"""Measure `gridgov import requests`: a year of Boston, on both databases.

    python -m benchmarks.import_requests [--json]

The command runs as an operator runs it, in a process of its own, folding included; its
peak memory is what the system says of that process. The baseline writes the rows that are
there at the end once more with the bare driver's executemany, 1,000 rows a transaction:
nothing read, sealed or decided.
"""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import alone, boston, raw, servers
from tests.support import postgis

TITLE = "A year of requests, imported"
SQLITE, POSTGIS = "SQLite", "PostgreSQL + PostGIS"
UNIT = 1_000
# In the order in which their keys need one another.
TABLES = ("cases", "reports", "case_history", "messages")
Prepared = Iterator[tuple[str, Callable[[], str], Path]]


def run() -> dict[str, Any]:
    """Measure on both databases.

    Returns `{"real", "databases": {name: {"rows", "seconds", "per_second", "again_s",
    "peak_mb", "verify_s", "raw_s", "raw_per_second", "ratio"}}}`; a ratio is requests per
    second over those of the raw driver, real tells whether the city's files were there.
    """
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        files, real = boston.requests(Path(folder))
        measured = {}
        for name, prepared in ((SQLITE, _sqlite), (POSTGIS, _postgis)):
            with prepared() as (url, spare, instance):
                measured[name] = _measure(url, spare, instance, files)
    return {"real": real, "databases": measured}


@contextmanager
def _sqlite() -> Prepared:
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        file, copy = Path(folder) / "gridgov.sqlite", Path(folder) / "spare.sqlite"

        def spare() -> str:
            for part in Path(folder).glob(f"{file.name}*"):  # the log of the last writer too
                shutil.copy(part, part.with_name(part.name.replace(file.name, copy.name)))
            return f"sqlite:///{copy}"

        yield f"sqlite:///{file}", spare, Path(folder) / "instance"


@contextmanager
def _postgis() -> Prepared:
    with (
        postgis.start(durable=True) as server,
        tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder,
    ):
        url = server.create_database()
        yield url, lambda: server.create_database(template=url), Path(folder) / "instance"


def _measure(
    url: str, spare: Callable[[], str], instance: Path, files: list[Path]
) -> dict[str, Any]:
    def gridgov(*arguments: object) -> tuple[float, int]:
        return _timed(url, instance, [str(argument) for argument in arguments])

    mapping = ("--mapping", boston.MAPPING)
    gridgov("import", "areas", boston.areas(), *mapping)
    empty = spare()
    seconds, peak = gridgov("import", "requests", *files, *mapping)
    again, _ = gridgov("import", "requests", *files, *mapping)
    verify, _ = gridgov("verify", "history")
    count, least = _write_again(url, empty)
    return {
        "rows": count,
        "seconds": round(seconds, 1),
        "per_second": round(count / seconds),
        "again_s": round(again, 1),
        "peak_mb": round(peak / 1024),
        "verify_s": round(verify, 1),
        "raw_s": round(least, 1),
        "raw_per_second": round(count / least),
        "ratio": round(least / seconds, 3),
    }


def _timed(url: str, instance: Path, arguments: list[str]) -> tuple[float, int]:
    """Run the command; return its seconds and its peak memory in kilobytes."""
    settings = servers.environment(GRIDGOV_DATABASE_URL=url, GRIDGOV_INSTANCE=str(instance))
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(servers.BIN / "gridgov"), *arguments],
        cwd=servers.ROOT,
        env=settings,
        stdout=subprocess.DEVNULL,
    )
    _pid, status, used = os.wait4(process.pid, 0)
    spent = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"gridgov {' '.join(arguments[:2])} ended with {process.returncode}")
    return spent, used.ru_maxrss


def _write_again(url: str, spare_url: str) -> tuple[int, float]:
    """Write the rows of the import into a copy from before; return requests and seconds."""
    source, target = raw.connect(url), raw.connect(spare_url)
    lite = isinstance(target, sqlite3.Connection)
    mark = "?" if lite else "%s"
    count, spent = 0, 0.0
    for table in TABLES:
        # The log holds one message of before: that the net is active.
        only = " WHERE case_id IS NOT NULL" if table == "messages" else ""
        rows = source.execute(f"SELECT * FROM {table}{only}")  # noqa: S608 - names from this file
        names = [column[0] for column in rows.description]
        insert = (
            f"INSERT INTO {table} ({', '.join(names)}) "  # noqa: S608
            f"VALUES ({', '.join([mark] * len(names))})"
        )
        cursor = target.cursor()
        while unit := rows.fetchmany(UNIT):
            count += len(unit) if table == "cases" else 0
            start = time.perf_counter()
            cursor.execute("BEGIN IMMEDIATE" if lite else "BEGIN")
            cursor.executemany(insert, unit)
            cursor.execute("COMMIT")
            spent += time.perf_counter() - start
    source.close()
    target.close()
    return count, spent


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    source = "its own files" if result["real"] else "rows made from the committed extract"
    rows = next(iter(result["databases"].values()))["rows"]
    lines = [
        f"{rows:,} service requests of Boston ({source}) by `gridgov import requests`: both "
        "readings of the files, placing, sealing, writing and folding into the facts. *Again* "
        "is the same command once more, which changes nothing; *verify* is `gridgov verify "
        f"history` over all of it. Baseline: executemany of the same rows, {UNIT:,} a "
        "transaction, by the bare driver.",
        "",
        "| database | requests per second | seconds | peak memory MB | again s | verify s | "
        "raw requests per second | ratio |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {one['per_second']} | {one['seconds']} | {one['peak_mb']} | "
        f"{one['again_s']} | {one['verify_s']} | {one['raw_per_second']} | {one['ratio']:.3f} |"
        for name, one in result["databases"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    alone.main(__doc__, run, as_markdown)
