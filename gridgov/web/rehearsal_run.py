"""Running a rehearsal for a page: what was reckoned is kept, what may have changed is read anew."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from flask import request

from gridgov.domain.replay import Replay
from gridgov.domain.roles import Actor
from gridgov.services import grids_rehearse, grids_rehearse_kept
from gridgov.services import reference as references
from gridgov.services.grids_rehearse import Rehearsal, Script
from gridgov.services.grids_rehearse_kept import Kept, Stamp
from gridgov.storage.areas import GridVersion
from gridgov.storage.session import read_only
from gridgov.web import rehearsal_times
from gridgov.web.access import current_actor
from gridgov.web.grids import version_of
from gridgov.web.instance import utc_now
from gridgov.web.rehearsal_times import Time


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A rehearsal, what it was made of, and the time it looks back at."""

    script: Script
    found: Rehearsal
    time: Time
    now: datetime

    @property
    def draft(self) -> GridVersion:
        """Return the version that was rehearsed."""
        return self.script.draft


def run(number: int) -> Run:
    """Rehearse a draft over the time the request asks for; seconds for a million positions.

    Whoever comes while it is being reckoned waits for it. Raises: NotFound, NotADraft,
    InvalidInput (areas, date), Conflict.
    """
    actor, now = current_actor(), utc_now()
    known = _kept(actor, number, now)
    with nullcontext() if known else grids_rehearse_kept.reckoning:
        return _perform(actor, number, now)


def replay(number: int) -> tuple[Replay, Time]:
    """Return where each case of the asked time was and would be. Raises: as `run`."""
    actor, now = current_actor(), utc_now()
    known = _kept(actor, number, now)
    if known is not None:
        return known[0].replay, known[1]
    found = run(number)
    return found.found.replay, found.time


def forget(number: int) -> None:
    """Forget what was reckoned for the asked time, so that it is reckoned anew."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        draft = version_of(session, actor, number)
        reference = references.of(session, actor.district_code)
        time = rehearsal_times.read(request.args, session, reference, now)
        grids_rehearse_kept.forget(_stamp(draft, reference, time))


def _stamp(draft: GridVersion, reference: references.Reference, time: Time) -> Stamp:
    return grids_rehearse_kept.stamp_of(draft, reference, time.since, time.last)


def _kept(actor: Actor, number: int, now: datetime) -> tuple[Kept, Time] | None:
    with read_only() as session:
        draft = version_of(session, actor, number)
        reference = references.of(session, actor.district_code)
        time = rehearsal_times.read(request.args, session, reference, now)
    known = grids_rehearse_kept.find(_stamp(draft, reference, time))
    return None if known is None else (known, time)


def _perform(actor: Actor, number: int, now: datetime) -> Run:
    with read_only() as session:
        draft = version_of(session, actor, number)
        reference = references.of(session, actor.district_code)
        time = rehearsal_times.read(request.args, session, reference, now)
        stamp = _stamp(draft, reference, time)
        known = grids_rehearse_kept.find(stamp)
        script = grids_rehearse.gather(
            session,
            draft,
            since=time.since,
            now=now,
            until=known.until if known else time.until,
            replay=known.replay if known else None,
        )
    # Outside the transaction: PostgreSQL ends one that idles while this reckons.
    found = grids_rehearse.perform(script)
    grids_rehearse_kept.keep(stamp, Kept(script.until, found.replay))
    return Run(script, found, time, now)
