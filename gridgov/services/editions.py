"""Open data: what was closed in a month, made once some days after the month has ended.

What is made stays: neither new rules nor a case that changes later alter a published month,
so nothing can be learnt by comparing two states of it. Looking and writing are two steps: the
first may take a second, the second holds the database for a moment only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.errors import NotFound
from gridgov.domain.publishing import (
    ClosedCase,
    Published,
    Received,
    Rules,
    publish,
    received_of,
)
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import INVALID_STATES, CaseState
from gridgov.services import publishing
from gridgov.services.reference import Reference
from gridgov.services.releases import public_classes
from gridgov.storage import editions as rows
from gridgov.storage.editions import Edition, PublishedCase, PublishedCell, PublishedReceived

SETTLED = timedelta(days=7)  # until then the last days' cases are still being checked
HEARD = frozenset({"noise", "smoke"})  # what is heard or smelt is reported from a window
COUNTED = tuple(sorted(str(state) for state in set(CaseState) - INVALID_STATES))


@dataclass(frozen=True, slots=True)
class Draft:
    """A month as it will be published."""

    month: date
    rules: Rules
    cases: Sequence[Published]
    received: Sequence[Received]


def next_month(month: date) -> date:
    """Return the first day of the month after one."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def due(session: Session, reference: Reference, *, now: datetime) -> list[date]:
    """Return the months that can be published and are not, oldest first."""
    if not publishing.rules_of(session, reference.district_code).data:
        return []
    first = rows.first_received_on(session, reference.district_code)
    if first is None:
        return []
    made = {one.month for one in rows.editions(session, reference.district_code, all_=True)}
    settled = reference.local_day(now - SETTLED)
    month, found = first.replace(day=1), []
    while next_month(month) <= settled:
        if month not in made:
            found.append(month)
        month = next_month(month)
    return found


def draft(session: Session, reference: Reference, month: date) -> Draft:
    """Return a month as it will be published by the rules of now."""
    rules = publishing.rules_of(session, reference.district_code)
    classes = sorted(public_classes(reference))
    start, end = (
        datetime.combine(day, time(), reference.zone) for day in (month, next_month(month))
    )
    found = rows.closed_between(session, reference.district_code, classes, start, end)
    cases = publish([_closed_case(row, reference) for row in found], rules)
    return Draft(month, rules, cases, _received(session, reference, month, rules, classes))


def _closed_case(row: Any, reference: Reference) -> ClosedCase:
    category = reference.category_of(row)
    return ClosedCase(
        ref=row.id,
        town_code=_town(reference, row.town_code, row.village_code),
        village_code=row.village_code or "",
        major=category.parent_code or "",
        minor=category.code,
        lon=row.lon,
        lat=row.lat,
        spot=category.icon not in HEARD,
        days=max(0, (row.closed_at - row.received_at).days),
    )


def _town(reference: Reference, town: str | None, village: str | None) -> str:
    """Return the town of a case; of a village that changed its town, the one it has now."""
    known = reference.area(village)
    return (known.parent_code if known is not None else town) or town or ""


def _received(
    session: Session, reference: Reference, month: date, rules: Rules, classes: Sequence[str]
) -> list[Received]:
    if not rules.rates:
        return []
    last = next_month(month) - timedelta(days=1)
    found = rows.received_on_days(session, reference.district_code, classes, COUNTED, month, last)
    counts: Counter[tuple[str, str]] = Counter()
    closed: Counter[tuple[str, str]] = Counter()
    for town, village, received, done in found:
        path = _town(reference, town, village), village or ""
        counts[path] += received
        closed[path] += int(done)
    return received_of(((path, counts[path], closed[path]) for path in sorted(counts)), rules.k)


def keep(
    session: Session, reference: Reference, made: Draft, *, by: Actor | None, now: datetime
) -> bool:
    """Publish a month; False where it was published already, by another process."""
    code = reference.district_code
    if rows.find(session, code, made.month) is not None:
        return False
    session.add(
        Edition(
            district_code=code,
            month=made.month,
            made_at=now,
            k=made.rules.k,
            cell_m=made.rules.cell_m,
            grid_version=reference.net.version,
            catalogue_version=reference.catalogue_version,
            cases=len(made.cases),
        )
    )
    session.flush()
    key = {"district_code": code, "month": made.month}
    rows.write(session, PublishedCell, [key | row for row in _cells(made.cases)])
    rows.write(session, PublishedReceived, [key | _received_row(one) for one in made.received])
    rows.write(
        session,
        PublishedCase,
        [key | {"seq": seq} | _case_row(one) for seq, one in enumerate(made.cases, 1)],
    )
    details = {"month": made.month.isoformat(), "k": made.rules.k, "cell_m": made.rules.cell_m}
    publishing.note(session, reference, "edition", made.month.isoformat(), details, by=by, now=now)
    return True


def _cells(cases: Sequence[Published]) -> list[dict[str, Any]]:
    return [
        {
            "area_code": cell.area_code,
            "area_kind": str(cell.area_kind),
            "category": cell.category,
            "category_kind": str(cell.category_kind),
            "closed": count,
        }
        for cell, count in Counter(one.cell for one in cases).items()
    ]


def _received_row(one: Received) -> dict[str, Any]:
    return {
        "area_code": one.area_code,
        "area_kind": str(one.area_kind),
        "received": one.received,
        "closed": one.closed,
        "more_than": one.more_than,
    }


def _case_row(one: Published) -> dict[str, Any]:
    square = one.square
    return {
        "case_id": one.ref,
        "area_code": one.cell.area_code,
        "area_kind": str(one.cell.area_kind),
        "category": one.cell.category,
        "category_kind": str(one.cell.category_kind),
        "lon": square.lon if square else None,
        "lat": square.lat if square else None,
        "square_m": square.side_m if square else None,
        "days": one.days,
    }


def withdraw(
    session: Session, reference: Reference, month: date, *, by: Actor, now: datetime
) -> None:
    """Tell a month no more, for good: a second edition could be compared with the first.

    Raises: NotFound, NotAllowed for whoever has not the whole district.
    """
    publishing.check_over(by, reference, reference.district_code)
    found = rows.find(session, reference.district_code, month)
    if found is None:
        raise NotFound(f"no edition of {month}")
    if found.withdrawn_at is None:
        rows.withdraw(session, found, by=by.person_id, now=now)
        details = {"month": month.isoformat()}
        publishing.note(
            session, reference, "withdraw_edition", month.isoformat(), details, by=by, now=now
        )
