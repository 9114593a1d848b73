"""What every Excel file of ours begins with: a book in which texts stay texts."""

from typing import IO

from xlsxwriter.workbook import Workbook


def text_book(file: IO[bytes], *, row_by_row: bool = False) -> Workbook:
    """Return a new book in which nothing anybody wrote becomes a formula, link or number.

    `row_by_row` keeps one row in memory and the rest on disk: for long lists, written in order.
    """
    return Workbook(
        file,
        {
            "constant_memory" if row_by_row else "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
