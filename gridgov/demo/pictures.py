"""Illustrations for the sample's cases: drawn, not photographed, so that nobody is in them."""

import io
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image

from gridgov.demo.canvas import Canvas
from gridgov.demo.scenes import SCENES

QUALITY: Final = 82

# Longest matching beginning of the category code wins; whatever is not named is "generic".
GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "01": "trash",
        "0104": "generic",
        "0105": "generic",
        "0201": "manhole",
        "0202": "lamp",
        "0203": "road",
        "0206": "manhole",
        "0301": "stall",
        "0302": "car",
        "0303": "generic",
        "0304": "car",
        "0306": "stall",
        "0404": "road",
        "0505": "trash",
        "0905": "lamp",
        "1102": "road",
    }
)


def group_of(category_code: str) -> str:
    """Return the name of the scene that illustrates a category."""
    return GROUPS.get(category_code[:4], GROUPS.get(category_code[:2], "generic"))


def before_picture(category_code: str, seed: int) -> bytes:
    """Return an 800 × 600 JPEG of the trouble; the same seed draws the same picture."""
    return _encode(draw(group_of(category_code), seed, repaired=False))


def after_picture(category_code: str, seed: int) -> bytes:
    """Return an 800 × 600 JPEG of the same place once the trouble is gone."""
    return _encode(draw(group_of(category_code), seed, repaired=True))


def draw(group: str, seed: int, *, repaired: bool, scale: float = 1.0) -> Image.Image:
    """Return a scene of 800 × 600 times `scale` pixels; `group` is a key of scenes.SCENES."""
    # Place and surface have their own chance: before and after differ only in the trouble.
    family = zlib.crc32(group.encode())
    place, surface = (np.random.default_rng([family, seed, part]) for part in (0, 1))
    canvas = Canvas(scale)
    SCENES[group](canvas, place, repaired)
    mirrored = bool(surface.integers(2))
    return canvas.finish(surface, mirrored=mirrored, light=float(surface.uniform(0.94, 1.05)))


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return buffer.getvalue()
