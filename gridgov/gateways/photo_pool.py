"""A small bounded pool of photo worker processes.

Plain subprocess and sockets with time-outs, so that it behaves the same under threads and under
gevent's monkey patching (a ProcessPoolExecutor does not). A pool belongs to one process: after a
fork the child starts with workers of its own.
"""

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gridgov.domain.errors import Unavailable
from gridgov.gateways.photo_wire import LENGTHS, frame

START_TIMEOUT_S: Final = 30.0  # importing the decoders: 0.2 s on an idle core
MAX_WAITING: Final = 16  # each waiting request holds its photo in memory
PHOTOS_PER_WORKER: Final = 500  # bounds what a leaking decoder can gather
MAX_ANSWER: Final = 32 * 1024 * 1024

_ROOT: Final = Path(__file__).resolve().parents[2]
# The worker gets no settings: a broken decoder has no password to find in its environment.
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PoolStatus:
    """Process ids of the workers with and without a photo in hand, and photos waiting."""

    busy: tuple[int, ...]
    idle: tuple[int, ...]
    waiting: int
    started: int


class _WorkerLost(Exception):
    """The worker ended, hung or spoke nonsense; it must not be used again."""


class _Worker:
    """One running worker process and our end of its socket."""

    def __init__(self) -> None:
        """Start the process and wait until its decoders are loaded."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "gridgov.gateways.photo_worker"],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    cwd=_ROOT,
                    env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                    start_new_session=True,  # Ctrl-C in a terminal is for the server alone
                )
            except OSError as error:
                ours.close()
                raise Unavailable(f"no photo worker can be started: {error}") from error
        self._socket = ours
        self.pid: int = self._process.pid
        self.served = 0

    def greet(self) -> None:
        """Wait for the worker's first word. Raises _WorkerLost."""
        answer, _ = self._receive(time.monotonic() + START_TIMEOUT_S)
        if answer.get("status") != "ready":
            raise _WorkerLost(f"unexpected greeting: {answer!r}")

    def is_alive(self) -> bool:
        """Tell whether the idle worker still holds its end of the socket."""
        self._socket.settimeout(0)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False  # end of file, or bytes nobody asked for

    def exchange(
        self, header: dict[str, Any], body: bytes, timeout_s: float
    ) -> tuple[dict[str, Any], bytes]:
        """Send one photo and return the answer. Raises _WorkerLost."""
        deadline = time.monotonic() + timeout_s
        self.served += 1
        try:
            self._socket.settimeout(timeout_s)
            self._socket.sendall(frame({**header, "seconds": timeout_s}, body))
        except OSError as error:
            raise _WorkerLost(f"sending failed: {error!r}") from error
        return self._receive(deadline)

    def kill(self) -> None:
        """Kill the process and leave the rest to the thread that waits for it."""
        self._process.kill()

    def end(self) -> int | None:
        """End the process, by force if need be, reap it and return its exit code."""
        self._socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            # A worker that lost its socket is about to end by itself: let its own code be seen.
            return self._process.wait(timeout=0.2)
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=5)
        return None

    def _receive(self, deadline: float) -> tuple[dict[str, Any], bytes]:
        try:
            header_length, body_length = LENGTHS.unpack(self._read(LENGTHS.size, deadline))
            if header_length + body_length > MAX_ANSWER:
                raise _WorkerLost(f"an answer of {header_length + body_length} bytes")
            header = json.loads(self._read(header_length, deadline))
            return header, self._read(body_length, deadline)
        except TimeoutError as error:
            raise _WorkerLost("no answer in time") from error
        except (OSError, ValueError) as error:
            raise _WorkerLost(f"reading failed: {error!r}") from error

    def _read(self, count: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            part = self._socket.recv(min(count - len(parts), 1 << 20))
            if not part:
                raise _WorkerLost("the process ended")
            parts += part
        return bytes(parts)


class PhotoPool:
    """At most `size` workers, started when first needed, one photo each at a time."""

    def __init__(self, *, size: int, timeout_s: float, max_waiting: int = MAX_WAITING) -> None:
        """Start nothing yet; `timeout_s` bounds both the wait for a worker and its work."""
        self._size = size
        self._timeout_s = timeout_s
        self._max_waiting = max_waiting
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._inherited: list[_Worker] = []
        self._started = 0
        self._reset()
        self._finalizer = weakref.finalize(self, _end_all, self._idle, self._busy)
        # A hook cannot be taken back: it must not keep the pool alive.
        forget = weakref.WeakMethod(self._forget_inherited)
        os.register_at_fork(after_in_child=lambda: (method := forget()) and method())

    def run(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Have one photo worked on.

        Raises Unavailable when no worker is free in time, or when the worker crashes or takes
        too long; the next call then finds a fresh one.
        """
        with self._slot():
            worker = self._ready_worker()
            reusable = False
            try:
                answer = worker.exchange(header, body, self._timeout_s)
                reusable = worker.served < PHOTOS_PER_WORKER
            except _WorkerLost as error:
                raise Unavailable(f"the photo could not be processed: {error}") from error
            finally:  # also when a greenlet is killed in the middle: half an answer is left over
                self._busy.discard(worker)
                if reusable:
                    self._idle.append(worker)
                else:
                    log.warning("photo worker %d ended with code %s", worker.pid, worker.end())
            return answer

    def status(self) -> PoolStatus:
        """Return who is at work, for the operator and the tests."""
        return PoolStatus(
            busy=tuple(worker.pid for worker in list(self._busy)),
            idle=tuple(worker.pid for worker in list(self._idle)),
            waiting=self._waiting,
            started=self._started,
        )

    def close(self) -> None:
        """End every worker; a later call starts new ones."""
        _end_all(self._idle, self._busy)

    def _reset(self) -> None:
        self._condition = threading.Condition()
        self._in_flight = 0
        self._waiting = 0

    def _forget_inherited(self) -> None:
        """Leave the parent's workers alone in a forked child.

        They are kept, not closed: closing a gevent socket here would reach into the event loop
        that is still shared with the parent.
        """
        self._inherited += [*self._idle, *self._busy]
        self._idle.clear()
        self._busy.clear()
        self._started = 0
        self._reset()

    @contextlib.contextmanager
    def _slot(self) -> Iterator[None]:
        condition = self._condition
        with condition:
            if self._in_flight >= self._size and self._waiting >= self._max_waiting:
                raise Unavailable("too many photos are waiting", waiting=self._waiting)
            self._waiting += 1
            try:
                free = condition.wait_for(lambda: self._in_flight < self._size, self._timeout_s)
            finally:
                self._waiting -= 1
            if not free:
                raise Unavailable("no photo worker became free in time")
            self._in_flight += 1
        try:
            yield
        finally:
            with condition:
                self._in_flight -= 1
                condition.notify()

    def _ready_worker(self) -> _Worker:
        """Return a live worker, already listed as busy."""
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive():
                self._busy.add(worker)
                return worker
            log.warning("idle photo worker %d had ended with code %s", worker.pid, worker.end())
        worker = _Worker()
        try:
            worker.greet()
        except _WorkerLost as error:
            log.warning("photo worker %d ended with code %s", worker.pid, worker.end())
            raise Unavailable(f"the photo worker did not start: {error}") from error
        self._started += 1
        self._busy.add(worker)
        return worker


def _end_all(idle: list[_Worker], busy: set[_Worker]) -> None:
    while idle:
        idle.pop().end()
    for worker in list(busy):  # whoever waits for it sees the end and cleans up
        worker.kill()
