"""Personal data in words: unreadable for the public, what staff need stays, the rest as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.demo.hard_reports import HARD_REPORTS, HardReport
from gridgov.domain.privacy import mask_contact, mask_personal, personal


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("电话199-0000-1234,", "电话199****1234,"),
        ("打+86 199 0000 1234或19900005678", "打199****1234或199****5678"),
        ("座机0757-88001234", "座机0757-****1234"),
        ("(0757)88001234", "(0757)****1234"),
        ("电话:88001234", "电话:****1234"),
        ("身份证440624198001010010,", "身份证440***************,"),
        ("44062419800101001x", "440***************"),
        ("440624 19800101 0010", "440***************"),
        ("440624 1980 0101 0010", "440***************"),
        ("老证440624800101001", "老证440************"),
        ("卡号6222 0212 3456 7890 123", "卡号************0123"),
        ("卡号6222021234567890", "卡号************7890"),
        ("车牌粤E·TEST1,货车", "车牌粤E·*****,货车"),
        ("粤e12345和粤ED12345停在路口", "粤e*****和粤E*****停在路口"),
        ("粤Z1234港", "粤Z*****"),
        ("我叫陈大文,住这里", "我叫陈**,住这里"),
        ("我叫欧阳锋。", "我叫欧阳*。"),
        ("我叫陈大文和李四", "我叫陈**和李四"),
        ("我是陈小明，电话", "我是陈**，电话"),
        ("姓名：王五 男", "姓名：王* 男"),
        ("My name is John Smith and I live here", "My name is J*** and I live here"),
        ("感谢网格员阿玲", "感谢网格员阿*"),
        ("住沿江路18号601,", "住沿江路18号***,"),
        ("3栋2单元501", "3栋***"),
        ("翠竹苑5座1203房漏水", "翠竹苑5座***漏水"),
        ("A座1203", "A座***"),
        ("我家隔壁402经常", "我家隔壁***经常"),
        ("402房有人", "***房有人"),
        ("邮箱 a.b@qq.com", "邮箱 a***@qq.com"),
        ("微信abc12345", "微信*****"),
        ("QQ:123456789", "QQ:*****"),
    ],
)
def test_personal_numbers_become_unreadable(told: str, shown: str) -> None:
    assert mask_personal(told) == shown


@pytest.mark.parametrize(
    "text",
    [
        "案号 440608-261122-00042,网格 440608004025006,村 440608004025",
        "打12345、110也没用,连续第4晚,2026-11-22 15:30",
        "沿江路18号门口,藏青色的货车,贵宾犬,川菜馆",
        "3栋楼下堆垃圾,18号楼旁边,文华路110号对面,翠竹苑5座",
        "18号2019年开工,3栋100米外,隔壁100米,住2000人,三房一厅,房价",
        "我是高明人,我是李家村村民,我叫了救护车,我叫他别倒,我叫车送医院",
        "微信群里说的,QQ群,名字叫不上来",
        "",
    ],
)
def test_numbers_that_name_nobody_stay(text: str) -> None:
    assert mask_personal(text) == text


@given(st.integers(0, 99_999_999), st.sampled_from(["{}", "+86{}", "电话{}。", "打{}找我"]))
def test_no_mobile_number_survives_and_masking_twice_changes_nothing(tail: int, frame: str) -> None:
    number = f"199{tail:08d}"
    shown = mask_personal(frame.format(number))
    assert number not in shown
    assert number[3:7] not in shown.replace(number[:3], "", 1).replace(number[-4:], "")
    assert mask_personal(shown) == shown


PIECES = st.sampled_from(
    ["我叫陈大文", "姓名:李四", "440624198001010010", "199-0000-1234", "0757-88001234", "粤E·12345"]
    + [
        "18号601",
        "3栋2单元501",
        "隔壁402",
        "a.b@qq.com",
        "微信abc12345",
        "6222021234567890",
        "402室",
    ]
    + ["电话", "*", "-", " ", "1", "0", "8", "我是", "QQ", "my name is ", "号", ",", "@", "路"]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=12).map("".join)))
def test_masking_never_crashes_and_masking_twice_changes_nothing(text: str) -> None:
    for mask in (mask_personal, mask_contact):
        shown = mask(text)
        assert mask(shown) == shown
    assert personal(mask_personal(text)) == ()


@pytest.mark.parametrize("report", HARD_REPORTS, ids=lambda report: f"report {report.number}")
def test_nothing_about_a_person_in_a_hard_report_is_readable_afterwards(
    report: HardReport,
) -> None:
    shown = mask_personal(report.text)
    assert not [words for words in report.expected.hidden if words in shown]
    assert (shown == report.text) == (not report.expected.hidden), "ordinary texts stay readable"


def test_staff_keep_door_and_plate_and_lose_what_the_vault_is_for() -> None:
    by_number = {report.number: report.text for report in HARD_REPORTS}
    seen = mask_contact(by_number[13])
    assert "沿江路18号601" in seen
    assert not [words for words in ("陈大文", "440624198001010010", "0000-1234") if words in seen]
    assert "粤E·TEST1" in mask_contact(by_number[23])


def test_what_would_be_hidden_is_named_by_its_kind_once() -> None:
    text = {report.number: report.text for report in HARD_REPORTS}[13]
    assert [one.kind for one in personal(text)] == ["identity", "phone", "name", "address"]
    assert personal("垃圾桶满了") == ()
    assert len(personal("199-0000-1234 199-0000-1234")) == 1
