"""Charts for Word files that Word itself draws, with their numbers behind them.

python-docx draws no charts. The chart part of a Word file is the same DrawingML as in an
Excel file, so XlsxWriter draws it into a book of its own; the chart's XML moves into the
document and the book goes along as the embedded data ("Edit data" in Word opens it).
"""

import zipfile
from io import BytesIO
from typing import Any

import xlsxwriter
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm

from gridgov.domain.books import Chart, ChartKind

CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHART_NS = "http://schemas.openxmlformats.org/drawingml/2006/chart"
RELATIONS_NS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# The board's accent first; then greys and a warm one that differ in print without colour too.
COLOURS = ("#1B5BAA", "#7A8794", "#B26B00", "#3A8F6B", "#8A4FA3")
DASHES = ("solid", "dash", "round_dot", "long_dash", "dash_dot")
MOST_WORDS = 12
INLINE = (
    '<wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    f' xmlns:c="{CHART_NS}" xmlns:r="{RELATIONS_NS}" distT="0" distB="0" distL="0" distR="0">'
    '<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{number}" name="Chart {number}"/>'
    '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
    '<c:chart r:id="{relation}"/></a:graphicData></a:graphic></wp:inline>'
)


def draw_into(book: Any, sheet_name: str, chart: Chart, first_row: int = 0) -> Any:
    """Write a chart's numbers to a sheet of an XlsxWriter book and return the chart.

    The sheet is made when the book has none of that name; the header stands in `first_row`.
    """
    sheet = book.get_worksheet_by_name(sheet_name) or book.add_worksheet(sheet_name)
    sheet.write_row(first_row, 1, [name for name, _values in chart.series])
    sheet.write_column(first_row + 1, 0, chart.categories)
    last = first_row + len(chart.categories)
    line = chart.kind is ChartKind.LINE
    made = book.add_chart({"type": str(chart.kind)})
    for number, (_name, values) in enumerate(chart.series, 1):
        for row, value in enumerate(values, first_row + 1):
            if value is not None:
                sheet.write_number(row, number, value)
        colour = COLOURS[(number - 1) % len(COLOURS)]
        stroke = {"color": colour, "width": 2, "dash_type": DASHES[(number - 1) % len(DASHES)]}
        made.add_series(
            {
                "name": [sheet_name, first_row, number],
                "categories": [sheet_name, first_row + 1, 0, last, 0],
                "values": [sheet_name, first_row + 1, number, last, number],
                **(
                    {"line": stroke, "smooth": False}
                    if line
                    else {"fill": {"color": colour}, "gap": 60}
                ),
            }
        )
    _dress(made, chart)
    return made


def _dress(made: Any, chart: Chart) -> None:
    made.set_title({"name": chart.title, "name_font": {"size": 11, "bold": True}})
    # One series is named by the title; more stand in a line below, not over the numbers.
    made.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
    numbers = {
        "num_format": "0%" if chart.share else "#,##0",
        "major_gridlines": {"visible": True, "line": {"color": "#D9DEE3", "width": 0.75}},
        "minor_tick_mark": "none",
        "major_tick_mark": "none",
        "line": {"none": True},
        "min": 0,  # a bar from elsewhere is longer than what it says
        **({"max": 1.0} if chart.share else {}),
    }
    # As many words below the axis as can be read side by side.
    many = len(chart.categories) > MOST_WORDS
    step = max(1, -(-len(chart.categories) // MOST_WORDS))
    words = {
        "minor_tick_mark": "none",
        "major_tick_mark": "none",
        "num_font": {"size": 9, "rotation": -45 if many else 0},
    }
    if chart.kind is ChartKind.BAR:
        # Lying bars: the words stand at the side, the first on top as in the table.
        made.set_y_axis({**words, "reverse": True})
        made.set_x_axis({**numbers, "label_position": "high"})
    else:
        made.set_x_axis({**words, "interval_unit": step})
        made.set_y_axis(numbers)
    made.set_chartarea({"border": {"none": True}})
    made.show_blanks_as("gap")


def add_chart(document: Any, chart: Chart, number: int, width_mm: float = 150.0) -> None:
    """Add a chart to the end of a python-docx document; `number` is its own, from 1."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = "data"
    made = draw_into(book, sheet, chart)
    book.get_worksheet_by_name(sheet).insert_chart(0, len(chart.series) + 2, made)
    book.close()
    with zipfile.ZipFile(buffer) as parts:
        drawn = parts.read("xl/charts/chart1.xml")
    package = document.part.package
    data = Part(
        PackURI(f"/word/embeddings/chart{number}.xlsx"), BOOK_TYPE, buffer.getvalue(), package
    )
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), CHART_TYPE, b"", package)
    part._blob = _with_data(_outspoken(drawn), part.relate_to(data, RELATIONSHIP_TYPE.PACKAGE))
    # Low enough to stand below the text or table it belongs to.
    height_mm = width_mm * 0.42
    if chart.kind is ChartKind.BAR:
        height_mm = min(220.0, 22.0 + 6.0 * len(chart.categories))
    inline = parse_xml(
        INLINE.format(
            width=int(Mm(width_mm)),
            height=int(Mm(height_mm)),
            number=number,
            relation=document.part.relate_to(part, RELATIONSHIP_TYPE.CHART),
        )
    )
    # What the chart shows, for who cannot see it.
    inline.docPr.set("descr", f"{chart.title}. {chart.words}")
    document.add_paragraph().add_run()._r.add_drawing(inline)


def _outspoken(drawn: bytes) -> bytes:
    """Return the chart's XML with what Excel leaves out because it is Excel's default.

    The schema's own defaults, which LibreOffice keeps to, are curves between the points and
    zero where there is no value: both show what never was.
    """
    if b"<c:lineChart>" in drawn:
        drawn = drawn.replace(b"</c:ser>", b'<c:smooth val="0"/></c:ser>')
    if b"<c:dispBlanksAs" not in drawn:
        drawn = drawn.replace(b"</c:chart>", b'<c:dispBlanksAs val="gap"/></c:chart>')
    return drawn


def _with_data(drawn: bytes, relation: str) -> bytes:
    """Return the chart's XML with the reference to its embedded book."""
    tail = (
        f'<c:externalData xmlns:r="{RELATIONS_NS}" r:id="{relation}">'
        '<c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )
    return drawn.replace(b"</c:chartSpace>", tail.encode())
