"""How people name a spot: from a landmark, a road or a village to "opposite the clinic".

Which words fit depends on what the name ends with and on who speaks.
"""

import random
from collections.abc import Mapping, Sequence

PLAIN, CANTONESE, FORMAL = "plain", "yue", "formal"

_BUILDING: Mapping[str, Sequence[str]] = {
    PLAIN: (
        *("{}门口", "{}旁边", "{}对面", "{}附近", "{}后面", "{}斜对面", "{}侧边"),
        *("{}门口左边", "{}往前一点", "{}过去几十米", "{}那里"),
    ),
    CANTONESE: ("{}隔篱", "{}对面", "{}门口", "{}侧边", "{}附近", "{}后面", "{}嗰度", "{}过少少"),
    FORMAL: ("{}门口", "{}旁", "{}对面", "{}附近", "{}后侧", "{}东侧", "{}西侧", "{}周边"),
}
_SPOT: Mapping[str, Sequence[str]] = {
    PLAIN: ("{}旁边", "{}边上", "{}附近", "{}那里", "{}过去一点", "{}对面", "{}前面"),
    CANTONESE: ("{}隔篱", "{}侧边", "{}附近", "{}嗰度", "{}嗰边", "{}对面"),
    FORMAL: ("{}旁", "{}附近", "{}东侧", "{}西侧", "{}北侧", "{}周边"),
}
_ROAD: Mapping[str, Sequence[str]] = {
    PLAIN: ("{}边上", "{}中段", "{}这边", "{}路口附近", "{}尾段"),
    CANTONESE: ("{}嗰度", "{}边", "{}中段", "{}路口附近"),
    FORMAL: ("{}路段", "{}中段", "{}沿线", "{}路口附近"),
}
_VILLAGE: Mapping[str, Sequence[str]] = {
    PLAIN: ("{}口", "{}里面", "{}这边", "{}委会附近", "{}村道边"),
    CANTONESE: ("{}口", "{}入面", "{}委会附近", "{}嗰度"),
    FORMAL: ("{}口", "{}内", "{}委会附近", "{}村道旁"),
}
_COMMUNITY: Mapping[str, Sequence[str]] = {
    PLAIN: ("{}里面", "{}这边", "{}居委会附近", "{}内街"),
    CANTONESE: ("{}入面", "{}居委会附近", "{}嗰度"),
    FORMAL: ("{}内", "{}居委会附近", "{}内街"),
}
_RELATIONS: tuple[tuple[tuple[str, ...], Mapping[str, Sequence[str]]], ...] = (
    (("桥头", "榕树头", "牌坊", "水闸", "鱼塘", "健身径", "篮球场", "公交站", "正门"), _SPOT),
    (("路", "大道", "街", "巷", "公路"), _ROAD),
    (("村",), _VILLAGE),
    (("社区",), _COMMUNITY),
)
# What already says where, and is left alone.
_SETTLED = ("门口", "旁", "旁边", "对面", "附近", "后面", "前面", "路口", "边", "里", "处", "交界")
_QUARTER: Mapping[str, Sequence[str]] = {
    PLAIN: ("{}附近", "{}这边", "{}这一带", "{}旁边"),
    CANTONESE: ("{}附近", "{}呢边", "{}嗰头", "{}隔篱"),
    FORMAL: ("{}附近", "{}周边", "{}一带", "{}片区"),
}
# For one who takes the place for known: a spot, the quarter, and where one lives.
_HOME: Mapping[str, tuple[Sequence[str], Sequence[str], Sequence[str]]] = {
    PLAIN: (
        ("我家楼下", "我家门口", "家门口", "我家附近", "我家后面", "我住的楼下", "我们这边"),
        ("我们这边", "我家这边", "这边", "我家附近", "我们这里"),
        ("这边", "附近", "这里"),
    ),
    CANTONESE: (
        ("我屋企楼下", "我屋企门口", "我哋呢边", "屋企附近", "我屋企后面"),
        ("我哋呢边", "我屋企附近", "呢边"),
        ("呢边", "附近"),
    ),
    FORMAL: (("本片区", "辖区内"), ("本片区", "辖区内"), ("本片区", "辖区内")),
}


def at(rng: random.Random, place: str, manner: str) -> str:
    """Return words for a spot at a place, as said in that manner."""
    if place.endswith(_SETTLED):
        return place
    for endings, relations in _RELATIONS:
        if place.endswith(endings):
            return _one(rng, relations[manner]).format(place)
    return _one(rng, _BUILDING[manner]).format(place)


def around(rng: random.Random, place: str, manner: str) -> str:
    """Return words for the quarter around a place, as said in that manner."""
    if place.endswith(_SETTLED):
        return place
    if place.endswith(("村", "社区")):
        return place
    return _one(rng, _QUARTER[manner]).format(place)


def home(rng: random.Random, manner: str) -> tuple[str, str, str]:
    """Return spot, quarter and dwelling in the words of one who takes them for known."""
    spots, quarters, dwellings = _HOME[manner]
    return _one(rng, spots), _one(rng, quarters), _one(rng, dwellings)


def _one(rng: random.Random, words: Sequence[str]) -> str:
    return words[int(rng.random() * len(words))]
