"""Lists of cases as Excel books: the desk's, and that of the person's own work."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import CaseState
from gridgov.services import desk_queue, worklists
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.services.worklists import Tab
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only
from gridgov.web import cards, desk_query, words
from gridgov.web.access import current_actor, requires
from gridgov.web.desk import desk
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now
from gridgov.web.list_export import MOST_ROWS, NARROW, WIDE, Column, Sheet, book, moment, sent
from gridgov.web.receipts import place_of
from gridgov.web.work import work


@desk.get("/export.xlsx")
@requires(Role.DISPATCHER, area="cases in the areas the person dispatches for")
def export() -> Response:
    """Send the cases of the list as an Excel book."""
    return of_chosen(())


def of_chosen(chosen: Sequence[UUID]) -> Response:
    """Send some cases as an Excel book, without any the list the address asks for."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        cases = case_sheet(_asked(session, actor, reference, now, chosen), reference)
        file, rows = book([cases], actor, reference, now)
    return sent(file, rows, actor, reference, now, "desk")


def _asked(
    session: Session, actor: Actor, reference: Reference, now: datetime, chosen: Sequence[UUID]
) -> Iterator[Case]:
    """Return the chosen cases, or the filtered list the address asks for."""
    if chosen:
        yield from desk_queue.of_ids(session, actor, chosen[: desk_queue.MOST])
        return
    wanted, after = desk_query.read(), None
    while True:
        page = desk_queue.page(
            session, actor, wanted, reference, now=now, after=after, limit=desk_queue.MOST
        )
        yield from page
        if len(page) < desk_queue.MOST:
            return
        after = desk_queue.place_of(page[-1], wanted.order)
        session.expunge_all()  # what is written needs no memory any more


@work.get("/export.xlsx")
@requires(Role.WORKER, Role.HANDLER, area="cases given to the person or to a unit of the person")
def export_tasks() -> Response:
    """Send the cases of a tab of the person's own list as an Excel book."""
    actor, now = current_actor(), utc_now()
    asked = request.args.get("tab", "")
    tab = Tab(asked) if asked in set(Tab) else Tab.HANDLING
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        cases = case_sheet(_tasks(session, actor, tab), reference)
        file, rows = book([cases], actor, reference, now)
    return sent(file, rows, actor, reference, now, "work")


def _tasks(session: Session, actor: Actor, tab: Tab) -> Iterator[Case]:
    for offset in count(0, worklists.PAGE):
        page = worklists.tasks(session, actor, tab, offset=offset)
        yield from page
        if len(page) < worklists.PAGE:
            return


def case_sheet(cases: Iterable[Case], reference: Reference) -> Sheet[Case]:
    """Return some cases as the sheet of a list."""
    return Sheet(_("Cases"), case_columns(reference), cases, MOST_ROWS)


def case_columns(reference: Reference) -> list[Column[Case]]:
    """Return what every list of cases says of each."""
    return [
        Column(_("Number"), lambda case: case.number, 22),
        Column(_("Class"), lambda case: cards.title_of(case, reference)),
        Column(_("State"), lambda case: str(words.STATE_WORDS[CaseState(case.state)])),
        Column(_("Source"), lambda case: str(words.CHANNEL_WORDS.get(case.channel, case.channel))),
        Column(_("Place"), lambda case: place_of(case, reference), WIDE, masked=True),
        Column(_("Area"), lambda case: _area(case, reference)),
        Column(_("Unit"), lambda case: _unit(case, reference)),
        Column(_("Received"), lambda case: moment(case.received_at, reference)),
        Column(_("Due"), lambda case: _due(case, reference)),
        Column(_("Closed"), lambda case: moment(case.closed_at, reference)),
        Column(_("Reports"), lambda case: case.report_count, NARROW),
    ]


def _area(case: Case, reference: Reference) -> str:
    area = reference.area(case.duty.anchor)
    return pick(area.name, area.name_en) if area else ""


def _unit(case: Case, reference: Reference) -> str:
    unit = reference.units.get(case.unit_code or "")
    return pick(unit.name, unit.name_en) if unit else ""


def _due(case: Case, reference: Reference) -> str:
    return moment(case.due_at, reference) if case.due_at < NO_LIMIT else ""
