"""What partners and the public may look up: cases as service requests, found in one query."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, defer

from gridgov.domain.datum import LonLat
from gridgov.domain.workflow import OPEN_STATES, Action, CaseState
from gridgov.storage.access import ApiKey
from gridgov.storage.cases import Case
from gridgov.storage.catalogue import CategoryRow
from gridgov.storage.history import CaseEntry
from gridgov.storage.reports import Report

DEGREE_M = 111_320.0  # one degree of latitude, in metres

# A request that has ended changed last when it ended; words added later are not a change.
CHANGED_AT = case(
    (Case.state.in_(sorted(OPEN_STATES)), Case.updated_at),
    else_=func.coalesce(Case.closed_at, Case.stage_since),
)


@dataclass(frozen=True, slots=True)
class Visible:
    """Whose cases may be looked up: those of public classes, and those a key brought in.

    `offered` are the classes that a key's own cases may have. Confidential cases are
    never among them.
    """

    district_code: str
    public: frozenset[str]
    offered: frozenset[str]
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, both ends included; `days` the local days it touches."""

    start: datetime
    end: datetime
    days: tuple[date, date]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `numbers` overrides everything else but the page.

    `near` is a position (WGS-84) with a radius in metres.
    """

    numbers: frozenset[str] | None = None
    codes: frozenset[str] | None = None
    open: bool | None = None
    received: Span | None = None
    updated: Span | None = None
    near: tuple[LonLat, float] | None = None
    limit: int = 1000
    offset: int = 0


def find(session: Session, visible: Visible, wanted: Wanted) -> Sequence[Case]:
    """Return the cases that are wanted and visible, the newest first."""
    newest = (Case.received_at.desc(), Case.id.desc())
    query = (
        select(Case)
        .options(defer(Case.routing, raiseload=True))
        .where(_visible(visible), *_conditions(wanted))
        # The local day first where a window is asked for: its index is sorted by it. Numbers
        # have an index of their own, which SQLite would pass over (188 ms against 4).
        .order_by(*newest if wanted.numbers else (Case.received_on.desc(), *newest))
        .limit(wanted.limit)
        .offset(wanted.offset)
    )
    return session.scalars(query).all()


def _visible(visible: Visible) -> ColumnElement[bool]:
    public: ColumnElement[bool] = Case.category_code.in_(sorted(visible.public))
    if visible.key_id is not None:
        own = exists().where(Report.case_id == Case.id, Report.api_key_id == visible.key_id)
        public = or_(public, and_(Case.category_code.in_(sorted(visible.offered)), own))
    return and_(Case.district_code == visible.district_code, ~Case.confidential, public)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    if wanted.numbers is not None:
        return [Case.number.in_(sorted(wanted.numbers))]
    found: list[ColumnElement[bool]] = []
    if wanted.codes is not None:
        found.append(Case.category_code.in_(sorted(wanted.codes)))
    if wanted.open is not None:
        found.append(_state(wanted.open))
    if wanted.received is not None:
        found.append(Case.received_on.between(*wanted.received.days))
        found.append(Case.received_at.between(wanted.received.start, wanted.received.end))
    if wanted.updated is not None:
        # Never earlier than the last line of the case, which has the index.
        found.append(Case.updated_at >= wanted.updated.start)
        found.append(CHANGED_AT.between(wanted.updated.start, wanted.updated.end))
    if wanted.near is not None:
        found.append(_within(*wanted.near))
    return found


def _state(is_open: bool) -> ColumnElement[bool]:
    """Return the condition that a case is open, or the one that goes on with a merged one is."""
    among = or_(Case.state.in_(sorted(OPEN_STATES)), Case.id.in_(_merged_into_open()))
    return among if is_open else ~among


def _merged_into_open() -> Select[UUID]:
    """Return the ids of merged cases that go on in an open one, over any number of steps."""
    merged, above = aliased(Case), aliased(Case)
    first = (
        select(merged.id.label("id"))
        .join(above, above.id == merged.merged_into_id)
        .where(merged.state == str(CaseState.MERGED), above.state.in_(sorted(OPEN_STATES)))
        .cte("goes_on", recursive=True)
    )
    deeper = aliased(Case)
    every = first.union_all(
        select(deeper.id).where(
            deeper.state == str(CaseState.MERGED), deeper.merged_into_id == first.c.id
        )
    )
    return select(every.c.id)


def _within(centre: LonLat, radius_m: float) -> ColumnElement[bool]:
    """Return the condition that a case lies within metres of a spot (plane, good to 0.1 %)."""
    north = (Case.lat - centre.lat) * DEGREE_M
    east = (Case.lon - centre.lon) * (DEGREE_M * math.cos(math.radians(centre.lat)))
    return and_(
        Case.lat.is_not(None), Case.lon.is_not(None), north * north + east * east <= radius_m**2
    )


def words_told(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return case id → the words of the report that opened it; nothing where they were erased."""
    rows = session.execute(
        select(Report.case_id, Report.text)
        .where(Report.case_id.in_(case_ids), ~Report.joined, Report.text.is_not(None))
        .order_by(Report.id.desc())
    )
    return {case_id: text for case_id, text in rows if text}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a case's history, as far as others may learn of it."""

    case_id: UUID
    seq: int
    action: str
    from_state: str | None
    to_state: str
    at: datetime
    reason: str | None
    text: str | None


