"""Intake: danger in words, the likely class, clean text, numbers nobody else should read."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.catalogue import Category
from gridgov.domain.errors import InvalidInput
from gridgov.domain.intake import (
    MAX_TEXT,
    check_phone,
    check_text,
    emergency,
    mask_personal,
    suggest_categories,
)
from gridgov.importers.catalogue import read_catalogue

GAOMING = Path(__file__).resolve().parents[2] / "geodata" / "gaoming"
CATALOGUE = read_catalogue(GAOMING / "catalogue.csv")

# The sample reports residents sent (people, plates and numbers are invented), and the class
# a good intake gives them. 25 (junk) has none.
SAMPLES = {
    1: ("0106", "荷城街道文华路建设银行对面,垃圾桶满了三天没人收,苍蝇很多,臭得很。"),
    2: ("0202", "泰华社区翠竹苑门口那盏路灯坏了半个月,晚上老人散步好危险。"),
    3: (
        "0203",
        "高明大道东往富湾方向,过了加油站大概两百米,路中间有个大坑,昨晚一辆摩托摔了。",
    ),
    4: ("0201", "沧江路学校门口下水井盖不见了!!小朋友放学要经过!"),
    5: (
        "0305",
        "楼下间大排档晚晚搞到两三点,仲摆晒啲枱凳出马路,嘈到瞓唔着,油烟直接冲上我屋企,"
        "搵过几次都冇人理。",
    ),
    6: ("0503", "明城镇明北村有人在鱼塘边烧垃圾,浓烟很大,吹到幼儿园。"),
    7: ("0402", "对面工地半夜一点还在打桩,已经连续第四晚,打12345也没用,你们到底管不管?"),
    8: ("0803", "我家隔壁402经常有女人哭喊救命的声音,刚刚又砸东西,我不敢去敲门。"),
    9: ("0603", "更合镇合水圩旧供销社后面有很大煤气味,好像是管子漏,不知道哪条街叫什么名。"),
    10: ("1101", "皂幕山脚下山火!火好大!快来人!!"),
    11: ("1103", "我爸突然晕倒叫不醒,在荷城竹园社区篮球场,救护车怎么还不来"),
    12: ("0704", "举报:三洲旧区某出租屋2楼夜夜赌钱,望风的在楼下。请不要透露我的信息,他们认识我。"),
    13: (
        "0805",
        "我叫陈大文,身份证440624198001010010,电话199-0000-1234,住荷城沿江路18号601,"
        "楼上漏水两年,物业不理。",
    ),
    14: ("0206", "你哋班废柴食屎啦,成日话整治,渠口臭咗成个月,收税就快手,做嘢就冇人影!!!"),
    15: ("0904", "建议在明湖社区公交站加个遮阳棚,再多几班去医院的车,谢谢。"),
    16: ("0903", "请问外省户口小孩明年想在荷城读小学,要准备什么材料?什么时候报名?"),
    17: ("0901", "杨和镇人和社区有个老人家独居,两天没见开门了,邻居敲门没反应。"),
    18: ("0804", "工厂拖欠我们三十多人工资两个月了,明天早上我们要去厂门口讨说法。"),
    19: ("0602", "小区电动车全部推上楼充电,楼道插线板一大堆,迟早出事。物业说管不了。"),
    20: ("0502", "那条河又变白色了,跟上次一样,晚上九点多开始的,味道刺鼻。就在我们村后面。"),
    21: (
        "0204",
        "1、路口红绿灯不亮;2、斑马线磨没了;3、旁边绿化树挡住视线;4、还有人乱停车。"
        "位置:跃华路与荷香路口。",
    ),
    22: ("0801", "隔离邻舍养咗十几只鸡喺天台,日日朝早四点啼,啲味仲勁过牛栏。"),
    23: (
        "0505",
        "看到有人把几桶黑色油一样的东西倒进田边水沟,车牌粤E·TEST1,货车,刚走。照片看不清。",
    ),
    24: ("9902", "感谢网格员阿玲,昨天帮我妈把高龄津贴资料送去社区,服务很好!"),
    25: ("", "test 测试 111 我要退款你们平台骗人"),
}
DANGEROUS = {8: "110", 9: "119", 10: "119", 11: "120"}


# --- danger -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", sorted(SAMPLES))
def test_of_the_sample_reports_only_four_are_dangerous(number: int) -> None:
    hit = emergency(SAMPLES[number][1])
    assert (hit and hit.number) == DANGEROUS.get(number)


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("火燭呀!四樓冒煙", "119", "火燭"),
        ("隔壁楼冒浓烟", "119", "楼冒浓烟"),
        ("电动车在楼道自燃", "119", "自燃"),
        ("不小心着火了快来", "119", "着火"),
        ("家里没人着火了", "119", "着火"),
        ("居委会着火", "119", "着火"),
        ("跟上次一样又起火了", "119", "起火"),
        ("ＦＩＲＥ！ there is a FIRE", "119", "fire!, there is a fire"),
        ("阿婆困在电梯里", "119", "困在电梯"),
        ("电梯困人", "119", "电梯困人"),
        ("水浸,有人被困在车里", "119", "被困"),
        ("煤气罐漏气", "119", "煤气罐漏"),
        ("闻到臭味,怕是煤气泄漏", "119", "煤气泄漏"),
        ("担心燃气泄露", "119", "燃气泄露"),
        ("I smell gas in the stairwell", "119", "smell gas"),
        ("佢揸刀斬人啊", "110", "揸刀、斬人"),
        ("楼下正在打架", "110", "打架"),
        ("老公打我", "110", "老公打我"),
        ("有人要跳楼", "110", "跳楼"),
        ("救命啊", "110", "救命"),
        ("someone is being attacked", "110", "being attacked"),
        ("老豆晕低咗,叫唔醒", "120", "晕低、叫唔醒"),
        ("以前有心脏病现在晕倒了", "120", "晕倒"),
        ("一个小时之前晕倒到现在", "120", "晕倒"),
        ("孩子在鱼塘溺水了", "120", "溺水"),
        ("不小心掉进河里了", "120", "掉进河里了"),
        ("有人触电", "120", "触电"),
        ("my father is not breathing", "120", "not breathing"),
    ],
)
def test_danger_is_heard_in_both_scripts_in_cantonese_and_in_english(
    text: str, number: str, words: str
) -> None:
    hit = emergency(text)
    assert hit is not None
    assert hit.number == number
    assert hit.words.startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "飞线充电,容易着火",
        "这样充电好怕着火",
        "万一着火怎么跑",
        "消防通道堵住,可能引发火灾",
        "楼道火灾隐患很多",
        "消防演习没有通知,火灾演练太吵",
        "不是着火,是烧烤的烟",
        "看着火车经过很吵",
        "工厂烟囱冒黑烟",
        "有人烧秸秆,浓烟很大",
        "燃气公司挖路不恢复",
        "燃气表漏水",
        "there is no gas leak",
        "fire lane is blocked, fire hazard",
        "没有人受伤,只是护栏坏了",
        "两车相碰,没人重伤",
        "这里经常车祸,路太烂",
        "楼下烧烤摊经常打架",
        "他打我电话不接",
        "被打扰到睡不着",
        "长期被困扰,瞓唔着",
        "跳楼价大甩卖太吵",
        "鱼塘没有防溺水警示牌,去年有人溺水",
        "落水管坏了",
        "救护车通道被占",
        "这是我的救命钱,欠薪三个月",
    ],
)
def test_worries_rules_and_memories_are_no_emergency(text: str) -> None:
    assert emergency(text) is None


def test_fire_comes_before_the_injured_and_a_cry_for_help_says_least() -> None:
    numbers = [
        emergency(text) for text in ("着火了,有人晕倒,救命", "拿刀砍人,流血不止", "救命,我爸晕倒")
    ]
    assert [hit.number for hit in numbers if hit] == ["119", "110", "120"]


# --- the likely class -------------------------------------------------------------------------


@pytest.mark.parametrize("number", sorted(set(SAMPLES) - {25}))
def test_the_class_of_a_sample_report_is_proposed_first_or_close_behind(number: int) -> None:
    code, text = SAMPLES[number]
    proposed = [item.code for item, _ in suggest_categories(text, CATALOGUE)]
    assert code in proposed
    assert len(proposed) <= 3


def test_most_sample_reports_get_their_class_first() -> None:
    first = {
        number: suggest_categories(text, CATALOGUE, limit=1)
        for number, (code, text) in SAMPLES.items()
        if code
    }
    right = [n for n, found in first.items() if found and found[0][0].code == SAMPLES[n][0]]
    assert len(right) >= 20


def test_a_longer_word_weighs_more_and_a_tie_goes_to_the_more_severe() -> None:
    ranked = suggest_categories("垃圾桶", CATALOGUE)
    assert [item.code for item, _ in ranked][:2] == ["0106", "0101"]
    assert ranked[0][1] > ranked[1][1] > 0
    usual, severe = (_bare(code, severity) for code, severity in (("0001", 1), ("0002", 3)))
    assert [item for item, _ in suggest_categories("井", [usual, severe])] == [severe, usual]


def test_words_without_a_class_and_major_classes_are_not_proposed() -> None:
    assert suggest_categories(SAMPLES[25][1], CATALOGUE) == []
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


def test_two_thousand_characters_fit_and_one_more_is_refused_with_both_numbers() -> None:
    assert check_text(" " + "埇" * MAX_TEXT + "\n") == "埇" * 2000
    with pytest.raises(InvalidInput) as refused:
        check_text("埇" * 2001)
    error = refused.value
    assert (error.field, error.reason) == ("text", "too_long")
    assert error.values == {"length": 2001, "limit": 2000}


@given(st.text(max_size=300))
def test_any_text_comes_out_fit_for_a_database_and_a_second_time_unchanged(told: str) -> None:
    kept = check_text(told)
    kept.encode("utf-8")
    assert check_text(kept) == kept == unicodedata.normalize("NFC", kept)
    assert not [c for c in kept if unicodedata.category(c) == "Cc" and c != "\n"]


# --- masking ----------------------------------------------------------------------------------


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
    ],
)
def test_personal_numbers_become_unreadable(told: str, shown: str) -> None:
    assert mask_personal(told) == shown


@pytest.mark.parametrize(
    "text",
    [
        "案号 440608-261122-00042,网格 440608004025006,村 440608004025",
        "打12345、110也没用,连续第4晚,2026-11-22 15:30",
        "沿江路18号601,藏青色的货车,贵宾犬,川菜馆",
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
