"""Several problems in one text, and abuse around a problem."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.demo.hard_reports import HARD_REPORTS, HardReport
from gridgov.domain.problems import MOST_PROBLEMS, fold_abuse, public_words, split
from gridgov.importers.catalogue import read_catalogue

GAOMING = Path(__file__).resolve().parents[2] / "geodata" / "gaoming"
CATALOGUE = read_catalogue(GAOMING / "catalogue.csv")
TEXTS = {report.number: report.text for report in HARD_REPORTS}


def classes(text: str) -> list[str]:
    return [one.category.code if one.category else "" for one in split(text, CATALOGUE)]


@pytest.mark.parametrize("report", HARD_REPORTS, ids=lambda report: f"report {report.number}")
def test_of_the_hard_reports_5_and_21_tell_of_several_problems(report: HardReport) -> None:
    assert tuple(classes(report.text)) == report.expected.split
    assert bool(report.expected.split) == (report.number in {5, 21})


def test_report_21_gives_one_problem_per_number_each_with_the_crossing() -> None:
    found = split(TEXTS[21], CATALOGUE)
    assert [one.own for one in found] == [
        "路口红绿灯不亮",
        "斑马线磨没了",
        "旁边绿化树挡住视线",
        "还有人乱停车",
    ]
    assert all(one.text.endswith("位置:跃华路与荷香路口") for one in found)


def test_report_5_keeps_what_belongs_together_and_what_all_share() -> None:
    smoke, stalls, noise = split(TEXTS[5], CATALOGUE)
    assert smoke.own == "楼下间大排档晚晚搞到两三点，油烟直接冲上我屋企"
    assert "枱凳" in stalls.own
    assert noise.own == "嘈到瞓唔着"
    assert all("搵过几次都冇人理" in one.text for one in (smoke, stalls, noise))


@pytest.mark.parametrize(
    ("text", "owns"),
    [
        ("1.路灯不亮 2.井盖不见", ["路灯不亮", "井盖不见"]),
        ("(1)路灯不亮；(2)井盖不见", ["路灯不亮", "井盖不见"]),
        ("①路灯不亮②井盖不见", []),  # not after the end of a clause
        ("①路灯不亮，②井盖不见", ["路灯不亮", "井盖不见"]),
        ("一、路灯不亮\n二、井盖不见", ["路灯不亮", "井盖不见"]),
        ("一是路灯不亮，二是井盖不见。", ["路灯不亮", "井盖不见"]),
        ("你好：1、路灯不亮；2、井盖不见", ["路灯不亮", "井盖不见"]),
        ("1) the street light is out; 2) a pothole", ["the street light is out", "a pothole"]),
        ("2、说不清楚；3、说不明白", []),  # no list that begins
        ("水深 1.5 米，2.5 米宽的坑", []),
        ("1、路灯不亮", []),
        ("", []),
    ],
)
def test_numbered_lists_are_read_however_they_are_numbered(text: str, owns: list[str]) -> None:
    found = split(text, CATALOGUE)
    assert [one.own for one in found] == owns


def test_an_item_that_points_to_no_class_says_so() -> None:
    assert classes("1、路灯不亮；2、说不清楚的事") == ["0202", ""]


@given(
    st.text(max_size=200), st.lists(st.sampled_from(["1、", "2、", "路灯不亮", "垃圾桶满", "，"]))
)
def test_splitting_never_crashes_and_never_gives_a_single_or_an_empty_problem(
    text: str, pieces: list[str]
) -> None:
    found = split(text + "".join(pieces), CATALOGUE)
    assert len(found) != 1
    assert len(found) <= MOST_PROBLEMS
    assert all(one.own.strip() and one.own in one.text for one in found)


@pytest.mark.parametrize("report", HARD_REPORTS, ids=lambda report: f"report {report.number}")
def test_of_the_hard_reports_14_alone_is_abusive_and_its_problem_stays(report: HardReport) -> None:
    found = fold_abuse(report.text)
    assert tuple(report.text[start:end] for start, end in found.folded) == report.expected.folded
    if report.number == 14:
        assert found.shown == "成日话整治,渠口臭咗成个月,收税就快手,做嘢就冇人影!!!"
    else:
        assert found.shown == report.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("他妈的路灯坏了三个月都不修", "路灯坏了三个月都不修"),
        ("路灯坏了，你们这帮废物，井盖也没了", "路灯坏了，井盖也没了"),
        ("仆街！", ""),
        ("Fucking idiots, the light is out", ", the light is out".lstrip(", ")),
        ("垃圾堆了三天没人收", "垃圾堆了三天没人收"),
        ("你们单位门口有垃圾", "你们单位门口有垃圾"),
    ],
)
def test_only_the_abusive_words_are_folded(text: str, shown: str) -> None:
    assert fold_abuse(text).shown == shown


@given(st.text(max_size=200))
def test_folding_loses_nothing_the_spans_do_not_name(text: str) -> None:
    found = fold_abuse(text)
    assert all(0 <= start < end <= len(text) for start, end in found.folded)
    if not found.folded:
        assert found.shown == text


def test_the_public_reads_neither_abuse_nor_names() -> None:
    assert public_words(TEXTS[13] + TEXTS[14]) == (
        "我叫陈**,身份证440***************,电话199****1234,住荷城沿江路18号***,"
        "楼上漏水两年,物业不理。成日话整治,渠口臭咗成个月,收税就快手,做嘢就冇人影!!!"
    )
