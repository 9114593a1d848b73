"""The net changes while reports come in and workers act: nobody falls between two versions."""

import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import shapely
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import Conflict, GridgovError
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import OPEN_STATES, Action
from gridgov.jobs import timetable
from gridgov.services import (
    grids,
    grids_activate,
    grids_edit,
    grids_rehearse,
    history,
    imports,
)
from gridgov.services import reference as references
from gridgov.services.imports import Outcome, PastRequest
from gridgov.storage import areas, grid_changes, messages
from gridgov.storage.areas import GridVersion
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import DISTRICT, GRID, NOON, do, holder, man, pin, report
from tests.support.edited_nets import a_line
from tests.support.threads import at_once, lost, won

BY = Actor.system(DISTRICT)
VILLAGE = GRID[:12]
LATER = NOON + timedelta(minutes=10)
WRITERS, EACH = 4, 5
PATIENCE_S = 60


def split_in_a_draft(turn: float = 1.5) -> GridVersion:
    """Commit a draft in which the first unit grid of the worker's village is split in two."""
    with unit_of_work() as session:
        draft = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
        units = grids.net_of(session, draft).children(VILLAGE)
        one = next(area for area in units if area.kind is AreaKind.GRID)
        line = a_line(one.geometry, turn)
        step = grids_edit.split(session, draft, one.code, line, by=BY, now=NOON)
        vacant = {row["code"] for row in step.after[:2]} - set(step.carry.values())
        man(session, draft, vacant.pop())
        return draft


def spots(count: int, seed: int) -> list[LonLat]:
    """Positions all over the worker's village."""
    with read_only() as session:
        ground = references.of(session, DISTRICT).net.area(VILLAGE).geometry
    rng = random.Random(seed)
    west, south, east, north = ground.bounds
    found: list[LonLat] = []
    while len(found) < count:
        spot = LonLat(lon=rng.uniform(west, east), lat=rng.uniform(south, north))
        if shapely.contains_xy(ground, spot.lon, spot.lat):
            found.append(spot)
    return found


def residents(places: list[LonLat], made: list[UUID]) -> Callable[[], None]:
    """Somebody who reports at one place after the other."""

    def run() -> None:
        for spot in places:
            with unit_of_work() as session:
                case = report(session, position=pin(spot), client_token=uuid4().hex).case
            made.append(case.id)

    return run


def workers(made: list[UUID], rounds: int) -> Callable[[], None]:
    """Whoever has a case that was just reported signs it, as fast as they come."""

    def run() -> None:
        for turn in range(rounds):
            if turn >= len(made):
                time.sleep(0.01)
                continue
            try:
                with unit_of_work() as session:
                    case = session.get_one(Case, made[turn])
                    if case.state == "dispatched":
                        by = holder(session, case.assignee_id, case.unit_code, NOON)
                        do(session, case, Action.SIGN, by, LATER)
            except GridgovError:
                pass  # it was handed to somebody else at that moment

    return run


def changing(act: Callable[[Session], GridVersion]) -> Callable[[], int]:
    """Somebody who changes the net in the middle of the traffic."""

    def run() -> int:
        time.sleep(0.1)
        with unit_of_work() as session:
            number = act(session).number
        timetable.hand_over()
        return number

    return run


def activate(draft: GridVersion) -> Callable[[Session], GridVersion]:
    return lambda session: grids_activate.activate(session, draft, by=BY, now=LATER)


def undo(version: GridVersion) -> Callable[[Session], GridVersion]:
    return lambda session: grids_activate.undo_activation(session, version, by=BY, now=LATER)


def assert_sound(made: list[UUID]) -> None:
    """Every report lies in the one version of its moment, and every open case in today's."""
    timetable.hand_over()
    with read_only() as session:
        known = {v.number: grids.net_of(session, v) for v in grids.versions(session, DISTRICT)}
        active = references.of(session, DISTRICT).net
        assert [v.status for v in grids.versions(session, DISTRICT)].count("active") == 1
        cases = {case.id: case for case in session.scalars(select(Case))}
        for case in map(cases.__getitem__, made):
            spot = LonLat(lon=case.lon, lat=case.lat)
            assert case.grid_code == known[case.grid_version].covering(spot)[0]
            if case.state in OPEN_STATES:
                assert case.duty.grid_code == active.covering(spot)[0], case.number
        assert of_their_moment(session, cases) >= len(made)
        assert not grid_changes.is_waiting(session, DISTRICT)
        assert history.verify(session, DISTRICT)[1] is None


def of_their_moment(session: Session, cases: dict[UUID, Case]) -> int:
    """Read the log: what was opened after a change has the version it made active, no other."""
    version, opened = 1, 0
    for message in messages.after(session, DISTRICT, 0, limit=100_000):
        if message.kind == "grids.activated":
            version = message.body["version"]
        elif message.kind == "case.opened":
            assert cases[message.case_id].grid_version == version
            opened += 1
    return opened


