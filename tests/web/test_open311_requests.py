"""Open311: looking requests up, by number and by every filter, on both databases."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report
from tests.support.app import Installation
from tests.web.edge import GRID, TEXT, Edge, opened, picture
from tests.web.open311 import Partner, case_of, error, everybody, partner, tree

W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
FIELDS = {
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
}
NOISE, WAGES, HOMELESS = "0305", "0804", "0307"
ANSWERS = {"attribute[people]": "3", "attribute[employer]": "某工地"}
OTHER = "440608108001001"


@pytest.fixture
def edge(installation: Installation) -> Iterator[Edge]:
    with opened(installation) as made:
        yield made


def moved(edge: Edge, number: str, days: float) -> None:
    """Bring a case into the past, as if it had come that many days ago."""
    with edge.writing() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        shift = timedelta(days=days)
        case.received_at -= shift
        case.received_on = (case.received_at + timedelta(hours=8)).date()
        case.updated_at -= shift


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


# One request -------------------------------------------------------------------------------


def test_a_request_says_everything_the_public_may_know(edge: Edge) -> None:
    number = partner(edge).report(address_string="沧江路 88 号")
    anybody = everybody(edge)
    found = anybody.one(number)
    assert set(found) == FIELDS
    mark = edge.reference().landmarks[GRID][0]
    assert (found["lat"], found["long"]) == (
        pytest.approx(mark["lat"], abs=1e-6),
        pytest.approx(mark["lon"], abs=1e-6),
    )
    assert (found["service_code"], found["service_name"]) == ("0101", "暴露垃圾")
    assert (found["status"], found["description"]) == ("open", TEXT)
    assert found["address"] == "沧江路 88 号"
    assert found["address_id"] == GRID
    assert found["status_notes"] == "已受理，已安排人去办"
    assert "泰华社区" in found["agency_responsible"]
    case = case_of(edge, number)
    assert datetime.fromisoformat(found["expected_datetime"]) == case.due_at.replace(microsecond=0)
    root = tree(anybody.get(f"requests/{number}.xml"))
    assert (root.tag, [child.tag for child in root]) == ("service_requests", ["request"])
    assert {child.tag: child.text for child in root[0]} == {
        name: None if value is None else str(value) for name, value in found.items()
    }


def test_ids_and_datetimes_have_the_shapes_of_the_adapters(edge: Edge) -> None:
    found = everybody(edge).one(partner(edge).report())
    assert re.fullmatch(r"[\w-]+", found["service_request_id"], re.ASCII)
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert W3C.fullmatch(found[name]), name
        assert found[name].endswith("+08:00"), "the district's own time"


def test_personal_data_in_the_words_is_masked(edge: Edge) -> None:
    number = partner(edge).report(
        description="垃圾没人收，打 13812345678 找我", address_string="我家 13812345678"
    )
    found = everybody(edge).one(number)
    assert "13812345678" not in str(found)
    assert "垃圾没人收" in found["description"]


def test_what_is_heard_has_a_coarse_point_and_no_house_number(edge: Edge) -> None:
    number = partner(edge).report(service_code=NOISE, address_string="沧江路 88 号 3 栋 501")
    found = everybody(edge).one(number)
    case = case_of(edge, number)
    assert (found["lat"], found["long"]) == (round(case.lat or 0, 3), round(case.lon or 0, 3))
    assert "501" not in found["address"]


def test_a_class_that_is_not_public_is_for_the_key_that_brought_it_in(edge: Edge) -> None:
    mine, other = partner(edge), partner(edge)
    number = mine.report(service_code=WAGES, **ANSWERS)
    for who in (everybody(edge), other):
        assert error(who.get(f"requests/{number}.json", api_key=who.key), 404)
        assert number not in who.numbers(api_key=who.key)
        assert who.numbers(service_request_id=number, api_key=who.key) == []
    assert mine.one(number, api_key=mine.key)["service_code"] == WAGES
    assert number in mine.numbers(api_key=mine.key)
    header = {"Authorization": f"Bearer {mine.key}"}
    seen = mine.client().get(f"/open311/v2/requests/{number}.json", headers=header)
    assert seen.status_code == 200


def test_a_confidential_case_is_shown_to_nobody(edge: Edge) -> None:
    who = partner(edge)
    number = who.report()
    with edge.writing() as session:
        session.scalars(select(Case).where(Case.number == number)).one().confidential = True
    assert error(who.get(f"requests/{number}.json", api_key=who.key), 404)


def test_erased_words_are_an_unknown_description(edge: Edge) -> None:
    number = partner(edge).report()
    with edge.writing() as session:
        for report in session.scalars(select(Report).where(Report.text == TEXT)):
            report.text = None
    assert everybody(edge).one(number)["description"] is None


# How it stands -----------------------------------------------------------------------------


def test_a_closed_request_says_when_it_was_closed_and_what_was_done(edge: Edge) -> None:
    code = edge.closed(photos=[picture()])
    case = edge.case(code)
    found = everybody(edge).one(case.number)
    assert (found["status"], found["status_notes"]) == ("closed", "已清走")
    assert case.closed_at is not None
    closed_at = datetime.fromisoformat(found["updated_datetime"])
    assert closed_at == case.closed_at.replace(microsecond=0)
    assert edge.visitor().get(found["media_url"]).mimetype == "image/jpeg"
    edge.visitor().post(f"/r/{code}/more", data={"text": "谢谢"})
    again = everybody(edge).one(case.number)
    assert again["updated_datetime"] == found["updated_datetime"], "closing was the last change"


def test_a_reopened_request_is_open_and_its_answer_is_void(edge: Edge) -> None:
    code = edge.closed()
    edge.visitor().post(f"/r/{code}/rate", data={"solved": "no", "satisfaction": "5"})
    found = everybody(edge).one(edge.case(code).number)
    assert (found["status"], found["status_notes"]) == ("open", "有人正在处理")


def test_a_rejected_request_is_closed_with_the_reason_in_words(edge: Edge) -> None:
    code = edge.report()
    case_id, text = edge.case(code).id, "现场没有看到，请补充位置"
    edge.act(edge.staff("worker"), case_id, "return", reason="too_little_known", text="找不到")
    edge.act(edge.staff("dispatcher"), case_id, "reject", reason="cannot_verify", text=text)
    found = everybody(edge).one(edge.case(code).number)
    assert (found["status"], found["status_notes"]) == ("closed", text)
    assert "找不到" not in str(found), "a note among staff"


def test_notes_tell_the_public_steps_where_they_are_asked_for(edge: Edge) -> None:
    case = edge.case(edge.closed())
    plain = everybody(edge).one(case.number)
    assert "notes" not in plain and "extended_attributes" not in plain
    found = everybody(edge).one(case.number, extensions="true")
    assert [note["type"] for note in found["notes"]] == [
        "accepted",
        "handling",
        "checking",
        "closed",
    ]
    assert all(set(note) == {"datetime", "description", "type"} for note in found["notes"])
    assert found["extended_attributes"] == {"detailed_status": "closed"}
    xml = tree(everybody(edge).get(f"requests/{case.number}.xml", extensions="true"))
    assert len(xml.findall("request/notes/note")) == 4


# Filters -----------------------------------------------------------------------------------


def test_numbers_override_every_other_filter(edge: Edge) -> None:
    who = partner(edge)
    old, new = who.report(), who.report(service_code="0203")
    moved(edge, old, 400)
    wanted = {"service_request_id": f" {old},{new},440608-000000-00000, "}
    assert who.numbers(**wanted) == [new, old]
    everything = {
        "service_code": "0301",
        "status": "closed",
        "start_date": "nonsense",
        "end_date": days_ago(300),
        "lat": "x",
        "radius": "0",
    }
    assert who.numbers(**wanted, **everything) == [new, old]
    repeated = who.client().get(
        f"/open311/v2/requests.json?service_request_id={old}&service_request_id={new}"
    )
    assert [one["service_request_id"] for one in repeated.json] == [new, old]


def test_services_are_asked_for_as_a_list(edge: Edge) -> None:
    who = partner(edge)
    lamp, hole, noise = (who.report(service_code=code) for code in ("0202", "0203", NOISE))
    assert set(who.numbers(service_code="0202,0203")) >= {lamp, hole}
    assert noise not in who.numbers(service_code="0202, 0203")
    assert who.numbers(service_code="9999") == []


def test_status_is_open_closed_or_both(edge: Edge) -> None:
    who = partner(edge)
    open_one, closed = who.report(), edge.case(edge.closed()).number
    assert open_one in who.numbers(status="open") and closed not in who.numbers(status="open")
    assert who.numbers(status="closed").count(closed) == 1
    assert {open_one, closed} <= set(who.numbers(status="open,closed"))
    assert who.numbers(status="") == who.numbers()
    assert "open" in error(who.get("requests.xml", status="pending"), 400)


def test_without_dates_the_last_90_days_are_meant(edge: Edge) -> None:
    who = partner(edge)
    recent, old = who.report(), who.report()
    moved(edge, recent, 89)
    moved(edge, old, 91)
    found = who.numbers()
    assert recent in found and old not in found


def test_dates_bound_the_time_of_the_request(edge: Edge) -> None:
    who = partner(edge)
    numbers = [who.report() for _ in range(3)]
    for number, days in zip(numbers, (10, 120, 200), strict=True):
        moved(edge, number, days)

    def found(**dates: str) -> list[str]:
        return [one for one in who.numbers(**dates) if one in numbers]

    assert found(start_date=days_ago(130), end_date=days_ago(110)) == [numbers[1]]
    assert found(start_date=days_ago(130)) == [numbers[1]], "90 days from there"
    assert found(end_date=days_ago(150)) == [numbers[2]], "90 days up to there"
    assert found(start_date=days_ago(10.1)) == [numbers[0]]
    exact = who.one(numbers[0])["requested_datetime"]
    assert found(start_date=exact) == [numbers[0]], "the first second is included"
    assert found(start_date=exact.replace("+", " ")) == [numbers[0]], "a + not encoded"
    assert found(start_date=exact[:10], end_date=days_ago(0)) == [numbers[0]], "a day alone"


def test_more_than_90_days_are_refused(edge: Edge) -> None:
    who = everybody(edge)
    fits = {"start_date": "2026-01-01T00:00:00+08:00", "end_date": "2026-04-01T00:00:00+08:00"}
    assert who.get("requests.json", **fits).status_code == 200
    over = {**fits, "end_date": "2026-04-01T00:00:01+08:00"}
    assert "90" in error(who.get("requests.json", **over), 400)
    for name in ("updated", "start"):
        pair = ("updated_after", "updated_before") if name == "updated" else tuple(fits)
        turned = dict(zip(pair, reversed(fits.values()), strict=True))
        assert error(who.get("requests.json", **turned), 400)


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+23:59", "20"]
)
def test_a_date_that_is_none_is_refused(edge: Edge, text: str) -> None:
    for name in ("start_date", "end_date", "updated_after", "updated_before"):
        assert name in error(everybody(edge).get("requests.json", **{name: text}), 400)


def test_empty_arguments_count_as_none(edge: Edge) -> None:
    who = everybody(edge)
    names = "jurisdiction_id service_request_id service_code start_date end_date status page lat"
    empty = dict.fromkeys([*names.split(), "long", "radius", "api_key", "updated_after"], "")
    assert who.numbers(**empty) == who.numbers()


def test_changes_are_asked_for_by_their_own_time(edge: Edge) -> None:
    who = partner(edge)
    quiet, busy = who.report(), who.report()
    for number in (quiet, busy):
        moved(edge, number, 200)
    with edge.writing() as session:
        case = session.scalars(select(Case).where(Case.number == busy)).one()
        case.updated_at = datetime.now(UTC) - timedelta(days=1)
    assert busy not in who.numbers()
    found = who.numbers(updated_after=days_ago(2))
    assert busy in found and quiet not in found
    assert quiet in who.numbers(updated_before=days_ago(190))
    assert who.numbers(updated_after=days_ago(2), start_date=days_ago(3)).count(busy) == 0


def test_requests_near_a_spot(edge: Edge) -> None:
    who = partner(edge)
    here, there = who.report(), who.report(OTHER)
    mark = edge.reference().landmarks[GRID][0]
    spot = {"lat": str(mark["lat"]), "long": str(mark["lon"])}
    found = who.numbers(**spot, radius="50")
    assert here in found and there not in found
    north = {**spot, "lat": str(float(mark["lat"]) + 0.001)}  # 111.3 m away
    assert here in who.numbers(**north, radius="112")
    assert here not in who.numbers(**north, radius="110")
    for wrong in ({**spot, "radius": "x"}, {"radius": "50"}, {**spot, "radius": "-1"}):
        assert error(who.get("requests.json", **wrong), 400)
    assert error(who.get("requests.json", lat="nan", long="1", radius="5"), 400)


# Volume ------------------------------------------------------------------------------------


def test_pages_follow_each_other_and_end_with_an_empty_list(edge: Edge) -> None:
    who = everybody(edge)
    whole = who.numbers()
    assert len(whole) > 5
    pages: list[list[str]] = []
    while not pages or pages[-1]:
        pages.append(who.numbers(page=str(len(pages) + 1), page_size="4"))
    assert [number for page in pages for number in page] == whole
    assert {len(page) for page in pages[:-2]} == {4}
    xml = tree(who.get("requests.xml", page="500"))
    assert (xml.tag, len(xml)) == ("service_requests", 0)
    for wrong in ({"page": "0"}, {"page": "-1"}, {"page_size": "many"}, {"page": "9" * 30}):
        assert error(who.get("requests.json", **wrong), 400)


def test_a_thousand_requests_at_most_with_as_many_queries_as_for_ten(edge: Edge) -> None:
    who = partner(edge)
    number = who.report()
    multiplied(edge, number, 1_005)
    queries = counted(edge, lambda: who.numbers(page_size="10"))
    many = counted(edge, lambda: who.numbers(page_size="5000", extensions="true"))
    assert (len(many[0]), len(queries[0])) == (1000, 10)
    assert many[1] <= queries[1]
    assert many[0] == who.numbers(), "a thousand without being asked"
    assert len(who.numbers(page="2")) >= 5


def multiplied(edge: Edge, number: str, times: int) -> None:
    """Write a case many times over, as bulk import would."""
    columns = Case.__table__.columns.keys()
    with edge.writing() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        values = {name: getattr(case, name) for name in columns if name != "id"}
        session.execute(
            Case.__table__.insert(),
            [{**values, "id": _id(), "number": f"{number}-{index}"} for index in range(times)],
        )


def _id() -> Any:
    return Case.id.default.arg(None)  # type: ignore[attr-defined]


def counted(edge: Edge, act: Callable[[], Any]) -> tuple[Any, int]:
    """Return what an act gave and how many statements it sent."""
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with edge.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        return act(), len(statements)
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_another_jurisdiction_is_a_district_of_its_own(edge: Edge) -> None:
    who: Partner = everybody(edge)
    assert who.numbers(jurisdiction_id="440608") == who.numbers()
    assert error(who.get("requests.json", jurisdiction_id="440600"), 404)
