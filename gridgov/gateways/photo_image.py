"""One photo from untrusted bytes to a clean sRGB JPEG; runs inside a photo worker process.

Nothing of the sender's file survives but the pixels: the result is drawn anew, so that EXIF,
XMP, IPTC, colour profiles, comments and embedded thumbnails are gone whatever the format.
"""

import io
import math
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pillow_heif
from PIL import ExifTags, Image, ImageCms

from gridgov.domain.errors import InvalidInput
from gridgov.gateways.photo_wire import Kind, PhotoHint

FULL_SIDE: Final = 2048
THUMB_SIDE: Final = 480
MINI_SIDE: Final = 144  # beside a line of a list: 55 points wide on a sharp screen
FULL_QUALITY: Final = 85
THUMB_QUALITY: Final = 80
# The look of a picture: 8 × 8 comparisons of neighbours. One with less contrast than this
# many of 255 greys (a wall, fog, a covered lens) looks like any other of its kind.
LOOK_SIZE: Final = (9, 8)
LOOK_CONTRAST: Final = 24

# What Pillow, its plugins and libheif raise on broken files (seen with 60,000 mutated ones).
DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    RuntimeError,
    LookupError,
    OverflowError,
    MemoryError,  # only a file that lies about its size reaches the limit of the process
    struct.error,
    zlib.error,
)
# Metadata also comes in types and shapes its reader does not expect.
METADATA_ERRORS: Final = (*DECODER_ERRORS, TypeError, AttributeError, ZeroDivisionError)

