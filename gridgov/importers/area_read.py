"""A whole net out of a file: read, brought to WGS-84, checked against the ground.

What the file leaves out (whole kinds of areas, columns, landmarks) stays as it is in the
active net. The datum guard stands here: see `domain/datum_guess.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain import datum_guess
from gridgov.domain.area_imports import ENGLISH, MOST_BYTES, NoteWords, Remark
from gridgov.domain.areas import AreaIndex, AreaKind, AreaShape
from gridgov.domain.datum import Datum, LonLat
from gridgov.domain.datum_guess import NAMES, Fit
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_features import areas_of, left_out
from gridgov.importers.area_fields import completed
from gridgov.importers.area_layers import read_layer
from gridgov.importers.area_mapping import AreasMapping
from gridgov.importers.area_projection import Frame, frame_of, to_wgs84

Marks = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of the district before: its active net, if it has one.

    `landmarks` are by code, each with name, name_en, lon, lat. `outline` (WGS-84) is
    what the import must fit. `categories` are the codes of the catalogue.
    """

    code: str
    name: str
    name_en: str
    areas: Mapping[str, AreaShape] = field(default_factory=dict)
    landmarks: Marks = field(default_factory=dict)
    outline: BaseGeometry | None = None
    categories: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class ReadNet:
    """A net as it was read: the areas of the whole tree, and what to tell about them.

    `fits` says how each reading of the coordinates lies on the outline, the declared
    one first; empty where nothing was there to compare with.
    """

    areas: list[AreaShape]
    landmarks: dict[str, list[dict[str, Any]]]
    from_file: int
    frame: Frame
    fits: list[Fit]
    remarks: list[Remark]
    note: str


def read_net(
    file: Path,
    fields: AreasMapping,
    ground: Ground,
    *,
    trust_datum: bool = False,
    words: NoteWords = ENGLISH,
    most_bytes: int = MOST_BYTES,
) -> ReadNet:
    """Return the net that a file makes of a district.

    `trust_datum` lets a declared datum stand against a better fit; the note says so.
    Raises: InvalidInput (fields as in area_layers, area_projection, area_features; field
    datum: looks_like, elsewhere), UnusableFeatures.
    """
    layer = read_layer(file, layer=fields.layer, encoding=fields.encoding, most_bytes=most_bytes)
    fields = completed(fields, layer)
    frame = frame_of(layer.crs, datum=fields.datum, crs=fields.crs, file=layer.file)
    drawn = areas_of(
        layer,
        to_wgs84(layer.geometries, frame),
        fields,
        district_code=ground.code,
        known=ground.areas,
        categories=ground.categories,
    )
    fits, doubt = _compared(drawn.areas, ground, frame, file.name, trust_datum)
    areas = drawn.areas + left_out(ground.areas.values(), drawn.areas)
    if all(area.kind is not AreaKind.DISTRICT for area in areas):
        areas.append(_district(ground, drawn.areas))
    _check_staying(areas, layer.file)
    landmarks, lost = _landmarks(areas, ground)
    remarks = drawn.remarks + _kept_words(ground, drawn.areas) + lost
    if not fits:
        sentence = "there was no outline to compare with: the datum was not checked"
        remarks.append(Remark("no_outline", sentence))
    return ReadNet(
        areas=sorted(areas, key=lambda area: area.code),
        landmarks=landmarks,
        from_file=len(drawn.areas),
        frame=frame,
        fits=fits,
        remarks=remarks,
        note=f"{file.name}; {frame.name}{_said(words, fits, doubt)}",
    )


def read_outline(file: Path, datum: Datum | None = None) -> BaseGeometry:
    """Return the ground of all polygons of a file; WGS-84 where nobody says otherwise.

    Raises: InvalidInput, as `read_net`; field outline, reason not_polygons.
    """
    layer = read_layer(file)
    said = layer.crs if datum is not None else layer.crs or "EPSG:4326"
    frame = frame_of(said, datum=datum, file=layer.file)
    outline = shapely.make_valid(shapely.union_all(to_wgs84(layer.geometries, frame)))
    if outline.area == 0.0:
        raise InvalidInput("outline", "not_polygons", f"{file.name} holds no polygon")
    return outline


def ground_of(areas: Iterable[AreaShape]) -> BaseGeometry:
    """Return the ground that areas cover together."""
    kinds: dict[AreaKind, list[BaseGeometry]] = {}
    for area in areas:
        if area.geometry is not None:
            kinds.setdefault(area.kind, []).append(area.geometry)
    return shapely.union_all([_union(of_kind) for of_kind in kinds.values()])


