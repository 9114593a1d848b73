"""A report as an Excel file: one sheet a table, live (filters, sums), with the charts beside.

Every sheet carries whose copy it is and of when in the header of the print.
"""

import re
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from xlsxwriter.utility import xl_range

from gridgov.domain.books import Book, Cell, Chart, Kind, Section, Table
from gridgov.gateways.excel_parts import text_book
from gridgov.gateways.word_charts import draw_into

FORMATS = {
    Kind.TEXT: {},
    Kind.COUNT: {"num_format": "#,##0"},
    Kind.SHARE: {"num_format": "0.00%"},
    Kind.POINTS: {"num_format": "+0.00%;-0.00%;0.00%"},
    Kind.HOURS: {"num_format": "#,##0.0"},
    Kind.DAY: {"num_format": "yyyy-mm-dd"},
}
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
SHEET_NAME_MOST = 31
# The first sheet: how wide, how many narrow signs a line takes, how high it is.
CONTENTS_WIDE, LINE_SIGNS, LINE_PT, LAST_NARROW = 100, 90, 15, 0x2E7F
WIDTH_OF_ONE = 14
TITLE_PT = 24
CHART_ROWS = 18
# SUBTOTAL's number for a sum of the rows that a filter leaves.
SUM_OF_SHOWN = 109
NOTHING = "—"


def draw(book: Book, *, contents: str, charts: str, mark: str) -> bytes:
    """Return the Excel file of a report.

    `contents` and `charts` name the first and the last sheet; `mark` says whose copy it is.
    """
    buffer = BytesIO()
    made = text_book(buffer)
    made.set_properties({"title": book.title, "author": book.office, "comments": mark})
    formats = _formats(made)
    taken: set[str] = set()
    first = made.add_worksheet(_name(contents, taken))
    _marked(first, mark)
    _contents(first, book, formats)
    for table in book.tables():
        sheet = made.add_worksheet(_name(table.sheet or table.title, taken))
        _table(sheet, table, formats)
        _marked(sheet, mark)
    _charts(made, book.sections, _name(charts, taken), mark)
    made.close()
    return buffer.getvalue()


def _formats(made: Any) -> dict[str, Any]:
    formats = {
        str(kind): made.add_format({**one, "valign": "top"}) for kind, one in FORMATS.items()
    }
    formats |= {
        f"{kind}-total": made.add_format({**one, "bold": True, "bg_color": "#F0F2F4", "top": 1})
        for kind, one in FORMATS.items()
    }
    formats["title"] = made.add_format({"bold": True, "font_size": 14})
    formats["grey"] = made.add_format({"font_color": "#5B6670", "font_size": 9})
    formats["wrap"] = made.add_format({"text_wrap": True, "valign": "top"})
    formats["left"], formats["right"] = made.add_format(), made.add_format({"align": "right"})
    formats["none"] = made.add_format({"align": "right", "font_color": "#5B6670"})
    return formats


def _name(wanted: str, taken: set[str]) -> str:
    """Return a sheet's name that Excel takes and that no other sheet has."""
    base = FORBIDDEN.sub(" ", wanted).strip()[:SHEET_NAME_MOST] or "1"
    name, number = base, 1
    while name.lower() in taken:
        number += 1
        name = f"{base[: SHEET_NAME_MOST - 3]} {number}"
    taken.add(name.lower())
    return name


def _marked(sheet: Any, mark: str) -> None:
    # & is an instruction in Excel's headers; doubled it is a sign.
    sheet.set_header(f"&R&9{mark.replace('&', '&&')}")
    sheet.set_footer("&C&9&P / &N")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _contents(sheet: Any, book: Book, formats: dict[str, Any]) -> None:
    sheet.set_column(0, 0, CONTENTS_WIDE)
    lines = [(book.title, "title"), (book.office, "wrap"), (book.period, "wrap"), ("", "wrap")]
    for section in book.sections:
        texts = [(block, "wrap") for block in section.blocks if isinstance(block, str)]
        if texts:  # the tables of the others have sheets of their own
            lines += [(section.heading, "title"), *texts]
    lines += [("", "wrap"), *((line, "grey") for line in book.colophon)]
    for row, (text, form) in enumerate(lines):
        # Not every program finds the height of large or of wrapped text by itself.
        if form == "title":
            sheet.set_row(row, TITLE_PT)
        elif form == "wrap":
            sheet.set_row(row, LINE_PT * sum(_lines(line) for line in text.split("\n")))
        sheet.write_string(row, 0, text, formats[form])


