"""What a text is cut into, and what a query asks of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.search_tokens import canonical, runs, terms, tokens


def test_chinese_is_cut_into_pairs_and_words_stay_whole() -> None:
    form = canonical(["荷香路１２号，Shop A3 路灯不亮"])
    assert form == " 荷香路 12 号 shop a3 路灯不亮"
    assert tokens(form).split() == [
        *("荷香", "香路", "路", "12", "号", "shop", "a3"),
        *("路灯", "灯不", "不亮", "亮"),
    ]


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("路灯", "门口路灯不亮", True),
        ("路不", "门口路灯不亮", False),
        ("灯", "门口路灯不亮", True),
        ("0037", "440608-261120-0037", True),
        ("037", "440608-261120-0037", False),
        ("440608-261120-0037", "440608-261120-0037", True),
        ("１２号", "荷香路12号", True),
        ("12号", "荷香路112号", False),
        ("shop", "SHOPS", True),
    ],
)
def test_a_term_is_found_where_a_reader_would_see_it(asked: str, text: str, found: bool) -> None:
    (term,) = terms(asked)
    assert (term.canonical in canonical([text])) is found


def test_punctuation_alone_asks_for_nothing() -> None:
    assert terms(" ，。 % ' \" ") == []


@given(st.text(max_size=60), st.text(alphabet="路灯不亮荷香12ab, ，", max_size=8))
def test_the_index_never_misses_what_the_words_hold(text: str, asked: str) -> None:
    form = canonical([text, asked])
    kept = tokens(form).split()
    for term in terms(asked):
        if term.canonical in form:
            assert set(term.whole) <= set(kept)
            assert all(any(one.startswith(begun) for one in kept) for begun in term.begun)


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert runs(" ".join(runs(text))) == runs(text)
