"""The key file: made once, kept private, rotated without losing a key."""

import json
import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gridgov.domain.errors import Unavailable
from gridgov.gateways import keys


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "keys.json"


def test_first_use_makes_the_file_and_later_ones_read_it(path: Path) -> None:
    made = keys.load_or_create(path)
    content = path.read_bytes()
    assert keys.load_or_create(path) == keys.load(path) == made
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_only_the_owner_may_read_it(path: Path) -> None:
    keys.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys.rotate(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_installations_differ_in_every_secret(tmp_path: Path) -> None:
    one, two = (keys.load_or_create(tmp_path / name / "keys.json") for name in ("a", "b"))
    assert one.secret_key != two.secret_key
    assert one.password_salt != two.password_salt
    assert one.pepper != two.pepper
    assert one.vault[1] != two.vault[1]
    assert len(one.pepper) == len(one.vault[1]) == 32


def test_processes_starting_together_agree(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: keys.load_or_create(path), range(8)))
    assert all(each == found[0] for each in found)
    assert list(path.parent.iterdir()) == [path]


def test_rotation_adds_a_current_key_and_keeps_the_rest(path: Path) -> None:
    old = keys.load_or_create(path)
    new = keys.rotate(path)
    assert keys.load(path) == new
    assert (old.current, new.current) == (1, 2)
    assert new.vault[1] == old.vault[1]
    assert new.vault[2] != new.vault[1]
    assert (new.secret_key, new.password_salt, new.pepper) == (
        old.secret_key,
        old.password_salt,
        old.pepper,
    )


def test_rotations_at_once_lose_no_key(path: Path) -> None:
    keys.load_or_create(path)
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: keys.rotate(path), range(4)))
    final = keys.load(path)
    assert final.current == 5
    for each in made:
        assert final.vault[each.current] == each.vault[each.current]


def test_rotation_without_a_file_makes_none(path: Path) -> None:
    with pytest.raises(Unavailable):
        keys.rotate(path)
    path.parent.mkdir()
    with pytest.raises(Unavailable):
        keys.rotate(path)
    assert not path.exists()


def test_no_secret_shows_in_a_log_line(path: Path) -> None:
    made = keys.load_or_create(path)
    text = repr(made) + str(made)
    for secret in (made.secret_key, made.password_salt, repr(made.pepper), repr(made.vault[1])):
        assert secret not in text


def test_file_that_others_may_read_is_used_with_a_warning(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = keys.load_or_create(path)
    assert not caplog.records
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert keys.load(path) == made
    assert "0644" in caplog.text


def changed(path: Path, **values: object) -> str:
    return json.dumps({**json.loads(path.read_text()), **values})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json: hunter2-secret",
        "[]",
        "{}",
        '{"format": 2}',
        "null",
    ],
)
def test_malformed_file_is_refused_and_never_replaced(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(Unavailable) as caught:
        keys.load_or_create(path)
    assert "hunter2" not in str(caught.value)
    assert path.read_text() == content


@pytest.mark.parametrize(
    "values",
    [
        {"secret_key": "short"},
        {"password_salt": None},
        {"pepper": "AAAA"},
        {"pepper": "%%%"},
        {"vault": {"current": 2, "keys": {}}},
        {"vault": {"current": 1, "keys": {"1": "AAAA"}}},
        {"vault": {"current": "x", "keys": {}}},
        {"vault": []},
    ],
)
def test_incomplete_secrets_are_refused(path: Path, values: dict[str, object]) -> None:
    keys.load_or_create(path)
    path.write_text(changed(path, **values))
    with pytest.raises(Unavailable):
        keys.load(path)
