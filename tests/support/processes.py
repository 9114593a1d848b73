"""Processes of their own, forked from one that has done nothing but read the program in.

Reading it in takes Python longer than most of what such a process is started for.
"""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

_context = get_context("forkserver")
_context.set_forkserver_preload(["tests.support.command"])


def forked(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start a function in a process of its own; what it is given is pickled."""
    process = _context.Process(target=target, args=arguments)
    process.start()
    return process


class Worker:
    """A process that tells when it is ready, waits for the word to go, and can be killed."""

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        """Start `target(line, *arguments)`; it calls `ready(line)` when it is about to begin."""
        self._line, other = _context.Pipe()
        self._process = forked(target, other, *arguments)
        other.close()

    def is_ready(self) -> None:
        """Wait until it is about to begin."""
        assert self._line.recv() == "ready"

    def go(self) -> None:
        """Let it begin."""
        self._line.send("go")

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        return self._process.exitcode

    def wait(self, longest_s: float) -> int | None:
        """Wait for its end and return how it ended; None if it did not."""
        self._process.join(longest_s)
        return self._process.exitcode

    def kill(self) -> None:
        """Kill it as a power cut does: it can do nothing about it."""
        self._process.kill()
        self._process.join()


def ready(line: Any) -> None:
    """In the process: say that all is read and made, and wait for the word to go."""
    line.send("ready")
    assert line.recv() == "go"
