"""Photos: what is accepted and how it looks afterwards, what is refused and why."""

import hashlib
import io
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.gateways.photos import PhotoStore, PreparedPhoto
from tests.support import images

GAOMING = {"lon": 112.8926, "lat": 22.9003}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhotoStore]:
    """A store with one worker, shared: a refused photo must not disturb the next."""
    photos = PhotoStore(tmp_path_factory.mktemp("photos"))
    yield photos
    photos.close()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def quarters(image: Image.Image) -> list[str]:
    """Name the colours of the quarters, clockwise from top left."""
    width, height = image.size
    names = []
    for x, y in ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)):
        pixel = image.getpixel((int(width * x), int(height * y)))
        assert isinstance(pixel, tuple)
        bright = tuple(part > 128 for part in pixel)
        names.append(
            {
                (True, False, False): "red",
                (False, True, False): "green",
                (False, False, True): "blue",
                (True, True, True): "white",
            }.get(bright, f"{pixel}")
        )
    return names


UPRIGHT = ["red", "green", "blue", "white"]


def segments(jpeg: bytes) -> set[int]:
    """Return the markers of a JPEG's header segments, up to the first scan."""
    markers, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        assert jpeg[at] == 0xFF
        markers.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return markers


def assert_clean(photo: PreparedPhoto) -> None:
    for data in (photo.full, photo.thumb):
        # APP0 (JFIF) is all that may be there beside tables and frames.
        assert not segments(data) & {*range(0xE1, 0xF0), 0xFE}
        for trace in (b"Exif\0\0", b"ns.adobe.com", b"Photoshop", b"ICC_PROFILE", b"Invented"):
            assert trace not in data


# Each is made for the first test that asks: a HEIC takes a second.
ACCEPTED = {
    "jpeg": cache(lambda: images.jpeg_with_gps(**GAOMING)),
    "png": cache(images.png),
    "webp": cache(images.webp),
    "heic": cache(lambda: images.heic(**GAOMING)),
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_every_kind_becomes_a_clean_jpeg(store: PhotoStore, kind: str) -> None:
    photo = store.prepare(ACCEPTED[kind]())
    full = opened(photo.full)
    assert (full.format, full.mode) == ("JPEG", "RGB")
    assert full.size == (photo.width, photo.height)
    assert photo.media_type == "image/jpeg"
    assert photo.sha256 == hashlib.sha256(photo.full).hexdigest()
    assert max(opened(photo.thumb).size) == 480
    assert_clean(photo)


def test_sizes_keep_the_shape_and_never_grow(store: PhotoStore) -> None:
    large = store.prepare(images.jpeg(size=(4000, 3000)))
    assert (large.width, large.height) == (2048, 1536)
    assert opened(large.thumb).size == (480, 360)
    small = store.prepare(images.jpeg(size=(320, 240)))
    assert (small.width, small.height) == (320, 240)
    assert opened(small.thumb).size == (320, 240)
    thin = store.prepare(images.encoded(Image.new("RGB", (5000, 2)), "PNG"))
    assert (thin.width, thin.height) == (2048, 1)


def test_same_photo_gives_the_same_hash(store: PhotoStore) -> None:
    assert store.prepare(ACCEPTED["jpeg"]()) == store.prepare(ACCEPTED["jpeg"]())


TURNED_BACK = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", TURNED_BACK)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_orientation_is_applied(store: PhotoStore, kind: str, orientation: int) -> None:
    upright = images.corners()
    turn = TURNED_BACK[orientation]
    stored = upright if turn is None else upright.transpose(turn)
    photo = store.prepare(images.encoded(stored, kind, exif=images.exif(orientation=orientation)))
    assert (photo.width, photo.height) == upright.size
    assert quarters(opened(photo.full)) == UPRIGHT
    assert quarters(opened(photo.thumb)) == UPRIGHT


@pytest.mark.parametrize("kind", ["jpeg", "heic"])
def test_exif_gives_position_and_time_as_a_hint(store: PhotoStore, kind: str) -> None:
    hint = store.prepare(ACCEPTED[kind]()).hint
    assert hint is not None
    assert hint.lon == pytest.approx(GAOMING["lon"], abs=1e-6)
    assert hint.lat == pytest.approx(GAOMING["lat"], abs=1e-6)
    assert hint.taken_at == datetime.fromisoformat("2026-11-20T08:41:07")


def test_time_has_a_zone_only_when_the_photo_names_it(store: PhotoStore) -> None:
    block = images.exif(offset="+08:00")
    hint = store.prepare(images.encoded(images.corners(), "JPEG", exif=block)).hint
    assert hint is not None
    assert hint.taken_at is not None
    assert hint.taken_at.utcoffset() == timedelta(hours=8)
    assert hint.taken_at.astimezone(UTC) == datetime(2026, 11, 20, 0, 41, 7, tzinfo=UTC)
    assert (hint.lon, hint.lat) == (None, None)


@pytest.mark.parametrize(
    ("lon", "lat"), [(-70.25, -33.5), (112.0, -0.001), (-0.1278, 51.5074), (179.99999, 89.5)]
)
def test_position_keeps_its_hemisphere(store: PhotoStore, lon: float, lat: float) -> None:
    block = images.exif(lon, lat, taken=None)
    hint = store.prepare(images.encoded(images.corners(), "JPEG", exif=block)).hint
    assert hint is not None
    assert (hint.lon, hint.lat) == (
        pytest.approx(lon, abs=1e-6),
        pytest.approx(lat, abs=1e-6),
    )


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 0.0), (181.0, 22.9), (112.9, 95.0)])
def test_impossible_position_is_no_hint(store: PhotoStore, lon: float, lat: float) -> None:
    block = images.exif(lon, lat, taken="2026:02:31 99:00:00")
    assert store.prepare(images.encoded(images.corners(), "JPEG", exif=block)).hint is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("start", [6, 12], ids=["not TIFF at all", "senseless entries"])
