"""Hot spots and repeat points of the analysis page: two lists and one map of both."""

import math
from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat
from gridgov.services import hot_spots
from gridgov.services.board import View
from gridgov.services.hot_spots import Spot, Spots
from gridgov.services.reference import Reference
from gridgov.web import board_map, board_measures
from gridgov.web.analysis_parts import category_words
from gridgov.web.map_spread import apart
from gridgov.web.places import name_of

MOST = 10
LETTERS = "ABCDEFGHIJ"
# In units of the map, 1000 wide: a mark is 20 px, and a unit 1.6 px and less where it is drawn.
MARK_ROOM = 38.0
# Moved less than this, a mark still stands on its spot.
NEAR = 12.0


def spots(session: Session, view: View, reference: Reference) -> dict[str, Any]:
    """Return hot spots (1 …), repeat points (A …) and the map that shows where they are."""
    hot = hot_spots.hot_spots(session, view, most=MOST)
    again = hot_spots.repeat_points(session, view, most=MOST)
    numbers = [str(n) for n in range(1, MOST + 1)]
    drawn = board_map.drawing(reference, view.area_code)
    lists = {
        "hot": _rows(view, hot, numbers, reference),
        "again": _rows(view, again, list(LETTERS), reference),
    }
    named = [
        (kind, row["mark"], drawn.xy(spot.lon, spot.lat))
        for kind, found in (("hot", hot), ("again", again))
        for row, spot in zip(lists[kind], found.spots, strict=True)
    ]
    stands = apart([at for _kind, _mark, at in named], MARK_ROOM)
    marks = [
        {"mark": mark, "kind": kind, "x": round(x), "y": round(y)}
        | {"at_x": round(at[0]), "at_y": round(at[1]), "moved": math.dist(at, (x, y)) > NEAR}
        for (kind, mark, at), (x, y) in zip(named, stands, strict=True)
    ]
    return {
        **lists,
        "since": None if hot.since <= view.first else hot.since.isoformat(),
        "map": {
            "viewbox": drawn.viewbox,
            "outline": drawn.outline,
            "paths": list(drawn.paths.values()),
            # The busiest lies on top.
            "marks": list(reversed(marks)),
            "synthetic": reference.net.synthetic,
        },
    }


def _rows(view: View, found: Spots, marks: list[str], reference: Reference) -> list[dict[str, Any]]:
    return [
        _row(view, found, spot, mark, reference)
        for spot, mark in zip(found.spots, marks, strict=False)
    ]


def _row(view: View, found: Spots, spot: Spot, mark: str, reference: Reference) -> dict[str, Any]:
    # Only the newest cases are looked at: the list behind begins where they do.
    since = View(
        view.district_code, view.area_code, max(view.first, found.since), view.last, view.classes
    )
    narrowed = {"cell": spot.cell} | ({"category": spot.category} if spot.category else {})
    received, waiting = (
        board_measures.behind_urls(since, code, view.area_code, **narrowed)["numerator"]
        for code in ("received", "open")
    )
    return {
        "mark": mark,
        "problem": None if spot.category is None else category_words(spot.category, reference),
        "village": _village(spot, reference),
        "cases": spot.cases,
        "open": spot.open,
        "newest": spot.newest_on.isoformat(),
        "url": received,
        "open_url": waiting,
    }


def _village(spot: Spot, reference: Reference) -> str:
    """Return the village or community around the middle of a square, "—" where none is."""
    at = reference.net.covering(LonLat(lon=spot.lon, lat=spot.lat), AreaKind.VILLAGE)
    return name_of(reference.net.area(at[0])) if at else "—"
