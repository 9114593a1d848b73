"""What the server and its photo workers both know: kinds of image and the form of a message.

Imports no decoder, so that the server never loads one: only workers do.

A message is two 4-byte big-endian lengths, a JSON object of the first length and a body of the
second.
"""

import json
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

Kind = Literal["JPEG", "PNG", "WEBP", "HEIF"]

LENGTHS: Final = struct.Struct(">II")

_HEIC_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"}
)
_NEUTRAL_BRANDS: Final = frozenset({b"mif1", b"mif2", b"msf1"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})


@dataclass(frozen=True)
class PhotoHint:
    """What a photo says about itself: WGS-84 degrees and the moment it was taken.

    `taken_at` is naive (the camera's local time) unless the file gives its offset.
    """

    lon: float | None
    lat: float | None
    taken_at: datetime | None


def sniff(data: bytes) -> Kind | None:
    """Return the kind of image by its first bytes, or None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return "HEIF" if _is_heic(data) else None


def _is_heic(data: bytes) -> bool:
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4], "big"), 256)
    major = data[8:12]
    brands = {major, *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & _HEIC_BRANDS:
        return True
    return major in _NEUTRAL_BRANDS and not brands & _AVIF_BRANDS


def frame(header: dict[str, Any], body: bytes) -> bytes:
    """Return a message as bytes."""
    text = json.dumps(header).encode()
    return LENGTHS.pack(len(text), len(body)) + text + body
