"""The nets a process knows: a draft's follows its steps without being read again."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.roles import Actor
from gridgov.services import grids, grids_edit, grids_look, nets
from gridgov.services import reference as references
from gridgov.storage import areas, grid_past
from gridgov.storage.areas import GridVersion
from gridgov.storage.ids import new_id
from tests.support.acts import DISTRICT, GRID, NOON, case_of, report
from tests.support.edited_nets import a_line

BY = Actor.system(DISTRICT)
VILLAGE = GRID[:-3]
Step = Callable[[Session, GridVersion], object]


def draft_of(session: Session) -> GridVersion:
    return grids.copy_active(session, DISTRICT, by=BY, now=NOON)


def as_stored(session: Session, draft: GridVersion) -> dict[str, dict[str, Any]]:
    return {row["code"]: {**row} for row in areas.rows_of(session, draft)}


def as_known(session: Session, draft: GridVersion) -> dict[str, dict[str, Any]]:
    """The net as the process knows it, as rows."""
    ground = nets.of_version(session, draft)
    landmarks = {code: list(marks) for code, marks in ground.landmarks.items()}
    assert {
        area.code: tuple(mark["name"] for mark in landmarks.get(area.code, ()))
        for area in ground.net.areas()
    } == {area.code: area.landmarks for area in ground.net.areas()}
    return {area.code: areas.row_of(area, landmarks) for area in ground.net.areas()}


def assert_known_as_stored(session: Session, draft: GridVersion) -> None:
    known, stored = as_known(session, draft), as_stored(session, draft)
    assert list(known) == list(stored)
    for code, row in stored.items():
        assert shapely.equals_identical(known[code].pop("geometry"), row.pop("geometry")), code
        assert known[code] == row


def split(code: str = GRID, turn: float = 1.5) -> Step:
    def step(session: Session, draft: GridVersion) -> object:
        ground = areas.find_areas(session, draft, [code])[0]["geometry"]
        return grids_edit.split(session, draft, code, a_line(ground, turn), by=BY, now=NOON)

    return step


def rename(name: str, code: str = GRID) -> Step:
    return lambda session, draft: grids_edit.rename(
        session, draft, code, name, name, by=BY, now=NOON
    )


def market(session: Session, draft: GridVersion) -> object:
    ground = areas.find_areas(session, draft, [GRID])[0]["geometry"].centroid.buffer(1e-4)
    return grids_edit.add_professional(
        session, draft, ground, "市场", ["0101"], VILLAGE, by=BY, now=NOON
    )


def undo(session: Session, draft: GridVersion) -> object:
    return grids_edit.undo_edit(session, draft, by=BY, now=NOON)


def test_every_step_and_every_step_back_is_followed(rolled: Session) -> None:
    draft = draft_of(rolled)
    assert_known_as_stored(rolled, draft)
    other = "440608004025007"
    for step in (market, rename("甲"), split(), undo, split(turn=0.3), split(other), undo, undo):
        step(rolled, draft)
        assert_known_as_stored(rolled, draft)
    # Several at once, back over steps that are known and on to others.
    for step in (undo, undo, rename("乙"), split(), rename("丙", other)):
        step(rolled, draft)
    assert_known_as_stored(rolled, draft)


def test_a_known_draft_is_not_read_again(rolled: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = draft_of(rolled)
    before = grids.net_of(rolled, draft)

    def read(*_args: object) -> list[areas.Row]:
        raise AssertionError("the whole net was read")

    monkeypatch.setattr(areas, "rows_of", read)
    monkeypatch.setattr(areas, "areas_near", read)
    split()(rolled, draft)
    after = grids.net_of(rolled, draft)
    assert before.find(GRID) is not None and after.find(GRID) is None
    shared = before.area("440608107")
    assert after.area(shared.code) is shared, "what no step touched is not made anew"
    undo(rolled, draft)
    assert grids.net_of(rolled, draft).find(GRID) is not None


def test_a_step_that_was_rolled_back_leaves_nothing_in_the_net(rolled: Session) -> None:
    draft = draft_of(rolled)
    rolled.flush()
    assert_known_as_stored(rolled, draft)
    revision = draft.revision
    inner = rolled.begin_nested()
    rename("不算数")(rolled, draft)
    assert grids.net_of(rolled, draft).area(GRID).name == "不算数"
    inner.rollback()
    rolled.expire_all()
    assert draft.revision == revision
    assert_known_as_stored(rolled, draft)
    rename("算数")(rolled, draft)
    assert_known_as_stored(rolled, draft)


def test_a_change_that_was_no_step_is_read(rolled: Session) -> None:
    draft = draft_of(rolled)
    assert grids.net_of(rolled, draft).find(GRID) is not None
    areas.remove_areas(rolled, draft, [GRID])
    draft.revision = new_id()
    rolled.flush()
    assert grids.net_of(rolled, draft).find(GRID) is None


def test_halves_are_what_a_split_would_make_and_nothing_is_written(rolled: Session) -> None:
    draft = draft_of(rolled)
    line = a_line(grids.net_of(rolled, draft).area(GRID).geometry, 1.5)
    looked = grids_edit.halves(rolled, draft, GRID, line)
    assert grids_edit.steps(rolled, draft) == []
    made = grids_edit.split(rolled, draft, GRID, line, by=BY, now=NOON)
    assert [row["code"] for row in looked.rows] == [row["code"] for row in made.after[:2]]
    assert made.carry == {GRID: looked.rows[looked.larger]["code"]}


def test_neighbours_come_first_and_all_are_of_the_village(rolled: Session) -> None:
    net = references.of(rolled, DISTRICT).net
    grid = net.area(GRID)
    found = grids_look.beside(net, grid)
    village = {one.code for one in net.children(VILLAGE) if one.kind is AreaKind.GRID}
    assert {area.code for area, _touches in found} == village - {GRID}
    touching = [touches for _area, touches in found]
    assert touching == sorted(touching, reverse=True) and touching[0] and not touching[-1]
    for area, touches in found:
        assert touches == area.geometry.intersects(grid.geometry)


def test_people_of_a_split_grid_are_those_it_was_split_from(rolled: Session) -> None:
    draft = draft_of(rolled)
    had = grids_look.people_of(rolled, draft, GRID, NOON)
    assert [kind for _name, kind in had] == ["lead", "deputy"]
    ground = grids.net_of(rolled, draft).area(GRID).geometry
    line = a_line(ground, 1.5)
    step = grids_edit.split(rolled, draft, GRID, line, by=BY, now=NOON, heir=1)
    first, second = (row["code"] for row in step.after[:2])
    assert grids_look.people_of(rolled, draft, second, NOON) == had
    assert grids_look.people_of(rolled, draft, first, NOON) == ()


def test_the_load_counts_the_cases_of_ninety_days_on_the_ground(rolled: Session) -> None:
    reference = references.of(rolled, DISTRICT)
    ground = reference.net.area(GRID).geometry
    today = reference.local_day(NOON)
    elsewhere = reference.net.area("440608107").geometry
    before = grids_look.load_of(rolled, DISTRICT, [ground, elsewhere], today)
    case = case_of(rolled, report(rolled))
    assert case.received_on == today
    after = grids_look.load_of(rolled, DISTRICT, [ground, elsewhere], today)
    assert (before.until, after.until) == (today, today)
    assert after.counts == (before.counts[0] + 1, before.counts[1])
    newest = grid_past.newest(rolled, DISTRICT)  # of the sample it is the day it was loaded
    assert newest is not None
    past = grids_look.load_of(rolled, DISTRICT, [ground], max(today, newest) + 2 * grids_look.PAST)
    assert past.until == newest, "a district that has nothing as new: up to its last case"
    assert past.counts[0] >= 1
