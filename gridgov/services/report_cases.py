"""Typical cases of a period report: what stands for the figures, with personal data masked."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import func, select

from gridgov.domain.books import Cell, Column, Kind, Section, Table
from gridgov.domain.indicator_model import Words
from gridgov.domain.privacy import mask_personal
from gridgov.services import behind
from gridgov.services.report_sections import Look
from gridgov.storage import reports
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report

EACH = 2
LOOKED_AT = 200  # of the newest cases behind a figure
TEXT_MOST = 60
OLDEST = Words("超期最久", "Longest overdue")
SHARED = Words("多人反映", "Told by many")
QUICK = Words("快速办结", "Closed quickly")


def typical(look: Look) -> Section | None:
    """Return a few cases that stand for the figures, None when there are none to tell."""
    rows: list[list[Cell]] = []
    told: set[UUID] = set()
    for why, cases in (
        (OLDEST, _oldest(look)),
        (SHARED, _shared(look)),
        (QUICK, _quick(look)),
    ):
        for case in [case for case in cases if case.id not in told][:EACH]:
            told.add(case.id)
            rows.append(_row(look, why, case))
    if not rows:
        return None
    table = Table(
        look.pick("典型案例", "Typical cases"),
        [
            Column(look.pick("类型", "Why told"), width=1.1),
            Column(look.pick("编号", "Number"), width=1.7),
            Column(look.pick("事项与地点", "What and where"), width=2),
            Column(look.pick("反映内容（已脱敏）", "What was told (masked)"), width=3),
            Column(look.pick("天数", "Days"), Kind.COUNT, 0.8),
        ],
        rows,
        note=look.pick(
            "注：天数为受理至办结；未办结的算至期末，本期未结束的算至今日。",
            "Days until closed; of open cases until the period's last day, or today if earlier.",
        ),
    )
    return Section(look.pick("典型案例", "Typical cases"), [table])


def _behind(look: Look, code: str) -> list[Case]:
    asked = behind.Question(look.view, code, narrowed=behind.Narrowed(unit=look.unit or None))
    found = behind.cases_of(look.session, asked, now=look.now, limit=LOOKED_AT)
    ids = [one.case_id for one in found]
    cases = look.session.scalars(select(Case).where(Case.id.in_(ids), Case.confidential.is_(False)))
    return sorted(cases, key=lambda case: case.number)


def _oldest(look: Look) -> Iterator[Case]:
    yield from sorted(_behind(look, "overdue"), key=lambda case: case.due_at)


def _shared(look: Look) -> Iterator[Case]:
    """Yield cases with three reports and more, most first."""
    cases = {case.id: case for case in _behind(look, "received")}
    number = func.count()
    rows = look.session.execute(
        select(Report.case_id, number)
        .where(Report.case_id.in_(cases))
        .group_by(Report.case_id)
        .having(number >= 3)
        .order_by(number.desc(), Report.case_id)
    )
    yield from (cases[case_id] for case_id, _number in rows)


def _quick(look: Look) -> Iterator[Case]:
    def spent(case: Case) -> float:
        ended = case.closed_at or look.now
        return (ended - case.received_at).total_seconds()

    yield from sorted(_behind(look, "closed"), key=spent)


def _row(look: Look, why: Words, case: Case) -> list[Cell]:
    category = look.reference.category_of(case)
    village = look.reference.area(case.village_code)
    where = "" if village is None else look.pick(village.name, village.name_en or village.name)
    what = look.pick(category.name, category.name_en or category.name)
    text = next((r.text for r in reports.of_case(look.session, case.id) if r.text), "") or ""
    return [
        look.words(why),
        case.number,
        look.pick(f"{what}，{where}", f"{what}, {where}"),
        mask_personal(text)[:TEXT_MOST],
        _days(look, case),
    ]


def _days(look: Look, case: Case) -> int:
    """Return how long a case took; of an open one no more than the period tells.

    What grew by itself after the period would make another edition each day.
    """
    if case.closed_at is not None:
        return (case.closed_at - case.received_at).days
    local_day = look.reference.local_day
    until = min(look.period.last, local_day(look.now))
    return (until - local_day(case.received_at)).days
