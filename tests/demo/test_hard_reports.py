"""The list of hard reports itself: complete, invented, and true to the sample district."""

from gridgov.config import ROOT
from gridgov.demo.hard_reports import HARD_REPORTS
from gridgov.importers.catalogue import read_catalogue

GAOMING = ROOT / "geodata" / "gaoming"


def test_there_are_25_and_each_names_a_class_and_a_village_of_the_sample() -> None:
    assert [report.number for report in HARD_REPORTS] == list(range(1, 26))
    codes = {category.code for category in read_catalogue(GAOMING / "catalogue.csv")}
    assert {report.category for report in HARD_REPORTS} <= codes
    assert {code for report in HARD_REPORTS for code in report.expected.split} <= codes
    villages = (GAOMING / "villages.csv").read_text(encoding="utf-8")
    assert all(f",{report.village}," in villages for report in HARD_REPORTS)


def test_what_is_expected_of_the_words_is_in_the_words() -> None:
    for report in HARD_REPORTS:
        for words in report.expected.folded:
            assert words in report.text
        for words in report.expected.hidden:
            assert words in report.text or words == report.phone


def test_numbers_of_people_are_invented() -> None:
    """Phones of the 199-0000 pattern, and an identity number whose check digit is wrong."""
    phones = {report.phone for report in HARD_REPORTS} - {""}
    assert all(phone.startswith("1990000") for phone in phones)
    identity = "440624198001010010"
    assert any(identity in report.text for report in HARD_REPORTS)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(identity, weights, strict=False))
    assert "10X98765432"[total % 11] != identity[-1]
