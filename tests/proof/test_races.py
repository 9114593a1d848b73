"""The long form of the races: the log under many writers, and one case under two workers."""

import pytest
from flask import Flask

from gridgov.domain.workflow import Action, CaseState
from gridgov.services.casework import ChangedMeanwhile
from tests.services import test_concurrency as cases
from tests.storage import test_messages as log
from tests.storage.test_messages import second_district
from tests.support.acts import AFTER
from tests.support.threads import at_once, lost, won

ROUNDS = 40
assert second_district  # a fixture that is asked for by its name below


@pytest.mark.proof
def test_a_reader_misses_nothing_over_thousands_of_units(
    app: Flask, second_district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "UNITS", 200)
    log.assert_a_reader_misses_nothing(app)


@pytest.mark.proof
def test_of_two_who_resolve_at_once_exactly_one_wins_every_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "HELD_S", 0.0)  # let the machine decide who comes first
    for _ in range(ROUNDS):
        case = cases.made("handling")
        resolve = cases.act(case, Action.RESOLVE, "worker", text="已清走", photos=(AFTER,))
        results = at_once(app, [resolve] * 4)
        assert won(results) == [CaseState.RESOLVED]
        assert all(isinstance(error, ChangedMeanwhile) for error in lost(results)), results
        cases.assert_sound(case.case_id)
