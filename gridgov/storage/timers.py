"""What comes due on a case: one row for each thing the timetable will do."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Table,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, load_only, mapped_column

from gridgov.domain.escalation import REMINDS, about
from gridgov.storage import many
from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id
from gridgov.storage.timer_rows import (
    FIRED,
    OVERTAKEN,
    PAST,
    REFUSED,
    CaseRows,
    Changes,
    Coming,
    Key,
    Wanted,
)

__all__ = ["FIRED", "OVERTAKEN", "PAST", "REFUSED", "CaseRows", "Changes", "Coming", "Wanted"]

IS_RUNNING = "ended_at IS NULL"
PENDING = "timers"
A_PAGE = 500


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
    if before is not None and keep and not before.keep:
        # Rows of these kinds stay as an act before in this unit wants them: none is written yet.
        wanted, keep = [*wanted, *(one for one in before.wanted if one.kind in keep)], ()
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


def write_pending(session: Session) -> None:
    """Bring the rows of the cases of this unit in line; `unit_of_work` calls it at its end.

    One look and at most three statements for up to 500 cases.
    """
    pending: dict[UUID, _Line] = session.info.pop(PENDING, {})
    cases = list(pending)
    for start in range(0, len(cases), A_PAGE):
        _write_page(session, {case: pending[case] for case in cases[start : start + A_PAGE]})


def _write_page(session: Session, lines: dict[UUID, _Line]) -> None:
    changes = Changes()
    rows = {
        case_id: CaseRows(line.district_code, case_id, changes) for case_id, line in lines.items()
    }
    _read(session, {case_id: rows[case_id] for case_id, line in lines.items() if not line.new})
    for case_id, line in lines.items():
        rows[case_id].want(line.wanted, line.at, line.keep)
    write(session, changes)


def _read(session: Session, rows: Mapping[UUID, CaseRows]) -> None:
    """Let the rows of cases be known, at most a page of them."""
    if not rows:
        return
    for one in session.execute(_ROWS, {"case_ids": list(rows)}):
        coming = Coming(one.id, one.kind, one.due_at, one.provisional, one.data)
        rows[one.case_id].read(coming, ended=one.ended_at is not None)


def write(session: Session, changes: Changes) -> None:
    """Write what changed of the rows: at most three statements."""
    many.update(session, _TABLE, changes.ended)
    many.update(session, _TABLE, list(changes.moved.values()))
    many.insert(session, _TABLE, changes.added)


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
    *(Case.report_count, Case.passed, Case.steps),
    Case.catalogue_version,  # by which its class is found (Reference.category_of)
)


def take_due(
    session: Session, district_code: str, now: datetime, limit: int, changes: Changes
) -> list[tuple[Case, CaseRows]]:
    """Return the cases on which something has come due, locked, with all that is to come on them.

    The longest due first, at most `limit` things. Cases that somebody else has locked are
    left out: any number of processes may sweep, and none waits for another or for an act.
    How the rows change is kept in `changes`, for `write`.
    """
    late = (
        select(Case.id)
        .join(Timer, Case.id == Timer.case_id)
        .where(Timer.district_code == district_code, Timer.ended_at.is_(None), Timer.due_at < now)
        # As the index has them, and no more: another key would have all that is due sorted for
        # each unit (74 ms instead of 3 at 40,000).
        .order_by(Timer.due_at)
        .limit(limit)
        .with_for_update(of=Case, skip_locked=True)
    )
    ids = list(dict.fromkeys(session.scalars(late)))
    rows = {case_id: CaseRows(district_code, case_id, changes) for case_id in ids}
    taken: dict[UUID, Case] = {}
    for start in range(0, len(ids), A_PAGE):
        page = ids[start : start + A_PAGE]
        # Read after the lock: what another process has just done is seen here.
        _read(session, {case_id: rows[case_id] for case_id in page})
        look = select(Case).where(Case.id.in_(page)).options(_LOOK)
        for case in session.scalars(look.execution_options(populate_existing=True)):
            taken[case.id] = case
    return [(taken[case_id], rows[case_id]) for case_id in ids]


def end(session: Session, ended: Iterable[tuple[UUID, str]], *, at: datetime) -> None:
    """End rows, each with its outcome."""
    rows = [{"id": row_id, "ended_at": at, "outcome": how} for row_id, how in ended]
    many.update(session, _TABLE, rows)


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


_NEXT = select(func.min(Timer.due_at)).where(
    Timer.district_code == bindparam("district_code"), Timer.ended_at.is_(None)
)


def next_due(session: Session, district_code: str) -> datetime | None:
    """Return when the next thing of a district comes due, None when nothing is to come."""
    return session.scalar(_NEXT, {"district_code": district_code})


def next_of(session: Session, case_ids: Collection[UUID]) -> dict[UUID, Due]:
    """Return case id → what comes due next on it, reminders left out, for a page of cases."""
    found: dict[UUID, Due] = {}
    ids = list(case_ids)
    for start in range(0, len(ids), A_PAGE):
        query = (
            select(Timer.id, Timer.kind, Timer.due_at, Timer.data, Case)
            .join(Case, Case.id == Timer.case_id)
            .where(
                Timer.case_id.in_(ids[start : start + A_PAGE]),
                Timer.ended_at.is_(None),
                Timer.kind.not_in(sorted(REMINDS)),
            )
            .order_by(Timer.due_at, Timer.id)
        )
        for row in session.execute(query):
            one = Due(*row)
            found.setdefault(one.case.id, one)
    return found


def came(session: Session, case_id: UUID) -> set[Key]:
    """Return what came due on a case already, and comes no more."""
    rows = session.execute(_ROWS, {"case_ids": [case_id]})
    return {(row.kind, row.due_at, about(row.data)) for row in rows if row.ended_at is not None}
