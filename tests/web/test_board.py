"""The board: figures that open, areas that lead down, news after a cursor."""

import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from gridgov.domain.areas import AreaKind
from gridgov.storage.cases import Case
from gridgov.storage.districts import District
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.session import unit_of_work
from tests.web.edge import DISTRICT, GRID, TOWN, Edge, picture
from tests.web.reading import links_of, words_of

FIGURES = ("received", "closed", "open", "overdue")
EMPTY = {"from": "2019-01-01", "to": "2019-01-31"}


def board(browser: FlaskClient, **query: Any) -> str:
    answer = browser.get("/board", query_string=query)
    assert answer.status_code == 200, (query, words_of(answer.text)[:200])
    return answer.text


def figure_links(html: str) -> list[tuple[str, int]]:
    """Return (address, figure) of each figure of a page that opens its cases."""
    found = []
    for address, said in links_of(html):
        number = re.match(r"[\d,]+", said)
        if address.startswith("/board/cases?") and number is not None:
            found.append((address, int(number[0].replace(",", ""))))
    return found


def figures(html: str, area: str) -> dict[str, int]:
    """Return the headline figures of an area by name."""
    asked = [(parse_qs(urlsplit(at).query), number) for at, number in figure_links(html)]
    found: dict[str, int] = {}
    for query, number in asked:
        if query["area"] == [area]:
            (name,) = query["figure"]
            assert found.setdefault(name, number) == number, "one figure, said twice, differs"
    assert set(found) == set(FIGURES)
    return found


def cases(browser: FlaskClient, address: str) -> set[UUID]:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return cases_in(answer.text)


def cases_in(html: str) -> set[UUID]:
    found = [re.fullmatch(r"/work/cases/([0-9a-f-]{36})", at) for at, _ in links_of(html)]
    return {UUID(match[1]) for match in found if match}


@pytest.fixture(scope="module")
def busy(edge: Edge) -> Edge:
    """The sample, one case more at each stage, and the facts up to date."""
    edge.closed(photos=[picture()])
    edge.report()
    edge.report(category="0402", text="半夜打桩")
    edge.fold()
    return edge


@pytest.fixture
def supervisor(busy: Edge) -> FlaskClient:
    return busy.staff("supervisor")


def test_the_headline_says_rate_numerator_and_denominator(
    busy: Edge, supervisor: FlaskClient
) -> None:
    html = board(supervisor)
    found = figures(html, DISTRICT)
    assert found["received"] == found["closed"] + found["open"]
    rate = f"{100 * found['closed'] / found['received']:.2f}%"
    words = words_of(html)
    assert rate in words
    for said in ("办结率", "高明区", "4 镇街", "77 村居", "683 网格", "示意"):
        assert said in words
    with busy.rows() as session:
        valid = Case.state.not_in(["rejected", "transferred"])
        received = session.scalar(select(func.count()).select_from(Case).where(valid))
        closed = session.scalar(select(func.count()).where(Case.state == "closed"))
    assert (found["received"], found["closed"]) == (received, closed)


def test_every_figure_opens_exactly_its_cases(busy: Edge, supervisor: FlaskClient) -> None:
    seen = 0
    for area in (DISTRICT, TOWN, GRID[:12], GRID):
        for address, number in dict(figure_links(board(supervisor, area=area))).items():
            assert len(cases(supervisor, address)) == number, address
            seen += 1
    assert seen > 60


def test_parts_add_up_to_the_whole(busy: Edge, supervisor: FlaskClient) -> None:
    net = busy.reference().net
    for area in (DISTRICT, TOWN, GRID[:12]):
        html = board(supervisor, area=area)
        whole = figures(html, area)
        parts = [child.code for child in net.children(area) if child.kind != "professional"]
        for name in FIGURES:
            assert whole[name] == sum(figures(html, code)[name] for code in parts), (area, name)