def _lines(text: str) -> int:
    """Return over how many lines a text runs in the width of the first sheet."""
    wide = sum(2 if ord(sign) > LAST_NARROW else 1 for sign in text)
    return max(1, -(-wide // LINE_SIGNS))


def _table(sheet: Any, table: Table, formats: dict[str, Any]) -> None:
    sheet.write_string(0, 0, table.title, formats["title"])
    top, last = 2, 2 + len(table.rows)
    texts = [column.kind is Kind.TEXT for column in table.columns]
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, max(10.0, WIDTH_OF_ONE * column.width))
    sheet.add_table(
        top,
        0,
        max(last, top + 1),
        len(table.columns) - 1,
        {
            "columns": [
                {"header": name, "header_format": formats["left" if text else "right"]}
                for name, text in zip(_headers(table), texts, strict=True)
            ],
            "style": "Table Style Light 1",
        },
    )
    for row, cells in enumerate(table.rows, top + 1):
        _row(sheet, row, cells, table, formats, "")
    if table.total is not None:
        # Beside the table, not in it: a filter must not take the sum for a row.
        _total(sheet, top + 1, max(last, top + 1) + 1, table, table.total, formats)
    if table.note:
        sheet.write_string(max(last, top + 1) + 3, 0, table.note, formats["grey"])
    sheet.freeze_panes(top + 1, 1)


def _total(
    sheet: Any, first: int, row: int, table: Table, cells: Sequence[Cell], formats: dict[str, Any]
) -> None:
    """Write the last row; numbers that its rows add up to follow the filter of the table."""
    _row(sheet, row, cells, table, formats, "-total")
    for number, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
        above = [one[number] for one in table.rows]
        numbers = [one for one in above if isinstance(one, int)]
        if column.kind is Kind.COUNT and numbers and sum(numbers) == cell:
            span = xl_range(first, number, first + len(above) - 1, number)
            form = formats[f"{column.kind}-total"]
            sheet.write_formula(row, number, f"=SUBTOTAL({SUM_OF_SHOWN},{span})", form, cell)


def _headers(table: Table) -> list[str]:
    """Return the names of the columns; Excel takes no name twice in a table."""
    seen: dict[str, int] = {}
    names = []
    for column in table.columns:
        seen[column.name] = seen.get(column.name, 0) + 1
        again = seen[column.name]
        names.append(column.name if again == 1 else f"{column.name} {again}")
    return names


def _row(
    sheet: Any,
    row: int,
    cells: Sequence[Cell],
    table: Table,
    formats: dict[str, Any],
    suffix: str,
) -> None:
    for number, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
        form = formats[f"{column.kind}{suffix}"]
        if cell is None:
            sheet.write_string(row, number, NOTHING, formats["none"])
        elif isinstance(cell, str):
            sheet.write_string(row, number, cell, form)
        elif isinstance(cell, date):
            sheet.write_datetime(row, number, cell, form)
        else:
            sheet.write_number(row, number, cell, form)


def _charts(made: Any, sections: Sequence[Section], name: str, mark: str) -> None:
    found = [b for section in sections for b in section.blocks if isinstance(b, Chart)]
    row = 0
    tops: list[int] = []
    for chart in found:
        tops.append(row)
        drawn = draw_into(made, name, chart, row)
        sheet = made.get_worksheet_by_name(name)
        options = {"description": chart.words, "object_position": 1}
        sheet.insert_chart(row, len(chart.series) + 2, drawn, options)
        sheet.set_column(0, 0, 20)
        row += max(CHART_ROWS, len(chart.categories) + 3)
    if found:
        sheet = made.get_worksheet_by_name(name)
        _marked(sheet, mark)
        sheet.set_h_pagebreaks(tops[1:])  # a chart of its own on each printed page
