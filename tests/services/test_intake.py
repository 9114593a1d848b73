"""Intake: what is refused and why, where a report lands, and that a phone is kept secret."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import shapely
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.assignment import DutyKind
from gridgov.domain.datum import Datum, LonLat, PositionSource, from_wgs84
from gridgov.domain.errors import GridgovError, InvalidInput, OutsideJurisdiction
from gridgov.domain.geometry import circle
from gridgov.domain.scope import may_see
from gridgov.domain.workflow import CaseState
from gridgov.services import reference as references
from gridgov.services.effects import StoredPhoto
from gridgov.services.intake import EmergencyFirst
from gridgov.services.routing import Position
from gridgov.storage import areas, history, people, reports, search, tables
from gridgov.storage.areas import Area
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.districts import District
from gridgov.storage.ids import new_id
from gridgov.storage.messages import PENDING
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report, Reporter
from gridgov.storage.session import unit_of_work
from gridgov.web.instance import instance
from tests.support.acts import (
    DISTRICT,
    GRID,
    NOON,
    WORDS,
    case_of,
    inside,
    person,
    pin,
    report,
)

VILLAGE, TOWN, OTHER_GRID = "440608004025", "440608004", "440608004014001"
MARKET = "440608004010Z01"  # takes street vending, 0301
PICTURE = StoredPhoto("b" * 64, 640, 480)
PHONE = "13987654329"


def net(session: Session) -> references.Reference:
    return references.of(session, DISTRICT)


def refused(session: Session, kind: type[GridgovError], **more: Any) -> Any:
    """Let a report be refused, and make sure that nothing was written for it."""
    pending = len(session.info.get(PENDING, ()))
    session.flush()
    with pytest.raises(kind) as caught:
        report(session, **more)
    assert not session.new
    assert not session.dirty
    assert len(session.info.get(PENDING, ())) == pending
    return caught.value


def of(session: Session, **more: Any) -> Case:
    """The case that a report opens."""
    return case_of(session, report(session, **more))


FAR = {
    "Guangzhou": (113.2644, 23.1291),
    "the next district": (112.45, 23.05),
    "swapped pair that is on the earth": (22.9, 82.0),
    "the sea": (0.0, 0.0),
}


@pytest.mark.parametrize("where", FAR)
def test_a_place_outside_the_district_is_refused(rolled: Session, where: str) -> None:
    lon, lat = FAR[where]
    refused(rolled, OutsideJurisdiction, position=pin(LonLat(lon=lon, lat=lat)))


MISSING_OR_WRONG = [
    ({"position": None}, "position", "missing"),
    ({"category_code": ""}, "category", "missing"),
    ({"category_code": "9999"}, "category", "unknown"),
    ({"category_code": "01"}, "category", "unknown"),  # a major class is not enough
    ({"text": ""}, "text", "nothing_told"),
    ({"text": " \n\t\u3000\u200e "}, "text", "nothing_told"),
    ({"text": "垃" * 10_000}, "text", "too_long"),
    ({"text": "垃" * 4_001}, "text", "too_long"),
    ({"phone": "1398765432"}, "phone", "wrong_length"),
    ({"phone": "139876543290"}, "phone", "wrong_length"),
    ({"phone": "12345678901"}, "phone", "not_a_phone"),
    ({"phone": "call me"}, "phone", "not_a_phone"),
    ({"area_code": "440608004025999"}, "area_code", "unknown"),
    ({"area_code": DISTRICT}, "area_code", "unknown"),
    ({"area_code": "'; DROP TABLE cases"}, "area_code", "unknown"),
    ({"client_token": "short"}, "client_token", "wrong_length"),
    ({"client_token": "x" * 101}, "client_token", "wrong_length"),
    ({"photos": (PICTURE,) * 7}, "photos", "too_many"),
    ({"place_words": "路" * 201}, "place_words", "too_long"),
]


@pytest.mark.parametrize(("more", "field", "reason"), MISSING_OR_WRONG)
def test_what_is_missing_or_wrong_is_named_at_its_field(
    rolled: Session, more: dict[str, Any], field: str, reason: str
) -> None:
    error = refused(rolled, InvalidInput, **more)
    assert (error.field, error.reason) == (field, reason)


def test_a_text_that_is_too_long_is_told_how_long_it_was(rolled: Session) -> None:
    error = refused(rolled, InvalidInput, text="垃" * 10_000)
    assert error.values == {"length": 10_000, "limit": 4_000}


@pytest.mark.parametrize(
    ("lon", "lat"), [(200.0, 22.9), (112.89, 91.0), (float("nan"), 22.9), (112.89, float("inf"))]
)
def test_what_is_no_place_on_the_earth_is_refused(rolled: Session, lon: float, lat: float) -> None:
    where = Position(lon, lat, Datum.WGS84, PositionSource.BROWSER)
    error = refused(rolled, InvalidInput, position=where)
    assert error.field == "position"


@pytest.mark.parametrize("accuracy", [-1.0, float("nan"), float("inf")])
def test_an_accuracy_that_is_none_is_refused(rolled: Session, accuracy: float) -> None:
    error = refused(rolled, InvalidInput, position=pin(inside(rolled), accuracy))
    assert (error.field, error.reason) == ("accuracy", "out_of_range")


KEPT = [
    "埇豸街口积水",
    "𠮷野家门口 𨋢 坏了",
    "垃圾🗑️堆到👨‍👩‍👧‍👦门口 😷",
    "line one\nline two",
    "垃" * 4_000,
    '"quotes" \\ back \' single % _ ; --',
]


@pytest.mark.parametrize("text", KEPT, ids=range(len(KEPT)))
def test_words_are_kept_to_the_last_byte(rolled: Session, text: str) -> None:
    receipt = report(rolled, text=text, place_words="埇豸里 3 号🏠")
    rolled.flush()
    rolled.expire_all()
    kept = rolled.get_one(Report, receipt.report_id)
    assert (kept.text or "").encode() == text.encode()
    assert (kept.place_words, case_of(rolled, receipt).place) == ("埇豸里 3 号🏠",) * 2


def test_a_picture_speaks_for_itself(rolled: Session) -> None:
    receipt = report(rolled, text="", photos=(PICTURE,))
    rolled.flush()
    assert rolled.get_one(Report, receipt.report_id).text is None
    (photo,) = rolled.scalars(select(Photo).where(Photo.report_id == receipt.report_id))
    assert (photo.sha256, photo.purpose, photo.entry_seq) == (PICTURE.sha256, "before", 1)


def test_danger_to_life_comes_first_and_the_report_afterwards(rolled: Session) -> None:
    error = refused(rolled, EmergencyFirst, text="三楼着火了，有人被困")
    assert error.values["number"] == "119"
    assert "着火" in error.values["words"]
    receipt = report(rolled, text="三楼着火了，有人被困", emergency_seen=True)
    assert rolled.get_one(Report, receipt.report_id).emergency_words == error.values["words"]
    assert report(rolled).case.state == CaseState.DISPATCHED, "usual words need no second look"


def test_a_class_that_belongs_to_the_police_says_so_whatever_the_words(rolled: Session) -> None:
    error = refused(rolled, EmergencyFirst, category_code="1101", text="冒烟")
    assert error.values["number"] == "119"
    assert of(rolled, category_code="1101", text="冒烟", emergency_seen=True).unit_code == "XF"


# Where it lands


def brute(session: Session, spot: LonLat) -> list[str]:
    """The unit grids that cover a position, one by one and without an index."""
    point = shapely.Point(spot.lon, spot.lat)
    grids = net(session).net.areas(AreaKind.GRID)
    return [g.code for g in grids if g.geometry is not None and g.geometry.intersects(point)]


def spots_on_the_border(session: Session) -> Iterator[LonLat]:
    """Vertices, and middles of edges, of the border of the sample's home grid."""
    geometry = net(session).net.area(GRID).geometry
    assert geometry is not None
    ring = list(shapely.get_coordinates(geometry.boundary))
    for (lon, lat), (next_lon, next_lat) in list(zip(ring, ring[1:], strict=False))[:6]:
        yield LonLat(lon=lon, lat=lat)
        yield LonLat(lon=(lon + next_lon) / 2, lat=(lat + next_lat) / 2)


