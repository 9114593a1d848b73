"""A rehearsal to take along: an Excel book, or one table of it as CSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO, StringIO

from flask import Response, request, stream_with_context
from flask_babel import gettext as _
from flask_babel import pgettext
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from gridgov.domain.errors import InvalidInput
from gridgov.domain.workflow import CaseState
from gridgov.gateways.excel_parts import text_book
from gridgov.services import grids_rehearse_list
from gridgov.storage.session import read_only
from gridgov.web import rehearsal_people, rehearsal_run, words
from gridgov.web.access import requires
from gridgov.web.downloads import CSV, EXCEL, download, download_file
from gridgov.web.grids import AREA, LOOK, grids
from gridgov.web.i18n import pick
from gridgov.web.net_names import Names
from gridgov.web.rehearsal_run import Run
from gridgov.web.rehearsal_tables import GridRow, grid_table

# What a sheet can hold besides its head; further cases are in the CSV.
SHEET_ROWS = 1_048_575
# A program that reads CSV takes a cell that begins so for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"  # without it Excel takes UTF-8 for the system's code page
COLUMN_WIDTH = 16

Cell = str | int | float | None
Rows = Iterable[Sequence[Cell]]


@grids.get("/<int:number>/rehearsal.xlsx")
@requires(*LOOK, area=AREA)
def rehearsal_xlsx(number: int) -> Response:
    """Send the whole rehearsal as an Excel book, a sheet for each table."""
    run = rehearsal_run.run(number)
    file = BytesIO()
    book = text_book(file, row_by_row=True)
    bold = book.add_format({"bold": True})
    for title, head, rows in _sheets(run):
        _write(book, bold, title, head, rows)
    book.close()
    file.seek(0)
    return download_file(file, EXCEL, _name(run, "xlsx"))


def _write(book: Workbook, bold: Format, title: str, head: Sequence[str], rows: Rows) -> None:
    sheet = book.add_worksheet(title)
    sheet.set_column(0, max(0, len(head) - 1), COLUMN_WIDTH)
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(head):
        sheet.write_string(0, column, text, bold)
    for line, row in enumerate(rows, 1):
        if line > SHEET_ROWS:
            break
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(line, column, cell)
            elif cell is not None:
                sheet.write_number(line, column, cell)


@grids.get("/<int:number>/rehearsal.csv")
@requires(*LOOK, area=AREA)
def rehearsal_csv(number: int) -> Response:
    """Send one table as CSV: the cases that would move (`cases`), grids, people or open."""
    tables = {"cases": _cases, "grids": _grids, "people": _people, "open": _open}
    asked = request.args.get("table", "cases")
    if asked not in tables:
        raise InvalidInput("table", "unknown")
    run = rehearsal_run.run(number)
    _title, head, rows = tables[asked](run)
    return download(stream_with_context(_lines(head, rows)), CSV, _name(run, "csv", asked))


def _lines(head: Sequence[str], rows: Rows) -> Iterator[str]:
    line = StringIO()
    writer = csv.writer(line)
    yield BOM
    for row in (head, *rows) if isinstance(rows, list) else _chained(head, rows):
        writer.writerow([guarded(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _chained(head: Sequence[str], rows: Rows) -> Iterator[Sequence[Cell]]:
    yield head
    yield from rows


def guarded(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def _name(run: Run, ending: str, table: str = "") -> str:
    """Return a file name of letters every system takes."""
    parts = ["rehearsal", run.draft.district_code, f"v{run.draft.number}", table]
    parts += [run.time.first.isoformat(), run.time.last.isoformat()]
    return f"{'-'.join(part for part in parts if part)}.{ending}"


Sheet = tuple[str, Sequence[str], Rows]


def _sheets(run: Run) -> Iterator[Sheet]:
    yield _summary(run)
    yield _grids(run)
    yield _people(run)
    yield _open(run)
    yield _cases(run)


def _summary(run: Run) -> Sheet:
    found, outcome = run.found, run.found.outcome
    rows: list[Sequence[Cell]] = [
        (pgettext("rehearsal", "Draft"), found.version),
        (_("Compared with version"), found.base),
        (pgettext("rehearsal", "First day"), run.time.first.isoformat()),
        (pgettext("rehearsal", "Last day"), run.time.last.isoformat()),
        (pgettext("rehearsal", "Days"), run.time.days),
        (_("Cases run through both nets"), outcome.cases),
        (_("Cases that would change grid"), outcome.moved),
        (_("of them confidential, not listed"), grids_rehearse_list.hidden(found.replay)),
        (_("Cases that would be in no unit grid"), outcome.without_grid),
        (_("Cases that would be outside the net"), outcome.outside),
        (_("Cases without a position, not run"), found.without_position),
        (_("Open cases whose grid would change"), len(found.hands) + found.hidden_hands),
        (_("of them confidential, not listed"), found.hidden_hands),
        (_("Grids of the draft without a lead"), len(outcome.vacant)),
    ]
    rows += [
        (f"{one['name']}: {word}", *one[key])
        for one in rehearsal_people.spreads(run)
        for key, word in (
            ("mean", _("cases a month, mean")),
            ("range", _("cases a month, least to most")),
            ("variation", _("coefficient of variation")),
            ("gini", pgettext("rehearsal", "Gini coefficient")),
        )
    ]
    return (
        pgettext("rehearsal", "Summary"),
        (
            pgettext("rehearsal", "What"),
            pgettext("rehearsal", "Now"),
            pgettext("rehearsal", "In the draft"),
        ),
        rows,
    )


def _grids(run: Run) -> Sheet:
    table = grid_table(run)
    head = (
        pgettext("rehearsal", "Code"),
        pgettext("rehearsal", "Grid"),
        pgettext("rehearsal", "Lead now"),
        _("Deputies now"),
        _("Lead in the draft"),
        _("Deputies in the draft"),
        _("Cases now"),
        _("Cases in the draft"),
        pgettext("rehearsal", "Difference"),
        pgettext("rehearsal", "What changes"),
        pgettext("rehearsal", "Open now"),
        _("Open in the draft"),
    )
    rows: list[Sequence[Cell]] = [_grid(row) for row in (*table.changed, *table.same)]
    before, after = table.elsewhere
    gap: list[Cell] = [None] * 4
    none = pgettext("rehearsal", "In no grid")
    rows.append(("", none, *gap, before, after, after - before, "", *table.open_elsewhere))
    total, will = table.total
    rows.append(
        ("", pgettext("rehearsal", "Sum"), *gap, total, will, will - total, "", *table.open_total)
    )
    return pgettext("rehearsal", "Grids"), head, rows


def _grid(row: GridRow) -> Sequence[Cell]:
    return (
        row.code,
        row.name,
        row.people_before[0] or "",
        row.people_before[1],
        row.people[0] or "",
        row.people[1],
        row.before,
        row.after,
        row.delta,
        row.words,
        row.open_before,
        row.open_after,
    )


def _people(run: Run) -> Sheet:
    head = (
        pgettext("rehearsal", "Name"),
        pgettext("rehearsal", "Grids now"),
        _("Grids in the draft"),
        _("Cases a month now"),
        _("Cases a month in the draft"),
    )
    rows = [
        (row.name, row.grids_before, row.grids_after, round(row.before, 2), round(row.after, 2))
        for row in rehearsal_people.workers(run)
    ]
    return pgettext("rehearsal", "People"), head, rows


def _open(run: Run) -> Sheet:
    head = (
        pgettext("rehearsal", "Number"),
        pgettext("rehearsal", "Class"),
        pgettext("rehearsal", "State"),
        pgettext("rehearsal", "Grid now"),
        _("Grid in the draft"),
        pgettext("rehearsal", "With now"),
        pgettext("rehearsal", "Goes to"),
        pgettext("rehearsal", "Changes hands"),
    )
    yes, no = pgettext("rehearsal", "yes"), pgettext("rehearsal", "no")
    rows = [
        (
            row.number,
            row.title,
            row.state,
            row.from_grid,
            row.to_grid,
            row.from_whom,
            row.to_whom,
            yes if row.changes_hands else no,
        )
        for row in rehearsal_people.hands(run)
    ]
    return pgettext("rehearsal", "Open cases"), head, rows


def _cases(run: Run) -> Sheet:
    head = (
        pgettext("rehearsal", "Number"),
        pgettext("rehearsal", "Received"),
        pgettext("rehearsal", "Class"),
        pgettext("rehearsal", "State"),
        pgettext("rehearsal", "Code now"),
        pgettext("rehearsal", "Grid now"),
        _("Code in the draft"),
        _("Grid in the draft"),
    )
    return _("Cases that move"), head, _moved(run)


def _moved(run: Run) -> Iterator[Sequence[Cell]]:
    reference = run.script.reference
    names = Names(reference.net, run.script.net)
    with read_only() as session:
        for case in grids_rehearse_list.moved_cases(session, run.script, run.found):
            category = reference.catalogue.get(case.category_code)
            yield (
                case.number,
                f"{case.received_at.astimezone(reference.zone):%Y-%m-%d %H:%M}",
                pick(category.name, category.name_en) if category else case.category_code,
                str(words.STATE_WORDS[CaseState(case.state)]),
                case.from_code or "",
                names.full(case.from_code),
                case.to_code or "",
                names.full(case.to_code),
            )
