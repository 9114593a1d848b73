"""Folding the log into facts, and reading headline figures from them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.errors import Unavailable
from gridgov.domain.indicators import COUNTERS, Counts, FactView, Figures, fold
from gridgov.domain.messages import MessageKind
from gridgov.domain.scope import CaseClass
from gridgov.domain.workflow import OPEN_STATES, Action
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import facts, messages
from gridgov.storage.cases import Case
from gridgov.storage.messages import Message
from gridgov.storage.scope import in_classes

Facts = dict[tuple[str, ...], dict[str, int]]
PROJECTOR = "facts"
BATCH = 500
# Kinds that say nothing about a case, and so change no counter.
SILENT = frozenset({MessageKind.GRIDS_ACTIVATED, MessageKind.CASE_DUE})


def fold_pending(session: Session, district_code: str) -> int:
    """Fold the next messages of a district into the facts; return how many were folded.

    The cursor moves in the same transaction as the counters, so each message counts
    exactly once. 0 means nothing to do, or that another process folds just now.
    """
    cursor = messages.lock_cursor(session, PROJECTOR, district_code)
    if cursor is None:
        return 0
    pending = messages.after(session, district_code, cursor.position, BATCH)
    if not pending:
        return 0
    reference = reference_of(session, district_code)
    facts.add(session, district_code, _folded(pending, reference))
    cursor.position = pending[-1].position
    messages.notify(session, district_code)
    return len(pending)


def _folded(pending: Sequence[Message], reference: Reference) -> Counts:
    counts: Counts = Counter()
    for message in pending:
        if MessageKind(message.kind) in SILENT:
            continue
        before = message.body["before"]
        for key, change in fold(
            None if before is None else FactView.from_json(before),
            FactView.from_json(message.body["after"]),
            Action(message.body["action"]),
            reference.local_day(message.at),
        ).items():
            counts[key] += change
    return counts


def rebuild(session: Session, district_code: str) -> int:
    """Empty the facts of a district and fold its whole log again; return the messages folded.

    Raises: Unavailable while another process folds.
    """
    cursor = messages.lock_cursor(session, PROJECTOR, district_code)
    if cursor is None:
        raise Unavailable("another process folds just now; try again")
    facts.clear(session, district_code)
    cursor.position = 0
    session.flush()
    total = 0
    while folded := fold_pending(session, district_code):
        session.flush()
        total += folded
    return total


def recounted(session: Session, district_code: str) -> Facts:
    """Return the facts as the folded part of the log says them, in the shape of `everything`.

    Nothing is written and nothing locked: a check may run beside a server.
    """
    reference = reference_of(session, district_code)
    until = messages.cursor_position(session, PROJECTOR, district_code)
    counts: Counts = Counter()
    position = 0
    while position < until:
        page = messages.after(session, district_code, position, min(BATCH, until - position))
        if not page:
            break
        counts.update(_folded(page, reference))
        position = page[-1].position
    found: Facts = {}
    for (key, counter), count in counts.items():
        if count:
            row = str(key.table), key.area_code, key.day.isoformat(), str(key.case_class)
            found.setdefault(row, dict.fromkeys(COUNTERS[key.table], 0))[counter] = count
    return found


def figures(
    session: Session,
    district_code: str,
    area_codes: Sequence[str],
    first: date,
    last: date,
    classes: frozenset[CaseClass],
    *,
    now: datetime,
) -> dict[str, Figures]:
    """Return area code → headline figures of the cases received on local days first..last.

    Received and closed come from the facts, overdue from the index over open
    cases. `cursor` is the position in the log up to which the facts are folded.
    """
    cursor = messages.cursor_position(session, PROJECTOR, district_code)
    cohorts = facts.received_and_closed(session, district_code, area_codes, first, last, classes)
    overdue = _overdue(session, district_code, first, last, classes, now)
    return {
        area: Figures(*cohorts.get(area, (0, 0)), overdue=overdue[area], cursor=cursor)
        for area in area_codes
    }


def _overdue(
    session: Session,
    district_code: str,
    first: date,
    last: date,
    classes: frozenset[CaseClass],
    now: datetime,
) -> Counter[str]:
    """Count open cases past the limit that runs now, under every area of their path."""
    columns = (
        Case.town_code,
        Case.village_code,
        Case.grid_code,
        Case.professional_code,
    )
    rows = session.execute(
        select(*columns, func.count())
        .where(
            Case.district_code == district_code,
            Case.state.in_(sorted(OPEN_STATES)),
            Case.limit_at < now,
            Case.received_on.between(first, last),
            in_classes(classes),
        )
        .group_by(*columns)
    )
    counts: Counter[str] = Counter()
    for *codes, number in rows:
        for code in (district_code, *codes):
            if code is not None:
                counts[code] += number
    return counts