_TURNS: Final[Mapping[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ICC_SPACES: Final = {"RGB": "RGB ", "CMYK": "CMYK", "L": "GRAY"}
_EXIF_TIME: Final = re.compile(r"(\d{4}):(\d\d):(\d\d)[ T](\d\d:\d\d:\d\d)")
_EXIF_OFFSET: Final = re.compile(r"[+-]\d\d:\d\d")


@dataclass(frozen=True)
class CleanImage:
    """The three JPEGs made from one photo and what it said about itself."""

    width: int
    height: int
    full: bytes
    thumb: bytes
    mini: bytes
    hint: PhotoHint | None
    look: int | None


def prepare_decoders() -> None:
    """Register HEIF and set the decoders' own limits; call once per process."""
    # One thread a decoder: the pool is the bound, and each thread reserves address space.
    pillow_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    # The pixel limit is checked below from the header; Pillow's would only warn before ours.
    Image.MAX_IMAGE_PIXELS = None


def clean(data: bytes, kind: Kind, *, max_pixels: int) -> CleanImage:
    """Decode, turn upright, convert to sRGB, shrink and encode anew.

    Raises InvalidInput("photo", …): `too_many_pixels` (from the header, before any pixel is
    decoded; values `megapixels`, `limit`) or `damaged`.
    """
    image = _decode(data, kind, max_pixels)
    exif = _read_exif(image)
    full = _flatten(_shrink(image))
    turn = _TURNS.get(exif.get(ExifTags.Base.Orientation, 1)) if exif else None
    if turn is not None:
        full = full.transpose(turn)
    thumb = full.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    mini = thumb.copy()
    mini.thumbnail((MINI_SIDE, MINI_SIDE), Image.Resampling.LANCZOS)
    return CleanImage(
        width=full.width,
        height=full.height,
        full=_encode(full, FULL_QUALITY),
        thumb=_encode(thumb, THUMB_QUALITY),
        mini=_encode(mini, THUMB_QUALITY),
        hint=_hint(exif) if exif else None,
        look=look_of(thumb),
    )


def _decode(data: bytes, kind: Kind, max_pixels: int) -> Image.Image:
    try:
        if kind == "WEBP":  # its decoder allocates whole canvases on opening
            _check_pixels(*_webp_size(data), max_pixels)
        image = Image.open(io.BytesIO(data), formats=[kind])
        _check_pixels(*image.size, max_pixels)
        excess = max(image.size) / (2 * FULL_SIDE)
        if excess > 1:
            # A JPEG can decode at a half or a quarter: a third of the time and memory.
            image.draft(None, (int(image.width / excess), int(image.height / excess)))
        image.load()
        _check_pixels(*image.size, max_pixels)
    except DECODER_ERRORS as error:
        raise InvalidInput("photo", "damaged", f"the photo cannot be decoded: {error!r}") from error
    return image


def _check_pixels(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise InvalidInput(
            "photo",
            "too_many_pixels",
            f"the photo has {width * height / 1e6:.1f} megapixels, "
            f"the limit is {max_pixels / 1e6:g}",
            megapixels=_millions(width * height),
            limit=_millions(max_pixels),
        )


def _millions(count: int) -> float:
    """Return millions for a sentence: one decimal, none where it would be zero."""
    value = round(count / 1e6, 1)
    return int(value) if value.is_integer() else value


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height from a WebP header. Source: RFC 9649, sections 2.5 to 2.7."""
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("WebP without an image chunk")


def _shrink(image: Image.Image) -> Image.Image:
    """Return a picture of at most FULL_SIDE, in a mode that resizes without loss."""
    if image.mode.startswith("I;16"):
        # Pillow clips 16-bit grey to 255 instead of scaling it.
        small = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in ("P", "PA") or "transparency" in image.info:
        small = image.convert("RGBA")
    elif image.mode in ("RGB", "RGBA", "L", "LA", "CMYK"):
        small = image
    else:
        small = image.convert("RGB")
    small.thumbnail((FULL_SIDE, FULL_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if image.info.get("icc_profile"):
        small.info["icc_profile"] = image.info["icc_profile"]
    return small


def _flatten(image: Image.Image) -> Image.Image:
    """Return an RGB copy in sRGB on white, without anything but pixels."""
    profile = image.info.get("icc_profile")
    if image.mode in ("RGBA", "LA"):
        alpha = image.getchannel("A")
        opaque = image.convert("RGB" if image.mode == "RGBA" else "L")
        flat = Image.new(opaque.mode, image.size, "white")
        flat.paste(opaque, mask=alpha)
    else:
        flat = image
    rgb = _to_srgb(flat, profile) if profile else flat.convert("RGB")
    # Saving would carry `info` (comment, density) along; a new image has none.
    clean_image = Image.new("RGB", rgb.size)
    clean_image.paste(rgb)
    return clean_image


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space != _ICC_SPACES.get(image.mode):
            return image.convert("RGB")
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A broken profile is no reason to refuse the photo.
        return image.convert("RGB")
    return converted if converted is not None else image.convert("RGB")


def look_of(image: Image.Image) -> int | None:
    """Return a difference hash of 64 bits, by which copies are found; None for a bare picture.

    Source: N. Krawetz, "Kind of Like That" (2013).
    """
    small = image.convert("L").resize(LOOK_SIZE, Image.Resampling.LANCZOS)
    greys = small.tobytes()
    if max(greys) - min(greys) < LOOK_CONTRAST:
        return None
    look, width = 0, LOOK_SIZE[0]
    for start in range(0, len(greys), width):
        for at in range(start, start + width - 1):
            look = look << 1 | (greys[at] < greys[at + 1])
    return look


def _encode(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
    return buffer.getvalue()


def _read_exif(image: Image.Image) -> Image.Exif | None:
    try:
        exif = image.getexif()
        exif.get(ExifTags.Base.Orientation)
    except METADATA_ERRORS:  # a broken EXIF block costs the hint, not the photo
        return None
    return exif


def _hint(exif: Image.Exif) -> PhotoHint | None:
    try:
        position = _position(exif.get_ifd(ExifTags.IFD.GPSInfo))
        taken_at = _taken_at(exif)
    except METADATA_ERRORS:  # the same
        return None
    if position is None and taken_at is None:
        return None
    lon, lat = position if position else (None, None)
    return PhotoHint(lon=lon, lat=lat, taken_at=taken_at)


def _position(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    """Return (lon, lat) in degrees, or None when absent, impossible or the null island."""
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "NS")
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "EW")
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    # Cameras without a fix write zeros.
    return None if lon == 0 and lat == 0 else (round(lon, 7), round(lat, 7))


def _degrees(parts: Any, ref: Any, letters: str) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3 or not isinstance(ref, str):
        return None
    letter = ref.strip("\0 ").upper()
    if letter not in (letters[0], letters[1]):
        return None
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or min(degrees, minutes, seconds) < 0:
        return None
    return value if letter == letters[0] else -value


def _taken_at(exif: Image.Exif) -> datetime | None:
    details = exif.get_ifd(ExifTags.IFD.Exif)
    for time, offset in (
        (
            details.get(ExifTags.Base.DateTimeOriginal),
            details.get(ExifTags.Base.OffsetTimeOriginal),
        ),
        (exif.get(ExifTags.Base.DateTime), details.get(ExifTags.Base.OffsetTime)),
    ):
        match = _EXIF_TIME.match(time) if isinstance(time, str) else None
        if match:
            year, month, day, clock = match.groups()
            zone = _EXIF_OFFSET.match(offset) if isinstance(offset, str) else None
            return _moment(f"{year}-{month}-{day}T{clock}{zone.group() if zone else ''}")
    return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # 2026:02:31 and the like
        return None
