"""The analysis page: each number opens its cases, and nobody sees more than the own board."""

import json
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.domain.indicator_book import BOOK
from gridgov.storage.cases import Case
from tests.web.edge import DISTRICT, GRID, TOWN, Edge, picture
from tests.web.reading import links_of, words_of
from tests.web.test_board_figures import all_behind, behind_links

EMPTY = {"from": "2019-01-01", "to": "2019-01-31"}
PARTS = ("unit", "category", "channel", "cell", "hour")


@pytest.fixture(scope="module")
def busy(edge_of_file: Edge) -> Edge:
    """The sample with a closed case and an open one more, and the facts up to date; to read."""
    return made_busy(edge_of_file)


@pytest.fixture
def own(edge_on_both: Edge) -> Edge:
    """The same, for one test that does something in it."""
    return made_busy(edge_on_both)


def made_busy(edge: Edge) -> Edge:
    edge.closed(photos=[picture()])
    edge.report()
    edge.report(category="0402", text="半夜打桩")
    edge.fold()
    return edge


def analysis(browser: FlaskClient, **query: Any) -> str:
    answer = browser.get("/board/analysis", query_string=query)
    assert answer.status_code == 200, (query, words_of(answer.text)[:200])
    return answer.text


def section(html: str, name: str) -> str:
    """Return one part of the page, by the id of its heading."""
    found = re.search(rf'<section[^>]*aria-labelledby="{name}".*?</section>\n\n|$', html, re.DOTALL)
    assert found is not None
    assert found[0], name
    return found[0]


