"""Measure commit to paint with a thousand boards connected and twenty changes a second.

    python -m benchmarks.boards [--boards 1000] [--seconds 60] [--json]

Production profile: PostgreSQL with PostGIS, two gevent processes; load generator, database
and browser share the machine's two cores. A change is a report that is sent over HTTP. When
it was committed says PostgreSQL itself (track_commit_timestamp), when it reached a board its
own socket, and when it was painted a supervisor's board in Chromium: the cursor of its page,
noted in the second animation frame after it changed. Baseline: an acknowledged event over
such a socket while nothing else goes on.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import psycopg
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.engine import make_url

from benchmarks import alone, clients, servers
from benchmarks.live import Watcher, _clock_error
from benchmarks.lookup import positions, sample_net
from tests.support import browser as chromium

TITLE = "Commit to paint with a thousand boards"
BOARDS = 1_000
SECONDS = 60.0
WARM_UP_S = 8.0
RATE = 20.0
SENDERS = 6
AFTER_S = 3.0
PAGE_PATIENCE_MS = 60_000

# Notes when each cursor of the board was painted: two animation frames after it was set.
OBSERVE = """() => {
  const board = document.querySelector("[data-module=board-live]");
  window.painted = [];
  new MutationObserver(() => {
    const cursor = Number(board.dataset.cursor);
    requestAnimationFrame(() => requestAnimationFrame(() =>
      window.painted.push([cursor, performance.timeOrigin + performance.now()])));
  }).observe(board, { attributes: true, attributeFilter: ["data-cursor"] });
}"""


def run(boards: int = BOARDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Measure.

    Returns `{"boards", "rate", "changes", "missed", "frames_per_board_and_second",
    "rows": {label: {"p50_ms", "p95_ms", "p99_ms", "max_ms"}}}`; missed counts pairs of
    a commit and a board that never got to know of it.
    """
    with sync_playwright() as playwright, servers.postgis_profile() as server:
        program = playwright.chromium.launch(**chromium.launch_args())
        page = program.new_context(**chromium.DESK, base_url=server.base_url).new_page()
        _open_board(server, page)
        watcher = Watcher(server, page)
        acks = [watcher.acknowledged() for _ in range(40)]
        watcher.close()
        crowd = _crowd(server, page, boards, WARM_UP_S + seconds + AFTER_S)
        page.evaluate(OBSERVE)
        ahead, _error = _clock_error(page)
        first, sent = _changes(server.port, WARM_UP_S, seconds)
        output, _errors = crowd.communicate(timeout=seconds + 60)
        painted = [(cursor, at / 1_000 - ahead) for cursor, at in page.evaluate("painted")]
        committed = _committed(server.database_url, first)
        program.close()
    heard = json.loads(output)
    at_socket = [_delays(committed, zip(o["cursors"], o["at"], strict=True)) for o in heard]
    rows = {
        "commit → painted in Chromium": _delays(committed, painted),
        "commit → frame at a board's socket": np.concatenate(at_socket),
        "*baseline:* one acknowledged event, quiet machine": np.array(acks),
    }
    return {
        "boards": boards + 1,
        "rate": round(sent / (WARM_UP_S + seconds), 1),
        "changes": len(committed),
        "missed": sum(int(np.isnan(one).sum()) for one in at_socket),
        "frames_per_board_and_second": round(
            float(np.mean([len(o["at"]) for o in heard])) / (WARM_UP_S + seconds), 2
        ),
        "rows": {label: _figures(spent) for label, spent in rows.items()},
    }


def _open_board(server: servers.Server, page: Page) -> None:
    login = server.login("supervisor")
    page.goto("/login")
    page.fill("#username", login["username"])
    page.fill("#password", login["password"])
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto("/board?period=today")
    page.locator("[data-live=on]").wait_for(timeout=PAGE_PATIENCE_MS)


