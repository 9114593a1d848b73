"""The long form of tests/services/test_one_case.py: eight people at one case for a minute."""

from collections import Counter

import pytest
from flask import Flask

from tests.services import test_one_case as short

SECONDS = 60.0


@pytest.mark.proof
def test_eight_people_at_one_case_for_a_minute(app: Flask) -> None:
    found = short.fought(app, SECONDS)
    accepted = Counter(action for rival in found for _, action in rival.accepted)
    refused = sum((rival.refused for rival in found), Counter[str]())
    print(f"accepted: {accepted.total()} {accepted}; refused: {refused}")  # noqa: T201 - with -s
    assert all(rival.accepted for rival in found)
    assert refused["changed_meanwhile"] >= 1
