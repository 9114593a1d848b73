"""Intake: where a report lands, on borders and in gaps, with and without a position."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import shapely
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.assignment import DutyKind
from gridgov.domain.datum import Datum, LonLat, PositionSource, from_wgs84
from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.geometry import circle
from gridgov.domain.workflow import CaseState
from gridgov.services import reference as references
from gridgov.services.routing import Position
from gridgov.storage import areas, history, people
from gridgov.storage.areas import Area
from gridgov.storage.districts import District
from gridgov.storage.ids import new_id
from gridgov.storage.reports import Report
from tests.services.intakes import MARKET, OTHER_GRID, TOWN, VILLAGE, assert_refused, of
from tests.support.acts import DISTRICT, GRID, NOON, case_of, inside, pin, report


def net(session: Session) -> references.Reference:
    return references.of(session, DISTRICT)


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
            assert_refused(rolled, OutsideJurisdiction, position=pin(spot))


def test_three_kilometres_are_too_vague_until_the_person_says_where(rolled: Session) -> None:
    vague = pin(inside(rolled), 3_000)
    error = assert_refused(rolled, InvalidInput, position=vague)
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
        error = assert_refused(rolled, InvalidInput, position=vague, near_choice=nonsense)
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
    error = assert_refused(rolled, InvalidInput, near_choice="440608108001001")
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


def test_a_case_keeps_the_version_it_was_routed_with_and_why(rolled: Session) -> None:
    case = of(rolled)
    assert (case.grid_version, case.catalogue_version) == (1, 1)
    first = history.of_case(rolled, case.id)[0]
    assert first.data["routing"] == case.routing
    assert case.routing["path"] == [DISTRICT, TOWN, VILLAGE, GRID]