def test_on_a_border_the_same_grid_owns_it_every_time_and_says_why(rolled: Session) -> None:
    shared = 0
    for spot in spots_on_the_border(rolled):
        covering = brute(rolled, spot)
        first, second = of(rolled, position=pin(spot, None)), of(rolled, position=pin(spot, None))
        assert first.grid_code == second.grid_code
        assert first.routing == second.routing
        assert first.routing["near_boundary"] is True
        assert first.routing["border_m"] == 0.0
        if len(covering) > 1:
            shared += 1
            assert first.grid_code == min(covering)
            assert first.routing["rule"] == "covers"
            assert first.routing["neighbour"] in covering
    assert shared >= 4, "vertices of a seamless net belong to several grids"


def cut_hole(session: Session, radius_m: float) -> LonLat:
    """Cut a round hole into the home grid of a net that is not seamless then."""
    spot = inside(session)
    hole = circle(spot, radius_m)
    for area in session.scalars(select(Area).where(Area.kind == "grid")):
        if area.geometry.intersects(hole):
            new = area.geometry.difference(hole)
            session.execute(update(Area).where(Area.id == area.id).values(geometry=new))
    district = session.get_one(District, DISTRICT)
    version = areas.version(session, DISTRICT, district.grid_version or 0)
    version.revision = new_id()  # no version in force changes, so processes keep what they read
    district.settings = {**district.settings, "revision": district.settings["revision"] + 1}
    session.flush()
    session.expire_all()
    return spot


