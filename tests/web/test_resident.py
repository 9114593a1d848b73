"""The resident's first page and plain form: from a photo to a receipt."""

from io import BytesIO
from uuid import UUID, uuid4

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from gridgov.storage.cases import Case
from gridgov.storage.districts import District
from gridgov.storage.reports import Report, Reporter
from gridgov.web.resident import RECENT
from tests.support import images
from tests.web.edge import DISTRICT, GRID, SMALL, TEXT, Edge, code_in, file, picture
from tests.web.reading import fields_of, links_of, words_of
from tests.web.reporting import NO_POSITION, count, send

# The first page ------------------------------------------------------------------------


def test_the_first_page_shows_the_way_the_numbers_and_what_was_fixed(edge: Edge) -> None:
    edge.closed(photos=[picture()])
    answer = edge.visitor().get("/")
    assert answer.status_code == 200
    links = dict(links_of(answer.text))
    assert {"/report", "/r", "/privacy", "tel:110", "tel:119", "tel:120"} <= set(links)
    words = words_of(answer.text)
    assert "高明区" in words
    assert words.count("用时") == RECENT
    assert "暴露垃圾" in words, "what was closed last stands there"
    assert TEXT not in words, "nobody's own words"


def test_pictures_of_the_first_page_are_of_closed_public_cases_only(edge: Edge) -> None:
    def status(code: str) -> int:
        return edge.visitor().get(f"/recent/{edge.photos(code)[0].id}.jpg").status_code

    closed, running = edge.closed(photos=[picture()]), edge.report(photos=[picture()])
    private, confidential = (
        edge.report(category=category, photos=[picture()]) for category in ("0801", "0505")
    )
    with edge.writing() as session:
        for code in (private, confidential):
            row = session.get_one(Case, edge.told(code).case_id)
            row.state = "closed"
    assert status(closed) == 200
    assert [status(code) for code in (running, private, confidential)] == [404, 404, 404]
    assert edge.visitor().get(f"/recent/{UUID(int=1)}.jpg").status_code == 404
    assert "/recent/" in edge.visitor().get("/").text
    with edge.writing() as session:
        session.get_one(District, DISTRICT).sample = False
    try:
        assert status(closed) == 404, "a real photo may show a face"
        assert "/recent/" not in edge.visitor().get("/").text
    finally:
        with edge.writing() as session:
            session.get_one(District, DISTRICT).sample = True


def test_language_and_large_type_are_remembered_and_lead_back(edge: Edge) -> None:
    def press(words: str) -> TestResponse:
        links = {said: address for address, said in links_of(visitor.get("/").text)}
        return visitor.get(links[words])

    visitor = edge.visitor()
    assert "拍照上报" in words_of(visitor.get("/").text)
    answer = press("EN")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    page = visitor.get("/report").text
    assert '<html lang="en"' in page
    assert "Report a problem" in words_of(page)
    press("Large type")
    assert all('data-mode="elder"' in visitor.get(path).text for path in ("/", "/report", "/r"))
    press("Normal type")
    assert 'data-mode="elder"' not in visitor.get("/").text
    press("中文")
    assert '<html lang="zh-Hans"' in visitor.get("/").text
    elsewhere = visitor.get("/language", query_string={"to": "tlh", "back": "/r?code=7KQ4"})
    assert elsewhere.headers["Location"] == "/r?code=7KQ4"
    assert '<html lang="zh-Hans"' in visitor.get("/").text, "a language we do not speak"


# From the form to the receipt ------------------------------------------------------------


def test_the_empty_form_offers_tiles_all_classes_and_a_fresh_token(edge: Edge) -> None:
    pages = [edge.visitor().get("/report").text for _ in range(2)]
    tokens = [fields_of(page)["client_token"][0] for page in pages]
    assert tokens[0] != tokens[1]
    assert min(map(len, tokens)) >= 8
    words = words_of(pages[0])
    for item in edge.reference().catalogue.values():
        assert item.name in words
    assert "网格界线为示意" in words, "synthetic borders are called so"


