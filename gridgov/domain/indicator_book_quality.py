"""The book, fourth part: how well it was done, in the eyes of the one who asked."""

from gridgov.domain.indicator_model import Indicator, Kind
from gridgov.domain.indicator_words import DOWN, HOUSE, JSJB, NEITHER, share

QUALITY: tuple[Indicator, ...] = (
    share(
        "response_on_time_share",
        ("及时响应率", "Answered in time"),
        (
            "首次人工响应在时限内 ÷ 有效受理数（导入的除外）",
            "first act of a person within the limit ÷ received (without imported ones)",
        ),
        "responded_on_time / to_respond",
        ("responded_on_time=161 to_respond=170", 161, 170, "94.7 %"),
        source=JSJB,
    ),
    share(
        "response_share",
        ("响应率", "Answered"),
        (
            "已有人工响应 ÷ 有效受理数（导入的除外）",
            "a person has acted ÷ received (without imported ones)",
        ),
        "responded / to_respond",
        ("responded=168 to_respond=170", 168, 170, "98.8 %"),
        source=JSJB,
    ),
    share(
        "one_go_share",
        ("一次办结率", "Closed in one go"),
        (
            "未返工、未重开即结案 ÷ 结案数（导入的除外）",
            "closed without rework or reopening ÷ closed (without imported ones)",
        ),
        "one_go / closed_here",
        ("one_go=131 closed_here=140", 131, 140, "93.6 %"),
        source=JSJB,
    ),
    share(
        "self_handled_share",
        ("自办自结率", "Share found and done by the grid"),
        (
            "自办自结数 ÷ 结案数（导入的除外）；部门的各项比率不含自办自结",
            (
                "found and done by the grid ÷ closed (without imported ones); the shares of "
                "departments are without these"
            ),
        ),
        "self_handled / closed_here",
        ("self_handled=12 closed_here=140", 12, 140, "8.6 %"),
        NEITHER,
    ),
    share(
        "reopened_share",
        ("重开率", "Reopened share"),
        (
            "结案后重开过的案件 ÷ 有效受理数",
            "taken up again after closing ÷ received",
        ),
        "reopened / received",
        ("reopened=3 received=170", 3, 170, "1.8 %"),
        DOWN,
        JSJB,
    ),
    share(
        "repeat_share",
        ("重复反映率", "Repeat share"),
        (
            "有重复反映的案件 ÷ 有效受理数",
            "reported more than once ÷ received",
        ),
        "repeated / received",
        ("repeated=22 received=170", 22, 170, "12.9 %"),
        DOWN,
        JSJB,
    ),
    share(
        "closed_in_village_share",
        ("村级化解率", "Closed within the village"),
        (
            "在网格或村（社区）办结 ÷ 结案数（导入的除外）",
            "closed at grid or village level ÷ closed (without imported ones)",
        ),
        "closed_grid closed_village / closed_here",
        ("closed_grid=90 closed_village=20 closed_here=140", 110, 140, "78.6 %"),
        source="综治",
    ),
    share(
        "closed_in_town_share",
        ("镇级化解率", "Closed within the town"),
        (
            "在镇（街道）及以下办结 ÷ 结案数（导入的除外）",
            "closed at town level or below ÷ closed (without imported ones)",
        ),
        "closed_grid closed_village closed_town / closed_here",
        ("closed_grid=90 closed_village=20 closed_town=22 closed_here=140", 132, 140, "94.3 %"),
        source="综治",
    ),
    share(
        "level_index",
        ("小事不出村、大事不出镇指数", "Closed-at-level index"),
        (
            "（村及以下办结 + 镇及以下办结）÷ 结案数（导入的除外），最高为 2",
            (
                "(closed within the village + closed within the town) ÷ closed (without imported "
                "ones), 2 at most"
            ),
        ),
        "2*closed_grid 2*closed_village closed_town / closed_here",
        ("closed_grid=90 closed_village=20 closed_town=22 closed_here=140", 242, 140, "1.73"),
        source="综治",
        kind=Kind.INDEX,
    ),
    share(
        "answered_share",
        ("有效回访率", "Answers"),
        (
            "已结案且回答过是否解决的案件 ÷ 结案数（导入的除外）",
            "closed cases whose reporter said if it is solved ÷ closed (without imported ones)",
        ),
        "answered / closed_here",
        ("answered=60 closed_here=140", 60, 140, "42.9 %"),
        NEITHER,
        JSJB,
        version=2,
    ),
    share(
        "solved_share",
        ("解决率", "Solved"),
        (
            "回答已解决 ÷ 作出回答的案件",
            "said solved ÷ those that answered",
        ),
        "solved / asked_solved",
        ("solved=54 asked_solved=60", 54, 60, "90.0 %"),
        source=JSJB,
    ),
    share(
        "satisfied_share",
        ("满意率", "Satisfied"),
        (
            "满意或很满意 ÷ 作出评价的案件",
            "satisfied or very satisfied ÷ those that said",
        ),
        "satisfied / asked_satisfied",
        ("satisfied=50 asked_satisfied=58", 50, 58, "86.2 %"),
        source=JSJB,
    ),
    share(
        "verified_share",
        ("核实办结率（抽查）", "Verified closure"),
        (
            "抽查属实 ÷ 抽查数，附 95% 置信区间",
            "found done ÷ spot checks, with its 95 % interval",
        ),
        "spot_passed / spot_checked",
        ("spot_passed=19 spot_checked=20", 19, 20, "95.0 %"),
        source=HOUSE,
        sampled=True,
    ),
)
