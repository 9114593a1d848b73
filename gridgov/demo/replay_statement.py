"""The replay's own statement: what was played, counted in the database, not in the plan."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from gridgov.demo.replay_clocks import FIRST_DAY, LAST_DAY, Arrivals
from gridgov.demo.replay_fates import end_of
from gridgov.demo.replay_plan import Life, Size
from gridgov.domain.errors import GridgovError
from gridgov.domain.indicators import Figures
from gridgov.domain.scope import CaseClass
from gridgov.domain.workflow import OPEN_STATES, Action, CaseState
from gridgov.services import indicators
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report
from gridgov.storage.rosters import Leave

Column = SQLCoreOperations[Any]


class ReplayFailed(GridgovError):
    """The replay did not end as it was planned; nothing about the sample may be believed."""

    code = "replay_failed"


class Count:
    """Counts what the replay left in the database."""

    def __init__(self, session: Session, district_code: str) -> None:
        """Look at the cases received in the period of the replay."""
        self._session = session
        self._district = district_code
        self._inside = (
            Case.district_code == district_code,
            Case.received_on.between(FIRST_DAY, LAST_DAY),
        )

    def figures(self) -> Figures:
        """Return received and closed from the facts, as every board shows them."""
        found = indicators.figures(
            self._session,
            self._district,
            [self._district],
            FIRST_DAY,
            LAST_DAY,
            frozenset(CaseClass),
            now=self._session.scalars(select(func.max(Case.updated_at))).one(),
        )
        return found[self._district]

    def cases(self, column: Column, *where: ColumnElement[bool]) -> dict[str, int]:
        """Return how many cases have each value of a column."""
        query = select(column, func.count()).where(*self._inside, *where)
        return _counted(self._session.execute(query.group_by(column).order_by(column)).all())

    def lines(self, column: Column, *where: ColumnElement[bool]) -> dict[str, int]:
        """Return how many lines of the histories have each value of a column."""
        query = select(column, func.count()).join(Case, Case.id == CaseEntry.case_id)
        query = query.where(*self._inside, *where).group_by(column).order_by(column)
        return _counted(self._session.execute(query).all())

    def reports(self, column: Column, *where: ColumnElement[bool]) -> dict[str, int]:
        """Return how many reports have each value of a column."""
        query = select(column, func.count()).join(Case, Case.id == Report.case_id)
        query = query.where(*self._inside, *where).group_by(column).order_by(column)
        return _counted(self._session.execute(query).all())

    def leaves(self) -> dict[str, int]:
        """Return how many leaves of each kind began."""
        query = select(Leave.kind, func.count()).where(
            Leave.district_code == self._district, Leave.begun_at.is_not(None)
        )
        return _counted(
            self._session.execute(query.group_by(Leave.kind).order_by(Leave.kind)).all()
        )

    def photos(self) -> int:
        """Return how many pictures there are."""
        query = select(func.count()).select_from(Photo).join(Case, Case.id == Photo.case_id)
        return self._session.scalars(query.where(*self._inside)).one()


def _counted(rows: Sequence[Any]) -> dict[str, int]:
    return {str(value): number for value, number in rows}


def take(
    session: Session, reference: Reference, lives: Sequence[Life], arrivals: Arrivals
) -> dict[str, Any]:
    """Return the statement: every figure of the replay by name."""
    count = Count(session, reference.district_code)
    return {
        "period": {"from": FIRST_DAY.isoformat(), "to": LAST_DAY.isoformat()},
        **_ends(count),
        **_told(count, lives, arrivals),
        **_work(count, end_of(reference.calendar)),
        **_machine(count, end_of(reference.calendar)),
    }


def _ends(count: Count) -> dict[str, Any]:
    """Return how the reports ended."""
    figures, states = count.figures(), count.cases(Case.state)
    joined = count.reports(Report.joined).get("True", 0)
    rejected = count.lines(CaseEntry.reason, CaseEntry.action == str(Action.REJECT))
    on_time = count.cases(Case.closed_at <= Case.due_at, Case.state == str(CaseState.CLOSED))
    return {
        "reports": sum(count.reports(Report.channel).values()),
        "received": figures.received,
        "closed": figures.closed,
        "closure_rate": round(figures.closure_rate or 0, 4),
        "closed_on_time": on_time.get("True", 0),
        "open": figures.open,
        "open_by_state": {s: states[s] for s in states if s in OPEN_STATES},
        "rejected": states.get("rejected", 0),
        "rejected_by_reason": rejected,
        "transferred": states.get("transferred", 0),
        "merged": states.get("merged", 0),
        "void": states.get("void", 0),
        "joined_reports": joined,
        "duplicates": joined + rejected.get("duplicate", 0) + states.get("merged", 0),
    }


def _told(count: Count, lives: Sequence[Life], arrivals: Arrivals) -> dict[str, Any]:
    """Return what was told how; what only the plan knows is counted there."""
    return {
        "channels": count.reports(Report.channel),
        "words_only": sum(count.reports(Report.channel, Report.lon.is_(None)).values()),
        "wrong_datum": sum(life.misread for life in lives),
        "wrong_category": sum(life.wrong_category for life in lives),
        "emergencies": sum(life.emergency for life in lives),
        "night_or_holiday": sum(arrivals.is_off(life.received_at) for life in lives),
        "hard_reports": sum(bool(life.hard) for life in lives),
    }


def _work(count: Count, end: datetime) -> dict[str, Any]:
    """Return what was done; marks after the end belong to what stayed open."""
    actions = count.lines(CaseEntry.action)
    before = count.lines(CaseEntry.action, CaseEntry.at < end)
    marks = before.get("mark_overdue", 0)
    return {
        "returns": count.lines(CaseEntry.reason, CaseEntry.action == str(Action.RETURN)),
        "rework": actions.get("send_back", 0),
        "pass_ups": actions.get("pass_up", 0),
        "overdue_marks": marks,
        "overdue_marks_later": actions.get("mark_overdue", 0) - marks,
        "reopened": actions.get("reopen", 0),
        "ratings": count.cases(Case.satisfaction, Case.satisfaction.is_not(None)),
        "photos": count.photos(),
        "acts": sum(actions.values()),
    }


# The turns a case may take, by the act that shows each.
TURNS: Mapping[str, tuple[Action, ...]] = {
    "registered": (Action.REGISTER,),
    "looked_at_first": (Action.CONFIRM, Action.REFUTE),
    "asked_back": (Action.ASK_INFO, Action.ANSWER, Action.GO_ON),
    "merges": (Action.MERGE, Action.UNMERGE),
    "ruled": (Action.RULE,),
    "handed_next_door": (Action.HAND_NEIGHBOUR,),
    "pins_moved": (Action.CORRECT_SPOT,),
    "persons_named": (Action.NAME_PERSON,),
    "split": (Action.SPLIT,),
    "added": (Action.ADD,),
    "left": (Action.LEAVE,),
    "stood_in": (Action.STAND_IN,),
    "joint": (Action.CALL_IN, Action.FINISH_TASK, Action.WAIVE_TASK),
    "extensions": (Action.ASK_EXTENSION, Action.GRANT_EXTENSION, Action.REFUSE_EXTENSION),
    "suspensions": (Action.GRANT_SUSPENSION, Action.REFUSE_SUSPENSION, Action.RESUME),
    "voids": (Action.GRANT_VOID, Action.REFUSE_VOID),
    "appeals": (Action.GRANT_APPEAL, Action.DENY_APPEAL),
    "self_handled": (Action.SELF_RESOLVE,),
    "spot_checks": (Action.SPOT_CHECK, Action.SPOT_FAIL),
    "withdrawn": (Action.WITHDRAW,),
    "climbed": (Action.CLIMB,),
    "urged": (Action.URGE,),
    "replies": (Action.REPLY,),
    "instructions": (Action.INSTRUCT,),
    "emergencies_recorded": (Action.NOTE,),
}


def _machine(count: Count, end: datetime) -> dict[str, Any]:
    """Return how often each part of the full workflow was used before the end."""
    actions = count.lines(CaseEntry.action, CaseEntry.at < end)
    watched = count.lines(
        CaseEntry.reason, CaseEntry.action == str(Action.SUPERVISE), CaseEntry.at < end
    )
    relieved = count.lines(CaseEntry.reason, CaseEntry.action == str(Action.RELIEVE))
    found: dict[str, Any] = {}
    for name, acts in TURNS.items():
        each = {str(act): actions.get(str(act), 0) for act in acts}
        found[name] = each if len(acts) > 1 else sum(each.values())
    return {
        **found,
        "leaves": count.leaves(),
        "relieved": relieved,
        "supervision": watched,
        "closed_at_level": count.cases(Case.level, Case.state == str(CaseState.CLOSED)),
        "closing_hints": count.cases(Case.closing_hints, Case.closing_hints.is_not(None)),
    }


def check(statement: dict[str, Any], size: Size) -> None:
    """Compare the statement with what was planned. Raises: ReplayFailed."""
    wanted = {
        "reports": size.total,
        "received": size.valid,
        "closed": size.closed,
        "open": size.open,
        "rejected": size.refused + size.repeated,
        "transferred": size.transferred,
        "merged": size.merged,
        "void": size.withdrawn + size.void,
        "joined_reports": size.joined,
        "duplicates": size.duplicates,
    }
    wrong = {
        name: f"{statement[name]} instead of {number}"
        for name, number in wanted.items()
        if statement[name] != number
    }
    if sum(statement["open_by_state"].values()) != size.open:
        wrong["open_by_state"] = str(statement["open_by_state"])
    if wrong:
        raise ReplayFailed(f"the sample's history did not end as planned: {wrong}")


def write(path: Path, statement: dict[str, Any]) -> None:
    """Write the statement as JSON, at once and whole."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(statement, ensure_ascii=False, indent=2) + "\n", "utf-8")
    os.replace(beside, path)


def as_lines(statement: dict[str, Any]) -> list[str]:
    """Return the statement for a terminal, one figure a line."""
    lines = []
    for name, value in statement.items():
        shown = value
        if isinstance(value, dict):
            shown = ", ".join(f"{key} {number}" for key, number in value.items())
        lines.append(f"{name.replace('_', ' '):<20}{shown}")
    return lines
