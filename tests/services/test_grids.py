"""Drafts of the net: steps, taking them back, rehearsing; nothing is live before its time."""

import contextlib
from datetime import timedelta

import pytest
import shapely
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.roles import Actor
from gridgov.services import grids, grids_edit, grids_rehearse, nets
from gridgov.services import reference as references
from gridgov.services.grids_borders import neighbours
from gridgov.storage import areas
from gridgov.storage.areas import GridVersion
from gridgov.storage.base import db
from gridgov.storage.session import WRITE
from tests.support.acts import DISTRICT, GRID, NOON, case_of, inside, person, pin, report
from tests.support.edited_nets import a_line, assert_exactly_one_owner

BY = Actor.system(DISTRICT)
NEIGHBOUR = "440608004025007"
VILLAGE = "440608004025"
MONTHS = timedelta(days=365)


def draft_of(session: Session) -> GridVersion:
    return grids.copy_active(session, DISTRICT, by=BY, now=NOON, note="拆分")


def rows_of(session: Session, draft: GridVersion) -> dict[str, dict[str, object]]:
    """Every area as it is stored, with its polygon corner by corner."""
    return {
        row["code"]: {**row, "geometry": shapely.to_wkb(row["geometry"], hex=True)}
        for row in areas.rows_of(session, draft)
    }


def split(session: Session, draft: GridVersion, code: str = GRID, turn: float = 1.5) -> list[str]:
    """Split a grid through its middle; return the codes of the two parts."""
    ground = grids.net_of(session, draft).area(code).geometry
    step = grids_edit.split(session, draft, code, a_line(ground, turn), by=BY, now=NOON)
    return [row["code"] for row in step.after[:2]]


def test_a_draft_is_the_active_net_again_and_changes_nothing(rolled: Session) -> None:
    active = references.of(rolled, DISTRICT).net
    draft = draft_of(rolled)
    assert (draft.status, draft.number, draft.base_number) == ("draft", 2, 1)
    same = areas.version(rolled, DISTRICT, 1)
    assert rows_of(rolled, draft) == rows_of(rolled, same)
    split(rolled, draft)
    assert references.of(rolled, DISTRICT).net is active
    case = case_of(rolled, report(rolled))
    assert (case.grid_version, case.grid_code) == (1, GRID)


def test_a_split_gives_two_grids_with_codes_names_and_landmarks_of_their_own(
    rolled: Session,
) -> None:
    draft = draft_of(rolled)
    before = grids.net_of(rolled, draft)
    number = max(
        int(area.code[-3:]) for area in before.children(VILLAGE) if area.code[-3:].isdigit()
    )
    parts = split(rolled, draft)
    assert parts == [f"{VILLAGE}{number + 1:03d}", f"{VILLAGE}{number + 2:03d}"]
    after = grids.net_of(rolled, draft)
    assert after.find(GRID) is None
    west, east = (after.area(code) for code in parts)
    whole = before.area(GRID)
    assert west.geometry.area + east.geometry.area == pytest.approx(whole.geometry.area)
    assert west.name == whole.name.replace(str(int(GRID[-3:])).zfill(2), f"{number + 1:02d}")
    assert sorted(west.landmarks + east.landmarks) == sorted(whole.landmarks)
    assert {west.parent_code, east.parent_code} == {VILLAGE}
    assert_exactly_one_owner(list(after.areas()), seed=1)


def test_each_step_can_be_taken_back_corner_by_corner(rolled: Session) -> None:
    draft = draft_of(rolled)
    states = [rows_of(rolled, draft)]
    parts = split(rolled, draft)
    states.append(rows_of(rolled, draft))
    grids_edit.merge(rolled, draft, parts, parts[1], by=BY, now=NOON)
    assert parts[0] not in rows_of(rolled, draft)
    states.append(rows_of(rolled, draft))
    square = inside(rolled).lon, inside(rolled).lat
    school = shapely.box(square[0], square[1], square[0] + 0.001, square[1] + 0.001)
    drawn = grids_edit.add_professional(
        rolled, draft, school, "新学校", ["0607"], VILLAGE, by=BY, now=NOON, name_en="New School"
    )
    assert drawn.after[0]["code"] == f"{VILLAGE}Z01"
    states.append(rows_of(rolled, draft))
    grids_edit.rename(rolled, draft, NEIGHBOUR, "老街网格", "Old Street", by=BY, now=NOON)
    for state, kind in zip(
        reversed(states), ("rename", "add_professional", "merge", "split"), strict=True
    ):
        assert grids_edit.undo_edit(rolled, draft, by=BY, now=NOON).kind == kind
        assert rows_of(rolled, draft) == state
    with pytest.raises(Conflict):
        grids_edit.undo_edit(rolled, draft, by=BY, now=NOON)
    kept = grids_edit.steps(rolled, draft)
    assert [step.kind for step in kept] == ["split", "merge", "add_professional", "rename"]
    assert all(step.undone_at == NOON for step in kept)


