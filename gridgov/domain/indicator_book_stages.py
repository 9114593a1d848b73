"""The book, second part: how cases went through the stages."""

from gridgov.domain.indicator_model import Indicator
from gridgov.domain.indicator_words import DOWN, NEITHER, share

# Imported ones too: what is rejected elsewhere and imported counts as rejected.
ALL_BUT_MERGED = "received rejected void transferred"

STAGES: tuple[Indicator, ...] = (
    share(
        "valid_share",
        ("有效上报率", "Valid share"),
        (
            "有效受理数（导入的除外）÷ 上报数",
            "received (without imported ones) ÷ reported",
        ),
        "to_respond / to_accept",
        ("to_respond=170 to_accept=185", 170, 185, "91.9 %"),
        version=2,
    ),
    share(
        "accepted_share",
        ("受理率", "Accepted share"),
        (
            "受理数 ÷ 上报数",
            "accepted ÷ reported",
        ),
        "accepted / to_accept",
        ("accepted=180 to_accept=185", 180, 185, "97.3 %"),
    ),
    share(
        "accepted_on_time_share",
        ("按期受理率", "Accepted on time"),
        (
            "按期受理数 ÷ 受理数",
            "accepted within the limit ÷ accepted",
        ),
        "accepted_on_time / accepted",
        ("accepted_on_time=171 accepted=180", 171, 180, "95.0 %"),
    ),
    share(
        "accepted_late_share",
        ("超期受理率", "Accepted late"),
        (
            "超期受理数 ÷ 受理数",
            "accepted after the limit ÷ accepted",
        ),
        "accepted_late / accepted",
        ("accepted_late=9 accepted=180", 9, 180, "5.0 %"),
        DOWN,
    ),
    share(
        "registered_share",
        ("立案率", "Registered share"),
        (
            "立案数 ÷ 受理数",
            "registered ÷ accepted",
        ),
        "registered / accepted",
        ("registered=176 accepted=180", 176, 180, "97.8 %"),
    ),
    share(
        "registered_on_time_share",
        ("按期立案率", "Registered on time"),
        (
            "按期立案数 ÷ 立案数",
            "registered within the limit ÷ registered",
        ),
        "registered_on_time / registered",
        ("registered_on_time=170 registered=176", 170, 176, "96.6 %"),
    ),
    share(
        "registered_late_share",
        ("超期立案率", "Registered late"),
        (
            "超期立案数 ÷ 立案数",
            "registered after the limit ÷ registered",
        ),
        "registered_late / registered",
        ("registered_late=6 registered=176", 6, 176, "3.4 %"),
        DOWN,
    ),
    share(
        "registered_right_share",
        ("准确立案率", "Registered rightly"),
        (
            "（立案数 − 立案后作废和不予受理数）÷ 立案数",
            "registered and neither voided nor rejected later ÷ registered",
        ),
        "registered_right / registered",
        ("registered_right=170 registered=176", 170, 176, "96.6 %"),
    ),
    share(
        "dispatched_on_time_share",
        ("按期派遣率", "Dispatched on time"),
        (
            "按期派遣数 ÷ 派遣数",
            "dispatched within the limit ÷ dispatched",
        ),
        "dispatched_on_time / dispatched",
        ("dispatched_on_time=160 dispatched=168", 160, 168, "95.2 %"),
    ),
    share(
        "dispatched_late_share",
        ("超期派遣率", "Dispatched late"),
        (
            "超期派遣数 ÷ 派遣数",
            "dispatched after the limit ÷ dispatched",
        ),
        "dispatched_late / dispatched",
        ("dispatched_late=8 dispatched=168", 8, 168, "4.8 %"),
        DOWN,
    ),
    share(
        "dispatched_right_share",
        ("派遣准确率", "Dispatch accuracy"),
        (
            "从未退回、改派他人的案件 ÷ 派遣数",
            "never returned nor given to another holder ÷ dispatched",
        ),
        "dispatched_right / dispatched",
        ("dispatched_right=159 dispatched=168", 159, 168, "94.6 %"),
    ),
    share(
        "handled_share",
        ("处置率", "Handled share"),
        (
            "处置数 ÷ 应处置数（派遣数）",
            "handled ÷ dispatched",
        ),
        "handled / dispatched",
        ("handled=150 dispatched=168", 150, 168, "89.3 %"),
    ),
    share(
        "handled_on_time_share",
        ("按期处置率", "Handled on time"),
        (
            "按期处置数 ÷ 应处置数",
            "handled within the limit ÷ dispatched",
        ),
        "handled_on_time / dispatched",
        ("handled_on_time=141 dispatched=168", 141, 168, "83.9 %"),
    ),
    share(
        "handled_late_share",
        ("超期处置率", "Handled late"),
        (
            "超期处置数 ÷ 应处置数",
            "handled after the limit ÷ dispatched",
        ),
        "handled_late / dispatched",
        ("handled_late=9 dispatched=168", 9, 168, "5.4 %"),
        DOWN,
    ),
    share(
        "overdue_share",
        ("超期待处置率", "Overdue share"),
        (
            "已派遣、未处置完毕且已超期的案件 ÷ 应处置数；暂停计时的除外",
            "dispatched, not handled and overdue with running clocks ÷ dispatched",
        ),
        "waiting_late / dispatched",
        ("waiting_late=5 dispatched=168", 5, 168, "3.0 %"),
        DOWN,
        version=2,
    ),
    share(
        "rework_share",
        ("返工率", "Rework share"),
        (
            "返工过的案件 ÷ 应处置数",
            "sent back or reopened once or more ÷ dispatched",
        ),
        "reworked / dispatched",
        ("reworked=7 dispatched=168", 7, 168, "4.2 %"),
        DOWN,
    ),
    share(
        "return_share",
        ("退回率", "Return share"),
        (
            "退回过的案件 ÷ 应处置数",
            "returned once or more ÷ dispatched",
        ),
        "returned / dispatched",
        ("returned=9 dispatched=168", 9, 168, "5.4 %"),
        DOWN,
    ),
    share(
        "extension_share",
        ("延期率", "Extension share"),
        (
            "批准延期的案件 ÷ 应处置数",
            "given more time ÷ dispatched",
        ),
        "extended / dispatched",
        ("extended=5 dispatched=168", 5, 168, "3.0 %"),
        DOWN,
    ),
    share(
        "suspension_share",
        ("缓办率（挂账率）", "Suspension share"),
        (
            "缓办过的案件 ÷ 应处置数",
            "put aside once or more ÷ dispatched",
        ),
        "suspended / dispatched",
        ("suspended=2 dispatched=168", 2, 168, "1.2 %"),
        DOWN,
    ),
    share(
        "rejected_share",
        ("不予受理率", "Rejected share"),
        (
            "不予受理数 ÷ 期内收到的案件（并入他案的除外）",
            "rejected ÷ all cases received in the period, without those merged into another",
        ),
        f"rejected / {ALL_BUT_MERGED}",
        ("rejected=4 received=166 void=10 transferred=5", 4, 185, "2.2 %"),
        NEITHER,
        version=2,
    ),
    share(
        "void_share",
        ("作废率", "Void share"),
        (
            "作废数 ÷ 期内收到的案件（并入他案的除外）",
            "void ÷ all cases received in the period, without those merged into another",
        ),
        f"void / {ALL_BUT_MERGED}",
        ("rejected=4 received=166 void=10 transferred=5", 10, 185, "5.4 %"),
        DOWN,
        version=2,
    ),
)
