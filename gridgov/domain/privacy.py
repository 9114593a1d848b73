"""What in a text is about a person: made unreadable before others read it.

Two degrees. What the public may read (`mask_personal`) names nobody and no door; what
staff read (`mask_contact`) keeps the door and the plate, which the work is about, and
hides numbers, mail addresses and names, which are the vault's. The report itself is
never changed. Source: domain notes, sections 7 and 9.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

Mask = Callable[[re.Match[str]], str]

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SEPARATOR = r"[ \-‐–—]?"
_HAN = "一-鿿"

# The surnames of about nine people in ten here; after "my name is" a rarer one counts too.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁于余叶蒋杜苏魏程吕丁"
    "沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严洪武莫孔"
    "陳張劉黃趙吳孫馬羅鄭謝許鄧馮韓蕭葉蔣蘇呂盧鐘譚陸賈韋鄒閻龍賀顧龔萬錢嚴麦麥区區伍关關冼霍欧歐简簡"
)
_COMPOUND = "欧阳|歐陽|司徒|上官|诸葛|諸葛|司马|司馬"
_GIVEN = f"(?:(?:{_COMPOUND})|[{_SURNAMES}])"
# What may follow a name; without it "我叫车送医院" would lose its car.
_NAME_END = (
    r"(?=$|[\s,，.。;；:：、!！?？()（）\d]|住|家住|今年|现年|电话|電話|手机|手機|身份证|身份證"
    r"|联系|聯繫|男|女|是|的|和|跟|同)"
)
# "我是高明人", "我是黄村村民": a place or a part, not a name.
_NO_GIVEN = "人民员工生师村镇区社户主长家方租客们队厂店路街巷"


def _old_identity(digits: str) -> str:
    """Mask an old identity number; a grid's code is as long, but holds no birthday."""
    try:
        date(1900 + int(digits[6:8]), int(digits[8:10]), int(digits[10:12]))
    except ValueError:
        return digits
    return digits[:3] + "*" * 12


def _name(hit: re.Match[str]) -> str:
    return hit[1] + hit[2] + "*" * len(hit[3])


