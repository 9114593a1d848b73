"""What the figures were taken on, in words that name no host and no path."""

import os
import platform
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("Flask", "SQLAlchemy", "psycopg", "shapely", "gunicorn", "gevent", "playwright")
STAT = Path("/proc/stat")
MEMORY = Path("/proc/meminfo")
# Above this share of busy cores before a figure, somebody else's work is in it.
LOADED = 0.1
Ticks = tuple[int, int]


def line() -> str:
    """Return one sentence: cores, memory, system and versions."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {_memory()}, {platform.system()} "
        f"{platform.release().split('-')[0]}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {packages}"
    )


def _memory() -> str:
    if not MEMORY.exists():
        return "memory unknown"
    kilobytes = int(MEMORY.read_text().split("MemTotal:")[1].split()[0])
    return f"{kilobytes / 1024**2:.0f} GiB of memory"


def _ticks() -> Ticks | None:
    """Return the clock ticks spent working and in all, over all cores; None where unknown."""
    if not STAT.exists():
        return None
    ticks = [int(word) for word in STAT.read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)  # without idle and waiting for disks


def busy(seconds: float = 3.0) -> float | None:
    """Return the share of all cores in use, 0 to 1, while this process only sleeps."""
    before = _ticks()
    time.sleep(seconds)
    after = _ticks()
    if before is None or after is None:
        return None
    return round((after[0] - before[0]) / max(1, after[1] - before[1]), 2)


def load_words(measured: dict[str, Any]) -> str:
    """Return what else the machine did around a figure, and so how far to trust it."""
    shares = [measured["busy_before"], measured["busy_after"]]
    if None in shares:
        return "What else the machine did is unknown."
    before, after = (f"{share:.0%}" for share in shares)
    told = f"{before} of the cores busy right before the run and {after} right after it"
    if max(shares) > LOADED:
        return f"**Loaded machine**: other work ran beside this ({told}); compare ratios only."
    return f"Quiet machine ({told})."
