"""Questions of a class and the answers to them."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.errors import InvalidInput
from gridgov.domain.questions import (
    LINKS,
    MAX_ANSWER,
    MAX_STRING,
    Datatype,
    Question,
    Value,
    check_answers,
)

LIST = (Value("road", "行车道", "The road"), Value("exit", "出入口", "An exit"))


def question(datatype: Datatype, *, required: bool = False) -> Question:
    values = LIST if datatype.has_values else ()
    return Question("q", datatype, required, "什么？", "What?", values=values)


def answered(datatype: Datatype, value: Any) -> Any:
    return check_answers([question(datatype)], {"q": value}, require=True).get("q")


def refused(datatype: Datatype, value: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as error:
        answered(datatype, value)
    return error.value


GOOD = [
    (Datatype.STRING, "  a\nb\tc ", "a b c"),
    (Datatype.STRING, ["one"], "one"),
    (Datatype.STRING, 12, "12"),
    (Datatype.NUMBER, "12", "12"),
    (Datatype.NUMBER, " +1.50 ", "1.50"),
    (Datatype.NUMBER, "-3", "-3"),
    (Datatype.NUMBER, "\uff11\uff12", "12"),
    (Datatype.DATETIME, "2026-11-22", "2026-11-22"),
    (Datatype.DATETIME, "2026-11-22T08:30:00+08:00", "2026-11-22T08:30:00+08:00"),
    (Datatype.TEXT, "a\r\nb", "a\nb"),
    (Datatype.SINGLE, "road", "road"),
    (Datatype.MULTI, "road", ["road"]),
    (Datatype.MULTI, ["exit", "road", "exit", ""], ["exit", "road"]),
]


@pytest.mark.parametrize(("datatype", "value", "kept"), GOOD)
def test_an_answer_is_kept_clean(datatype: Datatype, value: Any, kept: Any) -> None:
    assert answered(datatype, value) == kept


BAD = [
    (Datatype.STRING, "x" * (MAX_STRING + 1), "too_long"),
    (Datatype.STRING, ["a", "b"], "too_many"),
    (Datatype.NUMBER, "many", "not_a_number"),
    (Datatype.NUMBER, "nan", "not_a_number"),
    (Datatype.NUMBER, "1e400", "not_a_number"),
    (Datatype.NUMBER, "1,000", "not_a_number"),
    (Datatype.DATETIME, "yesterday", "not_a_datetime"),
    (Datatype.DATETIME, "2026-02-30", "not_a_datetime"),
    (Datatype.TEXT, "x" * (MAX_ANSWER + 1), "too_long"),
    (Datatype.SINGLE, "Road", "unknown"),
    (Datatype.SINGLE, ["road", "exit"], "too_many"),
    (Datatype.MULTI, ["road", "river"], "unknown"),
]


@pytest.mark.parametrize(("datatype", "value", "reason"), BAD)
def test_a_wrong_answer_names_its_question(datatype: Datatype, value: Any, reason: str) -> None:
    error = refused(datatype, value)
    assert (error.field, error.reason) == ("attribute[q]", reason)


@pytest.mark.parametrize("blank", ["", " \n", None, [], ["", None], "\u202e"])
def test_a_blank_answer_is_none(blank: Any) -> None:
    must = [question(Datatype.STRING, required=True)]
    assert check_answers(must, {"q": blank}, require=False) == {}
    with pytest.raises(InvalidInput) as error:
        check_answers(must, {"q": blank}, require=True)
    assert (error.value.field, error.value.reason) == ("attribute[q]", "missing")


def test_what_nobody_asked_for_is_left_out() -> None:
    assert check_answers([], {"fixmystreet_id": "7"}, require=True) == {}
    given_ = {"other": "x", "q": "road"}
    assert check_answers([question(Datatype.SINGLE)], given_, require=True) == {"q": "road"}


def test_links_to_pictures_are_kept_beside_the_answers() -> None:
    links = ["https://example.org/1.jpg", "HTTP://example.org/2.jpg", "https://example.org/1.jpg"]
    assert check_answers([], {LINKS: links}, require=True) == {LINKS: links[:2]}


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        (["javascript:alert(1)"], "not_a_link"),
        (["https://a b"], "not_a_link"),
        (['https://a"><script>'], "not_a_link"),
        ([f"https://e.org/{n}" for n in range(7)], "too_many"),
        ([f"https://e.org/{'x' * 500}"], "too_long"),
    ],
)
def test_what_is_no_link_is_refused(links: list[str], reason: str) -> None:
    with pytest.raises(InvalidInput) as error:
        check_answers([], {LINKS: links}, require=False)
    assert (error.value.field, error.value.reason) == (LINKS, reason)


@pytest.mark.parametrize("datatype", Datatype)
def test_a_question_is_stored_as_plain_json_and_comes_back(datatype: Datatype) -> None:
    asked = question(datatype, required=True)
    assert Question.from_json(json.loads(json.dumps(asdict(asked)))) == asked


@given(st.sampled_from(Datatype), st.text() | st.lists(st.text(), max_size=3))
def test_no_answer_breaks_the_check_or_carries_what_no_database_takes(
    datatype: Datatype, value: Any
) -> None:
    try:
        kept = answered(datatype, value)
    except InvalidInput:
        return
    text = "".join(kept or "")
    text.encode("utf-8")
    assert "\0" not in text and "\u202e" not in text
