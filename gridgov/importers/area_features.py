"""From the features of a layer to areas: codes, names, kinds and polygons, or what is wrong.

Everything that is wrong is collected, each with the number of its feature and its code,
and one thing wrong refuses the whole: a net with a missing cell is a hole nobody sees.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.area_imports import SHOWN, Problem, Remark, UnusableFeatures
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.geometry import area_m2
from gridgov.importers.area_layers import ROUNDED, Layer
from gridgov.importers.area_mapping import AreasMapping
from gridgov.importers.mapping_table import plain
from gridgov.importers.tables import POLYGONS

_RANK = {kind: rank for rank, kind in enumerate(AreaKind)}
_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The areas of a layer, and remarks on what was mended on the way."""

    areas: list[AreaShape]
    remarks: list[Remark]


@dataclass(frozen=True, slots=True)
class _Row:
    """One feature's attributes."""

    number: int
    code: str
    name: str
    name_en: str
    kind: AreaKind | None
    parent: str
    categories: frozenset[str]


def areas_of(
    layer: Layer,
    geometries: NDArray[Any],
    fields: AreasMapping,
    *,
    district_code: str,
    known: Mapping[str, AreaShape],
    categories: Collection[str] | None = None,
) -> Drawn:
    """Return the areas of a layer whose geometries are in WGS-84 by now.

    `known` are the areas of the active net, by code: what the file has no column for is
    taken from there, and a feature may belong to one of a kind that the file leaves out.
    `categories` are those the catalogue knows (None: not asked). Raises: InvalidInput
    (field code, name ...: missing_column), UnusableFeatures.
    """
    problems: list[Problem] = []
    rows = _rows(layer, fields, problems)
    _check_rows(rows, district_code, categories, problems)
    remarks: list[Remark] = []
    grounds = _polygons(layer, geometries, rows, problems, remarks)
    first, whole = _joined(rows, grounds, fields.join_parts, problems)
    shapes = [
        _shape(row, ground, fields, district_code, known)
        for row, ground in zip(first, whole, strict=True)
        if row.code and row.kind is not None
    ]
    staying = left_out(known.values(), shapes)
    _check_tree(shapes, first, staying, district_code, problems)
    if problems:
        raise UnusableFeatures(layer.file, problems)
    remarks += _cut_names(layer, fields)
    return Drawn(shapes, remarks)


def left_out(known: Iterable[AreaShape], shapes: Iterable[AreaShape]) -> list[AreaShape]:
    """Return the areas of the active net whose kind a file leaves out: they stay."""
    drawn = {shape.kind for shape in shapes}
    return [area for area in known if area.kind not in drawn]


def _rows(layer: Layer, fields: AreasMapping, problems: list[Problem]) -> list[_Row]:
    nothing = [""] * len(layer)

    def column(wanted: str | None, option: str) -> list[str]:
        return nothing if wanted is None else layer.texts(layer.named(wanted, option))

    codes = column(fields.code, "code")
    kinds = column(fields.kind_property, "kind")
    lists = (
        [frozenset[str]()] * len(layer)
        if fields.categories is None
        else layer.lists(layer.named(fields.categories, "categories"))
    )
    names, names_en = column(fields.name, "name"), column(fields.name_en, "name_en")
    parents = column(fields.parent, "parent")
    rows: list[_Row] = []
    for place, code in enumerate(codes):
        number = place + 1
        kind: AreaKind | None = fields.kind
        if fields.kind_property is not None:
            kind = fields.kinds.get(plain(kinds[place]))
            if kind is None:
                sentence = f"nothing says what kind {kinds[place]!r} is"
                values = {"word": kinds[place]}
                problems.append(Problem(number, code, "unknown_kind", sentence, values))
        name = (fields.names and fields.names.get(plain(code))) or names[place]
        rows.append(_Row(number, code, name, names_en[place], kind, parents[place], lists[place]))
    return rows


