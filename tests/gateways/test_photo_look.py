"""The look of a picture: copies are found, other places are not, bare walls have none."""

import io
from collections.abc import Iterator
from itertools import combinations

import pytest
from PIL import Image, ImageEnhance

from gridgov.demo.scenes import SCENES
from gridgov.domain.closing import alike
from gridgov.gateways.photo_image import look_of
from gridgov.gateways.photos import PhotoStore
from tests.support import images

SMALL = (800, 600)
SEEDS = range(4)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhotoStore]:
    photos = PhotoStore(tmp_path_factory.mktemp("photos"))
    yield photos
    photos.close()


def copies(image: Image.Image) -> Iterator[Image.Image]:
    """The same picture as messengers and screenshots make it."""
    for quality, share in ((85, 1.0), (60, 0.5), (75, 0.8)):
        buffer = io.BytesIO()
        smaller = (int(image.width * share), int(image.height * share))
        image.resize(smaller, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=quality)
        yield Image.open(buffer)
    yield ImageEnhance.Brightness(image).enhance(1.1)


def test_the_worker_sends_the_look_of_every_kind_of_file(store: PhotoStore) -> None:
    kinds = (images.jpeg(SMALL), images.heic(size=SMALL), images.png(), images.webp())
    looks = [store.prepare(data).look for data in kinds]
    assert all(look is not None and alike(look, looks[0] or 0) for look in looks)


def test_a_picture_turned_by_its_exif_looks_like_itself_upright(store: PhotoStore) -> None:
    scene = images.street(size=SMALL)
    lying = scene.transpose(Image.Transpose.ROTATE_90)
    plain = store.prepare(images.encoded(scene, "JPEG", quality=88)).look
    turned = store.prepare(
        images.encoded(lying, "JPEG", quality=88, exif=images.exif(orientation=6))
    ).look
    assert plain is not None and turned is not None
    assert alike(plain, turned)


def test_nearly_every_copy_is_found() -> None:
    scenes = [images.street(group, seed=seed, size=SMALL) for group in SCENES for seed in SEEDS]
    found = [
        alike(look_of(scene) or 0, look_of(copy) or 0) for scene in scenes for copy in copies(scene)
    ]
    assert sum(found) / len(found) > 0.93


def test_no_other_place_is_taken_for_the_same() -> None:
    looks = [
        look_of(images.street(group, seed=seed, repaired=done, size=SMALL))
        for group in SCENES
        for seed in SEEDS
        for done in (False, True)
    ]
    places = [place for place in range(len(SCENES) * len(SEEDS)) for _ in range(2)]
    wrong = [
        (a, b)
        for a, b in combinations(range(len(looks)), 2)
        if places[a] != places[b] and alike(looks[a] or 0, looks[b] or 0)
    ]
    assert wrong == []


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_bare_picture_has_no_look(store: PhotoStore, grey: int) -> None:
    wall = Image.effect_noise(SMALL, 3).point(lambda value: value * 0.05 + grey * 0.9)
    assert store.prepare(images.encoded(wall.convert("RGB"), "JPEG")).look is None
