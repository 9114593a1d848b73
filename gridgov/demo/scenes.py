"""The places of the sample's illustrations, each with its trouble and after the repair.

Every scene takes a canvas, a source of chance and whether the repair is done. It draws the place
first and with the same random numbers both times, so that before and after show one place.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from gridgov.demo.canvas import Canvas, Colour, ellipse_points, shade
from gridgov.demo.street import (
    brick_wall,
    building_front,
    green_bin,
    leaves,
    lying_road,
    parked_car,
    rubbish_bag,
    traffic_cone,
    tree,
)

Rng = np.random.Generator
Scene = Callable[[Canvas, Rng, bool], None]

YELLOW: Final[Colour] = (214, 158, 46)
WALLS: Final[tuple[Colour, ...]] = ((196, 186, 168), (186, 182, 174), (200, 184, 162))
SIGNS: Final[tuple[Colour, ...]] = ((150, 62, 54), (60, 98, 116), (84, 108, 84))
SHADE_STRIPES: Final[tuple[Colour, ...]] = ((170, 72, 62), (226, 220, 206))
FRUITS: Final[tuple[Colour, ...]] = (
    (202, 124, 54),
    (168, 60, 52),
    (104, 136, 70),
    (208, 178, 82),
)
CARS: Final[tuple[Colour, ...]] = ((214, 217, 222), (92, 104, 122), (150, 52, 48), (58, 84, 120))


def pick(rng: Rng, colours: tuple[Colour, ...]) -> Colour:
    """Return one of the colours."""
    return colours[int(rng.integers(len(colours)))]


def trash(canvas: Canvas, rng: Rng, repaired: bool) -> None:
    """Draw two bins at a wall: overflowing, then emptied and closed."""
    brick_wall(canvas, pick(rng, WALLS), bottom=356)
    canvas.box((0, 356, 800, 600), (122, 124, 124), rough=0.9)
    canvas.polygon([(0, 356), (800, 356), (800, 366), (0, 366)], (98, 100, 100), rough=0.6)
    shift = float(rng.uniform(-30, 30))
    heap = [float(value) for value in rng.uniform(-18, 18, 6)]
    left, right = 150 + shift, 440 + shift
    canvas.shadow((left - 20, 500, right + 220, 548), strength=0.45)
    green_bin(canvas, left, full=not repaired)
    green_bin(canvas, right, full=not repaired)
    if repaired:
        leaves(canvas, rng, count=2, area=(40, 560, 760, 590))
        return
    rubbish_bag(canvas, left + 75 + heap[0], 206, 84, 50)
    rubbish_bag(canvas, right + 70 + heap[1], 196, 76, 52)
    rubbish_bag(canvas, 74 + heap[2], 498, 104, 68)
    rubbish_bag(canvas, 716 + heap[3], 490, 112, 74)
    rubbish_bag(canvas, 376 + heap[4], 528, 72, 54, colour=(200, 192, 174))
    canvas.ellipse((228 + heap[5], 556, 296 + heap[5], 582), (214, 216, 220))
    leaves(canvas, rng, count=5, area=(30, 540, 770, 592))


def manhole(canvas: Canvas, rng: Rng, repaired: bool) -> None:
    """Draw a manhole in the carriageway: open, then with its cover."""
    lying_road(canvas, float(rng.uniform(-14, 14)))
    x, y = 360 + float(rng.uniform(-60, 60)), 372 + float(rng.uniform(-14, 14))
    leaves(canvas, rng, count=5, area=(30, 300, 770, 580))
    canvas.arc((x - 236, y - 118, x + 236, y + 118), 150, 215, (92, 94, 92), 5)
    canvas.arc((x - 236, y - 118, x + 236, y + 118), -30, 25, (92, 94, 92), 5)
    canvas.ellipse((x - 216, y - 122, x + 216, y + 122), (100, 101, 97), rough=0.8)
    canvas.ellipse((x - 200, y - 110, x + 200, y + 110), (66, 66, 60), rough=0.5)
    canvas.ellipse((x - 180, y - 96, x + 180, y + 98), (92, 92, 86), rough=0.4)
    if repaired:
        _iron_cover(canvas, x, y)
        return
    canvas.ellipse((x - 174, y - 88, x + 174, y + 98), (16, 17, 18))
    canvas.glow(
        ellipse_points((x - 120, y + 10, x + 120, y + 84)), (40, 44, 46), strength=0.7, blur=16
    )
    canvas.arc((x - 166, y - 82, x + 166, y + 92), 215, 330, (120, 122, 116), 5)
    canvas.arc((x - 160, y - 74, x + 160, y + 96), 225, 280, (70, 72, 70), 4)


def _iron_cover(canvas: Canvas, x: float, y: float) -> None:
    canvas.ellipse((x - 174, y - 92, x + 174, y + 94), (74, 76, 76), rough=0.5)
    canvas.ellipse((x - 160, y - 84, x + 160, y + 84), (88, 91, 91), rough=0.6)
    for row in range(-5, 6):
        for column in range(-9, 10):
            lug_x = x + column * 17 + (8.5 if row % 2 else 0)
            lug_y = y + row * 14
            if ((lug_x - x) / 146) ** 2 + ((lug_y - y) / 74) ** 2 < 1:
                canvas.ellipse((lug_x - 6, lug_y - 3.4, lug_x + 6, lug_y + 3.8), (58, 60, 60))
                canvas.ellipse((lug_x - 5.4, lug_y - 3.6, lug_x + 5.4, lug_y + 2), (116, 119, 118))
    canvas.arc((x - 160, y - 84, x + 160, y + 84), 195, 320, (132, 134, 132), 4)
    for side in (-1, 1):
        canvas.ellipse((x + side * 118 - 12, y - 7, x + side * 118 + 12, y + 7), (34, 35, 35))


def road(canvas: Canvas, rng: Rng, repaired: bool) -> None:
    """Draw a pothole with water and cracks, then a fresh patch of asphalt."""
    lying_road(canvas, float(rng.uniform(-14, 14)))
    x, y = 380 + float(rng.uniform(-70, 70)), 372 + float(rng.uniform(-16, 16))
    noise = rng.uniform(0.7, 1.3, 48)
    bumps = (noise + np.roll(noise, 1) + np.roll(noise, 2) + np.roll(noise, 3)) / 4
    cracks = rng.uniform(-26, 26, (5, 3))
    leaves(canvas, rng, count=3, area=(30, 320, 770, 580))
    if repaired:
        patch = [(x - 226, y - 104), (x + 206, y - 118), (x + 262, y + 112), (x - 274, y + 126)]
        canvas.glow(patch, (30, 31, 32), strength=0.5, blur=5)
        canvas.polygon(patch, (70, 72, 73), rough=1.0)
        canvas.line([*patch, patch[0]], (48, 49, 50), 5)
        return
    rim = ellipse_points((x - 212, y - 112, x + 212, y + 112))
    ragged = [(x + (px - x) * b, y + (py - y) * b) for (px, py), b in zip(rim, bumps, strict=True)]
    for crack, angle in zip(cracks, (0, 12, 20, 30, 41), strict=True):
        start = ragged[angle]
        steps = [
            (x + (start[0] - x) * k + float(c), y + (start[1] - y) * k + float(c) / 2)
            for k, c in zip((1.15, 1.32, 1.5), crack, strict=True)
        ]
        canvas.line([start, *steps], (62, 63, 62), 4)
    canvas.polygon(ragged, (74, 71, 64), rough=1.0)
    inner = [(x + (px - x) * 0.76, y + 6 + (py - y) * 0.68) for px, py in ragged]
    canvas.polygon(inner, (52, 50, 46), rough=0.7)
    water = [(x + (px - x) * 0.66, y + 12 + (py - y) * 0.54) for px, py in ragged]
    canvas.polygon(water, (104, 122, 134))
    canvas.glow(
        ellipse_points((x - 110, y - 34, x + 20, y + 6)), (176, 190, 200), strength=0.6, blur=9
    )
    canvas.arc((x - 116, y - 40, x + 110, y + 56), 200, 300, (196, 206, 214), 4)


def lamp(canvas: Canvas, rng: Rng, repaired: bool) -> None:
    """Draw a street light in the evening: dark, then lit."""
    canvas.fade((0, 0, 800, 600), (26, 42, 66), (112, 112, 134))
    heights = rng.uniform(250, 330, 4)
    windows = rng.uniform(0, 1, (6, 2))
    night = (18, 24, 36)
    for number, height in enumerate(heights):
        side = number * 190.0 - 30
        canvas.box((side, float(height), side + 230, 600), shade(night, 1 + 0.12 * number))
    canvas.box((300, 236, 470, 600), (20, 28, 42))
    for across, down in windows:  # lit windows
        left, top = 40 + 700 * float(across), 350 + 130 * float(down)
        canvas.box((left, top, left + 18, top + 22), (214, 172, 96))
    canvas.polygon([(0, 520), (800, 520), (800, 600), (0, 600)], (34, 38, 46), rough=0.5)
    canvas.polygon([(0, 510), (800, 510), (800, 522), (0, 522)], (56, 60, 68), rough=0.3)
    pole = (168, 172, 178) if repaired else (13, 16, 22)
    if repaired:
        beam = [(566, 128), (668, 128), (800, 520), (800, 600), (380, 600), (420, 520)]
        canvas.glow(beam, (250, 214, 140), strength=0.42, blur=26)
        canvas.glow(ellipse_points((400, 510, 820, 600)), (255, 222, 150), strength=0.55, blur=18)
    canvas.line([(380, 560), (380, 190), (386, 156), (404, 132), (434, 122), (600, 118)], pole, 15)
    canvas.polygon([(556, 104), (700, 98), (676, 138), (572, 138)], shade(pole, 0.8))
    canvas.box((368, 540, 392, 566), shade(pole, 0.7))
    if repaired:
        canvas.glow(ellipse_points((540, 90, 700, 190)), (255, 238, 190), strength=0.9, blur=14)
        canvas.polygon([(574, 128), (676, 128), (664, 144), (584, 144)], (255, 246, 214))


def stall(canvas: Canvas, rng: Rng, repaired: bool) -> None:
    """Draw a shop front whose goods block the pavement, then the pavement free."""
    building_front(canvas, pick(rng, WALLS), pick(rng, SIGNS))
    canvas.box((0, 392, 800, 524), (168, 160, 148), rough=0.7)
    for x in range(-120, 900, 76):
        canvas.line([(x, 524), (x + 60, 392)], (146, 138, 126), 2)
    for y in (424, 466):
        canvas.line([(0, y), (800, y)], (146, 138, 126), 2)
    canvas.box((0, 524, 800, 540), (190, 188, 182), rough=0.4)
    canvas.box((0, 540, 800, 600), (110, 112, 112), rough=1.0)
    shift = float(rng.uniform(-50, 50))
    if not repaired:
        canvas.shadow((110 + shift, 466, 690 + shift, 528), strength=0.5)
        _sunshade(canvas, 400 + shift)
        _fruit_table(canvas, shift)


def _sunshade(canvas: Canvas, x: float) -> None:
    canvas.box((x - 4, 190, x + 6, 470), (120, 122, 124))
    for part in range(6):
        left, colour = x - 210 + part * 70, SHADE_STRIPES[part % 2]
        top = x + (part - 3) * 12
        canvas.polygon([(top, 122), (top + 12, 122), (left + 70, 218), (left, 218)], colour)
        canvas.ellipse((left, 202, left + 70, 236), colour)


def _fruit_table(canvas: Canvas, shift: float) -> None:
    canvas.box((160 + shift, 376, 640 + shift, 394), (152, 118, 78), rough=0.3)
    for x in (176, 612):
        canvas.box((x + shift, 394, x + 14 + shift, 506), (116, 90, 60), rough=0.3)
    for number, colour in enumerate(FRUITS):
        left = 180 + shift + number * 114
        for row in range(3):
            for k in range(5 - row):
                across, down = left + 10.0 + row * 9 + k * 19, 352.0 - row * 15
                canvas.ellipse(
                    (across, down, across + 22, down + 22), shade(colour, 0.9 + 0.06 * (k % 3))
                )
        canvas.box((left, 362, left + 106, 384), (170, 138, 96), rough=0.3)
    for number in range(3):
        left = 200 + shift + number * 140
        canvas.box((left, 436, left + 112, 506), shade((166, 136, 100), 1 - number * 0.06), 0.4)
        canvas.line([(left, 458), (left + 112, 458)], (128, 102, 72), 3)


def car(canvas: Canvas, rng: Rng, repaired: bool) -> None:
    """Draw a car on a fire lane, then the lane free."""
    building_front(canvas, pick(rng, WALLS), None)
    canvas.box((0, 356, 800, 600), (116, 117, 114), rough=1.0)
    canvas.box((0, 356, 800, 368), (92, 93, 90), rough=0.5)
    for y in (420, 572):
        canvas.line([(0, y), (800, y)], YELLOW, 9)
    for x in range(-140, 900, 150):
        canvas.line([(x + 74, 420), (x, 572)], YELLOW, 7)
        canvas.line([(x, 420), (x + 74, 572)], YELLOW, 7)
    colour, shift = pick(rng, CARS), float(rng.uniform(-26, 26))
    if not repaired:
        parked_car(canvas, 400 + shift, colour)


def generic(canvas: Canvas, rng: Rng, repaired: bool) -> None:
    """Draw a corner of a street with something fenced off, then clear."""
    canvas.fade((0, 0, 800, 380), (176, 194, 208), (226, 228, 224))
    canvas.ellipse((380, 250, 900, 500), (142, 156, 142), rough=0.5)
    for left, top, tint in ((-20, 120, 0.94), (210, 70, 1.0), (560, 140, 0.9)):
        _house(canvas, left, top, shade(pick(rng, WALLS), tint))
    canvas.box((0, 372, 800, 470), (172, 166, 154), rough=0.7)
    canvas.box((0, 470, 800, 484), (194, 192, 186), rough=0.4)
    canvas.box((0, 484, 800, 600), (112, 114, 114), rough=1.0)
    tree(canvas, 110 + float(rng.uniform(-30, 30)), 440)
    tree(canvas, 690 + float(rng.uniform(-30, 30)), 430)
    shift = float(rng.uniform(-40, 40))
    if repaired:
        leaves(canvas, rng, count=3, area=(60, 500, 740, 590))
        return
    canvas.shadow((250 + shift, 418, 560 + shift, 462), strength=0.4)
    heap = [(262, 440), (300, 392), (352, 372), (398, 352), (452, 378), (512, 396), (548, 440)]
    canvas.polygon([(x + shift, y) for x, y in heap], (138, 118, 94), rough=1.0)
    for x, y, tint in ((316, 412, 1.1), (392, 384, 0.9), (456, 414, 1.15), (370, 424, 0.84)):
        brick = [(x, y), (x + 44, y - 10), (x + 52, y + 8), (x + 8, y + 20)]
        canvas.polygon([(a + shift, b) for a, b in brick], shade((158, 98, 78), tint), rough=0.4)
    _fence(canvas, shift)


def _house(canvas: Canvas, left: float, top: float, wall: Colour) -> None:
    canvas.box((left, top, left + 250, 380), wall, rough=0.5)
    for row in range(3):
        for column in range(3):
            x, y = left + 28 + column * 74, top + 30 + row * 84
            canvas.box((x, y, x + 44, y + 52), (112, 126, 140))


def _fence(canvas: Canvas, shift: float) -> None:
    for foot in (214, 400, 586):
        traffic_cone(canvas, foot + shift, 520)
    for part in range(16):
        x = 214 + part * 23.25 + shift
        tape = [(x, 446), (x + 23.25, 446), (x + 23.25, 458), (x, 458)]
        canvas.polygon(tape, (206, 72, 48) if part % 2 else (240, 238, 232))


SCENES: Final[Mapping[str, Scene]] = MappingProxyType(
    {
        "trash": trash,
        "manhole": manhole,
        "road": road,
        "lamp": lamp,
        "stall": stall,
        "car": car,
        "generic": generic,
    }
)
