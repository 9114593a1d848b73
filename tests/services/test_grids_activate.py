"""A draft becomes the net of the day: who gets what, what stays, and the way back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.handover import DutyPlace
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import (
    casework,
    desk_queue,
    feedback,
    grids,
    grids_activate,
    grids_edit,
    grids_lineage,
    grids_move,
    worklists,
)
from gridgov.services import reference as references
from gridgov.storage import grid_changes
from gridgov.storage.areas import GridVersion
from gridgov.storage.cases import Case
from gridgov.storage.history import of_case
from gridgov.storage.messages import PENDING
from gridgov.storage.people import Duty
from tests.support.acts import (
    AFTER,
    DISTRICT,
    GRID,
    NOON,
    appealed,
    case_of,
    do,
    man,
    person,
    pin,
    report,
)
from tests.support.edited_nets import a_line

BY = Actor.system(DISTRICT)
VILLAGE, TOWN = GRID[:12], GRID[:9]
LATER = NOON + timedelta(hours=1)
OTHER_DEPUTY = "w0502"
OTHER = "w0500"  # leads another grid of the sample, and soon the half that nobody has


def spot_of(area: AreaShape) -> LonLat:
    assert area.geometry is not None
    point = area.geometry.representative_point()
    return LonLat(lon=point.x, lat=point.y)


class Halves:
    """The worker's grid split in two in a draft: one half keeps the people, one gets others."""

    def __init__(self, session: Session) -> None:
        self.session = session
        active = references.of(session, DISTRICT).net
        self.draft = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
        line = a_line(active.area(GRID).geometry, 1.5)
        step = grids_edit.split(session, self.draft, GRID, line, by=BY, now=NOON)
        self.manned = step.carry[GRID]
        self.vacant = next(r["code"] for r in step.after[:2] if r["code"] != self.manned)
        net = grids.net_of(session, self.draft)
        self.manned_spot, self.vacant_spot = (
            spot_of(net.area(code)) for code in (self.manned, self.vacant)
        )
        man(session, self.draft, self.vacant, lead=OTHER, deputy=OTHER_DEPUTY)

    def activate(self, now: datetime = LATER) -> GridVersion:
        return grids_activate.activate(self.session, self.draft, by=BY, now=now)

    def hand_over(self, now: datetime = LATER) -> None:
        while grids_move.hand_over_waiting(self.session, DISTRICT, now=now, limit=3):
            self.session.flush()

    def undo(self, now: datetime = LATER) -> GridVersion:
        return grids_activate.undo_activation(self.session, self.draft, by=BY, now=now)


@pytest.fixture
def halves(rolled: Session) -> Halves:
    return Halves(rolled)


def reported(session: Session, spot: LonLat, state: str = "dispatched", **more: object) -> Case:
    """A case at a spot, brought to a state by whoever has it."""
    receipt = report(session, position=pin(spot), **more)
    case = case_of(session, receipt)
    worker, deputy = person(session, "worker"), person(session, "deputy")
    if state != "dispatched":
        do(session, case, Action.SIGN, worker, NOON)
    if state in ("resolved", "closed"):
        do(session, case, Action.RESOLVE, worker, NOON, text="已清走", photos=(AFTER,))
    if state == "closed":
        do(session, case, Action.CHECK_PASS, deputy, NOON)
    assert case.state == state
    return case


def lines(session: Session, case: Case) -> list[str]:
    return [entry.action for entry in of_case(session, case.id)]


def test_open_cases_go_to_the_people_of_their_ground_and_closed_ones_stay(
    halves: Halves, rolled: Session
) -> None:
    other, worker = person(rolled, OTHER), person(rolled, "worker")
    waiting = reported(rolled, halves.vacant_spot)
    signed = reported(rolled, halves.vacant_spot, "handling")
    staying = reported(rolled, halves.manned_spot, "handling")
    closed = reported(rolled, halves.vacant_spot, "closed")
    halves.activate()
    assert references.of(rolled, DISTRICT).net.version == halves.draft.number
    halves.hand_over()
    for case in (waiting, signed):
        assert (case.assignee_id, case.state) == (other.person_id, "dispatched")
        assert case.duty == DutyPlace(halves.draft.number, TOWN, VILLAGE, halves.vacant)
        assert (case.grid_version, case.grid_code) == (1, GRID)
        assert case.stage_due_at > LATER
        last = of_case(rolled, case.id)[-1]
        assert (last.action, last.reason, last.by_role) == ("hand_over", "grid_changed", "system")
        assert last.data["duty_was"]["grid"] == GRID
        assert last.data["duty"]["grid"] == halves.vacant
    assert (staying.assignee_id, staying.state) == (worker.person_id, "handling")
    assert staying.home_grid == halves.manned
    assert lines(rolled, staying)[-1] == "change_grid"
    assert (closed.home_grid, closed.duty_version) == (GRID, None)
    outcomes = {m.case_id: m.outcome for m in receipts(halves, rolled)}
    assert outcomes[waiting.id] == outcomes[signed.id] == "handed_over"
    assert outcomes[staying.id] == "changed"
    assert closed.id not in outcomes
    do(rolled, waiting, Action.SIGN, person(rolled, OTHER), LATER)


