"""The sample's illustrations: one place before and after, the same for the same seed."""

import io

import numpy as np
import pytest
from PIL import Image

from gridgov.demo.pictures import after_picture, before_picture, draw, group_of
from gridgov.demo.scenes import SCENES

CODES = {
    "0101": "trash",
    "0201": "manhole",
    "0203": "road",
    "0202": "lamp",
    "0301": "stall",
    "0304": "car",
    "9901": "generic",
}


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)), dtype=np.int16)


def changed_share(one: bytes, two: bytes) -> float:
    """Return the share of pixels that differ visibly."""
    return float((np.abs(pixels(one) - pixels(two)).max(axis=2) > 24).mean())


def test_every_group_has_a_category() -> None:
    assert set(CODES.values()) == set(SCENES)
    assert {code: group_of(code) for code in CODES} == CODES
    assert group_of("0105") == group_of("0803") == group_of("") == "generic"


@pytest.mark.parametrize("code", CODES)
def test_pictures_are_small_jpegs(code: str) -> None:
    for data in (before_picture(code, 7), after_picture(code, 7)):
        image = Image.open(io.BytesIO(data))
        assert (image.format, image.size) == ("JPEG", (800, 600))
        assert len(data) < 120_000


@pytest.mark.parametrize("code", CODES)
def test_before_and_after_show_one_place_with_and_without_the_trouble(code: str) -> None:
    share = changed_share(before_picture(code, 3), after_picture(code, 3))
    assert 0.02 < share < 0.5


@pytest.mark.parametrize("code", CODES)
def test_seed_decides_everything(code: str) -> None:
    assert before_picture(code, 5) == before_picture(code, 5)
    assert before_picture(code, 5) != before_picture(code, 6)


def test_scale_draws_the_same_scene_larger() -> None:
    small = draw("manhole", 1, repaired=False)
    large = draw("manhole", 1, repaired=False, scale=2)
    assert large.size == (1600, 1200)
    reduced = np.asarray(large.resize((80, 60), Image.Resampling.BOX), dtype=np.int16)
    difference = np.abs(reduced - np.asarray(small.resize((80, 60), Image.Resampling.BOX)))
    assert float(difference.mean()) < 8
