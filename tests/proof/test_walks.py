"""The long form of tests/services/test_walks.py: thousands of steps, every action of the table."""

from collections import Counter

import pytest
from flask import Flask

from gridgov.domain.workflow import Action, CaseState
from gridgov.services import effects_beside
from tests.services import test_walks as short

STEPS = 1500
SEEDS = range(1, 9)


@pytest.mark.proof
def test_every_action_happens_and_the_rules_hold(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_beside, "SPOT_CHECK_ONE_IN", 2)  # else once in thousands of steps
    short.watched()
    actions, states = Counter[str](), Counter[str]()
    for seed in SEEDS:  # two at least, then until everything has happened
        # Each over the end of another year: the one before has published the next.
        start = short.START.replace(year=short.START.year + seed - 1)
        checks = short.walked(seed, STEPS, count_each=500, start=start)
        print(short.report_of(checks))  # noqa: T201 - how often each happened, with -s
        actions, states = actions + checks.actions, states + checks.states
        if seed > 1 and {*Action} <= {*actions} and {*CaseState} <= {*states}:
            break
    assert {*Action} - {*actions} == set(), actions
    assert {*CaseState} - {*states} == set(), states
