"""A report as a Word file in the style of official papers (GB/T 9704-2012).

A4 with the standard's margins, a red head, the title in 小标宋 22 pt, text in 仿宋 16 pt
with a fixed line of 28 pt, headings in 黑体, page numbers as "— 1 —".
"""

from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from gridgov.domain.books import Book, Chart, Column, Kind, Section, Table, written
from gridgov.gateways import word_parts
from gridgov.gateways.word_charts import add_chart
from gridgov.gateways.word_parts import (
    A4_WIDTH_MM,
    BODY,
    HEADING,
    RED,
    TITLE,
    add_paragraph,
    add_text,
    line_below,
)

GREY = "F0F2F4"
# Margins of GB/T 9704: 37 mm above, 28 mm at the binding, a text area of 156 × 225 mm.
TOP_MM, LEFT_MM, WIDTH_MM, BOTTOM_MM = 37, 28, 156, 35
LINE_PT, TEXT_PT, TITLE_PT, CELL_PT, SMALL_PT = 28, 16, 22, 10.5, 9
# From this many columns on, figures in the usual size would break in the middle.
MANY_COLUMNS, CELL_SIDE_MM = 7, 1
SHORT_TABLE = 11
NUMERALS = "一二三四五六七八九十"


def draw(book: Book, *, chinese: bool = True) -> bytes:
    """Return the Word file of a report; `chinese` numbers its parts 一、二、三."""
    document = Document()
    _page(document)
    _head(document, book)
    charts = 0
    for number, section in enumerate(book.sections):
        charts = _section(document, section, _numeral(number, chinese=chinese), charts)
    _colophon(document, book)
    _page_numbers(document)
    document.core_properties.title = book.title
    document.core_properties.author = book.office
    return word_parts.content(document)


def _page(document: Any) -> None:
    word_parts.set_page(document, TOP_MM, A4_WIDTH_MM - LEFT_MM - WIDTH_MM, BOTTOM_MM, LEFT_MM)
    style = document.styles["Normal"]
    style.font.name, style.font.size = BODY, Pt(TEXT_PT)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
    style.paragraph_format.space_after = Pt(0)
    for level in (1, 2):
        heading = document.styles[f"Heading {level}"]
        heading.font.name, heading.font.size = HEADING, Pt(TEXT_PT)
        heading.font.color.rgb, heading.font.bold = RGBColor(0, 0, 0), False
        fonts = heading.element.get_or_add_rPr().get_or_add_rFonts()
        for name in ("w:eastAsia", "w:ascii", "w:hAnsi"):
            fonts.set(qn(name), HEADING)
        for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(name), None)


def _head(document: Any, book: Book) -> None:
    word_parts.add_office(document, book.office, 28)
    number = add_paragraph(document, book.number, TEXT_PT, centred=True)
    line_below(number, RED, 18)
    title = add_paragraph(document, book.title, TITLE_PT, TITLE, centred=True)
    title.paragraph_format.space_before = Pt(LINE_PT)
    period = add_paragraph(document, book.period, TEXT_PT, centred=True)
    period.paragraph_format.space_after = Pt(14)


def _numeral(number: int, *, chinese: bool) -> str:
    if not chinese:
        return f"{number + 1}. "
    tens, ones = divmod(number + 1, 10)
    words = ("" if tens == 0 else ("十" if tens == 1 else f"{NUMERALS[tens - 1]}十")) + (
        NUMERALS[ones - 1] if ones else ""
    )
    return f"{words}、"


def _section(document: Any, section: Section, numeral: str, charts: int) -> int:
    """Write a part; return how many charts the document has now."""
    heading = document.add_heading(numeral + section.heading, 1)
    heading.paragraph_format.space_before = Pt(14)
    for block in section.blocks:
        if isinstance(block, Table):
            _table(document, block)
        elif isinstance(block, Chart):
            charts += 1
            add_chart(document, block, charts, WIDTH_MM)
        else:
            text = add_paragraph(document, block, TEXT_PT)
            text.paragraph_format.first_line_indent = Pt(2 * TEXT_PT)
            text.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
            text.paragraph_format.line_spacing = Pt(LINE_PT)
    return charts


