"""The map of the wall: villages of a district by turns coloured by four indicators."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.indicator_book import BOOK
from gridgov.services import figures
from gridgov.services.board import View
from gridgov.services.figures import Value
from gridgov.services.reference import Reference
from gridgov.web import board_map, board_measures
from gridgov.web.places import name_of

# What the map shows by turns; the third is reckoned here, per grid.
PER_GRID = "received_per_grid"
TURNS = ("closure_due_on_time", "overdue", PER_GRID, "satisfied_share")
ASKED = ("closure_due_on_time", "overdue", "received", "satisfied_share")
# Discs nearer than this to a larger one are added to it, in units of the map (34 px, design.md).
DISC_ROOM = 42.0
# Around the point at which a town's name and figure stand; beside the name a disc has its radius.
NAME_ABOVE, NAME_BELOW, DISC = 44.0, 50.0, 20.0
HAN_WIDE, LATIN_WIDE = 32.0, 17.5  # a character of a name
KIND_WORDS = {
    AreaKind.TOWN: lambda: _("by town"),
    AreaKind.VILLAGE: lambda: _("by village"),
    AreaKind.GRID: lambda: _("by grid"),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """The areas a wall draws, those in between with a name, and the drawing."""

    parts: tuple[AreaShape, ...]
    between: tuple[AreaShape, ...]
    drawing: board_map.Drawing


def drawn(reference: Reference, code: str) -> Drawn:
    """Return what to draw of an area: the villages of a district, else what is right below."""
    area = reference.net.area(code)
    finer = board_map.finer_parts_of(reference, code) if area.kind is AreaKind.DISTRICT else []
    between = board_map.parts_of(reference, code) if finer else []
    parts = finer or board_map.parts_of(reference, code)
    return Drawn(
        tuple(parts), tuple(between), board_map.drawing(reference, code, finer=bool(finer))
    )


def shown(session: Session, view: View, reference: Reference, now: datetime) -> dict[str, Any]:
    """Return the map for the template, and the turns its script goes through."""
    found = drawn(reference, view.area_code)
    areas = [area.code for area in (*found.parts, *found.between)]
    values = figures.values(session, view, ASKED, now=now, areas=areas)
    turns = [_turn(one, found, values, reference) for one in TURNS]
    kind = found.parts[0].kind if found.parts else AreaKind.GRID
    return {
        "viewbox": found.drawing.viewbox,
        "outline": found.drawing.outline,
        "kind_words": KIND_WORDS[kind](),
        "areas": [
            {"code": part.code, "path": found.drawing.paths[part.code], "name": name_of(part)}
            for part in found.parts
        ],
        "borders": list(found.drawing.borders.values()),
        "labels": _labels(found),
        "discs": _discs(found, {code: values[code]["overdue"].numerator for code in areas}),
        "turns": turns,
        "net": reference.net.version,
        "synthetic": reference.net.synthetic,
    }


def _labels(found: Drawn) -> list[dict[str, Any]]:
    """Return where names stand: those of the towns, else those of the parts where there is room."""
    named = found.between or tuple(
        part for part in found.parts if found.drawing.room[part.code] >= NAME_ROOM
    )
    return [
        {
            "code": area.code,
            "name": board_map_name(area),
            "x": round(found.drawing.labels[area.code][0]),
            "y": round(found.drawing.labels[area.code][1]),
        }
        for area in named
    ]


NAME_ROOM = 40.0


def board_map_name(area: AreaShape) -> str:
    """Return a grid's number, other areas by name."""
    if area.kind is not AreaKind.GRID or not area.code.isdigit():
        return name_of(area)
    return area.code[-3:].removeprefix("0")


def _discs(found: Drawn, overdue: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the circles of overdue cases; those too near a larger one are added to it."""
    placed: list[dict[str, Any]] = []
    names = [
        (*found.drawing.labels[area.code], _half(board_map_name(area)) + DISC)
        for area in found.between
    ]
    for part in sorted(found.parts, key=lambda one: (-overdue[one.code], one.code)):
        if not overdue[part.code]:
            continue
        x, y = _beside_names(found.drawing.labels[part.code], names)
        near = next(
            (one for one in placed if math.hypot(one["x"] - x, one["y"] - y) < DISC_ROOM), None
        )
        if near is not None:
            near["count"] += overdue[part.code]
        else:
            placed.append({"x": round(x), "y": round(y), "count": overdue[part.code]})
    return placed


def _beside_names(
    at: tuple[float, float], names: Sequence[tuple[float, float, float]]
) -> tuple[float, float]:
    """Return a point above or below the name it would lie on, else the point itself."""
    x, y = at
    for name_x, name_y, wide in names:
        above, below = name_y - NAME_ABOVE, name_y + NAME_BELOW
        if abs(x - name_x) < wide and above < y < below:
            return x, above if y - above < below - y else below
    return at


def _half(name: str) -> float:
    """Return half of the width of a name, in units of the map."""
    return sum(HAN_WIDE if char >= "\u2e80" else LATIN_WIDE for char in name) / 2


def _turn(
    code: str,
    found: Drawn,
    values: Mapping[str, Mapping[str, Value]],
    reference: Reference,
) -> dict[str, Any]:
    if code == PER_GRID:
        return _per_grid(found, values, reference)
    one = BOOK[code]
    of_parts = {part.code: values[part.code][code] for part in found.parts}
    known = list(board_measures.compared(one, of_parts).values())
    named = found.between or found.parts
    return {
        "code": code,
        "words": board_measures.name(code),
        "classes": board_measures.classed(one, of_parts),
        "texts": {area.code: board_measures.text(values[area.code][code]) for area in named},
        "legend": board_measures.legend_words(one, known),
    }


def _per_grid(
    found: Drawn, values: Mapping[str, Mapping[str, Value]], reference: Reference
) -> dict[str, Any]:
    """Return how much was received for each grid of an area: areas of any size compare."""
    named = found.between or found.parts
    numbers = {
        area.code: values[area.code]["received"].numerator / _grids(reference, area)
        for area in {one.code: one for one in (*found.parts, *named)}.values()
    }
    low, high = _ends([numbers[part.code] for part in found.parts])
    step = (high - low) / board_measures.CLASSES
    edges = [low + step * n for n in range(board_measures.CLASSES + 1)]
    spans = [f"{a:.1f}–{b:.1f}" for a, b in zip(edges, edges[1:], strict=False)]
    return {
        "code": PER_GRID,
        "words": _("Received for each grid"),
        "classes": {
            part.code: min(board_measures.CLASSES, 1 + int((numbers[part.code] - low) / step))
            if step
            else 1
            for part in found.parts
        },
        "texts": {area.code: f"{numbers[area.code]:.1f}" for area in named},
        "legend": [*spans, _("No figure")],
    }


def _ends(numbers: Sequence[float]) -> tuple[float, float]:
    return min(numbers, default=0.0), max(numbers, default=0.0)


def _grids(reference: Reference, area: AreaShape) -> int:
    below, count = [area], 0
    while below:
        one = below.pop()
        count += one.kind is AreaKind.GRID
        below += board_map.parts_of(reference, one.code)
    return max(1, count)
