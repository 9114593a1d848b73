"""Empty files to fill in (.xlsx): the columns, an example that is not read, and notes."""

from io import BytesIO

from gridgov.domain.table_imports import Table
from gridgov.gateways.excel_parts import text_book
from gridgov.importers.sheets import COMMENT
from gridgov.services.setup_columns import COLUMNS

NAMES = {
    Table.PEOPLE: ("人员", "People"),
    Table.DUTIES: ("值守", "Duties"),
    Table.UNITS: ("单位", "Units"),
    Table.CATALOGUE: ("事项目录", "Catalogue"),
}
_WIDTH, _NOTE_WIDTH = 16, 72


def template(table: Table, *, english: bool) -> bytes:
    """Return an Excel file with the columns of a table, in one of two languages."""
    file = BytesIO()
    book = text_book(file)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    pale = book.add_format({"italic": True, "font_color": "#666666", "num_format": "@"})
    columns = COLUMNS[table]
    sheet = book.add_worksheet(NAMES[table][english])
    # As text, so that long codes and leading zeros stay as they were typed.
    sheet.set_column(0, len(columns) - 1, _WIDTH, text)
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        name = column.name_en if english else column.name
        sheet.write_string(0, at, f"{name} *" if column.needed else name, bold)
        example = f"{COMMENT} {column.example}" if at == 0 else column.example
        sheet.write_string(1, at, example, pale)
    notes = book.add_worksheet("Notes" if english else "说明")
    notes.set_column(0, 1, _WIDTH)
    notes.set_column(2, 2, _NOTE_WIDTH)
    for line, words in enumerate(_general(english)):
        notes.write_string(line, 0, words)
    first = len(_general(english)) + 1
    for at, column in enumerate(columns):
        notes.write_string(first + at, 0, column.name_en if english else column.name)
        notes.write_string(first + at, 1, column.key)
        notes.write_string(first + at, 2, column.note_en if english else column.note)
    book.close()
    return file.getvalue()


def _general(english: bool) -> tuple[str, ...]:
    if english:
        return (
            "Columns with * must be there; the others may be left out, and in any order.",
            f"Rows that begin with {COMMENT} (as the example) are not read.",
            "Dates: a date cell, or 2026-12-01. Yes and no: 1 and 0.",
        )
    return (
        "带 * 的列必须有；其余的列可以不要，列的顺序不限。",
        f"以 {COMMENT} 开头的行（如示例行）不会读取。",
        "日期：日期格式的单元格，或 2026-12-01。是与否：1 与 0（也可写 是、否）。",
    )