def _table(document: Any, table: Table) -> None:
    name = add_paragraph(document, table.title, 12, HEADING, centred=True)
    name.paragraph_format.space_before, name.paragraph_format.space_after = Pt(10), Pt(4)
    name.paragraph_format.keep_with_next = True
    made = document.add_table(rows=1, cols=len(table.columns))
    made.style, made.alignment, made.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    widths = _widths(table.columns)
    _narrow_sides(made)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width  # Word reads the cells, LibreOffice the grid
    _row(made.rows[0], [column.name for column in table.columns], table.columns, widths, head=True)
    # The head comes again on each page the table runs over.
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in table.rows:
        _row(made.add_row(), _written(row, table.columns), table.columns, widths)
    if table.total is not None:
        _row(made.add_row(), _written(table.total, table.columns), table.columns, widths, sum_=True)
    _keep_together(made)
    note = add_paragraph(document, table.note, SMALL_PT)
    note.paragraph_format.space_before, note.paragraph_format.space_after = Pt(3), Pt(10)


def _narrow_sides(made: Any) -> None:
    """Give the cells of a table narrow sides: the width is for the figures."""
    sides = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        one = OxmlElement(f"w:{side}")
        one.set(qn("w:w"), str(Mm(CELL_SIDE_MM).twips))
        one.set(qn("w:type"), "dxa")
        sides.append(one)
    # The order of these is part of the format: the sides stand before the look.
    look = made._tbl.tblPr.find(qn("w:tblLook"))
    made._tbl.tblPr.insert(list(made._tbl.tblPr).index(look), sides)


def _keep_together(made: Any) -> None:
    """Keep a short table on one page; a long one may break, but not before its last rows.

    The last row keeps with the note below.
    """
    rows = made.rows
    for number, row in enumerate(rows):
        if len(rows) <= SHORT_TABLE or number < 2 or number >= len(rows) - 2:
            for cell in row.cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True


def _widths(columns: Sequence[Column]) -> list[int]:
    whole = sum(column.width for column in columns)
    return [int(Mm(WIDTH_MM * column.width / whole)) for column in columns]


def _written(row: Sequence[Any], columns: Sequence[Column]) -> list[str]:
    return [written(cell, column.kind) for cell, column in zip(row, columns, strict=True)]


def _row(
    row: Any,
    texts: Sequence[str],
    columns: Sequence[Column],
    widths: Sequence[int],
    *,
    head: bool = False,
    sum_: bool = False,
) -> None:
    cannot_split = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(cannot_split)
    for cell, text, column, width in zip(row.cells, texts, columns, widths, strict=True):
        cell.width = width
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        size = SMALL_PT if len(columns) >= MANY_COLUMNS else CELL_PT
        add_text(paragraph, text, size, HEADING if head or sum_ else BODY)
        if head:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif column.kind is not Kind.TEXT:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if head or sum_:
            _shade(cell)


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", GREY)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _colophon(document: Any, book: Book) -> None:
    # A page that holds nothing but the signature could belong to any paper.
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    for line in (book.office, book.day):
        end = add_paragraph(document, line, TEXT_PT)
        end.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        end.paragraph_format.keep_with_next = True  # what the figures are from stands below
        end.paragraph_format.space_before = Pt(14 if line == book.office else 0)
    for number, line in enumerate(book.colophon):
        small = add_paragraph(document, line, SMALL_PT)
        if number == 0:
            small.paragraph_format.space_before = Pt(24)
            line_below(document.paragraphs[-2], "808080", 4)


def _page_numbers(document: Any) -> None:
    footer = document.sections[0].footer
    paragraph = footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    add_text(paragraph, "— ", 14, BODY)
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        run.font.size, run.font.name = Pt(14), BODY
        if kind is not None:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)
    add_text(paragraph, " —", 14, BODY)
