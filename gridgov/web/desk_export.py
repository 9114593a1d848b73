"""A list as an Excel book: masked, marked with who took it out and when, and written down."""

from collections.abc import Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.privacy import mask_personal
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import CaseState
from gridgov.gateways.excel_parts import text_book
from gridgov.services import desk_queue, worklists
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.services.worklists import Tab
from gridgov.storage.cases import Case
from gridgov.storage.exports import Export
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import desk_query, words
from gridgov.web.access import current_actor, requires
from gridgov.web.desk import desk
from gridgov.web.downloads import EXCEL, download_file
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now
from gridgov.web.receipts import title_of
from gridgov.web.work import work

MOST_ROWS = 20_000


@desk.get("/export.xlsx")
@requires(Role.DISPATCHER, area="cases in the areas the person dispatches for")
def export() -> Response:
    """Send the cases of the list, or the chosen ones, as an Excel book."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        file, count = book(_asked(session, actor, reference, now), actor, reference, now)
    return sent(file, count, actor, reference, now, "desk")


def _asked(session: Session, actor: Actor, reference: Reference, now: datetime) -> Iterator[Case]:
    """Return what the address asks for: chosen cases by their ids, or the filtered list."""
    chosen = [one for one in map(_uuid, request.args.get("case", "").split(",")) if one]
    if chosen:
        yield from desk_queue.of_ids(session, actor, chosen[: desk_queue.MOST])
        return
    wanted, after, seen = desk_query.read(), None, 0
    while seen < MOST_ROWS:
        page = desk_queue.page(
            session, actor, wanted, reference, now=now, after=after, limit=desk_queue.MOST
        )
        yield from page
        seen += len(page)
        if len(page) < desk_queue.MOST:
            return
        after = desk_queue.place_of(page[-1], wanted.order)
        session.expunge_all()  # what is written needs no memory any more


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@work.get("/export.xlsx")
@requires(Role.WORKER, Role.HANDLER, area="cases given to the person or to a unit of the person")
def export_tasks() -> Response:
    """Send the cases of a tab of the person's own list as an Excel book."""
    actor, now = current_actor(), utc_now()
    asked = request.args.get("tab", "")
    tab = Tab(asked) if asked in set(Tab) else Tab.HANDLING
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        file, count = book(_tasks(session, actor, tab), actor, reference, now)
    return sent(file, count, actor, reference, now, "work")


def _tasks(session: Session, actor: Actor, tab: Tab) -> Iterator[Case]:
    for offset in range(0, MOST_ROWS, worklists.PAGE):
        page = worklists.tasks(session, actor, tab, offset=offset)
        yield from page
        if len(page) < worklists.PAGE:
            return


def book(
    cases: Iterator[Case], actor: Actor, reference: Reference, now: datetime
) -> tuple[IO[bytes], int]:
    """Return the book of some cases, ready to be read, and how many rows it has."""
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - sent, then closed by the server
    count = write(file, cases, actor, reference, now)
    file.seek(0)
    return file, count


def sent(
    file: IO[bytes], count: int, actor: Actor, reference: Reference, now: datetime, name: str
) -> Response:
    """Write down who took the list out, and send it."""
    with unit_of_work() as session:
        session.add(
            Export(
                district_code=actor.district_code,
                person_id=actor.person_id,
                at=now,
                list_name=name,
                asked=request.query_string.decode(errors="replace")[:500],
                row_count=count,
            )
        )
    stamp = f"{now.astimezone(reference.zone):%Y%m%d-%H%M}"
    return download_file(file, EXCEL, f"{name}-{stamp}.xlsx")


def write(
    file: IO[bytes], cases: Iterator[Case], actor: Actor, reference: Reference, now: datetime
) -> int:
    """Write the book in constant memory, at most `MOST_ROWS` rows; return how many."""
    workbook = text_book(file, row_by_row=True)
    bold, faint = workbook.add_format({"bold": True}), workbook.add_format({"italic": True})
    sheet = workbook.add_worksheet()
    local = f"{now.astimezone(reference.zone):%Y-%m-%d %H:%M}"
    mark = _("Taken out by %(who)s, %(at)s. For the work only.", who=actor.name, at=local)
    plain = mark.replace("&", "&&")
    sheet.set_header(f"&L{plain}")
    sheet.set_footer(f"&L{plain}&R&P / &N")
    sheet.set_landscape()
    sheet.repeat_rows(0, 1)
    sheet.set_column(0, len(head()) - 1, 18)
    sheet.freeze_panes(2, 0)
    sheet.write_string(0, 0, mark, faint)
    for column, text in enumerate(head()):
        sheet.write_string(1, column, text, bold)
    line = 1
    for case in cases:
        if line > MOST_ROWS:
            break
        line += 1
        for column, cell in enumerate(_cells(case, reference)):
            sheet.write_string(line, column, cell)
        sheet.write_string(line, len(head()) - 1, mark if line % 25 == 0 else "", faint)
    workbook.close()
    return line - 1


def head() -> list[str]:
    """Return the names of the columns; the last one carries the mark between the rows."""
    return [
        _("Number"),
        _("Class"),
        _("State"),
        _("Source"),
        _("Place"),
        _("Area"),
        _("Unit"),
        _("Received"),
        _("Due"),
        _("Closed"),
        _("Reports"),
        "",
    ]


def _cells(case: Case, reference: Reference) -> list[str]:
    unit = reference.units.get(case.unit_code or "")
    area = reference.area(case.duty.anchor)
    return [
        case.number,
        title_of(case, reference),
        str(words.STATE_WORDS[CaseState(case.state)]),
        str(words.CHANNEL_WORDS.get(case.channel, case.channel)),
        mask_personal(case.place),
        pick(area.name, area.name_en) if area else "",
        pick(unit.name, unit.name_en) if unit else "",
        _local(case.received_at, reference),
        _local(case.due_at, reference) if case.due_at.year < 9000 else "",
        _local(case.closed_at, reference),
        str(case.report_count),
    ]


def _local(moment: Any, reference: Reference) -> str:
    return "" if moment is None else f"{moment.astimezone(reference.zone):%Y-%m-%d %H:%M}"
