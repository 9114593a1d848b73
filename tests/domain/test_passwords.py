"""A password is long rather than odd."""

import pytest

from gridgov.domain.errors import InvalidInput
from gridgov.domain.passwords import check

REFUSED = {
    ("short", "short"): ("password", "too_short"),
    ("x" * 129, "x" * 129): ("password", "too_long"),
    ("1212121212", "1212121212"): ("password", "too_easy"),
    ("my lihua is here", "my lihua is here"): ("password", "too_easy"),
    ("four plain words", "four plain word"): ("again", "differs"),
}


def refusal(password: str, again: str, username: str) -> tuple[str, str] | None:
    """Return field and reason of the refusal; None when the password is taken."""
    try:
        check(password, again, username)
    except InvalidInput as refused:
        return refused.field, refused.reason
    return None


@pytest.mark.parametrize(("typed", "why"), REFUSED.items())
def test_what_is_easy_to_guess_is_refused(typed: tuple[str, str], why: tuple[str, str]) -> None:
    assert refusal(*typed, "LiHua") == why


@pytest.mark.parametrize("password", ["four plain words", "梅花香自苦寒来又一年", "k7#mQ2!xZ9"])
def test_long_ones_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert refusal(password, password, "lihua") is None
