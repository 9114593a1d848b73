"""The board of a past hour: an address that always gives the same figures."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from tests.web.edge import TOWN, Edge, picture
from tests.web.reading import links_of, words_of
from tests.web.test_board import board, cases

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def busy(edge: Edge) -> Edge:
    """The sample, a closed and an open case more, and the facts up to date."""
    edge.closed(photos=[picture()])
    edge.report()
    edge.fold()
    return edge


@pytest.fixture
def supervisor(busy: Edge) -> FlaskClient:
    return busy.staff("supervisor")


def hour(back: int = 1) -> str:
    """A whole hour of the district that is over, as addresses carry it."""
    local = datetime.now(UTC).astimezone(ZONE) - timedelta(hours=back)
    return local.strftime("%Y-%m-%dT%H:00")


def told(html: str) -> dict[str, Any]:
    """Return what a page of the past says in figures: headline, key figures, map, feed."""
    main = html[html.index('class="board-figures"') : html.index('class="panel board-slider"')]
    return {
        "words": words_of(main),
        "classes": re.findall(r'data-area="(\d+)" data-class="(\w+)"', main),
    }


@pytest.mark.parametrize("by", ["closure_rate", "overdue", "satisfied_share"])
def test_an_address_gives_the_same_figures_after_more_cases(
    busy: Edge, supervisor: FlaskClient, by: str
) -> None:
    asked = {"as_of": hour(), "by": by}
    before, town = told(board(supervisor, **asked)), told(board(supervisor, area=TOWN, **asked))
    busy.report(text=f"后来的 {by}")
    busy.closed(photos=[picture(7)])
    busy.fold()
    assert told(board(supervisor, **asked)) == before
    assert told(board(supervisor, area=TOWN, **asked)) == town


def test_the_past_has_fewer_cases_than_now(busy: Edge, supervisor: FlaskClient) -> None:
    def received(html: str) -> int:
        part = html[html.index('class="headline-parts"') :]
        numbers = re.findall(r"[\d,]+", words_of(part[: part.index("</p>")]))
        return int(numbers[1].replace(",", ""))

    now = received(board(supervisor))
    assert received(board(supervisor, as_of=hour(24 * 365 * 30))) == 0
    assert 0 < received(board(supervisor, as_of=hour(2))) < now


def test_the_past_says_that_it_is_the_past(supervisor: FlaskClient) -> None:
    html = board(supervisor, as_of=hour(3))
    moment = hour(3).replace("T", " ")
    assert f"这是 {moment} 的数字" in words_of(html)
    assert f"正在看：{moment}" in words_of(html)
    # Nothing follows the log, and no list of now pretends to be the cases of then.
    for name in ("board-live", "board-feed", "board-renew"):
        assert f'data-module="{name}"' not in html
    links = [at for at, _words in links_of(html)]
    lists = [at for at in links if at.startswith(("/board/cases?", "/board/behind?"))]
    assert len(lists) > 10
    assert all("as_of=" in at for at in lists)
    assert 'data-lamp="' not in html
    # Going down stays in the past; there is a way back to now.
    assert all("as_of=" in at for at in links if f"area={TOWN}" in at and at.startswith("/board?"))
    assert any(words == "回到现在" and "as_of" not in at for at, words in links_of(html))


def opened(html: str) -> list[tuple[str, int]]:
    """Return (address, number) of each figure of a page that opens its list."""
    found = []
    for address, said in links_of(html):
        number = re.match(r"[\d,]+", said)
        if address.startswith("/board/behind?") and number is not None:
            found.append((address, int(number[0].replace(",", ""))))
    return found


@pytest.mark.parametrize("back", [1, 30, 24 * 9])
def test_every_figure_of_a_past_hour_opens_its_cases(
    busy: Edge, supervisor: FlaskClient, back: int
) -> None:
    figures = opened(board(supervisor, as_of=hour(back)))
    assert len(figures) > 10
    for address, number in dict(figures).items():
        html = supervisor.get(address).text
        # A row for each, and for each act where acts are counted: closed, reopened, closed again.
        assert html.count('<tr><td class="whole">') == number, address
        assert hour(back).replace("T", " ") in words_of(html)


def test_a_list_of_a_past_hour_stays_the_same_after_more_cases(
    busy: Edge, supervisor: FlaskClient
) -> None:
    asked = {"figure": "open", "as_of": hour(1)}
    address = supervisor.get("/board/cases", query_string=asked).headers["Location"]
    before = cases(supervisor, address)
    states = re.findall(r'<td class="whole">[^<]*</td>', supervisor.get(address).text)
    busy.report(text="这一件当时还没有")
    busy.closed(photos=[picture(9)])
    busy.fold()
    assert before
    assert cases(supervisor, address) == before
    assert re.findall(r'<td class="whole">[^<]*</td>', supervisor.get(address).text) == states
    assert "结案" not in "".join(states), "closed since, but open then"


def test_the_book_of_a_past_hour_says_how_each_case_stood(
    busy: Edge, supervisor: FlaskClient
) -> None:
    asked = {"code": "open", "as_of": hour(1)}
    page = supervisor.get("/board/behind", query_string=asked).text
    numbers = set(re.findall(r'<td class="whole"><a [^>]*>([\d-]+)</a>', page))
    (book,) = [at for at, _ in links_of(page) if ".xlsx" in at]
    assert "as_of=" in book
    sheet = ZipFile(io.BytesIO(supervisor.get(book).data)).read("xl/worksheets/sheet1.xml").decode()
    assert f"{hour(1).replace('T', ' ')} 时的状态" in sheet
    assert numbers
    assert numbers == set(re.findall(r">(\d{6}-\d{6}-\d{5})<", sheet))


def test_all_figures_of_a_past_hour_open_their_cases(supervisor: FlaskClient) -> None:
    asked = {"as_of": hour(26)}
    html = supervisor.get("/board/indicators", query_string=asked).text
    assert hour(26).replace("T", " ") in words_of(html)
    figures = opened(html)
    assert len(figures) > 60
    for address, number in figures[::7]:
        assert "as_of=" in address
        shown = re.search(r"([\d,]+) 件", words_of(supervisor.get(address).text))
        assert shown is not None
        assert int(shown[1].replace(",", "")) == number


def test_the_analysis_says_that_it_knows_only_now(supervisor: FlaskClient) -> None:
    (way, *_more) = [at for at, _ in links_of(board(supervisor, as_of=hour(4))) if "analysis" in at]
    html = supervisor.get(way).text
    assert f"没有 {hour(4).replace('T', ' ')} 的" in words_of(html)
    assert [at for at, _ in links_of(html) if at.startswith("/board?") and "as_of=" in at]
    assert "分析页只有现在" not in words_of(supervisor.get("/board/analysis").text)


def test_now_shows_lamps_that_add_up(supervisor: FlaskClient) -> None:
    html = board(supervisor)
    lamps = html[html.index('class="key-lamps"') :]
    numbers = re.findall(r">([\d,]+)</span>", lamps[: lamps.index("</ul>")])
    opened = re.search(r'class="key-number"[^|]*?data-figure="open"[^>]*>([\d,]+)<', html)
    assert opened is not None
    assert len(numbers) == 4
    assert sum(int(one) for one in numbers) == int(opened[1].replace(",", ""))


def test_the_strip_leads_to_each_hour_without_scripts(supervisor: FlaskClient) -> None:
    links = [at for at, _ in links_of(board(supervisor)) if "as_of=" in at]
    assert len({at for at in links}) >= 72
    for address in (links[0], links[-1]):
        assert supervisor.get(address).status_code == 200
    # From an hour one goes on to the next and the one before.
    html = board(supervisor, as_of=hour(5))
    found = {words: at for at, words in links_of(html)}
    assert hour(6).replace(":", "%3A") in found["早一小时"] or hour(6) in found["早一小时"]
    assert hour(4).replace(":", "%3A") in found["晚一小时"] or hour(4) in found["晚一小时"]


def test_any_older_moment_by_day_and_hour(supervisor: FlaskClient) -> None:
    day = (datetime.now(UTC).astimezone(ZONE) - timedelta(days=9)).date().isoformat()
    answer = supervisor.get("/board", query_string={"day": day, "hour": "7"})
    html = supervisor.get(answer.headers["Location"]).text
    assert f"正在看：{day} 07:00" in words_of(html)
    assert "as_of=" in next(at for at, _ in links_of(html) if f"area={TOWN}" in at)


def test_what_is_still_to_come_is_now(supervisor: FlaskClient) -> None:
    html = board(supervisor, as_of=hour(-3))
    assert 'data-module="board-live"' in html
    assert "正在看：现在" in words_of(html)


@pytest.mark.parametrize("text", ["gestern", "2026-13-40T10:00", "9999-99", "2026-11-20T25:00"])
def test_what_is_no_moment_is_refused_with_a_sentence(supervisor: FlaskClient, text: str) -> None:
    answer = supervisor.get("/board", query_string={"as_of": text})
    assert answer.status_code in {400, 422}
    assert "日期" in words_of(answer.text)


def test_the_feed_of_the_past_holds_only_what_had_happened(
    busy: Edge, supervisor: FlaskClient
) -> None:
    words = "刚刚才报的这一件"
    busy.report(text=words)
    busy.fold()
    first = re.search(r'data-position="(\d+)"', board(supervisor))
    past = re.search(r'data-position="(\d+)"', board(supervisor, as_of=hour(1)))
    assert first is not None
    assert past is not None
    assert int(past[1]) < int(first[1])
