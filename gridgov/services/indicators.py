"""Folding the log into facts, and reading headline figures from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.domain.errors import Unavailable
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicators import Figures, Rows, fold
from gridgov.domain.messages import MessageKind
from gridgov.domain.scope import CaseClass
from gridgov.domain.spans import cover
from gridgov.domain.workflow import Action
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import case_facts, facts, messages
from gridgov.storage.cases import IS_UNMARKED, Case
from gridgov.storage.messages import Message
from gridgov.storage.scope import in_classes

Views = dict[UUID, FactView]
PROJECTOR = "facts"
BATCH = 500
# Kinds that say nothing about a case, and so change no counter.
SILENT = frozenset(
    {
        *(MessageKind.GRIDS_ACTIVATED, MessageKind.CASE_DUE),
        *(MessageKind.GRIDS_VACANT, MessageKind.LEAVE_NOTED),
        *(MessageKind.REPORT_MADE, MessageKind.MORNING),
    }
)


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
    rows: Rows = {}
    views: Views = {}
    _fold_into(pending, reference, rows, views)
    facts.add(session, district_code, rows)
    case_facts.put(session, [case_facts.row_of(case_id, view) for case_id, view in views.items()])
    cursor.position = pending[-1].position
    messages.notify(session, district_code)
    return len(pending)


def _fold_into(pending: Sequence[Message], reference: Reference, rows: Rows, views: Views) -> None:
    for message in pending:
        after = fold_message(message, reference, rows)
        if after is not None and message.case_id is not None:
            views[message.case_id] = after


def fold_message(message: Message, reference: Reference, rows: Rows) -> FactView | None:
    """Add to `rows` by how much a message changes each counter; return how its case stands."""
    if MessageKind(message.kind) in SILENT:
        return None
    body = message.body
    before, old = body["before"], body.get("from")
    after = FactView.from_json(body["after"], body.get("to"))
    fold(
        None if before is None else FactView.from_json(before, old),
        after,
        Action(body["action"]),
        reference.local_day(message.at),
        rows,
    )
    return after


def rebuild(session: Session, district_code: str) -> int:
    """Empty the facts of a district and fold its whole log again; return the messages folded.

    Raises: Unavailable while another process folds.
    """
    cursor = messages.lock_cursor(session, PROJECTOR, district_code)
    if cursor is None:
        raise Unavailable("another process folds just now; try again")
    facts.clear(session, district_code)
    case_facts.clear(session, district_code)
    cursor.position = 0
    session.flush()
    total = 0
    while folded := fold_pending(session, district_code):
        session.flush()
        total += folded
    return total


def differences(session: Session, district_code: str) -> int:
    """Return how many rows differ from what the folded part of the log says; 0 means none.

    Nothing is written and nothing locked: a check may run beside a server.
    """
    rows, views = _folded_so_far(session, district_code)
    cases = {case_id: case_facts.row_of(case_id, view) for case_id, view in views.items()}
    return _unlike(facts.as_stored(rows), facts.whole(session, district_code)) + _unlike(
        cases, case_facts.whole(session, district_code)
    )


def recounted(session: Session, district_code: str) -> facts.Stored:
    """Return the rows by day as the folded part of the log says them: see `facts.everything`."""
    rows, _views = _folded_so_far(session, district_code)
    return facts.days_of(rows)


def _folded_so_far(session: Session, district_code: str) -> tuple[Rows, Views]:
    reference = reference_of(session, district_code)
    until = messages.cursor_position(session, PROJECTOR, district_code)
    rows: Rows = {}
    views: Views = {}
    position = 0
    while position < until:
        page = messages.after(session, district_code, position, min(BATCH, until - position))
        if not page:
            break
        _fold_into(page, reference, rows, views)
        position = page[-1].position
    return rows, views


def _unlike(one: Mapping[Any, object], other: Mapping[Any, object]) -> int:
    return sum(one.get(key) != other.get(key) for key in one.keys() | other.keys())


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

    All of them come from the facts; to what is marked as overdue comes what has just become
    so. `cursor` is the position in the log up to which the facts are folded.
    """
    cursor = messages.cursor_position(session, PROJECTOR, district_code)
    names = ("received", "closed", "overdue")
    cohorts = facts.sums(
        session,
        FactTable.RECEIVED,
        district_code,
        area_codes,
        classes,
        cover(first, last),
        names,
    )
    more = _not_marked_yet(session, district_code, first, last, classes, now)
    return {
        area: Figures(
            found["received"], found["closed"], found["overdue"] + more[area], cursor=cursor
        )
        for area, found in cohorts.items()
    }


def _not_marked_yet(
    session: Session,
    district_code: str,
    first: date,
    last: date,
    classes: frozenset[CaseClass],
    now: datetime,
) -> Counter[str]:
    """Count open cases past their running limit that no mark tells of yet, under every area.

    The timetable marks a case within seconds, and a mark is a fact. So this looks at few
    rows, however many are overdue. The days are sorted out here: asked for them, SQLite
    walked through all cases of the period by another index (90 ms at 200,000).
    """
    columns = (
        Case.town_code,
        Case.village_code,
        Case.grid_code,
        Case.professional_code,
    )
    rows = session.execute(
        select(*columns, Case.received_on, func.count())
        .where(
            Case.district_code == district_code,
            text(IS_UNMARKED),
            Case.limit_at < now,
            in_classes(classes),
        )
        .group_by(*columns, Case.received_on)
    )
    counts: Counter[str] = Counter()
    for *codes, received_on, number in rows:
        if not first <= received_on <= last:
            continue
        for code in (district_code, *codes):
            if code is not None:
                counts[code] += number
    return counts