@pytest.mark.parametrize(
    ("radius_m", "rule", "level"), [(30.0, "nearest", "grid"), (70.0, "village_tray", "village")]
)
def test_in_a_gap_the_nearest_grid_takes_it_or_the_tray_of_the_village(
    rolled: Session, radius_m: float, rule: str, level: str
) -> None:
    spot = cut_hole(rolled, radius_m)
    assert not brute(rolled, spot), "the hole was meant to be a gap"
    cases = [of(rolled, position=pin(spot)) for _ in range(3)]
    assert len({case.grid_code for case in cases}) == 1
    case = cases[0]
    assert case.routing["rule"] == rule
    assert case.village_code == VILLAGE
    assert (case.grid_code is not None) == (level == "grid")
    if level == "grid":
        assert case.routing["border_m"] == pytest.approx(radius_m, abs=0.5)
    else:
        # Nobody has the duty for a tray: the village's unit covers it.
        assert (case.assignee_id, case.unit_code) == (None, f"V{VILLAGE}")


def test_just_outside_the_district_the_nearest_grid_still_takes_it(rolled: Session) -> None:
    outline = net(rolled).net.area(DISTRICT).geometry
    assert outline is not None
    lon, lat = shapely.get_coordinates(outline.convex_hull.boundary)[0]
    middle = outline.centroid
    for metres, taken in ((20, True), (80, False)):
        length = ((lon - middle.x) ** 2 + (lat - middle.y) ** 2) ** 0.5
        out = metres / 105_000 / length
        spot = LonLat(lon=lon + (lon - middle.x) * out, lat=lat + (lat - middle.y) * out)
        if taken:
            assert of(rolled, position=pin(spot)).routing["rule"] == "nearest"
        else:
            refused(rolled, OutsideJurisdiction, position=pin(spot))


def test_three_kilometres_are_too_vague_until_the_person_says_where(rolled: Session) -> None:
    vague = pin(inside(rolled), 3_000)
    error = refused(rolled, InvalidInput, position=vague)
    assert (error.field, error.reason) == ("position", "too_vague")
    assert error.values["accuracy_m"] == 3_000
    for answer in ({"near_choice": OTHER_GRID}, {"area_code": OTHER_GRID}):
        case = of(rolled, position=vague, **answer)
        assert (case.grid_code, case.routing["rule"]) == (OTHER_GRID, "chosen")
        assert case.routing["too_vague"] is True
        assert case.routing["accuracy_m"] == 3_000
        assert (case.lon, case.lat) == (vague.lon, vague.lat)
    # The grid under the vague pin, chosen on purpose.
    assert of(rolled, position=vague, near_choice=GRID).grid_code == GRID
    for nonsense in ("999", DISTRICT):
        error = refused(rolled, InvalidInput, position=vague, near_choice=nonsense)
        assert (error.field, error.reason) == ("near_choice", "unknown")


def test_between_two_grids_the_answer_of_the_person_decides(rolled: Session) -> None:
    spot = next(s for s in spots_on_the_border(rolled) if len(brute(rolled, s)) > 1)
    placed = of(rolled, position=pin(spot, 20))
    others = {c["code"] for c in placed.routing["candidates"]} - {placed.grid_code}
    assert others
    chosen = min(others)
    case = of(rolled, position=pin(spot, 20), near_choice=chosen)
    assert (case.grid_code, case.routing["rule"]) == (chosen, "chosen")
    assert case.routing["neighbour"] == placed.grid_code
    assert case.routing["candidates"] == placed.routing["candidates"]
    same = of(rolled, position=pin(spot, 20), near_choice=placed.grid_code)
    assert same.routing["rule"] == "covers", "agreeing with the net changes nothing"


def test_a_grid_the_position_does_not_touch_cannot_be_chosen(rolled: Session) -> None:
    error = refused(rolled, InvalidInput, near_choice="440608108001001")
    assert (error.field, error.reason) == ("near_choice", "not_a_candidate")