def test_a_photo_and_a_category_are_enough(edge: Edge) -> None:
    answer = send(edge, text="", photos=[picture()])
    assert answer.status_code == 303
    code = code_in(answer.headers["Location"])
    page = edge.visitor().get(answer.headers["Location"])
    words = words_of(page.text)
    assert page.status_code == 200
    for said in (code, edge.case(code).number, "已受理", "暴露垃圾", "回执码"):
        assert said in words
    assert "<svg" in page.text and "二维码" in page.text
    case = edge.case(code)
    assert (case.grid_code, case.state, case.routing["rule"]) == (GRID, "dispatched", "covers")
    assert case.assignee_id is not None
    assert len(edge.photos(code)) == 1


def test_the_position_of_the_photo_is_used_when_the_form_has_none(edge: Edge) -> None:
    mark = edge.reference().landmarks[GRID][0]
    lon, lat = float(mark["lon"]), float(mark["lat"])
    photo = file(images.jpeg_with_gps(lon, lat, SMALL), "IMG_2041.jpg")
    answer = send(edge, **NO_POSITION, photos=[picture(3), photo])
    code = code_in(answer.headers["Location"])
    case, report = edge.case(code), edge.told(code)
    assert (case.grid_code, report.position_source, report.datum) == (GRID, "exif", "wgs84")
    assert (round(case.lon or 0, 5), round(case.lat or 0, 5)) == (round(lon, 5), round(lat, 5))


def test_what_the_form_says_goes_before_the_photo_and_the_photo_forgets_it(edge: Edge) -> None:
    elsewhere = edge.reference().landmarks["440608004025001"][0]
    raw = images.jpeg_with_gps(float(elsewhere["lon"]), float(elsewhere["lat"]), SMALL)
    code = edge.report(photos=[file(raw, "a.jpg")])
    assert edge.told(code).position_source == "browser"
    assert edge.case(code).grid_code == GRID
    address = f"/r/{code}/photos/{edge.photos(code)[0].id}/full.jpg"
    sent = edge.visitor().get(address)
    assert (sent.status_code, sent.mimetype) == (200, "image/jpeg")
    with Image.open(BytesIO(sent.data)) as picture_sent:
        assert not dict(picture_sent.getexif())
    assert b"Invented Phone Company" not in sent.data


def test_without_a_position_the_grid_is_chosen_by_name(edge: Edge) -> None:
    name = edge.area(GRID).name
    answer = send(edge, **NO_POSITION, place_words=name)
    assert answer.status_code == 400
    assert name in words_of(answer.text), "offered to choose from"
    assert fields_of(answer.text)["text"] == [TEXT]
    code = edge.report(**NO_POSITION, place_words=name, area_code=GRID)
    case = edge.case(code)
    assert (case.grid_code, case.routing["rule"], case.lon) == (GRID, "chosen", None)
    assert case.place == name
    unknown = send(edge, **NO_POSITION, area_code="440608999")
    assert "没有这个网格，请从列表里选" in words_of(unknown.text)


def test_the_phone_goes_to_the_vault_and_nowhere_else(edge: Edge) -> None:
    before = count(edge, Reporter)
    code = edge.report(phone=" +86 139-2345-6789 ")
    report = edge.told(code)
    assert count(edge, Reporter) == before + 1
    with edge.rows() as session:
        reporter = session.get_one(Reporter, report.reporter_id)
    sealed = bytes(reporter.phone_sealed)
    assert b"13923456789" not in sealed
    held = edge.app.extensions["gridgov"]
    context = f"reporter.phone:{reporter.id}"
    assert held.vault.open(sealed, context=context) == "13923456789"
    for browser, path in (
        (edge.staff("worker"), f"/work/cases/{edge.case(code).id}"),
        (edge.visitor(), f"/r/{code}"),
    ):
        assert "13923456789" not in browser.get(path).text