def _union(polygons: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return the union; a net without faults takes a twentieth of the time of any polygons."""
    try:
        union = shapely.coverage_union_all(polygons)
    except shapely.errors.GEOSException:
        return shapely.union_all(polygons)
    return union if union.is_valid else shapely.union_all(polygons)


def _compared(
    areas: Sequence[AreaShape], ground: Ground, frame: Frame, file: str, trust: bool
) -> tuple[list[Fit], InvalidInput | None]:
    """Return the fits, and what was not believed. Raises: InvalidInput (field datum)."""
    whole = [area for area in areas if area.kind is not AreaKind.PROFESSIONAL]
    drawn, outline = ground_of(whole or areas), ground.outline
    if not whole:
        # Professional grids cover no district; those that were there before should match.
        before = [ground.areas[area.code] for area in areas if area.code in ground.areas]
        if before:
            outline = ground_of(before)
            drawn = ground_of([area for area in areas if area.code in ground.areas])
    if outline is None or outline.is_empty or drawn.is_empty:
        return [], None
    try:
        found = datum_guess.check(drawn, outline, frame.datum)
    except InvalidInput as error:
        if not trust:
            raise _advised(error, file) from error
        return datum_guess.fits(drawn, outline, frame.datum), error
    return found, None


def _said(words: NoteWords, fits: Sequence[Fit], doubt: InvalidInput | None) -> str:
    """Return what the note says of the fit."""
    if not fits:
        return ""
    pattern = words.fits if doubt is None else words.trusted
    return f"; {pattern.format(fit=f'{100.0 * fits[0].overlap:.1f} %', why=doubt)}"


def _advised(error: InvalidInput, file: str) -> InvalidInput:
    """Return the refusal with what can be done about it."""
    advice = "is the datum, the projection or the district another?"
    if error.reason == "looks_like":
        other = Datum(error.values["looks_like"])
        advice = f"import it with --datum {other} if it is {NAMES[other]}"
    sentence = f"{file}: {error}; {advice} (--trust-datum takes it as declared)"
    return InvalidInput(error.field, error.reason, sentence, file=file, **error.values)


def _district(ground: Ground, drawn: Sequence[AreaShape]) -> AreaShape:
    """Return the district of a net that has none yet: all its parts."""
    whole = ground_of(area for area in drawn if area.kind is not AreaKind.PROFESSIONAL)
    return AreaShape(ground.code, None, AreaKind.DISTRICT, ground.name, ground.name_en, whole)


def _check_staying(areas: Sequence[AreaShape], file: str) -> None:
    """Refuse to leave an area that stays without the one above it."""
    codes = {area.code for area in areas}
    orphans = [area for area in areas if area.parent_code and area.parent_code not in codes]
    if orphans:
        first = orphans[0]
        sentence = (
            f"{file} has no {first.parent_code}, to which {first.code} of the active net "
            f"belongs ({len(orphans)} such areas); import those areas as well"
        )
        values = {"code": first.code, "parent": first.parent_code, "count": len(orphans)}
        raise InvalidInput("areas", "no_parent", sentence, file=file, **values)


def _kept_words(ground: Ground, drawn: Sequence[AreaShape]) -> list[Remark]:
    """Remark on the kinds of areas that stay because the file holds none."""
    counts: dict[AreaKind, int] = {}
    for area in left_out(ground.areas.values(), drawn):
        counts[area.kind] = counts.get(area.kind, 0) + 1
    if not counts:
        return []
    said = ", ".join(f"{counts[kind]} {kind}" for kind in AreaKind if kind in counts)
    sentence = f"not in the file, kept from the active version: {said}"
    return [Remark("kept", sentence, counts=counts)]


def _landmarks(
    areas: Sequence[AreaShape], ground: Ground
) -> tuple[dict[str, list[dict[str, Any]]], list[Remark]]:
    """Give each landmark of the active net to the area it stands in now; remark on lost ones."""
    if not ground.landmarks:
        return {}, []
    index = AreaIndex(0, ground.code, areas)
    found: dict[str, list[dict[str, Any]]] = {}
    lost = 0
    for code, marks in ground.landmarks.items():
        for mark in marks:
            owner = _owner(index, code, ground.areas[code].kind, mark)
            if owner is None:
                lost += 1
            else:
                found.setdefault(owner, []).append(dict(mark))
    sentence = f"{lost} landmarks stand in no area any more and were left out"
    return found, [Remark("landmarks", sentence, count=lost)] * bool(lost)


def _owner(index: AreaIndex, code: str, kind: AreaKind, mark: Mapping[str, Any]) -> str | None:
    """Return whose a landmark is: its area's, if that still holds it, else whoever does."""
    same = index.find(code)
    if mark.get("lon") is None or mark.get("lat") is None:
        return None if same is None else code
    owners = index.covering(LonLat(lon=mark["lon"], lat=mark["lat"]), kind)
    return code if code in owners else next(iter(owners), None)
