"""What the sample's illustrated streets are made of: walls, roads, bins, cars, trees."""

from typing import Final

import numpy as np

from gridgov.demo.canvas import Box, Canvas, Colour, Point, ellipse_points, shade

ASPHALT: Final[Colour] = (116, 117, 116)
GREEN: Final[Colour] = (44, 108, 80)
# Offset from the foot of the trunk, half width, tone.
CROWN: Final = (
    (-46, -200, 62, 0.82),
    (48, -196, 60, 0.9),
    (0, -250, 74, 1.0),
    (-20, -214, 58, 1.1),
)


def brick_wall(canvas: Canvas, colour: Colour, *, bottom: float) -> None:
    """Draw a wall of large blocks from the top of the picture down to `bottom`."""
    canvas.box((0, 0, 800, bottom), colour, rough=0.8)
    joint = shade(colour, 0.84)
    for row, y in enumerate(range(0, int(bottom), 118)):
        canvas.line([(0, y), (800, y)], joint, 4)
        for x in range(-100 + (row % 2) * 120, 900, 240):
            canvas.line([(x, y), (x, min(y + 118, bottom))], joint, 4)


def building_front(canvas: Canvas, wall: Colour, sign: Colour | None) -> None:
    """Draw the foot of a building: plain bays, or a shop with a sign board and a door."""
    canvas.box((0, 0, 800, 400), wall, rough=0.8)
    canvas.box((0, 0, 800, 44), shade(wall, 0.93), rough=0.6)
    if sign is None:
        for left in (-40, 250, 560):
            canvas.box((left, 60, left + 186, 356), (128, 136, 146), rough=0.4)
            canvas.line([(left + 93, 60), (left + 93, 356)], (108, 116, 126), 4)
        return
    canvas.box((50, 60, 750, 132), sign, rough=0.3)
    for x in range(210, 600, 84):
        canvas.box((x, 80, x + 46, 114), shade(sign, 1.7), rough=0.1)
    canvas.box((70, 146, 730, 392), (70, 76, 82))
    canvas.fade((82, 156, 500, 380), (122, 138, 150), (84, 94, 104))
    canvas.box((512, 156, 718, 392), (96, 104, 112))
    canvas.line([(615, 156), (615, 392)], (62, 68, 74), 5)
    canvas.line([(290, 156), (290, 380)], (70, 76, 82), 6)


def lying_road(canvas: Canvas, tilt: float) -> None:
    """Draw a carriageway seen from the pavement: bricks, kerb, gutter, asphalt, a lane mark."""
    canvas.box((0, 0, 800, 600), ASPHALT, rough=1.0)
    low, high = 196 + tilt, 124 - tilt
    canvas.polygon([(0, 0), (800, 0), (800, high), (0, low)], (156, 144, 128), rough=0.5)
    slope = (high - low) / 800
    for row in range(9):
        y = low - 16 - row * 24
        canvas.line([(0, y), (800, y + slope * 800)], (130, 118, 104), 2.5)
        for column in range(-1, 18):
            x = column * 52 + (row % 2) * 26
            canvas.line([(x, y + slope * x), (x + 9, y + slope * x - 24)], (130, 118, 104), 2.5)
    kerb = [(0, low - 14), (800, high - 14), (800, high + 22), (0, low + 22)]
    canvas.polygon(kerb, (178, 174, 162), rough=0.6)
    canvas.line([(0, low + 25), (800, high + 25)], (66, 68, 66), 7)
    canvas.glow(
        [(0, low + 28), (800, high + 28), (800, high + 50), (0, low + 50)],
        (60, 62, 62), strength=0.5, blur=9,
    )  # fmt: skip
    canvas.polygon([(560, 600), (620, 600), (800, 430), (800, 376)], (188, 188, 180), rough=0.6)


def leaves(canvas: Canvas, rng: np.random.Generator, *, count: int, area: Box) -> None:
    """Scatter a few fallen leaves."""
    for across, down, size, tone in rng.uniform(0, 1, (count, 4)):
        x = area[0] + (area[2] - area[0]) * float(across)
        y = area[1] + (area[3] - area[1]) * float(down)
        long = 9 + 8 * float(size)
        leaf: list[Point] = [(x - long, y + 2), (x, y - 6), (x + long, y - 1), (x + 2, y + 6)]
        canvas.polygon(leaf, shade((150, 120, 62), 0.8 + 0.4 * float(tone)), rough=0.3)


def green_bin(canvas: Canvas, left: float, *, full: bool) -> None:
    """Draw a wheeled bin, its lid thrown open or closed."""
    top = 250.0
    if full:
        lid = [
            (left - 12, top - 2),
            (left + 24, top - 92),
            (left + 168, top - 92),
            (left + 160, top),
        ]
        canvas.polygon(lid, shade(GREEN, 0.68))
    canvas.ellipse((left + 6, 494, left + 44, 532), (28, 30, 32))
    canvas.ellipse((left + 116, 494, left + 154, 532), (28, 30, 32))
    body_top, body_bottom = (left, left + 162), (left + 16, left + 146)
    steps = 27
    for step in range(steps):
        a, b = step / steps, (step + 1) / steps
        light = 0.72 + 0.5 * float(np.sin(np.pi * (0.12 + 0.72 * a)))
        canvas.polygon(
            [
                (body_top[0] + 162 * a, top),
                (body_top[0] + 162 * b + 1, top),
                (body_bottom[0] + 130 * b + 1, 520),
                (body_bottom[0] + 130 * a, 520),
            ],
            shade(GREEN, light),
        )
    for x in (46, 80, 114):
        canvas.line([(left + x, 300), (left + 12 + x * 0.86, 500)], shade(GREEN, 0.7), 4)
    if full:
        canvas.box((left - 8, top - 12, left + 170, top + 12), shade(GREEN, 0.86), radius=5)
        return
    closed = [
        (left - 12, top + 8),
        (left - 2, top - 26),
        (left + 164, top - 26),
        (left + 174, top + 8),
    ]
    canvas.polygon(closed, shade(GREEN, 1.12))
    canvas.box((left - 12, top + 4, left + 174, top + 18), shade(GREEN, 0.8), radius=4)
    canvas.box((left + 58, top - 4, left + 104, top + 6), shade(GREEN, 0.6), radius=4)