def _check_rows(
    rows: Iterable[_Row],
    district_code: str,
    categories: Collection[str] | None,
    problems: list[Problem],
) -> None:
    """Note features without a code, with the wrong one, or with classes nobody knows."""
    for row in rows:
        if not row.code:
            problems.append(Problem(row.number, "", "no_code", "has no code"))
        elif ROUNDED in (row.code, row.parent):
            sentence = "its code was kept as a number and has lost digits; keep codes as text"
            problems.append(Problem(row.number, "", "rounded_code", sentence))
        elif (row.kind is AreaKind.DISTRICT) != (row.code == district_code):
            sentence = f"the district, and nothing else, has the code {district_code}"
            values = {"district": district_code}
            problems.append(Problem(row.number, row.code, "district_code", sentence, values))
        unknown = () if categories is None else sorted(row.categories.difference(categories))
        if unknown:
            sentence = f"the catalogue has no category {', '.join(unknown)}"
            what = {"categories": unknown}
            problems.append(Problem(row.number, row.code, "unknown_category", sentence, what))


def _polygons(
    layer: Layer,
    geometries: NDArray[Any],
    rows: Sequence[_Row],
    problems: list[Problem],
    remarks: list[Remark],
) -> NDArray[Any]:
    """Return one valid polygon or multipolygon per feature, None where there is none."""
    grounds = geometries.copy()
    mended: list[str] = []
    odd = ~np.isin(shapely.get_type_id(grounds), _POLYGONAL) | shapely.is_empty(grounds)
    odd |= ~_on_earth(grounds)
    sound = shapely.is_valid(grounds)
    for place in np.flatnonzero(odd | ~sound).tolist():
        row, ground = rows[place], grounds[place]
        found, reason, sentence = _usable(ground, place in layer.unreadable)
        grounds[place] = found
        if found is None:
            problems.append(Problem(row.number, row.code, reason, sentence, _type(ground)))
        elif not sound[place]:
            mended.append(f"{row.number} ({row.code}{_change(ground, found)})")
    if mended:
        said = ", ".join(mended[:SHOWN]) + (" ..." if len(mended) > SHOWN else "")
        sentence = f"{len(mended)} polygons crossed themselves and were mended: {said}"
        remarks.append(Remark("mended", sentence, count=len(mended), said=said))
    single = shapely.get_num_geometries(grounds) == 1
    grounds[single] = shapely.get_geometry(grounds[single], 0)
    return grounds


def _on_earth(grounds: NDArray[Any]) -> NDArray[np.bool_]:
    boxes = shapely.bounds(grounds)
    with np.errstate(invalid="ignore"):  # an empty geometry has no box
        return (np.abs(boxes) <= np.array([180.0, 90.0, 180.0, 90.0])).all(axis=1)


def _usable(ground: BaseGeometry | None, unreadable: bool) -> tuple[BaseGeometry | None, str, str]:
    """Return the polygon a geometry is or can be mended to; or None, a reason and a sentence."""
    if unreadable:
        return None, "unreadable", "its geometry cannot be read"
    if ground is None or ground.is_empty:
        return None, "empty", "has no polygon"
    if ground.geom_type == "GeometryCollection" and all(
        part.geom_type in POLYGONS for part in ground.geoms
    ):
        ground = shapely.union_all(ground.geoms)
    if ground.geom_type not in POLYGONS:
        return None, "not_polygon", f"is a {ground.geom_type}; an area is a polygon"
    if not _on_earth(np.array([ground], dtype=object))[0]:
        return None, "not_a_place", "has a corner that is no place on the earth"
    if not ground.is_valid:
        ground = shapely.make_valid(ground, method="structure", keep_collapsed=False)
    if ground.is_empty:
        return None, "empty", "its polygon has no area"
    return ground, "", ""


def _type(ground: BaseGeometry | None) -> dict[str, str]:
    return {} if ground is None else {"type": ground.geom_type}


def _change(before: BaseGeometry, after: BaseGeometry) -> str:
    """Say by how much mending changed an area, where that is more than a square metre."""
    change = area_m2(after) - abs(area_m2(before))
    return f", {change:+.0f} m²" if abs(change) >= 1.0 else ""


