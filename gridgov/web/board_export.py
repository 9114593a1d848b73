"""The lists behind the figures of a board as Excel books: masked, marked, written down."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import Session

from gridgov.domain.indicator_book import indicator
from gridgov.domain.indicator_model import Part
from gridgov.domain.roles import Actor
from gridgov.services import behind as cases_behind
from gridgov.services import board as boards
from gridgov.services import reference as references
from gridgov.services.behind import Narrowed
from gridgov.services.board import Figure, View
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only
from gridgov.web import board_measures, periods
from gridgov.web.access import current_actor, requires
from gridgov.web.board import AREA, READERS, board
from gridgov.web.board_asked import top_area
from gridgov.web.board_behind import NARROWED, visible_cases
from gridgov.web.desk_export import MOST_ROWS, book, sent
from gridgov.web.instance import utc_now

PAGE = 1_000


@board.get("/cases.xlsx")
@requires(*READERS, area=AREA)
def export_cases() -> Response:
    """Send the cases a figure counts as an Excel book."""
    actor, now = current_actor(), utc_now()
    asked = request.args.get("figure", "")
    figure = Figure(asked) if asked in set(Figure) else Figure.RECEIVED
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        view = _view(session, actor, reference, now)
        file, count = book(_figure(session, actor, view, figure, now), actor, reference, now)
    return sent(file, count, actor, reference, now, "board")


@board.get("/behind.xlsx")
@requires(*READERS, area=AREA)
def export_behind() -> Response:
    """Send the cases one part of an indicator counts as an Excel book."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        view = _view(session, actor, reference, now)
        file, count = book(_behind(session, actor, view, now), actor, reference, now)
    return sent(file, count, actor, reference, now, "behind")


def _view(session: Session, actor: Actor, reference: Reference, now: datetime) -> View:
    first, last = periods.read(request.args, session, reference, now)
    area_code = request.args.get("area") or top_area(actor)
    return boards.open_view(session, actor, area_code, first, last)


def _figure(
    session: Session, actor: Actor, view: View, figure: Figure, now: datetime
) -> Iterator[Case]:
    """Return the cases of a figure, page by page, newest first."""
    before: UUID | None = None
    for _start in range(0, MOST_ROWS, boards.PAGE):
        page = boards.cases_behind(session, actor, view, figure, now=now, before=before)
        yield from page
        if len(page) < boards.PAGE:
            return
        before = page[-1].id
        session.expunge_all()  # what is written needs no memory any more


def _behind(session: Session, actor: Actor, view: View, now: datetime) -> Iterator[Case]:
    """Return the cases behind an indicator the reader may see, page by page."""
    one = indicator(request.args.get("code", board_measures.USUAL))
    part = Part.DENOMINATOR if request.args.get("part") == "denominator" else Part.NUMERATOR
    narrowed = Narrowed(**{name: request.args[name] for name in NARROWED if name in request.args})
    after: str | None = None
    for _start in range(0, MOST_ROWS, PAGE):
        found = cases_behind.cases_of(
            session, view, one.code, part, now=now, narrowed=narrowed, after=after, limit=PAGE
        )
        known = visible_cases(session, actor, [row.case_id for row in found])
        yield from (known[row.case_id] for row in found if row.case_id in known)
        if len(found) < PAGE:
            return
        after = found[-1].mark
        session.expunge_all()
