"""Editions of a report: what makes the next one, what it says of the one before."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain import books
from gridgov.domain.indicator_book import BOOK
from gridgov.domain.messages import MessageKind
from gridgov.domain.report_periods import PeriodKind, containing
from gridgov.domain.workflow import Action
from gridgov.services import merging, period_reports, report_schedules, sweep
from gridgov.services.effects import Given
from gridgov.storage import messages
from gridgov.storage.cases import Case
from gridgov.storage.messages import Message
from gridgov.storage.period_reports import PeriodReport
from tests.services.test_period_reports import folded, make, number
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, do, person, report

DAY = containing(PeriodKind.DAY, NOON.date())
HOUR = timedelta(hours=1)
NEXT = NOON + timedelta(days=1)
RECEIVED = "事件数量（件）：有效受理数，本期"


def told(session: Session, now: datetime, language: str = "zh") -> PeriodReport:
    """The report of that day as it is asked for at a moment."""
    logged(session)
    return make(session, DAY, now=now, language=language)


def logged(session: Session) -> None:
    """Write what was told to the log, as a unit of work does at its end, and fold it."""
    session.flush()
    messages.write_pending(session)
    folded(session)


def heading(one: PeriodReport) -> str:
    return books.from_json(one.book).sections[0].heading


def two_cases(session: Session) -> tuple[Case, Case]:
    one, other = (case_of(session, report(session)) for _ in range(2))
    return one, other


def closed(session: Session, case: Case, now: datetime) -> None:
    worker, deputy = person(session, "worker"), person(session, "deputy")
    do(session, case, Action.SIGN, worker, now)
    do(session, case, Action.RESOLVE, worker, now, text="已清理", photos=(AFTER,))
    do(session, case, Action.CHECK_PASS, deputy, now)


def merged(session: Session, case: Case, into: Case) -> None:
    merging.merge(session, case.id, into.id, by=person(session, "dispatcher"), now=NEXT)
    session.flush()


def test_a_merge_afterwards_corrects_what_was_received(rolled: Session) -> None:
    one, other = two_cases(rolled)
    first = told(rolled, NEXT)
    count = received(first)
    merged(rolled, one, other)
    second = told(rolled, NEXT + HOUR)
    assert (first.edition, second.edition) == (1, 2)
    assert f"{RECEIVED} {count} → {count - 1}" in second.changes
    assert heading(second) == "本版更正"
    assert set(second.changes) <= set(books.from_json(second.book).sections[0].blocks)
    # Its own figures being the same, the next question gets the second edition again.
    assert told(rolled, NEXT + 2 * HOUR).id == second.id
    merging.unmerge(
        rolled,
        one.id,
        by=person(rolled, "dispatcher"),
        now=NEXT + 2 * HOUR,
        given=Given(text="不是同一处"),
    )
    third = told(rolled, NEXT + 3 * HOUR)
    assert f"{RECEIVED} {count - 1} → {count}" in third.changes
    assert heading(third) == "本版更正"


def received(one: PeriodReport) -> int:
    rows = next(t for t in books.from_json(one.book).tables() if t.title == "事件数量（件）").rows
    return next(number(row[1]) for row in rows if row[0] == "有效受理数")


def test_what_is_worked_out_from_other_columns_is_no_change_of_its_own(rolled: Session) -> None:
    one, other = two_cases(rolled)
    told(rolled, NEXT)
    merged(rolled, one, other)
    changes = told(rolled, NEXT + HOUR).changes
    assert changes
    assert not [line for line in changes if "变化" in line]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "本期未结束，截至 2026-11-18 11:00"),
        ("en", "not over yet, as of 2026-11-18 11:00"),
    ],
)
def test_a_period_that_runs_says_that_it_is_not_over(
    rolled: Session, language: str, words: str
) -> None:
    assert words in told(rolled, NOON + HOUR, language).book["period"]
    over = containing(PeriodKind.DAY, NOON.date() - timedelta(days=1))
    assert words[:5] not in make(rolled, over, now=NOON, language=language).book["period"]


def test_work_that_went_on_is_no_correction(rolled: Session) -> None:
    one, _other = two_cases(rolled)
    told(rolled, NOON + HOUR)
    report(rolled, now=NOON + HOUR)
    closed(rolled, one, NOON + 2 * HOUR)
    after = told(rolled, NOON + 3 * HOUR)
    assert after.edition == 2
    assert heading(after) == "与上一版相比"


def test_closing_later_is_no_correction_of_a_period_that_was_over(rolled: Session) -> None:
    one, _other = two_cases(rolled)
    told(rolled, NEXT)
    closed(rolled, one, NEXT + HOUR)
    after = told(rolled, NEXT + 2 * HOUR)
    assert after.edition == 2
    assert heading(after) == "与上一版相比"


def ran(session: Session, now: datetime) -> list[tuple[str, int]]:
    """Run what is due and return every report that was told so far: its period and edition."""
    logged(session)
    report_schedules.run_due(session, DISTRICT, now=now)
    logged(session)
    query = select(Message).where(Message.kind == str(MessageKind.REPORT_MADE))
    bodies = [one.body for one in session.scalars(query.order_by(Message.position))]
    return [(body["period"], body["edition"]) for body in bodies]


def wished(session: Session, kind: PeriodKind) -> None:
    supervisor = person(session, "supervisor")
    report_schedules.subscribe(session, supervisor, DISTRICT, kind, "zh", now=NOON)


def test_whoever_was_told_gets_the_correction_once(rolled: Session) -> None:
    wished(rolled, PeriodKind.MONTH)
    one, other = two_cases(rolled)
    december = NOON + timedelta(days=14)
    assert ran(rolled, december) == [("2026-11", 1)]
    merging.merge(rolled, one.id, other.id, by=person(rolled, "dispatcher"), now=december)
    assert ran(rolled, december + HOUR) == [("2026-11", 1)]  # once a day is enough
    corrected = [("2026-11", 1), ("2026-11", 2)]
    assert ran(rolled, december + timedelta(days=1)) == corrected
    assert ran(rolled, december + timedelta(days=2)) == corrected


def test_the_correction_of_a_day_comes_with_the_report_of_the_next(rolled: Session) -> None:
    wished(rolled, PeriodKind.DAY)
    one, other = two_cases(rolled)
    assert ran(rolled, NEXT) == [("2026-11-18", 1)]
    merged(rolled, one, other)
    assert ran(rolled, NEXT + timedelta(days=1)) == [
        ("2026-11-18", 1),
        ("2026-11-18", 2),
        ("2026-11-19", 1),
    ]


def test_work_that_goes_on_makes_no_edition_that_nobody_asked_for(rolled: Session) -> None:
    wished(rolled, PeriodKind.DAY)
    one, _other = two_cases(rolled)
    assert ran(rolled, NEXT) == [("2026-11-18", 1)]
    closed(rolled, one, NEXT + HOUR)
    assert ran(rolled, NEXT + timedelta(days=1)) == [("2026-11-18", 1), ("2026-11-19", 1)]


def test_another_definition_is_said_before_the_figures(
    rolled: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _other = two_cases(rolled)
    first = told(rolled, NEXT)
    assert first.definitions["received"] == BOOK["received"].version
    newer = {**BOOK, "received": replace(BOOK["received"], version=BOOK["received"].version + 1)}
    monkeypatch.setattr(period_reports, "BOOK", newer)
    assert told(rolled, NEXT).id == first.id
    closed(rolled, one, NEXT + HOUR)
    second = told(rolled, NEXT + HOUR)
    version = BOOK["received"].version
    said = f"指标定义有变：有效受理数 第 {version} 版 → 第 {version + 1} 版"
    assert second.changes[0] == said
    assert second.definition != first.definition


def test_days_that_pass_make_no_edition(rolled: Session) -> None:
    """All limits have come, nothing is done any more: cases only grow older."""
    one, _other = two_cases(rolled)
    late = one.due_at + HOUR
    sweep.mark_overdue(rolled, DISTRICT, now=late)
    logged(rolled)
    year = containing(PeriodKind.YEAR, NOON.date())
    late = NOON + timedelta(days=120)
    first = make(rolled, year, now=late)
    tables = {table.title: table for table in books.from_json(first.book).tables()}
    assert [row for row in tables["典型案例"].rows if row[0] == "超期最久"]
    assert make(rolled, year, now=late + timedelta(days=3)).id == first.id
