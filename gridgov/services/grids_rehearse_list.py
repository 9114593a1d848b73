"""The cases of a rehearsal that would move, one by one: for the list that is taken along."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from gridgov.domain.replay import Replay
from gridgov.services.grids_rehearse import Rehearsal, Script, new_codes
from gridgov.storage import grid_past

# Positions of a replay are within a metre (single precision), and so is its box.
ROUNDING = 2e-5


@dataclass(frozen=True, slots=True)
class MovedCase:
    """A case of the past that would lie in another area; codes, None outside the net."""

    number: str
    received_at: datetime
    state: str
    category_code: str
    from_code: str | None
    to_code: str | None


def moved_cases(session: Session, script: Script, found: Rehearsal) -> Iterator[MovedCase]:
    """Yield the cases that would move, in the order they were received, page by page.

    They are read again and placed again, so that nothing of them has to be kept;
    confidential ones are left out.
    """
    box = _box(found.replay)
    if box is None:
        return
    active, draft = script.reference.net, script.net
    settings, same = script.reference.routing, new_codes(found.links)
    code = script.draft.district_code
    for page in grid_past.pages_in(session, code, script.since, script.until, box):
        open_ones = [row for row in page if not row.confidential]
        lons = np.array([row.lon for row in open_ones], np.float64)
        lats = np.array([row.lat for row in open_ones], np.float64)
        named = [row.category_code for row in open_ones]
        was, will = (
            net.place_many(lons, lats, categories=named, settings=settings).area_codes()
            for net in (active, draft)
        )
        for row, before, after in zip(open_ones, was, will, strict=True):
            if same.get(before or "", before) != after:
                yield MovedCase(
                    row.number, row.received_at, row.state, row.category_code, before, after
                )


def hidden(replay: Replay) -> int:
    """Count the cases that would move and are confidential: no list names them."""
    return int((replay.is_moved & replay.confidential).sum())


def _box(replay: Replay) -> grid_past.Box | None:
    """Return the box around what moves: of a split it holds a few in a thousand."""
    if not replay.is_moved.any():
        return None
    lons, lats = replay.lons[replay.is_moved], replay.lats[replay.is_moved]
    return (
        float(lons.min()) - ROUNDING,
        float(lats.min()) - ROUNDING,
        float(lons.max()) + ROUNDING,
        float(lats.max()) + ROUNDING,
    )