@pytest.mark.parametrize(
    ("code", "rule", "grid", "village", "town"),
    [
        (GRID, "chosen", GRID, VILLAGE, TOWN),
        (VILLAGE, "village_tray", None, VILLAGE, TOWN),
        (TOWN, "town_tray", None, None, TOWN),
    ],
)
def test_without_a_position_a_place_is_picked_by_name(
    rolled: Session, code: str, rule: str, grid: str | None, village: str | None, town: str
) -> None:
    receipt = report(rolled, area_code=code)
    case = case_of(rolled, receipt)
    assert (case.routing["rule"], case.grid_code) == (rule, grid)
    assert (case.village_code, case.town_code) == (village, town)
    assert (case.lon, case.lat) == (None, None)
    assert case.place == net(rolled).net.area(code).name
    kept = rolled.get_one(Report, receipt.report_id)
    assert (kept.position_source, kept.datum, kept.raw_lon) == ("area_name", None, None)


def test_a_place_in_a_town_tray_waits_for_the_dispatcher(rolled: Session) -> None:
    case = of(rolled, area_code=TOWN)
    assert (case.state, case.assignee_id, case.unit_code) == (CaseState.SUBMITTED, None, None)


def test_a_chinese_map_pair_is_converted_once_and_kept_as_it_was_sent(rolled: Session) -> None:
    spot = inside(rolled)
    lon, lat = from_wgs84(spot, Datum.GCJ02)
    sent = Position(lon, lat, Datum.GCJ02, PositionSource.MAP_PIN, 5)
    receipt = report(rolled, position=sent)
    kept = rolled.get_one(Report, receipt.report_id)
    assert (kept.raw_lon, kept.raw_lat, kept.datum) == (sent.lon, sent.lat, "gcj02")
    assert (kept.lon, kept.lat) == pytest.approx((spot.lon, spot.lat), abs=1e-7)
    case = case_of(rolled, receipt)
    assert (case.lon, case.lat) == (kept.lon, kept.lat)
    # Some 600 m away: taken for WGS-84 the same pair would lie in another grid.
    taken_for_wgs = of(rolled, position=replace(sent, datum=Datum.WGS84))
    assert taken_for_wgs.grid_code != case.grid_code == GRID


def lead_of(session: Session, area: str) -> Any:
    duties = people.on_duty(session, DISTRICT, area, NOON.date())
    return next(duty.person_id for duty in duties if duty.kind is DutyKind.LEAD)


def test_a_professional_grid_takes_its_own_classes_and_its_own_lead_gets_them(
    rolled: Session,
) -> None:
    where = pin(inside(rolled, MARKET))
    vending = of(rolled, position=where, category_code="0301")
    assert (vending.professional_code, vending.routing["rule"]) == (MARKET, "professional")
    assert vending.grid_code in brute(rolled, LonLat(lon=where.lon, lat=where.lat))
    assert vending.assignee_id == lead_of(rolled, MARKET)
    rubbish = of(rolled, position=where, category_code="0101")
    assert (rubbish.professional_code, rubbish.routing["rule"]) == (None, "covers")
    assert rubbish.assignee_id == lead_of(rolled, str(rubbish.grid_code))
    assert rubbish.grid_code == vending.grid_code
    assert rubbish.assignee_id != vending.assignee_id


def test_a_confidential_class_is_hidden_from_its_own_grid(rolled: Session) -> None:
    case = of(rolled, category_code="0704", emergency_seen=True)
    assert (case.confidential, case.assignee_id, case.unit_code) == (True, None, "GA")
    for name in ("worker", "deputy", "village", "towndispatcher"):
        assert not may_see(person(rolled, name), case.scope()), name
    for name in ("dispatcher", "supervisor", "u-ga"):
        assert may_see(person(rolled, name), case.scope()), name


def test_a_case_keeps_the_version_it_was_routed_with_and_why(rolled: Session) -> None:
    case = of(rolled)
    assert (case.grid_version, case.catalogue_version) == (1, 1)
    first = history.of_case(rolled, case.id)[0]
    assert first.data["routing"] == case.routing
    assert case.routing["path"] == [DISTRICT, TOWN, VILLAGE, GRID]


# The reporter's phone


def values(session: Session) -> Iterator[tuple[str, object]]:
    """Every value of every table, with the name of its column."""
    for table in tables.metadata.sorted_tables:
        for row in session.execute(select(table)).mappings():
            for column, value in row.items():
                yield f"{table.name}.{column}", value


def holds(value: object, words: str) -> bool:
    """Tell whether a value of a column contains words, whatever its type."""
    if isinstance(value, AreaShape | shapely.Geometry):
        return False
    if isinstance(value, bytes | memoryview):
        return words.encode() in bytes(value)
    if isinstance(value, dict | list):
        return words in json.dumps(value, ensure_ascii=False)
    return words in str(value)


