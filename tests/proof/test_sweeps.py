"""The long form of the sweeps: many cases, many processes killed at any moment, clock steps."""

import pytest
from flask import Flask

from tests.services import test_sweep_processes as short

CASES = 150
KILLS = 12


@pytest.mark.proof
def test_each_thing_comes_once_through_many_kills(app: Flask) -> None:
    made = short.prepare(CASES)
    short.run(app, KILLS)
    short.assert_each_once(made)
