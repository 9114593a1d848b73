"""What comes due on a case: one row for each thing the timetable will do."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id

IS_RUNNING = "ended_at IS NULL"


class Timer(Base):
    """One thing that happens if nobody acts before `due_at` (到期动作).

    `kind` says what (domain/escalation.TimerKind), `data` with what. A row ends once, with
    `outcome` fired or overtaken; the act that fires it writes both in one transaction.
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
