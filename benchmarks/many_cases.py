"""Fill a district with very many cases in bulk: cases, facts, and what stands behind them.

    python -m benchmarks.many_cases DATABASE_URL CASES [--messages]

A case lives one of six lives. What a life adds to the counters is folded once for each day,
by the same function that folds the log, and multiplied by how many cases live it in each
area: so ten million cases cost 64,000 folds. Grids stand in a few groups of which each has
the same number, and the database writes out what was counted once for a group. With
`--messages` (small numbers) the log is written as well, and `gridgov facts rebuild --check`
finds nothing to say.
"""  # noqa: D205

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any, cast
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table, insert, update
from sqlalchemy.orm import Session

from benchmarks.staging import (
    AREA_CODES,
    MOST,
    Areas,
    Multiplied,
    Path,
    hurried,
    members,
    spread,
)
from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.domain.areas import AreaKind
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicators import Rows, fold
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import reference as references
from gridgov.services.indicators import PROJECTOR
from gridgov.storage import case_facts, facts, messages
from gridgov.storage.base import db
from gridgov.storage.case_facts import CaseFact
from gridgov.storage.cases import Case
from gridgov.storage.messages import ConsumerCursor, Message, MessagePosition
from gridgov.storage.session import unit_of_work

DISTRICT = "440608"
LAST = date(2026, 10, 31)
DAYS = 1826
PLACES = ("D", "T", "V", "G")
UNITS, CHANNELS = ("", "CG", "ZJSL", "ZX"), ("snap", "patrol", "hotline", "wechat")
FEW_CASES, GROUPS_OF_A_TOWN = 50_000, 3
_IN = {"accepted": True, "registered": True, "dispatched": True}
_SIGNED = {**_IN, "responded": 40, "response": True}

Step = tuple[int, Action, CaseState, dict[str, Any]]
_SUBMIT: Step = (0, Action.SUBMIT, CaseState.SUBMITTED, {})
_GIVEN: Step = (0, Action.DISPATCH, CaseState.DISPATCHED, {"passed": _IN})
_SIGN: Step = (0, Action.SIGN, CaseState.HANDLING, {"passed": _SIGNED})
_LATE: Step = (4, Action.MARK_OVERDUE, CaseState.HANDLING, {"overdue": True})


def _done(day: int, *, on_time: bool) -> list[Step]:
    passed = {**_SIGNED, "handled": on_time}
    closed = {"passed": passed, "overdue": False, "closed_after": 1440 * day + 300}
    return [
        (day, Action.RESOLVE, CaseState.RESOLVED, {"passed": passed}),
        (day, Action.CHECK_PASS, CaseState.CLOSED, {**closed, "on_time": on_time}),
    ]


_RATED = {**_SIGNED, "handled": True, "solved": True, "satisfaction": "satisfied"}
_BACK = {**_SIGNED, "returned": True, "moved": True}
LIVES: tuple[list[Step], ...] = (
    [_SUBMIT, _GIVEN, _SIGN, *_done(0, on_time=True)],
    [_SUBMIT, _GIVEN, _SIGN, *_done(2, on_time=True)]
    + [(3, Action.RATE, CaseState.CLOSED, {"passed": _RATED})],
    [_SUBMIT, _GIVEN, _SIGN, _LATE, *_done(6, on_time=False)],
    [_SUBMIT, (1, Action.REJECT, CaseState.REJECTED, {"valid": False})],
    [_SUBMIT, _GIVEN, _SIGN, _LATE, *_done(12, on_time=False)],
    [
        *(_SUBMIT, _GIVEN, _SIGN),
        (1, Action.RETURN, CaseState.REGISTERED, {"passed": _BACK}),
        (1, Action.DISPATCH, CaseState.DISPATCHED, {"passed": _BACK}),
        *_done(5, on_time=False),
    ],
)
DUE_IN = 3
Lived = list[tuple[FactView | None, FactView, Action, date]]


