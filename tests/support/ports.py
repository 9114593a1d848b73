"""Ports for servers of tests, and for places where nobody listens."""

import random
import socket
from contextlib import suppress

# Below the ports that Linux gives to connections that go out (32768 and up): none of the hundreds
# that a browser opens takes one between the look and the listening, or while a server is away.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """Return a port nobody listens on."""
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("every port is taken")
