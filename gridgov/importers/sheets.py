"""Files of rows that offices fill in (.xlsx, .xls, .ods, .csv): cells as texts, with their place.

Formulas count as the values they had when the file was saved. Dates may be dates or the
numbers Excel keeps for them, digits may be of full width, rows may stand in any order.
Rows that are blank or begin with # are passed over, and so are sheets without the columns.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from gridgov.domain.errors import InvalidInput
from gridgov.domain.table_imports import Located, Place, ReadTable, Refusal, Table
from gridgov.gateways.excel_parts import FOR_READING
from gridgov.importers.rows import Row
from gridgov.services.setup_columns import COLUMNS, WORDS, Column, plain

FIELD = "file"
MEBIBYTE = 1024 * 1024
MOST_BYTES = 20 * MEBIBYTE
# A packed file of 20 MB could unpack to thousands of times that.
MOST_UNPACKED = 300 * MEBIBYTE
MOST_ROWS = 100_000
HEADER_WITHIN = 10  # a title and a date may stand above the header
MOST_REFUSALS = 1_000
COMMENT = "#"
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_ENCODINGS = ("utf-8-sig", "gb18030")
# Day 1 of Excel's calendar, counted so that days after its invented 29 February 1900 fit.
_EXCEL_ZERO = date(1899, 12, 30)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?", re.ASCII)
_EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119
T = TypeVar("T")
Cells = list[Any]


def read_table(path: Path, table: Table, read: Callable[[Row], T]) -> ReadTable[T]:
    """Return what `read` makes of each row of a file, and every row it refuses.

    Raises: InvalidInput (field file: unreadable, protected, too_large, too_many_rows, empty,
    for_reading, wrong_columns with `columns`).
    """
    found: ReadTable[T] = ReadTable(table)
    missing: list[str] = []
    for sheet, rows in _sheets(path):
        if any(FOR_READING in map(str, cells) for cells in rows[:HEADER_WITHIN]):
            raise InvalidInput(FIELD, "for_reading", f"{path.name} is a masked list, for reading")
        header = _header(rows, COLUMNS[table])
        if header is None:
            missing = missing or [one.key for one in COLUMNS[table] if one.needed]
            found.ignored.append(sheet)
            continue
        line, columns, unknown = header
        found.ignored += unknown
        found.given |= frozenset(columns.values())
        _read_sheet(sheet, rows[line:], line, columns, read, found)
    if not found.given:
        sentence = f"{path.name} has no sheet with the columns {', '.join(missing)}"
        raise InvalidInput(FIELD, "wrong_columns", sentence, columns=missing, table=str(table))
    if not found.rows and not found.refusals:
        raise InvalidInput(FIELD, "empty", f"{path.name} has no row below its header")
    return found


def _read_sheet(
    sheet: str,
    rows: Sequence[Cells],
    above: int,
    columns: Mapping[int, str],
    read: Callable[[Row], T],
    found: ReadTable[T],
) -> None:
    shapes = {one.key: one for one in COLUMNS[found.table]}
    for line, cells in enumerate(rows, above + 1):
        texts = {key: _text(cells, at, shapes[key]) for at, key in columns.items()}
        if not any(texts.values()) or _first(cells).startswith(COMMENT):
            continue
        whole = dict.fromkeys(shapes, "") | texts
        place = Place(sheet, line)
        names = {key: f"{_letters(at)}{line}" for at, key in columns.items()}
        try:
            found.rows.append(Located(place, read(Row(line, whole)), names))
        except InvalidInput as error:
            more = {k: v for k, v in error.values.items() if k not in ("line", "value")}
            found.refusals.append(
                Refusal(
                    place,
                    error.field,
                    error.reason,
                    str(error.values.get("value", "")),
                    names.get(error.field, ""),
                    more,
                )
            )
            if len(found.refusals) >= MOST_REFUSALS:
                return


def _first(cells: Cells) -> str:
    return next((str(cell).strip() for cell in cells if str(cell).strip()), "")


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _header(
    rows: Sequence[Cells], wanted: Sequence[Column]
) -> tuple[int, dict[int, str], list[str]] | None:
    """Return the line of the header, column → key, and the names nobody knows."""
    for line, cells in enumerate(rows[:HEADER_WITHIN], 1):
        columns: dict[int, str] = {}
        unknown: list[str] = []
        for at, cell in enumerate(cells):
            said = plain(str(cell))
            key = next((one.key for one in wanted if said in one.names()), None)
            if key is not None and key not in columns.values():
                columns[at] = key
            elif said:
                unknown.append(str(cell).strip())
        if all(one.key in columns.values() for one in wanted if one.needed):
            return line, columns, unknown
    return None


def _text(cells: Cells, at: int, column: Column) -> str:
    """Return a cell as the text that is read: dates ISO, flags 0 or 1, codes of plain width."""
    cell = cells[at] if at < len(cells) else ""
    if column.shape == "date":
        return _day(cell)
    text = _written(cell)
    if column.shape == "text":
        return text
    text = unicodedata.normalize("NFKC", text).strip()
    if column.shape == "flag":
        return WORDS["flag"].get(text.casefold(), text)
    if column.shape == "limit":
        return text.replace(" ", "").upper().replace("MIN", "min")
    return WORDS.get(column.key, {}).get(text.casefold().replace(" ", ""), text)


def _written(cell: Any) -> str:
    """Return a cell as people see it; what is no letter, as line breaks, becomes a blank."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e16:
        return str(int(cell))
    if isinstance(cell, date | time | timedelta):
        return cell.isoformat() if not isinstance(cell, timedelta) else str(cell)
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in str(cell))
    return " ".join(text.split())


