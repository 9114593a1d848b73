"""The chain: each line of a case's history seals the one before it.

hash = H(algorithm ‖ previous hash ‖ canonical JSON). Free text enters only as a
salted digest, so that erasing a person's words (text and salt) leaves a chain
that still verifies. Architecture, section 8.3.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

ALGORITHM = "sha256"
GENESIS = "0" * 64


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(fields: Mapping[str, Any]) -> bytes:
    """Return the canonical JSON of a line: sorted keys, UTF-8, UTC microseconds."""
    return json.dumps(
        fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
    ).encode()


def entry_hash(previous: str, fields: Mapping[str, Any], algorithm: str = ALGORITHM) -> str:
    """Return the hex hash of a line that follows the line with hash `previous`."""
    digest = hashlib.new(algorithm)
    digest.update(algorithm.encode())
    digest.update(previous.encode())
    digest.update(canonical(fields))
    return digest.hexdigest()


def text_digest(text: str, salt: bytes, algorithm: str = ALGORITHM) -> str:
    """Return the salted digest that stands for a text in the chain."""
    return hashlib.new(algorithm, salt + text.encode()).hexdigest()
