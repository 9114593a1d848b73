"""Keys of programs: names, scopes and marks as they may be."""

import pytest

from gridgov.domain.errors import InvalidInput
from gridgov.domain.keys import MAX_NAME, Scope, check_channel, check_name, check_scopes


def test_a_name_is_one_clean_line() -> None:
    assert check_name("  统计平台\u0000\n ") == "统计平台"
    assert check_name("长" * 300) == "长" * MAX_NAME


@pytest.mark.parametrize("text", ["", "   ", "\u0000\u200b"])
def test_a_name_without_signs_is_none(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_name(text)
    assert (refused.value.field, refused.value.reason) == ("name", "missing")


def test_scopes_are_kept_once_in_their_usual_order() -> None:
    assert check_scopes(["board:read", "reports:write", "board:read"]) == [
        "reports:write",
        "board:read",
    ]
    assert check_scopes(Scope) == [str(scope) for scope in Scope]


@pytest.mark.parametrize(
    ("given", "reason"),
    [([], "missing"), (["admin"], "unknown"), (["board:read", "BOARD:READ"], "unknown")],
)
def test_other_scopes_are_refused(given: list[str], reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_scopes(given)
    assert (refused.value.field, refused.value.reason) == ("scopes", reason)


@pytest.mark.parametrize("text", ["12345", "api", " patrol ", "a-b_c", "x" * 20])
def test_marks_are_short_plain_words(text: str) -> None:
    assert check_channel(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "wrong_form"),
        ("Hotline", "wrong_form"),
        ("热线", "wrong_form"),
        ("-x", "wrong_form"),
        ("x" * 21, "wrong_form"),
        ("１２", "wrong_form"),
        ("snap", "reserved"),
        ("import", "reserved"),
    ],
)
def test_no_program_wears_a_mark_that_is_not_its_own(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_channel(text)
    assert (refused.value.field, refused.value.reason) == ("channel", reason)
