"""The generator of the benchmarks: what it writes in bulk is what folding its log makes."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from benchmarks import many_cases
from gridgov.services import indicators
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import DISTRICT
from tests.support.walk import fold_once, is_behind


@pytest.mark.parametrize("few", [10, 100_000], ids=["large groups", "a group a village"])
def test_what_is_filled_in_bulk_is_what_the_log_folds_to(
    app: Flask, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(many_cases, "FEW_CASES", few)
    monkeypatch.setattr(many_cases, "DAYS", 70)
    while is_behind():
        fold_once()
    with read_only() as session:
        before = session.scalars(select(func.count()).select_from(Case)).one()
    with unit_of_work() as session:
        written = many_cases.fill(session, 600, with_messages=True)
    with read_only() as session:
        assert session.scalars(select(func.count()).select_from(Case)).one() == before + written
        assert indicators.differences(session, DISTRICT) == 0
    assert 300 < written < 1200
