"""The crowd: N boards over bare sockets in one process, each noting when a cursor reached it.

    python -m benchmarks.board_crowd < plan.json > measured.json

Speaks just enough of websocket and Socket.IO to watch a board: a thousand clients of a
library would cost the two cores more than the server that is measured. Says "ready" on
standard error once all watch, reads for `seconds`, and prints what came when at each board.
"""

import json
import os
import re
import selectors
import socket
import struct
import sys
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

CURSOR = re.compile(rb'^42/live,\["board",\{"cursor":(\d+)')
ANSWER = re.compile(rb'^43/live,\d+\[\{"ok":true,"cursor":(\d+)')
PONG = b"3"
READ_BYTES = 1 << 18
HEADER_64 = 127
HEADER_16 = 126


@dataclass(slots=True)
class Board:
    """One connection: what came in and was not yet a whole frame, and the newest cursor."""

    link: socket.socket
    waiting: bytearray = field(default_factory=bytearray)
    upgraded: bool = False
    # The moments (seconds since the epoch) at which frames came, and their cursors.
    at: list[float] = field(default_factory=list)
    cursors: list[int] = field(default_factory=list)


def framed(text: bytes) -> bytes:
    """Return a masked text frame of a client (RFC 6455), the mask being zero."""
    length = len(text)
    head = struct.pack("!BB", 0x81, 0x80 | length) if length < HEADER_16 else b""
    if not head:
        head = struct.pack("!BBH", 0x81, 0x80 | HEADER_16, length)
    return head + b"\0\0\0\0" + text


def frames_of(waiting: bytearray) -> list[bytes]:
    """Take the whole frames off the front of what came in; the rest stays."""
    found, start = [], 0
    while len(waiting) - start >= 2:
        length, head = waiting[start + 1] & 0x7F, 2
        if length == HEADER_16:
            if len(waiting) - start < 4:
                break
            length, head = struct.unpack_from("!H", waiting, start + 2)[0], 4
        elif length == HEADER_64:
            if len(waiting) - start < 10:
                break
            length, head = struct.unpack_from("!Q", waiting, start + 2)[0], 10
        if len(waiting) - start < head + length:
            break
        found.append(bytes(waiting[start + head : start + head + length]))
        start += head + length
    del waiting[:start]
    return found


class Crowd:
    """All boards of this process and the loop that reads them."""

    def __init__(self, plan: dict[str, Any]) -> None:
        """Keep the plan: port, boards, cookie, wish (what to watch), seconds."""
        self.plan = plan
        self.ready = selectors.DefaultSelector()
        self.boards = [self._connect() for _ in range(plan["boards"])]

    def _connect(self) -> Board:
        link = socket.create_connection(("127.0.0.1", self.plan["port"]), timeout=30)
        key = b64encode(os.urandom(16)).decode()
        link.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\nCookie: {self.plan['cookie']}\r\n\r\n".encode()
        )
        link.setblocking(False)
        board = Board(link)
        self.ready.register(link, selectors.EVENT_READ, board)
        return board

    def read(self, until: float) -> None:
        """Read what comes until the moment (monotonic seconds)."""
        while (left := until - time.monotonic()) > 0:
            for key, _events in self.ready.select(left):
                self._take(key.data)

    def _take(self, board: Board) -> None:
        data = board.link.recv(READ_BYTES)
        if not data:
            raise RuntimeError("a board was hung up on")
        now = time.time()
        board.waiting += data
        if not board.upgraded:
            head, found, rest = bytes(board.waiting).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.splitlines()[0]:
                raise RuntimeError(f"no websocket: {head[:200]!r}")
            board.upgraded, board.waiting = True, bytearray(rest)
        for frame in frames_of(board.waiting):
            self._heard(board, frame, now)

    def _heard(self, board: Board, frame: bytes, now: float) -> None:
        if frame.startswith(b"0{"):
            board.link.sendall(framed(b"40/live,"))
        elif frame.startswith(b"40/live"):
            wish = json.dumps(["watch", self.plan["wish"]]).encode()
            board.link.sendall(framed(b"42/live,0" + wish))
        elif frame == b"2":
            board.link.sendall(framed(PONG))
        elif found := CURSOR.match(frame) or ANSWER.match(frame):
            board.at.append(now)
            board.cursors.append(int(found[1]))
        elif frame.startswith(b"43/live"):
            raise RuntimeError(f"a board may not be watched: {frame[:200]!r}")


def _watching(crowd: Crowd, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not all(board.cursors for board in crowd.boards):
        if time.monotonic() > deadline:
            raise RuntimeError("not every board could be opened")
        crowd.read(time.monotonic() + 0.5)


def main() -> None:
    """Read the plan, watch, print per board the moments and the cursors."""
    plan = json.load(sys.stdin)
    crowd = Crowd(plan)
    _watching(crowd, plan["patience_s"])
    print("ready", file=sys.stderr, flush=True)
    crowd.read(time.monotonic() + plan["seconds"])
    json.dump([{"at": board.at, "cursors": board.cursors} for board in crowd.boards], sys.stdout)


if __name__ == "__main__":
    main()
