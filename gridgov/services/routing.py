"""Where a report belongs: by its position, by the area a person named, or by words."""

from dataclasses import dataclass

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import Datum, LonLat, PositionSource, to_wgs84
from gridgov.domain.errors import InvalidInput
from gridgov.domain.place_words import named_in
from gridgov.domain.routing import Placement, Rule
from gridgov.services.reference import Reference

TRAYS = {
    AreaKind.VILLAGE: Rule.VILLAGE_TRAY,
    AreaKind.TOWN: Rule.TOWN_TRAY,
    AreaKind.DISTRICT: Rule.DISTRICT_TRAY,
}


@dataclass(frozen=True, slots=True)
class Position:
    """A position as it was sent: a pair in a datum, with source and accuracy in metres."""

    lon: float
    lat: float
    datum: Datum
    source: PositionSource
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody says about the place of a report.

    `near_choice` answers the question at a border; `by_words` accepts a place that is
    known from `words` alone.
    """

    position: Position | None = None
    area_code: str = ""
    near_choice: str = ""
    words: str = ""
    by_words: bool = False


def place(reference: Reference, told: Place, category_code: str) -> tuple[Placement, LonLat | None]:
    """Return where a report belongs and its WGS-84 position (None when only named).

    Raises: InvalidInput (position, near_choice, area_code), OutsideJurisdiction.
    """
    if told.position is not None:
        sent = told.position
        position = to_wgs84(lon=sent.lon, lat=sent.lat, datum=sent.datum)
        placement = locate(reference, position, category_code, sent.accuracy_m)
        return _chosen(placement, told, reference), position
    if told.area_code:
        return _named(told, reference), None
    if told.by_words:
        return by_words(reference, told.words), None
    raise InvalidInput("position", "missing")


def locate(
    reference: Reference, position: LonLat, category: str | None, accuracy_m: float | None
) -> Placement:
    """Place a position in the net with the district's settings. Raises: OutsideJurisdiction."""
    return reference.net.locate(
        position, category=category or None, accuracy_m=accuracy_m, settings=reference.routing
    )


def _chosen(placement: Placement, told: Place, reference: Reference) -> Placement:
    """Let the resident's answer decide between neighbours, and refuse a guess.

    A position too vague for one grid needs an answer: a grid by name or a pin. A report
    that came by words needs none: somebody will ring back.
    """
    choice = told.near_choice or told.area_code
    candidates = {candidate.code for candidate in placement.candidates}
    if choice and choice != placement.area_code:
        if choice not in candidates and not placement.too_vague:
            raise InvalidInput("near_choice", "not_a_candidate")
        return chosen_by_name(reference, choice, placement)
    if placement.too_vague and not choice and not told.by_words:
        raise InvalidInput("position", "too_vague", accuracy_m=placement.accuracy_m)
    return placement


def _named(told: Place, reference: Reference) -> Placement:
    area = reference.net.find(told.area_code)
    if area is None or area.kind is AreaKind.DISTRICT or area.geometry is None:
        raise InvalidInput("area_code", "unknown")
    return chosen_by_name(reference, area.code, None)


def chosen_by_name(reference: Reference, code: str, placed: Placement | None) -> Placement:
    """Return the placement for an area a person named: it overrides the position."""
    area = reference.net.find(code)
    if area is None or area.kind is AreaKind.DISTRICT:
        raise InvalidInput("near_choice", "unknown")
    return _in_area(reference, area, placed)


def by_words(reference: Reference, words: str) -> Placement:
    """Return the tray of the village the words name, else of the town, else of the district.

    A grid is never guessed from words: a dispatcher asks where it is.
    """
    named = named_in(reference.net, words, limit=len(reference.net))
    found = next((area for area in named if area.kind in TRAYS), None)
    return _in_area(reference, found or reference.net.area(reference.district_code), None)


def _in_area(reference: Reference, area: AreaShape, placed: Placement | None) -> Placement:
    return Placement(
        area_code=area.code,
        path=tuple(step.code for step in reference.net.path(area.code)),
        grid_code=area.code if area.kind is AreaKind.GRID else None,
        rule=TRAYS.get(area.kind, Rule.CHOSEN),
        version=reference.net.version,
        border_m=placed.border_m if placed is not None else 0.0,
        neighbour_code=placed.area_code if placed is not None else None,
        accuracy_m=placed.accuracy_m if placed is not None else None,
        near_boundary=placed.near_boundary if placed is not None else False,
        candidates=placed.candidates if placed is not None else (),
        too_vague=placed.too_vague if placed is not None else False,
    )
