"""The parts of a period report: from figures to sentences, tables and charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from gridgov.domain.books import Block, Book, Cell, Chart, ChartKind, Column, Section, Table
from gridgov.domain.books import Kind as CellKind
from gridgov.domain.indicator_book import indicator
from gridgov.domain.indicator_model import Kind, Words
from gridgov.domain.report_periods import PeriodKind, ReportPeriod
from gridgov.services import figures, trends, unit_figures
from gridgov.services import report_words as say
from gridgov.services.board import View
from gridgov.services.figures import Value
from gridgov.services.reference import Reference
from gridgov.services.trends import Step

COUNTS = ("received", "closed", "open", "overdue", "rejected", "transferred", "merged", "repeats")
SHARES = (
    "closure_rate",
    "closure_due",
    "closure_due_on_time",
    "closure_flow",
    "closure_should",
    "response_on_time_share",
    "one_go_share",
    "self_handled_share",
    "dispatched_right_share",
    "rework_share",
    "return_share",
    "extension_share",
    "suspension_share",
    "closed_in_village_share",
    "closed_in_town_share",
    "answered_share",
    "solved_share",
    "satisfied_share",
    "verified_share",
)
HOURS = ("close_median", "close_p90", "response_median")
CODES = (*COUNTS, *SHARES, *HOURS)
FLOWS = ("received_flow", "closed_flow")
STEPS = {PeriodKind.QUARTER: Step.WEEK, PeriodKind.YEAR: Step.MONTH}


Series = tuple[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Look:
    """What a report is made of: the view of its period and those it is compared with.

    `before_at` and `year_before_at` are moments at which those periods were as old as this one
    is now: a young month is not compared with one that had longer to be closed. With `unit`
    the report is of that unit's cases alone.
    """

    session: Session
    reference: Reference
    period: ReportPeriod
    view: View
    before: View
    year_before: View
    before_at: datetime
    year_before_at: datetime
    launched: bool
    launched_year_before: bool
    language: str
    now: datetime
    unit: str = ""

    def words(self, words: Words) -> str:
        """Return words in the report's language."""
        return words.of(self.language)

    def pick(self, zh: str, en: str) -> str:
        """Return the text of the report's language."""
        return en if self.language.startswith("en") else zh


@dataclass(frozen=True, slots=True)
class Compared:
    """The same indicators of the period, the one before, and the year before (None: no data)."""

    now: dict[str, Value]
    before: dict[str, Value] | None
    year_before: dict[str, Value] | None


def compared(look: Look) -> Compared:
    """Return the main figures of the area, with what they are compared with."""
    return Compared(
        of_area(look, look.view, CODES),
        of_area(look, look.before, CODES, look.before_at) if look.launched else None,
        of_area(look, look.year_before, CODES, look.year_before_at)
        if look.launched_year_before
        else None,
    )


def of_area(
    look: Look, view: View, codes: Sequence[str], as_of: datetime | None = None
) -> dict[str, Value]:
    """Return code → value of a view, of the look's unit where it has one.

    A unit's cases are those it has now: its figures are never those of a past moment.
    """
    if look.unit:
        return unit_figures.values(look.session, view, look.unit, codes, now=look.now)
    found = figures.values(look.session, view, codes, now=look.now, as_of=as_of)
    return found[view.area_code]


def overall(look: Look, found: Compared) -> Section:
    """Return the first part: what came, how much of it is closed, how that changed."""
    blocks: list[Block] = [_sentences(look, found), _times(look, found)]
    blocks += [_daily(look), _counts(look, found), _shares(look, found), _hours(look, found)]
    return Section(look.pick("总体情况", "Overall"), blocks)


