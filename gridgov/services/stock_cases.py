"""The cases of the stock table: those that were open at the end of a local day."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from gridgov.services import behind_at
from gridgov.services.behind import Behind, Question
from gridgov.services.board import View
from gridgov.services.reference import of as reference_of
from gridgov.storage import facts

PAGE = 100
AN_INSTANT = timedelta(microseconds=1)


def open_at_the_end_of(
    session: Session,
    view: View,
    day: date,
    *,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE,
) -> list[Behind]:
    """Return a page of the cases of a view's area that were open when a local day ended.

    The newest first; `after` is the `mark` of the last one of the page before. The days of the
    view do not matter. The reader's own policy is applied by whoever shows them. How many they
    are says `stocks.open_at_the_end_of`.
    Raises: InvalidInput (after) for what is no mark.
    """
    zone = reference_of(session, view.district_code).zone
    end = datetime.combine(day + timedelta(days=1), time(), zone) - AN_INSTANT
    launch = facts.first_day(session, view.district_code) or day
    whole = replace(view, first=min(launch, day), last=day)
    return behind_at.cases_of(
        session, Question(whole, "open"), now=now, as_of=end, after=after, limit=limit
    )
