"""The key file of an installation (`keys.json` in the instance folder).

It is made once, never overwritten, and readable by its owner alone. Whoever loses it loses the
reporters' contact data and every session; whoever copies it can read them: it belongs in a
backup of its own, apart from the database.
"""

import base64
import contextlib
import fcntl
import json
import logging
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from gridgov.domain.errors import Unavailable

FORMAT: Final = 1
KEY_BYTES: Final = 32
MAX_KEY_ID: Final = 0xFFFF  # two bytes in front of each sealed text

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Keys:
    """The secrets of one installation; none of them appears in its repr.

    `vault` maps key id to 32 bytes: `current` seals, the others still open what they sealed.
    `pepper` keys the blind index by which a reporter's phone is found.
    """

    secret_key: str = field(repr=False)
    password_salt: str = field(repr=False)
    pepper: bytes = field(repr=False)
    vault: Mapping[int, bytes] = field(repr=False)
    current: int

    def rotated(self) -> "Keys":
        """Return these keys with a new current vault key; the old ones are kept."""
        number = max(self.vault) + 1
        if number > MAX_KEY_ID:
            raise Unavailable("the key file can hold no more vault keys")
        vault = {**self.vault, number: secrets.token_bytes(KEY_BYTES)}
        return replace(self, vault=vault, current=number)


def new_keys() -> Keys:
    """Return fresh random keys."""
    return Keys(
        secret_key=secrets.token_urlsafe(48),
        password_salt=secrets.token_urlsafe(32),
        pepper=secrets.token_bytes(KEY_BYTES),
        vault={1: secrets.token_bytes(KEY_BYTES)},
        current=1,
    )


def load_or_create(path: Path) -> Keys:
    """Return the installation's keys, making the file on first use.

    Two processes starting together agree: one file wins and both read it.
    Raises Unavailable when an existing file cannot be used; it is never replaced.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _write_beside(path, new_keys())
        try:
            # Unlike a rename, a link refuses to replace what another process has just made.
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            os.unlink(temporary)
        _sync_folder(path.parent)
    return load(path)


def load(path: Path) -> Keys:
    """Return the keys in a file; warn in the log when others may read it.

    Raises Unavailable when the file is missing, unreadable or malformed.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = json.load(file)
        keys = _parse(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        # The cause may quote the file: only its kind is told.
        raise Unavailable(f"the key file {path} cannot be used: {type(error).__name__}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        log.warning("key file %s has mode %04o: other users may read it", path, mode & 0o777)
    return keys


def rotate(path: Path) -> Keys:
    """Add a new current vault key to the file, keep the old ones and return all.

    Running processes learn of it when they meet a text sealed with it (see Vault).
    Raises Unavailable when the file cannot be used.
    """
    with _locked(path.parent):
        keys = load(path).rotated()
        owner = path.stat()
        temporary = _write_beside(path, keys)
        # An administrator may rotate as root: the service must still be able to read its file.
        os.chown(temporary, owner.st_uid, owner.st_gid)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    return keys


def _parse(content: Any) -> Keys:
    if content["format"] != FORMAT:
        raise ValueError("unknown format")
    vault = {int(number): _key(text) for number, text in content["vault"]["keys"].items()}
    current = int(content["vault"]["current"])
    if current not in vault or not all(0 < number <= MAX_KEY_ID for number in vault):
        raise ValueError("vault keys do not fit together")
    texts = content["secret_key"], content["password_salt"]
    if not all(isinstance(text, str) and len(text) >= 32 for text in texts):
        raise ValueError("a secret is missing or too short")
    return Keys(
        secret_key=texts[0],
        password_salt=texts[1],
        pepper=_key(content["pepper"]),
        vault=vault,
        current=current,
    )


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key has the wrong length")
    return key


def _write_beside(path: Path, keys: Keys) -> Path:
    """Write the keys durably into a new file (mode 0600) in the same folder."""
    content = {
        "format": FORMAT,
        "secret_key": keys.secret_key,
        "password_salt": keys.password_salt,
        "pepper": base64.b64encode(keys.pepper).decode(),
        "vault": {
            "current": keys.current,
            "keys": {str(n): base64.b64encode(key).decode() for n, key in keys.vault.items()},
        },
    }
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".keys-")  # mkstemp: 0600
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's advisory lock: of two rotations at once, neither loses a key."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise Unavailable(f"the folder of the key file cannot be used: {error}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
