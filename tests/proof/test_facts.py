"""The long form of tests/services/test_indicators.py: many walks, each folded twice over."""

import pytest
from flask import Flask

from tests.support.walk import assert_facts_equal_a_slow_count


@pytest.mark.proof
def test_the_facts_equal_a_slow_count_over_many_walks(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_facts_equal_a_slow_count(app, monkeypatch, walks=40, rebuild_each=True)
