"""What a rehearsal took long for, kept in the process until something it rests on changes.

A million positions take five seconds; a page, its two maps and its files ask for them in
turn. Only where each case was and would be is kept (25 bytes a case); who has the duty,
what is open and what it would mean is read anew each time.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime

from gridgov.domain.replay import Replay
from gridgov.services.reference import Reference
from gridgov.storage.areas import GridVersion

MOST = 4

Stamp = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A past that was run through a draft; `until` is when its last case could come."""

    until: datetime
    replay: Replay


_lock = threading.Lock()
_kept: OrderedDict[Stamp, Kept] = OrderedDict()
# Whoever asks for a rehearsal that is being reckoned waits for it instead of doing it too.
reckoning = threading.Lock()


def stamp_of(draft: GridVersion, reference: Reference, since: datetime, last: date) -> Stamp:
    """Return what a replay rests on: the draft as it is, the active net, the time, by its day."""
    return (draft.id, draft.revision, reference.net.version, reference.routing, since, last)


def find(stamp: Stamp) -> Kept | None:
    """Return what was kept, None where it is to be reckoned."""
    with _lock:
        found = _kept.get(stamp)
        if found is not None:
            _kept.move_to_end(stamp)
        return found


def keep(stamp: Stamp, found: Kept) -> None:
    """Keep a replay; the one nobody asked for the longest goes."""
    with _lock:
        _kept[stamp] = found
        _kept.move_to_end(stamp)
        while len(_kept) > MOST:
            _kept.popitem(last=False)


def forget(stamp: Stamp) -> None:
    """Forget a replay, so that cases which came meanwhile are counted."""
    with _lock:
        _kept.pop(stamp, None)
