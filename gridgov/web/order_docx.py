"""The supervision order (督办单) of a case as a Word file, in the plain red-headed form."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from flask_babel import gettext as _

from gridgov.domain.privacy import mask_personal
from gridgov.storage import reports
from gridgov.web import case_papers, case_words, words
from gridgov.web.case_fields import Look
from gridgov.web.i18n import pick
from gridgov.web.receipts import title_of

RED = RGBColor(0xC0, 0x00, 0x00)
# The fonts of official papers (GB/T 9704); a machine without them takes its own Song.
BODY, TITLE = "FangSong", "FZXiaoBiaoSong-B05S"


@dataclass(frozen=True, slots=True)
class Order:
    """What the order says."""

    office: str
    number: str
    rows: list[tuple[str, str]]
    to: str
    text: str
    day: str


def order(look: Look) -> Order:
    """Return what the order for a supervised case says; personal data is masked."""
    case, reference = look.case, look.reference
    last = next((one for one in reversed(look.entries) if one.action == "supervise"), None)
    told = next((one.text for one in reports.of_case(look.session, case.id) if one.text), None)
    unit = reference.units.get(case.unit_code or "")
    to = case_words.unit(unit) if unit is not None else _("whoever has the case in hand")
    why = "" if last is None else str(words.REASON_WORDS.get(last.reason or "", ""))
    rows = [
        (_("Case number"), case.number),
        (_("Kind of problem"), title_of(case, reference)),
        *((name, value) for name, value in case_papers.facts(look)),
        (_("Why supervised"), why),
        (_("What was reported"), mask_personal(told or "")),
    ]
    return Order(
        office=_("%(place)s grid command centre", place=pick(reference.name, reference.name_en)),
        number=f"{case.number}-{sum(one.action == 'supervise' for one in look.entries)}",
        rows=[(name, value) for name, value in rows if value],
        to=to,
        text=mask_personal((last.text if last is not None else None) or "") or _standard(look),
        day=f"{look.now.astimezone(reference.zone):%Y-%m-%d}",
    )


def _standard(look: Look) -> str:
    return _(
        "Please handle this case at once, within its limit of %(due)s, and report the result.",
        due=look.clock(look.case.due_at),
    )


def draw(found: Order) -> bytes:
    """Return the Word file of an order."""
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(27)
    page.top_margin, page.bottom_margin = Mm(30), Mm(30)
    head = _paragraph(document, found.office, 26, TITLE, centred=True)
    head.runs[0].font.color.rgb = RED
    _paragraph(document, _("Supervision order"), 20, TITLE, centred=True)
    _underline(_paragraph(document, _("No. %(number)s", number=found.number), 14, centred=True))
    _paragraph(document, _("%(unit)s:", unit=found.to), 16)
    _paragraph(document, found.text, 16).paragraph_format.first_line_indent = Pt(32)
    _table(document, found.rows)
    for line in (found.office, found.day):
        _paragraph(document, line, 16).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _paragraph(
    document: Any, text: str, size: float, font: str = BODY, *, centred: bool = False
) -> Any:
    made = document.add_paragraph()
    _run(made, text, size, font)
    if centred:
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return made


def _run(paragraph: Any, text: str, size: float, font: str) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), font
    # Word takes the font of Chinese characters from an attribute of its own.
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _underline(paragraph: Any) -> None:
    """Draw the red line below the head."""
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "6"), ("color", "C00000")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().append(borders)


def _table(document: Any, rows: list[tuple[str, str]]) -> None:
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for name, value in rows:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = Mm(36), Mm(120)
        for cell, text in zip(cells, (name, value), strict=True):
            _run(cell.paragraphs[0], text, 12, BODY)
    document.add_paragraph()
