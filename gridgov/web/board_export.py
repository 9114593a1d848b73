"""The lists behind the figures of a board as Excel books: masked, marked, written down."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.services import behind as cases_behind
from gridgov.services import board as boards
from gridgov.services import reference as references
from gridgov.services import stock_cases as open_cases
from gridgov.services.board import Figure, View
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only
from gridgov.web.access import current_actor, requires
from gridgov.web.board import AREA, READERS, board
from gridgov.web.board_asked import view_of_days
from gridgov.web.board_behind import question, stock_day, visible_cases
from gridgov.web.desk_export import MOST_ROWS, book, sent
from gridgov.web.instance import utc_now

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
    return _sent(_behind, "behind")


@board.get("/stock.xlsx")
@requires(*READERS, area=AREA)
def export_stock() -> Response:
    """Send the cases that were open when a period began, or when it ended, as an Excel book."""
    return _sent(_stock, "stock")


def _sent(
    cases: Callable[[Session, Actor, View, datetime], Iterator[Case]], list_name: str
) -> Response:
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        view = view_of_days(request.args, session, actor, reference, now)
        file, count = book(cases(session, actor, view, now), actor, reference, now)
    return sent(file, count, actor, reference, now, list_name)


def _figure(session: Session, actor: Actor, view: View, now: datetime) -> Iterator[Case]:
    """Return the cases of a figure, page by page, newest first."""
    asked = request.args.get("figure", "")
    figure = Figure(asked) if asked in set(Figure) else Figure.RECEIVED
    before: UUID | None = None
    for _start in range(0, MOST_ROWS, boards.PAGE):
        page = boards.cases_behind(session, actor, view, figure, now=now, before=before)
        yield from page
        if len(page) < boards.PAGE:
            return
        before = page[-1].id
        session.expunge_all()  # what is written needs no memory any more


def _behind(session: Session, actor: Actor, view: View, now: datetime) -> Iterator[Case]:
    asked = question(view)

    def page(after: str | None) -> list[tuple[UUID, str]]:
        found = cases_behind.cases_of(session, asked, now=now, after=after, limit=PAGE)
        return [(one.case_id, one.mark) for one in found]

    return _seen(session, actor, page)


def _stock(session: Session, actor: Actor, view: View, _now: datetime) -> Iterator[Case]:
    day = stock_day(view)

    def page(after: str | None) -> list[tuple[UUID, str]]:
        found = open_cases.open_at_the_end_of(session, view, day, after=after, limit=PAGE)
        return [(one, str(one)) for one in found]

    return _seen(session, actor, page)


def _seen(
    session: Session, actor: Actor, page: Callable[[str | None], list[tuple[UUID, str]]]
) -> Iterator[Case]:
    """Return those cases of a list the reader may see, page by page.

    `page` gives the cases after a mark, each with its own mark.
    """
    after: str | None = None
    for _start in range(0, MOST_ROWS, PAGE):
        found = page(after)
        known = visible_cases(session, actor, [case_id for case_id, _mark in found])
        yield from (known[case_id] for case_id, _mark in found if case_id in known)
        if len(found) < PAGE:
            return
        after = found[-1][1]
        session.expunge_all()  # what is written needs no memory any more
