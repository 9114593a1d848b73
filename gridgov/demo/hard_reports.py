"""The 25 hard reports: what people really write, and what a good intake does with each.

All people, plates and numbers are invented: phones are of the 199-0000 pattern, the
identity number has a wrong check digit. Village and road names are real, so that
routing by words can be tried. Source: docs/domain, section 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    """What intake does with a report; empty means that nothing special happens.

    `call`: 110, 119 or 120 that comes before any case. `is_case`: False where it ends
    with that call or with a person's rejection. `advice`: numbers named without
    stopping anything. `split`: the class of each problem, in the order of the words.
    `hidden`: what no public view and no list may show. `folded`: words behind a fold.
    `asked`: the spot has to be asked for. `severity`: of the case. `holder`: "worker"
    (grid worker), "tray" (waits for the district's dispatcher) or a unit's code.
    """

    call: str = ""
    is_case: bool = True
    advice: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    asked: bool = False
    confidential: bool = False
    severity: int = 1
    holder: str = "worker"


@dataclass(frozen=True, slots=True)
class HardReport:
    """One report: the words, the class a good intake gives it, where it comes from.

    `village`: the village or community of the sample net where the sender stands, or
    that the sender names when asked. `place_words`: what stands in the place field.
    """

    number: int
    text: str
    category: str
    village: str
    place_words: str = ""
    phone: str = ""
    name: str = ""
    variants: tuple[str, ...] = ()
    expected: Expected = Expected()


HARD_REPORTS: Sequence[HardReport] = (
    HardReport(
        1,
        "荷城街道文华路建设银行对面,垃圾桶满了三天没人收,苍蝇很多,臭得很。",
        "0106",
        "中山社区",
        "文华路建设银行对面",
    ),
    HardReport(
        2,
        "泰华社区翠竹苑门口那盏路灯坏了半个月,晚上老人散步好危险。",
        "0202",
        "泰华社区",
        "翠竹苑门口",
    ),
    HardReport(
        3,
        "高明大道东往富湾方向,过了加油站大概两百米,路中间有个大坑,昨晚一辆摩托摔了。",
        "0203",
        "江湾社区",
        "高明大道东往富湾方向",
        expected=Expected(asked=True, severity=2),
    ),
    HardReport(
        4,
        "沧江路学校门口下水井盖不见了!!小朋友放学要经过!",
        "0201",
        "月明社区",
        "沧江路学校门口",
        expected=Expected(severity=3),
    ),
    HardReport(
        5,
        "楼下间大排档晚晚搞到两三点,仲摆晒啲枱凳出马路,嘈到瞓唔着,油烟直接冲上我屋企,"
        "搵过几次都冇人理。",
        "0305",
        "长安社区",
        expected=Expected(split=("0306", "0301", "0305")),
    ),
    HardReport(
        6,
        "明城镇明北村有人在鱼塘边烧垃圾,浓烟很大,吹到幼儿园。",
        "0503",
        "明北村",
        "明北村鱼塘边",
        expected=Expected(severity=2),
    ),
    HardReport(
        7,
        "对面工地半夜一点还在打桩,已经连续第四晚,打12345也没用,你们到底管不管?",
        "0402",
        "健力社区",
        expected=Expected(severity=2, holder="ZJSL"),
    ),
    HardReport(
        8,
        "我家隔壁402经常有女人哭喊救命的声音,刚刚又砸东西,我不敢去敲门。",
        "0803",
        "金华社区",
        expected=Expected(
            call="110", hidden=("隔壁402",), confidential=True, severity=4, holder="GA"
        ),
    ),
    HardReport(
        9,
        "更合镇合水圩旧供销社后面有很大煤气味,好像是管子漏,不知道哪条街叫什么名。",
        "0603",
        "合水社区",
        "合水圩旧供销社后面",
        expected=Expected(call="119", asked=True, severity=4, holder="RQ"),
    ),
    HardReport(
        10,
        "皂幕山脚下山火!火好大!快来人!!",
        "1101",
        "对川村",
        "皂幕山脚下",
        expected=Expected(call="119", asked=True, severity=4, holder="XF"),
    ),
    HardReport(
        11,
        "我爸突然晕倒叫不醒,在荷城竹园社区篮球场,救护车怎么还不来",
        "1103",
        "竹园社区",
        "竹园社区篮球场",
        expected=Expected(call="120", is_case=False, severity=4, holder="WJ"),
    ),
    HardReport(
        12,
        "举报:三洲旧区某出租屋2楼夜夜赌钱,望风的在楼下。请不要透露我的信息,他们认识我。",
        "0704",
        "三洲社区",
        "三洲旧区",
        expected=Expected(confidential=True, severity=3, holder="GA"),
    ),
    HardReport(
        13,
        "我叫陈大文,身份证440624198001010010,电话199-0000-1234,住荷城沿江路18号601,"
        "楼上漏水两年,物业不理。",
        "0805",
        "庆洲社区",
        phone="19900001234",
        name="陈大文",
        expected=Expected(
            hidden=("陈大文", "440624198001010010", "199-0000-1234", "19900001234", "18号601"),
            severity=2,
        ),
    ),
    HardReport(
        14,
        "你哋班废柴食屎啦,成日话整治,渠口臭咗成个月,收税就快手,做嘢就冇人影!!!",
        "0206",
        "河江社区",
        expected=Expected(asked=True, folded=("你哋班废柴食屎啦",), severity=2),
    ),
    HardReport(
        15,
        "建议在明湖社区公交站加个遮阳棚,再多几班去医院的车,谢谢。",
        "0904",
        "明湖社区",
        "明湖社区公交站",
        expected=Expected(holder="JT"),
    ),
    HardReport(
        16,
        "请问外省户口小孩明年想在荷城读小学,要准备什么材料?什么时候报名?",
        "0903",
        "育才社区",
        expected=Expected(holder="RS"),
    ),
    HardReport(
        17,
        "杨和镇人和社区有个老人家独居,两天没见开门了,邻居敲门没反应。",
        "0901",
        "人和社区",
        "人和社区",
        expected=Expected(advice=("110", "120"), severity=4),
    ),
    HardReport(
        18,
        "工厂拖欠我们三十多人工资两个月了,明天早上我们要去厂门口讨说法。",
        "0807",
        "河西社区",
        expected=Expected(confidential=True, severity=4, holder="ZFW"),
    ),
    HardReport(
        19,
        "小区电动车全部推上楼充电,楼道插线板一大堆,迟早出事。物业说管不了。",
        "0602",
        "岭南社区",
        expected=Expected(severity=2),
    ),
    HardReport(
        20,
        "那条河又变白色了,跟上次一样,晚上九点多开始的,味道刺鼻。就在我们村后面。",
        "0502",
        "阮埇村",
        "我们村后面",
        expected=Expected(asked=True, severity=3, holder="HJ"),
    ),
    HardReport(
        21,
        "1、路口红绿灯不亮;2、斑马线磨没了;3、旁边绿化树挡住视线;4、还有人乱停车。"
        "位置:跃华路与荷香路口。",
        "0204",
        "岭南社区",
        "跃华路与荷香路口",
        expected=Expected(split=("0204", "0204", "1104", "0302"), severity=2),
    ),
    HardReport(
        22,
        "隔离邻舍养咗十几只鸡喺天台,日日朝早四点啼,啲味仲勁过牛栏。",
        "0801",
        "仙村村",
    ),
    HardReport(
        23,
        "看到有人把几桶黑色油一样的东西倒进田边水沟,车牌粤E·TEST1,货车,刚走。照片看不清。",
        "0505",
        "罗西村",
        expected=Expected(hidden=("TEST1",), confidential=True, severity=4, holder="HJ"),
    ),
    HardReport(
        24,
        "感谢网格员阿玲,昨天帮我妈把高龄津贴资料送去社区,服务很好!",
        "9902",
        "安泰社区",
        expected=Expected(hidden=("阿玲",), holder="ZX"),
    ),
    HardReport(
        25,
        "test 测试 111",
        "9901",
        "照明社区",
        variants=("", "我要退款你们平台骗人"),
        expected=Expected(is_case=False, holder="ZX"),
    ),
)
