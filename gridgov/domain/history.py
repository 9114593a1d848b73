"""The chain: each line of a case's history seals the one before it.

hash = H(algorithm ‖ previous hash ‖ canonical JSON). Free text enters only as a
salted digest, so that erasing a person's words (text and salt) leaves a chain
that still verifies. Architecture, section 8.3.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

ALGORITHM = "sha256"
GENESIS = "0" * 64
# The fields of a line that its hash covers.
SEALED = (
    *("case_id", "seq", "district_code", "action", "from_state", "to_state"),
    *("by_role", "by_person_id", "at", "reason", "text_digest", "data"),
)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None)
        return f"{naive.isoformat(timespec='microseconds')}Z"
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


_AS_IT_IS = frozenset({str, int, bool, type(None), UUID, datetime})


def _settled(value: Any) -> Any:
    if type(value) in _AS_IT_IS:
        return value
    # PostgreSQL gives 1e+16 back as 10000000000000000 and -0.0 as 0.0: without this a line
    # with such a number would look changed. A whole number is an integer in the chain, with
    # the digits it was written with (int() alone would add those of the binary fraction).
    if isinstance(value, float) and value.is_integer():
        return int(Decimal(repr(value)))
    if isinstance(value, Mapping):
        return {
            name: inner if type(inner) in _AS_IT_IS else _settled(inner)
            for name, inner in value.items()
        }
    return [_settled(inner) for inner in value] if isinstance(value, (list, tuple)) else value


_ENCODER = json.JSONEncoder(
    sort_keys=True,
    ensure_ascii=False,
    allow_nan=False,
    separators=(",", ":"),
    default=_plain,
)


def canonical(fields: Mapping[str, Any]) -> bytes:
    """Return the canonical JSON of a line: sorted keys, UTF-8, UTC microseconds, plain numbers."""
    return _ENCODER.encode(_settled(fields)).encode()


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
