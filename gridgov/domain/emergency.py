"""Danger in words: which number comes first, and what needs somebody sooner than usual.

Danger is told by phrases, not by a model: each rule can be read and argued with. A
false alarm costs the resident one press, a missed one may cost a life, so only what
clearly did not happen ("what if", "no one", "last year") keeps a phrase quiet.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_WORDS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class EmergencyHit:
    """The number to call (110, 119 or 120) and the words that made us think so."""

    number: str
    words: str


_GAS = "(?:煤气|煤氣|燃气|燃氣|天然气|天然氣|液化气|液化氣|石油气|石油氣|瓦斯)"
_CHILD = "(?:小孩子?|小朋友|孩子|学生|學生|细路仔?|細路仔?|老人家?|有人|人)"

# In order of weight: fire and gas endanger those around as well, the police bring an
# ambulance along, and a bare cry for help says least of what is wrong.
_RULES: tuple[tuple[str, str], ...] = (
    (
        "119",
        "着火(?!车|锅|腿)|著火(?!車|鍋)|(?<!一)起火(?!车|車|锅|鍋|腿)|失火|火[灾災]|山火|火警"
        "|火[烛燭]|大火(?!车|車|锅|鍋|腿|炒|煮)|(?<![我心])火(?:很|好|非常|太|越来越|越來越)大|火势|火勢"
        "|[烧燒](?:起来|起來|着了|著了)|自燃|(?<!信息)爆炸"
        "|(?:楼|樓|屋|窗|电箱|電箱|电表|電錶|电动车|電動車|电瓶).{0,3}冒.{0,2}[烟煙]"
        "|被困(?![扰擾难難])|困[在住咗].{0,3}(?:电梯|電梯|水|火)|(?:电梯|電梯).{0,2}困[住咗人]"
        r"|\bon fire\b|(?:^|[.!?]\s*)fire!|\b(?:house|forest|bush|kitchen|big) fire\b|\bwildfire\b"
        r"|\bthere(?: i|')s a fire\b|\bexplosion\b",
    ),
    (
        "119",
        f"{_GAS}.{{0,2}}味|[浓濃]的?{_GAS}|{_GAS}(?:管|罐|瓶|灶|炉|爐|阀|閥|表|錶)?子?.{{0,4}}"
        f"(?:泄[漏露]|洩[漏露]|[漏爆](?!水))|漏{_GAS}|漏紧气|漏緊氣"
        r"|\bgas leak|\bleaking gas\b|\bsmell(?:s|ing)? (?:of )?gas\b|\bgas smell\b",
    ),
    (
        "110",
        "[砍斩斬捅杀殺]人|[拿持揸]刀|开枪|開槍|打劫|[抢搶]劫|绑架|綁架|挟持|挾持|强奸|強姦|性侵|非礼"
        "|非禮|(?<![狗猫貓])打架|斗殴|鬥毆|打[紧緊]?交(?!道|代)|打起来|打起來|劈友|家暴|打老婆"
        "|被(?:人|老公|丈夫|男朋友|他|佢|爸爸?|老豆)?(?:打[了伤傷死得]|毒打|殴打|毆打|砍|捅)"
        "|(?:老公|丈夫|男朋友|爸|老豆|他|佢).{0,3}(?:[打掐踢])(?:我|她|佢|老婆|小孩)(?!电|電)"
        "|(?:正在|而家|现在|現在|刚刚|剛剛).{0,6}(?:偷[东東车車电電]|撬[门門锁鎖])|有[贼賊]|跳[楼樓](?![价價大机機])"
        "|自[杀殺]|轻生|輕生|割腕|(?:快|赶紧|赶快|帮.{0,3}|幫.{0,3})(?:报警|報警|打110)"
        r"|\b(?:stabb(?:ed|ing)|robbery|robbed|being attacked|being beaten|beating (?:me|her|him)"
        r"|domestic violence|people fighting|breaking in|suicide)\b",
    ),
    (
        "120",
        "[晕暈昏]倒|[晕暈]低|[晕暈]过去|暈過去|昏迷|叫[不唔]醒|不省人事"
        "|(?:没有?|沒有?|冇咗?|停止)(?:呼吸|心跳|意识|意識|知觉|知覺)|失去(?:意识|意識|知觉|知覺)"
        "|呼吸困[难難]|心[脏臟]病[发發]|心梗|突然中[风風]|抽搐|吐白沫|大出血|血流不止|流血不止|流(?:好|很)多血"
        "|重[伤傷]|有人受[伤傷]|受[咗了][伤傷]|受[伤傷]了|被.{0,3}[车車].{0,2}撞|撞[伤傷到]了?人|[车車][祸禍]"
        f"|{_CHILD}.{{0,2}}溺水|溺水了|遇溺|{_CHILD}.{{0,2}}落水(?!管|口|井)|跌落[河水井塘]"
        f"|{_CHILD}.{{0,3}}[掉跌][进進到下入落].{{0,3}}[河水井塘坑]"
        "|[掉跌][进進到下入落].{0,2}[河水井塘][里裡]?了"
        "|[触觸][电電](?!危|隐|隱)|中毒|喝.{0,2}[农農][药藥]|[坠墜][楼樓]|[妇婦婆].{0,3}要生了|骨折"
        "|(?:快|要|叫|派).{0,3}救[护護][车車]|救[护護][车車].{0,4}(?:还不|還不|没|沒|未)[来來到嚟]"
        r"|\b(?:unconscious|not breathing|heart attack|stroke|seizure|bleeding (?:heavily|badly)"
        r"|badly hurt|drowning|electrocuted|(?:he|she|father|mother|man|woman|person|someone)"
        r" (?:has |just )?collapsed"
        r"|(?:need|call|send) an ambulance)\b",
    ),
    (
        "110",
        "救命(?!钱|錢|稻草|恩|通道|药|藥|针|針)|救救?[我她他佢](?![们們哋])|救救孩子|[惨慘]叫"
        r"|\bhelp me!|\bscream(?:s|ing) for help\b",
    ),
)
_COMPILED = tuple((number, re.compile(pattern)) for number, pattern in _RULES)

_CLAUSE_END = re.compile(r"[\n,，。.!！?？;；:：、]")
# What makes a phrase a rule, a fear or a memory. Looked for before it, in its clause;
# "now" between the two takes it back: "he had a bad heart before and now he fainted".
_UNREAL = re.compile(
    "(?:万一|萬一|如果|假如|要是|一旦|容易|迟早|遲早|早晚|以防|防止|避免|预防|預防|(?<!不)小心"
    "|差点|差點|险些|險些|演[练練习習]|可能[会會引造导導发發]|上个?月|上個月|上周|上週|去年|前年|以前"
    "|(?<![时時钟鐘刻])之前|曾经|曾經"
    r"|\b(?:what if|in case of|(?:could|might|may) cause|risk of|last (?:week|month|year))\b)"
    "(?!.*(?:现在|現在|刚|剛|而家|正在|突然|又))"
)
_DENIED = re.compile(
    "(?:没有?|沒有?|冇|无|無|未|不是|唔系|唔係|[防易]|(?<![委社协協工商展开開])[会會])$"
    r"|\b(?:no|not|without)(?: an?| any)? $"
)
_NOBODY = ("没人", "没有人", "沒人", "沒有人", "无人", "無人", "冇人")
_BODILY = re.compile("[受重中触觸]")
_QUIET_AFTER = re.compile(
    "隐患|隱患|风险|風險|演[练練习習]|宣[传傳]|预防|預防|预警|預警|报警器|報警器"
    "| (?:hazard|risk|drill|safety|alarm)"
)
# "I fear it may burn" is a worry about wires, "I fear gas is leaking" is a reason to call.
_WORRIED = re.compile("(?<!恐)怕(?!是|系|係)|担心|擔心")
_WORRY = re.compile("[火烛燭烧燒爆掉跌溺触觸]|自燃")
# Spots where people often fall or fight are cases; often crying for help is not.
_OFTEN = re.compile(
    "(?:经常|經常|常常|时常|時常|成日|多次|[几幾]次|多起)(?!.*(?:现在|現在|刚|剛|而家|又))"
)
_HABIT = re.compile("[车車][祸禍]|撞|[受重][伤傷]|[晕暈昏]倒|打架|斗殴|鬥毆|打交|掉|跌")


def emergency(text: str) -> EmergencyHit | None:
    """Tell whether words sound like danger to life, and which number comes first.

    Reads Chinese in both scripts, some Cantonese and some English.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    for number, pattern in _COMPILED:
        words = [hit[0] for hit in pattern.finditer(plain) if not _quiet(plain, hit)]
        if words:
            kept = list(dict.fromkeys(words))[:MAX_WORDS_SHOWN]
            return EmergencyHit(number, (", " if plain.isascii() else "、").join(kept))
    return None


