"""One text, several problems; and words that are no problem but abuse.

Both are proposals read from the words alone: splitting is offered and never done by
itself, and what is folded stays in the report as it was written.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gridgov.domain.catalogue import Category
from gridgov.domain.intake import score, suggest_categories
from gridgov.domain.privacy import mask_personal

MOST_PROBLEMS = 6
# Shorter than this says nothing that somebody could go and look at.
LEAST_WORDS = 3
# A clause names a class by two characters of its words; one word of two in passing
# ("smells", "old people") makes no problem of its own.
NAMED_SCORE = 2
CLEAR_SCORE = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """One of several problems: its words, and the class they point to, None where none does.

    `own` are its words alone, `text` has with them what all problems share (the place).
    """

    text: str
    category: Category | None
    own: str


# 1、 2. (3) ④ 五、 第六: at the start, or after the end of a clause. "3.5 米" is no number
# of a list, so an Arabic dot must not be followed by a digit.
_MARK = re.compile(
    r"(?:(?<=^)|(?<=[\n\s,，。;；:：!！?？]))\s*"
    r"(?:[(（]\s*(\d{1,2}|[一二三四五六七八九十])\s*[)）]|(\d{1,2})\s*(?:[、)）]|[.．](?!\d))"
    r"|([①-⑩])|第([一二三四五六七八九十])[、,，:：是]|([一二三四五六七八九十])(?:、|是(?=[^\s])))\s*"
)
_HAN_DIGITS = "一二三四五六七八九十"
# What all items share: where it is, who to ask, how long it has been.
_SHARED = re.compile(r"位置|地点|地點|地址|位於|位于|以上|都在|全在|均在|联系|聯繫|电话|電話")
_SENTENCE_END = re.compile(r"(?<=[。！!？?\n])")
_CLAUSE = re.compile(r"[，,。;；！!？?\n]+")
_EDGES = " \t\n,，。;；、:：!！?？"


def split(text: str, categories: Iterable[Category]) -> list[Problem]:
    """Return the problems a text tells of, in its order; fewer than two means: leave it whole.

    A numbered list gives one problem per number. Running text is split where its
    clauses name different public matters; what is about people, and danger, belongs
    together with its story. Words that all share, like the place, go with each problem.
    """
    known = [item for item in categories if item.parent_code is not None]
    items, shared = _numbered(text)
    if len(items) >= 2:
        return [Problem(_with(item, shared), _likeliest(item, known), item) for item in items]
    return _by_class(text, known)


def is_told(part: str, told: str) -> bool:
    """Tell whether every clause of a part stands in what was told, so that nothing is put in."""
    clauses = [clause.strip(_EDGES) for clause in _CLAUSE.split(part)]
    return all(clause in told for clause in clauses)


def _with(item: str, shared: str) -> str:
    return f"{item}。{shared}" if shared else item


def _likeliest(text: str, categories: Sequence[Category]) -> Category | None:
    found = suggest_categories(text, categories, limit=1)
    return found[0][0] if found else None


def _numbered(text: str) -> tuple[list[str], str]:
    """Return the items of a numbered list and what all of them share."""
    marks: list[re.Match[str]] = []
    for hit in _MARK.finditer(text):
        if _number(hit) == len(marks) + 1:
            marks.append(hit)
    if len(marks) < 2:
        return [], ""
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    items = [text[mark.end() : end].strip(_EDGES) for mark, end in zip(marks, ends, strict=True)]
    head = text[: marks[0].start()].strip(_EDGES)
    items[-1], tail = _without_shared(items[-1])
    kept = [item for item in items if len(item) >= LEAST_WORDS]
    return kept[:MOST_PROBLEMS], "。".join(part for part in (head, tail) if part)


def _number(mark: re.Match[str]) -> int:
    digits = unicodedata.normalize("NFKC", next(group for group in mark.groups() if group))
    return int(digits) if digits.isdecimal() else _HAN_DIGITS.index(digits) + 1


def _without_shared(item: str) -> tuple[str, str]:
    """Cut what speaks for the whole list off its last item."""
    parts = [part for part in _SENTENCE_END.split(item) if part.strip(_EDGES)]
    for index, part in enumerate(parts[1:], start=1):
        if _SHARED.match(part.strip(_EDGES)):
            return "".join(parts[:index]).strip(_EDGES), "".join(parts[index:]).strip(_EDGES)
    return item, ""


def _by_class(text: str, categories: Sequence[Category]) -> list[Problem]:
    """Split running text by the classes of its clauses.

    A clause goes to the class that the whole text speaks of most among those it names,
    so that one thing described twice ("has turned white", "smells") stays one problem.
    """
    public = [c for c in categories if c.public and not c.confidential and c.hand_over is None]
    ranked = [item for item, _ in suggest_categories(text, public, limit=len(public))]
    clauses = [part.strip(_EDGES) for part in _CLAUSE.split(text)]
    of_clause = {clause: _named(clause, ranked) for clause in clauses if clause}
    weight = Counter[str]()
    for clause, item in of_clause.items():
        if item is not None:
            weight[item.code] += score(clause, item)
    parts: dict[str, list[str]] = {}
    common: list[str] = []
    for clause, item in of_clause.items():
        clear = item is not None and weight[item.code] >= CLEAR_SCORE
        (parts.setdefault(item.code, []) if item is not None and clear else common).append(clause)
    if len(parts) < 2:
        return []
    by_code = {item.code: item for item in ranked}
    return [
        Problem(_with("，".join(told), "，".join(common)), by_code[code], "，".join(told))
        for code, told in list(parts.items())[:MOST_PROBLEMS]
    ]


def _named(clause: str, ranked: Sequence[Category]) -> Category | None:
    if len(clause) <= LEAST_WORDS:
        return None  # "thank you", "please": no problem of its own
    return next((item for item in ranked if score(clause, item) >= NAMED_SCORE), None)


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without its abuse, and where in the original the abuse stands (start, end)."""

    shown: str
    folded: tuple[tuple[int, int], ...]


