"""Measure the board's API at 4,000 and at 121,000 cases, on both databases.

    python -m benchmarks.board_api [--json]

One installation holds both districts: Gaoming with its sixteen months replayed and Boston
with its imported year. Each question asks for the figures of the whole district since its
launch, one after the other over one connection. The baseline is /healthz of the same
server, which asks no database; the promise is that the time does not grow with the cases.
"""

import http.client
import json
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import alone, boston, servers
from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.services import keys
from gridgov.storage.base import db
from gridgov.storage.session import unit_of_work

TITLE = "The board's API does not grow with the cases"
ASKED = 400
DISTRICTS = {"440608": "Gaoming", "boston": "Boston"}
PERIODS = {"440608": "from=2019-06-01&to=2020-10-19", "boston": "from=2015-01-01&to=2015-12-31"}


def run() -> dict[str, Any]:
    """Measure both profiles.

    Returns `{"real", "profiles": {name: {"healthz": ms, "districts": {code: {"cases",
    "p50_ms", "p95_ms"}}}}}`; real tells whether Boston's own files were there.
    """
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        files, real = boston.requests(Path(folder))
        measured = {}
        for name, profile in servers.PROFILES.items():
            with profile(history=True, prepared=lambda env: _import(env, files)) as server:
                measured[name] = _ask(server)
    return {"real": real, "profiles": measured}


def _import(settings: dict[str, str], files: list[Path]) -> None:
    """Make Boston beside Gaoming, and a key for a program that reads its board."""
    mapping = ["--mapping", str(boston.MAPPING)]
    for what, paths in (("areas", [boston.areas()]), ("requests", files)):
        command = [str(servers.BIN / "gridgov"), "import", what, *map(str, paths), *mapping]
        subprocess.run(command, cwd=servers.ROOT, env=settings, check=True, capture_output=True)


def _ask(server: servers.Server) -> dict[str, Any]:
    # Before the first question: a server closes a connection on which it waits for long.
    headers = {code: {"Authorization": f"Bearer {_key(server, code)}"} for code in PERIODS}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    healthz = _times(connection, "/healthz", {})
    found = {}
    for code, days in PERIODS.items():
        header = headers[code]
        address = f"/api/v1/board?area={code}&{days}"
        times = _times(connection, address, header)
        received = _get(connection, address, header)["received"]
        found[code] = {"cases": received, **_quantiles(times)}
    return {"healthz": _quantiles(healthz), "districts": found}


def _key(server: servers.Server, district: str) -> str:
    """Make a key that reads the board of a district."""
    app = create_app(Settings(instance=server.instance, database_url=server.database_url))
    with app.app_context():
        with unit_of_work() as session:
            made = keys.make(
                session, district, "bench", ["board:read"], "api", by=None, now=datetime.now(UTC)
            )
        db.engine.dispose()
    return made.secret


def _get(connection: http.client.HTTPConnection, path: str, header: dict[str, str]) -> Any:
    connection.request("GET", path, headers=header)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {body[:300]!r}")
    return json.loads(body)


def _times(
    connection: http.client.HTTPConnection, path: str, header: dict[str, str]
) -> list[float]:
    for _ in range(20):
        _get(connection, path, header)
    times = []
    for _ in range(ASKED):
        start = time.perf_counter()
        _get(connection, path, header)
        times.append(1000 * (time.perf_counter() - start))
    return times


def _quantiles(times: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(times, [50, 95])
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    source = "its own files" if result["real"] else "rows made from the committed extract"
    lines = [
        f"`GET /api/v1/board` for a whole district, {ASKED} questions one after the other; one "
        f"installation with both districts, Boston from {source}. Baseline: `/healthz` of the "
        "same server.",
        "",
        "| profile | district | cases | p50 ms | p95 ms | ratio to baseline | to the small one |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in result["profiles"].items():
        base = found["healthz"]
        small = found["districts"]["440608"]["p50_ms"]
        for code, one in found["districts"].items():
            lines.append(
                f"| {name} | {DISTRICTS[code]} | {one['cases']:,} | {one['p50_ms']} | "
                f"{one['p95_ms']} | {one['p50_ms'] / base['p50_ms']:.1f} | "
                f"{one['p50_ms'] / small:.2f} |"
            )
        lines.append(f"| {name} | *baseline* | – | {base['p50_ms']} | {base['p95_ms']} | 1 | – |")
    return "\n".join(lines)


if __name__ == "__main__":
    alone.main(__doc__, run, as_markdown)