_NUMBERS: tuple[tuple[str, re.Pattern[str], Mask], ...] = (
    (
        "identity",
        re.compile(
            rf"(?<!\d)(\d{{3}})\d{{3}}{_SEPARATOR}\d{{4}}{_SEPARATOR}\d{{4}}{_SEPARATOR}"
            r"\d{3}[\dXxＸｘ](?!\d)"
        ),
        lambda hit: hit[1] + "*" * 15,
    ),
    ("identity", re.compile(r"(?<!\d)\d{15}(?!\d)"), lambda hit: _old_identity(hit[0])),
    (
        "card",
        re.compile(rf"(?<!\d)\d{{4}}(?:{_SEPARATOR}\d{{4}}){{3}}(?:{_SEPARATOR}\d{{1,3}})?(?!\d)"),
        lambda hit: "*" * 12 + re.sub(r"\D", "", hit[0])[-4:],
    ),
    (
        "phone",
        re.compile(
            rf"(?<!\d)(?:[+＋]?86{_SEPARATOR})?([1１]\d{{2}}){_SEPARATOR}\d{{4}}{_SEPARATOR}(\d{{4}})(?!\d)"
        ),
        lambda hit: f"{hit[1]}****{hit[2]}",
    ),
    (
        "phone",
        re.compile(rf"(?<!\d)(0\d{{2,3}}[)）]?{_SEPARATOR})\d{{3,4}}{_SEPARATOR}(\d{{4}})(?!\d)"),
        lambda hit: f"{hit[1]}****{hit[2]}",
    ),
    (
        "phone",
        re.compile(
            r"((?:电话|電話|手机|手機|座机|tel\.?|phone)\D{0,3})\d{3,4}-?(\d{4})(?!\d)", re.I
        ),
        lambda hit: f"{hit[1]}****{hit[2]}",
    ),
    (
        "mail",
        re.compile(r"(?<![\w.+*-])([\w+-])[\w.+-]*(@[\w-]+(?:\.[\w-]+)+)"),
        lambda hit: f"{hit[1]}***{hit[2]}",
    ),
    (
        "account",
        re.compile(
            r"((?:微信|wechat|\bqq)(?:号|號|id)?\s{0,2}(?:是)?[:：]?\s{0,2})[a-z0-9][\w-]{4,29}",
            re.I,
        ),
        lambda hit: f"{hit[1]}*****",
    ),
    (
        "name",
        re.compile(
            rf"((?:我的?名字?叫|我叫做?|本人叫?|姓名(?:是|为|為)?\s{{0,2}}[:：]?\s{{0,2}}))"
            rf"({_GIVEN})([{_HAN}]{{1,2}}){_NAME_END}"
        ),
        _name,
    ),
    (
        "name",
        re.compile(
            rf"((?:我是|我系|我係))({_GIVEN})([{_HAN}]?[^\W{_NO_GIVEN}\d_a-zA-Z])"
            r"(?=$|[\s,，.。;；:：、!！?？]|住|电话|手机|身份证)"
        ),
        _name,
    ),
    (
        "name",
        re.compile(r"(\bmy name is )([a-z])([a-z'’-]+(?: [A-Z][a-z'’-]+)?)", re.I),
        lambda hit: f"{hit[1]}{hit[2]}***",
    ),
    (
        "name",
        re.compile(rf"((?:网格员|網格員|社工|志愿者|协管员|保洁员)阿)()([{_HAN}])"),
        _name,
    ),
)
_PLATE = (
    "plate",
    re.compile(
        rf"([{_PROVINCES}][A-Z])([·•・. \-]?)[A-Z0-9]{{4,6}}[挂学警港澳]?(?![A-Z0-9])", re.I
    ),
    lambda hit: f"{hit[1]}{hit[2]}*****",
)
_DOORS: tuple[tuple[str, re.Pattern[str], Mask], ...] = (
    (
        # 沿江路18号601, 3栋2单元501房, A座12楼B室: the building stays, the door does not.
        "address",
        re.compile(
            r"(\d{1,4}(?:号|號|栋|棟|幢|座|弄)(?:楼|樓)?|[A-Za-z](?:座|栋|棟))[\s,，-]?"
            r"(?:[\dA-Za-z]{1,3}(?:单元|單元|梯|座)[\s,，-]?(?:[\dA-Za-z]{1,5}(?:号|號)?[室房户戶]?)?"
            r"|\d{1,2}[楼樓层層][\dA-Za-z]{1,4}[室房户戶]?"
            r"|\d{3,4}(?![\d年米元人个個家户戶次天度])(?:号|號)?[室房]?)"
        ),
        lambda hit: f"{hit[1]}***",
    ),
    (
        "address",
        re.compile(
            r"((?:隔壁|楼上|樓上|楼下|樓下|对面|對面|我家|住在?|房间|房間|房号|room |flat ))"
            r"(?<!\d)\d{3,4}(?![\d年米元人个個多块塊公天次号號度平点點斤只隻台辆輛户戶])",
            re.I,
        ),
        lambda hit: f"{hit[1]}***",
    ),
    (
        "address",
        re.compile(r"(?<![\d*])\d{3,4}(室|号房|號房|房(?![东東产產屋租价價管贷貸子]))"),
        lambda hit: f"***{hit[1]}",
    ),
)
_CONTACT = _NUMBERS
_ALL = (*_NUMBERS, _PLATE, *_DOORS)


def _masked(text: str, masks: Sequence[tuple[str, re.Pattern[str], Mask]]) -> str:
    """Hide until nothing is left to hide: a row of digits can look like a number again.

    Ends: what is hidden leaves fewer readable characters, or none more to find.
    """
    before = None
    while text != before:
        before = text
        for _, pattern, masked in masks:
            text = pattern.sub(masked, text)
    return text


def mask_personal(text: str) -> str:
    """Return a text as the public may read it.

    A phone keeps its first three and last four digits (199****1234), a bank card its
    last four, an identity number its first three, a plate province and city, a name
    after "我叫" its surname, an address the building without the door. Masking a
    second time changes nothing.
    """
    return _masked(text, _ALL)


def mask_contact(text: str) -> str:
    """Return a text as staff read it: place and plate stay, what the vault is for does not."""
    return _masked(text, _CONTACT)


@dataclass(frozen=True, slots=True)
class Personal:
    """Words that look like personal data; `kind` is what they look like."""

    kind: str
    words: str


def personal(text: str) -> tuple[Personal, ...]:
    """Return what `mask_personal` would hide, in the order of the rules, each once."""
    found: dict[Personal, None] = {}
    for kind, pattern, masked in _ALL:
        for hit in pattern.finditer(text):
            if masked(hit) != hit[0]:
                found[Personal(kind, hit[0])] = None
        text = pattern.sub(masked, text)
    return tuple(found)
