"""What comes with an act of a random walk: the words, pictures and targets the table asks for."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.workflow import REASONS, Action
from gridgov.services import grids_borders, standing
from gridgov.services import reference as references
from gridgov.services.effects import Given, StoredPhoto
from gridgov.storage import cases, people
from gridgov.storage.cases import ASSIST, Case
from tests.support.acts import DISTRICT, GRID, inside

MINUTE = timedelta(minutes=1)
TARGETS = ("lead", "lead", "unit:CG", "unit:ZJSL", "unit:ZX")
SUPERVISIONS = ("ordinary", "yellow", "red")
WITH_PHOTO = frozenset(
    {Action.RESOLVE, Action.SELF_RESOLVE, Action.ADD, Action.ANSWER, Action.CONFIRM}
)
Values = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """Who is about to do what, with which luck; `others` are cases it could be merged into."""

    rng: random.Random
    now: datetime
    session: Session
    case: Case
    by: Actor
    others: list[UUID]

    def photo(self) -> StoredPhoto:
        """A picture nobody sent before."""
        return StoredPhoto(self.rng.randbytes(32).hex(), 800, 600)

    def grid(self) -> str:
        """The grid of the sample's worker, or one next to it."""
        net = references.of(self.session, DISTRICT).net
        near = [one.code for one in grids_borders.neighbours(net, GRID)]
        return self.rng.choice([GRID, GRID, *near])


def given(look: Look, action: Action) -> Given:
    """Return what comes with an action; now and then somebody forgets a part."""
    rng, reasons = look.rng, REASONS.get(action, ())
    values: Values = {"text": "如实说明", "photos": ()}
    if action in WITH_PHOTO:
        values["photos"] = (look.photo(),)
    if reasons:
        values["reason"] = rng.choice(reasons)
    more = MORE.get(action)
    if more is not None:
        values |= more(look)
    if rng.random() < 0.04:
        values.pop(rng.choice(sorted(values)))
    return Given(**values)


def _target(look: Look) -> Values:
    place, inboxes = look.case.duty, references.of(look.session, DISTRICT).inboxes
    town = inboxes.get(place.town_code or DISTRICT)
    units = (f"unit:V{place.village_code}", f"unit:{town}")
    return {
        "target": look.rng.choice((*TARGETS, *units)),
        "required": look.rng.random() < 0.5,
    }


def _colleague(look: Look) -> Values:
    unit = people.of_unit(look.session, DISTRICT, look.case.unit_code)
    known = sorted(unit, key=lambda one: unit[one])
    return {"target": f"person:{look.rng.choice(known)}" if known else "person:"}


def _next_door(look: Look) -> Values:
    net, home = references.of(look.session, DISTRICT).net, look.case.home_grid
    if home is None or net.find(home) is None:
        return {"target": GRID}
    near = [one.code for one in grids_borders.neighbours(net, home)]
    return {"target": look.rng.choice([GRID, *near])}


def _own_task(look: Look) -> Values:
    tasks = _assists(look)
    mine = [one for one in tasks if standing.holds(one, look.by)]
    return _one_of(look, mine or tasks)


def _some_task(look: Look) -> Values:
    return _one_of(look, _assists(look))


def _assists(look: Look) -> list[cases.Task]:
    return [one for one in cases.open_tasks(look.session, look.case.id) if one.kind == ASSIST]


def _one_of(look: Look, tasks: list[cases.Task]) -> Values:
    return {"task_id": look.rng.choice(tasks).id if tasks else uuid4()}


def _target_day(look: Look) -> Values:
    early = look.rng.random() < 0.5
    return {"until": look.now + look.rng.randint(1, 600) * MINUTE} if early else {}


MORE: Mapping[Action, Callable[[Look], Values]] = {
    Action.DISPATCH: _target,
    Action.RULE: _target,
    Action.ASK_VERIFY: _target,
    Action.CALL_IN: _target,
    Action.NAME_PERSON: _colleague,
    Action.HAND_NEIGHBOUR: _next_door,
    Action.FINISH_TASK: _own_task,
    Action.WAIVE_TASK: _some_task,
    Action.INSTRUCT: _target_day,
    Action.TRANSFER: lambda _look: {"target": "区法院", "receipt": "2026-1"},
    Action.CORRECT_SPOT: lambda look: {"position": inside(look.session, look.grid())},
    Action.MERGE: lambda look: {"case_id": look.rng.choice(look.others)},
    Action.SUPERVISE: lambda look: {"level": look.rng.choice(SUPERVISIONS)},
    Action.ASK_EXTENSION: lambda look: {
        "until": look.case.due_at + look.rng.randint(10, 1500) * MINUTE
    },
    Action.ASK_SUSPENSION: lambda look: {"until": look.now + look.rng.randint(60, 50_000) * MINUTE},
}
