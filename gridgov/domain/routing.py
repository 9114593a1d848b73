"""Where does a position belong? One grid, with the reason written down.

Order of the rules (architecture.md, section 5): a professional grid that takes
the category, the unit grid that covers the position (smallest code on a shared
border), the nearest unit grid within a tolerance (positions in a gap), the tray
of the village, town or district that covers it, or refusal. Every answer is
deterministic on edges, on vertices and in gaps, and says how far the border is,
who lies behind it and who else the circle of accuracy touches.

The words of the reason are made by the web floor from `reason_parts`.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaIndex, AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.geometry import (
    BorderPoint,
    circle,
    degrees_reaching,
    nearest_border,
    shares,
)
from gridgov.domain.placing import Places, place_all

__all__ = [
    "AreaKind",
    "AreaShape",
    "Candidate",
    "Net",
    "Outside",
    "Placement",
    "RoutingSettings",
    "Rule",
    "reason_parts",
]

# Two grids meet where their polygons come this close: wide enough for the rounding
# of a foot point and for slivers, too narrow to jump over a grid.
_TOUCH_M = 0.5

# No receiver is better than this, and a circle of nothing has no area to share out.
_LEAST_CIRCLE_M = 0.1


class Rule(StrEnum):
    """Which rule gave the area."""

    PROFESSIONAL = "professional"
    COVERS = "covers"
    NEAREST = "nearest"
    VILLAGE_TRAY = "village_tray"
    TOWN_TRAY = "town_tray"
    DISTRICT_TRAY = "district_tray"
    OUTSIDE = "outside"  # beyond the district, whose tray takes it to hand it over
    CHOSEN = "chosen"  # a person named the area, whatever the position says
    LABEL = "label"  # the file it was imported from named the area


_TRAYS: tuple[tuple[AreaKind, Rule], ...] = (
    (AreaKind.VILLAGE, Rule.VILLAGE_TRAY),
    (AreaKind.TOWN, Rule.TOWN_TRAY),
    (AreaKind.DISTRICT, Rule.DISTRICT_TRAY),
)


class Outside(StrEnum):
    """What a district does with a position outside of it."""

    REFUSE = "refuse"
    TRAY = "tray"  # a dispatcher hands it over to whose it is


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """What a district may tune. Lengths in metres."""

    nearest_tolerance_m: float = 50.0  # how far from a grid a position may lie and still be its
    accuracy_limit_m: float = 500.0  # worse than this, a person places the pin by hand
    edge_note_m: float = 1.0  # nearer than this is on the border, whatever the accuracy
    candidate_radius_limit_m: float = 5_000.0  # a wider circle tells nothing and costs much
    candidate_limit: int = 10  # how many candidates are kept
    outside: Outside = Outside.REFUSE


DEFAULT_SETTINGS = RoutingSettings()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A grid that the circle of accuracy touches and its share of the circle's area."""

    code: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a position belongs in one version of the net, and why.

    `path` runs from the district to `area_code`. `grid_code` is the unit grid on
    whose ground the position lies, also where a professional grid takes it, and
    None in a tray. `border_m` is the distance to the border of `area_code`, and
    `neighbour_code` the grid on the other side of it. `candidates` are sorted by
    share (sum at most 1) and empty where the accuracy is unknown, zero or
    hopeless; ground outside every grid has no owner and no share. `near_boundary`
    says that the position lies on the border or its circle touches another grid.
    """

    area_code: str
    path: tuple[str, ...]
    grid_code: str | None
    rule: Rule
    version: int
    border_m: float
    neighbour_code: str | None
    accuracy_m: float | None
    near_boundary: bool
    candidates: tuple[Candidate, ...]
    too_vague: bool

    def as_record(self) -> dict[str, Any]:
        """Return the written reason, ready for JSON (metres to 0.1, shares to 0.0001)."""
        return {
            "area": self.area_code,
            "path": list(self.path),
            "grid": self.grid_code,
            "rule": self.rule.value,
            "version": self.version,
            "border_m": round(self.border_m, 1),
            "neighbour": self.neighbour_code,
            "accuracy_m": None if self.accuracy_m is None else round(self.accuracy_m, 1),
            "near_boundary": self.near_boundary,
            "candidates": [{"code": c.code, "share": round(c.share, 4)} for c in self.candidates],
            "too_vague": self.too_vague,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Placement":
        """Read a written reason back, as `as_record` wrote it."""
        return cls(
            area_code=record["area"],
            path=tuple(record["path"]),
            grid_code=record["grid"],
            rule=Rule(record["rule"]),
            version=record["version"],
            border_m=record["border_m"],
            neighbour_code=record["neighbour"],
            accuracy_m=record["accuracy_m"],
            near_boundary=record["near_boundary"],
            candidates=tuple(Candidate(c["code"], c["share"]) for c in record["candidates"]),
            too_vague=record["too_vague"],
        )


@dataclass(frozen=True, slots=True)
class _Choice:
    """The area a rule gave, before the reason is worked out."""

    area: AreaShape
    polygon: BaseGeometry
    rule: Rule
    grid_code: str | None
    border: BorderPoint | None = None
    second: str | None = None  # for `nearest`: the next best within the tolerance


class Net(AreaIndex):
    """The net of one version of a district: everything an `AreaIndex` knows, and routing."""

    def locate(
        self,
        position: LonLat,
        *,
        category: str | None = None,
        accuracy_m: float | None = None,
        settings: RoutingSettings = DEFAULT_SETTINGS,
    ) -> Placement:
        """Place a position in the one area that owns it, with the reason.

        `accuracy_m` is the radius in metres the position is good to, None where
        nobody said. The chosen area is the one at the position itself; the other
        grids the circle touches are recorded as candidates.

        Raises:
            InvalidInput: field `accuracy`, reason `out_of_range` (negative, not finite).
            OutsideJurisdiction: nothing of this net is there, and no tray is set for that.

        """
        if accuracy_m is not None and not (0.0 <= accuracy_m < math.inf):
            raise InvalidInput("accuracy", "out_of_range", given=accuracy_m)
        point = shapely.Point(position.lon, position.lat)
        choice = self._choose(position, point, category, settings)
        border = choice.border or nearest_border(choice.polygon, position)
        candidates = self._candidates(position, choice, border, category, accuracy_m, settings)
        return Placement(
            area_code=choice.area.code,
            path=self.path_of(
                choice.area.code, choice.grid_code if choice.rule is Rule.PROFESSIONAL else None
            ),
            grid_code=choice.grid_code,
            rule=choice.rule,
            version=self.version,
            border_m=border.distance_m,
            neighbour_code=self._neighbour(choice, border),
            accuracy_m=accuracy_m,
            near_boundary=border.distance_m <= settings.edge_note_m
            or _hopeless(accuracy_m, settings)
            or any(c.code != choice.area.code for c in candidates),
            candidates=candidates[: settings.candidate_limit],
            too_vague=accuracy_m is not None and accuracy_m > settings.accuracy_limit_m,
        )

    def place_many(
        self,
        lons: ArrayLike,
        lats: ArrayLike,
        *,
        categories: ArrayLike | None = None,
        settings: RoutingSettings = DEFAULT_SETTINGS,
    ) -> Places:
        """Return which area takes each of many WGS-84 positions: `locate`, without the reason.

        `categories` are as many as the positions; without them only unit grids and
        trays are asked.
        """
        reach_m = settings.nearest_tolerance_m

        def nearest(position: LonLat, point: BaseGeometry) -> str | None:
            found = self._nearest(position, point, reach_m)
            return None if found is None else found.area.code

        tray = self.district_code if settings.outside == Outside.TRAY else None
        return place_all(self, lons, lats, categories, reach_m, nearest, tray)

    def _choose(
        self,
        position: LonLat,
        point: BaseGeometry,
        category: str | None,
        settings: RoutingSettings,
    ) -> _Choice:
        """Ask the rules in their order."""
        units = self.layer(AreaKind.GRID).touching(point)
        unit = units[0] if units else None
        if category is not None:
            for code in self.layer(AreaKind.PROFESSIONAL).touching(point):
                if category in self.area(code).categories:
                    return self._choice(code, Rule.PROFESSIONAL, unit)
        if unit is not None:
            return self._choice(unit, Rule.COVERS, unit)
        nearest = self._nearest(position, point, settings.nearest_tolerance_m)
        if nearest is not None:
            return nearest
        return self._tray(point, settings)

    def _tray(self, point: BaseGeometry, settings: RoutingSettings) -> _Choice:
        """Ask the trays for a position that no grid takes. Raises: OutsideJurisdiction."""
        for kind, rule in _TRAYS:
            trays = self.layer(kind).touching(point)
            if trays:
                return self._choice(trays[0], rule, None)
        district = self.find(self.district_code)
        if settings.outside == Outside.TRAY and district is not None and district.geometry:
            return self._choice(district.code, Rule.OUTSIDE, None)
        raise OutsideJurisdiction(district=self.district_code, version=self.version)

    def _choice(self, code: str, rule: Rule, grid_code: str | None) -> _Choice:
        """Note what a rule gave."""
        return _Choice(self.area(code), self._polygon(code), rule, grid_code)

    def _polygon(self, code: str) -> BaseGeometry:
        """Return the polygon of an area that a layer found, so that it has one."""
        polygon = self.area(code).geometry
        assert polygon is not None
        return polygon

    def _nearest(self, position: LonLat, point: BaseGeometry, reach_m: float) -> _Choice | None:
        """Find the unit grid nearest in metres to a position that none covers."""
        if reach_m <= 0.0:
            return None
        around = self.layer(AreaKind.GRID).within(point, degrees_reaching(position.lat, reach_m))
        borders = [(nearest_border(self._polygon(code), position), code) for code in around]
        # Millimetres: the shared vertex of two grids is equally far from both, give or
        # take a rounding error, and the smaller code must win.
        ranked = sorted(
            (round(border.distance_m, 3), code, border)
            for border, code in borders
            if border.distance_m <= reach_m
        )
        if not ranked:
            return None
        _, code, border = ranked[0]
        second = ranked[1][1] if len(ranked) > 1 else None
        return _Choice(self.area(code), self._polygon(code), Rule.NEAREST, code, border, second)

    def _neighbour(self, choice: _Choice, border: BorderPoint) -> str | None:
        """Return the unit grid on the other side of the nearest border, smallest code first."""
        if choice.rule is Rule.NEAREST:
            return choice.second
        if choice.rule not in (Rule.COVERS, Rule.PROFESSIONAL):
            return None
        foot = shapely.Point(border.lon, border.lat)
        meeting = self.layer(AreaKind.GRID).within(foot, degrees_reaching(border.lat, _TOUCH_M))
        return next((code for code in meeting if code != choice.area.code), None)

    def _candidates(
        self,
        position: LonLat,
        choice: _Choice,
        border: BorderPoint,
        category: str | None,
        accuracy_m: float | None,
        settings: RoutingSettings,
    ) -> tuple[Candidate, ...]:
        """Share the circle of accuracy out among the grids that own its ground."""
        if accuracy_m is None or accuracy_m < _LEAST_CIRCLE_M or _hopeless(accuracy_m, settings):
            return ()
        disc = circle(position, accuracy_m)
        owners = self._professional_owners(disc, category)
        clear = border.distance_m >= accuracy_m and choice.rule in (Rule.COVERS, Rule.PROFESSIONAL)
        if clear and all(code == choice.area.code for code in owners):
            return (Candidate(choice.area.code, 1.0),)
        owners += self.layer(AreaKind.GRID).touching(disc)
        parts = shares(disc, [self._polygon(code) for code in owners])
        found = [Candidate(c, share) for c, share in zip(owners, parts, strict=True) if share > 0.0]
        return tuple(sorted(found, key=lambda c: (-c.share, c.code)))

    def _professional_owners(self, disc: BaseGeometry, category: str | None) -> list[str]:
        """Return the professional grids a circle touches that take the category."""
        if category is None:
            return []
        touched = self.layer(AreaKind.PROFESSIONAL).touching(disc)
        return [code for code in touched if category in self.area(code).categories]

    def path_of(self, code: str, ground_code: str | None = None) -> tuple[str, ...]:
        """Return the codes from the district to an area, town and village where known.

        A professional grid may hang on the town or the district; the village is then
        taken from the unit grid on the ground, if that lies below the same parent.
        """
        own = tuple(area.code for area in self.path(code))
        if ground_code is None or self.area(code).kind is not AreaKind.PROFESSIONAL:
            return own
        ground = tuple(a.code for a in self.path(ground_code) if a.kind is not AreaKind.GRID)
        above = own[:-1]
        return (*ground, code) if above == ground[: len(above)] else own


def _hopeless(accuracy_m: float | None, settings: RoutingSettings) -> bool:
    """Tell whether the circle is too wide to be shared out (it touches every grid around)."""
    return accuracy_m is not None and accuracy_m > settings.candidate_radius_limit_m


def reason_parts(placement: Placement, net: AreaIndex) -> dict[str, Any]:
    """Return the values a sentence about a placement needs; the words are the web floor's.

    Areas are given as `{code, name, name_en}`, also where this net no longer knows
    the code (then the names are None). `alternatives` are the other candidates,
    with `share_percent` rounded to whole percent.
    """
    others = [c for c in placement.candidates if c.code != placement.area_code]
    return {
        "rule": placement.rule.value,
        "version": placement.version,
        "synthetic": net.synthetic,
        "area": _named(placement.area_code, net),
        "grid": None if placement.grid_code is None else _named(placement.grid_code, net),
        "path": [_named(code, net) for code in placement.path],
        "border_m": round(placement.border_m, 1),
        "neighbour": (
            None if placement.neighbour_code is None else _named(placement.neighbour_code, net)
        ),
        "accuracy_m": placement.accuracy_m,
        "near_boundary": placement.near_boundary,
        "too_vague": placement.too_vague,
        "alternatives": [
            {**_named(c.code, net), "share_percent": round(100 * c.share)} for c in others
        ],
    }


def _named(code: str, net: AreaIndex) -> dict[str, Any]:
    """Return a code with its names in this net."""
    area = net.find(code)
    return {
        "code": code,
        "name": None if area is None else area.name,
        "name_en": None if area is None else area.name_en,
    }