LINE = (
    CaseEntry.case_id,
    CaseEntry.seq,
    CaseEntry.action,
    CaseEntry.from_state,
    CaseEntry.to_state,
    CaseEntry.at,
    CaseEntry.reason,
    CaseEntry.text,
)


def lines_of(
    session: Session, case_ids: Sequence[UUID], actions: frozenset[Action]
) -> dict[UUID, list[Line]]:
    """Return case id → its lines of these actions, oldest first."""
    found: dict[UUID, list[Line]] = {case_id: [] for case_id in case_ids}
    rows = session.execute(
        select(*LINE)
        .where(CaseEntry.case_id.in_(case_ids), CaseEntry.action.in_(sorted(actions)))
        .order_by(CaseEntry.case_id, CaseEntry.seq)
    )
    for row in rows:
        found[row.case_id].append(Line(*row))
    return found


def updates(
    session: Session,
    visible: Visible,
    span: Span,
    actions: frozenset[Action],
    *,
    limit: int,
    offset: int,
) -> list[tuple[str, str, Line]]:
    """Return (case number, category code, line) of visible cases in a time, oldest first.

    Beside the lines of these actions: what the key that looks added itself.
    """
    told: ColumnElement[bool] = CaseEntry.action.in_(sorted(actions))
    if visible.key_id is not None:
        own = CaseEntry.data["key"].as_string() == str(visible.key_id)
        told = or_(told, and_(CaseEntry.action == Action.ADD, own))
    rows = session.execute(
        select(Case.number, Case.category_code, *LINE)
        .join(Case, Case.id == CaseEntry.case_id)
        .where(
            CaseEntry.district_code == visible.district_code,
            CaseEntry.at.between(span.start, span.end),
            told,
            _visible(visible),
        )
        .order_by(CaseEntry.at, CaseEntry.case_id, CaseEntry.seq)
        .limit(limit)
        .offset(offset)
    )
    return [(number, code, Line(*line)) for number, code, *line in rows]


def brought_in(session: Session, key_id: UUID, number: str) -> Report | None:
    """Return the report by which a program brought a case in (or joined it), None for others'."""
    return session.scalar(
        select(Report)
        .join(Case, Case.id == Report.case_id)
        .where(Report.api_key_id == key_id, Case.number == number)
        .order_by(Report.id)
        .limit(1)
    )


def added_before(session: Session, case_id: UUID, mark: Mapping[str, str]) -> bool:
    """Tell whether a line with these marks (codes of `data`) was added to a case already."""
    marks = [CaseEntry.data[name].as_string() == value for name, value in mark.items()]
    query = select(CaseEntry.seq).where(
        CaseEntry.case_id == case_id, CaseEntry.action == Action.ADD, *marks
    )
    return session.scalar(query.limit(1)) is not None


def by_tokens(session: Session, district_code: str, tokens: Sequence[str]) -> Sequence[str]:
    """Return the numbers of the cases whose reports came with any of these client tokens."""
    return session.scalars(
        select(Case.number)
        .join(Report, Report.case_id == Case.id)
        .where(Report.district_code == district_code, Report.client_token.in_(tokens))
        .order_by(Report.id)
    ).all()


def keys_of(session: Session, district_code: str) -> Sequence[UUID]:
    """Return the ids of every key a district ever gave out."""
    return session.scalars(select(ApiKey.id).where(ApiKey.district_code == district_code)).all()


def catalogue_written(session: Session, district_code: str, version: int) -> UUID | None:
    """Return the youngest id of a catalogue version: its first 48 bits say when it was written."""
    return session.scalar(
        select(CategoryRow.id)
        .where(CategoryRow.district_code == district_code, CategoryRow.version <= version)
        .order_by(CategoryRow.id.desc())
        .limit(1)
    )