def test_broken_exif_costs_the_hint_not_the_photo(store: PhotoStore, kind: str, start: int) -> None:
    block = images.exif(**GAOMING)
    broken = block[:start] + b"\xff" * 60 + block[start + 60 :]
    photo = store.prepare(images.encoded(images.corners(), kind, exif=broken))
    assert photo.hint is None
    assert quarters(opened(photo.full)) == UPRIGHT
    assert_clean(photo)


def test_all_metadata_goes(store: PhotoStore) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = images.encoded(
        images.street(size=(800, 600)),
        "JPEG",
        exif=images.exif(**GAOMING),
        icc_profile=profile,
        comment="taken by Invented Person",
        xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/">Invented Person</x:xmpmeta>',
    )
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00Invented"
    data = data[:2] + b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + data[2:]
    data += b"after the end: Invented"
    assert {0xE1, 0xE2, 0xED, 0xFE} <= segments(data)
    photo = store.prepare(data)
    assert_clean(photo)
    assert photo.hint is not None


def test_colour_profile_is_applied_before_it_is_dropped(store: PhotoStore) -> None:
    # A profile whose red and green primaries are exchanged: its "red" looks green.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace(b"rXYZ", b"~~~~").replace(b"gXYZ", b"rXYZ").replace(b"~~~~", b"gXYZ")
    photo = store.prepare(images.encoded(images.corners(), "PNG", icc_profile=profile))
    assert quarters(opened(photo.full)) == ["green", "red", "blue", "white"]
    assert_clean(photo)


def test_broken_colour_profile_is_ignored(store: PhotoStore) -> None:
    sound = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    colour_space_is_no_text = sound[:17] + b"\xff" + sound[18:]
    for profile in (b"not a profile", bytes(200), sound[:300], colour_space_is_no_text):
        photo = store.prepare(images.encoded(images.corners(), "JPEG", icc_profile=profile))
        assert quarters(opened(photo.full)) == UPRIGHT


def test_transparency_becomes_white(store: PhotoStore) -> None:
    image = images.corners().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 200, 150))
    for data in (images.encoded(image, "PNG"), images.encoded(image, "WEBP", lossless=True)):
        assert quarters(opened(store.prepare(data).full)) == ["white", "green", "blue", "white"]
    palette = images.corners().quantize(4)
    red = palette.getpixel((5, 5))
    photo = store.prepare(images.encoded(palette, "PNG", transparency=red))
    assert quarters(opened(photo.full)) == ["white", "green", "blue", "white"]


def test_unusual_pixels_keep_their_brightness(store: PhotoStore) -> None:
    grey = images.corners().convert("L").point(lambda value: value // 2)
    wide = Image.frombytes("I;16", grey.size, b"".join(bytes((0, v)) for v in grey.tobytes()))
    cmyk = images.encoded(images.corners().convert("CMYK"), "JPEG", quality=95)
    for data in (images.encoded(grey, "PNG"), images.encoded(wide, "PNG")):
        pixel = opened(store.prepare(data).full).getpixel((100, 225))
        assert isinstance(pixel, tuple)
        assert all(abs(part - 127) <= 3 for part in pixel)
    assert quarters(opened(store.prepare(cmyk).full)) == UPRIGHT
    two_shots = images.encoded(
        images.corners(), "MPO", save_all=True, append_images=[images.street(size=(400, 300))]
    )
    assert quarters(opened(store.prepare(two_shots).full)) == UPRIGHT


def refusal(store: PhotoStore, data: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        store.prepare(data)
    assert caught.value.field == "photo"
    return caught.value


@pytest.mark.parametrize("name", images.PRETENDERS)
def test_other_files_are_not_images(store: PhotoStore, name: str) -> None:
    assert refusal(store, images.PRETENDERS[name]).reason == "not_an_image"


@pytest.mark.parametrize("kind", ACCEPTED)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.95])
def test_truncated_photo_is_damaged(store: PhotoStore, kind: str, part: float) -> None:
    whole = ACCEPTED[kind]()
    assert refusal(store, whole[: int(len(whole) * part)]).reason == "damaged"


def test_only_the_first_bytes_of_a_photo_are_damaged(store: PhotoStore) -> None:
    for start in (
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"RIFF\0\0\0\0WEBPVP8 ",
    ):
        assert refusal(store, start).reason == "damaged"
        assert refusal(store, start + bytes(500)).reason == "damaged"