def _quiet(text: str, hit: re.Match[str]) -> bool:
    """Tell whether the clause around a phrase says that it did not happen, or long ago."""
    before, phrase = _CLAUSE_END.split(text[: hit.start()])[-1], hit[0]
    return bool(
        _UNREAL.search(before)
        or _DENIED.search(before)
        or _QUIET_AFTER.match(text, hit.end())
        or (before.endswith(_NOBODY) and _BODILY.match(phrase))
        or (_WORRIED.search(before) and _WORRY.search(phrase))
        or (_OFTEN.search(before) and _HABIT.search(phrase))
    )


@dataclass(frozen=True, slots=True)
class Concern:
    """Words that stop nobody but ask for haste: at least this severity, numbers that may help."""

    severity: int
    numbers: tuple[str, ...]
    words: str


_ALONE = (
    "独居|獨居|孤寡|老人|阿婆|阿公|阿伯|阿姨|婆婆|公公|大爷|大娘|奶奶|爷爷|邻居|鄰居|隔壁"
    r"|\b(?:elderly|old (?:man|woman|lady|person)|neighbou?r|lives? alone|living alone)\b"
)
_NO_SIGN = (
    "(?:没|沒|冇|未|不)(?:见|見|有)?.{0,2}(?:开|開)(?:过|過)?(?:门|門)"
    "|敲.{0,2}(?:门|門).{0,4}(?:没|沒|冇|无|無|不)(?:有)?(?:人|反应|反應|应|應|回应|回應)"
    "|(?:叫|喊|拍门|拍門).{0,3}(?:没|沒|冇|无|無)(?:有)?(?:人应|人應|反应|反應)"
    "|(?:没|沒|冇)(?:人|有人)?(?:见到|見到|看见|看見|见过|見過)(?:他|她|佢|老人)"
    r"|\b(?:not (?:been )?seen (?:her|him|them)?|no(?:t)? answer(?:ing|s)?|door (?:stays|shut))\b"
)
_HURT = (
    "(?:摔|跌|撞|绊|絆|滑)(?:倒|伤|傷|了|咗|过|過|亲|親)|(?:人|车|車|摩托|单车|單車).{0,3}(?:摔|跌)"
    r"|\b(?:fell|tripped|crashed|injured)\b"
)
_WELFARE = (re.compile(_ALONE), re.compile(_NO_SIGN))
_ACCIDENT = re.compile(_HURT)


def concern(text: str) -> Concern | None:
    """Tell whether words ask for haste without being an emergency now.

    Somebody alone who gives no sign of life is a welfare check (severity 4; 110 or 120
    may be right); somebody who already came to harm raises a small matter to 2.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    alone, silent = (pattern.search(plain) for pattern in _WELFARE)
    if alone is not None and silent is not None:
        return Concern(4, ("110", "120"), silent[0])
    hurt = _ACCIDENT.search(plain)
    if hurt is not None and not _quiet(plain, hurt):
        return Concern(2, (), hurt[0])
    return None


def severity_of(text: str, usual: int) -> int:
    """Return the severity of a case: its class's, raised where the words ask for haste."""
    found = concern(text)
    return usual if found is None else max(usual, found.severity)
