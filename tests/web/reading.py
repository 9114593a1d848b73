"""Reading a page as a browser does: what its forms hold, where it leads, what it says."""

from functools import lru_cache
from html.parser import HTMLParser


class _Reader(HTMLParser):
    """Collects what a browser would send, the links, and the words outside scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._textarea: str | None = None
        self._select: str | None = None
        self._link: list[str] | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag in ("script", "style", "title"):
            self._silent += 1
        elif tag == "input":
            self._input(given, name)
        elif tag == "textarea":
            self._textarea = name
            self.fields.setdefault(name, []).append("")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given and self._select:
            self.fields.setdefault(self._select, []).append(given.get("value") or "")
        elif tag == "a" and given.get("href"):
            self._link = []
            self.links.append((given["href"] or "", ""))

    def _input(self, given: dict[str, str | None], name: str) -> None:
        kind = given.get("type") or "text"
        chosen = kind not in ("radio", "checkbox") or "checked" in given
        if name and chosen and kind not in ("file", "submit"):
            self.fields.setdefault(name, []).append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title"):
            self._silent -= 1
        elif tag == "textarea" and self._textarea is not None:
            held = self.fields[self._textarea]
            held[-1] = held[-1].removeprefix("\n")  # as HTML has it
            self._textarea = None
        elif tag == "select":
            self._select = None
        elif tag == "a" and self._link is not None:
            self.links[-1] = (self.links[-1][0], plain("".join(self._link)))
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self.fields[self._textarea][-1] += data
        elif not self._silent:
            self.words.append(data)
            if self._link is not None:
                self._link.append(data)


def plain(text: str) -> str:
    """Return words with single spaces."""
    return " ".join(text.split())


@lru_cache(maxsize=4)  # a test asks the same page for several things
def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def fields_of(html: str) -> dict[str, list[str]]:
    """Return the values a page's forms hold, by the name of the field."""
    return {name: list(values) for name, values in _read(html).fields.items()}


def links_of(html: str) -> list[tuple[str, str]]:
    """Return (address, words) of the links of a page."""
    return list(_read(html).links)


def words_of(html: str) -> str:
    """Return the words of a page, without scripts and markup."""
    return plain(" ".join(_read(html).words))
