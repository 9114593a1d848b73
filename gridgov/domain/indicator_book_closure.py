"""The book, third part: what "closed" is a share of, in its four meanings.

Worked through in one example: a month with 200 cases received (10 void, 15 merged, 5
transferred), 140 of the 170 valid ones closed, 28 older ones closed, 150 of the 170 due,
136 of those closed, 120 of them in time.
"""

from gridgov.domain.indicator_model import Indicator
from gridgov.domain.indicator_words import CJ, DOWN, GB, HOUSE, NEITHER, share

CLOSURE: tuple[Indicator, ...] = (
    share(
        "closure_rate",
        ("结案率（队列）", "Closure rate"),
        (
            "期内收到、现已结案 ÷ 期内收到的有效案件",
            "closed by now ÷ valid cases received in the period",
        ),
        "closed / received",
        ("closed=140 received=170", 140, 170, "82.4 %"),
        source=f"{GB}; {HOUSE} B",
    ),
    share(
        "closure_flow",
        ("流量办结比", "Clearance"),
        (
            "期内结案件次 ÷ 期内收到的有效案件；可超过 100%，只看进出是否平衡",
            (
                "closures in the period ÷ valid cases rec"
                "eived in it; may exceed 100 %, for the b"
                "alance of work only"
            ),
        ),
        "h:closed / received",
        ("h:closed=168 received=170", 168, 170, "98.8 %"),
        NEITHER,
        f"{HOUSE} A",
    ),
    share(
        "closure_due",
        ("到期办结率", "Closure of what was due"),
        (
            "期内到期、现已结案 ÷ 期内到期的有效案件",
            "closed by now ÷ valid cases due in the period",
        ),
        "d:closed / d:due",
        ("d:closed=136 d:due=150", 136, 150, "90.7 %"),
        source=f"{HOUSE} C",
    ),
    share(
        "closure_due_on_time",
        ("按期办结率", "Closed on time of what was due"),
        (
            "期内到期、按期结案 ÷ 期内到期的有效案件",
            "closed within their limit ÷ valid cases due in the period",
        ),
        "d:closed_on_time / d:due",
        ("d:closed_on_time=120 d:due=150", 120, 150, "80.0 %"),
        source=f"{GB}; {HOUSE} C",
    ),
    share(
        "closure_first_due",
        ("到期办结率（原时限）", "Closure by first limits"),
        (
            "按延期前的时限期内到期、现已结案 ÷ 按延期前的时限期内到期",
            "closed by now ÷ valid cases due in the period before any extension",
        ),
        "d:first_closed / d:first_due",
        ("d:first_closed=138 d:first_due=154", 138, 154, "89.6 %"),
        source=f"{HOUSE} C",
    ),
    share(
        "closure_first_due_on_time",
        ("按期办结率（原时限）", "On time by first limits"),
        (
            "在延期前的时限内结案 ÷ 按延期前的时限期内到期",
            "closed within the limit before any extension ÷ due by it in the period",
        ),
        "d:first_closed_on_time / d:first_due",
        ("d:first_closed_on_time=118 d:first_due=154", 118, 154, "76.6 %"),
        source=f"{HOUSE} C",
    ),
    share(
        "closure_should",
        ("结案率（应结案口径）", "Closure of what should be"),
        (
            "期内收到、已结案 ÷（已结案 + 已到期未结案）",
            "closed ÷ closed or already due, of the cases received in the period",
        ),
        "closed / should_close",
        ("closed=140 should_close=154", 140, 154, "90.9 %"),
        source=f"{CJ}; {HOUSE} D",
    ),
    share(
        "closure_should_on_time",
        ("按期结案率（应结案口径）", "On time of what should be"),
        (
            "期内收到、按期结案 ÷（已结案 + 已到期未结案）",
            "closed on time ÷ closed or already due, of the cases received in the period",
        ),
        "closed_on_time / should_close",
        ("closed_on_time=124 should_close=154", 124, 154, "80.5 %"),
        source=f"{CJ}; {HOUSE} D",
    ),
    share(
        "maturity",
        ("成熟度", "Maturity"),
        (
            "期内收到、时限已到的有效案件 ÷ 期内收到的有效案件",
            "valid cases whose limit has come ÷ valid cases received in the period",
        ),
        "matured / received",
        ("matured=150 received=170", 150, 170, "88.2 %"),
        NEITHER,
        HOUSE,
    ),
    share(
        "closed_on_time_share",
        ("结案按期率", "Closed on time"),
        (
            "按期结案数 ÷ 结案数",
            "closed within the limit ÷ closed",
        ),
        "closed_on_time / closed",
        ("closed_on_time=124 closed=140", 124, 140, "88.6 %"),
        source=f"{GB}; {CJ}",
    ),
    share(
        "closed_late_share",
        ("超期结案率", "Closed late"),
        (
            "超期结案数 ÷ 结案数",
            "closed after the limit ÷ closed",
        ),
        "closed_late / closed",
        ("closed_late=16 closed=140", 16, 140, "11.4 %"),
        DOWN,
        f"{GB}; {CJ}",
    ),
)