def _day(cell: Any) -> str:
    """Return a day as ISO text: from a date, Excel's number for one, or what somebody typed."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = unicodedata.normalize("NFKC", _written(cell)).strip()
    if re.fullmatch(r"\d{5}", text, re.ASCII) and int(text) in _EXCEL_DAYS:
        return (_EXCEL_ZERO + timedelta(days=int(text))).isoformat()
    found = re.fullmatch(
        r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?", text, re.ASCII
    )
    return "-".join(part.zfill(2) for part in found.groups()) if found else text


def _sheets(path: Path) -> Iterator[tuple[str, list[Cells]]]:
    """Yield each sheet with its rows, the first line first."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            mark = file.read(4)
    except OSError as error:
        sentence = f"{path.name} cannot be read: {error.strerror}"
        raise InvalidInput(FIELD, "unreadable", sentence) from error
    if size > MOST_BYTES:
        raise InvalidInput(FIELD, "too_large", limit=MOST_BYTES // MEBIBYTE)
    found = _book(path, mark) if mark in _BOOKS else [("", _csv(path))]
    for sheet, rows in found:
        if len(rows) > MOST_ROWS:
            raise InvalidInput(FIELD, "too_many_rows", limit=MOST_ROWS)
        yield sheet, rows


def _book(path: Path, mark: bytes) -> list[tuple[str, list[Cells]]]:
    try:
        if mark == _BOOKS[0]:
            with zipfile.ZipFile(path) as packed:
                if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                    raise InvalidInput(FIELD, "too_large", limit=MOST_UNPACKED // MEBIBYTE)
        book = CalamineWorkbook.from_path(str(path))
        return [(name, _rows(book, name)) for name in book.sheet_names]
    except PasswordError as error:
        raise InvalidInput(FIELD, "protected", f"{path.name} has a password") from error
    except (CalamineError, zipfile.BadZipFile) as error:
        sentence = f"{path.name} cannot be read as an Excel file: {error}"
        raise InvalidInput(FIELD, "unreadable", sentence) from error


def _rows(book: CalamineWorkbook, name: str) -> list[Cells]:
    sheet = book.get_sheet_by_name(name)
    # Columns and lines before the first cell are counted too: places are as Excel shows them.
    return sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + 1)


def _csv(path: Path) -> list[Cells]:
    raw = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        sentence = f"{path.name} is neither UTF-8 nor GBK text, nor an Excel file"
        raise InvalidInput(FIELD, "unreadable", sentence)
    first = text.split("\n", 1)[0]
    between = max(",\t;", key=first.count)
    rows: list[Cells] = []
    try:
        for cells in (reader := csv.reader(io.StringIO(text, newline=""), delimiter=between)):
            # A cell may hold a line break: what follows is counted as an editor shows it.
            rows += [[]] * (reader.line_num - len(rows) - 1)
            rows.append(list(cells))
    except csv.Error as error:
        sentence = f"{path.name}, line {len(rows) + 1}: {error}"
        raise InvalidInput(FIELD, "unreadable", sentence) from error
    return rows
