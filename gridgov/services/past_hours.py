"""What came later on a local day: the rest of a day that a figure of a past hour lacks.

The end of each day is a sum over changes (`domain/spans.py`). A moment within a day is that
sum without what came after it, folded from that day's messages. The fold of a day is kept
by hours, so that moving through the hours of a day costs one fold.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.domain.indicators import FactKey, Rows
from gridgov.domain.scope import CaseClass
from gridgov.domain.spans import Span
from gridgov.services.indicators import PROJECTOR, fold_message
from gridgov.services.reference import Reference
from gridgov.storage import messages
from gridgov.storage.messages import Message

KEPT_DAYS = 32
PAGE = 1000
_HOUR = timedelta(hours=1)
# In these spans stands exactly one row for each change.
_ONE_EACH = {
    FactTable.RECEIVED: Span.DAY_DAY,
    FactTable.DUE: Span.DAY_DAY,
    FactTable.TALLY: Span.DAY_DAY,
    FactTable.HAPPENED: Span.DAY,
}


@dataclass(frozen=True, slots=True)
class LateRow:
    """What changed in one row after the moment looked at."""

    table: FactTable
    area_code: str
    day: date
    case_class: CaseClass
    dim: str
    value: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Late:
    """All that changed on a day after a moment."""

    changed: Mapping[FactKey, Mapping[str, int]]

    def rows(
        self,
        table: FactTable,
        areas: Sequence[str],
        first: date,
        last: date,
        classes: frozenset[CaseClass],
    ) -> list[LateRow]:
        """Return the changes of some areas and of the days first..last of a table."""
        wanted = set(areas)
        return [
            LateRow(key.table, key.area_code, key.day, key.case_class, key.dim, key.value, counts)
            for key, counts in self.changed.items()
            if key.table is table
            and key.area_code in wanted
            and first <= key.day <= last
            and key.case_class in classes
        ]


Hours = list[dict[FactKey, Counter[str]]]
_lock = threading.Lock()
_kept: OrderedDict[tuple[str, str, date], tuple[tuple[int, int], Hours]] = OrderedDict()


def after(session: Session, reference: Reference, moment: datetime) -> Late:
    """Return what changed after a moment on its local day, as far as it is folded."""
    day = reference.local_day(moment)
    # As moments, not as clock times: a day may have 23 or 25 hours.
    start, end = (
        datetime.combine(one, time(), reference.zone).astimezone(UTC)
        for one in (day, day + timedelta(days=1))
    )
    hours = _hours(session, reference, day, start, end)
    hour = int((moment - start) / _HOUR)
    found: dict[FactKey, Counter[str]] = {}
    for later in hours[hour + 1 :]:
        _merge(found, later)
    until = min(start + (hour + 1) * _HOUR, end)
    if moment < until:
        rows: Rows = {}
        for message in _between(session, reference.district_code, moment, until):
            if message.at > moment:
                fold_message(message, reference, rows)
        _merge(found, _of_day(rows, reference.local_day(moment)))
    return Late(found)


def _hours(
    session: Session, reference: Reference, day: date, start: datetime, end: datetime
) -> Hours:
    """Return what changed in each hour of a day."""
    key = (str(session.get_bind().engine.url), reference.district_code, day)
    stamp = _stamp(session, reference.district_code, start, end)
    with _lock:
        kept = _kept.get(key)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    rows: list[Rows] = [{} for _ in range(int((end - start) / _HOUR) + 1)]
    for message in _between(session, reference.district_code, start, end):
        fold_message(message, reference, rows[int((message.at - start) / _HOUR)])
    hours = [_of_day(one, day) for one in rows]
    with _lock:
        _kept[key] = stamp, hours
        while len(_kept) > KEPT_DAYS:
            _kept.popitem(last=False)
    return hours


def _stamp(session: Session, district_code: str, start: datetime, end: datetime) -> tuple[int, int]:
    """Return how many folded messages a day has, and the last of them."""
    cursor = messages.cursor_position(session, PROJECTOR, district_code)
    count, last = session.execute(
        select(func.count(), func.coalesce(func.max(Message.position), 0)).where(
            Message.district_code == district_code,
            Message.at >= start,
            Message.at < end,
            Message.position <= cursor,
        )
    ).one()
    return count, last


def _between(
    session: Session, district_code: str, start: datetime, end: datetime
) -> Iterable[Message]:
    """Yield the folded messages of start ≤ at < end, in the order of the log."""
    position = 0
    cursor = messages.cursor_position(session, PROJECTOR, district_code)
    while True:
        page = session.scalars(
            select(Message)
            .where(
                Message.district_code == district_code,
                Message.at >= start,
                Message.at < end,
                Message.position > position,
                Message.position <= cursor,
            )
            .order_by(Message.position)
            .limit(PAGE)
        ).all()
        yield from page
        if len(page) < PAGE:
            return
        position = page[-1].position


def _of_day(rows: Rows, day: date) -> dict[FactKey, Counter[str]]:
    """Return those rows that a sum up to the end of a day holds, each change once."""
    return {
        key: counts
        for key, counts in rows.items()
        if _ONE_EACH.get(key.table) is key.span and key.changed_on <= day
    }


def _merge(found: dict[FactKey, Counter[str]], more: Mapping[FactKey, Mapping[str, int]]) -> None:
    for key, counts in more.items():
        kept = found.setdefault(key, Counter())
        for name, number in counts.items():
            kept[name] += number
