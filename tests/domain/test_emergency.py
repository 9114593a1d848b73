"""Danger in words: what is heard, what is a worry or a memory, and what asks for haste."""

import pytest

from gridgov.demo.hard_reports import HARD_REPORTS, HardReport
from gridgov.domain.emergency import concern, emergency, severity_of


@pytest.mark.parametrize("report", HARD_REPORTS, ids=lambda report: f"report {report.number}")
def test_of_the_hard_reports_only_8_9_10_and_11_are_dangerous(report: HardReport) -> None:
    hit = emergency(report.text)
    assert (hit.number if hit else "") == report.expected.call
    assert bool(report.expected.call) == (report.number in {8, 9, 10, 11})


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


@pytest.mark.parametrize("report", HARD_REPORTS, ids=lambda report: f"report {report.number}")
def test_of_the_hard_reports_17_asks_for_a_look_and_3_tells_of_a_fall(report: HardReport) -> None:
    found = concern(report.text)
    assert (found.numbers if found else ()) == report.expected.advice
    assert (found is not None) == (report.number in {3, 17})


@pytest.mark.parametrize(
    ("text", "usual", "severity"),
    [
        ("独居阿婆三日冇开门", 3, 4),
        ("邻居老人没开门,敲门没人应", 1, 4),
        ("An old man next door: no answer since Monday", 2, 4),
        ("路面有坑,昨天有人摔倒", 1, 2),
        ("路面有坑,昨天有人摔倒", 3, 3),
        ("老人们说商店没开门", 1, 4),  # a look too many does no harm
        ("商店没开门", 1, 1),
        ("以防有人摔倒,请加护栏", 1, 1),
        ("", 2, 2),
    ],
)
def test_words_that_ask_for_haste_raise_the_severity_and_never_lower_it(
    text: str, usual: int, severity: int
) -> None:
    assert severity_of(text, usual) == severity
