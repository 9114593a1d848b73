"""Response texts (答复模板): words staff start a reply to the public from, by class."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

EVERY_CLASS = "*"


@dataclass(frozen=True, slots=True)
class ReplyText:
    """A text for replies; `category` is a minor class, a major one (two digits) or "*"."""

    category: str
    title: str
    title_en: str
    text: str
    text_en: str

    def as_json(self) -> dict[str, str]:
        """Return the text for the district's settings and for a configuration pack."""
        return {
            "category": self.category,
            "title": self.title,
            "title_en": self.title_en,
            "text": self.text,
            "text_en": self.text_en,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, str]) -> "ReplyText":
        """Read a text back, as `as_json` wrote it."""
        return cls(kept["category"], kept["title"], kept["title_en"], kept["text"], kept["text_en"])


def for_class(texts: Iterable[ReplyText], category: str) -> list[ReplyText]:
    """Return the texts that fit a class: its own first, then the major class's, then those of all.

    Within each in the order they are kept.
    """
    rank = {category: 0, category[:2]: 1, EVERY_CLASS: 2}
    fitting = [one for one in texts if one.category in rank]
    return sorted(fitting, key=lambda one: rank[one.category])
