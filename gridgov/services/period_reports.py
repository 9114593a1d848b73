"""Reports of periods: composed from the figures, frozen, and made anew only when they differ."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain import book_changes, books
from gridgov.domain.books import Book, Section
from gridgov.domain.counters import Dim
from gridgov.domain.errors import InvalidInput
from gridgov.domain.indicator_book import BOOK
from gridgov.domain.indicator_model import Words
from gridgov.domain.report_periods import ReportPeriod
from gridgov.services import report_cases, report_sections, report_tables
from gridgov.services import report_words as say
from gridgov.services.board import View
from gridgov.services.indicators import PROJECTOR
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.services.report_sections import Look
from gridgov.storage import facts, messages, period_reports
from gridgov.storage.ids import new_id
from gridgov.storage.period_reports import PeriodReport

MOST_CHANGES = 200
OFFICE = Words("网格化治理指挥中心", " grid command centre")
CHANNELS = {
    "snap": Words("随手拍", "Residents' page"),
    "web": Words("网站", "Website"),
    "app": Words("应用", "App"),
    "worker": Words("网格员上报", "Grid worker"),
    "patrol": Words("网格巡查", "Patrol"),
    "12345": Words("12345 热线", "12345 hotline"),
    "phone": Words("电话", "Phone"),
    "walk_in": Words("来访", "Walk-in"),
    "program": Words("其他系统", "Other systems"),
    "api": Words("其他系统", "Other systems"),
    "open311": Words("Open311", "Open311"),
    "import": Words("导入", "Imported"),
    "sample": Words("示例", "Sample"),
    "staff": Words("工作人员", "Staff"),
    "social": Words("社交媒体", "Social media"),
}


def definition() -> str:
    """Return the versions of all indicators as one short name: the sum says which book it was."""
    return f"book-{len(BOOK)}-{sum(one.version for one in BOOK.values())}"


def make(
    session: Session,
    view: View,
    period: ReportPeriod,
    *,
    language: str,
    now: datetime,
    by: UUID | None = None,
) -> PeriodReport:
    """Return the report of a view's area for a period, frozen; make an edition if figures differ.

    The first edition is what the figures say now. Asked for again, the same edition comes back
    as long as every table reads the same; a late correction makes the next edition, which says
    cell by cell what changed. `view` covers the period's days.

    Raises: InvalidInput (period, not_begun) for a period that lies ahead.
    """
    reference = reference_of(session, view.district_code)
    if period.first > reference.local_day(now):
        raise InvalidInput("period", "not_begun", text=period.code)
    position = messages.cursor_position(session, PROJECTOR, view.district_code)
    known = period_reports.editions(
        session, view.district_code, view.area_code, str(period.kind), period.first, language
    )
    number = known[0].edition + 1 if known else 1
    look = _look(session, reference, view, period, language, now)
    book = compose(look, number, position)
    changes: list[str] = []
    if known:
        found = book_changes.changes(books.from_json(known[0].book), book)
        if not found:
            return known[0]
        changes = [change.words() for change in found[:MOST_CHANGES]]
        book = _with_changes(look, book, known[0], changes, len(found))
    return _kept(session, look, book, changes, number=number, position=position, by=by)


def _kept(
    session: Session,
    look: Look,
    book: Book,
    changes: list[str],
    *,
    number: int,
    position: int,
    by: UUID | None,
) -> PeriodReport:
    period = look.period
    made = PeriodReport(
        id=new_id(),
        district_code=look.view.district_code,
        area_code=look.view.area_code,
        language=look.language,
        kind=str(period.kind),
        first_day=period.first,
        last_day=period.last,
        edition=number,
        definition=definition(),
        position=position,
        book=books.as_json(book),
        changes=changes,
        made_at=look.now,
        made_by_id=by,
    )
    session.add(made)
    session.flush()
    return made


def _look(
    session: Session,
    reference: Reference,
    view: View,
    period: ReportPeriod,
    language: str,
    now: datetime,
) -> Look:
    before, year = period.before(), period.year_before()
    launch = facts.first_day(session, view.district_code)
    return Look(
        session=session,
        reference=reference,
        period=period,
        view=view,
        before=_over(view, before),
        year_before=_over(view, year),
        before_at=_as_old(reference, period, before, now),
        year_before_at=_as_old(reference, period, year, now),
        launched=launch is not None and before.last >= launch,
        launched_year_before=launch is not None and year.last >= launch,
        language=language,
        now=now,
    )


def _over(view: View, period: ReportPeriod) -> View:
    return View(view.district_code, view.area_code, period.first, period.last, view.classes)


def _as_old(
    reference: Reference, period: ReportPeriod, other: ReportPeriod, now: datetime
) -> datetime:
    """Return the moment at which another period was as old as this one is now."""

    def end(one: ReportPeriod) -> datetime:
        day = one.last + timedelta(days=1)
        return datetime.combine(day, time(), reference.zone)

    return min(now, end(other) + (now - end(period)))


def compose(look: Look, edition: int, position: int) -> Book:
    """Return the report of a look as a book."""
    reference, pick = look.reference, look.pick
    name = pick(reference.name, reference.name_en)
    area = reference.area(look.view.area_code)
    where = "" if area is None else pick(area.name, area.name_en or area.name)
    local = look.now.astimezone(reference.zone)
    day = pick(f"{local.year} 年 {local.month} 月 {local.day} 日", f"{local:%Y-%m-%d}")
    found = report_sections.compared(look)
    title = look.words(say.TITLES[look.period.kind])
    return Book(
        office=f"{name}{look.words(OFFICE)}",
        title=title if look.view.area_code == look.view.district_code else f"{where} {title}",
        number=pick(f"〔{look.period.code}〕第 {edition} 版", f"{look.period.code}, ed. {edition}"),
        period=say.period_words(look.period, look.language),
        day=day,
        sections=_sections(look, found),
        colophon=[
            pick(
                f"数字截至 {local:%Y-%m-%d %H:%M}，取自办理记录日志第 {position:,} 条；"
                f"指标定义 {definition()}；第 {edition} 版。",
                f"Figures as of {local:%Y-%m-%d %H:%M}, from line {position:,} of the log; "
                f"definitions {definition()}; edition {edition}.",
            ),
            pick(
                "零分母记作“—”；不足 20 件的不排名；涉密与保密案件不计入。",
                "Nothing to divide by is written “—”; fewer than 20 cases are not compared.",
            ),
        ],
    )


def _sections(look: Look, found: Any) -> list[Section]:
    reference = look.reference
    units = {c: look.pick(u.name, u.name_en or u.name) for c, u in reference.units.items()}
    classes = {c: look.pick(k.name, k.name_en or k.name) for c, k in reference.catalogue.items()}
    channels = {code: look.words(words) for code, words in CHANNELS.items()}
    parts = [
        report_sections.overall(look, found),
        report_tables.areas(look),
        report_tables.cut(
            look, Dim.UNIT, Words("各处置单位情况", "By unit"), Words("单位", "Unit"), units
        ),
        report_tables.cut(
            look,
            Dim.CATEGORY,
            Words("问题类别", "By class of problem"),
            Words("类别", "Class"),
            classes,
        ),
        report_tables.cut(
            look, Dim.CHANNEL, Words("来源渠道", "By channel"), Words("渠道", "Channel"), channels
        ),
        report_tables.stock(look),
        report_cases.typical(look),
    ]
    return [part for part in parts if part is not None]


def _with_changes(
    look: Look, book: Book, before: PeriodReport, lines: list[str], number: int
) -> Book:
    """Return the book with a part in front of all that says what this edition corrects."""
    local = before.made_at.astimezone(look.reference.zone)
    intro = look.pick(
        f"本版更正第 {before.edition} 版（{local:%Y-%m-%d %H:%M}）后数字有变，共 {number} 处：",
        f"This edition corrects edition {before.edition} ({local:%Y-%m-%d %H:%M}) in {number} "
        "places:",
    )
    part = Section(look.pick("本版更正", "What this edition corrects"), [intro, *lines])
    return Book(
        book.office,
        book.title,
        book.number,
        book.period,
        book.day,
        [part, *book.sections],
        book.colophon,
    )
