"""What every Word file of ours is made of: A4 sheets, paragraphs and lines of official papers.

The fonts are those of GB/T 9704-2012. They are named, not embedded: a machine without them
takes its own.
"""

from io import BytesIO
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

TITLE, HEADING, BODY = "FZXiaoBiaoSong-B05S", "SimHei", "FangSong"
RED = "C00000"
A4_WIDTH_MM, A4_HEIGHT_MM = 210, 297


def set_page(
    document: Any, top_mm: float, right_mm: float, bottom_mm: float, left_mm: float
) -> None:
    """Make the pages of a document A4 with these margins."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(A4_WIDTH_MM), Mm(A4_HEIGHT_MM)
    page.left_margin, page.right_margin = Mm(left_mm), Mm(right_mm)
    page.top_margin, page.bottom_margin = Mm(top_mm), Mm(bottom_mm)


def add_office(document: Any, office: str, size: float) -> None:
    """Add the name of the issuing office in red, as it stands above an official paper."""
    head = add_paragraph(document, office, size, TITLE, centred=True)
    head.runs[0].font.color.rgb = RGBColor.from_string(RED)


def add_paragraph(
    document: Any, text: str, size: float, font: str = BODY, *, centred: bool = False
) -> Any:
    """Add a paragraph of one font and size (points) and return it."""
    made = document.add_paragraph()
    add_text(made, text, size, font)
    if centred:
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return made


def add_text(paragraph: Any, text: str, size: float, font: str = BODY) -> None:
    """Add text of one font and size (points) to a paragraph."""
    made = paragraph.add_run(text)
    made.font.size, made.font.name = Pt(size), font
    # Word takes the font of Chinese characters from an attribute of its own.
    made._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def line_below(paragraph: Any, colour: str, eighths: int) -> None:
    """Draw a line below a paragraph, `eighths` of a point thick; `colour` in hex digits."""
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    values = {"val": "single", "sz": str(eighths), "space": "6", "color": colour}
    for name, value in values.items():
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().append(borders)


def content(document: Any) -> bytes:
    """Return the file of a document."""
    file = BytesIO()
    document.save(file)
    return file.getvalue()
