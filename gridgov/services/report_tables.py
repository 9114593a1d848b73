"""The parts of a period report that compare: areas, units, classes, channels; and the stock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from gridgov.domain.areas import AreaKind
from gridgov.domain.books import Block, Cell, Chart, ChartKind, Column, Kind, Section, Table
from gridgov.domain.counters import Dim
from gridgov.domain.indicator_model import FEW, Words
from gridgov.services import breakdowns, figures, report_sections, stocks
from gridgov.services import report_words as say
from gridgov.services.breakdowns import Share
from gridgov.services.figures import Value
from gridgov.services.report_sections import Look

AREA_CODES = ("received", "closure_rate", "closure_due", "closure_due_on_time", "overdue")
CUT_CODES = ("closure_rate", "closed_on_time_share")
MOST_ROWS = 15
MOST_BARS = 10


def areas(look: Look) -> Section | None:
    """Return the part about the areas right below, None where there are none.

    Cases placed in none of them are a row of their own, so that the rows add up to the whole.
    """
    net = look.reference.net
    below = [p for p in net.children(look.view.area_code) if p.kind is not AreaKind.PROFESSIONAL]
    if not below:
        return None
    found = _below(look, [p.code for p in below])
    whole = report_sections.of_area(look, look.view, AREA_CODES)
    names = {p.code: look.pick(p.name, p.name_en or p.name) for p in below}
    rows = [_area_row(names[p.code], found[p.code], _of_enough) for p in below]
    total = _area_row(look.pick("合计", "Total"), whole, _of_any)
    rows += _elsewhere(look, rows, total)
    table = Table(
        look.pick("各区域办理情况", "By area"),
        [
            Column(look.pick("区域", "Area"), width=1.4),
            Column(look.pick("受理", "Received"), Kind.COUNT),
            Column(look.pick("办结", "Closed"), Kind.COUNT),
            Column(look.pick("办结率", "Closure rate"), Kind.SHARE),
            Column(look.pick("到期", "Due"), Kind.COUNT),
            Column(look.pick("按期办结", "On time"), Kind.COUNT),
            Column(look.pick("按期办结率", "On-time rate"), Kind.SHARE),
            Column(look.pick("超期在办", "Overdue"), Kind.COUNT),
        ],
        rows,
        total,
        look.pick(
            "注：不足 20 件的不列比率，不作比较。",
            "Shares of fewer than 20 cases are not written and not compared.",
        ),
    )
    ranked = [(names[p.code], found[p.code]["closure_due_on_time"]) for p in below]
    blocks: list[Block] = [table]
    chart = _bars(look, look.pick("按期办结率", "On-time rate"), ranked)
    return Section(look.pick("各区域情况", "By area"), blocks + ([chart] if chart else []))


def _below(look: Look, areas: Sequence[str]) -> Mapping[str, dict[str, Value]]:
    if not look.unit:
        return figures.values(look.session, look.view, AREA_CODES, now=look.now, areas=areas)
    return {
        area: report_sections.of_area(look, replace(look.view, area_code=area), AREA_CODES)
        for area in areas
    }


def _of_enough(one: Value | Share) -> float | None:
    """Return a share to be read beside others: None for fewer than 20 cases."""
    return one.value if one.rankable else None


def _of_any(one: Value) -> float | None:
    return one.value


def _area_row(
    name: str, found: dict[str, Value], share: Callable[[Value], float | None]
) -> list[Cell]:
    rate, due, on_time = (
        found["closure_rate"],
        found["closure_due"],
        found["closure_due_on_time"],
    )
    return [
        name,
        found["received"].numerator,
        rate.numerator,
        share(rate),
        due.denominator,
        on_time.numerator,
        share(on_time),
        found["overdue"].numerator,
    ]


def _elsewhere(look: Look, rows: Sequence[list[Cell]], total: list[Cell]) -> list[list[Cell]]:
    """Return the row of cases that lie in none of the areas; no row where there is none."""
    received, closed, due, on_time, overdue = (
        _number(total[column]) - sum(_number(row[column]) for row in rows)
        for column in (1, 2, 4, 5, 7)
    )
    if not (received or due):
        return []
    name = look.pick("未定到以上区域", "In none of these")
    rate = closed / received if received >= FEW else None
    in_time = on_time / due if due >= FEW else None
    return [[name, received, closed, rate, due, on_time, in_time, overdue]]


def _number(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _bars(look: Look, title: str, ranked: Sequence[tuple[str, Value | Share]]) -> Chart | None:
    """Return bars of shares, the lowest on top, of those with enough cases."""
    known = [(name, one.value) for name, one in ranked if one.rankable and one.value is not None]
    known.sort(key=lambda pair: pair[1])
    if len(known) < 2:
        return None
    low, high = known[0], known[-1]
    return Chart(
        title,
        ChartKind.BAR,
        [name for name, _value in known[:MOST_BARS]],
        [(title, [value for _name, value in known[:MOST_BARS]])],
        look.pick(
            f"最低 {low[0]} {say.percent(low[1])}，最高 {high[0]} {say.percent(high[1])}。",
            f"Lowest {low[0]} {say.percent(low[1])}, highest {high[0]} {say.percent(high[1])}.",
        ),
        share=True,
    )


def cut(
    look: Look, by: Dim, title: Words, first: Words, names: Mapping[str, str]
) -> Section | None:
    """Return the part about units, classes of problem or channels; None without a case.

    Beyond 15 the smaller ones are one row, so that the rows add up to what was received.
    """
    session, view, unit = look.session, look.view, look.unit
    closed, ended = (breakdowns.breakdown(session, view, code, by, unit=unit) for code in CUT_CODES)
    if not closed:
        return None
    timely = {one.key: one for one in ended}
    nobody = {
        Dim.UNIT: look.pick("网格人员", "People of the grids"),
        Dim.CATEGORY: look.pick("未分类", "No class"),
    }.get(by, look.pick("其他渠道", "Other channel"))
    shown, rest = closed[:MOST_ROWS], closed[MOST_ROWS:]
    rows = [_cut_row(names.get(one.key, one.key) or nobody, [one], timely) for one in shown]
    if rest:
        others = look.pick(f"其他 {len(rest)} 项", f"{len(rest)} others")
        rows.append(_cut_row(others, rest, timely))
    table = Table(
        look.words(title),
        [
            Column(look.words(first), width=2.2),
            Column(look.pick("受理", "Received"), Kind.COUNT),
            Column(look.pick("办结", "Closed"), Kind.COUNT),
            Column(look.pick("办结率", "Closure rate"), Kind.SHARE),
            Column(look.pick("其中按期", "On time of these"), Kind.SHARE),
        ],
        rows,
        note=look.pick(
            "注：不足 20 件的不列比率。", "Shares of fewer than 20 cases are not written."
        ),
    )
    bars = Chart(
        look.pick("受理数量（件）", "Cases received"),
        ChartKind.BAR,
        [str(row[0]) for row in rows[:MOST_BARS]],
        [(look.pick("受理", "received"), [float(o.denominator or 0) for o in closed[:MOST_BARS]])],
        look.pick(f"最多的是{rows[0][0]}。", f"Most: {rows[0][0]}."),
    )
    return Section(look.words(title), [table, *([bars] if len(rows) > 1 else [])])


def _cut_row(name: str, some: Sequence[Share], timely: Mapping[str, Share]) -> list[Cell]:
    """Return the row of one unit, class or channel, or of some together."""
    on_time = [timely[one.key] for one in some if one.key in timely]
    received, closed = _parts(some)
    ended, ended_on_time = _parts(on_time)
    return [
        name,
        received,
        closed,
        closed / received if received >= FEW else None,
        ended_on_time / ended if ended >= FEW else None,
    ]


def _parts(some: Sequence[Share]) -> tuple[int, int]:
    """Return the denominator and the numerator of some shares together."""
    return sum(one.denominator or 0 for one in some), sum(one.numerator for one in some)


STOCK_NAMES = {
    "received": Words("受理", "received"),
    "reopened": Words("重开", "reopened"),
    "taken_back": Words("撤销合并或退件", "taken back"),
    "closed": Words("办结", "closed"),
    "rejected": Words("不予受理", "rejected"),
    "void": Words("作废", "void"),
    "merged": Words("合并", "merged"),
    "transferred": Words("移交", "transferred"),
}


def stock(look: Look) -> Section:
    """Return the stock table: what was open, came, went and is left; it balances."""
    found = stocks.stock(look.session, look.view, now=look.now)
    rows: list[list[Cell]] = [[look.pick("期初在办", "Open at the beginning"), found.opening]]
    rows += [[f"+ {look.words(STOCK_NAMES[name])}", n] for name, n in found.came.items()]
    rows += [[f"− {look.words(STOCK_NAMES[name])}", n] for name, n in found.went.items()]
    table = Table(
        look.pick("存量平衡表（件）", "Stock of open cases"),
        [
            Column(look.pick("项目", "Item"), width=2),
            Column(look.pick("件数", "Cases"), Kind.COUNT),
        ],
        rows,
        [look.pick("期末在办", "Open at the end"), found.closing],
        look.pick(f"注：平衡差 {found.difference}。", f"Difference: {found.difference}."),
    )
    return Section(look.pick("存量", "Stock"), [table])
