"""A way to a server that can be cut at any moment, as a phone loses its network."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Closing with this option resets the connection instead of saying good-bye.
RESET = struct.pack("ii", 1, 0)
CHUNK = 1 << 16


class CuttingProxy:
    """Forwards bytes between a port of its own and a server on the loopback."""

    def __init__(self, server_port: int) -> None:
        """Listen; connections are taken by `serve`."""
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return  # closed: the test is over
            far = socket.create_connection(("127.0.0.1", self._server_port))
            with self._lock:
                self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # the other side, or a cut, ended it: that is what we are for
            while data := source.recv(CHUNK):
                sink.sendall(data)
        self._end({source, sink})

    def _end(self, links: set[socket.socket]) -> None:
        with self._lock:
            self._open -= links
        for link in links:
            with suppress(OSError):
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                # Wakes the thread that reads from it; close alone would not.
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def cut(self) -> int:
        """Reset every connection of this moment; return how many there were."""
        with self._lock:
            links = set(self._open)
        self._end(links)
        return len(links) // 2

    def close(self) -> None:
        """Take no more connections and end those that are open."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()


@contextmanager
def cutting_proxy(server_port: int) -> Iterator[CuttingProxy]:
    """Run a proxy to a port of the loopback for the length of the block."""
    proxy = CuttingProxy(server_port)
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.close()
