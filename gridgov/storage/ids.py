"""Identifiers: time-ordered inside, unguessable for residents."""

import secrets
from uuid import UUID

import uuid_utils.compat as uuid_utils

# No 0/O, 1/I/L: residents read the code aloud and type it from paper.
RECEIPT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RECEIPT_LENGTH = 12  # 31**12 is about 2**59; guesses are counted and stopped


def new_id() -> UUID:
    """Return a UUIDv7: sorted by time of making, so that indexes grow at one end."""
    return uuid_utils.uuid7()


def new_receipt_code() -> str:
    """Return an unguessable receipt code of twelve letters and digits, without dashes."""
    return "".join(secrets.choice(RECEIPT_ALPHABET) for _ in range(RECEIPT_LENGTH))


def read_receipt_code(text: str) -> str:
    """Return what a person typed as a receipt code: upper case, without dashes and spaces."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def show_receipt_code(code: str) -> str:
    """Return the code in groups of four, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
