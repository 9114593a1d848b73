"""Merging cases and taking them apart: who follows whom, what counts, in any order."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.errors import Conflict, InvalidInput, InvalidTransition, NotAllowed, NotFound
from gridgov.domain.workflow import Action
from gridgov.services import casework, feedback, history, indicators, merging, reporters
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.intake import Receipt
from gridgov.storage import history as lines
from gridgov.storage import messages, photos, reports
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.merges import followed, reports_following
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, person, report
from tests.support.walk import folded, slow_count

LATER = NOON + timedelta(hours=1)
PICTURE = StoredPhoto("d" * 64, 640, 480)


def opened(session: Session, **more: object) -> tuple[Case, Receipt]:
    receipt = report(session, **more)
    return case_of(session, receipt), receipt


def merge(session: Session, case: Case, into: Case) -> Case:
    dispatcher = person(session, "dispatcher")
    done = merging.merge(session, case.id, into.id, by=dispatcher, now=LATER)
    session.flush()
    return done


def unmerge(session: Session, case: Case) -> Case:
    dispatcher = person(session, "dispatcher")
    told = Given(text="不是同一处")
    done = merging.unmerge(session, case.id, by=dispatcher, now=LATER, given=told)
    session.flush()
    return done


def close(session: Session, case: Case) -> None:
    worker, deputy = person(session, "worker"), person(session, "deputy")
    for action, by, given in (
        (Action.SIGN, worker, Given()),
        (Action.RESOLVE, worker, Given(text="已清理", photos=(AFTER,))),
        (Action.CHECK_PASS, deputy, Given()),
    ):
        casework.perform(session, case.id, action, by=by, now=LATER, given=given)
        session.flush()


def actions(session: Session, case: Case) -> list[str]:
    return [line.action for line in lines.of_case(session, case.id)]


def test_one_act_writes_both_histories_and_one_case_goes_on(rolled: Session) -> None:
    (one, _), (other, _) = opened(rolled), opened(rolled)
    assert merge(rolled, one, other).id == other.id
    assert (one.state, one.merged_into_id) == ("merged", other.id)
    assert (other.state, other.report_count) == ("dispatched", 2)
    assert actions(rolled, one)[-1] == "merge" and actions(rolled, other)[-1] == "take_in"
    assert lines.of_case(rolled, other.id)[-1].data["case"] == str(one.id)


def test_its_clock_stands_while_merged_and_goes_on_with_what_was_left(rolled: Session) -> None:
    (one, _), (other, _) = opened(rolled), opened(rolled)
    due = one.due_at
    merge(rolled, one, other)
    told = Given(text="不是同一处")
    much_later = LATER + timedelta(days=7)
    dispatcher = person(rolled, "dispatcher", much_later)
    merging.unmerge(rolled, one.id, by=dispatcher, now=much_later, given=told)
    assert one.state == "dispatched" and one.merged_into_id is None
    assert one.due_at == due + timedelta(days=7)


def test_a_merged_case_is_not_valid_and_its_figures_move_once(rolled: Session) -> None:
    (one, _), (other, _) = opened(rolled), opened(rolled)
    merge(rolled, one, other)
    pending = rolled.info[messages.PENDING]
    views = {
        row["body"]["action"]: (row["body"]["before"]["valid"], row["body"]["after"]["valid"])
        for row in pending
        if row["body"]["action"] in ("merge", "take_in")
    }
    assert views == {"merge": (True, False), "take_in": (True, True)}


def test_a_case_cannot_go_into_itself_nor_into_its_own(rolled: Session) -> None:
    (one, _), (other, _) = opened(rolled), opened(rolled)
    merge(rolled, one, other)
    for into in (other, one):  # `one` stands for the case it went into
        with pytest.raises(InvalidInput) as refused:
            merge(rolled, other, into)
        assert (refused.value.field, refused.value.reason) == ("case", "unknown")


def test_a_done_case_takes_nothing_in_and_secrecy_does_not_mix(rolled: Session) -> None:
    (one, _), (done, _) = opened(rolled), opened(rolled)
    secret, _ = opened(rolled, category_code="0704", text="有人赌钱")
    close(rolled, done)
    for into in (done, secret):
        with pytest.raises((InvalidInput, NotFound)):
            merge(rolled, one, into)


def test_only_a_dispatcher_of_both_places_merges(rolled: Session) -> None:
    (one, _), (other, _) = opened(rolled), opened(rolled)
    with pytest.raises(NotAllowed):
        merging.merge(rolled, one.id, other.id, by=person(rolled, "worker"), now=LATER)


def test_what_a_reporter_adds_reaches_the_case_that_goes_on_and_stays_after(
    rolled: Session,
) -> None:
    (one, receipt), (other, _) = opened(rolled), opened(rolled)
    merge(rolled, one, other)
    words = Given(text="味道更大了", photos=(PICTURE,))
    reporters.add(rolled, receipt.report_id, words, now=LATER)
    for case in (one, other):
        last = lines.of_case(rolled, case.id)[-1]
        assert (last.action, last.text) == ("add", "味道更大了")
        assert PICTURE.sha256 in {photo.sha256 for photo in photos.of_case(rolled, case.id)}
    unmerge(rolled, one)
    assert "add" in actions(rolled, one)


def test_a_reporter_of_a_merged_case_answers_for_the_one_that_goes_on(rolled: Session) -> None:
    (one, receipt), (other, _) = opened(rolled), opened(rolled)
    merge(rolled, one, other)
    close(rolled, other)
    case = feedback.rate(
        rolled, receipt.report_id, solved=False, satisfaction="dissatisfied", now=LATER
    )
    assert case.id == other.id and case.state == "handling"


def test_me_too_at_a_merged_case_goes_to_the_one_that_goes_on(rolled: Session) -> None:
    (one, _), (other, _) = opened(rolled), opened(rolled)
    merge(rolled, one, other)
    receipt = report(rolled, join_case_id=one.id, text="我也看到了")
    assert receipt.joined and receipt.case.id == other.id and other.report_count == 3


def test_a_merge_of_merges_is_followed_to_the_end_and_let_go_all_the_way(
    rolled: Session,
) -> None:
    (a, of_a), (b, of_b), (c, of_c) = opened(rolled), opened(rolled), opened(rolled)
    merge(rolled, a, b)
    merge(rolled, b, c)
    assert followed(rolled, a).id == c.id and c.report_count == 3
    assert {one.id for one in reports_following(rolled, c)} == {
        of_a.report_id,
        of_b.report_id,
        of_c.report_id,
    }
    unmerge(rolled, a)
    assert (a.report_count, b.report_count, c.report_count) == (1, 1, 2)
    assert followed(rolled, a).id == a.id and followed(rolled, b).id == c.id
    unmerge(rolled, b)
    assert (b.report_count, c.report_count) == (1, 1)
    assert {case.state for case in (a, b, c)} == {"dispatched"}


def test_what_went_into_a_case_that_ended_for_good_can_still_be_taken_out(
    rolled: Session,
) -> None:
    (one, _), (other, _) = opened(rolled), opened(rolled)
    merge(rolled, one, other)
    away = Given(target="区法院", receipt="2026-1", text="移交")
    casework.perform(
        rolled, other.id, Action.TRANSFER, by=person(rolled, "dispatcher"), now=LATER, given=away
    )
    rolled.flush()
    unmerge(rolled, one)
    assert one.state == "dispatched" and actions(rolled, other)[-1] == "transfer"


def test_one_of_several_takes_back_only_the_own_report(rolled: Session) -> None:
    (one, mine), (other, _) = opened(rolled), opened(rolled)
    merge(rolled, one, other)
    case = reporters.withdraw(rolled, mine.report_id, now=LATER)
    rolled.flush()
    assert other.state == "dispatched" and (one.report_count, other.report_count) == (0, 1)
    assert rolled.get_one(Report, mine.report_id).withdrawn_at == LATER and case.id == one.id
    with pytest.raises(reporters.TakenBack):
        reporters.add(rolled, mine.report_id, Given(text="再说一句"), now=LATER)
    unmerge(rolled, one)
    assert other.report_count == 1


def test_the_last_reporter_takes_the_case_back_before_anybody_works_on_it(
    rolled: Session,
) -> None:
    case, receipt = opened(rolled)
    reporters.withdraw(rolled, receipt.report_id, now=LATER)
    assert case.state == "void"
    busy, again = opened(rolled)
    casework.perform(rolled, busy.id, Action.SIGN, by=person(rolled, "worker"), now=LATER)
    with pytest.raises(InvalidTransition):
        reporters.withdraw(rolled, again.report_id, now=LATER)


# Any order -----------------------------------------------------------------------------------

MOVES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=14
)


@dataclass
class Model:
    """What should be: who went into whom, and how many reports each was given itself."""

    into: dict[int, int] = field(default_factory=dict)
    own: list[int] = field(default_factory=lambda: [1] * 4)

    def end(self, one: int) -> int:
        while one in self.into:
            one = self.into[one]
        return one

    def count(self, one: int) -> int:
        below = [case for case, above in self.into.items() if above == one]
        return self.own[one] + sum(map(self.count, below))


def move(session: Session, cases: list[Case], model: Model, step: tuple[int, int, int]) -> None:
    """Merge, take apart or join, in the database and in the model."""
    kind, one, other = step
    if kind == 0 and (one in model.into or model.end(other) == one):
        with pytest.raises((InvalidInput, InvalidTransition)):
            merge(session, cases[one], cases[other])
    elif kind == 0:
        merge(session, cases[one], cases[other])
        model.into[one] = model.end(other)
    elif kind == 1 and one in model.into:
        unmerge(session, cases[one])
        del model.into[one]
    elif kind == 2:
        receipt = report(session, join_case_id=cases[one].id, text="我也看到了")
        assert receipt.case.id == cases[model.end(one)].id
        model.own[model.end(one)] += 1


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@drawn(MOVES)
def test_merging_and_taking_apart_in_any_order_stays_right(
    rolled: Session, moves: list[tuple[int, int, int]]
) -> None:
    cases, model = [opened(rolled)[0] for _ in range(4)], Model()
    for step in moves:
        move(rolled, cases, model, step)
        for number, case in enumerate(cases):
            assert (case.state == "merged") is (number in model.into)
            assert followed(rolled, case).id == cases[model.end(number)].id
            assert case.report_count == model.count(number)


# Committed: figures, chain, and two at once ----------------------------------------------------


def committed_case() -> UUID:
    with unit_of_work() as session:
        return case_of(session, report(session)).id


def test_figures_equal_the_slow_count_and_the_chain_is_whole(stage: Flask) -> None:
    ids = [committed_case() for _ in range(3)]
    steps = ((0, 1), (1, 2), (0, None), (0, 2), (1, None))
    for one, other in steps:
        with unit_of_work() as session:
            by = person(session, "dispatcher")
            if other is None:
                told = Given(text="分开")
                merging.unmerge(session, ids[one], by=by, now=LATER, given=told)
            else:
                merging.merge(session, ids[one], ids[other], by=by, now=LATER)
    with unit_of_work() as session:
        while indicators.fold_pending(session, DISTRICT):
            session.flush()
    with read_only() as session:
        assert folded() == slow_count(session)
        assert history.verify(session, DISTRICT)[1] is None


def test_two_who_merge_crosswise_at_once_do_not_block_each_other(stage: Flask) -> None:
    ids = [committed_case() for _ in range(2)]
    both, ended = threading.Barrier(2), []

    def run(one: UUID, other: UUID) -> None:
        with stage.app_context():
            both.wait(30)
            try:
                with unit_of_work() as session:
                    by = person(session, "dispatcher")
                    merging.merge(session, one, other, by=by, now=LATER)
                ended.append("merged")
            except (InvalidInput, InvalidTransition, Conflict) as error:
                ended.append(error.code)
            db.session.remove()

    threads = [
        threading.Thread(target=run, args=pair) for pair in ((ids[0], ids[1]), (ids[1], ids[0]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ended)[-1] == "merged" and len(ended) == 2, ended
    with read_only() as session:
        states = sorted(session.scalars(select(Case.state).where(Case.id.in_(ids))))
        assert states == ["dispatched", "merged"]
        assert len(reports.of_case(session, ids[0])) == 1
