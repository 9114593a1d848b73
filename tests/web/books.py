"""Excel books that pages link to, read as a spreadsheet program shows them."""

import io
import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from zipfile import ZipFile

from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from tests.web.reading import words_of

LINK = re.compile(
    r'<a class="button button-small list-out" href="([^"]+)" download>(.*?)</a>', re.S
)


@dataclass(frozen=True)
class Taken:
    """A book that was taken out: its file, and each sheet as rows of texts and numbers."""

    content: bytes
    sheets: dict[str, list[list[Any]]]

    def rows(self, at: int = 0) -> list[dict[str, Any]]:
        """Return the rows of a sheet, by the heads of its columns."""
        _mark, head, *rows = list(self.sheets.values())[at]
        return [dict(zip(head, row, strict=True)) for row in rows]

    def head(self, at: int = 0) -> list[str]:
        """Return the heads of a sheet's columns, the last one marking the list."""
        return list(self.sheets.values())[at][1]

    def mark(self, at: int = 0) -> str:
        """Return the first cell of a sheet."""
        return str(list(self.sheets.values())[at][0][0])

    def xml(self, at: int = 0) -> str:
        """Return a sheet as it is written."""
        return ZipFile(io.BytesIO(self.content)).read(f"xl/worksheets/sheet{at + 1}.xml").decode()


def link_of(html: str) -> str:
    """Return where the page leads for the book of its list: once, by the words all lists use."""
    found = LINK.findall(html)
    assert len(found) == 1, found
    assert words_of(found[0][1]) in ("导出 Excel", "Excel")
    return unescape(found[0][0])


def taken(browser: FlaskClient, address: str) -> Taken:
    """Return the book at an address."""
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    assert answer.headers["Cache-Control"] == "private, no-store"
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    return Taken(answer.data, sheets)


def book_of(browser: FlaskClient, page: str) -> Taken:
    """Return the book a page leads to."""
    answer = browser.get(page)
    assert answer.status_code == 200, page
    return taken(browser, link_of(answer.text))