def test_codes_that_any_version_had_are_not_given_out_again(rolled: Session) -> None:
    one = draft_of(rolled)
    first = split(rolled, one)
    other = draft_of(rolled)
    assert not {*first} & {*split(rolled, other)}
    grids.discard(rolled, other, now=NOON)
    third = draft_of(rolled)
    assert third.number == other.number + 1
    with pytest.raises(grids.NotADraft):
        split_again(rolled, other)


def split_again(session: Session, draft: GridVersion) -> None:
    grids_edit.split(session, draft, GRID, [(112.0, 22.0), (113.0, 23.0)], by=BY, now=NOON)


def test_what_makes_no_net_is_refused_with_the_field(rolled: Session) -> None:
    draft = draft_of(rolled)
    far = "440608108001001"
    net = grids.net_of(rolled, draft)
    bow = shapely.Polygon([(112.8, 22.8), (112.9, 22.9), (112.9, 22.8), (112.8, 22.9)])
    away = shapely.box(100, 20, 100.1, 20.1)
    inner = shapely.Point(net.area(VILLAGE).geometry.centroid).buffer(0.001)
    line = [(1.0, 1.0), (2.0, 2.0)]
    tries = [
        ("code", lambda: grids_edit.split(rolled, draft, VILLAGE, line, by=BY, now=NOON)),
        ("codes", lambda: grids_edit.merge(rolled, draft, [GRID], GRID, by=BY, now=NOON)),
        ("codes", lambda: grids_edit.merge(rolled, draft, [GRID, far], GRID, by=BY, now=NOON)),
        ("keep", lambda: grids_edit.merge(rolled, draft, [GRID, NEIGHBOUR], far, by=BY, now=NOON)),
        ("polygon", lambda: grids_edit.replace_shape(rolled, draft, GRID, bow, by=BY, now=NOON)),
        (
            "polygon",
            lambda: grids_edit.add_professional(
                rolled, draft, away, "x", ["0607"], VILLAGE, by=BY, now=NOON
            ),
        ),
        (
            "categories",
            lambda: grids_edit.add_professional(
                rolled, draft, inner, "x", ["9999"], VILLAGE, by=BY, now=NOON
            ),
        ),
        (
            "parent",
            lambda: grids_edit.add_professional(
                rolled, draft, inner, "x", ["0607"], GRID, by=BY, now=NOON
            ),
        ),
        ("names", lambda: grids_edit.rename(rolled, draft, GRID, " ", "", by=BY, now=NOON)),
        ("code", lambda: grids_edit.remove(rolled, draft, GRID, by=BY, now=NOON)),
    ]  # fmt: skip
    before = rows_of(rolled, draft)
    for field, attempt in tries:
        with pytest.raises(InvalidInput) as refusal:
            attempt()
        assert refusal.value.field == field
    assert rows_of(rolled, draft) == before
    assert grids_edit.steps(rolled, draft) == []


