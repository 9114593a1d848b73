"""What comes due on a case: one row for each thing the timetable will do."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Row,
    Table,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, load_only, mapped_column

from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id

IS_RUNNING = "ended_at IS NULL"
PENDING = "timers"
FIRED = "fired"
OVERTAKEN = "overtaken"  # somebody acted before
PAST = "past"  # lay in the past when it was found out: on record, and not made up for
REFUSED = "refused"  # the workflow did not allow it when it came due
A_PAGE = 500

Key = tuple[str, datetime, str]


class Timer(Base):
    """One thing that happens if nobody acts before `due_at` (到期动作).

    `kind` says what (domain/escalation.TimerKind), `data` with what. A row ends once, with
    `outcome` fired or overtaken; the act that fires it writes both in one transaction.
    Whoever writes rows of a case holds the case's lock.
    """

    __tablename__ = "timers"
    __table_args__ = (
        Index(
            "ix_timers_running",
            "district_code",
            "due_at",
            sqlite_where=text(IS_RUNNING),
            postgresql_where=text(IS_RUNNING),
        ),
        Index("ix_timers_case_id_ended_at", "case_id", "ended_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    provisional: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to come due on a case; `past` notes it as over without doing it."""

    kind: str
    due_at: datetime
    provisional: bool
    data: dict[str, Any] = field(default_factory=dict)
    past: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """All that is to come due on a case from now on; rows of a kind in `keep` stay as they are."""

    district_code: str
    wanted: Sequence[Wanted]
    at: datetime
    keep: Collection[str]
    new: bool


def want(
    session: Session,
    case: Case,
    wanted: Sequence[Wanted],
    *,
    at: datetime,
    keep: Collection[str] = (),
) -> None:
    """Keep what is to come due on a locked case for the end of the unit of work.

    Said again in one unit, the last word counts: many acts on a case are one look.
    """
    lines: dict[UUID, _Line] = session.info.setdefault(PENDING, {})
    before = lines.get(case.id)
    # What nobody has written yet has no rows to look for.
    new = before.new if before is not None else case.history_seq == 1
    lines[case.id] = _Line(case.district_code, wanted, at, keep, new)


def soonest_wanted(session: Session, case_id: UUID) -> datetime | None:
    """Return when the first thing kept for the end of the unit comes due on a case."""
    lines: dict[UUID, _Line] = session.info.get(PENDING, {})
    line = lines.get(case_id)
    return None if line is None else min((one.due_at for one in line.wanted), default=None)


_TABLE = cast(Table, Timer.__table__)
_ROWS = select(
    Timer.id, Timer.case_id, Timer.kind, Timer.due_at, Timer.provisional, Timer.data, Timer.ended_at
).where(
    Timer.case_id.in_(bindparam("case_ids", expanding=True)),
    or_(Timer.ended_at.is_(None), Timer.outcome.in_((FIRED, PAST))),
)
_END = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row_id"))
    .values(ended_at=bindparam("at"), outcome=bindparam("how"))
)
_END_MANY = (
    update(_TABLE)
    .where(_TABLE.c.id.in_(bindparam("row_ids", expanding=True)))
    .values(ended_at=bindparam("at"), outcome=bindparam("how"))
)
_MOVE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row_id"))
    .values(
        due_at=bindparam("to"),
        provisional=bindparam("unsure"),
        data=bindparam("what"),
        set_at=bindparam("at"),
    )
)


@dataclass(slots=True)
class _Changes:
    added: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)


def write_pending(session: Session) -> None:
    """Bring the rows of the cases of this unit in line; `unit_of_work` calls it at its end.

    One look and at most three statements for up to 500 cases.
    """
    pending: dict[UUID, _Line] = session.info.pop(PENDING, {})
    cases = list(pending)
    for start in range(0, len(cases), A_PAGE):
        _write_page(session, {case: pending[case] for case in cases[start : start + A_PAGE]})


def _write_page(session: Session, lines: dict[UUID, _Line]) -> None:
    there: dict[UUID, list[Row[Any]]] = {case_id: [] for case_id in lines}
    known = [case_id for case_id, line in lines.items() if not line.new]
    if known:
        for row in session.execute(_ROWS, {"case_ids": known}):
            there[row.case_id].append(row)
    changes = _Changes()
    for case_id, line in lines.items():
        _compare(case_id, line, there[case_id], changes)
    connection = session.connection()
    for statement, rows in (
        (_END, changes.ended),
        (_MOVE, changes.moved),
        (insert(_TABLE), changes.added),
    ):
        if rows:
            connection.execute(statement, rows)


def _compare(case_id: UUID, line: _Line, there: Sequence[Row[Any]], changes: _Changes) -> None:
    """Note how the rows of a case differ from what is wanted; what came once comes no more."""
    came = {_key(row) for row in there if row.ended_at is not None}
    running = {(row.kind, _task(row.data)): row for row in there if row.ended_at is None}
    for one in line.wanted:
        row = running.pop((one.kind, _task(one.data)), None)
        if (one.kind, one.due_at, _task(one.data)) in came:
            if row is not None:
                changes.ended.append({"row_id": row.id, "at": line.at, "how": OVERTAKEN})
        elif row is None:
            changes.added.append(_new_row(case_id, line, one))
        elif (row.due_at, row.provisional, row.data) != (one.due_at, one.provisional, one.data):
            changes.moved.append(
                {
                    "row_id": row.id,
                    "to": one.due_at,
                    "unsure": one.provisional,
                    "what": one.data,
                    "at": line.at,
                }
            )
    changes.ended += [
        {"row_id": row.id, "at": line.at, "how": OVERTAKEN}
        for row in running.values()
        if row.kind not in line.keep
    ]


