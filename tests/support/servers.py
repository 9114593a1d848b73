"""Small real servers for tests of what goes out: an HTTP gateway and a mail server."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Gateway:
    """An HTTP service that keeps what it was sent, answers with `status`, or hangs up (`cut`)."""

    url: str = ""
    status: int = 200
    cut: bool = False
    slow_s: float = 0.0
    calls: list[Call] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["Gateway"]:
        """Serve until the end of the block."""
        made = cls()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                made.calls.append(Call(self.path, dict(self.headers), self.rfile.read(length)))
                time.sleep(made.slow_s)
                if made.cut:
                    self.close_connection = True
                    return
                self.send_response(made.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        made.url = f"http://127.0.0.1:{server.server_address[1]}/send"
        with _running(server):
            yield made


@dataclass
class MailBox:
    """A mail server that keeps mails, refuses recipients with a code, or hangs up on a mail."""

    url: str = ""
    refuse_with: int | None = None
    hang_up: bool = False
    mails: list[tuple[str, bytes]] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["MailBox"]:
        """Serve until the end of the block."""
        made = cls()

        server = _MailServer(("127.0.0.1", 0), _MailHandler)
        server.box = made
        server.daemon_threads = True
        made.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        with _running(server):
            yield made


class _MailServer(socketserver.ThreadingTCPServer):
    box: MailBox


class _MailHandler(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as smtplib asks for."""

    server: _MailServer

    def handle(self) -> None:
        to = ""
        self.say("220 here")
        while line := self.rfile.readline():
            word = line.decode().strip()
            if word.upper().startswith("RCPT"):
                to = word.partition("<")[2].partition(">")[0]
                refused = self.server.box.refuse_with
                self.say("250 ok" if refused is None else f"{refused} no")
            elif word.upper() == "DATA":
                if not self.take(to):
                    return
            else:
                self.say("221 bye" if word.upper() == "QUIT" else "250 ok")

    def take(self, to: str) -> bool:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if self.server.box.hang_up:
            return False
        self.server.box.mails.append((to, b"".join(lines)))
        self.say("250 taken")
        return True

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