def test_an_imported_net_becomes_a_draft_or_is_refused(rolled: Session) -> None:
    shapes = list(references.of(rolled, DISTRICT).net.areas())
    marks = {GRID: [{"name": "文昌塔", "name_en": "Tower", "lon": 112.9, "lat": 22.9}]}
    draft = grids.new_draft(rolled, DISTRICT, shapes, marks, by=BY, now=NOON, note="测绘成果")
    assert grids.net_of(rolled, draft).area(GRID).landmarks == ("文昌塔",)
    assert_exactly_one_owner(list(grids.net_of(rolled, draft).areas()), seed=2)
    for wrong, reason in (
        ([shapes[0], shapes[0]], "duplicate_code"),
        ([s for s in shapes if s.kind is not AreaKind.GRID], "no_grid"),
        ([s for s in shapes if s.code != VILLAGE], "unknown_parent"),
        ([s for s in shapes if s.kind is not AreaKind.DISTRICT], "unknown_parent"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            grids.new_draft(rolled, DISTRICT, wrong, {}, by=BY, now=NOON)
        assert refusal.value.reason == reason


def test_a_rehearsal_tells_who_would_get_what_and_changes_nothing(rolled: Session) -> None:
    worker, deputy = person(rolled, "worker"), person(rolled, "deputy")
    draft = draft_of(rolled)
    parts = split(rolled, draft)
    net = grids.net_of(rolled, draft)
    spots = [inside_of(net.area(code)) for code in parts]
    told = [case_of(rolled, report(rolled, position=pin(spot))) for spot in (*spots, spots[0])]
    by_class = case_of(rolled, report(rolled, area_code=GRID))  # no position at all
    manned, vacant = heir_first(draft, parts, rolled)
    before = rows_of(rolled, draft)
    found = grids_rehearse.rehearse(
        rolled, draft, since=NOON - MONTHS, now=NOON + timedelta(hours=1)
    )
    assert (found.version, found.base, found.without_position) == (draft.number, 1, 1)
    rows = {row.code: row for row in found.outcome.grids}
    assert rows[GRID].moved_out == sum(rows[code].moved_in for code in parts) >= 3
    assert rows[manned].lead_after
    assert not rows[vacant].lead_after
    assert found.outcome.vacant == (vacant,)
    hands = {hand.number: hand for hand in found.hands}
    assert {case.number for case in (*told, by_class)} <= hands.keys()
    for case in told:
        hand = hands[case.number]
        assert hand.from_grid == GRID
        assert hand.to_grid in parts
        assert hand.from_person == worker.person_id
        if hand.to_grid == vacant:
            assert (hand.changes_hands, hand.to_unit) == (True, f"V{VILLAGE}")
        else:
            assert (hand.changes_hands, hand.to_person) == (False, worker.person_id)
    assert hands[by_class.number].to_grid == manned
    assert found.names[worker.person_id]
    assert deputy.person_id not in {row.person for row in found.outcome.workers}
    assert rows_of(rolled, draft) == before
    assert all(case.home_grid == GRID for case in told)


def heir_first(draft: GridVersion, parts: list[str], session: Session) -> list[str]:
    """The part that gets the people of the whole, and the one nobody has yet."""
    heir = grids_edit.steps(session, draft)[-1].carry[GRID]
    return sorted(parts, key=lambda code: code != heir)


def inside_of(area: AreaShape) -> LonLat:
    assert area.geometry is not None
    point = area.geometry.representative_point()
    return LonLat(lon=point.x, lat=point.y)


def test_the_net_of_a_draft_is_read_anew_after_each_step_and_after_a_restart(
    rolled: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_of(rolled)
    first = grids.net_of(rolled, draft)
    assert grids.net_of(rolled, draft) is first
    split(rolled, draft)
    second = grids.net_of(rolled, draft)
    assert second.find(GRID) is None
    monkeypatch.setattr(nets, "_known", {})
    rolled.expire_all()
    again = grids.net_of(rolled, areas.version(rolled, DISTRICT, draft.number))
    assert [a.code for a in again.areas()] == [a.code for a in second.areas()]
    assert all(
        shapely.equals_exact(a.geometry, second.area(a.code).geometry, 0.0) for a in again.areas()
    )


MOVES = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(0, 6.3), st.booleans()), min_size=1, max_size=5
)


@settings(max_examples=4)
@given(MOVES)
def test_every_point_has_one_grid_in_every_version_also_as_the_database_gives_it_back(
    stage: Flask, moves: list[tuple[int, float, bool]]
) -> None:
    with Session(db.engine.execution_options(**{WRITE: True}), expire_on_commit=False) as session:
        draft = draft_of(session)
        for which, turn, merging in moves:
            units = grids.net_of(session, draft).areas(AreaKind.GRID)
            one = units[which % len(units)]
            with contextlib.suppress(InvalidInput):
                if merging:
                    merge_with_a_neighbour(session, draft, one)
                else:
                    split(session, draft, one.code, turn)
        session.expire_all()
        read = [nets.shape_of(row) for row in areas.rows_of(session, draft)]
        assert_exactly_one_owner(read, seed=len(moves))
        session.rollback()


def merge_with_a_neighbour(session: Session, draft: GridVersion, one: AreaShape) -> None:
    net = grids.net_of(session, draft)
    near = [a for a in neighbours(net, one.code) if a.parent_code == one.parent_code]
    units = [area.code for area in near if area.kind is AreaKind.GRID]
    grids_edit.merge(session, draft, [one.code, *units[:1]], one.code, by=BY, now=NOON)
