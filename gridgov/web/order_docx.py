"""The supervision order (督办单) of a case as a Word file, in the plain red-headed form."""

from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt
from flask_babel import gettext as _

from gridgov.domain.privacy import mask_personal
from gridgov.gateways import word_parts
from gridgov.gateways.word_parts import RED, TITLE, add_paragraph, add_text, line_below
from gridgov.storage import reports
from gridgov.web import case_papers, case_words, words
from gridgov.web.case_fields import Look
from gridgov.web.i18n import pick
from gridgov.web.receipts import title_of


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
    word_parts.set_page(document, 30, 27, 30, 27)
    word_parts.add_office(document, found.office, 26)
    add_paragraph(document, _("Supervision order"), 20, TITLE, centred=True)
    number = add_paragraph(document, _("No. %(number)s", number=found.number), 14, centred=True)
    line_below(number, RED, 18)
    add_paragraph(document, _("%(unit)s:", unit=found.to), 16)
    add_paragraph(document, found.text, 16).paragraph_format.first_line_indent = Pt(32)
    _table(document, found.rows)
    for line in (found.office, found.day):
        add_paragraph(document, line, 16).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return word_parts.content(document)


def _table(document: Any, rows: list[tuple[str, str]]) -> None:
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for name, value in rows:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = Mm(36), Mm(120)
        for cell, text in zip(cells, (name, value), strict=True):
            add_text(cell.paragraphs[0], text, 12)
    document.add_paragraph()
