"""Sentences of period reports: no dash stands where a sentence needs a number."""

import pytest

from gridgov.services import report_words as say
from gridgov.services.figures import Value


def share(code: str, numerator: int, denominator: int) -> Value:
    """A share of an area's figures."""
    value = numerator / denominator if denominator else None
    return Value(
        code, "440608", numerator, denominator, value, None, None, None, rankable=False, cursor=0
    )


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_cannot_be_told_yet_is_said_in_words(language: str) -> None:
    for median, most in ((None, None), (28.9, None), (28.9, 240.0)):
        said = say.spells(median, most, language)
        assert "—" not in said
        assert ("28.9" in said) is (median is not None)
        assert ("10.0" in said) is (most is not None)


def test_residents_who_did_not_answer_are_no_share_of_nothing() -> None:
    nobody = share("solved_share", 0, 0), share("satisfied_share", 0, 0)
    assert say.answers(*nobody, "zh-Hans") == "本期没有群众评价。"
    some = share("solved_share", 9, 10), share("satisfied_share", 8, 10)
    assert "90.00%（9/10）" in say.answers(*some, "zh-Hans")
    assert "90.00% (9/10)" in say.answers(*some, "en")