def _joined(
    rows: Sequence[_Row], grounds: NDArray[Any], join_parts: bool, problems: list[Problem]
) -> tuple[list[_Row], list[BaseGeometry | None]]:
    """Return each code once: parts joined where the mapping says so, else a problem."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        # Without a code each stands alone: its problem is noted already.
        places.setdefault(row.code or f"\0{place}", []).append(place)
    found: list[BaseGeometry | None] = []
    for all_of_it in places.values():
        first, *more = all_of_it
        if more and join_parts:
            found.append(shapely.union_all(grounds[all_of_it]))
            continue
        found.append(grounds[first])
        for place in more:
            sentence = f"feature {rows[first].number} has the same code"
            row, values = rows[place], {"other": rows[first].number}
            problems.append(Problem(row.number, row.code, "duplicate_code", sentence, values))
    return [rows[all_of_it[0]] for all_of_it in places.values()], found


def _shape(
    row: _Row,
    ground: BaseGeometry | None,
    fields: AreasMapping,
    district_code: str,
    net: Mapping[str, AreaShape],
) -> AreaShape:
    assert row.kind is not None
    known = net.get(row.code)
    parent: str | None = row.parent or district_code
    if fields.parent is None and known is not None:
        parent = known.parent_code
    name = row.name or row.code
    shape = AreaShape(
        code=row.code,
        parent_code=None if row.kind is AreaKind.DISTRICT else parent,
        kind=row.kind,
        name=name,
        name_en=row.name_en or name,
        geometry=ground,
        categories=row.categories,
    )
    if known is None:
        return shape
    if fields.name is None and plain(row.code) not in fields.names:
        shape = replace(shape, name=known.name)
    if fields.name_en is None:
        shape = replace(shape, name_en=known.name_en)
    if fields.categories is None:
        shape = replace(shape, categories=known.categories)
    return shape


def _check_tree(
    shapes: Sequence[AreaShape],
    rows: Sequence[_Row],
    staying: Sequence[AreaShape],
    district_code: str,
    problems: list[Problem],
) -> None:
    """Note a parent nobody knows, one below its child, and a code that stays elsewhere."""
    numbers = {row.code: row.number for row in rows}
    stay = {area.code: area.kind for area in staying}
    for shape in shapes:
        if shape.code in stay:
            sentence = f"is a {stay[shape.code]} of the active net, not a {shape.kind}"
            values: dict[str, Any] = {"known": stay[shape.code], "kind": shape.kind}
            problems.append(
                Problem(numbers[shape.code], shape.code, "other_kind", sentence, values)
            )
    # A district that is only being made stands above all of them as well.
    kinds = {shape.code: shape.kind for shape in shapes} | stay
    kinds[district_code] = AreaKind.DISTRICT
    for shape in shapes:
        if shape.parent_code is None:
            continue
        above = kinds.get(shape.parent_code)
        if above is None:
            sentence = f"belongs to {shape.parent_code}, which is neither here nor in the net"
            values = {"parent": shape.parent_code}
            problems.append(Problem(numbers[shape.code], shape.code, "no_parent", sentence, values))
        elif _RANK[above] >= _RANK[shape.kind]:
            sentence = f"a {shape.kind} cannot belong to {shape.parent_code}, a {above}"
            values = {"kind": shape.kind, "parent": shape.parent_code, "above": above}
            problems.append(
                Problem(numbers[shape.code], shape.code, "parent_kind", sentence, values)
            )


def _cut_names(layer: Layer, fields: AreasMapping) -> list[Remark]:
    """Remark on names whose last sign did not fit into their column."""
    wanted = [plain(name) for name in (fields.name, fields.name_en) if name is not None]
    return [
        Remark(
            "cut",
            f"{len(places)} texts of {column} are cut off in the file, such as that of "
            f"feature {places[0] + 1}",
            count=len(places),
            column=column,
            feature=places[0] + 1,
        )
        for column, places in layer.cut.items()
        if plain(column) in wanted
    ]
