"""The lists behind the figures of a board as Excel books: masked, marked, written down."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.workflow import CaseState
from gridgov.services import behind_at, open_lamps
from gridgov.services import board as boards
from gridgov.services import reference as references
from gridgov.services import stock_cases as open_cases
from gridgov.services.board import Figure, View
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only
from gridgov.web import board_past, words
from gridgov.web.access import current_actor, requires
from gridgov.web.board import AREA, READERS, board
from gridgov.web.board_asked import view_of_days
from gridgov.web.board_behind import question, stock_day, visible_cases
from gridgov.web.board_lamps import asked_lamp
from gridgov.web.desk_export import case_sheet
from gridgov.web.instance import utc_now
from gridgov.web.list_export import Column, book, moment, sent

PAGE = 1_000


@board.get("/cases.xlsx")
@requires(*READERS, area=AREA)
def export_cases() -> Response:
    """Send the cases a figure counts as an Excel book."""
    return _sent(_figure, "board")


@board.get("/behind.xlsx")
@requires(*READERS, area=AREA)
def export_behind() -> Response:
    """Send the cases one part of an indicator counts as an Excel book."""
    stood: dict[UUID, str] = {}
    return _sent(partial(_behind, stood=stood), "behind", stood)


@board.get("/stock.xlsx")
@requires(*READERS, area=AREA)
def export_stock() -> Response:
    """Send the cases that were open when a period began, or when it ended, as an Excel book."""
    return _sent(_stock, "stock")


@board.get("/lamps.xlsx")
@requires(*READERS, area=AREA)
def export_lamp() -> Response:
    """Send the open cases that show a lamp now as an Excel book."""
    return _sent(_lamp, "lamp")


def _sent(
    cases: Callable[[Session, Actor, View, datetime], Iterator[Case]],
    list_name: str,
    stood: Mapping[UUID, str] | None = None,
) -> Response:
    """Send a list; of a past hour it says beside the state of now that of then (`stood`)."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        as_of = board_past.asked(request.args, reference, now)
        view = view_of_days(request.args, session, actor, reference, as_of or now)
        sheet = case_sheet(cases(session, actor, view, now), reference)
        if as_of is not None and stood is not None:
            sheet = replace(sheet, columns=[*sheet.columns, _then(stood, as_of, reference)])
        file, rows = book([sheet], actor, reference, now)
    return sent(file, rows, actor, reference, now, list_name)


def _then(stood: Mapping[UUID, str], as_of: datetime, reference: Reference) -> Column[Case]:
    """Return the column of how each case stood then: those that changed since are in `stood`."""
    return Column(
        _("State at %(moment)s", moment=moment(as_of, reference)),
        lambda case: str(words.STATE_WORDS[CaseState(stood.get(case.id, case.state))]),
    )


def _figure(session: Session, actor: Actor, view: View, now: datetime) -> Iterator[Case]:
    """Return the cases of a figure, page by page, newest first."""
    asked = request.args.get("figure", "")
    figure = Figure(asked) if asked in set(Figure) else Figure.RECEIVED
    before: UUID | None = None
    while True:
        page = boards.cases_behind(session, actor, view, figure, now=now, before=before)
        yield from page
        if len(page) < boards.PAGE:
            return
        before = page[-1].id
        session.expunge_all()  # what is written needs no memory any more


def _lamp(session: Session, actor: Actor, view: View, now: datetime) -> Iterator[Case]:
    before: UUID | None = None
    while True:
        page = open_lamps.cases_with(
            session, actor, view, asked_lamp(), now=now, before=before, limit=PAGE
        )
        yield from page
        if len(page) < PAGE:
            return
        before = page[-1].id
        session.expunge_all()  # what is written needs no memory any more


def _behind(
    session: Session, actor: Actor, view: View, now: datetime, *, stood: dict[UUID, str]
) -> Iterator[Case]:
    asked = question(view)
    as_of = board_past.asked(request.args, references.of(session, view.district_code), now)

    def page(after: str | None) -> list[tuple[UUID, str]]:
        found = behind_at.cases_of(session, asked, now=now, as_of=as_of, after=after, limit=PAGE)
        stood.update((one.case_id, one.stood.state) for one in found if one.stood is not None)
        return [(one.case_id, one.mark) for one in found]

    return _seen(session, actor, page)


def _stock(session: Session, actor: Actor, view: View, now: datetime) -> Iterator[Case]:
    day = stock_day(view)

    def page(after: str | None) -> list[tuple[UUID, str]]:
        found = open_cases.open_at_the_end_of(session, view, day, now=now, after=after, limit=PAGE)
        return [(one.case_id, one.mark) for one in found]

    return _seen(session, actor, page)


def _seen(
    session: Session, actor: Actor, page: Callable[[str | None], list[tuple[UUID, str]]]
) -> Iterator[Case]:
    """Return those cases of a list the reader may see, page by page.

    `page` gives the cases after a mark, each with its own mark.
    """
    after: str | None = None
    while True:
        found = page(after)
        known = visible_cases(session, actor, [case_id for case_id, _mark in found])
        yield from (known[case_id] for case_id, _mark in found if case_id in known)
        if len(found) < PAGE:
            return
        after = found[-1][1]
        session.expunge_all()  # what is written needs no memory any more
