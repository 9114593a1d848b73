"""What comes in as words: the likely class, clean text, a phone number as digits."""

import re
import unicodedata
from collections.abc import Iterable

from gridgov.domain.catalogue import Category
from gridgov.domain.errors import InvalidInput

MAX_TEXT = 4_000  # what Open311 lets a program send
PHONE_DIGITS = 11


def suggest_categories(
    text: str, categories: Iterable[Category], limit: int = 3
) -> list[tuple[Category, int]]:
    """Return the minor classes whose words occur in a text, the likeliest first.

    The score counts the characters that the class's words cover (two for an English
    word), so a longer, more special word weighs more. No word, no suggestion.
    """
    scored = [(item, score(text, item)) for item in categories if item.parent_code is not None]
    found = [(item, points) for item, points in scored if points > 0]
    found.sort(key=lambda pair: (-pair[1], -pair[0].severity, pair[0].code))
    return found[:limit]


def score(text: str, item: Category) -> int:
    """Return how many characters of a text a class's words cover, two per English word.

    Words inside other words ("井盖" in "井盖不见") count once.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    covered: set[int] = set()
    for start, word in _found(plain, item):
        covered.update(range(start, start + len(word)))
    return len(covered) + 2 * len(_found_english(plain, item))


def words_found(text: str, item: Category) -> list[str]:
    """Return the words of a text that speak for a class, in its order, the longest of each."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    found = sorted(_found(plain, item), key=lambda hit: (hit[0], -len(hit[1])))
    kept: list[str] = []
    end = 0
    for start, word in found:
        if start >= end:
            kept.append(word)
            end = start + len(word)
    return kept + _found_english(plain, item)


def _found(plain: str, item: Category) -> list[tuple[int, str]]:
    names = re.split(r"[/()（）、]", item.name)
    words = {word.casefold() for word in (*item.keywords, *names) if word}
    return [(plain.find(word), word) for word in words if word in plain]


def _found_english(plain: str, item: Category) -> list[str]:
    words = {word.rstrip("s") for word in re.findall(r"[a-z]{4,}", item.name_en.casefold())}
    return [hit[0] for word in sorted(words) if (hit := re.search(rf"\b{word}\w*", plain))]


# Besides control characters: marks that turn the reading direction (they can make a
# sentence look like another one) and half surrogates, which no database takes.
_DIRECTION = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def check_text(text: str) -> str:
    """Return a resident's text, composed (NFC), without control characters and outer space.

    Line breaks stay, a tab becomes a space; emoji and rare characters stay as they are.
    Raises: InvalidInput (field text, reason too_long; length and limit in characters).
    """
    composed = unicodedata.normalize("NFC", _NEWLINES.sub("\n", text).replace("\t", " "))
    kept = "".join(char for char in composed if char == "\n" or not _unwanted(char)).strip()
    if len(kept) > MAX_TEXT:
        raise InvalidInput("text", "too_long", length=len(kept), limit=MAX_TEXT)
    return kept


def _unwanted(char: str) -> bool:
    return char in _DIRECTION or unicodedata.category(char) in ("Cc", "Cs")


_MOBILE = re.compile(r"1[3-9]\d{9}")
_COUNTRY = re.compile(r"(?:\+|00)?86(?=1\d{10}$)|\+86|0086")


def check_phone(text: str) -> str | None:
    """Return a mobile number as its eleven digits, None for a blank field.

    Spaces, dashes, brackets and +86 may be there.
    Raises: InvalidInput (field phone, reason wrong_length with `digits`, or not_a_phone).
    """
    plain = unicodedata.normalize("NFKC", "".join(c for c in text if not _unwanted(c)))
    bare = re.sub(r"[\s\-‐‑‒–—−()·.]", "", plain)
    if not bare:
        return None
    bare = _COUNTRY.sub("", bare, count=1) if _COUNTRY.match(bare) else bare
    if not re.fullmatch(r"[0-9]+", bare):
        raise InvalidInput("phone", "not_a_phone")
    if len(bare) != PHONE_DIGITS:
        raise InvalidInput("phone", "wrong_length", digits=len(bare))
    if not _MOBILE.fullmatch(bare):
        raise InvalidInput("phone", "not_a_phone")
    return bare
