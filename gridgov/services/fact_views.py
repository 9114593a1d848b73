"""How the counters see a case: its row, seen with the district's reference data."""

from dataclasses import replace
from datetime import datetime

from gridgov.domain.fact_view import KINDS, FactView
from gridgov.domain.passage import Act, passed_after
from gridgov.domain.roles import Role
from gridgov.domain.workflow import INVALID_STATES, Action, CaseState
from gridgov.services.effects import Given
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case

# A square of about 110 m: what lies in one is "the same spot" on a map of hot spots.
CELL_DECIMALS = 3


def cell_of(lon: float | None, lat: float | None) -> str:
    """Return the square a position lies in as "lat,lon" of its middle; empty without one."""
    if lon is None or lat is None:
        return ""
    return f"{lat:.{CELL_DECIMALS}f},{lon:.{CELL_DECIMALS}f}"


def hour_of_week(moment: datetime, reference: Reference) -> int:
    """Return the local hour of the week, 0 (Monday 0:00 to 1:00) to 167."""
    local = moment.astimezone(reference.zone)
    return 24 * local.weekday() + local.hour


def minutes_between(start: datetime, end: datetime | None) -> int | None:
    """Return whole minutes, natural time; None without an end."""
    return None if end is None else max(0, int((end - start).total_seconds() // 60))


def fact_view(case: Case, reference: Reference) -> FactView:
    """Return the case as the counters see it."""
    state = CaseState(case.state)
    closed = state is CaseState.CLOSED
    ended = case.closed_at if closed else None
    first_due = case.first_due_at
    places = (
        case.district_code,
        case.town_code,
        case.village_code,
        case.grid_code,
        case.professional_code,
    )
    return FactView(
        valid=state not in INVALID_STATES,
        closed=closed,
        on_time=ended is not None and ended <= case.due_at,
        confidential=case.confidential,
        areas=case.path(),
        received_on=case.received_on,
        due_on=reference.local_day(case.due_at),
        state=str(state),
        category=case.category_code,
        unit=case.unit_code or "",
        channel=case.channel or "",
        level=case.level or "",
        cell=cell_of(case.lon, case.lat),
        kinds="".join(kind for kind, code in zip(KINDS, places, strict=True) if code is not None),
        first_due_on=None if first_due is None else reference.local_day(first_due),
        hour=hour_of_week(case.received_at, reference),
        closed_after=minutes_between(case.received_at, ended),
        repeats=(case.report_count or 1) - 1,
        overdue=case.overdue_at is not None and case.is_open,
        first_on_time=ended is not None and first_due is not None and ended <= first_due,
        passed=case.passed or {},
    )


def once_overdue(view: FactView) -> FactView:
    """Return an open case as the counters see it once the timetable has marked it."""
    return replace(view, overdue=view.is_open)


def act_on(case: Case, action: Action, role: Role, now: datetime) -> Act:
    """Return an act with the clocks of a case as they stand before it; it may still move."""
    return Act(
        action=action,
        from_state=CaseState(case.state),
        to_state=CaseState(case.state),
        role=role,
        at=now,
        received_at=case.received_at,
        stage_due_at=case.stage_due_at,
        due_at=case.due_at,
    )


def note_passage(case: Case, act: Act, given: Given) -> None:
    """Note what a case came through by an act, once its state has moved."""
    done = Act(
        act.action,
        act.from_state,
        CaseState(case.state),
        act.role,
        act.at,
        act.received_at,
        act.stage_due_at,
        act.due_at,
        given.solved,
        given.satisfaction,
    )
    passed = passed_after(case.passed or {}, done)
    if passed != case.passed:
        case.passed = passed
