"""Files of areas that somebody brought, kept for a short time while it is said what they mean.

One folder per file, under a name nobody can guess and for its owner only; old ones go.
Any worker of this machine finds them, so the next request may reach another process.
"""

import json
import os
import re
import secrets
import shutil
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

from gridgov.domain.errors import InvalidInput, NotFound, Unavailable

MEBIBYTE: Final = 1024 * 1024
KEPT_FOR: Final = timedelta(hours=1)
MOST_BYTES: Final = 40 * MEBIBYTE
MAPPING_BYTES: Final = MEBIBYTE
# A person compares a few files, no more; what is beyond that was forgotten.
KEPT_EACH: Final = 3
_NAME_BYTES: Final = 120
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")
_CHUNK: Final = 256 * 1024
_ABOUT, _FILE, _MAPPING = "about.json", "file", "mapping"


@dataclass(frozen=True, slots=True)
class AreaUpload:
    """A kept file under its own name, the mapping that came with it, and until when."""

    token: str
    file: Path
    mapping: Path | None
    until: datetime


class AreaUploads:
    """The kept files of one installation: a folder that is made when first needed."""

    def __init__(self, root: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Take the folder and the size of the largest file."""
        self._root = root
        self.most_bytes = most_bytes

    def keep(
        self,
        file: tuple[IO[bytes], str],
        mapping: tuple[IO[bytes], str] | None,
        *,
        owner: str,
        now: datetime,
    ) -> AreaUpload:
        """Keep a file (content and name) and perhaps a mapping for their owner.

        Raises: InvalidInput (field file or mapping: empty, too_large with the `limit` in MB);
        Unavailable where the folder cannot be written.
        """
        self.tidy(now)
        token = secrets.token_urlsafe(24)
        folder = self._root / token
        try:
            folder.mkdir(mode=0o700, parents=True)
            about = {"owner": owner, "kept_at": now.isoformat()}
            (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
            _write(folder / _FILE, *file, "file", self.most_bytes)
            if mapping is not None:
                _write(folder / _MAPPING, *mapping, "mapping", MAPPING_BYTES)
        except InvalidInput:
            self.remove(token)
            raise
        except OSError as error:
            self.remove(token)
            raise Unavailable(f"the file could not be kept: {error.strerror}") from error
        for old in self._of(owner)[KEPT_EACH:]:
            self.remove(old)
        return self.find(token, owner=owner, now=now)

    def find(self, token: str, *, owner: str, now: datetime) -> AreaUpload:
        """Return a kept file of its owner. Raises: NotFound, also when its time is over."""
        folder = self._root / token
        about = _about(folder) if _TOKEN.fullmatch(token) else None
        if about is None or about[0] != owner or now >= about[1] + KEPT_FOR:
            raise NotFound("no such file is kept any more")
        file, mapping = _only(folder / _FILE), _only(folder / _MAPPING)
        if file is None:
            raise NotFound("no such file is kept any more")
        return AreaUpload(token, file, mapping, about[1] + KEPT_FOR)

    def remove(self, token: str) -> None:
        """Remove a kept file; one that is gone already is no fault."""
        if _TOKEN.fullmatch(token):
            shutil.rmtree(self._root / token, ignore_errors=True)

    def tidy(self, now: datetime) -> int:
        """Remove the files whose time is over and return how many they were."""
        gone = 0
        for token in self._tokens():
            about = _about(self._root / token)
            since = _touched(self._root / token) if about is None else about[1]
            if since is not None and now >= since + KEPT_FOR:
                self.remove(token)
                gone += 1
        return gone

    def _tokens(self) -> list[str]:
        if not self._root.is_dir():
            return []
        return [entry.name for entry in self._root.iterdir() if _TOKEN.fullmatch(entry.name)]

    def _of(self, owner: str) -> list[str]:
        """Return the tokens of an owner, the newest first."""
        found = [
            (about[1], token)
            for token in self._tokens()
            if (about := _about(self._root / token)) and about[0] == owner
        ]
        return [token for _, token in sorted(found, reverse=True)]


def plain_name(name: str) -> str:
    """Return the last part of a file's name, in letters that can stand in a folder."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    text = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    stem, dot, suffix = text.strip(" .").rpartition(".")
    stem, suffix = (stem, suffix[:10]) if dot else (suffix, "")
    while len(stem.encode()) > _NAME_BYTES:
        stem = stem[:-1]
    return f"{stem or 'areas'}{dot}{suffix}"


def _write(folder: Path, source: IO[bytes], name: str, field: str, most: int) -> None:
    folder.mkdir(mode=0o700)
    size = 0
    with (folder / plain_name(name)).open("xb") as target:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise InvalidInput(field, "too_large", limit=most // MEBIBYTE)
            target.write(chunk)
    if not size:
        raise InvalidInput(field, "empty")


def _about(folder: Path) -> tuple[str, datetime] | None:
    """Return owner and moment of a kept file; None where nobody finished writing it down."""
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(about["owner"]), datetime.fromisoformat(about["kept_at"])


def _touched(folder: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(os.stat(folder).st_mtime, UTC)
    except OSError:
        return None


def _only(folder: Path) -> Path | None:
    return next(folder.iterdir(), None) if folder.is_dir() else None
