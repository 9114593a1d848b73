"""What is kept of a position, whoever sent it, and what its case says of it in one sentence."""

import re
from typing import Any

import pytest

from gridgov.domain.datum import Datum, LonLat, PositionSource, from_wgs84
from gridgov.domain.geometry import metres_between
from tests.web.edge import GRID, Edge
from tests.web.reading import words_of

SENT = [source for source in PositionSource if source is not PositionSource.AREA_NAME]


def spot_in(edge: Edge, code: str = GRID) -> LonLat:
    mark = edge.reference().landmarks[code][0]
    return LonLat(lon=mark["lon"], lat=mark["lat"])


@pytest.mark.parametrize("datum", list(Datum))
@pytest.mark.parametrize("source", SENT)
@pytest.mark.parametrize("door", ["page", "api"])
def test_pair_datum_source_and_accuracy_are_kept_as_they_were_sent(
    edge: Edge, door: str, source: PositionSource, datum: Datum
) -> None:
    truth = spot_in(edge)
    lon, lat = from_wgs84(truth, datum)
    form = edge.form(
        lon=repr(lon),
        lat=repr(lat),
        datum=str(datum),
        position_source=str(source),
        accuracy_m="17.5",
    )
    told = edge.told(_send(edge, door, form))
    assert (told.raw_lon, told.raw_lat) == (lon, lat)
    assert (told.datum, told.position_source, told.accuracy_m) == (datum, source, 17.5)
    assert metres_between(truth, LonLat(lon=told.lon, lat=told.lat)) < 0.01


def _send(edge: Edge, door: str, form: dict[str, Any]) -> str:
    if door == "page":
        answer = edge.visitor().post("/report", data=form)
        assert answer.status_code == 303, words_of(answer.text)
        found = re.search(r"/r/([0-9A-Z-]{14})", answer.headers["Location"])
        assert found is not None
        return found[1]
    numbers = {name: float(form[name]) for name in ("lon", "lat", "accuracy_m")}
    answer = edge.visitor().post("/api/v1/reports", json=form | numbers)
    assert answer.status_code == 201, answer.text
    code: str = answer.json["code"]
    return code


@pytest.mark.parametrize(
    ("role", "english"), [("worker", False), ("dispatcher", False), ("supervisor", True)]
)
def test_each_case_says_in_one_sentence_why_it_lies_there(
    edge: Edge, role: str, english: bool
) -> None:
    case = edge.case(edge.report(accuracy_m="150"))
    browser = edge.staff(role)
    browser.set_cookie("language", "en" if english else "zh-Hans")
    shown = browser.get(f"/work/cases/{case.id}").text
    browser.delete_cookie("language")
    found = re.search(r'<p class="case-why">(.*?)</p>', shown, re.DOTALL)
    assert found is not None
    why = words_of(found[1])
    here, behind = (
        edge.area(code).name_en if english else edge.area(code).name
        for code in (GRID, case.routing["neighbour"])
    )
    others = [one["code"] for one in case.routing["candidates"] if one["code"] != GRID]
    assert others
    for code in others:
        area = edge.area(code)
        assert (area.name_en if english else area.name) in why
    metres = case.routing["border_m"]
    length = f"{metres:.1f}".removesuffix(".0") if metres < 10 else str(round(metres))
    if english:
        start = f"Lies in {here}; {length} m from the border of {behind}"
        assert "accuracy 150 m" in why
        assert "net version 1" in why
    else:
        start = f"落在{here}内；距{behind}边界 {length} 米"
        assert "定位误差 150 米" in why
        assert "网格第 1 版" in why
    assert why.startswith(start)
    assert re.search(r"\d+%", why)
