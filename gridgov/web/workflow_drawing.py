"""The workflow as a drawing: boxes for states and arrows from its table, placed for an SVG."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot
from typing import Any

from gridgov.domain.workflow import OPEN_STATES, STEPS, TERMINAL_STATES, CaseState

WIDTH, HEIGHT = 128, 40
_COLUMN, _ROW, _MARGIN = 172, 104, 24
# The usual way runs along the middle; what interrupts it lies above, what ends it below.
_PLACES: Mapping[CaseState, tuple[float, float]] = {
    CaseState.SUBMITTED: (0, 1),
    CaseState.NEED_INFO: (0.5, 0),
    CaseState.VERIFYING: (1.5, 0),
    CaseState.REGISTERED: (1, 1),
    CaseState.DISPATCHED: (2, 1),
    CaseState.HANDLING: (3, 1),
    CaseState.SUSPENDED: (3, 0),
    CaseState.RESOLVED: (4, 1),
    CaseState.CLOSED: (5, 1),
    CaseState.REJECTED: (0.5, 2),
    CaseState.TRANSFERRED: (1.7, 2),
    CaseState.MERGED: (2.9, 2),
    CaseState.VOID: (4.1, 2),
}
_BEND = 14.0


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + WIDTH / 2, self.y + HEIGHT / 2


def draw(words: Mapping[CaseState, str]) -> dict[str, Any]:
    """Return the drawing: its size, boxes {x, y, word, kind} and arrows {path, count}."""
    boxes = {state: _box(state, at) for at, state in enumerate(CaseState)}
    counts: dict[tuple[CaseState, CaseState], int] = {}
    for (state, _action), step in STEPS.items():
        for end in step.ends(state):
            if end is not state:
                counts[state, end] = counts.get((state, end), 0) + 1
    right = max(box.x for box in boxes.values()) + WIDTH + _MARGIN
    bottom = max(box.y for box in boxes.values()) + HEIGHT + _MARGIN
    return {
        "width": round(right),
        "height": round(bottom),
        "box_width": WIDTH,
        "box_height": HEIGHT,
        "boxes": [
            {
                "x": round(box.x),
                "y": round(box.y),
                "middle_x": round(box.middle[0]),
                "middle_y": round(box.middle[1]),
                "word": words[state],
                "kind": _kind(state),
            }
            for state, box in boxes.items()
        ],
        "arrows": [
            {"path": _path(boxes[start], boxes[end]), "count": count}
            for (start, end), count in counts.items()
        ],
    }


def _kind(state: CaseState) -> str:
    if state in TERMINAL_STATES:
        return "terminal"
    return "open" if state in OPEN_STATES else "ended"


def _box(state: CaseState, at: int) -> _Box:
    # A state without a place of its own stands in a row below, rather than nowhere.
    column, row = _PLACES.get(state, (at % 6, 3))
    return _Box(_MARGIN + column * _COLUMN, _MARGIN + row * _ROW)


def _path(start: _Box, end: _Box) -> str:
    """Return a bent line from the edge of one box to the edge of another."""
    (x1, y1), (x2, y2) = start.middle, end.middle
    length = hypot(x2 - x1, y2 - y1)
    # To the right of the way, so that there and back are two lines; far ones bend more.
    bend = _BEND + length / 12
    bend_x = (x1 + x2) / 2 - (y2 - y1) / length * bend
    bend_y = (y1 + y2) / 2 + (x2 - x1) / length * bend
    from_x, from_y = _edge(start, bend_x, bend_y)
    to_x, to_y = _edge(end, bend_x, bend_y)
    return f"M{from_x:.0f} {from_y:.0f}Q{bend_x:.0f} {bend_y:.0f} {to_x:.0f} {to_y:.0f}"


def _edge(box: _Box, x: float, y: float) -> tuple[float, float]:
    """Return where the line from a box's middle to a point leaves the box."""
    middle_x, middle_y = box.middle
    dx, dy = x - middle_x, y - middle_y
    scale = max(abs(dx) / (WIDTH / 2 + 3), abs(dy) / (HEIGHT / 2 + 3), 1e-6)
    return middle_x + dx / scale, middle_y + dy / scale