def _crowd(
    server: servers.Server, page: Page, boards: int, seconds: float
) -> subprocess.Popen[str]:
    board = page.locator("[data-module=board-live]")
    cookies = page.context.cookies()
    plan = {
        "port": server.port,
        "boards": boards,
        "cookie": "; ".join(f"{one['name']}={one['value']}" for one in cookies),
        "wish": {
            "topic": "board",
            "area": board.get_attribute("data-area-code"),
            "from": board.get_attribute("data-from"),
            "to": board.get_attribute("data-to"),
            "cursor": board.get_attribute("data-cursor"),  # as a page that was just loaded
        },
        "seconds": seconds,
        "patience_s": 120.0,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.board_crowd"],
        cwd=servers.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(json.dumps(plan))
    process.stdin.close()
    process.stdin = None
    if process.stderr.readline().strip() != "ready":
        raise RuntimeError(f"the crowd did not get in: {process.stderr.read()}")
    return process


def _changes(port: int, warm_up_s: float, seconds: float) -> tuple[float, int]:
    """Send reports at the rate; return when measuring began and how many were answered 201."""
    places = positions(sample_net(), 500)
    began = time.monotonic()
    first = time.time() + warm_up_s
    total = int((warm_up_s + seconds) * RATE)
    answered: list[str] = []

    def send(number: int) -> None:
        connection = http.client.HTTPConnection(clients.LOOPBACK, port, timeout=30)
        for turn in range(number, total, SENDERS):
            time.sleep(max(0.0, began + turn / RATE - time.monotonic()))
            place = places[turn % len(places)]
            answered.append(clients.send(connection, clients.report(turn, (place.lon, place.lat))))
        connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [status for status in answered if status != "201"]
    if refused:
        raise RuntimeError(f"{len(refused)} of {total} reports were refused: {refused[:5]}")
    return first, len(answered)


def _committed(database_url: str, first: float) -> list[tuple[int, float]]:
    """Return (newest position, moment of its commit) of each unit committed since `first`."""
    address = make_url(database_url).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        rows = connection.execute(
            "SELECT max(position), extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8"
            " AS at FROM messages GROUP BY xmin"
            " HAVING extract(epoch FROM pg_xact_commit_timestamp(xmin)) >= %s ORDER BY 1",
            [first],
        ).fetchall()
    return [(int(position), float(at)) for position, at in rows]


def _delays(committed: list[tuple[int, float]], seen: Any) -> Any:
    """Return for each commit the seconds until a cursor at or past it came (nan: never)."""
    pairs = sorted((at, int(cursor)) for cursor, at in seen)
    if not pairs:
        return np.full(len(committed), np.nan)
    moments = np.array([at for at, _cursor in pairs])
    cursors = np.maximum.accumulate(np.array([cursor for _at, cursor in pairs]))
    where = np.searchsorted(cursors, [position for position, _at in committed], side="left")
    late = where >= len(moments)
    arrived = moments[np.minimum(where, len(moments) - 1)]
    delays = arrived - np.array([at for _position, at in committed])
    delays[late] = np.nan
    return delays


def _figures(spent: Any) -> dict[str, float]:
    known = np.asarray(spent, dtype=float)
    known = known[~np.isnan(known)]
    p50, p95, p99 = np.percentile(known, [50, 95, 99])
    figures = {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": known.max()}
    return {name: round(float(value) * 1_000, 1) for name, value in figures.items()}


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    base = list(result["rows"].values())[-1]["p50_ms"]
    lines = [
        f"{result['boards']} boards on one district, {result['rate']} reports a second over HTTP "
        f"({result['changes']} commits measured, {result['missed']} that a board never got), "
        f"{result['frames_per_board_and_second']} frames a second at each board; production "
        "profile. Load generator, database, browser and the server share two cores. "
        "The promise is p95 ≤ 250 ms from commit to paint.",
        "",
        "| from → to | p50 ms | p95 ms | p99 ms | most ms | ratio to baseline |",
        "|---|---|---|---|---|---|",
    ]
    for label, one in result["rows"].items():
        lines.append(
            f"| {label} | {one['p50_ms']} | {one['p95_ms']} | {one['p99_ms']} | {one['max_ms']} | "
            f"{round(one['p50_ms'] / base, 1)} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure with the numbers asked for."""
    parser = alone.parser(__doc__)
    parser.add_argument("--boards", type=int, default=BOARDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    asked = parser.parse_args()
    alone.tell(run(asked.boards, asked.seconds), as_markdown, only_json=asked.json)


if __name__ == "__main__":
    main()