def test_forty_megapixels_are_too_many(store: PhotoStore) -> None:
    error = refusal(store, images.forty_megapixels())
    assert error.reason == "too_many_pixels"
    assert error.values == {"megapixels": 40, "limit": 30}


@pytest.mark.parametrize("make", [images.png_bomb, images.webp_bomb], ids=["png", "webp"])
def test_bomb_is_refused_by_its_header(store: PhotoStore, make: Callable[[], bytes]) -> None:
    bomb = make()
    assert len(bomb) < 5_000
    error = refusal(store, bomb)
    assert error.reason == "too_many_pixels"
    assert error.values["megapixels"] > 250


def test_lying_heic_is_refused(store: PhotoStore) -> None:
    assert refusal(store, images.heic_bomb()).reason in {"too_many_pixels", "damaged"}


def test_pixel_limit_includes_the_limit_itself(tmp_path: Path) -> None:
    photos = PhotoStore(tmp_path, max_pixels=400 * 300)
    assert photos.prepare(images.jpeg(size=(400, 300))).width == 400
    assert refusal(photos, images.jpeg(size=(401, 300))).reason == "too_many_pixels"
    photos.close()


def test_empty_and_oversized_files(store: PhotoStore, tmp_path: Path) -> None:
    assert refusal(store, b"").reason == "empty"
    photos = PhotoStore(tmp_path, max_bytes=2 * 1024 * 1024)
    error = refusal(photos, b"\xff\xd8\xff" + bytes(3 * 1024 * 1024))
    assert error.reason == "too_large"
    assert error.values == {"megabytes": 3.0, "limit": 2.0}
    assert photos.status().started == 0


def test_saving_is_content_addressed_and_idempotent(store: PhotoStore, tmp_path: Path) -> None:
    photo = store.prepare(ACCEPTED["jpeg"]())
    photos = PhotoStore(tmp_path / "not" / "there yet")
    photos.save(photo)
    full, thumb = photos.path(photo.sha256, "full"), photos.path(photo.sha256, "thumb")
    assert full.read_bytes() == photo.full
    assert thumb.read_bytes() == photo.thumb
    folder = tmp_path / "not" / "there yet" / photo.sha256[:2] / photo.sha256[2:4]
    assert full == folder / f"{photo.sha256}.jpg"
    before = full.stat()
    photos.save(photo)
    assert full.stat().st_mtime_ns == before.st_mtime_ns
    mini = photos.path(photo.sha256, "mini")
    assert sorted(folder.iterdir()) == sorted([full, thumb, mini])
    assert not before.st_mode & (stat.S_IRWXO | stat.S_IWGRP)


def test_a_list_gets_a_picture_of_a_few_kilobytes(store: PhotoStore, tmp_path: Path) -> None:
    photo = store.prepare(images.jpeg(size=(3000, 2000), seed=3))
    photos = PhotoStore(tmp_path)
    photos.save(photo)
    mini = photos.path(photo.sha256, "mini")
    with Image.open(mini) as image:
        assert max(image.size) == 144
    assert len(photo.mini) < 8_000
    # A photo kept by an older version has none; its thumbnail takes the place.
    mini.unlink()
    assert photos.path(photo.sha256, "mini") == photos.path(photo.sha256, "thumb")


def test_failed_save_leaves_nothing_behind(store: PhotoStore, tmp_path: Path) -> None:
    photo = store.prepare(ACCEPTED["jpeg"]())
    photos = PhotoStore(tmp_path)
    blocked = tmp_path / photo.sha256[:2] / photo.sha256[2:4] / f"{photo.sha256}.thumb.jpg"
    blocked.mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        photos.save(photo)
    assert list(blocked.parent.iterdir()) == [blocked]
    with pytest.raises(NotFound):
        photos.path(photo.sha256, "full")


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64,
        "../../../../etc/passwd",
        "..",
        "",
        "A" * 64,
        "0" * 63,
        "0" * 65,
        "0" * 64 + "\n",
        "/" + "0" * 63,
        "٠" * 64,
    ],
)
def test_path_refuses_what_is_no_saved_hash(store: PhotoStore, name: str) -> None:
    with pytest.raises(NotFound):
        store.path(name, "full")


def test_path_never_leaves_the_folder(tmp_path: Path) -> None:
    (tmp_path / "evil.jpg").write_bytes(b"a file of somebody else")
    photos = PhotoStore(tmp_path / "photos")
    inside = tmp_path / "photos" / "00" / "00" / ("0" * 64)
    inside.mkdir(parents=True)
    for name in (str(tmp_path / "evil"), "0" * 64 + "/../../../../evil"):
        with pytest.raises(NotFound):
            photos.path(name, "full")


def test_path_refuses_an_unknown_size(store: PhotoStore) -> None:
    photo = store.prepare(ACCEPTED["png"]())
    store.save(photo)
    with pytest.raises(NotFound):
        store.path(photo.sha256, "../full")  # type: ignore[arg-type]


def test_the_server_never_loads_a_decoder() -> None:
    script = "import sys, gridgov.gateways.photos; print('PIL' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
