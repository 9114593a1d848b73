"""Nothing is left hanging when a case goes on: applications, checks, marks, who has it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor, Grant, Role
from gridgov.domain.workflow import Action
from gridgov.services import effects_beside, feedback, imports, merging, reporters, sweep
from gridgov.services import reference as references
from gridgov.services.effects import Given, NeedsRuling, Ruled, StoredPhoto
from gridgov.services.effects_work import AssistanceOpen
from gridgov.services.imported import Outcome, PastRequest
from gridgov.services.intake import Receipt
from gridgov.services.routing import locate
from gridgov.storage import applications, cases, photos
from gridgov.storage import history as lines
from gridgov.storage.cases import CHECK, Case
from gridgov.storage.reports import of_case as reports_of
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, do, inside, person, report

SOON = NOON + timedelta(minutes=5)
LATE = NOON + timedelta(days=2)
PICTURE = StoredPhoto("e" * 64, 640, 480)
GRID_NEXT = "440608004025005"


def signed(session: Session) -> tuple[Case, Receipt]:
    receipt = report(session)
    case = case_of(session, receipt)
    do(session, case, Action.SIGN, person(session, "worker"), SOON)
    return case, receipt


def reporter_of(receipt: Receipt) -> Actor:
    return Actor.resident(DISTRICT, receipt.report_id)


def resolved_and_passed(session: Session, case: Case) -> None:
    do(session, case, Action.RESOLVE, person(session, "worker"), SOON, text="好", photos=(AFTER,))
    do(session, case, Action.CHECK_PASS, person(session, "deputy"), SOON)


def test_what_was_applied_for_lapses_with_the_work_and_keeps_no_resident_from_appealing(
    rolled: Session,
) -> None:
    case, receipt = signed(rolled)
    until = case.due_at + timedelta(hours=1)
    worker = person(rolled, "worker")
    do(rolled, case, Action.ASK_EXTENSION, worker, SOON, text="等配件", until=until)
    resolved_and_passed(rolled, case)
    (asked,) = applications.of_case(rolled, case.id)
    assert (asked.granted, asked.decided_by_id) == (None, None) and asked.decided_at is not None
    assert {"lapsed": "extension"}.items() <= lines.of_case(rolled, case.id)[4].data.items()
    reporters.act(rolled, receipt.report_id, Action.APPEAL, now=SOON, given=Given(text="没有清走"))
    assert case.applied_for == "appeal"


def test_an_application_waits_while_the_reporter_is_asked_back(rolled: Session) -> None:
    case, receipt = signed(rolled)
    worker = person(rolled, "worker")
    until = case.due_at + timedelta(hours=1)
    do(rolled, case, Action.ASK_EXTENSION, worker, SOON, text="等配件", until=until)
    do(rolled, case, Action.ASK_INFO, worker, SOON, text="哪一栋？")
    reporters.act(rolled, receipt.report_id, Action.ANSWER, now=SOON, given=Given(text="三栋"))
    assert (case.state, case.applied_for) == ("handling", "extension")


def test_an_appeal_lapses_when_the_reporter_has_the_case_reopened(rolled: Session) -> None:
    case, receipt = signed(rolled)
    resolved_and_passed(rolled, case)
    appealed = Given(text="没有清走")
    reporters.act(rolled, receipt.report_id, Action.APPEAL, now=SOON, given=appealed)
    feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=SOON)
    assert (case.state, case.applied_for) == ("handling", None)


def test_a_spot_check_is_over_when_the_case_is_reopened(
    rolled: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_beside, "SPOT_CHECK_ONE_IN", 1)
    worker = person(rolled, "worker")
    case, receipt = signed(rolled)
    case.found_by_id = worker.person_id
    before = (PICTURE, AFTER)
    do(rolled, case, Action.ADD, reporter_of(receipt), SOON, text="图", photos=(PICTURE,))
    do(rolled, case, Action.SELF_RESOLVE, worker, SOON, text="已清", photos=before)
    assert [task.kind for task in cases.open_tasks(rolled, case.id)] == [CHECK]
    feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=SOON)
    assert [task.kind for task in cases.open_tasks(rolled, case.id)] == ["lead"]
    assert (case.checker_id, case.checker_unit_code) == (None, None)


def test_nobody_closes_alone_what_others_were_called_in_for(rolled: Session) -> None:
    worker = person(rolled, "worker")
    case, receipt = signed(rolled)
    case.found_by_id = worker.person_id
    do(rolled, case, Action.ADD, reporter_of(receipt), SOON, text="图", photos=(PICTURE,))
    do(rolled, case, Action.CALL_IN, worker, SOON, text="请协助", target="unit:CG")
    with pytest.raises(AssistanceOpen):
        do(rolled, case, Action.SELF_RESOLVE, worker, SOON, text="已清", photos=(AFTER,))


def test_what_was_over_is_over_still_when_the_clocks_go_on(rolled: Session) -> None:
    case, receipt = signed(rolled)
    assert sweep.fire(rolled, DISTRICT, now=LATE).marked >= 1
    rolled.refresh(case)
    marked, due = case.overdue_at, case.due_at
    assert marked == LATE
    worker, later = person(rolled, "worker"), LATE + timedelta(hours=1)
    do(rolled, case, Action.ASK_INFO, worker, later, text="哪一栋？")
    reporters.act(rolled, receipt.report_id, Action.ANSWER, now=later, given=Given(text="三栋"))
    assert (case.overdue_at, case.limit_at) == (marked, due)
    do(rolled, case, Action.RESOLVE, worker, later, text="好", photos=(AFTER,))
    do(rolled, case, Action.SEND_BACK, person(rolled, "deputy"), later, text="还有")
    assert case.due_at == due, "who was late gets no new time by asking back"


def test_a_case_that_was_over_is_over_still_when_it_is_taken_out_again(rolled: Session) -> None:
    case, _ = signed(rolled)
    other, _ = signed(rolled)
    assert sweep.fire(rolled, DISTRICT, now=LATE).marked >= 2
    rolled.refresh(case)
    dispatcher, later = person(rolled, "dispatcher"), LATE + timedelta(hours=1)
    merging.merge(rolled, case.id, other.id, by=dispatcher, now=later)
    rolled.flush()
    merging.unmerge(rolled, case.id, by=dispatcher, now=later, given=Given(text="不是同一处"))
    assert (case.state, case.overdue_at) == ("handling", LATE)


def test_what_was_closed_elsewhere_goes_to_somebody_when_an_appeal_is_granted(
    rolled: Session,
) -> None:
    reference, spot = references.of(rolled, DISTRICT), inside(rolled)
    past = PastRequest(
        external_id="closed-there",
        opened_at=NOON - timedelta(days=2),
        outcome=Outcome.CLOSED,
        category_code="0101",
        placement=locate(reference, spot, "0101", None),
        ended_at=NOON - timedelta(days=1),
        position=spot,
    )
    batch = imports.prepare([past], reference, source="there", now=NOON)
    imports.write(rolled, batch)
    case = rolled.get_one(Case, batch.cases[0]["id"])
    (told,) = reports_of(rolled, case.id)
    reporters.act(rolled, told.id, Action.APPEAL, now=SOON, given=Given(text="没有清走"))
    rolled.flush()
    do(rolled, case, Action.GRANT_APPEAL, person(rolled, "dispatcher"), SOON, text="重办")
    assert case.assignee_id == person(rolled, "worker").person_id


def test_nobody_hands_a_case_next_door_past_a_ruling(rolled: Session) -> None:
    case, worker = case_of(rolled, report(rolled)), person(rolled, "worker")
    dispatcher = person(rolled, "dispatcher")
    for _ in range(2):
        do(rolled, case, Action.RETURN, worker, SOON, reason="wrong_duty", text="不是我的")
        if case.return_count < 2:
            do(rolled, case, Action.DISPATCH, dispatcher, SOON, target="lead")
    next_door = {"reason": "other_duty", "target": GRID_NEXT}
    with pytest.raises(NeedsRuling):
        do(rolled, case, Action.HAND_NEIGHBOUR, dispatcher, SOON, **next_door)
    do(rolled, case, Action.RULE, dispatcher, SOON, target="lead", text="是你的")
    with pytest.raises(Ruled):
        do(rolled, case, Action.HAND_NEIGHBOUR, worker, SOON, **next_door)


def ruled_by(session: Session, ruler: str) -> Case:
    """A case the worker gave back twice, ruled to be the worker's."""
    case, worker = case_of(session, report(session)), person(session, "worker")
    for _ in range(2):
        do(session, case, Action.RETURN, worker, SOON, reason="wrong_duty", text="不是我的")
        if case.return_count < 2:
            do(session, case, Action.DISPATCH, person(session, "dispatcher"), SOON, target="lead")
    do(session, case, Action.RULE, person(session, ruler), SOON, target="lead", text="是你的")
    return case


