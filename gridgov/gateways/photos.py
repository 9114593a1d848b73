"""Photos: cleaned by worker processes, stored once under the hash of their content.

A photo is prepared (decoded, turned, stripped, shrunk) and saved before the unit of work that
mentions it; a unit that rolls back leaves at most an unreferenced file.
"""

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from gridgov.domain.errors import InvalidInput, NotFound, Unavailable
from gridgov.gateways.photo_pool import PhotoPool, PoolStatus
from gridgov.gateways.photo_wire import PhotoHint, sniff

__all__ = ["PhotoHint", "PhotoStore", "PreparedPhoto", "Size"]

Size = Literal["full", "thumb", "mini"]

MEBIBYTE: Final = 1024 * 1024
_SUFFIX: Final[dict[str, str]] = {"full": ".jpg", "thumb": ".thumb.jpg", "mini": ".mini.jpg"}
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PreparedPhoto:
    """A cleaned photo, ready to be saved.

    `sha256` (hex) is that of `full`; width and height in pixels are those of `full`, upright.
    `full`, `thumb` and `mini` are sRGB JPEGs without metadata, so `media_type` is image/jpeg.
    `look` is the difference hash of 64 bits by which copies are found, None for a bare picture.
    """

    sha256: str
    width: int
    height: int
    media_type: str
    full: bytes = field(repr=False)
    thumb: bytes = field(repr=False)
    mini: bytes = field(repr=False)
    hint: PhotoHint | None
    look: int | None = None


class PhotoStore:
    """The photos of one installation: a folder and the workers that decode for it."""

    def __init__(
        self,
        root: Path,
        *,
        workers: int = 1,
        max_bytes: int = 15 * MEBIBYTE,
        max_pixels: int = 30_000_000,
        timeout_s: float = 20,
    ) -> None:
        """Take the folder (created when first needed) and the limits; start no process yet."""
        self._root = root
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels
        self._pool = PhotoPool(size=workers, timeout_s=timeout_s)

    def prepare(self, data: bytes) -> PreparedPhoto:
        """Return the clean form of a JPEG, PNG, WebP or HEIC photo, told by its content.

        Raises InvalidInput("photo", reason): `empty`; `too_large` (values `megabytes`, `limit`);
        `not_an_image`; `too_many_pixels` (values `megapixels`, `limit`); `damaged`.
        Raises Unavailable when the workers are busy for too long or one crashed over the photo.
        """
        kind = sniff(self._check_size(data))
        if kind is None:
            raise InvalidInput("photo", "not_an_image", "not a JPEG, PNG, WebP or HEIC image")
        header = {"kind": kind, "max_pixels": self._max_pixels}
        answer, body = self._pool.run(header, data)
        if answer["status"] == "refused":
            raise InvalidInput("photo", answer["reason"], answer["message"], **answer["values"])
        if answer["status"] != "clean":
            raise Unavailable(f"the photo could not be processed: {answer.get('message')}")
        return _prepared(answer, body)

    def save(self, prepared: PreparedPhoto) -> None:
        """Write all sizes durably; saving the same photo again changes nothing."""
        full = self._location(prepared.sha256, "full")
        if full.exists():
            return
        full.parent.mkdir(parents=True, exist_ok=True)
        # The full image last: where it is, its thumbnails are too.
        _write_durably(self._location(prepared.sha256, "thumb"), prepared.thumb)
        _write_durably(self._location(prepared.sha256, "mini"), prepared.mini)
        _write_durably(full, prepared.full)

    def path(self, sha256: str, size: Size) -> Path:
        """Return the file of a saved photo; an old one without a mini has its thumbnail.

        Raises NotFound when there is none, or when `sha256` is no hash at all.
        """
        location = self._location(sha256, size)
        if size == "mini" and not location.is_file():
            location = self._location(sha256, "thumb")
        if not location.is_file():
            raise NotFound("no such photo", sha256=sha256)
        return location

    def status(self) -> PoolStatus:
        """Return what the decoding workers are doing."""
        return self._pool.status()

    def close(self) -> None:
        """End the decoding workers; they are started again when needed."""
        self._pool.close()

    def _check_size(self, data: bytes) -> bytes:
        if not data:
            raise InvalidInput("photo", "empty", "the photo is empty")
        if len(data) > self._max_bytes:
            raise InvalidInput(
                "photo",
                "too_large",
                f"the photo has {len(data)} bytes, the limit is {self._max_bytes}",
                megabytes=round(len(data) / MEBIBYTE, 1),
                limit=round(self._max_bytes / MEBIBYTE, 1),
            )
        return data

    def _location(self, sha256: str, size: Size) -> Path:
        # Both come from addresses: nothing but a hash and a known size may become a path.
        if not _HASH.fullmatch(sha256) or size not in _SUFFIX:
            raise NotFound("no such photo")
        return self._root / sha256[:2] / sha256[2:4] / (sha256 + _SUFFIX[size])


def _prepared(answer: dict[str, Any], body: bytes) -> PreparedPhoto:
    ends = answer["full"], answer["full"] + answer["thumb"]
    full, thumb, mini = body[: ends[0]], body[ends[0] : ends[1]], body[ends[1] :]
    if any(sniff(part) != "JPEG" for part in (full, thumb, mini)):
        raise Unavailable("the photo worker returned something else than three JPEGs")
    hint = answer["hint"]
    taken_at = hint["taken_at"] if hint else None
    return PreparedPhoto(
        sha256=hashlib.sha256(full).hexdigest(),
        width=answer["width"],
        height=answer["height"],
        media_type="image/jpeg",
        full=full,
        thumb=thumb,
        mini=mini,
        hint=hint
        and PhotoHint(
            lon=hint["lon"],
            lat=hint["lat"],
            taken_at=datetime.fromisoformat(taken_at) if taken_at else None,
        ),
        look=answer["look"],
    )


def _write_durably(target: Path, content: bytes) -> None:
    """Write through a temporary file, so that no reader ever sees half a photo."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".photo-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
