"""How many valid cases came in each hour of some days: the strip under the time slider."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.services import area_kinds
from gridgov.services.board import View
from gridgov.storage import case_facts
from gridgov.storage.case_facts import CaseFact


def received_by_hour(
    session: Session, view: View, first: date, last: date
) -> dict[tuple[date, int], int]:
    """Return (local day, hour 0 to 23) → valid cases received then, for days that had some.

    The days are few; the period of the view does not matter.
    """
    kind = area_kinds.letter(session, view.district_code, view.area_code)
    rows = session.execute(
        select(CaseFact.received_on, CaseFact.hour, func.count())
        .where(
            case_facts.in_area(kind, view.area_code),
            CaseFact.district_code == view.district_code,
            case_facts.in_classes(view.classes),
            CaseFact.received_on.between(first, last),
            CaseFact.hour.is_not(None),
            case_facts.counts_in(FactTable.RECEIVED, ["received"]),
        )
        .group_by(CaseFact.received_on, CaseFact.hour)
    )
    return {(day, (hour or 0) % 24): count for day, hour, count in rows}