@pytest.mark.parametrize("typed", [PHONE, "+86 139-8765-4329", "１３９８７６５４３２９"])
def test_a_phone_lies_sealed_in_the_vault_and_nowhere_else(rolled: Session, typed: str) -> None:
    receipt = report(rolled, phone=typed)
    rolled.flush()
    kept = rolled.get_one(Report, receipt.report_id)
    contact = rolled.get_one(Reporter, kept.reporter_id)
    vault = instance().vault
    assert contact.phone_sealed is not None
    assert vault.open(contact.phone_sealed, context=f"reporter.phone:{contact.id}") == PHONE
    assert contact.phone_lookup == vault.lookup(PHONE)
    found = [
        name
        for name, value in values(rolled)
        for form in (PHONE, typed, PHONE[3:])
        if holds(value, form)
    ]
    assert found == []


def test_the_scan_for_a_phone_would_find_one(rolled: Session) -> None:
    case = of(rolled, text=f"电话 {PHONE}", place_words=PHONE)
    case.routing = {**case.routing, "phone": [PHONE]}
    rolled.flush()
    found = {name for name, value in values(rolled) if holds(value, PHONE)}
    assert found >= {"reports.text", "reports.place_words", "cases.routing"}
    # What the staff reads of the place is masked; the report itself stays as it was told.
    assert case.place == "139****4329"


def test_two_reports_of_one_phone_are_sealed_apart_and_found_together(rolled: Session) -> None:
    receipts = [report(rolled, phone=PHONE), report(rolled, phone="139 8765 4329")]
    rolled.flush()
    ids = [rolled.get_one(Report, receipt.report_id).reporter_id for receipt in receipts]
    one, other = (rolled.get_one(Reporter, reporter) for reporter in ids)
    assert one.phone_sealed != other.phone_sealed
    assert one.phone_lookup == other.phone_lookup


def test_without_a_phone_there_is_no_reporter(rolled: Session) -> None:
    before = rolled.scalar(select(func.count()).select_from(Reporter))
    receipt = report(rolled, phone=" ")
    assert rolled.get_one(Report, receipt.report_id).reporter_id is None
    assert rolled.scalar(select(func.count()).select_from(Reporter)) == before


def test_the_words_of_a_resident_enter_neither_history_nor_log(rolled: Session) -> None:
    words = f"只有我说过的话 {uuid4().hex}"
    receipt = report(rolled, text=words)
    rolled.flush()
    told = json.dumps(rolled.info[PENDING], default=str, ensure_ascii=False)
    assert words not in told
    # Beside the report itself only what it is found by, which goes with it (decision 0028).
    kept = {name for name, value in values(rolled) if holds(value, words)}
    assert kept == {"reports.text", "search_texts.form"}
    case = case_of(rolled, receipt)
    search.forget(rolled, reports.of_case(rolled, case.id)[0].id)
    assert {name for name, value in values(rolled) if holds(value, words)} == {"reports.text"}


def test_the_file_of_the_database_does_not_hold_a_phone_either(stage: Flask) -> None:
    with unit_of_work() as session:
        receipt = report(session, phone=PHONE)
    if db.engine.dialect.name == "sqlite":
        path = Path(str(db.engine.url.database))
        contents = b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
        assert receipt.receipt_code.encode() in contents, "the scan was meant to see the report"
        assert PHONE.encode() not in contents
    else:
        with db.engine.connect() as connection:
            raw = connection.exec_driver_sql("SELECT reporters::text FROM reporters").all()
        assert raw
        assert not any(PHONE in row[0] or PHONE.encode().hex() in row[0] for row in raw)


def test_a_repeated_report_changes_nothing(rolled: Session) -> None:
    token = uuid4().hex
    first = report(rolled, client_token=token, phone=PHONE)
    rolled.flush()
    counts = [rolled.scalar(select(func.count()).select_from(m)) for m in (Case, Report, Reporter)]
    pending = len(rolled.info[PENDING])
    again = report(rolled, client_token=token, text="other words now", category_code="nonsense")
    assert (again.receipt_code, again.case_number) == (first.receipt_code, first.case_number)
    assert (first.repeated, again.repeated) == (False, True)
    assert counts == [
        rolled.scalar(select(func.count()).select_from(m)) for m in (Case, Report, Reporter)
    ]
    assert len(rolled.info[PENDING]) == pending
    assert rolled.get_one(Report, first.report_id).text == WORDS