_WHO = (
    "(?:(?:你哋|你们|你們|您们|佢哋|他们|他們|这|這|呢|那|你|您|佢|他){0,2}"
    "(?:班|帮|幫|群|啲|些|个|個|伙|d)?(?:狗官|政府|官员|官員|当官的|做官的|人)?"
    "(?:真是|真系|真係|简直是?|簡直是?|全是|都是|全部都系|都系|都係|就是|正一|一班|一帮|一群|是|系|係)?)"
)
_INSULT = (
    "(?:废柴|廢柴|废物|廢物|食屎|吃屎|食塞米|去死|仆街|扑街|撲街|冚家铲|冚家鏟|冚家拎|死全家|全家死光"
    "|屌你老母|屌你|丢你老母|丢你|叼你|他妈的|他媽的|妈的|媽的|你妈的|操你妈|草泥马|肏|尼玛|傻逼|傻屄|煞笔|沙雕"
    "|二百五|王八蛋|混蛋|狗官|狗日的|狗东西|狗東西|畜生|人渣|垃圾(?:政府|部门|部門|单位|單位|公务员)|饭桶|飯桶|死蠢|低能|白痴|白癡|脑残|腦殘"
    "|不要脸|不要臉|冇鬼用|滚蛋|滾蛋|臭婊子|婊子|贱人|賤人|死光"
    r"|\b(?:fuck(?:ing|ers?)?|shit(?:heads?)?|bastards?|assholes?|idiots?|morons?)\b)"
)
_TAIL = "(?:们|們|一样|一樣|[啦吧呀啊哦咯嘅的了咩])*"
_ABUSE = re.compile(f"{_WHO}(?:{_INSULT}{_TAIL})+", re.I)
_LEFT_OVER = re.compile(r"^[\s,，。;；、!！?？]+|(?<=[,，。;；!！?？])[\s,，。;；、]+")


def fold_abuse(text: str) -> Folded:
    """Return a text with its abusive words taken out, and where they stood.

    Only the words themselves go, so a problem named in the same breath stays. A text of
    nothing but abuse is shown empty. Reads Mandarin, Cantonese and some English.
    """
    spans = tuple(hit.span() for hit in _ABUSE.finditer(text))
    if not spans:
        return Folded(text, ())
    kept, start = [], 0
    for first, last in spans:
        kept.append(text[start:first])
        start = last
    kept.append(text[start:])
    shown = _LEFT_OVER.sub("", "".join(kept)).strip()
    return Folded(shown, spans)


def public_words(text: str) -> str:
    """Return a resident's words as everybody may read them: no abuse, nobody named."""
    return mask_personal(fold_abuse(text).shown)
