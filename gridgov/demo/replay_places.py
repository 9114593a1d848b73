"""Where the reports of the replay come from: landmarks of grids, the lively ones more often."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum, LonLat, from_wgs84
from gridgov.services.reference import Reference

# Shares of the four towns: two thirds of the people live in Hecheng.
TOWNS: Mapping[str, float] = {
    "440608004": 0.56,
    "440608106": 0.17,
    "440608107": 0.15,
    "440608108": 0.12,
}
HOME_SHARE = 0.03
JITTER_DEGREES = 3e-4  # about 30 m
SAME_PLACE_DEGREES = 1.5e-4
TRIES = 200


@dataclass(frozen=True, slots=True)
class Spot:
    """A place people name: the landmark's name, its grid and village, a WGS-84 position."""

    grid: str
    village: str
    name: str
    at: LonLat


class Places:
    """Draws spots inside the district."""

    def __init__(
        self, rng: random.Random, reference: Reference, home: str, home_share: float = HOME_SHARE
    ) -> None:
        """Weigh the grids; `home` is the grid of the sample's own worker, with its share."""
        self._rng = rng
        self._reference = reference
        self._home = home
        self._home_share = home_share
        self._villages = {a.code: a.name for a in reference.net.areas(AreaKind.VILLAGE)}
        self._grids = [grid.code for grid in reference.net.areas(AreaKind.GRID)]
        lively = {code: rng.lognormvariate(0, 0.6) for code in self._grids}
        towns = {code: sum(w for g, w in lively.items() if g.startswith(code)) for code in TOWNS}
        self._weights = [lively[g] * TOWNS.get(g[:9], 0.1) / towns.get(g[:9], 1) for g in lively]

    def draw(self) -> Spot:
        """Return a spot anywhere in the district."""
        if self._rng.random() < self._home_share:
            return self._in_grid(self._home)
        return self._in_grid(self._rng.choices(self._grids, self._weights)[0])

    def draw_in(self, village_name: str) -> Spot:
        """Return a spot in a village by its name."""
        code = next(code for code, name in self._villages.items() if name == village_name)
        return self._in_grid(self._rng.choice([g for g in self._grids if g.startswith(code)]))

    def draw_misread(self) -> tuple[Spot, LonLat]:
        """Return a spot and the wrong position a phone sends for it: GCJ-02 taken as WGS-84.

        The wrong one is some 600 m off and still inside the district.
        """
        for _ in range(TRIES):
            spot = self.draw()
            lon, lat = from_wgs84(spot.at, Datum.GCJ02)
            wrong = LonLat(lon=lon, lat=lat)
            if self._reference.net.covering(wrong):
                return spot, wrong
        raise ValueError("no place of the district stays inside it when its datum is mistaken")

    def beside(self, spot: Spot) -> Spot:
        """Return the same place as another person stands there, within 25 m."""
        return Spot(spot.grid, spot.village, spot.name, self._moved(spot.at, SAME_PLACE_DEGREES))

    def _in_grid(self, grid: str) -> Spot:
        mark = self._rng.choice(self._reference.landmarks[grid])
        centre = LonLat(lon=float(str(mark["lon"])), lat=float(str(mark["lat"])))
        at = self._moved(centre, JITTER_DEGREES)
        if not self._reference.net.covering(at):
            at = centre  # a landmark at the district's edge
        return Spot(grid, self._villages[grid[:12]], str(mark["name"]), at)

    def _moved(self, at: LonLat, degrees: float) -> LonLat:
        east, north = (self._rng.uniform(-degrees, degrees) for _ in range(2))
        return LonLat(lon=round(at.lon + east, 6), lat=round(at.lat + north, 6))
