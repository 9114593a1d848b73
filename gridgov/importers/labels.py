"""How two spellings of an area's label compare: "C-11" is C11, "Ward 03" is 3."""

import math
import re
from collections.abc import Callable, Iterable

Plain = Callable[[str], str]


def way_to_compare(labels: Iterable[str]) -> Plain:
    """Return how labels compare: by the number they hold where all of them are numbers."""
    return by_number if all(map(is_number, labels)) else by_letters


def is_number(label: str) -> bool:
    """Tell whether a label is a whole number, also when written 3.0."""
    return re.fullmatch(r"\s*\d+(\.0+)?\s*", label) is not None


def by_number(label: str) -> str:
    """Return the one whole number a label holds ("Ward 03" → "3"), else its letters."""
    numbers = re.findall(r"\d+(?:\.\d+)?", label)
    if len(numbers) == 1 and math.isclose(float(numbers[0]) % 1.0, 0.0):
        return str(int(float(numbers[0])))
    return by_letters(label)


def by_letters(label: str) -> str:
    """Return a label without case, spaces and punctuation."""
    return "".join(sign for sign in label.casefold() if sign.isalnum())
