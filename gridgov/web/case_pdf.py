"""One case as a PDF file: drawn in Python, with the Chinese font every reader brings along."""

from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from flask_babel import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from gridgov.web.case_papers import Paper, PaperPhoto

# One of the fonts PDF readers have by the standard (Adobe-GB1): nothing is embedded, and
# all characters of GB 18030 print, rare ones of place names too.
FONT = "STSong-Light"
MARGIN = 18 * mm
INK, FAINT, RULE = colors.HexColor(0x1A1A1A), colors.HexColor(0x5A5A5A), colors.HexColor(0xC8C8C8)
PHOTO = (80 * mm, 60 * mm)
INNER = A4[0] - 2 * MARGIN - 12  # the frame keeps six points on either side
COLUMNS = (28 * mm, INNER - 28 * mm)


@cache
def _font() -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    return FONT


def _style(size: float, *, faint: bool = False, before: float = 0) -> ParagraphStyle:
    return ParagraphStyle(
        f"s{size}{faint}{before}",
        fontName=_font(),
        fontSize=size,
        leading=size * 1.5,
        textColor=FAINT if faint else INK,
        spaceBefore=before,
        wordWrap="CJK",
    )


def draw(paper: Paper) -> bytes:
    """Return the PDF of a case."""
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 4 * mm,
        title=f"{paper.number} {paper.title}",
        author=paper.office,
    )
    on_page = _on_page(paper)
    document.build(_flow(paper), onFirstPage=on_page, onLaterPages=on_page)
    return file.getvalue()


def _flow(paper: Paper) -> list[Flowable]:
    flow: list[Flowable] = [
        _words(paper.office, _style(10, faint=True)),
        _words(f"{paper.title}", _style(18)),
        _words(paper.number, _style(11, faint=True)),
        Spacer(1, 4 * mm),
        _rows([(name, value) for name, value in paper.facts]),
    ]
    if paper.told:
        flow.append(_heading(_("What was reported")))
        flow += [_words(_("“%(text)s”", text=text), _style(10.5)) for text in paper.told]
    if paper.photos:
        flow.append(_heading(_("Photos")))
        flow += _pictures(paper.photos)
    flow.append(_heading(_("What happened")))
    flow.append(_rows([(at, _joined(said, note)) for at, said, note in paper.history]))
    return flow


def _joined(said: str, note: str) -> str:
    return f"{said}\n{note}" if note else said


def _words(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def _heading(text: str) -> Paragraph:
    return _words(text, _style(13, before=5 * mm))


def _rows(rows: list[tuple[str, str]]) -> Table:
    cells = [
        [_words(name, _style(9, faint=True)), _words(value, _style(10))] for name, value in rows
    ]
    table = Table(cells, colWidths=COLUMNS, repeatRows=0)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ]
        )
    )
    return table


def _pictures(photos: list[PaperPhoto]) -> list[Flowable]:
    """Set the pictures in pairs, each with what it shows and when."""
    cells: list[Any] = [
        [_picture(photo), _words(photo.caption, _style(9, faint=True))] for photo in photos
    ]
    if len(cells) % 2:
        cells.append("")
    rows = [cells[n : n + 2] for n in range(0, len(cells), 2)]
    width = INNER / 2
    return [KeepTogether(Table([row], colWidths=(width, width))) for row in rows]


def _picture(photo: PaperPhoto) -> Image:
    scale = min(PHOTO[0] / photo.width, PHOTO[1] / photo.height)
    return Image(str(photo.path), width=photo.width * scale, height=photo.height * scale)


def _on_page(paper: Paper) -> Callable[[Any, Any], None]:
    """Return what is drawn on every page: the mark across it, who printed it, the number."""

    def draw_page(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(_font(), 15)
        canvas.setFillColor(colors.Color(0.35, 0.35, 0.35, alpha=0.13))
        canvas.translate(A4[0] / 2, A4[1] / 2)
        canvas.rotate(35)
        for row in range(-4, 5):
            for column in (-1, 0, 1):
                canvas.drawCentredString(column * 95 * mm, row * 42 * mm, paper.mark)
        canvas.restoreState()
        canvas.saveState()
        canvas.setFont(_font(), 8)
        canvas.setFillColor(FAINT)
        canvas.drawString(MARGIN, 11 * mm, paper.printed)
        canvas.drawRightString(A4[0] - MARGIN, 11 * mm, f"{paper.number} · {document.page}")
        canvas.restoreState()

    return draw_page