def test_a_list_names_its_figure_and_comes_in_pages(
    busy: Edge, supervisor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = next(at for at, _ in figure_links(board(supervisor)) if "received" in at)
    whole = supervisor.get(address)
    number = figures(board(supervisor), DISTRICT)["received"]
    assert f"{number} 件" in words_of(whole.text)
    monkeypatch.setattr("gridgov.services.board.PAGE", 20)
    seen: list[UUID] = []
    page: str | None = address
    while page:
        seen += cases(supervisor, page)
        links = links_of(supervisor.get(page).text)
        page = next((at for at, _ in links if "before=" in at), None)
    assert len(seen) == len(set(seen)) == number
    monkeypatch.undo()
    assert set(seen) == cases(supervisor, address)


def test_one_can_go_down_to_the_grid_and_up_again(busy: Edge, supervisor: FlaskClient) -> None:
    net, at = busy.reference().net, DISTRICT
    for kind in (AreaKind.TOWN, AreaKind.VILLAGE, AreaKind.GRID):
        links = links_of(board(supervisor, area=at))
        below = {code for code in (child.code for child in net.children(at)) if code}
        offered = {parse_qs(urlsplit(a).query)["area"][0] for a, _ in links if "/board?area=" in a}
        wanted = {code for code in below if net.area(code).kind is kind}
        assert wanted <= offered, at
        at = GRID[: {AreaKind.TOWN: 9, AreaKind.VILLAGE: 12, AreaKind.GRID: 15}[kind]]
    html = board(supervisor, area=GRID)
    ups = [address for address, _ in links_of(html) if address.startswith("/board?area=")]
    for code in (DISTRICT, TOWN, GRID[:12]):
        assert any(f"area={code}&" in f"{up}&" for up in ups), code
    assert busy.area(GRID).name in words_of(html)


def test_all_areas_open(busy: Edge, supervisor: FlaskClient) -> None:
    net = busy.reference().net
    villages = [area.code for area in net.areas(AreaKind.VILLAGE)][::11]
    grids = [area.code for area in net.areas(AreaKind.GRID)][::120]
    overlays = [area.code for area in net.areas(AreaKind.PROFESSIONAL)][:2]
    for code in (*(town.code for town in net.areas(AreaKind.TOWN)), *villages, *grids, *overlays):
        html = board(supervisor, area=code)
        assert net.area(code).name in words_of(html)


@pytest.mark.parametrize("english", [False, True])
def test_periods_are_offered_and_named(busy: Edge, supervisor: FlaskClient, english: bool) -> None:
    supervisor.set_cookie("language", "en" if english else "zh-Hans")
    try:
        words = words_of(board(supervisor))
        chips = (
            ("Today", "This week", "This month", "Since launch")
            if english
            else ("今天", "本周", "本月", "开通以来")
        )
        for chip in chips:
            assert chip in words
    finally:
        supervisor.set_cookie("language", "zh-Hans")
    for period in ("today", "week", "month", "all", "century"):
        found = figures(board(supervisor, period=period), DISTRICT)
        for address, number in figure_links(board(supervisor, period=period))[:8]:
            assert len(cases(supervisor, address)) == number
        assert found["received"] >= 3, "what was received today is in each of them"


def test_an_empty_period_falls_back_to_since_launch_and_says_so(
    busy: Edge, supervisor: FlaskClient
) -> None:
    said = "所选时段没有受理案件，现在显示的是开通以来的数字"
    with busy.rows() as session:
        today = session.scalar(select(func.max(Case.received_on)))
        old = select(Case.village_code).group_by(Case.village_code)
        # One with a closed case: where all were rejected, there is nothing to show since launch.
        ended = func.max(Case.closed_at).is_not(None)
        quiet = session.scalars(old.having(func.max(Case.received_on) < today, ended)).first()
    assert isinstance(today, date) and quiet is not None
    html = board(supervisor, area=quiet, period="today")
    assert said in words_of(html)
    assert figures(html, quiet) == figures(board(supervisor, area=quiet, period="all"), quiet)
    assert figures(html, quiet)["received"] > 0
    assert said not in words_of(board(supervisor, period="today"))


def test_a_chosen_empty_period_stays_empty_and_has_no_rate(
    busy: Edge, supervisor: FlaskClient
) -> None:
    html = board(supervisor, **EMPTY)
    assert figures(html, DISTRICT) == dict.fromkeys(FIGURES, 0)
    assert "—" in words_of(html)
    assert "0.00%" not in words_of(html)
    address = next(at for at, _ in figure_links(html))
    assert cases(supervisor, address) == set()
    assert "2019-01-01 至 2019-01-31" in words_of(supervisor.get(address).text)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"area": "nowhere"}, 404),
        ({"area": "440607"}, 404),
        ({"from": "x"}, 400),
        ({"from": "2026-11-02", "to": "2026-11-01"}, 400),
    ],
)
def test_what_there_is_not_gets_a_sentence(
    busy: Edge, supervisor: FlaskClient, query: dict[str, str], status: int
) -> None:
    for path in ("/board", "/board/cases", "/board/changes"):
        answer = supervisor.get(path, query_string=query)
        assert answer.status_code == status, path
        assert len(words_of(answer.text)) > 20


# News after a cursor --------------------------------------------------------------------


def changes(browser: FlaskClient, **query: Any) -> Any:
    return browser.get("/board/changes", query_string=query)


def test_without_news_there_is_nothing_and_with_news_the_whole_frame(
    busy: Edge, supervisor: FlaskClient
) -> None:
    first = changes(supervisor, after=0).json
    cursor = first["cursor"]
    assert first["reset"] is True
    quiet = changes(supervisor, after=cursor)
    assert (quiet.status_code, quiet.data) == (204, b"")
    code = busy.report(place_words="桥头榕树下")
    assert changes(supervisor, after=cursor).status_code == 204, "not folded yet"
    busy.fold()
    frame = changes(supervisor, after=cursor).json
    assert frame["cursor"] > cursor
    assert frame["reset"] is False
    assert frame["figures"]["received"] == first["figures"]["received"] + 1
    assert len(frame["areas"]) == 4
    town = next(area for area in frame["areas"] if area["code"] == TOWN)
    was = next(area for area in first["areas"] if area["code"] == TOWN)
    assert town["received"] == was["received"] + 1
    assert [card["position"] for card in frame["cards"]] == [cursor + 1, cursor + 2]
    for card, word in zip(frame["cards"], ("受理", "派遣"), strict=True):
        assert {"桥头榕树下", word} <= set(re.split(r"[\s，]", words_of(card["html"])))
        assert dict(links_of(card["html"])).keys() == {f"/work/cases/{busy.case(code).id}"}
    assert changes(supervisor, after=frame["cursor"]).status_code == 204
    assert figures(board(supervisor), DISTRICT)["received"] == frame["figures"]["received"]