@dataclass(frozen=True)
class Ground:
    """The grids of a district in groups: of a group, each grid has the same number of cases.

    A group is made of whole villages of one town, so that its facts, times the number of
    grids, are those of each of its villages.
    """

    groups: list[list[Path]]

    @property
    def grids(self) -> int:
        """Return how many grids there are."""
        return sum(map(len, self.groups))

    @property
    def areas(self) -> Areas:
        """Return each village and grid with the name of its group, and how often it counts."""
        found: Areas = {}
        for number, paths in enumerate(self.groups):
            villages = Counter(path[2] for path in paths)
            found |= {code: (f"V{number}", many) for code, many in villages.items()}
            found |= {path[3]: (f"G{number}", 1) for path in paths}
        return found

    @classmethod
    def of(cls, session: Session, cases: int) -> "Ground":
        """Read them from the active net; many cases come in few groups."""
        net = references.of(session, DISTRICT).net
        paths = [tuple(step.code for step in net.path(g.code)) for g in net.areas(AreaKind.GRID)]
        groups: dict[tuple[str, int], list[Path]] = defaultdict(list)
        villages: dict[str, int] = {}
        for path in sorted(path for path in paths if len(path) == len(PLACES)):
            district, town, village, grid = path
            number = villages.setdefault(village, len(villages))
            if cases > FEW_CASES:
                number %= GROUPS_OF_A_TOWN
            groups[town, number].append((district, town, village, grid))
        return cls(list(groups.values()))


def lived(day: date, number: int) -> Lived:
    """Return the messages of a life that began on a day, as far as it went."""
    view = FactView(
        valid=True,
        closed=False,
        on_time=False,
        confidential=False,
        areas=PLACES,
        received_on=day,
        due_on=day + timedelta(days=DUE_IN),
        category=f"0{1 + number}0{1 + day.toordinal() % 7}",
        unit=UNITS[(number + day.toordinal()) % len(UNITS)],
        channel=CHANNELS[day.toordinal() % len(CHANNELS)],
        level="grid",
        cell=f"22.9{day.toordinal() % 97:02},112.8{number}{day.toordinal() % 9}",
        hour=24 * day.weekday() + (9 + number) % 24,
    )
    found: Lived = []
    before: FactView | None = None
    for offset, action, state, changes in LIVES[number]:
        on = day + timedelta(days=offset)
        if on > LAST:
            break
        closed = state is CaseState.CLOSED
        view = replace(view, **{"state": str(state), "closed": closed, **changes})
        found.append((before, view, action, on))
        before = view
    return found


def fill(session: Session, cases: int, *, with_messages: bool = False) -> int:
    """Write so many cases, spread over five years, and return how many it became."""
    ground = Ground.of(session, cases)
    rng = np.random.default_rng(20261122)
    shares = np.array([0.3, 0.35, 0.1, 0.05, 0.05, 0.15])
    mean = cases / (DAYS * ground.grids) * shares
    rows: Rows = {}
    staged: list[Staged] = []
    tables = [cast(Table, model.__table__) for model in (Case, CaseFact)]
    with hurried(session, tables):
        stage = Staging(session, ground, *tables)
        for back in range(DAYS - 1, -1, -1):
            day = LAST - timedelta(days=back)
            numbers = rng.poisson(mean, (len(ground.groups), len(shares))).clip(max=MOST)
            for life in range(len(shares)):
                lives = stage.take(lived(day, life), numbers[:, life])
                _count(rows, lives, ground)
                staged += lives
            if day.day == 1 or back == 0:
                facts.add(session, DISTRICT, rows)
                stage.write(staged, with_messages=with_messages)
                rows, staged = {}, []
        spread(session, DISTRICT, ground.areas)
    stage.end()
    return stage.written


@dataclass(frozen=True)
class Staged:
    """All cases of one life that began in one group of grids on one day: `many` in each."""

    prototype: int
    many: int
    history: Lived
    group: int

    def key(self) -> dict[str, Any]:
        """Return what multiplies it."""
        return {"p": self.prototype, "n": self.many, "g": self.group}


def _count(rows: Rows, lives: Sequence[Staged], ground: Ground) -> None:
    """Add what one life adds to the counters, times how many live it in each area.

    Villages and grids are counted once for a group, under its name.
    """
    if not lives:
        return
    one: Rows = {}
    for before, after, action, on in lives[0].history:
        fold(before, after, action, on, one)
    places: dict[str, Counter[str]] = {place: Counter() for place in PLACES}
    for live in lives:
        paths = ground.groups[live.group]
        places["D"][DISTRICT] += live.many * len(paths)
        places["T"][paths[0][1]] += live.many * len(paths)
        places["V"][f"V{live.group}"] += live.many
        places["G"][f"G{live.group}"] += live.many
    for key, counts in one.items():
        changed = [(counter, number) for counter, number in counts.items() if number]
        for name, many in places[key.area_code].items():
            kept = rows.setdefault(key._replace(area_code=name), Counter())
            for counter, number in changed:
                kept[counter] = kept.get(counter, 0) + number * many


