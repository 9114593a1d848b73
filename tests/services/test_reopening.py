"""A resident's own reopening: theirs still when somebody else took the case up before."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.errors import Conflict
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import effects_beside, feedback, reporters
from gridgov.services.effects import Given, StoredPhoto
from gridgov.storage.cases import Case
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, do, person, report
from tests.support.acts import holder as acting

SOON = NOON + timedelta(minutes=5)
PICTURE = StoredPhoto("e" * 64, 640, 480)


def done(session: Session, case: Case) -> None:
    """Let whoever has the case in hand end it, and whoever is asked pass it."""
    by = acting(session, case.assignee_id, case.unit_code, SOON)
    do(session, case, Action.RESOLVE, by, SOON, text="好", photos=(AFTER,))
    checker = acting(session, case.checker_id, case.checker_unit_code, SOON)
    do(session, case, Action.CHECK_PASS, checker, SOON)


def by_appeal(session: Session, case: Case, reporter: Actor) -> None:
    do(session, case, Action.SIGN, person(session, "worker"), SOON)
    done(session, case)
    assert reporter.report_id is not None
    reporters.act(session, reporter.report_id, Action.APPEAL, now=SOON, given=Given(text="没有"))
    do(session, case, Action.GRANT_APPEAL, person(session, "dispatcher"), SOON, text="再去")


def by_spot_check(session: Session, case: Case, reporter: Actor) -> None:
    worker = person(session, "worker")
    case.found_by_id = worker.person_id
    do(session, case, Action.ADD, reporter, SOON, text="图", photos=(PICTURE,))
    pictures = (StoredPhoto("f" * 64, 640, 480),)
    do(session, case, Action.SELF_RESOLVE, worker, SOON, text="已清", photos=pictures)
    assert reporter.report_id is not None
    feedback.rate(session, reporter.report_id, solved=True, satisfaction=None, now=SOON)
    checker = acting(session, case.checker_id, case.checker_unit_code, SOON)
    do(session, case, Action.SPOT_FAIL, checker, SOON, text="没有")
    assert (case.solved, case.satisfaction) == (None, None), "that answer was to what is undone"


@pytest.mark.parametrize("taken_up", [by_appeal, by_spot_check])
def test_the_residents_reopening_is_left_when_others_took_the_case_up(
    rolled: Session, monkeypatch: pytest.MonkeyPatch, taken_up: Callable[..., None]
) -> None:
    monkeypatch.setattr(effects_beside, "SPOT_CHECK_ONE_IN", 1)
    receipt = report(rolled)
    case = case_of(rolled, receipt)
    taken_up(rolled, case, Actor.resident(DISTRICT, receipt.report_id))
    assert (case.state, case.reopen_count) == ("handling", 1)
    done(rolled, case)
    feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=SOON)
    assert (case.state, case.reopen_count) == ("handling", 2)
    done(rolled, case)
    feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=SOON)
    assert (case.state, case.solved) == ("closed", False), "once"
    with pytest.raises(Conflict):
        reporters.act(rolled, receipt.report_id, Action.REOPEN, now=SOON)
