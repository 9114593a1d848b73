"""Measure durable submissions per second through HTTP, beside the raw driver.

    python -m benchmarks.submissions [--json]

Real server processes of both profiles, reports as JSON without a photo, sent by 1 and by
16 clients at once from a process of their own. An answer counts when it is 201, which the
product gives after the commit; at the end every acknowledged report must be in the
database. The baseline is one loop of the bare driver that writes the same rows.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks import alone, raw, servers
from benchmarks.lookup import positions, sample_net

TITLE = "Durable submissions through HTTP"
CLIENTS = (1, 16)
WARM_UP_S = 2.0
SECONDS = 8.0
PLACES = 2_000


def run(profiles: Sequence[str] = tuple(servers.PROFILES)) -> dict[str, Any]:
    """Measure both profiles.

    Returns `{"seconds", "profiles": {name: {"clients": {n: {"per_second", "p50_ms",
    "p95_ms", "p99_ms", "failed", "ratio"}}, "raw": {...}, "rows", "acknowledged",
    "stored"}}}`; a ratio is HTTP over raw driver, both in submissions per second.
    """
    net = sample_net()
    places = [(place.lon, place.lat) for place in positions(net, PLACES)]
    measured = {name: _profile(name, places) for name in profiles}
    return {"seconds": SECONDS, "profiles": measured}


def _profile(name: str, places: list[tuple[float, float]]) -> dict[str, Any]:
    with servers.PROFILES[name]() as server:
        acknowledged = 0
        clients: dict[int, dict[str, Any]] = {}
        for count in CLIENTS:
            answer = _load(server.port, count, places)
            acknowledged += answer["accepted"]
            clients[count] = _figures(answer)
        server.stop()
        stored = raw.stored(server.database_url)
        rows = raw.read(server.database_url)
        least = raw.write(server.spare_url, rows)
    for figures in clients.values():
        figures["ratio"] = round(figures["per_second"] / least["per_second"], 3)
    return {
        "clients": clients,
        "raw": least,
        "rows": round(rows.per_submission(), 1),
        "acknowledged": acknowledged,
        "stored": stored,
    }


def _load(port: int, clients: int, places: list[tuple[float, float]]) -> dict[str, Any]:
    plan = {
        "port": port,
        "clients": clients,
        "warm_up_s": WARM_UP_S,
        "seconds": SECONDS,
        "places": places,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.clients"],
        cwd=servers.ROOT,
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=WARM_UP_S + SECONDS + 60,
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def _figures(answer: dict[str, Any]) -> dict[str, Any]:
    spent = answer["latencies_s"]
    if not spent:
        raise RuntimeError(f"no report was accepted: {answer['failed']}")
    p50, p95, p99 = np.percentile(spent, [50, 95, 99]) * 1_000
    return {
        "per_second": round(len(spent) / SECONDS, 1),
        "p50_ms": round(float(p50), 1),
        "p95_ms": round(float(p95), 1),
        "p99_ms": round(float(p99), 1),
        "failed": answer["failed"],
    }


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    lines = [
        "`POST /api/v1/reports`, JSON without a photo, real server processes on the loopback, "
        f"{result['seconds']:.0f} s each after a warm-up; the clients are threads of one process "
        "on the same cores. 201 comes after the commit (`synchronous=FULL`, `fsync=on`). Limits "
        "per address are off (`GRIDGOV_RATE_LIMITS=0`). Each submission is routed, given to the "
        "worker on duty, written with its history and log, and folded into the board's facts. "
        "Baseline: one loop of sqlite3 or psycopg that writes the same rows into the same "
        "tables, one durable transaction a submission, without reading or deciding anything.",
        "",
        "| profile | clients | per second | p50 ms | p95 ms | p99 ms | ratio to raw |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, measured in result["profiles"].items():
        least = measured["raw"]
        for count, one in measured["clients"].items():
            lines.append(
                f"| {name} | {count} | {one['per_second']} | {one['p50_ms']} | {one['p95_ms']} | "
                f"{one['p99_ms']} | {one['ratio']:.3f} |"
            )
        lines.append(
            f"| *limit:* raw driver, {measured['rows']:g} rows and the log's counter | 1 loop | "
            f"{least['per_second']} | {least['p50_ms']} | {least['p95_ms']} | "
            f"{least['p99_ms']} | 1 |"
        )
    lines.append("")
    lines += [_kept(name, measured) for name, measured in result["profiles"].items()]
    return "\n".join(lines)


def _kept(name: str, measured: dict[str, Any]) -> str:
    failed: dict[str, int] = {}
    for one in measured["clients"].values():
        for status, count in one["failed"].items():
            failed[status] = failed.get(status, 0) + count
    words = ", ".join(f"{count} × {status}" for status, count in failed.items()) or "none"
    return (
        f"- {name}: {measured['stored']:,} reports stored of {measured['acknowledged']:,} "
        f"acknowledged; refused or failed: {words}."
    )


if __name__ == "__main__":
    alone.main(__doc__, run, as_markdown)
