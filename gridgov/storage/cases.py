"""Cases and their tasks: the work."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Select,
    UniqueConstraint,
    bindparam,
    inspect,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from gridgov.domain.errors import NotFound
from gridgov.domain.handover import DutyPlace
from gridgov.domain.scope import CaseScope
from gridgov.domain.workflow import OPEN_STATES, CaseState
from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id

IS_OPEN = "state IN ({})".format(", ".join(f"'{state}'" for state in sorted(OPEN_STATES)))

# Overdue by now, and the timetable has not marked it: seconds old, so few.
IS_UNMARKED = f"{IS_OPEN} AND overdue_at IS NULL"


class Case(Base):
    """The work on a problem (案件).

    `grid_code` and `grid_version` say where it was routed, for ever; the codes of
    its town, village and grid make up the path the policy asks for. `due_at` is
    the handling limit (`first_due_at` what it was before an extension), `stage_due_at`
    the limit of the stage (to accept, verify, dispatch, sign, check), `limit_at` the one
    that runs now: the lamp and `overdue` follow from it. While the clocks stand
    (`paused_at`), `paused_left` and `paused_stage_left` keep what was left in hours of
    their unit, and `back_to` the state to return to. `updated_at` is when its last line
    was written; `found_by_id` the worker who reported it; `channel` how it was first told;
    `passed` what it came through (`domain/passage.py`), `steps` those of a staged limit
    (`domain/milestones.py`). `state` is written by
    `services/casework.perform` alone; `history_seq`/`history_hash` seal the chain.
    `closing_hints` are codes of `domain/closing.py`, with spaces between.

    The `duty_` columns say whose duty it became since, because the net changed or a
    worker handed it next door (`duty_reason`); empty while it is where it was routed.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("district_code", "number"),
        # Live figures come from the open cases only (decision 8).
        Index(
            "ix_cases_open",
            "district_code",
            "limit_at",
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index(
            "ix_cases_unmarked",
            "district_code",
            "limit_at",
            sqlite_where=text(IS_UNMARKED),
            postgresql_where=text(IS_UNMARKED),
        ),
        # Open cases around a spot: what a new report may join.
        Index(
            "ix_cases_open_lat",
            "district_code",
            "lat",
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index("ix_cases_assignee_id_state", "assignee_id", "state"),
        Index("ix_cases_unit_code_state", "unit_code", "state"),
        Index("ix_cases_checker_id_state", "checker_id", "state"),
        Index("ix_cases_district_code_received_on", "district_code", "received_on"),
        Index("ix_cases_district_code_closed_at", "district_code", "closed_at"),
        Index("ix_cases_district_code_updated_at", "district_code", "updated_at"),
        Index("ix_cases_grid_code", "grid_code"),
        Index("ix_cases_merged_into_id", "merged_into_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    number: Mapped[str]
    category_code: Mapped[str]
    catalogue_version: Mapped[int]
    severity: Mapped[int]
    confidential: Mapped[bool] = mapped_column(default=False)
    grid_version: Mapped[int]
    town_code: Mapped[str | None]
    village_code: Mapped[str | None]
    grid_code: Mapped[str | None]
    professional_code: Mapped[str | None]
    place: Mapped[str]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    routing: Mapped[dict[str, Any]] = mapped_column(Json)
    duty_version: Mapped[int | None]
    duty_town_code: Mapped[str | None]
    duty_village_code: Mapped[str | None]
    duty_grid_code: Mapped[str | None]
    duty_professional_code: Mapped[str | None]
    duty_reason: Mapped[str | None]
    level: Mapped[str]
    state: Mapped[str]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    unit_code: Mapped[str | None]
    checker_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    checker_unit_code: Mapped[str | None]
    found_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_on: Mapped[date]
    stage_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_provisional: Mapped[bool] = mapped_column(default=False)
    handle_since: Mapped[datetime] = mapped_column(UtcDateTime)
    limit_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stage_since: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rework_count: Mapped[int] = mapped_column(default=0)
    return_count: Mapped[int] = mapped_column(default=0)
    reopen_count: Mapped[int] = mapped_column(default=0)
    report_count: Mapped[int] = mapped_column(default=1)
    back_to: Mapped[str | None]
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_left: Mapped[float | None]
    paused_stage_left: Mapped[float | None]
    review_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    target_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    supervision: Mapped[str | None]
    applied_for: Mapped[str | None]
    ruled: Mapped[bool] = mapped_column(default=False)
    self_handled: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    extension_count: Mapped[int] = mapped_column(default=0)
    info_count: Mapped[int] = mapped_column(default=0)
    closing_hints: Mapped[str | None]
    solved: Mapped[bool | None]
    satisfaction: Mapped[str | None]
    channel: Mapped[str] = mapped_column(default="", server_default="")
    passed: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default="{}")
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list, server_default="[]")
    history_seq: Mapped[int] = mapped_column(default=0)
    history_hash: Mapped[str]

    def path(self) -> tuple[str, ...]:
        """Return the area codes from the district down to where the case was routed."""
        codes = (
            self.district_code,
            self.town_code,
            self.village_code,
            self.grid_code,
            self.professional_code,
        )
        return tuple(code for code in codes if code is not None)

    def scope(self, helpers: Collection["Task"] = ()) -> CaseScope:
        """Return what the policy must know of the case; `scope_of` looks up who helps."""
        units = (self.unit_code, self.checker_unit_code, *(task.unit_code for task in helpers))
        people = (self.assignee_id, self.checker_id, *(task.person_id for task in helpers))
        return CaseScope(
            district_code=self.district_code,
            path=frozenset(self.path()) | frozenset(self.duty_path()),
            unit_codes=frozenset(code for code in units if code is not None),
            person_ids=frozenset(person for person in people if person is not None),
            confidential=self.confidential,
        )

    @property
    def routed(self) -> DutyPlace:
        """Return where the case was routed, for ever: what statistics count."""
        return DutyPlace(
            self.grid_version,
            self.town_code,
            self.village_code,
            self.grid_code,
            self.professional_code,
        )

    @property
    def duty(self) -> DutyPlace:
        """Return whose duty the case is now."""
        if self.duty_version is None:
            return self.routed
        return DutyPlace(
            self.duty_version,
            self.duty_town_code,
            self.duty_village_code,
            self.duty_grid_code,
            self.duty_professional_code,
        )

    def duty_path(self) -> tuple[str, ...]:
        """Return the area codes from the district down to the grid whose duty the case is."""
        codes = (self.district_code, *self.duty.codes())
        return tuple(code for code in codes if code is not None)

    def give_duty(self, place: DutyPlace, reason: str | None) -> None:
        """Note whose duty the case is from now on; where it was routed stays as it is."""
        moved = place.codes() != self.routed.codes()
        self.duty_version = place.version if moved else None
        codes = place.codes() if moved else (None, None, None, None)
        self.duty_town_code, self.duty_village_code = codes[0], codes[1]
        self.duty_grid_code, self.duty_professional_code = codes[2], codes[3]
        self.duty_reason = reason if moved else None

    @property
    def home_grid(self) -> str | None:
        """Return the grid whose people have the duty: the professional one before the unit grid."""
        return self.duty.home

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to do something."""
        return CaseState(self.state) in OPEN_STATES


LEAD = "lead"
CHECK = "check"
ASSIST = "assist"
VERIFY = "verify"
HELPING = (ASSIST, VERIFY)
IS_HELPING = "ended_at IS NULL AND kind IN ('assist', 'verify')"


class Task(Base):
    """One unit's or person's duty on a case: one lead (主办), assists, the check.

    A `required` assist must be done or waived before the case can be resolved; `due_at`
    is its own limit.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_case_id_kind", "case_id", "kind"),
        # Who helps sees the case: the policy looks it up for each list of a unit's people.
        Index(
            "ix_tasks_helping_units",
            "unit_code",
            sqlite_where=text(IS_HELPING),
            postgresql_where=text(IS_HELPING),
        ),
        Index(
            "ix_tasks_helping_people",
            "person_id",
            sqlite_where=text(IS_HELPING),
            postgresql_where=text(IS_HELPING),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    unit_code: Mapped[str | None]
    reason: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None]
    required: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # Never read: it tells in which order new rows are written.
    case: Mapped[Case] = relationship(lazy="raise")


# Statements of every act are built once: building one costs more than running it
# (measured: 142 µs for the open tasks of a case, 47 µs with the statement at hand).
_FRESH = (
    select(Case)
    .where(Case.id == bindparam("case_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_OPEN_TASKS = (
    select(Task)
    .where(Task.case_id == bindparam("case_id"), Task.ended_at.is_(None))
    .order_by(Task.id)
)
_LEADS = select(Task.unit_code, Task.outcome).where(
    Task.case_id == bindparam("case_id"), Task.kind == LEAD
)

OURS = "cases of this unit"
MANY_ACTS = "many acts"


def add(session: Session, case: Case) -> None:
    """Add a new case; until it is written nobody else can know it, so it needs no lock."""
    session.add(case)
    _ours(session)[case.id] = case


def hold(session: Session, case_ids: Collection[UUID]) -> None:
    """Lock many cases at once, in one order, for a unit of work with many acts.

    From then on `lock` returns what this unit made or locked already: nobody else can have
    changed it, and what this unit changed need not be written before each look.
    """
    session.flush()  # else the fresh rows would overwrite what is not written yet
    session.info[MANY_ACTS] = True
    fresh = select(Case).where(Case.id.in_(case_ids)).order_by(Case.id).with_for_update()
    for case in session.scalars(fresh.execution_options(populate_existing=True)):
        _ours(session)[case.id] = case


def _ours(session: Session) -> dict[UUID, Case]:
    found: dict[UUID, Case] = session.info.setdefault(OURS, {})
    return found


def lock(session: Session, case_id: UUID) -> Case:
    """Lock a case for this unit of work and return it fresh. Raises: NotFound."""
    ours = _ours(session).get(case_id)
    if ours is not None and (session.info.get(MANY_ACTS) or inspect(ours).pending):
        return ours
    session.flush()  # else the fresh row would overwrite what is not written yet
    case = session.scalar(_FRESH, {"case_id": case_id})
    if case is None:
        raise NotFound(f"no case {case_id}")
    if session.info.get(MANY_ACTS):
        _ours(session)[case_id] = case
    return case


def get(session: Session, case_id: UUID) -> Case:
    """Return a case. Raises: NotFound."""
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound(f"no case {case_id}")
    return case


def by_number(session: Session, district_code: str, number: str) -> Case | None:
    """Return the case with a number, None for an unknown one."""
    return session.scalar(
        select(Case).where(Case.district_code == district_code, Case.number == number)
    )


def of_ids(session: Session, case_ids: Collection[UUID]) -> dict[UUID, Case]:
    """Return id → case for a page of things that belong to cases."""
    rows = session.scalars(select(Case).where(Case.id.in_(case_ids)))
    return {case.id: case for case in rows}


def open_tasks(session: Session, case_id: UUID) -> list[Task]:
    """Return the tasks of a case that have not ended, oldest first."""
    return list(session.scalars(_OPEN_TASKS, {"case_id": case_id}))


def tasks_of(session: Session, case_id: UUID) -> list[Task]:
    """Return all tasks of a case, ended ones too, oldest first."""
    return list(session.scalars(select(Task).where(Task.case_id == case_id).order_by(Task.id)))


def scope_of(session: Session, case: Case) -> CaseScope:
    """Return what the policy must know of a case, with who assists or looks at it now."""
    return case.scope([task for task in open_tasks(session, case.id) if task.kind in HELPING])


def helped_by(person_id: UUID | None = None, unit_code: str | None = None) -> Select[UUID]:
    """Return a query for the ids of cases where a person, or a unit, assists or looks now."""
    named = Task.person_id == person_id if unit_code is None else Task.unit_code == unit_code
    # As text, else the partial indexes are not used.
    return select(Task.case_id).where(named, text(IS_HELPING))


def was_held_by(
    session: Session, case_id: UUID, person_id: UUID | None, units: frozenset[str]
) -> bool:
    """Tell whether a person or unit ever had the case, to handle or to check."""
    query = select(Task.id).where(
        Task.case_id == case_id,
        or_(Task.person_id == person_id, Task.unit_code.in_(sorted(units))),
    )
    return person_id is not None and session.scalar(query.limit(1)) is not None


def units_that_led(session: Session, case_id: UUID) -> frozenset[str]:
    """Return the units that had the lead of a case and did not return it as not theirs."""
    rows = session.execute(_LEADS, {"case_id": case_id})
    return frozenset(unit for unit, outcome in rows if unit is not None and outcome != "returned")