def receipts(halves: Halves, session: Session) -> list[grid_changes.GridMove]:
    return list(grid_changes.moves(session, halves.draft.id, grids_activate.ACTIVATED))


def test_the_roster_follows_the_part_that_keeps_the_people(halves: Halves, rolled: Session) -> None:
    assert {grant.area_code for grant in person(rolled, "worker").grants} == {GRID}
    halves.activate()
    assert {grant.area_code for grant in person(rolled, "worker").grants} == {halves.manned}
    halves.undo()
    assert {grant.area_code for grant in person(rolled, "worker").grants} == {GRID}
    kept = select(Duty.id).where(Duty.area_code.in_([halves.manned, halves.vacant]))
    assert rolled.scalars(kept).all() == []


def test_people_follow_a_part_that_was_cut_again_and_one_that_was_put_back(
    halves: Halves, rolled: Session
) -> None:
    net = grids.net_of(rolled, halves.draft)
    line = a_line(net.area(halves.manned).geometry, 0.3)
    again = grids_edit.split(rolled, halves.draft, halves.manned, line, by=BY, now=NOON)
    last = again.carry[halves.manned]
    other = next(row["code"] for row in again.after[:2] if row["code"] != last)
    # Put together under the code of the part that nobody has: the ground decides then.
    grids_edit.merge(rolled, halves.draft, [last, other], other, by=BY, now=NOON)
    halves.activate()
    assert {grant.area_code for grant in person(rolled, "worker").grants} == {other}


def test_nobody_on_duty_means_that_the_village_gets_it(halves: Halves, rolled: Session) -> None:
    case = reported(rolled, halves.vacant_spot)
    halves.activate()
    # Who was to begin left on the same day.
    rolled.execute(delete(Duty).where(Duty.area_code == halves.vacant))
    halves.hand_over()
    assert (case.assignee_id, case.unit_code, case.level) == (None, f"V{VILLAGE}", "village")
    assert case.home_grid == halves.vacant


def test_a_check_is_asked_of_the_people_of_the_new_grid(halves: Halves, rolled: Session) -> None:
    moved = reported(rolled, halves.vacant_spot, "resolved")
    staying = reported(rolled, halves.manned_spot, "resolved")
    deputy = person(rolled, "deputy").person_id
    assert moved.checker_id == staying.checker_id == deputy
    halves.activate()
    halves.hand_over()
    checker = person(rolled, OTHER_DEPUTY)
    assert (moved.state, moved.checker_id) == ("resolved", checker.person_id)
    assert (staying.state, staying.checker_id) == ("resolved", deputy)
    do(rolled, moved, Action.CHECK_PASS, checker, LATER)
    assert moved.state == "closed"


def test_what_a_department_or_the_desk_has_keeps_its_holder(
    halves: Halves, rolled: Session
) -> None:
    desk = person(rolled, "dispatcher")
    with_unit = reported(rolled, halves.vacant_spot)
    do(rolled, with_unit, Action.DISPATCH, desk, NOON, target="unit:CG")
    returned = reported(rolled, halves.vacant_spot)
    do(
        rolled,
        returned,
        Action.RETURN,
        person(rolled, "worker"),
        NOON,
        reason="wrong_duty",
        text="x",
    )
    halves.activate()
    halves.hand_over()
    assert (with_unit.unit_code, with_unit.state) == ("CG", "dispatched")
    assert (returned.state, returned.assignee_id) == ("registered", None)
    assert with_unit.home_grid == returned.home_grid == halves.vacant
    wanted = desk_queue.Filters(desk_queue.DeskTab.RETURNED)
    reference = references.of(rolled, DISTRICT)
    assert returned in desk_queue.page(rolled, desk, wanted, reference, now=LATER)


