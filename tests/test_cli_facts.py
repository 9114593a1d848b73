"""`gridgov facts`: rebuild, and compare in both spellings."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.support.app import Installation, copy_of
from tests.support.command import gridgov

SPELLINGS = (("facts", "--check"), ("facts", "rebuild", "--check"))
DAMAGE = (
    "UPDATE facts_received SET closed = closed + 1 WHERE span = 'mm'",
    "DELETE FROM facts_tally WHERE dim = 'hour'",
    "UPDATE case_facts SET flags = flags + 1",
)


@pytest.fixture
def sample(sqlite_sample: Installation, tmp_path: Path) -> Installation:
    return copy_of(sqlite_sample, tmp_path, None)


def damage(installation: Installation, statement: str) -> None:
    """Change rows behind the program's back."""
    engine = create_engine(installation.url)
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount
    engine.dispose()


def test_a_difference_ends_with_1_and_a_rebuild_mends_it(sample: Installation) -> None:
    run = gridgov(sample, "facts", "--check")
    assert (run.returncode, run.stdout) == (0, "440608: identical\n"), run.stderr
    for statement in DAMAGE:
        damage(sample, statement)
    for words in SPELLINGS:
        run = gridgov(sample, *words)
        assert run.returncode == 1
        assert run.stdout.endswith("rows differ\n")
    assert gridgov(sample, "facts", "rebuild").stdout.endswith("messages folded\n")
    assert gridgov(sample, "facts", "--check").returncode == 0


def test_facts_without_a_word_says_what_to_say(sample: Installation) -> None:
    run = gridgov(sample, "facts")
    assert run.returncode == 2
    assert "facts rebuild" in run.stderr
