"""The newest state of each board: reckoned once, however many browsers come to watch it.

After a restart a thousand boards connect within seconds. What they all get is the same but
for the cards each one lacks; reckoning it for each of them took 45 ms a board, and 300 at
once starved one another until the database cut their transactions.
"""

import threading
import time
from typing import Any

State = dict[str, Any]

# Figures of one position of the log still change with the clock (what becomes overdue).
FRESH_S = 2.0
MOST = 256


class Latest:
    """States by the name of their room, of this process."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, State]] = {}

    def keep(self, room: str, state: State) -> None:
        """Keep the state of a room that was reckoned just now."""
        with self._lock:
            self._kept.pop(room, None)
            self._kept[room] = (time.monotonic(), state)
            if len(self._kept) > MOST:  # the one kept longest ago
                del self._kept[next(iter(self._kept))]

    def at(self, room: str, cursor: int) -> State | None:
        """Return the state of a room at a position of the log, None unless it is still fresh."""
        kept = self._kept.get(room)
        if kept is None or time.monotonic() - kept[0] > FRESH_S:
            return None
        return kept[1] if kept[1]["cursor"] == cursor else None


latest = Latest()
