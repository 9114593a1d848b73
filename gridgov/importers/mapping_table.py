"""One table of a mapping file, read key by key; every refusal names the place in the file."""

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, NoReturn, TypeVar

from gridgov.domain.errors import InvalidInput

T = TypeVar("T")


class Table:
    """A table of a TOML file. What nobody asks for is refused at the end by `finish`."""

    def __init__(self, file: str, path: str, content: Mapping[str, Any]) -> None:
        """Keep the content; `path` is the table's name in the file, "" for the whole."""
        self.file = file
        self.path = path
        self.content = content
        self._asked: set[str] = set()

    def refuse(self, key: str, reason: str, sentence: str) -> NoReturn:
        """Refuse the file because of one key. Raises: InvalidInput (field is its path)."""
        path = f"{self.path}.{key}" if self.path and key else self.path or key
        raise InvalidInput(path, reason, f"{self.file}, {path}: {sentence}", file=self.file)

    def has(self, key: str) -> bool:
        """Tell whether the table holds a key."""
        return key in self.content

    def table(self, key: str) -> "Table | None":
        """Return a table inside this one, None where there is none."""
        self._asked.add(key)
        inner = self.content.get(key)
        if inner is None:
            return None
        if not isinstance(inner, dict):
            self.refuse(key, "not_a_table", f"must be a table, [{key}]")
        return Table(self.file, f"{self.path}.{key}" if self.path else key, inner)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not blank; without a default it must be there."""
        found = self.optional(key)
        if found is not None:
            return found
        if default is None:
            self.refuse(key, "missing", "is missing")
        return default

    def optional(self, key: str) -> str | None:
        """Return a text, None where the key is missing or blank."""
        self._asked.add(key)
        found = self.content.get(key, "")
        if not isinstance(found, str):
            self.refuse(key, "not_a_text", f"must be a text in quotes, not {found!r}")
        return found.strip() or None

    def flag(self, key: str) -> bool:
        """Return a yes or no, no where it is missing."""
        self._asked.add(key)
        found = self.content.get(key, False)
        if not isinstance(found, bool):
            self.refuse(key, "not_a_flag", f"must be true or false, not {found!r}")
        return found

    def list_of(self, key: str, kind: type[T], default: list[T] | None = None) -> list[T]:
        """Return a list whose members are all of a kind, and that has at least one."""
        self._asked.add(key)
        if key not in self.content and default is not None:
            return default
        found = self.content.get(key)
        if not isinstance(found, list) or not found:
            self.refuse(key, "not_a_list", "must be a list with at least one member")
        for member in found:
            if not isinstance(member, kind) or isinstance(member, bool):
                self.refuse(key, "wrong_member", f"{member!r} is no {kind.__name__}")
        return found

    def words(self) -> dict[str, str]:
        """Return the whole table as text → text, the keys without case and outer spaces."""
        words: dict[str, str] = {}
        for key, value in self.content.items():
            self._asked.add(key)
            if not isinstance(value, str):
                self.refuse(key, "not_a_text", f"must be a text in quotes, not {value!r}")
            words[plain(key)] = value.strip()
        return words

    def checked(self, key: str, text: str, read: Callable[[str], T], wanted: str) -> T:
        """Return what `read` makes of a text of this table, or say what is wanted instead."""
        try:
            return read(text)
        except (ValueError, KeyError, InvalidInput):
            self.refuse(key, "unknown", f"{text!r} is not {wanted}")

    def matching(self, key: str, pattern: str, wanted: str, default: str | None = None) -> str:
        """Return a text of a certain shape."""
        text = self.text(key, default)
        if re.fullmatch(pattern, text, re.ASCII) is None:
            self.refuse(key, "wrong_shape", f"{text!r} is not {wanted}")
        return text

    def day(self, key: str, value: object) -> date:
        """Return a day, written as a TOML date or as text."""
        if isinstance(value, date):
            return value
        return self.checked(key, str(value), date.fromisoformat, "a day such as 2015-01-01")

    def clock(self, key: str, value: object) -> str:
        """Return a time of day as HH:MM."""
        return self.checked(key, str(value), time.fromisoformat, "a time such as 08:30").strftime(
            "%H:%M"
        )

    def finish(self) -> None:
        """Refuse keys that nobody asked for: a misspelt one must not be passed over."""
        unknown = sorted(set(self.content) - self._asked)
        if unknown:
            known = ", ".join(sorted(self._asked))
            self.refuse(unknown[0], "unknown_key", f"is not known here; known are: {known}")


def plain(word: str) -> str:
    """Return a word without case and outer spaces, as words of files are compared."""
    return word.strip().casefold()
