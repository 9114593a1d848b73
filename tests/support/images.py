"""Photos as residents and workers send them, and files that only pretend to be photos.

The pictures are drawn street scenes (gridgov.demo.pictures), so that screenshots show something;
`group` is a key of its SCENES: trash, manhole, road, lamp, stall, car, generic.
"""

import io
import struct
import zlib
from functools import cache
from typing import Any

import pillow_heif
from PIL import ExifTags, Image

from gridgov.demo.pictures import draw

pillow_heif.register_heif_opener()

Size = tuple[int, int]


def street(
    group: str = "manhole", *, seed: int = 1, repaired: bool = False, size: Size = (1600, 1200)
) -> Image.Image:
    """Return a street scene: the trouble, or the same place repaired."""
    return _drawn(group, seed, repaired).resize(size, Image.Resampling.BICUBIC)


@cache
def _drawn(group: str, seed: int, repaired: bool) -> Image.Image:
    return draw(group, seed, repaired=repaired)


def corners(size: Size = (400, 300)) -> Image.Image:
    """Return a picture whose quarters are red, green, blue and white, clockwise from top left."""
    image = Image.new("RGB", size, "red")
    middle_x, middle_y = size[0] // 2, size[1] // 2
    image.paste((0, 255, 0), (middle_x, 0, size[0], middle_y))
    image.paste((0, 0, 255), (middle_x, middle_y, size[0], size[1]))
    image.paste((255, 255, 255), (0, middle_y, middle_x, size[1]))
    return image


# When the camera says that a picture was taken.
TAKEN = "2026:11:20 08:41:07"


def exif(
    lon: float | None = None,
    lat: float | None = None,
    *,
    orientation: int = 1,
    taken: str | None = TAKEN,
    offset: str | None = None,
) -> bytes:
    """Return an EXIF block as a phone writes it; position in WGS-84 degrees."""
    block = Image.Exif()
    block[ExifTags.Base.Make] = "Invented Phone Company"
    block[ExifTags.Base.Orientation] = orientation
    details = block.get_ifd(ExifTags.IFD.Exif)
    if taken is not None:
        details[ExifTags.Base.DateTimeOriginal] = taken
    if offset is not None:
        details[ExifTags.Base.OffsetTimeOriginal] = offset
    if lon is not None and lat is not None:
        gps = block.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef] = "N" if lat >= 0 else "S"
        gps[ExifTags.GPS.GPSLatitude] = _degrees_minutes_seconds(abs(lat))
        gps[ExifTags.GPS.GPSLongitudeRef] = "E" if lon >= 0 else "W"
        gps[ExifTags.GPS.GPSLongitude] = _degrees_minutes_seconds(abs(lon))
    return block.tobytes()


def _degrees_minutes_seconds(value: float) -> tuple[float, float, float]:
    minutes = value % 1 * 60
    return float(int(value)), float(int(minutes)), round(minutes % 1 * 60, 5)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return an image as a file; `kind` is Pillow's name of the format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg_with_gps(
    lon: float,
    lat: float,
    size: Size = (1600, 1200),
    *,
    group: str = "manhole",
    seed: int = 1,
    repaired: bool = False,
    taken: str | None = TAKEN,
) -> bytes:
    """Return a JPEG with an EXIF position, as a phone's camera makes it."""
    image = street(group, seed=seed, repaired=repaired, size=size)
    return encoded(image, "JPEG", quality=88, exif=exif(lon, lat, taken=taken))


def jpeg(
    size: Size = (1600, 1200), *, group: str = "manhole", seed: int = 1, repaired: bool = False
) -> bytes:
    """Return a JPEG without any metadata, as a messenger leaves it."""
    return encoded(street(group, seed=seed, repaired=repaired, size=size), "JPEG", quality=88)


def heic(
    lon: float | None = None,
    lat: float | None = None,
    size: Size = (1600, 1200),
    *,
    group: str = "manhole",
    seed: int = 1,
    repaired: bool = False,
) -> bytes:
    """Return a HEIC photo, as an iPhone makes it."""
    image = street(group, seed=seed, repaired=repaired, size=size)
    return encoded(image, "HEIF", quality=60, exif=exif(lon, lat))


def png(size: Size = (800, 600), *, group: str = "manhole", seed: int = 1) -> bytes:
    """Return a PNG, as a screenshot is."""
    return encoded(street(group, seed=seed, size=size), "PNG", compress_level=1)


def webp(size: Size = (800, 600), *, group: str = "manhole", seed: int = 1) -> bytes:
    """Return a WebP photo."""
    return encoded(street(group, seed=seed, size=size), "WEBP", method=0)


def truncated_jpeg() -> bytes:
    """Return the first half of a JPEG: an upload that broke off."""
    whole = jpeg(size=(800, 600))
    return whole[: len(whole) // 2]


@cache
def forty_megapixels() -> bytes:
    """Return a sound JPEG of 8000 × 5000 pixels, well below the limit of bytes."""
    return encoded(Image.new("RGB", (8000, 5000), (120, 120, 118)), "JPEG", quality=70)


def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """Return a PNG of a few kilobytes that says it holds billions of pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(4_000_000), 9)
    chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def webp_bomb() -> bytes:
    """Return a WebP of some bytes whose canvas is said to be 16,383 × 16,383."""
    size = (16_382).to_bytes(3, "little")
    chunk = b"VP8X" + (10).to_bytes(4, "little") + bytes(4) + size + size
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def heic_bomb() -> bytes:
    """Return a HEIC file whose header says 60,000 × 60,000 pixels."""
    small = encoded(corners((64, 64)), "HEIF", quality=50)
    said = b"ispe" + bytes(4) + struct.pack(">II", 64, 64)
    assert said in small
    return small.replace(said, b"ispe" + bytes(4) + struct.pack(">II", 60_000, 60_000))


PRETENDERS: dict[str, bytes] = {
    "Linux executable": b"\x7fELF\x02\x01\x01" + bytes(200),
    "Windows executable": b"MZ\x90\x00\x03" + bytes(200),
    "GIF": encoded(Image.new("RGB", (40, 30), "navy"), "GIF"),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "TIFF": encoded(Image.new("RGB", (40, 30), "navy"), "TIFF"),
    "AVIF header": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1miafavif" + bytes(100),
    "MP4 video": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(100),
    "text": "井盖不见了".encode(),
}
