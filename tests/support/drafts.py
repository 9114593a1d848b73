"""Drafts for tests of pages: the worker's grid split in two, by the services."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gridgov.domain.roles import Actor
from gridgov.services import grids, grids_edit, grids_roster
from gridgov.storage import people
from gridgov.storage.session import unit_of_work
from tests.support.acts import DISTRICT, GRID
from tests.support.edited_nets import a_line

BY = Actor.system(DISTRICT)
# People of the sample who lead other grids and may have one more.
LEAD, DEPUTY = "w0500", "w0502"


@dataclass(frozen=True)
class SplitDraft:
    """A draft in which a grid is split: `manned` keeps its people, `vacant` has none yet."""

    number: int
    grid: str
    manned: str
    vacant: str


def split_draft(grid: str = GRID, turn: float = 1.5, *, manned: bool = False) -> SplitDraft:
    """Commit a draft with one grid split along a straight line; `manned` plans who begins."""
    now = datetime.now(UTC)
    with unit_of_work() as session:
        draft = grids.copy_active(session, DISTRICT, by=BY, now=now, note="一分为二")
        ground = grids.net_of(session, draft).area(grid).geometry
        assert ground is not None
        step = grids_edit.split(session, draft, grid, a_line(ground, turn), by=BY, now=now)
        keeps = step.carry[grid]
        vacant = next(row["code"] for row in step.after[:2] if row["code"] != keeps)
        made = SplitDraft(draft.number, grid, keeps, vacant)
    if manned:
        plan(made)
    return made


def plan(made: SplitDraft) -> None:
    """Plan who begins in the half that nobody has."""
    with unit_of_work() as session:
        lead, deputy = (people.by_username(session, name) for name in (LEAD, DEPUTY))
        assert lead is not None
        assert deputy is not None
        grids_roster.plan(
            session,
            grids.version(session, DISTRICT, made.number),
            made.vacant,
            lead=lead.id,
            deputies=[deputy.id],
            by=BY,
            now=datetime.now(UTC),
        )
