"""The load generator: N residents, each sending the next report when the last is answered.

    python -m benchmarks.clients < plan.json > measured.json

A process of its own, so that its work is not the server's; threads with a kept-alive
connection each. Bounded by time, by number, and to the loopback.
"""

import http.client
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

TOKEN = "bench-"  # how the rows of a run are found again
CATEGORIES = ("0101", "0202", "0203", "0301")  # each goes to the grid's own worker
TEXT = "巷口的垃圾堆了三天没人清，味道很大，早上老人小孩都要绕着走，请尽快处理。"
LOOPBACK = "127.0.0.1"
MOST = 20_000
REFUSED = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Plan:
    """What to send: how many clients, for how long, to which port, from which places."""

    port: int
    clients: int
    warm_up_s: float
    seconds: float
    places: list[tuple[float, float]]


@dataclass
class Measured:
    """What came back: answers 201 in all and, inside the window, how long each took."""

    accepted: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, status: str, spent: float | None) -> None:
        """Count one answer; `spent` is None outside the window."""
        with self.lock:
            if status != "201":
                self.failed[status] = self.failed.get(status, 0) + 1
                return
            self.accepted += 1
            if spent is not None:
                self.latencies_s.append(spent)


def report(number: int, place: tuple[float, float]) -> bytes:
    """Return one report as a program sends it: JSON, a position, words, no photo."""
    lon, lat = place
    body = {
        "client_token": f"{TOKEN}{uuid4().hex}",
        "category": CATEGORIES[number % len(CATEGORIES)],
        "text": TEXT,
        "lon": lon,
        "lat": lat,
        "datum": "wgs84",
        "position_source": "browser",
    }
    return json.dumps(body, ensure_ascii=False).encode()


def send(connection: http.client.HTTPConnection, body: bytes) -> str:
    """Send one report and return the status, or the kind of the error."""
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/reports", body, headers)
        answer = connection.getresponse()
        answer.read()
    except REFUSED as error:
        connection.close()  # the next request opens it again
        return type(error).__name__
    return str(answer.status)


def _client(plan: Plan, first: int, began: float, measured: Measured) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, plan.port, timeout=30)
    opens = began + plan.warm_up_s
    closes = opens + plan.seconds
    number = first
    while time.perf_counter() < closes and measured.accepted < MOST:
        body = report(number, plan.places[number % len(plan.places)])
        sent = time.perf_counter()
        status = send(connection, body)
        answered = time.perf_counter()
        measured.add(status, answered - sent if opens <= answered <= closes else None)
        number += plan.clients
    connection.close()


def run(plan: Plan) -> Measured:
    """Let all clients send until the time is up."""
    measured = Measured()
    began = time.perf_counter()
    threads = [
        threading.Thread(target=_client, args=(plan, first, began, measured))
        for first in range(plan.clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return measured


def main() -> None:
    """Read the plan, send, print what was measured."""
    given: dict[str, Any] = json.load(sys.stdin)
    measured = run(Plan(**given))
    json.dump(
        {
            "accepted": measured.accepted,
            "failed": measured.failed,
            "latencies_s": measured.latencies_s,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
