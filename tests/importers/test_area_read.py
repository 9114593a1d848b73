"""A whole net out of a file: the datum guard, what stays of the active net, landmarks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridgov.config import ROOT
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import Datum
from gridgov.domain.datum_arrays import geometry_between
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_export import write_areas
from gridgov.importers.area_fields import fields_of
from gridgov.importers.area_projection import Frame, target_frame
from gridgov.importers.area_read import Ground, ReadNet, ground_of, read_net, read_outline
from tests.support.nets import sample_areas, small_net, square, with_geometry

DISTRICT = "440608"
OUTLINE_FILE = ROOT / "geodata" / "gaoming" / "outline.geojson"
SHARED = ROOT.parent / "shared" / "data" / "gaoming"
# File, outline it belongs to, its datum, how well it fits. The GCJ-02 file of another
# house is not ours to commit: it is read where it is there.
OF_A_HOUSE = [(OUTLINE_FILE, OUTLINE_FILE, Datum.WGS84, 0.999)]
if SHARED.is_dir():
    names = ("gcj02_datav2019", "wgs84_tianditu")
    theirs, ours = (SHARED / f"foshan_districts_{name}.geojson" for name in names)
    OF_A_HOUSE.append((theirs, ours, Datum.GCJ02, 0.97))
OUTLINE = read_outline(OUTLINE_FILE)


def ground(
    areas: Sequence[AreaShape] = (),
    outline: Any = OUTLINE,
    landmarks: Mapping[str, Any] | None = None,
) -> Ground:
    known = {area.code: area for area in areas}
    return Ground(DISTRICT, "高明区", "Gaoming", known, landmarks or {}, outline)


def read(file: Path, given: Ground, datum: Datum | None = None, **more: Any) -> ReadNet:
    return read_net(file, replace(fields_of({}), datum=datum), given, **more)


def net_file(folder: Path, areas: Sequence[AreaShape], frame: Frame | None = None) -> Path:
    file = folder / "net.geojson"
    write_areas(file, areas, frame or Frame(Datum.WGS84))
    return file


@pytest.mark.parametrize("declared", [Datum.WGS84, Datum.CGCS2000, Datum.GCJ02, Datum.BD09])
@pytest.mark.parametrize("real", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
def test_the_sample_net_in_each_datum_declared_as_each(
    tmp_path: Path, real: Datum, declared: Datum
) -> None:
    """The net against the committed outline: only the true declaration is let in."""
    file = tmp_path / "net.kml"
    write_areas(file, sample_areas(), target_frame(real, None))
    if declared is real or (declared, real) == (Datum.CGCS2000, Datum.WGS84):
        net = read(file, ground(), declared)
        assert net.fits[0].overlap > 0.999
        assert "fits the outline to 100.0 %" in net.note
        return
    with pytest.raises(InvalidInput, match="fits the district's outline better as") as caught:
        read(file, ground(), declared)
    assert (caught.value.field, caught.value.reason) == ("datum", "looks_like")
    assert caught.value.values["looks_like"] == real
    assert f"--datum {real}" in str(caught.value)
    assert "--trust-datum" in str(caught.value)
    assert "net.kml" in str(caught.value)


def test_a_projected_file_of_gcj02_numbers_is_caught_as_well(tmp_path: Path) -> None:
    """Somebody took GCJ-02 for CGCS2000, projected it, and the file declares Gauss-Kruger."""
    bent = [
        replace(area, geometry=geometry_between(area.geometry, Datum.GCJ02, Datum.WGS84))
        for area in sample_areas()
    ]
    file = tmp_path / "net.zip"
    write_areas(file, bent, target_frame(None, "EPSG:4547"))
    with pytest.raises(InvalidInput, match=r"declared CGCS2000, .* better as GCJ-02"):
        read(file, ground())


@pytest.mark.parametrize(("file", "outline", "real", "fit"), OF_A_HOUSE)
def test_an_outline_as_a_house_publishes_it(
    file: Path, outline: Path, real: Datum, fit: float
) -> None:
    """Declared as what it is it passes, as anything else it is stopped."""
    told = fields_of({"code": "name"}, AreaKind.TOWN)
    given = ground(outline=read_outline(outline))
    assert read_net(file, replace(told, datum=real), given).fits[0].overlap > fit
    for declared in {Datum.WGS84, Datum.GCJ02, Datum.BD09} - {real}:
        with pytest.raises(InvalidInput, match="fits the district's outline better") as caught:
            read_net(file, replace(told, datum=declared), given)
        assert caught.value.values["looks_like"] == real


def test_a_trusted_datum_is_taken_and_the_note_says_against_what(tmp_path: Path) -> None:
    file = tmp_path / "net.kml"
    write_areas(file, sample_areas(), target_frame(Datum.GCJ02, None))
    net = read(file, ground(), Datum.WGS84, trust_datum=True)
    assert "datum trusted although: declared WGS-84, but fits" in net.note
    assert "better as GCJ-02" in net.note
    assert net.fits[0].datum is Datum.WGS84
    assert net.fits[0].overlap < 0.95


def test_without_an_outline_nobody_says_the_datum_was_checked(tmp_path: Path) -> None:
    file = net_file(tmp_path, sample_areas())
    net = read(file, ground(outline=None), Datum.GCJ02)
    assert net.fits == []
    assert net.remarks == ["there was no outline to compare with: the datum was not checked"]
    assert net.note == "net.geojson; GCJ-02"


def test_a_net_of_another_district_is_stopped(tmp_path: Path) -> None:
    far = [
        replace(area, geometry=shapely.transform(area.geometry, lambda ends: ends + 1.0))
        for area in sample_areas()
    ]
    with pytest.raises(InvalidInput, match="lies outside of the district") as caught:
        read(net_file(tmp_path, far), ground())
    assert caught.value.reason == "elsewhere"


def test_kinds_the_file_leaves_out_stay_as_they_are(tmp_path: Path) -> None:
    active = sample_areas()
    grids = [area for area in active if area.kind is AreaKind.GRID]
    file = net_file(tmp_path, grids)
    net = read(file, ground(active))
    assert [area.code for area in net.areas] == sorted(area.code for area in active)
    assert net.from_file == len(grids)
    counts = {
        kind: sum(area.kind is kind for area in active)
        for kind in AreaKind
        if kind is not AreaKind.GRID
    }
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    assert f"not in the file, kept from the active version: {said}" in net.remarks


def test_an_area_that_stays_may_not_lose_the_one_above_it(tmp_path: Path) -> None:
    active = list(small_net().values())
    villages = [area for area in active if area.kind is AreaKind.VILLAGE]
    file = net_file(tmp_path, [replace(villages[0], code="440608004009"), villages[1]])
    whole = active[0].geometry
    with pytest.raises(InvalidInput, match="9 such areas") as caught:
        read(file, ground(active, whole))
    assert (caught.value.reason, caught.value.values["code"]) == ("no_parent", "440608004001001")


def test_the_district_of_a_new_net_is_all_its_parts(tmp_path: Path) -> None:
    net = small_net()
    grids = [replace(a, parent_code=DISTRICT) for a in net.values() if a.kind is AreaKind.GRID]
    found = read(net_file(tmp_path, grids), ground(outline=None), Datum.WGS84)
    district = next(area for area in found.areas if area.kind is AreaKind.DISTRICT)
    assert (district.code, district.parent_code, district.name) == (DISTRICT, None, "高明区")
    assert district.geometry.symmetric_difference(net[DISTRICT].geometry).area < 1e-15


def test_landmarks_go_to_the_area_they_stand_in(tmp_path: Path) -> None:
    net = small_net()
    west, east = "440608004001001", "440608004001002"

    def mark(name: str, column: float) -> dict[str, Any]:
        point = square(column, 0.2, 0.1, 0.1).centroid
        return {"name": name, "name_en": name, "lon": point.x, "lat": point.y}

    stays, moves = mark("市场", 0.2), mark("桥", 0.8)
    unplaced = {"name": "老榕树", "name_en": "Old banyan"}
    lost = {**mark("外面", 0.0), "lon": 113.5}
    # The border between the two goes west by half a cell: the bridge is the neighbour's now.
    areas = with_geometry(
        net, **{f"g{west}": square(0, 0, 0.5, 1), f"g{east}": square(0.5, 0, 1.5, 1)}
    )
    given = ground(
        list(net.values()), net[DISTRICT].geometry, {west: (stays, moves, unplaced, lost)}
    )
    found = read(net_file(tmp_path, areas), given)
    assert found.landmarks == {west: [stays, unplaced], east: [moves]}
    assert "1 landmarks stand in no area any more and were left out" in found.remarks


def test_professional_grids_alone_are_compared_with_those_that_were_there(tmp_path: Path) -> None:
    """They lie scattered inside the district, where the outline tells nothing."""
    active = sample_areas()
    overlay = [area for area in active if area.kind is AreaKind.PROFESSIONAL]
    assert overlay
    file = tmp_path / "overlay.kml"
    write_areas(file, overlay, target_frame(Datum.GCJ02, None))
    with pytest.raises(InvalidInput, match="better as GCJ-02"):
        read(file, ground(active), Datum.WGS84)
    net = read(file, ground(active), Datum.GCJ02)
    assert len(net.areas) == len(active)
    assert net.fits[0].overlap > 0.999


def test_the_ground_of_areas_that_overlap_is_still_their_union() -> None:
    net = small_net()
    faulty = with_geometry(net, g440608004001001=square(-0.5, -0.5, 2, 2))
    grids = [area for area in faulty if area.kind is AreaKind.GRID]
    expected = shapely.union_all([area.geometry for area in grids])
    assert ground_of(grids).symmetric_difference(expected).area < 1e-15
    assert ground_of([]).is_empty


def test_an_outline_is_a_file_of_polygons(tmp_path: Path) -> None:
    assert OUTLINE.area == pytest.approx(0.0823, abs=0.001)
    path = tmp_path / "line.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1},'
        '"geometry": {"type": "LineString", "coordinates": [[112, 22], [113, 22]]}}]}'
    )
    with pytest.raises(InvalidInput) as caught:
        read_outline(path)
    assert caught.value.field == "outline"
