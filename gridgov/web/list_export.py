"""Any list as an Excel book: masked, marked with who took it out and when, and written down.

A list says its columns once, as a table; its rows are those of its page. What is written here
is for reading: the last column says so, and no import takes such a book.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, Generic, TypeVar

from flask import Response, request
from flask_babel import gettext as _

from gridgov.domain.privacy import mask_personal
from gridgov.domain.roles import Actor
from gridgov.gateways.excel_parts import FOR_READING, text_book
from gridgov.services.reference import Reference
from gridgov.storage.exports import Export
from gridgov.storage.session import unit_of_work
from gridgov.web.access import current_actor
from gridgov.web.downloads import EXCEL, download_file
from gridgov.web.instance import utc_now

MOST_ROWS = 20_000  # of one sheet
NARROW, USUAL, WIDE = 10, 18, 48
MARK_EVERY = 25  # rows
ASKED_MOST = 500
HEAD_LINE = 1  # below the mark

Row = TypeVar("Row")
Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: its heading, the cell of a row, its width in signs.

    `masked`: words that people typed; numbers, names and doors in them are hidden.
    """

    heading: Any
    value: Callable[[Row], Cell]
    width: int = USUAL
    masked: bool = False

    def cell(self, row: Row) -> str | int:
        """Return what stands in the column for a row."""
        found = self.value(row)
        if isinstance(found, int):
            return found
        text = str(found or "")
        return mask_personal(text) if self.masked else text


@dataclass(frozen=True, slots=True)
class Sheet(Generic[Row]):
    """One list: the name of its sheet, its columns, its rows, of which `most` are written."""

    name: Any
    columns: Sequence[Column[Row]]
    rows: Iterable[Row]
    most: int = MOST_ROWS


def moment(at: datetime | None, reference: Reference) -> str:
    """Return a moment as a file says it, which is read on another day: 2026-11-23 14:41."""
    return "" if at is None else f"{at.astimezone(reference.zone):%Y-%m-%d %H:%M}"


def send(name: str, sheets: Sequence[Sheet[Any]], reference: Reference) -> Response:
    """Send lists that were read already as one book; `name` is that of the file."""
    actor, now = current_actor(), utc_now()
    file, count = book(sheets, actor, reference, now)
    return sent(file, count, actor, reference, now, name)


def book(
    sheets: Sequence[Sheet[Any]], actor: Actor, reference: Reference, now: datetime
) -> tuple[IO[bytes], int]:
    """Return the book of some lists, ready to be read, and how many rows it has.

    It is written in constant memory; a sheet that has more rows than it may says so below.
    """
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - sent, then closed by the server
    at = moment(now, reference)
    mark = _("Taken out by %(who)s, %(at)s. For the work only.", who=actor.name, at=at)
    made = text_book(file, row_by_row=True)
    made.set_properties({"comments": mark})
    count = sum(_write(made, one, mark) for one in sheets)
    made.close()
    file.seek(0)
    return file, count


def _write(made: Any, list_: Sheet[Any], mark: str) -> int:
    bold, faint = made.add_format({"bold": True}), made.add_format({"italic": True})
    sheet = made.add_worksheet(str(list_.name))
    _marked(sheet, mark)
    last = len(list_.columns)
    for at, column in enumerate(list_.columns):
        sheet.set_column(at, at, column.width)
    sheet.set_column(last, last, USUAL)
    sheet.write_string(0, 0, mark, faint)
    for at, column in enumerate(list_.columns):
        sheet.write_string(HEAD_LINE, at, str(column.heading), bold)
    sheet.write_string(HEAD_LINE, last, FOR_READING, faint)
    line = HEAD_LINE
    rows = iter(list_.rows)
    for row in islice(rows, list_.most):
        line += 1
        for at, column in enumerate(list_.columns):
            cell = column.cell(row)
            if isinstance(cell, int):
                sheet.write_number(line, at, cell)
            else:
                sheet.write_string(line, at, cell)
        sheet.write_string(line, last, mark if line % MARK_EVERY == 0 else "", faint)
    if _is_more(rows):
        said = _("Only the first %(count)s rows are here; narrow the list.", count=list_.most)
        sheet.write_string(line + 1, 0, said, bold)
    return line - HEAD_LINE


def _is_more(rows: Iterator[Any]) -> bool:
    return any(True for _row in rows)


def _marked(sheet: Any, mark: str) -> None:
    """Write whose copy it is on each printed page, the head of the table too."""
    plain = mark.replace("&", "&&")  # & is an instruction in Excel's headers; doubled a sign
    sheet.set_header(f"&L{plain}")
    sheet.set_footer(f"&L{plain}&R&P / &N")
    sheet.set_landscape()
    sheet.repeat_rows(0, HEAD_LINE)
    sheet.freeze_panes(HEAD_LINE + 1, 0)


def sent(
    file: IO[bytes], count: int, actor: Actor, reference: Reference, now: datetime, name: str
) -> Response:
    """Write down who took the list out, and send it."""
    with unit_of_work() as session:
        session.add(
            Export(
                district_code=actor.district_code,
                person_id=actor.person_id,
                at=now,
                list_name=name,
                asked=request.query_string.decode(errors="replace")[:ASKED_MOST],
                row_count=count,
            )
        )
    stamp = f"{now.astimezone(reference.zone):%Y%m%d-%H%M}"
    return download_file(file, EXCEL, f"{name}-{stamp}.xlsx")
