"""A small drawing board for the sample's illustrations: shapes, soft shadows, rough surfaces.

Coordinates are those of an 800 by 600 picture, whatever the size that comes out.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]

WIDTH: Final = 800
HEIGHT: Final = 600
SUPERSAMPLE: Final = 2  # drawn twice as large and reduced: Pillow's shapes have no soft edges


def shade(colour: Colour, factor: float) -> Colour:
    """Return a colour darkened (factor < 1) or lightened (> 1)."""
    red, green, blue = (max(0, min(255, round(part * factor))) for part in colour)
    return red, green, blue


class Canvas:
    """Draws flat shapes and remembers how rough each surface is; texture comes at the end."""

    def __init__(self, scale: float = 1.0) -> None:
        """Start with an empty picture of 800 × 600 times `scale` pixels."""
        self._size = round(WIDTH * scale), round(HEIGHT * scale)
        self._factor = scale * SUPERSAMPLE
        large = self._size[0] * SUPERSAMPLE, self._size[1] * SUPERSAMPLE
        self._image = Image.new("RGB", large)
        self._rough = Image.new("L", large)

    def polygon(self, points: Sequence[Point], colour: Colour, rough: float = 0.0) -> None:
        """Fill a polygon; `rough` 0 (smooth) to 1 (asphalt)."""
        scaled = [self._point(point) for point in points]
        ImageDraw.Draw(self._image).polygon(scaled, fill=colour)
        ImageDraw.Draw(self._rough).polygon(scaled, fill=round(rough * 255))

    def box(self, box: Box, colour: Colour, rough: float = 0.0, radius: float = 0.0) -> None:
        """Fill a rectangle (left, top, right, bottom), with round corners if wished."""
        scaled = self._box(box)
        corner = radius * self._factor
        ImageDraw.Draw(self._image).rounded_rectangle(scaled, corner, fill=colour)
        ImageDraw.Draw(self._rough).rounded_rectangle(scaled, corner, fill=round(rough * 255))

    def ellipse(self, box: Box, colour: Colour, rough: float = 0.0) -> None:
        """Fill an ellipse inside a box."""
        scaled = self._box(box)
        ImageDraw.Draw(self._image).ellipse(scaled, fill=colour)
        ImageDraw.Draw(self._rough).ellipse(scaled, fill=round(rough * 255))

    def arc(self, box: Box, start: float, end: float, colour: Colour, width: float) -> None:
        """Draw a part of an ellipse; angles in degrees, clockwise from three o'clock."""
        thickness = max(1, round(width * self._factor))
        ImageDraw.Draw(self._image).arc(self._box(box), start, end, fill=colour, width=thickness)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """Draw a line with round joints."""
        scaled = [self._point(point) for point in points]
        thickness = max(1, round(width * self._factor))
        ImageDraw.Draw(self._image).line(scaled, fill=colour, width=thickness, joint="curve")

    def fade(self, box: Box, start: Colour, end: Colour, *, across: bool = False) -> None:
        """Fill a rectangle with a gradient from top to bottom, or from left to right."""
        left, top, right, bottom = (round(value) for value in self._box(box))
        ramp = Image.linear_gradient("L")
        if across:
            ramp = ramp.transpose(Image.Transpose.ROTATE_90)
        size = right - left, bottom - top
        mask = ramp.resize(size)
        mixed = Image.composite(Image.new("RGB", size, end), Image.new("RGB", size, start), mask)
        self._image.paste(mixed, (left, top))
        self._rough.paste(0, (left, top, right, bottom))

    def glow(
        self, points: Sequence[Point], colour: Colour, *, strength: float, blur: float
    ) -> None:
        """Lay a soft polygon of light or shadow over what is there; `blur` in pixels."""
        # A quarter of the size is enough for something without edges.
        small = self._image.width // 4, self._image.height // 4
        mask = Image.new("L", small)
        scaled = [(x * self._factor / 4, y * self._factor / 4) for x, y in points]
        ImageDraw.Draw(mask).polygon(scaled, fill=round(strength * 255))
        mask = mask.filter(ImageFilter.GaussianBlur(blur * self._factor / 4))
        self._image.paste(colour, mask=mask.resize(self._image.size))

    def shadow(self, box: Box, *, strength: float = 0.5, blur: float = 8.0) -> None:
        """Lay a soft dark ellipse on the ground."""
        self.glow(ellipse_points(box), (12, 14, 16), strength=strength, blur=blur)

    def finish(self, rng: np.random.Generator, *, mirrored: bool, light: float) -> Image.Image:
        """Return the picture: reduced, given its textures, mirrored and lit (1 = as drawn)."""
        image = self._image.resize(self._size, Image.Resampling.BOX)
        rough = np.asarray(self._rough.resize(self._size, Image.Resampling.BOX), np.float32) / 255
        pattern = 0.07 * _mottle(self._size, rng) + 0.035 * _grain(self._size, rng)
        pixels = np.asarray(image, np.float32) * (light * (1 + rough * pattern))[:, :, None]
        result = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        return result.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else result

    def _point(self, point: Point) -> Point:
        return point[0] * self._factor, point[1] * self._factor

    def _box(self, box: Box) -> Box:
        left, top, right, bottom = (value * self._factor for value in box)
        return left, top, right, bottom


def ellipse_points(box: Box, count: int = 48) -> list[Point]:
    """Return the corners of a polygon that looks like the ellipse inside a box."""
    left, top, right, bottom = box
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    return [
        (
            middle_x + (right - left) / 2 * math.cos(2 * math.pi * step / count),
            middle_y + (bottom - top) / 2 * math.sin(2 * math.pi * step / count),
        )
        for step in range(count)
    ]


def _mottle(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return soft patches, about -1 to 1, shape (height, width)."""
    total = np.zeros((size[1], size[0]), np.float32)
    for cells, weight in ((8, 0.6), (20, 0.5), (60, 0.3)):
        coarse = rng.normal(0, 1, (cells * 3 // 4, cells)).astype(np.float32)
        smooth = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
        total += weight * np.asarray(smooth)
    return total


def _grain(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    return rng.normal(0, 1, (size[1], size[0])).astype(np.float32)