def under_traffic(app: Flask, act: Callable[[Session], GridVersion], seed: int) -> list[UUID]:
    """Change the net while residents report and workers sign."""
    made: list[UUID] = []
    crowd = [residents(spots(EACH, seed + n), made) for n in range(WRITERS)]
    results = at_once(app, [*crowd, workers(made, 3 * WRITERS * EACH), changing(act)])
    assert not lost(results), results
    assert len(made) == WRITERS * EACH
    return made


def test_every_report_lands_in_one_version_while_the_net_changes_and_back(app: Flask) -> None:
    draft = split_in_a_draft()
    made = under_traffic(app, activate(draft), seed=1)
    assert_sound(made)
    made += under_traffic(app, undo(draft), seed=50)
    assert_sound(made)
    with read_only() as session:
        assert references.of(session, DISTRICT).net.version == 1


def test_a_change_waits_for_the_report_that_is_being_routed(app: Flask) -> None:
    draft = split_in_a_draft()
    (spot,) = spots(1, seed=3)
    routed, go_on = threading.Event(), threading.Event()
    changed: list[float] = []

    def slow_resident() -> UUID:
        with unit_of_work() as session:
            case = report(session, position=pin(spot)).case
            session.flush()
            routed.set()
            go_on.wait(PATIENCE_S)
            return case.id

    def office() -> None:
        assert routed.wait(PATIENCE_S)
        threading.Timer(0.3, go_on.set).start()
        with unit_of_work() as session:
            activate(draft)(session)
            changed.append(time.monotonic())
            assert go_on.is_set(), "the net changed under a report"

    results = at_once(app, [slow_resident, office])
    assert not lost(results), results
    assert_sound([results[0]])


def test_of_two_drafts_activated_at_once_one_wins(app: Flask) -> None:
    drafts = [split_in_a_draft(0.3), split_in_a_draft(1.2)]
    results = at_once(app, [changing(activate(draft)) for draft in drafts])
    (number,) = won(results)
    (error,) = lost(results)
    assert isinstance(error, Conflict), repr(error)
    with read_only() as session:
        assert references.of(session, DISTRICT).net.version == number
    assert_sound([])


def test_of_two_who_undo_at_once_one_wins(app: Flask) -> None:
    draft = split_in_a_draft()
    with unit_of_work() as session:
        activate(draft)(session)
    results = at_once(app, [changing(undo(draft))] * 2)
    assert won(results) == [1]
    assert isinstance(lost(results)[0], grids_activate.TooLateToUndo)
    assert_sound([])


def test_what_a_crash_left_waiting_the_timetable_hands_over(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridgov.services.grids_move.BATCH", 2)
    draft = split_in_a_draft()
    made: list[UUID] = []
    residents(spots(30, seed=9), made)()
    with unit_of_work() as session:
        activate(draft)(session)
    with read_only() as session:
        assert grids_activate.waiting_count(session, draft.id) > 2
    assert timetable.hand_over() > 2
    assert timetable.hand_over() == 0
    assert_sound(made)


def test_rows_made_for_the_net_before_are_not_written_after_the_change(app: Flask) -> None:
    (spot,) = spots(1, seed=21)
    draft = split_in_a_draft()
    with read_only() as session:
        reference = references.of(session, DISTRICT)
    told = PastRequest(
        external_id="N1",
        opened_at=NOON,
        outcome=Outcome.OPEN,
        category_code="0101",
        placement=reference.net.locate(spot),
        position=spot,
    )
    batch = imports.prepare([told], reference, source="file", now=LATER)
    with unit_of_work() as session:
        activate(draft)(session)
    with pytest.raises(Conflict), unit_of_work() as session:
        imports.write(session, batch)


def test_a_rehearsal_is_performed_without_a_transaction(app: Flask) -> None:
    """A million positions take seconds: PostgreSQL would end a transaction that idles so long."""
    made: list[UUID] = []
    residents(spots(5, seed=2), made)()
    draft = split_in_a_draft()
    with read_only() as session:
        script = grids_rehearse.gather(session, draft, since=NOON - timedelta(days=30), now=LATER)
    found = grids_rehearse.perform(script)
    assert found.outcome.cases >= 5
    assert {row.code for row in found.outcome.grids} >= set(found.outcome.vacant)
    assert all(found.names[row.person] for row in found.outcome.workers)


def test_after_a_restart_every_version_gives_the_same_answers(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = split_in_a_draft()
    with unit_of_work() as session:
        activate(draft)(session)
    places = spots(60, seed=11)

    def answers() -> list[Any]:
        with read_only() as session:
            nets = [grids.net_of(session, v) for v in areas.versions(session, DISTRICT)]
            nets.append(references.of(session, DISTRICT).net)
            return [net.locate(spot).as_record() for net in nets for spot in places]

    before = answers()
    monkeypatch.setattr("gridgov.services.nets._known", {})
    monkeypatch.setattr("gridgov.services.reference._kept", {})
    assert answers() == before
