"""What every Excel file of ours begins with: a book in which texts stay texts."""

from typing import IO

from xlsxwriter.workbook import Workbook

# The head of the last column of each list that is taken out. By it a list is known again that
# somebody edits and sends back: its numbers are masked, and would be written over the true ones.
# In both languages, for the list may have been taken out in either.
FOR_READING = "仅供查阅 for reading only"


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