def desk_of(session: Session, area: str) -> Actor:
    """Somebody who dispatches for an area only."""
    village = person(session, "village")
    return replace(village, grants=(Grant(Role.DISPATCHER, area),))


def test_whoever_a_ruling_names_does_not_pass_the_case_up(rolled: Session) -> None:
    case, worker = ruled_by(rolled, "towndispatcher"), person(rolled, "worker")
    with pytest.raises(Ruled):
        do(rolled, case, Action.PASS_UP, worker, SOON, text="做不了")
    do(rolled, case, Action.SIGN, worker, SOON)
    with pytest.raises(Ruled):
        do(rolled, case, Action.PASS_UP, worker, SOON, text="做不了")
    assert (case.state, case.assignee_id) == ("handling", worker.person_id)


def test_only_the_level_that_ruled_or_one_above_gives_the_case_to_another(
    rolled: Session,
) -> None:
    case = ruled_by(rolled, "towndispatcher")
    below, elsewhere = desk_of(rolled, case.village_code or ""), {"target": "unit:ZJSL"}
    with pytest.raises(Ruled):
        do(rolled, case, Action.DISPATCH, below, SOON, **elsewhere)
    with pytest.raises(Ruled):
        do(rolled, case, Action.HAND_NEIGHBOUR, below, SOON, reason="other_duty", target=GRID_NEXT)
    do(rolled, case, Action.DISPATCH, person(rolled, "towndispatcher"), SOON, **elsewhere)
    assert case.unit_code == "ZJSL"
    # The town keeps its word when what it ruled was a town's: the district need not be asked.
    do(rolled, case, Action.DISPATCH, person(rolled, "towndispatcher"), SOON, target="lead")
    do(rolled, case, Action.DISPATCH, person(rolled, "dispatcher"), SOON, target="unit:CG")
    assert case.unit_code == "CG"


def test_a_hand_over_is_proved_by_a_number_or_a_picture_for_staff(rolled: Session) -> None:
    case, desk = case_of(rolled, report(rolled)), person(rolled, "dispatcher")
    told = {"target": "区法院", "text": "已起诉"}
    with pytest.raises(InvalidInput) as refused:
        do(rolled, case, Action.TRANSFER, desk, SOON, **told)
    assert refused.value.field == "receipt" and case.state == "dispatched"
    do(rolled, case, Action.TRANSFER, desk, SOON, photos=(PICTURE,), **told)
    (proof,) = photos.of_case(rolled, case.id)
    assert (case.state, proof.purpose, proof.report_id) == ("transferred", "proof", None)
    line = lines.of_case(rolled, case.id)[-1]
    assert (line.text, line.data["photos"]) == ("区法院: 已起诉", [PICTURE.sha256])