def _sentences(look: Look, found: Compared) -> str:
    this, name = say.THIS[look.period.kind], say.BEFORE[look.period.kind]
    now, before = found.now, found.before or {}
    rate, received = now["closure_rate"], now["received"]
    due, on_time = now["closure_due"], now["closure_due_on_time"]
    grew = say.growth(received, before.get("received"), name, look.language)
    rose = say.change(rate, before.get("closure_rate"), name, look.language)
    ripe = say.percent(rate.maturity)

    def share(value: Value) -> str:
        return say.share(value, look.language)

    if look.language.startswith("en"):
        return (
            f"{this.en} {received.numerator:,} valid cases were received{grew}; "
            f"{rate.numerator:,} of them are closed, a closure rate of {share(rate)}{rose}. "
            f"{ripe} of them have come due. Of the {due.denominator or 0:,} cases that fell due in "
            f"the period, {share(due)} are closed, {share(on_time)} on time."
        )
    return (
        f"{this.zh}共受理有效事件 {received.numerator:,} 件{grew}；"
        f"其中已办结 {rate.numerator:,} 件，办结率 {share(rate)}{rose}，"
        f"受理的事件中 {ripe} 到期日已到。"
        f"期内到期 {due.denominator or 0:,} 件，到期办结率 {share(due)}，"
        f"按期办结率 {share(on_time)}。"
    )


def _times(look: Look, found: Compared) -> str:
    now = found.now
    one_go, solved, satisfied = (now[f"{n}_share"] for n in ("one_go", "solved", "satisfied"))
    spells = say.spells(now["close_median"].value, now["close_p90"].value, look.language)
    answers = say.answers(solved, satisfied, look.language)
    share = say.share(one_go, look.language)
    if look.language.startswith("en"):
        return f"{spells} {share} were closed in one go. {answers}"
    return f"{spells}一次办结率 {share}。{answers}"


def _daily(look: Look) -> Chart:
    step = STEPS.get(look.period.kind, Step.DAY)
    if look.unit:
        return _daily_of_unit(look, step)
    lines = {
        code: trends.trend(look.session, look.view, code, step, now=look.now) for code in FLOWS
    }
    points = lines["received_flow"].points
    most = max(points, key=lambda p: p.numerator, default=None)
    peak = "" if most is None else f"{most.first:%m-%d}"
    top = 0 if most is None else most.numerator
    series: list[Series] = [
        (name, [float(p.numerator) for p in lines[code].points])
        for code, name in (
            ("received_flow", look.pick("受理", "received")),
            ("closed_flow", look.pick("办结", "closed")),
        )
    ]
    words = look.pick(f"受理最多的是 {peak}，{top:,} 件。", f"Most came on {peak}: {top:,}.")
    return _line(look, step, [p.first for p in points], series, words)


UNIT_TITLES = {
    Step.DAY: Words("每日受理与其中已办结（件）", "Received by day, and closed of these"),
    Step.WEEK: Words("每周受理与其中已办结（件）", "Received by week, and closed of these"),
    Step.MONTH: Words("每月受理与其中已办结（件）", "Received by month, and closed of these"),
}
TREND_TITLES = {
    Step.DAY: Words("每日受理与办结（件）", "Received and closed by day"),
    Step.WEEK: Words("每周受理与办结（件）", "Received and closed by week"),
    Step.MONTH: Words("每月受理与办结（件）", "Received and closed by month"),
}


def _line(
    look: Look, step: Step, days: Sequence[date], series: Sequence[Series], words: str
) -> Chart:
    return Chart(
        look.words((UNIT_TITLES if look.unit else TREND_TITLES)[step]),
        ChartKind.LINE if len(days) > 1 else ChartKind.COLUMN,
        [f"{day:%Y-%m}" if step is Step.MONTH else f"{day:%m-%d}" for day in days],
        series,
        words,
    )


def _daily_of_unit(look: Look, step: Step) -> Chart:
    """Return what came to a unit by day received, and how many of these are closed."""
    last = min(look.view.last, look.reference.local_day(look.now))
    found = unit_figures.by_day(look.session, look.view, look.unit)
    spans = trends.spans(look.view.first, last, step)
    came, went = (
        [
            float(sum(counts[part] for day, counts in found.items() if first <= day <= end))
            for first, end in spans
        ]
        for part in (0, 1)
    )
    series: list[Series] = [
        (look.pick("受理", "received"), came),
        (look.pick("其中已办结", "closed"), went),
    ]
    words = look.pick(
        f"共受理 {sum(came):,.0f} 件，其中已办结 {sum(went):,.0f} 件。",
        f"{sum(came):,.0f} received, {sum(went):,.0f} of these closed.",
    )
    return _line(look, step, [first for first, _end in spans], series, words)