class Staging:
    """One row for all cases of one life, day and group; the database multiplies them."""

    def __init__(self, session: Session, ground: Ground, cases: Table, seen: Table) -> None:
        """Make the tables that multiply."""
        self.session, self.ground, self.prototypes, self.written = session, ground, 0, 0
        self.position = messages.last_position(session, DISTRICT)
        grids = members(session, ground.groups)
        view = lived(LAST, 0)[0][1]
        self.facts = Multiplied(session, seen, "case_id", list(fact_row(view)), grids)
        self.cases = Multiplied(session, cases, "id", list(case_row(view)), grids)

    def take(self, history: Lived, numbers: NDArray[np.int64]) -> list[Staged]:
        """Return a life with its number in each grid of each group that has any."""
        found: list[Staged] = []
        for group in map(int, np.nonzero(numbers)[0]):
            self.prototypes += 1
            found.append(Staged(self.prototypes, int(numbers[group]), history, group))
            self.written += found[-1].many * len(self.ground.groups[group])
        return found

    def write(self, staged: Sequence[Staged], *, with_messages: bool) -> None:
        """Write the cases of a month."""
        if not staged:
            return
        self.facts.write([one.key() | fact_row(one.history[-1][1]) for one in staged])
        self.cases.write([one.key() | case_row(one.history[-1][1]) for one in staged])
        if with_messages:
            rows = [row for one in staged for row in self._told(one)]
            self.session.execute(insert(Message), rows)

    def _told(self, one: Staged) -> Iterator[dict[str, Any]]:
        places = list(enumerate(self.ground.groups[one.group]))
        for (m, path), k in product(places, range(one.many)):
            views = [replace(after, areas=path) for _before, after, _act, _on in one.history]
            for seq, (_before, _after, action, on) in enumerate(one.history):
                self.position += 1
                before = None if seq == 0 else views[seq - 1]
                yield {
                    "district_code": DISTRICT,
                    "position": self.position,
                    "kind": "case.opened" if before is None else "case.moved",
                    "case_id": UUID(int=(one.prototype << 64) + m * MOST + k),
                    "entry_seq": seq + 1,
                    "at": datetime.combine(on, time(4), UTC),
                    "body": {
                        "action": str(action),
                        "from": None if before is None else before.state,
                        "to": views[seq].state,
                        "before": None if before is None else before.as_json(),
                        "after": views[seq].as_json(),
                        "areas": list(path),
                        "confidential": False,
                    },
                }

    def end(self) -> None:
        """Let the log and the folder stand at the end of what was written."""
        for model in (MessagePosition, ConsumerCursor):
            query = update(model).where(model.district_code == DISTRICT)
            if model is ConsumerCursor:
                query = query.where(ConsumerCursor.consumer == PROJECTOR)
            self.session.execute(query.values(position=self.position))


def fact_row(view: FactView) -> dict[str, Any]:
    """Return how the counters saw a case last, but for where it lies."""
    row = case_facts.row_of(UUID(int=0), view)
    return {name: value for name, value in row.items() if name not in {"case_id", *AREA_CODES}}


def case_row(view: FactView) -> dict[str, Any]:
    """Return the row of a case: what lists and the open index need of it."""
    received = datetime.combine(view.received_on, time(4), UTC)
    due = datetime.combine(view.due_on, time(9), UTC)
    closed = received + timedelta(days=2) if view.closed else None
    # What the timetable has not marked is not due yet, whenever the benchmark runs.
    limit = due if view.overdue or view.closed else datetime(2099, 1, 1, tzinfo=UTC)
    nothing = dict.fromkeys(("rework_count", "return_count", "reopen_count", "info_count"), 0)
    return {
        "category_code": view.category,
        "catalogue_version": 1,
        "severity": 2,
        "confidential": False,
        "grid_version": 1,
        "place": "",
        "routing": {},
        "level": "grid",
        "state": view.state,
        "received_at": received,
        "received_on": view.received_on,
        "stage_due_at": due,
        "due_at": due,
        "limit_at": limit,
        "handle_since": received,
        "stage_since": received,
        "updated_at": received,
        "closed_at": closed,
        "overdue_at": due if view.overdue else None,
        "history_hash": "",
        "history_seq": 1,
        "due_provisional": False,
        "report_count": 1,
        "ruled": False,
        "self_handled": False,
        "extension_count": 0,
        "channel": view.channel,
        "passed": dict(view.passed),
        **nothing,
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Fill a district with very many cases.")
    parser.add_argument("database_url")
    parser.add_argument("cases", type=int)
    parser.add_argument("--messages", action="store_true", help="write the log as well")
    asked = parser.parse_args()
    app = create_app(Settings(database_url=asked.database_url))
    with app.app_context():
        with unit_of_work() as session:
            print(f"{fill(session, asked.cases, with_messages=asked.messages):,} cases")
        db.engine.dispose()


if __name__ == "__main__":
    main()
