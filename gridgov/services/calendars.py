"""Publishing a year of the working calendar, and counting again what rested on a guess.

Limits that end in a year nobody has published are provisional: Monday to Friday without the
fixed days of the law. When the year is published, every open case with such a limit gets the
real one, with a line in its history; what an approver granted by date stays where it is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import (
    DAY,
    NO_LIMIT,
    Limit,
    LimitUnit,
    WorkingCalendar,
    due_at,
    working_minutes_between,
)
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.stages import STAGE_OF, Stage
from gridgov.domain.workflow import OPEN_STATES, PAUSED_STATES, Action, CaseState
from gridgov.services import casework, deadlines, steps, timers
from gridgov.services.effects import Given
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import calendar as store
from gridgov.storage import districts
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.cases import Case

log = structlog.get_logger()
WAS = "calendar_was"  # the last published day before, while cases are counted again
A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Published:
    """What was published: the years, their days, and the last published day."""

    years: tuple[int, ...]
    days: int
    last: date


def publish(session: Session, district_code: str, days: Sequence[CalendarDay]) -> Published:
    """Write the days of one or more whole years; those years' days from before are replaced.

    Raises: NotFound; InvalidInput (field calendar: empty, gap) when a year between what is
    published and the first day is missing.
    """
    if not days:
        raise InvalidInput("calendar", "empty")
    district = districts.freeze(session, district_code)
    settings = district.settings
    first, last = (date.fromisoformat(day) for day in settings["calendar_span"])
    years = check_years(session, district_code, {one.day.year for one in days})
    store.replace_years(session, district_code, years, days)
    span = min(first, date(years[0], 1, 1)), max(last, date(years[-1], 12, 31))
    district.settings = {
        **settings,
        "calendar_span": [day.isoformat() for day in span],
        WAS: settings.get(WAS) or last.isoformat(),
        "revision": settings.get("revision", 0) + 1,
    }
    log.info("calendar published", district=district_code, years=years, last=str(span[1]))
    return Published(years, len(days), span[1])


def check_years(session: Session, district_code: str, told: Collection[int]) -> tuple[int, ...]:
    """Return years in order, if they follow on what is published.

    Raises: NotFound; InvalidInput (field calendar: empty, gap).
    """
    if not told:
        raise InvalidInput("calendar", "empty")
    span = districts.get(session, district_code).settings["calendar_span"]
    first, last = (date.fromisoformat(day) for day in span)
    years = tuple(sorted(told))
    whole = tuple(range(years[0], years[-1] + 1))
    if years != whole or not first.year - 1 <= years[0] or years[0] > last.year + 1:
        raise InvalidInput("calendar", "gap", last=last.isoformat())
    return years


def recount(
    session: Session, district_code: str, after: UUID | None, *, now: datetime
) -> tuple[UUID | None, int]:
    """Count a page of open cases again; return where to go on, None at the end, and how many.

    At the end the district is noted as done, and what else comes due is counted again by the
    next sweep: how long a question waits, an appeal, red supervision. Doing a page again
    changes nothing.
    """
    district = districts.hold(session, district_code)
    was = district.settings.get(WAS)
    if was is None:
        return None, 0
    reference = reference_of(session, district_code)
    before = _calendar_until(reference.calendar, date.fromisoformat(was))
    page = _open_after(session, district_code, before, after)
    moved = 0
    for case in page:
        moved += _recount(session, case, before, reference, now)
    if moved:
        log.info("limits counted again", district=district_code, cases=moved)
    if len(page) == A_PAGE:
        return page[-1].id, moved
    session.refresh(district, with_for_update=True)
    district.settings = {name: kept for name, kept in district.settings.items() if name != WAS}
    session.flush()
    timers.fill_again(session, district_code)
    return None, moved


def _calendar_until(calendar: WorkingCalendar, last: date) -> WorkingCalendar:
    """Return the calendar as it was while nothing was published after a day."""
    days = {day: works for day, works in calendar.days.items() if day <= last}
    return WorkingCalendar(
        calendar.timezone, calendar.hours, days, calendar.first, min(last, calendar.last)
    )


def _open_after(
    session: Session, district_code: str, before: WorkingCalendar, after: UUID | None
) -> Sequence[Case]:
    """Return open cases with a limit that may end after what was published."""
    edge = before.moment(before.last + DAY, time(0))
    query = select(Case).where(
        Case.district_code == district_code,
        Case.state.in_(sorted(OPEN_STATES)),
        Case.due_provisional
        | (Case.stage_due_at.between(edge, NO_LIMIT))
        | (cast(Case.steps, String) != "[]"),
    )
    if after is not None:
        query = query.where(Case.id > after)
    return session.scalars(query.order_by(Case.id).limit(A_PAGE).with_for_update()).all()


def _recount(
    session: Session, case: Case, before: WorkingCalendar, reference: Reference, now: datetime
) -> bool:
    """Give a case its limits on the published calendar; tell whether anything changed."""
    if CaseState(case.state) in PAUSED_STATES:
        return False  # what is left is kept in hours, and counted when the clock goes on
    due = _handle_due(case, before, reference)
    stage = _stage_due(case, before, reference)
    firm = not reference.calendar.is_provisional(reference.local_day(due))
    on_the_way = _steps_due(case, before, reference)
    same = (due, stage, on_the_way) == (case.due_at, case.stage_due_at, case.steps)
    if same and not (case.due_provisional and firm):
        return False
    casework.perform(
        session,
        case.id,
        Action.RECOMPUTE,
        by=Actor.system(case.district_code),
        now=now,
        given=Given(until=due, told={"stage_due": stage.isoformat(), "steps": on_the_way}),
    )
    return True


def _handle_due(case: Case, before: WorkingCalendar, reference: Reference) -> datetime:
    category = reference.category_of(case)
    limit = deadlines.limit(case, category, Stage.HANDLE, reference)
    if not case.due_provisional or case.extension_count:
        return case.due_at
    return _again(case.handle_since, case.due_at, limit, before, reference.calendar)


def _stage_due(case: Case, before: WorkingCalendar, reference: Reference) -> datetime:
    if CaseState(case.state) not in STAGE_OF or case.stage_due_at >= NO_LIMIT:
        return case.stage_due_at
    category = reference.category_of(case)
    limit = deadlines.limit(case, category, deadlines.stage_of(case), reference)
    return _again(case.stage_since, case.stage_due_at, limit, before, reference.calendar)


def _steps_due(case: Case, before: WorkingCalendar, reference: Reference) -> list[dict[str, Any]]:
    """Return the steps of a staged limit on the published calendar; what is done stays."""
    calendar, found = reference.calendar, []
    for one in steps.of(case):
        due = one.due_at
        if one.done_at is None and one.provisional:
            due = _again(case.handle_since, due, one.limit, before, calendar)
        provisional = one.provisional and calendar.is_provisional(reference.local_day(due))
        found.append(replace(one, due_at=due, provisional=provisional).as_json())
    return found


def _again(
    since: datetime, due: datetime, limit: Limit, before: WorkingCalendar, now: WorkingCalendar
) -> datetime:
    """Return a limit on the calendar of now; one that stood meanwhile keeps what is left of it.

    What was published before is the same in both, so only what lies after counts anew.
    """
    if not limit.unit.working or due_at(since, limit, now).at == due:
        return due
    if due_at(since, limit, before).at == due:
        return due_at(since, limit, now).at
    edge = max(since, datetime.combine(before.last + DAY, time(0), before.zone).astimezone(UTC))
    left = working_minutes_between(edge, due, before) / 60
    return due if left <= 0 else due_at(edge, Limit(left, LimitUnit.WORKING_HOUR), now).at