def test_news_of_elsewhere_move_the_cursor_but_bring_no_card(
    busy: Edge, supervisor: FlaskClient
) -> None:
    elsewhere = "440608108"
    before = changes(supervisor, area=elsewhere, after=0).json
    busy.report()
    busy.fold()
    frame = changes(supervisor, area=elsewhere, after=before["cursor"]).json
    assert frame["cards"] == []
    assert frame["figures"] == before["figures"]


# Whose board ------------------------------------------------------------------------------


def test_a_towns_dispatcher_sees_the_own_town_only(busy: Edge) -> None:
    town = busy.staff("town_dispatcher")
    html = board(town)
    assert busy.area(TOWN).name in words_of(html)
    assert figures(html, TOWN) == figures(board(busy.staff("supervisor"), area=TOWN), TOWN)
    links = [at for at, _ in links_of(html)]
    assert not any(f"area={DISTRICT}&" in f"{at}&" for at in links), "no way up"
    for area in (GRID[:12], GRID):
        board(town, area=area)
    for area in (DISTRICT, "440608106", "440608106001"):
        for path in ("/board", "/board/cases", "/board/changes"):
            answer = town.get(path, query_string={"area": area})
            assert answer.status_code == 403, (path, area)


def test_confidential_cases_are_in_nothing_a_town_sees(busy: Edge) -> None:
    town, supervisor = busy.staff("town_dispatcher"), busy.staff("supervisor")
    mine = figures(board(town), TOWN)
    theirs = figures(board(supervisor, area=TOWN), TOWN)
    cursor = changes(town, after=0).json["cursor"]
    code = busy.report(category="0505", text="半夜倒废液", place_words="旧窑厂后")
    busy.fold()
    secret = busy.case(code).id
    assert busy.case(code).confidential is True
    assert figures(board(town), TOWN) == mine
    whole = figures(board(supervisor, area=TOWN), TOWN)
    assert whole["received"] == theirs["received"] + 1
    frame = changes(town, after=cursor)
    assert frame.status_code == 200, "the log went on"
    assert frame.json["cards"] == []
    assert str(frame.json["figures"]["received"]) == str(mine["received"])
    assert "旧窑厂后" not in board(town)
    assert "旧窑厂后" in board(supervisor, area=TOWN)
    for address, number in figure_links(board(town)):
        found = cases(town, address)
        assert secret not in found
        assert len(found) == number
    received = next(at for at, _ in figure_links(board(supervisor, area=TOWN)) if "received" in at)
    assert secret in cases(supervisor, received)


def test_a_list_never_shows_more_than_its_figure_counts(busy: Edge) -> None:
    """A town's dispatcher who also works for the unit that has a confidential case."""
    town = busy.staff("town_dispatcher")
    code = busy.report(category="0505", text="半夜倒废液")
    busy.fold()
    secret = busy.case(code)
    assert secret.unit_code is not None
    username = busy.installation.login("town_dispatcher")["username"]
    with busy.writing() as session:
        person = session.scalars(select(Person).where(Person.username == username)).one()
        also = GrantRow(person_id=person.id, role="handler", unit_code=secret.unit_code)
        session.add(also)
    try:
        assert town.get(f"/work/cases/{secret.id}").status_code == 200
        for address, number in figure_links(board(town)):
            found = cases(town, address)
            assert (secret.id in found, len(found)) == (False, number)
    finally:
        with busy.writing() as session:
            session.delete(session.get_one(GrantRow, also.id))


def test_a_district_offers_periods_of_its_own_by_name(edge_on_both: Edge) -> None:
    named = {"name": "试点", "name_en": "Pilot", "from": "2019-06-01", "to": "2020-10-19"}
    with edge_on_both.app.app_context(), unit_of_work() as session:
        district = session.get_one(District, DISTRICT)
        district.settings = {**district.settings, "periods": [named], "revision": 99}
    page = edge_on_both.staff("supervisor").get("/board").text
    address = next(address for address, words in links_of(page) if words == "试点")
    assert parse_qs(urlsplit(address).query)["from"] == ["2019-06-01"]
    chosen = edge_on_both.staff("supervisor").get("/board?from=2019-06-01&to=2020-10-19").text
    assert re.search(r'aria-current="true">试点<', chosen)