def test_a_confidential_case_never_gets_to_the_people_of_a_grid(
    halves: Halves, rolled: Session
) -> None:
    category = next(
        code for code, c in references.of(rolled, DISTRICT).catalogue.items() if c.confidential
    )
    case = case_of(
        rolled,
        report(
            rolled,
            position=pin(halves.vacant_spot),
            category_code=category,
            emergency_seen=True,
        ),
    )
    had = (case.assignee_id, case.unit_code, case.state)
    halves.activate()
    halves.hand_over()
    assert (case.assignee_id, case.unit_code, case.state) == had
    assert case.duty.grid_code == halves.vacant


def test_undo_gives_back_what_nobody_touched_as_it_was(halves: Halves, rolled: Session) -> None:
    worker = person(rolled, "worker").person_id
    waiting = reported(rolled, halves.vacant_spot)
    signed = reported(rolled, halves.vacant_spot, "handling")
    checked = reported(rolled, halves.vacant_spot, "resolved")
    deputy = checked.checker_id
    touched = reported(rolled, halves.vacant_spot, "handling")
    halves.activate()
    halves.hand_over()
    other = person(rolled, OTHER)
    do(rolled, touched, Action.SIGN, other, LATER)
    meanwhile = case_of(rolled, report(rolled, now=LATER, position=pin(halves.vacant_spot)))
    assert (meanwhile.grid_version, meanwhile.assignee_id) == (2, other.person_id)
    assert halves.undo().number == 1
    assert references.of(rolled, DISTRICT).net.version == 1
    halves.hand_over()
    assert (waiting.assignee_id, waiting.state) == (worker, "dispatched")
    assert (signed.assignee_id, signed.state) == (worker, "handling")
    assert (checked.checker_id, checked.state) == (deputy, "resolved")
    assert lines(rolled, signed)[-2:] == ["hand_over", "take_back"]
    assert (touched.assignee_id, touched.state) == (other.person_id, "handling")
    for case in (waiting, signed, checked, touched, meanwhile):
        assert case.home_grid == GRID
    assert (meanwhile.grid_version, meanwhile.grid_code) == (2, halves.vacant)
    assert meanwhile.assignee_id == worker
    assert halves.draft.status == "retired"
    assert halves.draft.undone_at == LATER
    now_again = case_of(rolled, report(rolled, now=LATER, position=pin(halves.vacant_spot)))
    assert (now_again.grid_version, now_again.grid_code) == (1, GRID)


def test_undo_before_the_hand_over_leaves_the_cases_where_they_are(
    halves: Halves, rolled: Session
) -> None:
    case = reported(rolled, halves.vacant_spot, "handling")
    halves.activate()
    halves.undo()
    halves.hand_over()
    assert lines(rolled, case)[-1] == "sign"
    assert case.home_grid == GRID
    assert {move.outcome for move in receipts(halves, rolled)} == {"cancelled"}


def test_an_undone_version_can_be_copied_and_activated_again(
    halves: Halves, rolled: Session
) -> None:
    halves.activate()
    halves.undo()
    again = grids.copy_version(rolled, halves.draft, by=BY, now=LATER)
    assert (again.number, again.base_number) == (3, 1)
    grids_activate.activate(rolled, again, by=BY, now=LATER)
    halves.hand_over()
    assert references.of(rolled, DISTRICT).net.find(halves.vacant) is not None
    parts = grids_lineage.trace(rolled, DISTRICT, GRID, 1, 3)
    assert [part.code for part in parts] == sorted([halves.manned, halves.vacant])
    assert sum(part.share for part in parts) == pytest.approx(1)
    over = grids_lineage.trace(rolled, DISTRICT, halves.vacant, 2, 3)
    assert {part.code: round(part.share, 6) for part in over}[halves.vacant] > 0.4
    back = grids_lineage.trace(rolled, DISTRICT, halves.vacant, 3, 1)
    assert [(part.code, round(part.share, 6)) for part in back] == [(GRID, 1.0)]


