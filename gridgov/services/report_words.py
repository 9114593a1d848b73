"""Sentences of period reports, in both languages: what figures say, and how they changed.

A report is kept for ever in the language it was made in, so its words are values here and
not messages of a page that are translated when it is shown.
"""

from datetime import datetime

from gridgov.domain.books import NOTHING
from gridgov.domain.indicator_model import Words
from gridgov.domain.report_periods import PeriodKind, ReportPeriod
from gridgov.services.figures import Value

TITLES = {
    PeriodKind.DAY: Words("网格事件日报", "Daily report on grid cases"),
    PeriodKind.WEEK: Words("网格事件周报", "Weekly report on grid cases"),
    PeriodKind.MONTH: Words("网格事件月报", "Monthly report on grid cases"),
    PeriodKind.QUARTER: Words("网格事件季报", "Quarterly report on grid cases"),
    PeriodKind.YEAR: Words("网格事件年报", "Annual report on grid cases"),
}
# What the period before is called: "比上月" and so on.
BEFORE = {
    PeriodKind.DAY: Words("前一日", "the day before"),
    PeriodKind.WEEK: Words("上周", "the week before"),
    PeriodKind.MONTH: Words("上月", "the month before"),
    PeriodKind.QUARTER: Words("上季", "the quarter before"),
    PeriodKind.YEAR: Words("上年", "the year before"),
}
THIS = {
    PeriodKind.DAY: Words("当日", "On this day"),
    PeriodKind.WEEK: Words("本周", "In this week"),
    PeriodKind.MONTH: Words("本月", "In this month"),
    PeriodKind.QUARTER: Words("本季度", "In this quarter"),
    PeriodKind.YEAR: Words("本年", "In this year"),
}
# Names of the first and the last sheet of the Excel file.
SHEETS = (Words("正文", "Text"), Words("图表", "Charts"))
YEAR_BEFORE = Words("上年同期", "a year before")
LEVEL = 0.00005  # below half a hundredth of a percentage point two shares read alike


def percent(value: float | None) -> str:
    """Return a share as 97.36%, "—" for none."""
    return NOTHING if value is None else f"{100 * value:.2f}%"


def share(value: Value, language: str) -> str:
    """Return a share with its parts: 97.36%（3,872/3,977）, or 97.36% (3,872/3,977)."""
    parts = f"{value.numerator:,}/{value.denominator or 0:,}"
    english = language.startswith("en")
    return f"{percent(value.value)} ({parts})" if english else f"{percent(value.value)}（{parts}）"


def spells(median: float | None, most: float | None, language: str) -> str:
    """Return how long closing took, as clauses; what too few closed cases tell is said so."""
    if language.startswith("en"):
        half = (
            "Too few cases are closed to tell a median"
            if median is None
            else f"Half of the cases were closed within {hours(median, language)}"
        )
        nine = (
            "too few to tell for nine in ten"
            if most is None
            else f"nine in ten within {hours(most, language)}"
        )
        return f"{half}, {nine} (open cases counted as such)."
    half = (
        "办结不足半数，中位时长无法估计"
        if median is None
        else f"半数事件在 {hours(median, language)}内办结"
    )
    nine = (
        "办结不足九成，九成时长无法估计"
        if most is None
        else f"九成在 {hours(most, language)}内办结"
    )
    return f"{half}，{nine}（未办结的按未办结计入）。"


def answers(solved: Value, satisfied: Value, language: str) -> str:
    """Return what residents said, as a sentence; that nobody did where nobody did."""
    english = language.startswith("en")
    if not solved.denominator and not satisfied.denominator:
        return "No resident answered." if english else "本期没有群众评价。"
    one, other = share(solved, language), share(satisfied, language)
    if english:
        return f"Of those residents who answered, {one} said solved and {other} satisfied."
    return f"参加评价的群众中，认为已解决的占 {one}，满意的占 {other}。"


def period_words(period: ReportPeriod, language: str) -> str:
    """Return the period as its title line says it."""
    first, last = period.first, period.last
    if language.startswith("en"):
        one = f"{first:%Y-%m-%d}"
        return one if first == last else f"{one} to {last:%Y-%m-%d}"
    one = f"{first.year} 年 {first.month} 月 {first.day} 日"
    if first == last:
        return one
    end = f"{last.month} 月 {last.day} 日"
    return f"{one}至 {end}" if first.year == last.year else f"{one}至 {last.year} 年 {end}"


def unfinished(moment: datetime, language: str) -> str:
    """Return the line below a period that is not over; `moment` is in local time."""
    if language.startswith("en"):
        return f"not over yet, as of {moment:%Y-%m-%d %H:%M}"
    return f"本期未结束，截至 {moment:%Y-%m-%d %H:%M}"


def change(now: Value, before: Value | None, name: Words, language: str) -> str:
    """Return how a share changed, as a clause: "，比上月上升 0.35 个百分点"."""
    english = language.startswith("en")
    if before is None or now.value is None or before.value is None:
        return ""
    points = now.value - before.value
    if abs(points) < LEVEL:
        return f", unchanged from {name.en}" if english else f"，与{name.zh}持平"
    if english:
        way = "up" if points > 0 else "down"
        return f", {way} {abs(100 * points):.2f} points from {name.en}"
    return f"，比{name.zh}{'上升' if points > 0 else '下降'} {abs(100 * points):.2f} 个百分点"


def growth(now: Value, before: Value | None, name: Words, language: str) -> str:
    """Return how a number changed, as a clause: "，比上月增长 12.5%"; "" without a base."""
    english = language.startswith("en")
    if before is None or not before.numerator:
        return ""
    rate = now.numerator / before.numerator - 1
    if now.numerator == before.numerator:
        return f", as many as {name.en}" if english else f"，与{name.zh}持平"
    if english:
        return f", {'up' if rate > 0 else 'down'} {abs(100 * rate):.1f}% from {name.en}"
    return f"，比{name.zh}{'增长' if rate > 0 else '下降'} {abs(100 * rate):.1f}%"


def hours(value: float | None, language: str) -> str:
    """Return natural hours as people say them; "—" for none."""
    if value is None:
        return NOTHING
    english = language.startswith("en")
    if value < 1:
        return f"{value * 60:.0f} minutes" if english else f"{value * 60:.0f} 分钟"
    if value < 48:
        return f"{value:.1f} hours" if english else f"{value:.1f} 小时"
    return f"{value / 24:.1f} days" if english else f"{value / 24:.1f} 天"
