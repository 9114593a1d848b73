"""The book, fifth part: how long it took."""

from gridgov.domain.counters import Dim, FactTable
from gridgov.domain.indicator_model import (
    Example,
    Indicator,
    Kind,
    Spell,
    Words,
)
from gridgov.domain.indicator_words import DOWN, HOUSE, JSJB, terms

# Of four cases two ended, after 600 and 1,200 minutes; two are open, 300 and 2,000 old. At
# 600 minutes 3 were at risk: 1 − 1/3 live on; at 1,200 there are 2: a third lives on.
_EXAMPLE = {
    (FactTable.RECEIVED, "closed"): 2,
    (FactTable.RECEIVED, "responded"): 2,
    (FactTable.RECEIVED, "received"): 4,
    (FactTable.RECEIVED, "to_respond"): 4,
}

SPELLS: tuple[Indicator, ...] = (
    Indicator(
        code="close_median",
        name=Words("办结时长中位数", "Time to close, median"),
        formula=Words(
            "期内收到的有效案件，半数办结所需的自然小时；未结案按现有时长计入（Kaplan–Meier）",
            (
                "natural hours until half of the valid ca"
                "ses received are closed; open ones count"
                " up to their age (Kaplan–Meier)"
            ),
        ),
        kind=Kind.HOURS,
        better=DOWN,
        numerator=terms("closed"),
        denominator=terms("received"),
        source=HOUSE,
        example=Example(_EXAMPLE, 2, 4, "20 h"),
        spell=Spell(Dim.CLOSED_AFTER, 0.5, "closed"),
    ),
    Indicator(
        code="close_p90",
        name=Words("办结时长 P90", "Time to close, P90"),
        formula=Words(
            "九成办结所需的自然小时；未结案按现有时长计入（Kaplan–Meier）",
            (
                "natural hours until nine of ten are clos"
                "ed; open ones count up to their age (Kap"
                "lan–Meier)"
            ),
        ),
        kind=Kind.HOURS,
        better=DOWN,
        numerator=terms("closed"),
        denominator=terms("received"),
        source=HOUSE,
        example=Example(_EXAMPLE, 2, 4, "—"),
        spell=Spell(Dim.CLOSED_AFTER, 0.9, "closed"),
    ),
    Indicator(
        code="response_median",
        name=Words("首次响应时长中位数", "First response, median"),
        formula=Words(
            "半数得到首次人工响应所需的自然小时（Kaplan–Meier）",
            "natural hours until a person has acted on half of them (Kaplan–Meier)",
        ),
        kind=Kind.HOURS,
        better=DOWN,
        numerator=terms("responded"),
        denominator=terms("to_respond"),
        source=JSJB,
        example=Example(_EXAMPLE, 2, 4, "20 h"),
        spell=Spell(Dim.RESPONDED_AFTER, 0.5, "responded"),
    ),
    Indicator(
        code="response_p90",
        name=Words("首次响应时长 P90", "First response, P90"),
        formula=Words(
            "九成得到首次人工响应所需的自然小时（Kaplan–Meier）",
            "natural hours until a person has acted on nine of ten (Kaplan–Meier)",
        ),
        kind=Kind.HOURS,
        better=DOWN,
        numerator=terms("responded"),
        denominator=terms("to_respond"),
        source=JSJB,
        example=Example(_EXAMPLE, 2, 4, "—"),
        spell=Spell(Dim.RESPONDED_AFTER, 0.9, "responded"),
    ),
)