def test_undo_is_for_the_same_local_day_and_the_last_activation_only(
    halves: Halves, rolled: Session
) -> None:
    midnight = datetime(2026, 11, 18, 16, 0, tzinfo=NOON.tzinfo)  # in Gaoming
    halves.activate(midnight - timedelta(minutes=2))
    with pytest.raises(grids_activate.TooLateToUndo):
        halves.undo(midnight)
    halves.hand_over()
    newer = grids.copy_active(rolled, DISTRICT, by=BY, now=LATER)
    grids_activate.activate(rolled, newer, by=BY, now=midnight - timedelta(minutes=1))
    with pytest.raises(grids_activate.TooLateToUndo):
        halves.undo(midnight - timedelta(minutes=1))
    first = grids.version(rolled, DISTRICT, 1)
    with pytest.raises(grids_activate.TooLateToUndo):
        grids_activate.undo_activation(rolled, first, by=BY, now=LATER)


def test_a_draft_of_an_older_net_is_not_activated(halves: Halves, rolled: Session) -> None:
    stale = grids.copy_active(rolled, DISTRICT, by=BY, now=NOON)
    reported(rolled, halves.vacant_spot)
    halves.activate()
    with pytest.raises(grids_activate.NetChanged):
        grids_activate.activate(rolled, stale, by=BY, now=LATER)
    with pytest.raises(grids.NotADraft):
        halves.activate()
    fresh = grids.copy_active(rolled, DISTRICT, by=BY, now=LATER)
    with pytest.raises(grids_activate.StillHandingOver):
        grids_activate.activate(rolled, fresh, by=BY, now=LATER)
    halves.hand_over()
    assert grids_activate.activate(rolled, fresh, by=BY, now=LATER).status == "active"


def test_the_log_tells_of_the_change_once_and_every_line_verifies(
    halves: Halves, rolled: Session
) -> None:
    rolled.info.pop(PENDING, None)
    case = reported(rolled, halves.vacant_spot)
    before = casework.fact_view(case, references.of(rolled, DISTRICT))
    halves.activate()
    halves.hand_over()
    told = rolled.info[PENDING]
    (change,) = [m["body"] for m in told if m["kind"] == "grids.activated"]
    assert (change["version"], change["previous"]) == (2, 1)
    moved = [m["body"] for m in told if m["case_id"] == case.id][-1]
    assert moved["before"] == moved["after"] == before.as_json()
    assert halves.vacant in moved["desks"]
    assert halves.vacant not in moved["areas"]
    entries = of_case(rolled, case.id)
    assert entries[-1].hash == case.history_hash
    assert [entry.seq for entry in entries] == list(range(1, case.history_seq + 1))


@pytest.mark.parametrize("by_appeal", [False, True])
def test_a_case_that_is_taken_up_after_a_change_goes_to_the_grid_of_today(
    halves: Halves, rolled: Session, by_appeal: bool
) -> None:
    case = case_of(rolled, receipt := report(rolled, position=pin(halves.vacant_spot)))
    worker = person(rolled, "worker")
    do(rolled, case, Action.SIGN, worker, NOON)
    do(rolled, case, Action.RESOLVE, worker, NOON, text="已清走", photos=(AFTER,))
    do(rolled, case, Action.CHECK_PASS, person(rolled, "deputy"), NOON)
    halves.activate()
    halves.hand_over()
    if by_appeal:
        appealed(rolled, receipt, LATER)
    else:
        feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=LATER)
    assert case.home_grid == halves.vacant
    assert case.assignee_id == person(rolled, OTHER).person_id
    assert (case.grid_version, case.grid_code) == (1, GRID)


def test_an_area_that_is_no_more_is_still_known_by_name(halves: Halves, rolled: Session) -> None:
    name = references.of(rolled, DISTRICT).net.area(GRID).name
    halves.activate()
    reference = references.of(rolled, DISTRICT)
    assert reference.net.find(GRID) is None
    former = reference.area(GRID)
    assert former is not None
    assert (former.name, former.kind) == (name, AreaKind.GRID)
    assert reference.area("440608999") is None


def test_a_worker_of_the_new_grid_sees_the_case_and_one_of_another_does_not(
    halves: Halves, rolled: Session
) -> None:
    case = reported(rolled, halves.vacant_spot)
    stranger = person(rolled, "w0501")
    for who, sees in ((person(rolled, OTHER), False), (stranger, False)):
        assert (case in worklists.tasks(rolled, who, worklists.Tab.SIGN)) is sees
    halves.activate()
    halves.hand_over()
    assert case in worklists.tasks(rolled, person(rolled, OTHER), worklists.Tab.SIGN)
    assert case not in worklists.tasks(rolled, stranger, worklists.Tab.SIGN)
    assert case not in worklists.tasks(rolled, person(rolled, "worker"), worklists.Tab.SIGN)