def asked(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_every_number_opens_exactly_its_cases(busy: Edge) -> None:
    supervisor = busy.staff("supervisor")
    seen, links = set(), set()
    for cut in ("closure_rate", "received", "closure_due_on_time"):
        links |= set(behind_links(analysis(supervisor, cut=cut)))
    for address, number in links:
        query = asked(address)
        seen |= set(query) & set(PARTS)
        if not query["code"].endswith("_flow"):
            assert len(all_behind(supervisor, address)) == number, address
    assert seen == set(PARTS)


def test_the_hours_of_the_week_add_up_to_what_was_received(busy: Edge) -> None:
    supervisor = busy.staff("supervisor")
    for area in (DISTRICT, TOWN, GRID):
        html = analysis(supervisor, area=area, cut="received")
        cells = [int(n) for n in re.findall(r'data-heat="\d"[^>]*>(?:<a [^>]*>)?(\d+)<', html)]
        assert len(cells) == 168
        whole = supervisor.get("/board/behind", query_string={"code": "received", "area": area})
        received = re.search(r'cases-count">([\d,]+)', whole.text)
        assert received is not None
        assert sum(cells) == int(received[1].replace(",", ""))
        darkest = max(
            zip(re.findall(r'data-heat="(\d)"', html), cells, strict=True), key=lambda c: c[1]
        )
        assert darkest[0] == "5"


def test_an_hour_of_the_week_opens_its_cases_and_says_which_hour(busy: Edge) -> None:
    supervisor = busy.staff("supervisor")
    html = analysis(supervisor)
    cell = r'<td data-heat="\d" title="([^"]+)">(?:<a href="([^"]+)"[^>]*>)?(\d+)<'
    cells = re.findall(cell, html)
    assert len(cells) == 168
    for said, address, count in cells:
        assert bool(address) is (count != "0"), said
        if address:
            page = supervisor.get(unescape(address)).text
            assert len(all_behind(supervisor, unescape(address))) == int(count)
            assert f'cases-count">{count} ' in page
            assert said.split("，")[0] in words_of(page)
    for hour in ("168", "-1", "x", "1.5", "²"):
        query = {"code": "received", "hour": hour}
        assert supervisor.get("/board/behind", query_string=query).status_code == 400


def test_each_line_of_the_stock_opens_as_many_cases_or_acts_as_it_says(busy: Edge) -> None:
    supervisor = busy.staff("supervisor")
    for area in (DISTRICT, TOWN, GRID):
        html = section(analysis(supervisor, area=area), "stock").split("</table>")[0]
        lines = [
            (address, int(said.split("，")[0].split(",")[0]))
            for address, said in links_of(html)
            if re.match(r"\d", said)
        ]
        assert len(lines) == 2 + 8  # both ends, what came and what went
        for address, count in lines:
            page = supervisor.get(address).text
            assert re.search(rf'cases-count">{count} ', page), address
            assert page.count('<tr><td class="whole">') == count, address


def test_a_case_is_in_the_stock_of_a_day_it_was_open_at_the_end_of(own: Edge) -> None:
    code = own.report(text="路灯整夜不亮")
    own.fold()
    case, supervisor = own.case(code), own.staff("supervisor")
    day = str(case.received_on)
    asked_for = {"from": day, "to": day}
    for end, there in (("closing", True), ("opening", False)):
        page = supervisor.get("/board/stock", query_string={**asked_for, "end": end}).text
        assert (case.number in page) is there
    town = own.staff("town_dispatcher").get("/board/stock", query_string={"area": DISTRICT})
    assert town.status_code == 403


def test_few_cases_are_not_ranked_and_what_needs_attention_stands_first(busy: Edge) -> None:
    html = section(analysis(busy.staff("supervisor")), "cuts")
    for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", html, re.DOTALL):
        of = int(re.findall(r">([\d,]+)<span", row)[-1].replace(",", ""))
        assert ("不排名" in row) == (of < 20), row
    ranked = [
        float(n) for n in re.findall(r"<b>([\d.]+)%</b>", html.split('data-cut="category"')[0])
    ]
    assert ranked == sorted(ranked)


def test_an_indicator_that_cannot_be_cut_or_drawn_gives_way_to_the_closure_rate(
    busy: Edge,
) -> None:
    supervisor = busy.staff("supervisor")
    html = analysis(supervisor, cut="received_flow", trend="close_median", step="nonsense")
    chosen = re.findall(r'<option value="(\w+)" selected>', html)
    assert chosen.count("closure_rate") == 2
    options = section(html, "cuts")
    assert 'value="received_flow"' not in options
    assert 'value="close_median"' not in section(html, "trend")


def test_the_stock_is_shown_with_its_balance(busy: Edge) -> None:
    html = section(analysis(busy.staff("supervisor")), "stock")
    assert 'data-difference="0"' in html
    assert "账平" in words_of(html)
    table = html.split("</table>")[0]
    numbers = [int(n.replace(",", "")) for n in re.findall(r">([\d,]+)<", table)]
    opening, *happened, closing = numbers
    came, went = happened[:3], happened[3:]
    assert opening + sum(came) - sum(went) == closing


def test_what_is_due_today_stands_by_time_with_who_has_it(busy: Edge) -> None:
    supervisor = busy.staff("supervisor")
    html = section(analysis(supervisor), "due")
    said = words_of(html)
    due, closed, left = map(
        int, re.findall(r"到期 (\d+) 件，已办结 (\d+) 件，未办结 (\d+) 件", said)[0]
    )
    assert due == closed + left
    rows = re.findall(r"<tr><td class=\"whole\">(\d\d:\d\d)</td>", html)
    assert len(rows) == left
    assert rows == sorted(rows)
    for address, _said in links_of(html):
        assert supervisor.get(address).status_code == 200
    for address, number in behind_links(html):
        assert len(all_behind(supervisor, address)) == number


def test_the_trend_says_numerator_and_denominator_in_chart_and_table(busy: Edge) -> None:
    supervisor = busy.staff("supervisor")
    last = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    days = {"from": str(last - timedelta(days=29)), "to": str(last)}
    for step, points in (("day", 30), ("week", 6), ("month", 2)):
        html = analysis(supervisor, **days, trend="closure_rate", step=step)
        found = re.search(r"data-chart='([^']*)'", html)
        assert found is not None
        chart = json.loads(unescape(found[1]))
        assert chart["kind"] == "share"
        assert len(chart["lines"]) == 3
        assert 0 < len(chart["days"]) <= points
        for line in chart["lines"]:
            assert len(line["values"]) == len(line["texts"]) == len(chart["days"])
        said = [text for text in chart["lines"][0]["texts"] if "%" in text]
        assert said
        for text in said:
            assert re.fullmatch(r"[\d.]+% \([\d,]+ / [\d,]+\)", text)
            share, numerator, denominator = re.findall(r"[\d.,]+%?", text)
            assert f"{share} {numerator} / {denominator}" in words_of(html)


def test_a_long_period_in_days_is_drawn_in_longer_steps(busy: Edge) -> None:
    html = analysis(
        busy.staff("supervisor"), **{"from": "2020-01-01", "to": "2026-11-20"}, step="day"
    )
    assert "已改用更长的粒度" in words_of(html)
    assert '<option value="month" selected>' in html


def test_a_period_without_cases_says_so_everywhere(busy: Edge) -> None:
    for period in (EMPTY, {"from": "2090-01-01", "to": "2090-01-31"}):
        said = words_of(analysis(busy.staff("supervisor"), **period))
        assert "这段时间没有案件" in said
        assert "这段时间没有带位置的案件" in said


def test_the_map_of_the_spots_shows_each_line_of_the_lists(busy: Edge) -> None:
    html = section(analysis(busy.staff("supervisor")), "spots")
    marks = re.findall(r'<span class="spot-mark[^"]*">(\w+)</span>', html)
    assert marks
    drawn = re.findall(r"<text>(\w+)</text>", html)
    assert sorted(drawn) == sorted(marks)
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', html)
    assert box is not None
    for x, y in re.findall(r"translate\((-?\d+) (-?\d+)\)", html):
        assert 0 <= int(x) <= int(box[1])
        assert 0 <= int(y) <= int(box[2])


def test_more_than_usual_is_said_on_the_board_and_opens_todays_cases(own: Edge) -> None:
    supervisor = own.staff("supervisor")
    area = "440608106001002" if own.reference().net.find("440608106001002") else GRID
    for n in range(30):
        own.report(grid=area, text=f"第 {n} 处垃圾", category="0101", place_words=f"第 {n} 栋")
    own.fold()
    village = area[:12]
    for path in ("/board", "/board/analysis"):
        html = supervisor.get(path, query_string={"area": village}).text
        warned = [
            (at, said)
            for at, said in links_of(html)
            if re.match(r"今天.*收到 \d+ 件，平时约", said)
        ]
        assert warned, path
        for address, said in warned:
            count = re.search(r"收到 (\d+) 件", said)
            assert count is not None
            assert len(all_behind(supervisor, address)) == int(count[1])
    quiet = supervisor.get("/board", query_string={"area": "440608004025"}).text
    assert "平时约" not in words_of(quiet) or village == "440608004025"


def test_a_town_learns_nothing_of_confidential_cases_or_other_areas(own: Edge) -> None:
    town, supervisor = own.staff("town_dispatcher"), own.staff("supervisor")
    before = words_of(analysis(town, area=TOWN))
    for n in range(4):
        own.report(category="0505", text=f"半夜倒废液 {n}", place_words="旧窑厂后")
    own.fold()
    html = analysis(town, area=TOWN)
    clock = re.compile(r"\d\d:\d\d")
    assert clock.sub("", words_of(html)) == clock.sub("", before)
    whole = analysis(supervisor, area=TOWN)
    secrets = _confidential(own)
    assert len(secrets) >= 4
    for address in {at for at, _ in behind_links(html)}:
        assert secrets.isdisjoint(all_behind(town, address)), address
    # What leads the supervisor to them leads the town to what it may see: nothing of them.
    leading = {at for at, _ in behind_links(whole) if set(asked(at)) & set(PARTS)}
    seen: set[UUID] = set()
    for address in leading:
        seen |= set(all_behind(supervisor, address)) & secrets
        assert secrets.isdisjoint(all_behind(town, address)), address
    assert seen == secrets
    for area in (DISTRICT, "440608106", "440608106001"):
        assert town.get("/board/analysis", query_string={"area": area}).status_code == 403
        for name in PARTS:
            query = {"area": area, "code": "received", name: "x"}
            assert town.get("/board/behind", query_string=query).status_code == 403
    assert town.get("/board/analysis", query_string={"area": "999"}).status_code == 404


def _confidential(edge: Edge) -> set[UUID]:
    with edge.rows() as session:
        return set(session.scalars(select(Case.id).where(Case.confidential)))


@pytest.mark.parametrize("english", [False, True])
def test_the_page_speaks_both_languages_and_keeps_its_address(busy: Edge, english: bool) -> None:
    supervisor = busy.staff("supervisor")
    supervisor.set_cookie("language", "en" if english else "zh-Hans")
    html = analysis(supervisor, area=TOWN, period="month", cut="open", trend="overdue", step="week")
    supervisor.set_cookie("language", "zh-Hans")
    said = words_of(html)
    assert BOOK["open"].name.of("en" if english else "zh") in said
    assert ("Due today" if english else "今日到期") in said
    for chip in ("today", "week"):
        address = next(at for at, _ in links_of(html) if f"period={chip}" in at)
        wanted = {"area": TOWN, "period": chip, "cut": "open", "trend": "overdue", "step": "week"}
        assert asked(address) == wanted


def test_the_board_leads_to_the_analysis_of_the_same_view_and_back(busy: Edge) -> None:
    supervisor = busy.staff("supervisor")
    there = next(
        at
        for at, _ in links_of(supervisor.get(f"/board?area={TOWN}&period=all&by=overdue").text)
        if at.startswith("/board/analysis?")
    )
    assert asked(there) == {"area": TOWN, "period": "all", "by": "overdue"}
    back = next(
        at
        for at, said in links_of(supervisor.get(there).text)
        if "回到驾驶舱" in said or "返回" in said
    )
    assert asked(back) == asked(there)