def _main_columns(look: Look, kind: CellKind) -> list[Column]:
    difference = CellKind.POINTS if kind is CellKind.SHARE else kind
    change = look.pick("变化", "change")
    columns = [
        Column(look.pick("指标", "Indicator"), width=2.2),
        Column(look.pick("本期", "This period"), kind),
    ]
    names = say.BEFORE[look.period.kind], say.YEAR_BEFORE
    for name in names[:1] if _before_is_the_year_before(look) else names:
        columns += [
            Column(look.words(name), kind, aside=True),
            Column(change, difference, 0.9, aside=True),
        ]
    return columns


def _before_is_the_year_before(look: Look) -> bool:
    """Tell whether both periods of comparison are the same one: it is said once."""
    return look.period.kind is PeriodKind.YEAR


def _number(code: str, value: Value | None) -> float | int | None:
    if value is None:
        return None
    return value.numerator if indicator(code).kind is Kind.COUNT else value.value


def _row(look: Look, found: Compared, code: str) -> list[Cell]:
    now = _number(code, found.now[code])
    row: list[Cell] = [indicator(code).name.of(look.language), now]
    others = found.before, found.year_before
    for other in others[:1] if _before_is_the_year_before(look) else others:
        then = None if other is None else _number(code, other[code])
        row += [then, None if now is None or then is None else now - then]
    return row


COUNTS_TITLE = Words("事件数量（件）", "Numbers of cases")


def count_in(look: Look, book: Book, code: str) -> int | None:
    """Return a number of cases that a report in a look's language tells, None if it does not."""
    title, name = look.words(COUNTS_TITLE), indicator(code).name.of(look.language)
    rows = [row for table in book.tables() if table.title == title for row in table.rows]
    numbers = [row[1] for row in rows if row[0] == name]
    return int(numbers[0]) if numbers and isinstance(numbers[0], int | float) else None


def _counts(look: Look, found: Compared) -> Table:
    return Table(
        look.words(COUNTS_TITLE),
        _main_columns(look, CellKind.COUNT),
        [_row(look, found, code) for code in COUNTS],
        note=look.pick(
            "注：按受理日期统计；比较期取其目前的数字。",
            "By day received; periods compared with are taken as they stand now.",
        )
        if look.unit
        else look.pick(
            "注：按受理日期统计；比较期取与本期同样“年龄”时的数字。",
            "By day received; periods compared with are taken when they were as old.",
        ),
    )


def _shares(look: Look, found: Compared) -> Table:
    columns = _main_columns(look, CellKind.SHARE)
    columns[1:1] = [
        Column(look.pick("分子", "of"), CellKind.COUNT, 0.8),
        Column(look.pick("分母", "all"), CellKind.COUNT, 0.8),
    ]
    rows = []
    for code in SHARES:
        value, row = found.now[code], _row(look, found, code)
        rows.append([row[0], value.numerator, value.denominator, *row[1:]])
    sampled = [found.now[code] for code in SHARES if indicator(code).sampled]
    low, high = (sampled[0].low, sampled[0].high) if sampled else (None, None)
    return Table(
        look.pick("比率", "Shares"),
        columns,
        rows,
        note=look.pick(
            "注：变化以百分点计；抽查核实办结率的 95% 置信区间为 "
            f"{say.percent(low)} 至 {say.percent(high)}。",
            "Changes in percentage points; 95 % interval of the verified closure rate: "
            f"{say.percent(low)} to {say.percent(high)}.",
        ),
    )


def _hours(look: Look, found: Compared) -> Table:
    return Table(
        look.pick("时长（自然小时）", "How long it took (natural hours)"),
        _main_columns(look, CellKind.HOURS),
        [_row(look, found, code) for code in HOURS],
        note=look.pick(
            "注：Kaplan–Meier 估计，未办结的作为删失值计入。",
            "Kaplan–Meier: cases still open count as censored.",
        ),
    )
