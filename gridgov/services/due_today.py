"""What is due today: open cases whose handling limit ends on this local day."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.domain.spans import by_days
from gridgov.services import area_kinds
from gridgov.services.board import View
from gridgov.services.reference import of as reference_of
from gridgov.storage import case_facts, facts
from gridgov.storage.case_facts import CaseFact
from gridgov.storage.cases import Case

MOST = 200


@dataclass(frozen=True, slots=True)
class DueCase:
    """An open case that is due today."""

    case_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DueToday:
    """How many valid cases are due today, how many of them are closed, and the open ones.

    `cases` are at most 200, the first due first.
    """

    due: int
    closed: int
    cases: tuple[DueCase, ...]


def due_today(session: Session, view: View, *, now: datetime) -> DueToday:
    """Return what is due today in a view's area; the period of the view does not matter."""
    today = reference_of(session, view.district_code).local_day(now)
    numbers = facts.sums(
        session,
        FactTable.DUE,
        view.district_code,
        [view.area_code],
        view.classes,
        by_days(today, today),
        ("due", "closed"),
    )[view.area_code]
    kind = area_kinds.letter(session, view.district_code, view.area_code)
    rows = session.execute(
        select(Case.id, Case.due_at)
        .join(CaseFact, CaseFact.case_id == Case.id)
        .where(
            case_facts.in_area(kind, view.area_code),
            CaseFact.district_code == view.district_code,
            case_facts.in_classes(view.classes),
            CaseFact.due_on == today,
            case_facts.counts_in(FactTable.DUE, ["due"]),
            ~case_facts.counts_in(FactTable.DUE, ["closed"]),
        )
        .order_by(Case.due_at, Case.id)
        .limit(MOST)
    )
    return DueToday(
        numbers["due"], numbers["closed"], tuple(DueCase(case_id, due) for case_id, due in rows)
    )
