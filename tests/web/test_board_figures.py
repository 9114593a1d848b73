"""The board's indicators: values, what colours the map, definitions, and the cases behind them."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from gridgov.domain.indicator_book import BOOK
from gridgov.web import board_measures
from tests.web.edge import DISTRICT, GRID, TOWN, Edge, picture
from tests.web.reading import links_of, words_of
from tests.web.test_board import board, cases, cases_in


@pytest.fixture(scope="module")
def busy(edge: Edge) -> Edge:
    """The sample, one case more at each stage, and the facts up to date."""
    edge.closed(photos=[picture()])
    edge.report()
    edge.fold()
    return edge


@pytest.fixture
def supervisor(busy: Edge) -> FlaskClient:
    return busy.staff("supervisor")


def behind_links(html: str) -> list[tuple[str, int]]:
    found = []
    for address, said in links_of(html):
        number = re.match(r"[\d,]+(?![\d,.]*%)", said)  # a share opens what it is made of
        if address.startswith("/board/behind?") and number is not None:
            found.append((address, int(number[0].replace(",", ""))))
    return found


def all_behind(browser: FlaskClient, address: str) -> list[UUID]:
    seen: list[UUID] = []
    page: str | None = address
    while page:
        answer = browser.get(page)
        assert answer.status_code == 200, page
        seen += cases_in(answer.text)
        page = next((at for at, _ in links_of(answer.text) if "after=" in at), None)
    return seen


def test_the_key_figures_open_exactly_their_cases(busy: Edge, supervisor: FlaskClient) -> None:
    html = board(supervisor)
    for code in board_measures.KEY:
        assert f'data-indicator="{code}"' in html
        assert BOOK[code].name.zh in words_of(html)
    links = behind_links(html)
    codes = {parse_qs(urlsplit(at).query)["code"][0] for at, _ in links}
    assert set(board_measures.KEY) <= codes
    for address, number in dict(links).items():
        if "_flow" not in address:  # acts: a case may be there twice
            assert len(all_behind(supervisor, address)) == number, address


def test_the_map_can_be_coloured_by_any_indicator(busy: Edge, supervisor: FlaskClient) -> None:
    codes = ("overdue", "received", "closure_due_on_time", "return_share", "level_index")
    for code in (*codes, "close_median"):
        html = board(supervisor, by=code)
        assert f'data-by="{code}"' in html
        assert BOOK[code].name.zh in words_of(html)
        # Whoever goes down goes on looking at the same figure.
        assert f"by={code}" in next(at for at, _ in links_of(html) if f"area={TOWN}" in at)


def test_what_is_no_indicator_shows_the_closure_rate(supervisor: FlaskClient) -> None:
    for code in ("nonsense", ""):
        assert 'data-by="closure_rate"' in board(supervisor, by=code)


def test_going_to_another_period_or_up_keeps_what_is_looked_at(supervisor: FlaskClient) -> None:
    hour = "2026-11-18T10:00"
    html = board(supervisor, area=TOWN, by="overdue", as_of=hour)
    ways = [parse_qs(urlsplit(at).query) for at, _ in links_of(html) if at.startswith("/board?")]
    for key in ("today", "week", "month"):
        chip = {"area": [TOWN], "by": ["overdue"], "as_of": [hour], "period": [key]}
        assert chip in ways, key
    up = [asked for asked in ways if asked["area"] == [DISTRICT]]
    assert up
    for asked in up:
        assert (asked["by"], asked["as_of"]) == (["overdue"], [hour])
    assert f'type="hidden" name="as_of" value="{hour}"' in html


def test_each_area_opens_what_colours_it_and_each_day_its_cases(
    busy: Edge, supervisor: FlaskClient
) -> None:
    html = board(supervisor, by="closed_on_time_share")
    row = re.search(rf'<tr data-area="{TOWN}">.*?</tr>', html, re.DOTALL)
    assert row is not None
    [(address, number)] = [one for one in behind_links(row[0]) if "closed_on_time" in one[0]]
    assert number > 0
    assert len(all_behind(supervisor, address)) == number
    days = html[html.index('class="trend-table"') :]
    for address, said in links_of(days[: days.index("</table>")]):
        page = supervisor.get(address).text
        assert re.search(rf'cases-count">{said} ', page), address


def test_the_table_of_days_says_what_the_lines_of_the_chart_show(
    busy: Edge, supervisor: FlaskClient
) -> None:
    html = board(supervisor)
    data = re.search(r"data-module=\"chart-days\" data-chart='(.*?)'", html)
    assert data is not None
    chart = json.loads(unescape(data[1]))
    table = html[html.index('class="trend-table"') :]
    table = table[: table.index("</table>")]
    heads = re.findall(r'<th scope="col" class="figure">(.*?)</th>', table)
    assert heads == [line["name"] for line in chart["lines"]]
    rows = re.findall(r'<tr><th scope="row">([\d-]+)</th>(.*?)</tr>', table, re.DOTALL)
    assert [day for day, _cells in reversed(rows)] == chart["days"]
    for n, (_day, cells) in enumerate(reversed(rows)):
        said = re.findall(r'<td class="figure">(.*?)</td>', cells, re.DOTALL)
        numbers = [re.search(r"—|[\d,]+", words_of(one)) for one in said]
        assert [one[0] for one in numbers if one] == [
            "—" if line["values"][n] is None else f"{line['values'][n]:,}"
            for line in chart["lines"]
        ]


def test_a_list_of_cases_says_what_it_counts_and_where_that_is_written(
    supervisor: FlaskClient,
) -> None:
    for figure in ("received", "closed", "open", "overdue"):
        page = supervisor.get("/board/cases", query_string={"figure": figure}).text
        assert BOOK[figure].formula.zh in words_of(page)
        assert any(at.endswith(f"#{figure}") for at, _ in links_of(page))


def test_the_area_with_most_has_the_strongest_colour(busy: Edge, supervisor: FlaskClient) -> None:
    html = board(supervisor, by="received")
    classes = dict(re.findall(r'class="map-area"[^>]*data-area="(\d+)" data-class="(\w+)"', html))
    counts = {
        code: int(number.replace(",", ""))
        for code, number in re.findall(
            r'<tr data-area="(\d+)">.*?data-field="measure">([\d,]+)<', html, re.DOTALL
        )
    }
    assert set(classes) == set(counts)
    most, least = max(counts, key=lambda c: counts[c]), min(counts, key=lambda c: counts[c])
    assert (classes[most], classes[least]) == ("5", "1")


def test_a_frame_brings_the_figure_the_map_is_coloured_by(supervisor: FlaskClient) -> None:
    query = {"after": 0, "area": DISTRICT, "by": "received"}
    frame: dict[str, Any] = supervisor.get("/board/changes", query_string=query).get_json()
    assert {area["measure"] for area in frame["areas"]} == {
        f"{area['received']:,}" for area in frame["areas"]
    }
    rate = frame["figures"]["key"]["closure_rate"]
    assert (rate["numerator"], rate["denominator"]) == (
        frame["figures"]["closed"],
        frame["figures"]["received"],
    )


@pytest.mark.parametrize("english", [False, True])
def test_every_indicator_stands_with_its_words_and_opens(
    busy: Edge, supervisor: FlaskClient, english: bool
) -> None:
    supervisor.set_cookie("language", "en" if english else "zh-Hans")
    page = supervisor.get("/board/indicators").text
    supervisor.set_cookie("language", "zh-Hans")
    said = words_of(page)
    for one in BOOK.values():
        assert one.name.of("en" if english else "zh") in said
        assert one.formula.of("en" if english else "zh") in said
        assert f'id="{one.code}"' in page
    links = dict(behind_links(page))
    assert len(links) > 40
    for address, number in list(links.items())[::7]:
        rows = all_behind(supervisor, address)
        if "_flow" not in address and "index" not in address:
            assert len(rows) == number, address


def test_nothing_to_divide_by_is_a_dash(supervisor: FlaskClient) -> None:
    page = supervisor.get("/board/indicators?from=2019-01-01&to=2019-01-31").text
    text = page[page.index('id="closure_rate"') :]
    shown = re.search(r'indicator-value"><b>([^<]*)</b>', text)
    assert shown is not None
    assert shown[1] == "—"


def test_units_open_their_own_cases(busy: Edge, supervisor: FlaskClient) -> None:
    links = [(at, n) for at, n in behind_links(board(supervisor)) if "unit=" in at]
    assert links
    for address, number in links:
        assert len(all_behind(supervisor, address)) == number, address


def test_the_town_sees_the_figures_of_its_own_area_only(busy: Edge) -> None:
    town = busy.staff("town_dispatcher")
    asked = {"code": "received", "area": DISTRICT}
    assert town.get("/board/behind", query_string=asked).status_code in (403, 404)
    assert town.get("/board/indicators", query_string={"area": DISTRICT}).status_code in (403, 404)
    inside = town.get("/board/behind", query_string={**asked, "area": TOWN})
    assert inside.status_code == 200
    assert board(town, area=GRID, by="received")


@pytest.mark.parametrize(
    "query",
    [
        {"code": "nonsense"},
        {"code": "received", "part": "denominator"},
        {"code": "received", "after": "nonsense"},
    ],
)
def test_what_cannot_be_listed_is_refused_with_a_page(
    supervisor: FlaskClient, query: dict[str, str]
) -> None:
    answer = supervisor.get("/board/behind", query_string=query)
    assert answer.status_code in (400, 404)
    assert "Traceback" not in answer.text


def test_every_lamp_opens_the_cases_that_show_it(busy: Edge, supervisor: FlaskClient) -> None:
    html = board(supervisor)
    lamps = html[html.index('class="key-lamps"') :]
    opened = [
        (at, int(said.split("，")[0].replace(",", "")))
        for at, said in links_of(lamps[: lamps.index("</ul>")])
    ]
    assert [urlsplit(at).path for at, _ in opened].count("/board/lamps") == 3
    assert sum(number for _, number in opened) > 0
    for address, number in opened:
        page = supervisor.get(address).text
        assert page.count('<tr><td class="whole">') == number, address
        assert re.search(rf'cases-count">{number} ', page), address
    book = supervisor.get("/board/lamps.xlsx", query_string={"lamp": "green"})
    assert book.status_code == 200
    assert "超期" in words_of(supervisor.get("/board/lamps?lamp=blue").text)


def test_sums_below_tables_and_what_was_on_time_open_their_cases(
    busy: Edge, supervisor: FlaskClient
) -> None:
    html = board(supervisor)
    foot = html[html.index("<tfoot>") : html.index("</tfoot>")]
    sums = [(at, int(re.findall(r"[\d,]+", said)[0])) for at, said in links_of(foot)]
    assert len(sums) == 4
    for address, number in sums:
        assert len(cases(supervisor, address)) == number, address
    timely = [(at, said) for at, said in links_of(html) if "code=closed_on_time_share" in at]
    assert timely
    for address, share in timely:
        assert "unit=" in address
        of = cases_count(supervisor, address.replace("part=numerator", "part=denominator"))
        assert f"{100 * cases_count(supervisor, address) / of:.2f}%" == share


def cases_count(browser: FlaskClient, address: str) -> int:
    found = re.search(r'cases-count">([\d,]+) ', browser.get(address).text)
    assert found is not None
    return int(found[1].replace(",", ""))


def test_a_day_of_the_week_opens_its_cases(busy: Edge, supervisor: FlaskClient) -> None:
    html = supervisor.get("/board/analysis").text
    foot = re.search(r'class="heat-table".*?<tfoot>(.*?)</tfoot>', html, re.DOTALL)
    assert foot is not None
    days = [(at, int(said.replace(",", ""))) for at, said in links_of(foot[1])]
    assert len(days) == 7
    for address, number in days:
        assert len(all_behind(supervisor, address)) == number, address
    assert supervisor.get("/board/behind?code=received&weekday=7").status_code == 400