def rubbish_bag(
    canvas: Canvas, x: float, y: float, half: float, tall: float, colour: Colour = (44, 46, 50)
) -> None:
    """Draw a tied plastic bag around a middle point."""
    canvas.shadow((x - half, y + tall * 0.6, x + half, y + tall * 1.25), strength=0.4, blur=7)
    knot = [
        (x - 10, y - tall + 6),
        (x - 18, y - tall - 14),
        (x + 4, y - tall - 8),
        (x + 20, y - tall - 16),
        (x + 12, y - tall + 6),
    ]
    canvas.polygon(knot, shade(colour, 0.9))
    canvas.ellipse((x - half, y - tall, x + half, y + tall), colour)
    shine = (x - half * 0.62, y - tall * 0.72, x + half * 0.1, y - tall * 0.05)
    canvas.glow(
        ellipse_points(shine), shade(colour, 2.2 if colour[0] < 90 else 1.2), strength=0.55, blur=10
    )
    for side in (-0.4, 0.05, 0.5):
        fold = [(x + side * 20, y - tall + 8), (x + half * side * 1.1, y - tall * 0.3)]
        canvas.line(fold, shade(colour, 0.72), 3)


def parked_car(canvas: Canvas, x: float, colour: Colour) -> None:
    """Draw a saloon car from the side, its middle at x."""
    canvas.shadow((x - 356, 498, x + 356, 556), strength=0.6, blur=9)
    outline = [
        (-352, 508), (-356, 446), (-336, 414), (-280, 398), (-210, 386), (-146, 322), (-104, 302),
        (84, 300), (130, 318), (204, 388), (300, 404), (342, 428), (354, 462), (350, 508),
    ]  # fmt: skip
    canvas.polygon([(x + dx, y) for dx, y in outline], colour, rough=0.25)
    canvas.polygon(
        [(x + dx, y) for dx, y in ((-354, 486), (352, 486), (350, 512), (-350, 512))],
        shade(colour, 0.72),
    )
    glass = (58, 68, 78)
    front = ((-190, 386), (-136, 330), (-100, 316), (-22, 316), (-22, 386))
    rear = ((-4, 386), (-4, 316), (80, 316), (116, 330), (172, 386))
    for pane in (front, rear):
        canvas.polygon([(x + dx, y) for dx, y in pane], glass)
        lighter = [(x + dx * 0.98 + 2, y + 3) for dx, y in pane[1:4]]
        canvas.line(lighter, (96, 108, 120), 3)
    canvas.line([(x - 13, 392), (x - 13, 484)], shade(colour, 0.78), 3)
    canvas.line([(x - 330, 440), (x + 336, 440)], shade(colour, 0.86), 3)
    for handle in (-60, 140):
        canvas.box((x + handle, 408, x + handle + 34, 415), shade(colour, 0.7), radius=3)
    canvas.box((x - 354, 430, x - 330, 450), (232, 214, 160), radius=5)
    canvas.box((x + 332, 436, x + 354, 458), (168, 58, 48), radius=5)
    for wheel in (-212, 212):
        for half, tone in ((56, (26, 28, 30)), (30, (138, 142, 148)), (11, (70, 74, 78))):
            box = (x + wheel - half, 504 - half, x + wheel + half, 504 + half)
            canvas.ellipse(box, tone)


def traffic_cone(canvas: Canvas, x: float, foot: float) -> None:
    """Draw an orange cone with two white bands, standing at (x, foot)."""
    canvas.shadow((x - 46, foot - 12, x + 46, foot + 12), strength=0.5, blur=5)
    canvas.polygon(
        [(x - 8, foot - 118), (x + 8, foot - 118), (x + 32, foot), (x - 32, foot)], (214, 98, 44)
    )
    for top, bottom in ((86, 64), (44, 22)):
        a, b = 32 - 24 * top / 118, 32 - 24 * bottom / 118
        band = [
            (x - a, foot - top),
            (x + a, foot - top),
            (x + b, foot - bottom),
            (x - b, foot - bottom),
        ]
        canvas.polygon(band, (238, 236, 228))
    canvas.box((x - 42, foot - 6, x + 42, foot + 6), (182, 80, 36), radius=3)


def tree(canvas: Canvas, x: float, foot: float) -> None:
    """Draw a small street tree standing at (x, foot)."""
    canvas.shadow((x - 70, foot - 10, x + 70, foot + 14), strength=0.35)
    canvas.polygon(
        [(x - 9, foot), (x + 9, foot), (x + 6, foot - 180), (x - 6, foot - 180)],
        (98, 80, 62),
        rough=0.5,
    )
    for dx, dy, half, tone in (
        (-46, -200, 62, 0.82),
        (48, -196, 60, 0.9),
        (0, -250, 74, 1.0),
        (-20, -214, 58, 1.1),
    ):
        box = (x + dx - half, foot + dy - half * 0.86, x + dx + half, foot + dy + half * 0.86)
        canvas.ellipse(box, shade((96, 126, 88), tone), rough=0.9)
