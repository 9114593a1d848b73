"""Reports of periods: composed from the figures, frozen, and made anew only when they differ."""

import zlib
from datetime import date, datetime, time, timedelta
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
from gridgov.storage.period_reports import PeriodReport, ReportSchedule

MOST_CHANGES = 200
OFFICE = Words("网格化治理指挥中心", " grid command centre")
OF_UNIT = Words(
    "按事件目前所属的单位统计；存量按区域记账，单位报告不列存量平衡表。",
    "Counted by the unit that cases stand with now; the stock is kept by area, not by unit.",
)
# What the parts of a report are counted by.
USED = {
    *report_sections.CODES,
    *report_sections.FLOWS,
    *report_tables.AREA_CODES,
    *report_tables.CUT_CODES,
}
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


def definitions() -> dict[str, int]:
    """Return code → version of the indicators that reports are made of."""
    return {code: BOOK[code].version for code in sorted(USED)}


def definition() -> str:
    """Return those versions as one short name: the same for the same versions."""
    versions = definitions()
    told = ",".join(f"{code}:{version}" for code, version in versions.items())
    return f"book-{len(versions)}-{zlib.crc32(told.encode()):08x}"


def subject(reference: Reference, report: PeriodReport | ReportSchedule, language: str) -> str:
    """Return what a report is about, as people say it: the area, and the unit if of one."""
    english = language.startswith("en")
    area = reference.area(report.area_code)
    unit = reference.units.get(report.unit_code)
    names = [
        "" if one is None else (one.name_en or one.name) if english else one.name
        for one in (area, unit)
    ]
    return " ".join(name for name in names if name)


def make(
    session: Session,
    view: View,
    period: ReportPeriod,
    *,
    language: str,
    now: datetime,
    unit: str = "",
    by: UUID | None = None,
    corrections_only: bool = False,
) -> PeriodReport:
    """Return the report of a view's area for a period, frozen; make an edition if figures differ.

    The first edition is what the figures say now. Asked for again, the same edition comes back
    as long as every table reads the same; a late correction, or work that went on, makes the
    next edition, which says cell by cell what changed. `view` covers the period's days.

    `unit` is the code of a unit whose cases alone are reported. With `corrections_only` the
    edition known comes back unless a case came into its counts or was taken out since.
    Raises: InvalidInput (period, not_begun) for a period that lies ahead, InvalidInput (unit)
    for a unit that the district does not have.
    """
    reference = reference_of(session, view.district_code)
    if period.first > reference.local_day(now):
        raise InvalidInput("period", "not_begun", text=period.code)
    if unit and unit not in reference.units:
        raise InvalidInput("unit", "unknown", code=unit)
    position = messages.cursor_position(session, PROJECTOR, view.district_code)
    known = period_reports.editions(
        session, view.district_code, view.area_code, unit, str(period.kind), period.first, language
    )
    number = known[0].edition + 1 if known else 1
    look = _look(session, reference, view, period, language, now, unit)
    book = compose(look, number, position)
    changes: list[str] = []
    corrects = False
    if known:
        old = books.from_json(known[0].book)
        corrects = _corrected(look, old, book, over=known[0].last_day < _day_made(look, known[0]))
        found = book_changes.changes(old, book)
        if not found or (corrections_only and not corrects):
            return known[0]
        chinese = not language.startswith("en")
        changes = _redefined(look, known[0])
        changes += [change.words(chinese=chinese) for change in found[:MOST_CHANGES]]
        book = _with_changes(look, book, known[0], changes, len(found), corrects=corrects)
    return _kept(
        session, look, book, changes, number=number, position=position, corrects=corrects, by=by
    )


def _redefined(look: Look, before: PeriodReport) -> list[str]:
    """Return a line for each indicator that is counted by another version than it was then."""
    lines = []
    for code, version in definitions().items():
        was = before.definitions.get(code, version)
        if was != version:
            name = BOOK[code].name.of(look.language)
            lines.append(
                look.pick(
                    f"指标定义有变：{name} 第 {was} 版 → 第 {version} 版",
                    f"Defined anew: {name}, version {was} → {version}",
                )
            )
    return lines


