"""`gridgov import areas`: a district's net from a file of its areas.

A district that is not there yet is made, with the file as its first net, where a mapping
says what it is. For one that is there the file becomes a draft: looked at, rehearsed and
activated by people, never live at once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.area_imports import Told
from gridgov.domain.areas import AreaShape
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.roles import Actor
from gridgov.importers.area_fields import fields_of, overridden
from gridgov.importers.area_mapping import AreasMapping
from gridgov.importers.area_read import Ground, ReadNet, read_net, read_outline
from gridgov.importers.areas_file import mapping_for
from gridgov.importers.calendar import read_calendar
from gridgov.importers.catalogue import read_catalogue, read_units
from gridgov.importers.mapping import DistrictMapping, FileMapping, read_mapping
from gridgov.services import districts, grids, nets
from gridgov.services.districts import NewDistrict, NewUnit
from gridgov.storage import areas as area_rows
from gridgov.storage import catalogue
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.districts import District
from gridgov.storage.session import read_only, unit_of_work

_SHIPPED_READ = (".geojson", ".json", ".gz")  # what shipped mappings are recognised in


@dataclass(frozen=True, slots=True)
class LoadedAreas:
    """What an import of areas did.

    `made`: a new district; `draft`: the number of the draft for one that was there; with
    neither, the net was the same already. `areas` counts those of the file.
    """

    district_code: str
    areas: int
    made: bool
    draft: int | None
    net: ReadNet


def load(
    file: Path,
    mapping_file: Path | None,
    *,
    now: datetime,
    told: Told | None = None,
    by: Actor | None = None,
    columns: AreasMapping | None = None,
    read: Callable[..., ReadNet] | None = None,
) -> LoadedAreas:
    """Make a district of a file of areas, or a draft of the one that is there.

    `columns` stand for those of a mapping file where that was read already; `read` stands
    for `read_net`, with its arguments. The same net again changes nothing. Raises:
    InvalidInput, for the file or the mapping (see area_read); UnusableFeatures; NotFound;
    Conflict where the active net changed meanwhile.
    """
    told = told or Told()
    mapping = _mapping(file, mapping_file, told)
    named = mapping.district if mapping is not None else None
    code = told.district_code or (named.code if named is not None else "")
    if mapping is not None:
        columns = mapping.areas
    fields = _fields(columns, told)
    base, ground = _ground(code, named, told)
    net = (read or read_net)(
        file,
        fields,
        ground,
        trust_datum=told.trust_datum,
        words=told.words,
        most_bytes=told.most_bytes,
    )
    if base is None:
        assert named is not None  # _ground refuses a district nobody describes
        with unit_of_work() as session:
            make(session, named, net.areas, now)
        return LoadedAreas(code, net.from_file, True, None, net)
    if _same(net.areas, ground.areas):
        return LoadedAreas(code, net.from_file, False, None, net)
    number = _draft(code, base, net, told.note, by or Actor.system(code), now)
    return LoadedAreas(code, net.from_file, False, number, net)


def _mapping(file: Path, mapping_file: Path | None, told: Told) -> FileMapping | None:
    if mapping_file is not None:
        return read_mapping(mapping_file)
    if told.district_code is not None:
        return None
    if file.suffix.casefold() in _SHIPPED_READ:
        return mapping_for(file)
    sentence = "say which district the areas belong to: --district CODE, or --mapping FILE"
    raise InvalidInput("district", "missing", sentence)


def _fields(fields: AreasMapping | None, told: Told) -> AreasMapping:
    if fields is None:
        fields = fields_of(told.columns, told.kind)
    else:
        fields = overridden(fields, told.columns, told.kind)
    return replace(
        fields,
        datum=told.datum or fields.datum,
        # A datum that is told is not to be crossed by a projection of the mapping.
        crs=told.crs or (None if told.datum is not None else fields.crs),
        layer=told.layer or fields.layer,
        encoding=told.encoding or fields.encoding,
    )


def _ground(code: str, named: DistrictMapping | None, told: Told) -> tuple[int | None, Ground]:
    """Return the number of the active version (None: no district yet) and what is known."""
    outline = read_outline(told.outline) if told.outline is not None else None
    with read_only() as session:
        district = session.get(District, code)
        version = None if district is None else area_rows.active_version(session, code)
        if district is None or version is None:
            if named is None or named.code != code:
                sentence = f"there is no district {code}; a --mapping with [district] makes one"
                raise InvalidInput("district", "unknown", sentence, code=code)
            return None, Ground(named.code, named.name, named.name_en, outline=outline)
        known = nets.of_version(session, version)
        shapes = {area.code: area for area in known.net.areas()}
        if outline is None:
            outline = shapes[code].geometry
        categories = catalogue.categories(session, code, district.catalogue_version)
        return version.number, Ground(
            code=code,
            name=district.name,
            name_en=district.name_en,
            areas=shapes,
            landmarks=known.landmarks,
            outline=outline,
            categories={category.code for category in categories},
        )


def _same(areas: Iterable[AreaShape], known: Mapping[str, AreaShape]) -> bool:
    areas = list(areas)
    return known.keys() == {area.code for area in areas} and all(
        _facts(area) == _facts(known[area.code])
        and _same_ground(area.geometry, known[area.code].geometry)
        for area in areas
    )


def _same_ground(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    """Tell whether two polygons are corner by corner the same, wherever their rings begin."""
    if one is None or other is None:
        return one is other
    return bool(one.normalize().equals_exact(other.normalize(), 1e-9))


def _facts(area: AreaShape) -> tuple[object, ...]:
    return area.kind, area.parent_code, area.name, area.name_en, area.categories


def _draft(code: str, base: int, net: ReadNet, note: str, by: Actor, now: datetime) -> int:
    said = f"{note}; {net.note}" if note else net.note
    with unit_of_work() as session:
        draft = grids.new_draft(session, code, net.areas, net.landmarks, by=by, now=now, note=said)
        if draft.base_number != base:
            # What the file leaves out was taken from a net that is no longer the active one.
            raise Conflict(f"version {draft.base_number} became active meanwhile; import again")
        return draft.number


def make(session: Session, told: DistrictMapping, areas: list[AreaShape], now: datetime) -> None:
    """Make the district of a mapping, with a first net that is live at once."""
    district = districts.create(session, _new(told), now=now)
    districts.activate_net(session, district, areas, {}, synthetic=False, now=now)
    if told.catalogue is not None:
        districts.add_catalogue(session, district, read_catalogue(told.catalogue))
    if told.units is not None:
        districts.add_units(session, district, _units(told.units))
    if told.calendar is not None:
        districts.add_calendar(session, district, _calendar(told.calendar, told.code))


def _new(told: DistrictMapping) -> NewDistrict:
    return NewDistrict(
        code=told.code,
        name=told.name,
        name_en=told.name_en,
        timezone=told.timezone,
        languages=told.languages,
        working_hours=told.working_hours,
        calendar_span=told.calendar_span,
    )


def _units(path: Path) -> list[NewUnit]:
    return [
        NewUnit(unit.code, unit.name, unit.name_en, unit.level, unit.area_code, unit.inbox)
        for unit in read_units(path)
    ]


def _calendar(path: Path, district_code: str) -> Iterable[CalendarDay]:
    return [CalendarDay.of(district_code, day) for day in read_calendar(path)]
