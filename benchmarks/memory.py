"""Measure the memory of the default profile at rest: after the start, and after some use.

    python -m benchmarks.memory [--json]

One installation with the sample district on SQLite. Memory is the proportional set size
(PSS) of the server and its children, read from /proc: pages that processes share count
once. The baseline is Python with the same libraries imported and nothing else done.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from benchmarks import alone, servers
from benchmarks.lookup import positions, sample_net
from tests.support.images import jpeg

TITLE = "Memory of the default profile at rest"
REST_S = 15.0
REPORTS = 200
WITH_PHOTO = 20
LIBRARIES = "flask, flask_sqlalchemy, flask_socketio, geoalchemy2, shapely, apscheduler, PIL.Image"
MIB = 1024.0


def run() -> dict[str, Any]:
    """Measure; return `{"started": {...}, "used": {...}, "libraries_mib"}`.

    Each of the two is `{"mib": all together, "processes": [mib each, the largest first]}`.
    """
    with servers.sqlite_profile() as server:
        time.sleep(REST_S)
        started = _tree(server.process.pid)
        _use(server)
        time.sleep(REST_S)
        used = _tree(server.process.pid)
    return {"started": started, "used": used, "libraries_mib": _libraries()}


def _use(server: servers.Server) -> None:
    """Report with and without photos, and look at the first page in between."""
    places = positions(sample_net(), REPORTS)
    photo = jpeg(size=(2016, 1512), seed=1)
    for number, place in enumerate(places):
        fields = {
            "client_token": uuid4().hex,
            "category": "0101",
            "text": "楼下垃圾堆了几天",
            "lon": str(place.lon),
            "lat": str(place.lat),
            "datum": "wgs84",
        }
        files = {"photos": ("snap.jpg", photo, "image/jpeg")} if number < WITH_PHOTO else None
        address = f"{server.base_url}/api/v1/reports"
        requests.post(address, data=fields, files=files, timeout=60).raise_for_status()
        requests.get(f"{server.base_url}/", timeout=60).raise_for_status()


def _tree(pid: int) -> dict[str, Any]:
    each = sorted((_pss_mib(one) for one in _family(pid)), reverse=True)
    return {"mib": round(sum(each), 1), "processes": [round(one, 1) for one in each]}


def _family(pid: int) -> list[int]:
    """Return a process and all below it."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [pid, *(below for child in children for below in _family(child))]


def _pss_mib(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("Pss:")[1].split()[0]) / MIB


def _libraries() -> float:
    """Return what Python needs with the libraries imported and nothing else."""
    code = f"import {LIBRARIES}; print('ready', flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    found = _pss_mib(process.pid)
    process.communicate("\n")
    return round(found, 1)


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    base = result["libraries_mib"]
    rows = [
        f"| {name} | {found['mib']} | {', '.join(map(str, found['processes']))} | "
        f"{found['mib'] / base:.1f} |"
        for name, found in (
            ("after the start", result["started"]),
            (f"after {REPORTS} reports, {WITH_PHOTO} with a photo", result["used"]),
        )
    ]
    return "\n".join(
        [
            f"`gridgov start` with the sample district on SQLite, {REST_S:.0f} s after the last "
            "request. Proportional set size of the server and its children (the photo workers).",
            "",
            "| moment | MiB | by process | ratio to baseline |",
            "|---|---|---|---|",
            *rows,
            f"| *baseline:* Python with the libraries imported | {base} | {base} | 1 |",
        ]
    )


if __name__ == "__main__":
    alone.main(__doc__, run, as_markdown)
