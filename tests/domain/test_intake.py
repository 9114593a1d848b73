"""Intake: the likely class, clean text, a phone number as digits."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.demo.hard_reports import HARD_REPORTS, HardReport
from gridgov.domain.catalogue import Category
from gridgov.domain.errors import InvalidInput
from gridgov.domain.intake import (
    MAX_TEXT,
    check_phone,
    check_text,
    score,
    suggest_categories,
    words_found,
)
from gridgov.importers.catalogue import read_catalogue

GAOMING = Path(__file__).resolve().parents[2] / "geodata" / "gaoming"
CATALOGUE = read_catalogue(GAOMING / "catalogue.csv")


# --- the likely class -------------------------------------------------------------------------


@pytest.mark.parametrize("report", HARD_REPORTS, ids=lambda report: f"report {report.number}")
def test_the_class_of_a_hard_report_is_proposed_first(report: HardReport) -> None:
    proposed = [item.code for item, _ in suggest_categories(report.text, CATALOGUE)]
    if report.number == 25:
        assert proposed == [], "junk points nowhere"
    else:
        assert proposed[0] == report.category
    assert len(proposed) <= 3


def test_of_two_meant_classes_the_second_is_proposed_as_well() -> None:
    by_number = {report.number: report.text for report in HARD_REPORTS}
    for number, codes in {
        5: {"0305", "0306", "0301"},
        18: {"0807", "0804"},
        15: {"0904", "9902"},
    }.items():
        assert codes <= {item.code for item, _ in suggest_categories(by_number[number], CATALOGUE)}


def test_words_inside_words_count_once_and_are_named_longest_first() -> None:
    manhole = next(item for item in CATALOGUE if item.code == "0201")
    assert score("下水井盖不见了", manhole) == len("下水井盖不见")
    assert words_found("下水井盖不见了", manhole)[0] == "下水井"
    light = next(item for item in CATALOGUE if item.code == "0202")
    assert words_found("The street lights are out", light) == ["lights", "street"]
    assert words_found("一切都好", manhole) == []


def test_a_longer_word_weighs_more_and_a_tie_goes_to_the_more_severe() -> None:
    ranked = suggest_categories("垃圾桶", CATALOGUE)
    assert [item.code for item, _ in ranked][:2] == ["0106", "0101"]
    assert ranked[0][1] > ranked[1][1] > 0
    usual, severe = (_bare(code, severity) for code, severity in (("0001", 1), ("0002", 3)))
    assert [item for item, _ in suggest_categories("井", [usual, severe])] == [severe, usual]


def test_words_without_a_class_and_major_classes_are_not_proposed() -> None:
    assert suggest_categories("test 测试 111 我要退款你们平台骗人", CATALOGUE) == []
    assert suggest_categories("", CATALOGUE) == []
    assert suggest_categories("市容环卫", CATALOGUE) == []


def test_english_words_find_a_class_too() -> None:
    assert suggest_categories("The street LIGHTS are out", CATALOGUE)[0][0].code == "0202"
    assert suggest_categories("a deep pothole", CATALOGUE)[0][0].code == "0203"


def _bare(code: str, severity: int) -> Category:
    body = CATALOGUE[1].as_json() | {
        "code": code,
        "severity": severity,
        "keywords": ["井"],
        "name": "井",
        "name_en": "",
    }
    return Category.from_json(body)


# --- text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("  阮埇村 豸岗村  ", "阮埇村 豸岗村"),
        ("一家 👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️", "一家 👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️"),
        ("first\r\nsecond\rthird\nfourth", "first\nsecond\nthird\nfourth"),
        ("a\tb", "a b"),
        ("nul\x00 bell\x07 esc\x1b[31m", "nul bell esc[31m"),
        ("turn\u202eed round", "turned round"),
        ("half \ud83d surrogate", "half  surrogate"),
        ("cafe\u0301", "caf\u00e9"),
        ("\n\n hello \n", "hello"),
        ("   ", ""),
    ],
)
def test_text_is_cleaned_and_its_characters_stay(told: str, kept: str) -> None:
    assert check_text(told) == kept


def test_four_thousand_characters_fit_and_one_more_is_refused_with_both_numbers() -> None:
    assert check_text(" " + "埇" * MAX_TEXT + "\n") == "埇" * 4000
    with pytest.raises(InvalidInput) as refused:
        check_text("埇" * 4001)
    error = refused.value
    assert (error.field, error.reason) == ("text", "too_long")
    assert error.values == {"length": 4001, "limit": 4000}


@given(st.text(max_size=300))
def test_any_text_comes_out_fit_for_a_database_and_a_second_time_unchanged(told: str) -> None:
    kept = check_text(told)
    kept.encode("utf-8")
    assert check_text(kept) == kept == unicodedata.normalize("NFC", kept)
    assert not [c for c in kept if unicodedata.category(c) == "Cc" and c != "\n"]


# --- phone ------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", ["", "   ", "\t\n", " - "])
def test_no_phone_is_fine(blank: str) -> None:
    assert check_phone(blank) is None


@pytest.mark.parametrize(
    "told",
    [
        "19900001234",
        "199-0000-1234",
        " 199 0000 1234 ",
        "+86 199 0000 1234",
        "+86-199-0000-1234",
        "0086 19900001234",
        "8619900001234",
        "(+86) 199 0000 1234",
        "１９９００００１２３４",
        "\u202a+86 199 0000 1234\u202c",
    ],
)
def test_a_mobile_number_is_understood_however_it_is_written(told: str) -> None:
    assert check_phone(told) == "19900001234"


@pytest.mark.parametrize(
    ("told", "digits"),
    [("1990000123", 10), ("199000012345", 12), ("12345", 5), ("+86 1990000", 7)],
)
def test_a_digit_too_many_or_too_few_is_counted(told: str, digits: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_phone(told)
    error = refused.value
    assert (error.field, error.reason) == ("phone", "wrong_length")
    assert error.values == {"digits": digits}


@pytest.mark.parametrize("told", ["abc", "无", "29900001234", "12900001234", "+1 212 555 0100"])
def test_what_is_no_mobile_number_is_refused(told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_phone(told)
    assert (refused.value.field, refused.value.reason) == ("phone", "not_a_phone")
