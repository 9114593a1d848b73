"""The book, first part: how much came in, and what happened."""

from gridgov.domain.indicator_model import Indicator
from gridgov.domain.indicator_words import DOWN, HOUSE, JSJB, count

STANDING: tuple[Indicator, ...] = (
    count(
        "reported",
        ("上报数", "Reported"),
        (
            "期内收到的全部案件；并入他案的、别处办结后导入的除外",
            (
                "all cases received in the period, without those merged into another or recorded "
                "elsewhere"
            ),
        ),
        "to_accept",
        ("to_accept=185", 185, None, "185"),
    ),
    count(
        "received",
        ("有效受理数", "Received"),
        (
            "期内收到的有效案件：未被不予受理、作废、合并、移交",
            "valid cases received in the period: not rejected, void, merged or transferred",
        ),
        "received",
        ("received=170", 170, None, "170"),
        source=HOUSE,
    ),
    count(
        "accepted",
        ("受理数", "Accepted"),
        (
            "期内收到、已受理的案件",
            "cases received in the period that were taken in",
        ),
        "accepted",
        ("accepted=180", 180, None, "180"),
    ),
    count(
        "registered",
        ("立案数", "Registered"),
        (
            "期内收到、已立案的案件",
            "cases received in the period that were registered",
        ),
        "registered",
        ("registered=176", 176, None, "176"),
    ),
    count(
        "self_handled",
        ("自办自结数", "Found and done by the grid"),
        (
            "网格员在本网格内自行发现、当场办结的案件；不计入任何部门",
            "closed cases that the worker of the grid found and did there; no department's",
        ),
        "self_handled",
        ("self_handled=12", 12, None, "12"),
    ),
    count(
        "dispatched",
        ("派遣数（应处置数）", "Dispatched"),
        (
            "期内收到、已派遣的有效案件",
            "valid cases received in the period that were given to somebody",
        ),
        "dispatched",
        ("dispatched=168", 168, None, "168"),
    ),
    count(
        "handled",
        ("处置数", "Handled"),
        (
            "期内收到、处置完毕（待核查或已结案）的有效案件",
            "valid cases received in the period whose handling is finished",
        ),
        "handled",
        ("handled=150", 150, None, "150"),
    ),
    count(
        "closed",
        ("结案数", "Closed"),
        (
            "期内收到、现已结案的有效案件",
            "valid cases received in the period that are closed now",
        ),
        "closed",
        ("closed=140", 140, None, "140"),
    ),
    count(
        "open",
        ("在办数", "Open"),
        (
            "期内收到、尚未结案的有效案件",
            "valid cases received in the period that are not closed",
        ),
        "open",
        ("open=30", 30, None, "30"),
        DOWN,
    ),
    count(
        "overdue",
        ("超期在办数", "Overdue"),
        (
            "期内收到、未结案且已标记超期的案件；暂停计时的除外",
            "open cases received in the period that are marked as overdue, their clocks running",
        ),
        "overdue",
        ("overdue=6", 6, None, "6"),
        DOWN,
        version=2,
    ),
    count(
        "rejected",
        ("不予受理数", "Rejected"),
        (
            "期内收到、不予受理的案件",
            "cases received in the period that were not accepted",
        ),
        "rejected",
        ("rejected=4", 4, None, "4"),
    ),
    count(
        "void",
        ("作废数", "Void"),
        (
            "期内收到、已作废或撤回的案件",
            "cases received in the period that were voided or withdrawn",
        ),
        "void",
        ("void=10", 10, None, "10"),
        DOWN,
    ),
    count(
        "merged",
        ("合并数", "Merged"),
        (
            "期内收到、已并入他案的案件",
            "cases received in the period that were merged into another",
        ),
        "merged",
        ("merged=15", 15, None, "15"),
    ),
    count(
        "transferred",
        ("移交数", "Transferred"),
        (
            "期内收到、已移交区外的案件",
            "cases received in the period that were handed to somebody outside",
        ),
        "transferred",
        ("transferred=5", 5, None, "5"),
    ),
    count(
        "repeats",
        ("重复反映次数", "Repeat reports"),
        (
            "期内收到的有效案件上，首次之后的反映次数",
            "reports after the first one, of valid cases received in the period",
        ),
        "repeats",
        ("repeats=31", 31, None, "31"),
        DOWN,
        JSJB,
    ),
)
FLOWS: tuple[Indicator, ...] = (
    count(
        "received_flow",
        ("期内收件数", "Came in"),
        (
            "期内收到的案件（件次），不问后来",
            "cases received in the period, whatever came of them",
        ),
        "h:received",
        ("h:received=200", 200, None, "200"),
    ),
    count(
        "closed_flow",
        ("期内结案数", "Closed in the period"),
        (
            "期内发生的结案（件次），不问何时收到",
            "closures in the period, whenever the case was received",
        ),
        "h:closed",
        ("h:closed=168", 168, None, "168"),
    ),
    count(
        "returned_flow",
        ("期内退回次数", "Returned in the period"),
        (
            "期内发生的退回（次）",
            "returns in the period",
        ),
        "h:returned",
        ("h:returned=9", 9, None, "9"),
        DOWN,
    ),
    count(
        "reworked_flow",
        ("期内返工次数", "Sent back in the period"),
        (
            "期内核查不通过退回重办（次）",
            "checks not passed in the period",
        ),
        "h:reworked",
        ("h:reworked=7", 7, None, "7"),
        DOWN,
    ),
    count(
        "reopened_flow",
        ("期内重开次数", "Reopened in the period"),
        (
            "期内结案后重开（次）",
            "closed cases taken up again in the period",
        ),
        "h:reopened",
        ("h:reopened=3", 3, None, "3"),
        DOWN,
    ),
    count(
        "overdue_flow",
        ("期内新增超期", "Became overdue"),
        (
            "期内新标记的超期（次）",
            "cases marked as overdue in the period",
        ),
        "h:overdue",
        ("h:overdue=12", 12, None, "12"),
        DOWN,
    ),
    count(
        "joined_flow",
        ("期内重复反映", "Reported again"),
        (
            "期内对已有案件的重复反映（次）",
            "further reports of known cases in the period",
        ),
        "h:joined",
        ("h:joined=14", 14, None, "14"),
        DOWN,
        JSJB,
    ),
    count(
        "urged_flow",
        ("期内催办", "Urged"),
        (
            "期内催办（次）",
            "cases urged in the period",
        ),
        "h:urged",
        ("h:urged=5", 5, None, "5"),
        DOWN,
    ),
    count(
        "supervised_flow",
        ("期内督办", "Supervised"),
        (
            "期内列入督办（次）",
            "cases put under supervision in the period",
        ),
        "h:supervised",
        ("h:supervised=2", 2, None, "2"),
        DOWN,
    ),
    count(
        "taken_back_flow",
        ("期内恢复在办", "Open again"),
        (
            "期内撤销合并或申诉成立、重新在办（次）",
            "merged or refused cases taken up again in the period",
        ),
        "h:taken_back",
        ("h:taken_back=2", 2, None, "2"),
        DOWN,
    ),
    count(
        "rejected_flow",
        ("期内不予受理", "Refused in the period"),
        (
            "期内发生的不予受理（次），不问何时收到",
            "refusals in the period, whenever the case was received",
        ),
        "h:rejected",
        ("h:rejected=4", 4, None, "4"),
    ),
    count(
        "void_flow",
        ("期内作废", "Voided in the period"),
        (
            "期内发生的作废或撤回（次），不问何时收到",
            "cases voided or withdrawn in the period, whenever received",
        ),
        "h:void",
        ("h:void=10", 10, None, "10"),
    ),
    count(
        "merged_flow",
        ("期内合并", "Merged in the period"),
        (
            "期内并入他案（次），不问何时收到",
            "cases merged into another in the period, whenever received",
        ),
        "h:merged",
        ("h:merged=15", 15, None, "15"),
    ),
    count(
        "transferred_flow",
        ("期内移交", "Passed on in the period"),
        (
            "期内移交区外（次），不问何时收到",
            "cases passed on out of the district in the period, whenever received",
        ),
        "h:transferred",
        ("h:transferred=5", 5, None, "5"),
    ),
)