def _new_row(case_id: UUID, line: _Line, one: Wanted) -> dict[str, Any]:
    return {
        "id": new_id(),
        "district_code": line.district_code,
        "case_id": case_id,
        "kind": one.kind,
        "due_at": one.due_at,
        "provisional": one.provisional,
        "data": one.data,
        "set_at": line.at,
        "ended_at": line.at if one.past else None,
        "outcome": PAST if one.past else None,
    }


def _key(row: Row[Any]) -> Key:
    return row.kind, row.due_at, _task(row.data)


def _task(data: dict[str, Any]) -> str:
    return str(data.get("task", ""))


@dataclass(frozen=True, slots=True)
class Due:
    """Something that has come due, or will, with its case."""

    timer_id: UUID
    kind: str
    due_at: datetime
    data: dict[str, Any]
    case: Case


# What marks and plans look at: a wide row costs more to read than to mark.
_LOOK = load_only(
    *(Case.district_code, Case.number, Case.category_code, Case.severity, Case.confidential),
    *(Case.town_code, Case.village_code, Case.grid_code, Case.professional_code),
    *(Case.duty_version, Case.duty_town_code, Case.duty_village_code, Case.duty_grid_code),
    *(Case.duty_professional_code, Case.level, Case.state, Case.assignee_id, Case.unit_code),
    *(Case.checker_id, Case.checker_unit_code, Case.received_on, Case.stage_due_at, Case.due_at),
    *(Case.due_provisional, Case.limit_at, Case.stage_since, Case.updated_at, Case.overdue_at),
    *(Case.closed_at, Case.return_count, Case.back_to, Case.paused_left, Case.paused_stage_left),
    *(Case.review_at, Case.supervision, Case.applied_for, Case.ruled),
    *(Case.history_seq, Case.history_hash, Case.grid_version),
    # What the counters of a message look at (services/fact_views).
    *(Case.channel, Case.lon, Case.lat, Case.received_at, Case.first_due_at),
    *(Case.report_count, Case.passed),
    Case.catalogue_version,  # by which its class is found (Reference.category_of)
)


def take_due(session: Session, district_code: str, now: datetime, limit: int) -> list[Due]:
    """Return what has come due with its cases, locked, the longest due first, at most `limit`.

    Cases that somebody else has locked are left out: any number of processes may sweep, and
    none waits for another or for an act.
    """
    query = (
        select(Timer.id, Timer.kind, Timer.due_at, Timer.data, Case)
        .join(Case, Case.id == Timer.case_id)
        .where(Timer.district_code == district_code, Timer.ended_at.is_(None), Timer.due_at < now)
        .order_by(Timer.due_at, Timer.id)
        .limit(limit)
        .options(_LOOK)
        .with_for_update(of=[Timer, Case], skip_locked=True)
    )
    return [Due(*row) for row in session.execute(query)]


def end(session: Session, ended: Iterable[tuple[UUID, str]], *, at: datetime) -> None:
    """End rows, each with its outcome: one statement for up to 500 of an outcome."""
    by_outcome: dict[str, list[UUID]] = {}
    for row_id, how in ended:
        by_outcome.setdefault(how, []).append(row_id)
    for how, row_ids in by_outcome.items():
        for start in range(0, len(row_ids), A_PAGE):
            page = row_ids[start : start + A_PAGE]
            session.connection().execute(_END_MANY, {"row_ids": page, "at": at, "how": how})


def pass_over(
    session: Session, district_code: str, kinds: Collection[str], *, now: datetime
) -> None:
    """Put what came due of some kinds on record as over, without doing it."""
    session.execute(
        update(Timer)
        .where(
            Timer.district_code == district_code,
            Timer.ended_at.is_(None),
            Timer.due_at < now,
            Timer.kind.in_(sorted(map(str, kinds))),
        )
        .values(ended_at=now, outcome=PAST)
        .execution_options(synchronize_session=False)
    )


def next_due(session: Session, district_code: str) -> datetime | None:
    """Return when the next thing of a district comes due, None when nothing is to come."""
    return session.scalar(
        select(func.min(Timer.due_at)).where(
            Timer.district_code == district_code, Timer.ended_at.is_(None)
        )
    )


def next_of(session: Session, case_ids: Collection[UUID]) -> dict[UUID, Due]:
    """Return case id → what comes due next on it, for a page of cases."""
    found: dict[UUID, Due] = {}
    ids = list(case_ids)
    for start in range(0, len(ids), A_PAGE):
        query = (
            select(Timer.id, Timer.kind, Timer.due_at, Timer.data, Case)
            .join(Case, Case.id == Timer.case_id)
            .where(Timer.case_id.in_(ids[start : start + A_PAGE]), Timer.ended_at.is_(None))
            .order_by(Timer.due_at, Timer.id)
        )
        for row in session.execute(query):
            one = Due(*row)
            found.setdefault(one.case.id, one)
    return found


def came(session: Session, case_id: UUID) -> set[Key]:
    """Return what came due on a case already, and comes no more."""
    rows = session.execute(_ROWS, {"case_ids": [case_id]})
    return {_key(row) for row in rows if row.ended_at is not None}