def _kept(
    session: Session,
    look: Look,
    book: Book,
    changes: list[str],
    *,
    number: int,
    position: int,
    corrects: bool,
    by: UUID | None,
) -> PeriodReport:
    period = look.period
    made = PeriodReport(
        id=new_id(),
        district_code=look.view.district_code,
        area_code=look.view.area_code,
        unit_code=look.unit,
        language=look.language,
        kind=str(period.kind),
        first_day=period.first,
        last_day=period.last,
        edition=number,
        definition=definition(),
        definitions=definitions(),
        position=position,
        book=books.as_json(book),
        changes=changes,
        corrects=corrects,
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
    unit: str,
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
        unit=unit,
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
    local = look.now.astimezone(reference.zone)
    day = pick(f"{local.year} 年 {local.month} 月 {local.day} 日", f"{local:%Y-%m-%d}")
    found = report_sections.compared(look)
    running = look.period.last >= local.date()
    so_far = [say.unfinished(local, look.language)] if running else []
    title = look.words(say.TITLES[look.period.kind])
    return Book(
        office=f"{name}{look.words(OFFICE)}",
        title=" ".join([*_whose(look), title]),
        number=pick(f"〔{look.period.code}〕第 {edition} 版", f"{look.period.code}, ed. {edition}"),
        period="\n".join([say.period_words(look.period, look.language), *so_far]),
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
            *([look.words(OF_UNIT)] if look.unit else []),
        ],
    )


def _whose(look: Look) -> list[str]:
    """Return what stands before the title: the area below the district, and the unit."""
    area = look.reference.area(look.view.area_code)
    unit = look.reference.units.get(look.unit)
    found = [unit] if area is None or area.code == look.view.district_code else [area, unit]
    return [look.pick(one.name, one.name_en or one.name) for one in found if one is not None]


def _sections(look: Look, found: Any) -> list[Section]:
    reference = look.reference
    units = {c: look.pick(u.name, u.name_en or u.name) for c, u in reference.units.items()}
    classes = {c: look.pick(k.name, k.name_en or k.name) for c, k in reference.catalogue.items()}
    channels = {code: look.words(words) for code, words in CHANNELS.items()}
    parts = [
        report_sections.overall(look, found),
        report_tables.areas(look),
        None
        if look.unit
        else report_tables.cut(
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
        None if look.unit else report_tables.stock(look),
        report_cases.typical(look),
    ]
    return [part for part in parts if part is not None]


def _day_made(look: Look, one: PeriodReport) -> date:
    return look.reference.local_day(one.made_at)


def _corrected(look: Look, before: Book, after: Book, *, over: bool) -> bool:
    """Tell whether an edition takes back what the one before said, or only follows the work.

    What was received or closed only grows as work goes on; `over` says that the period was
    when the edition before was made, after which nothing more can be received in it.
    """
    received, closed = (
        tuple(report_sections.count_in(look, one, code) for one in (before, after))
        for code in ("received", "closed")
    )
    return (
        _fell(*received)
        or _fell(*closed)
        or (over and None not in received and received[0] != received[1])
    )


def _fell(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after < before


def _with_changes(
    look: Look, book: Book, before: PeriodReport, lines: list[str], number: int, *, corrects: bool
) -> Book:
    """Return the book with a part in front of all that says what reads differently, and why."""
    local = before.made_at.astimezone(look.reference.zone)
    was = f"{local:%Y-%m-%d %H:%M}"
    if corrects:
        heading = look.pick("本版更正", "What this edition corrects")
        intro = look.pick(
            f"计入本期的事件有变。与第 {before.edition} 版（{was}）相比，共 {number} 处不同：",
            f"Cases came into the period's counts or were taken out. {number} figures read "
            f"differently from edition {before.edition} ({was}):",
        )
    else:
        heading = look.pick("与上一版相比", "Compared with the edition before")
        intro = look.pick(
            f"事件继续办理，与第 {before.edition} 版（{was}）相比，共 {number} 处不同：",
            f"Work went on. {number} figures read differently from edition {before.edition} "
            f"({was}):",
        )
    part = Section(heading, [intro, *lines])
    return Book(
        book.office,
        book.title,
        book.number,
        book.period,
        book.day,
        [part, *book.sections],
        book.colophon,
    )
