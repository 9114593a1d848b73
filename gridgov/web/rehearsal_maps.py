"""The two maps of a rehearsal: what they show, where they look, and the cases as dots."""

from typing import Any

import numpy as np
import shapely
from flask import Response, jsonify, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from numpy.typing import NDArray

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.new_borders import new_borders
from gridgov.domain.replay import Replay
from gridgov.domain.routing import Net
from gridgov.services.area_maps import Window
from gridgov.web import rehearsal_run
from gridgov.web.access import requires
from gridgov.web.api_area_maps import window_of
from gridgov.web.grids import AREA, LOOK, grids
from gridgov.web.rehearsal_run import Run
from gridgov.web.rehearsal_tables import GridRow, GridTable

# More dots than this hide each other, and a phone has to draw them twice.
MOST_DOTS = 3_000
# Of more grids than this the map has no names of ours: the table has them.
MOST_NAMED = 400
AROUND = 0.25  # of what changed, so that its neighbours are seen
# Five decimals are a metre: enough for a dot, and no address.
DECIMALS = 5


@grids.get("/<int:number>/rehearsal/points.json")
@requires(*LOOK, area=AREA)
def rehearsal_points(number: int) -> Response:
    """Return the cases in view as [lon, lat], those that move apart; at most MOST_DOTS.

    Which ones are left out of many is the same at each look; those that move come first.
    Confidential cases are counted, and are no dots.
    """
    window = window_of(request.args.get("bbox", ""))
    found, _time = rehearsal_run.replay(number)
    answer = jsonify(dots(found, window))
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


def dots(found: Replay, window: Window | None) -> dict[str, Any]:
    """Return {moved, stayed: [[lon, lat]], total, left_out, confidential} for a window."""
    seen = np.ones(len(found), np.bool_)
    if window is not None:
        seen &= (found.lons >= window.west) & (found.lons <= window.east)
        seen &= (found.lats >= window.south) & (found.lats <= window.north)
    shown = seen & ~found.confidential
    moved = _some(shown & found.is_moved, MOST_DOTS)
    stayed = _some(shown & ~found.is_moved, MOST_DOTS - len(moved))
    return {
        "moved": _pairs(found, moved),
        "stayed": _pairs(found, stayed),
        "total": int(seen.sum()),
        "left_out": int(shown.sum()) - len(moved) - len(stayed),
        "confidential": int((seen & found.confidential).sum()),
    }


def _some(mask: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """Return the places that are true; of too many the same ones each time, from all over."""
    places = np.flatnonzero(mask).astype(np.int64)
    if len(places) <= most:
        return places
    # A multiplicative hash scatters neighbours in time; a dot keeps its rank as the map moves.
    rank = (places * 2_654_435_761) % 2**32
    return places[np.sort(np.argpartition(rank, most)[:most])] if most else places[:0]


def _pairs(found: Replay, places: NDArray[np.int64]) -> list[list[float]]:
    pairs = np.column_stack((found.lons[places], found.lats[places])).astype(np.float64)
    rounded: list[list[float]] = np.round(pairs, DECIMALS).tolist()
    return rounded


def maps(run: Run, table: GridTable) -> dict[str, Any]:
    """Return what the page gives its maps: addresses, view, changed grids, names, new borders."""
    active, draft = run.script.reference.net, run.script.net
    number = run.draft.number
    return {
        "old": url_for("grids.areas_geojson", number=active.version),
        "new": url_for("grids.areas_geojson", number=number),
        "points": url_for("grids.rehearsal_points", number=number, **run.time.query()),
        "fit": _fit(run, active, draft),
        "changed": [row.code for row in table.changed[:MOST_NAMED]],
        "fresh": [row.code for row in table.changed[:MOST_NAMED] if row.is_new],
        "names": {"old": _names(table, after=False), "new": _names(table, after=True)},
        "borders": _borders(run, active, draft),
    }


def _fit(run: Run, active: Net, draft: Net) -> list[float]:
    """Return the box around what changed and its surroundings; else the whole district."""
    areas: list[AreaShape | None] = []
    for link in run.found.links:
        if link.kind in (AreaKind.GRID, AreaKind.PROFESSIONAL):
            areas += [active.find(link.from_code), draft.find(link.to_code)]
    changed = [area.geometry for area in areas if area is not None and area.geometry is not None]
    drawn = changed or [draft.area(draft.district_code).geometry]
    west, south, east, north = shapely.total_bounds(drawn).tolist()
    wide, high = (AROUND * (east - west), AROUND * (north - south)) if changed else (0.0, 0.0)
    return [west - wide, south - high, east + wide, north + high]


def _names(table: GridTable, *, after: bool) -> dict[str, str]:
    """Return what stands in a grid that changes: its number and its cases."""
    rows = [row for row in table.changed[:MOST_NAMED] if not (row.is_gone if after else row.is_new)]
    return {row.code: _name(row, after=after) for row in rows}


def _name(row: GridRow, *, after: bool) -> str:
    count = row.after if after else row.before
    cases = ngettext("%(num)d case", "%(num)d cases", count)
    if after and row.is_new:
        return _("%(grid)s (new): %(cases)s", grid=row.short, cases=cases)
    return _("%(grid)s: %(cases)s", grid=row.short, cases=cases)


def _borders(run: Run, active: Net, draft: Net) -> Any:
    """Return the new borders as a GeoJSON feature, None where there are none."""
    lines = new_borders(active, draft, run.found.links)
    if lines is None:
        return None
    parts = [
        np.round(shapely.get_coordinates(part), 6).tolist() for part in shapely.get_parts(lines)
    ]
    geometry = {"type": "MultiLineString", "coordinates": parts}
    return {"type": "Feature", "properties": {}, "geometry": geometry}