def test_the_same_report_sent_twice_gives_the_same_receipt(edge: Edge) -> None:
    token, before = uuid4().hex, count(edge, Case)
    first = send(edge, client_token=token, photos=[picture()])
    again = send(edge, client_token=token, photos=[picture()])
    assert first.headers["Location"] == again.headers["Location"]
    assert count(edge, Case) == before + 1
    assert len(edge.photos(code_in(first.headers["Location"]))) == 1


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("三楼着火了，冒好大烟", "119", "着火"),
        ("有人晕倒在路边", "120", "晕倒"),
        ("两个人在打架，有人拿刀", "110", "拿刀"),
        ("My neighbour's house is on fire", "119", "on fire"),
    ],
)
def test_words_of_danger_bring_the_number_first_and_can_be_sent_after(
    edge: Edge, text: str, number: str, words: str
) -> None:
    before = count(edge, Report)
    form = edge.form(text=text, photos=[picture()])
    token = form["client_token"]
    first = edge.visitor().post("/report", data=form)
    assert first.status_code == 400
    assert words_of(first.text).index("请先打电话") < words_of(first.text).index("照片")
    assert f"tel:{number}" in dict(links_of(first.text))
    assert words in words_of(first.text)
    assert count(edge, Report) == before, "nothing is sent before the person says so"
    again = fields_of(first.text)
    assert again["text"] == [text]
    sent = edge.visitor().post("/report", data={**again, "emergency_ack": "1"})
    report = edge.told(code_in(sent.headers["Location"]))
    assert (report.client_token, report.text) == (token, text)
    assert words in (report.emergency_words or "")
    assert len(edge.photos(code_in(sent.headers["Location"]))) == 1, "the photo came along"


def test_a_dangerous_class_brings_the_number_first_as_well(edge: Edge) -> None:
    form = edge.form(category="1101", text="远处有烟")
    first = edge.visitor().post("/report", data=form)
    assert (first.status_code, "tel:119" in dict(links_of(first.text))) == (400, True)
    assert "火情" in words_of(first.text)
    sent = edge.visitor().post("/report", data={**fields_of(first.text), "emergency_ack": "1"})
    assert edge.case(code_in(sent.headers["Location"])).category_code == "1101"


def test_a_spot_on_a_border_asks_one_question_and_takes_the_answer(edge: Edge) -> None:
    lon, lat = edge_of(edge, GRID)
    form = {"lon": str(lon), "lat": str(lat), "accuracy_m": "20"}
    asked = send(edge, **form, phone="1")
    assert "在哪一边" in words_of(asked.text)
    offered = [code for code in edge.reference().landmarks if f'value="{code}"' in asked.text]
    assert len(offered) >= 2
    for choice in offered[:2]:
        case = edge.case(edge.report(**form, near_choice=choice))
        assert case.grid_code == choice
    undecided = edge.case(edge.report(**form, near_choice=""))
    again = edge.case(edge.report(**form, near_choice=""))
    assert undecided.grid_code == again.grid_code in offered


def edge_of(edge: Edge, grid: str) -> tuple[float, float]:
    """Return a spot where a grid touches a neighbour of the net."""
    net = edge.reference().net
    shape = net.area(grid).geometry
    assert shape is not None
    other = next(
        area.geometry
        for area in net.children(grid[:12])
        if area.code != grid
        and area.geometry is not None
        and area.geometry.intersection(shape).length > 0
    )
    spot = other.intersection(shape).interpolate(0.5, normalized=True)
    return spot.x, spot.y


ODD = "埇 豸 𠮷 👩‍🔧🕳️ <b>&amp;</b> \u202eright to left\nSecond line\u0000 end"


def test_rare_characters_and_emoji_arrive_as_they_are_on_either_database(
    edge_on_both: Edge,
) -> None:
    edge = edge_on_both
    code = edge.report(text=ODD, place_words="埇头\u0000村口 🕳️", photos=[picture()])
    report = edge.told(code)
    assert report.text == "埇 豸 𠮷 👩‍🔧🕳️ <b>&amp;</b> right to left\nSecond line end"
    assert "埇头" in edge.case(code).place
    for browser, path in (
        (edge.visitor(), f"/r/{code}"),
        (edge.staff("worker"), f"/work/cases/{edge.case(code).id}"),
    ):
        words = words_of(browser.get(path).text)
        assert "埇 豸 𠮷 👩‍🔧🕳️ <b>&amp;</b>" in words
    again = edge.visitor().post("/report", data=edge.form(client_token=report.client_token))
    assert code_in(again.headers["Location"]) == code
    for form in ({"client_token": "nul\u0000nul-nul"}, {"category": "01\u000001"}):
        answer = edge.visitor().post("/report", data=edge.form(**form))
        assert answer.status_code in {303, 400}, form
    outside = edge.visitor().post("/report", data=edge.form(lon="113.26", lat="23.13"))
    assert (outside.status_code, "12345" in words_of(outside.text)) == (422, True)
    assert edge.case(code).district_code == DISTRICT
