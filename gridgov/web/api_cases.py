"""The machine door: cases by filter, one case, its history."""

from datetime import datetime
from uuid import UUID

from flask import Response

from gridgov.domain.deadlines import NO_LIMIT, Lamp
from gridgov.domain.errors import InvalidInput
from gridgov.domain.escalation import Planned
from gridgov.domain.milestones import Milestone
from gridgov.domain.roles import Role
from gridgov.domain.workflow import PUBLIC_STATE, Action, CaseState
from gridgov.services import case_lists, deadlines, steps, timers
from gridgov.services import reference as references
from gridgov.services.case_lists import Line, Wanted
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only
from gridgov.web.access import current_actor, current_key, program
from gridgov.web.api_base import READS, api, described, exact, limited, moment, said
from gridgov.web.api_input import in_order, key_cursor, query, read_key_cursor
from gridgov.web.api_schemas import (
    CaseDetail,
    CaseOut,
    CasePage,
    CaseQuery,
    CategoryBrief,
    ComingOut,
    EntryOut,
    HistoryOut,
    Point,
    StepOut,
)
from gridgov.web.instance import utc_now

READERS = (Role.WORKER, Role.HANDLER, Role.DISPATCHER, Role.SUPERVISOR, Role.OFFICE)
AREA = "cases the policy shows to the person; the district of the key without confidential ones"
PATH = {"reference": ("The number of a case, or its id.", "440608-201019-00001")}


@api.get("/cases")
@program("cases:read", staff=READERS, area=AREA)
@limited(READS)
@described("Cases", CasePage, query=CaseQuery)
def list_cases() -> Response:
    """List cases, the newest number first.

    Programs see the cases of their district, never confidential ones; staff what the
    policy shows them. To follow changes, ask again with `updated_after`.
    """
    asked = query(CaseQuery)
    in_order(asked.first, asked.last)
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        wanted = _wanted(asked, reference)
        after = read_key_cursor(asked.cursor)
        # One more than asked for tells whether there is another page.
        found = case_lists.page(session, actor, wanted, now=now, limit=asked.limit + 1, after=after)
        shown = found[: asked.limit]
        page = CasePage(
            cases=[_case(case, reference, now) for case in shown],
            next=key_cursor(shown[-1].number) if len(found) > len(shown) else None,
        )
    return said(page)


def _wanted(asked: CaseQuery, reference: Reference) -> Wanted:
    """Return the filter. Raises: InvalidInput (category, area, own)."""
    if asked.area and reference.net.find(asked.area) is None:
        raise InvalidInput("area", "unknown", code=asked.area)
    return Wanted(
        states=frozenset(asked.state),
        category_codes=_classes(asked.category, reference),
        area_code=asked.area or None,
        first=asked.first,
        last=asked.last,
        updated_after=asked.updated_after,
        overdue=asked.overdue,
        key_id=_own_key() if asked.own else None,
    )


def _classes(code: str, reference: Reference) -> frozenset[str]:
    """Return the minor classes of a code: itself, or all below a major class."""
    if not code:
        return frozenset()
    if code in reference.majors:
        below = (item.code for item in reference.catalogue.values() if item.parent_code == code)
        return frozenset({code, *below})
    return frozenset({reference.category(code).code})


def _own_key() -> UUID:
    key = current_key()
    if key is None:
        raise InvalidInput("own", "needs_key")
    return key.id


@api.get("/cases/<reference>")
@program("cases:read", staff=READERS, area=AREA)
@limited(READS)
@described("Cases", CaseDetail, problems=(404,), path=PATH)
def one_case(reference: str) -> Response:
    """Return one case by its number or id, with what will happen to it if nobody acts."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        case = case_lists.find(session, actor, reference)
        known = references.of(session, actor.district_code)
        expected = timers.forecast(session, case, known, now)
        return said(
            CaseDetail(
                **dict(_case(case, known, now)),
                coming=[_coming(one) for one in expected],
                steps=[_step(one) for one in steps.of(case)],
            )
        )


def _coming(one: Planned) -> ComingOut:
    return ComingOut(
        kind=one.kind,
        at=moment(one.due_at),
        provisional=one.provisional,
        level=one.data.get("level"),
        unit=one.data.get("unit") or one.data.get("tell"),
    )


def _step(one: Milestone) -> StepOut:
    return StepOut(
        name=one.name,
        due_at=moment(one.due_at),
        provisional=one.provisional,
        done_at=None if one.done_at is None else moment(one.done_at),
    )


@api.get("/cases/<reference>/history")
@program("cases:read", staff=READERS, area=AREA)
@limited(READS)
@described("Cases", HistoryOut, problems=(404,), path=PATH)
def case_history(reference: str) -> Response:
    """Return what happened to a case, oldest first.

    Programs get codes and the words that are meant for the public, without personal
    data; staff get all words. Nobody gets names.
    """
    actor = current_actor()
    with read_only() as session:
        case = case_lists.find(session, actor, reference)
        found = case_lists.lines(session, case, actor)
    return said(HistoryOut(number=case.number, entries=[_entry(line) for line in found]))


def _case(case: Case, reference: Reference, now: datetime) -> CaseOut:
    return CaseOut(
        id=case.id,
        number=case.number,
        state=CaseState(case.state),
        public_state=PUBLIC_STATE[CaseState(case.state)],
        category=_category(case.category_code, reference),
        severity=case.severity,
        confidential=case.confidential,
        area=case.path()[-1],
        path=list(case.path()),
        grid_version=case.grid_version,
        place=case.place,
        position=_point(case),
        level=case.level,
        unit=case.unit_code,
        received_at=moment(case.received_at),
        received_on=case.received_on,
        updated_at=exact(case.updated_at),
        due_at=None if case.due_at >= NO_LIMIT else moment(case.due_at),
        due_provisional=case.due_provisional,
        overdue=case.is_open and case.limit_at < now,
        lamp=_lamp(case, reference, now),
        closed_at=None if case.closed_at is None else moment(case.closed_at),
        report_count=case.report_count,
        return_count=case.return_count,
        rework_count=case.rework_count,
        reopen_count=case.reopen_count,
        solved=case.solved,
        satisfaction=case.satisfaction,
    )


def _lamp(case: Case, reference: Reference, now: datetime) -> Lamp | None:
    category = reference.catalogue.get(case.category_code)
    if not case.is_open or category is None:
        return None
    return deadlines.lamp_of(case, category, reference, now)


def _category(code: str, reference: Reference) -> CategoryBrief:
    """Return the names of a class; an old case may have one the catalogue has given up."""
    item = reference.catalogue.get(code) or reference.majors.get(code)
    if item is None:
        return CategoryBrief(code=code, name=code, name_en=code)
    return CategoryBrief(code=code, name=item.name, name_en=item.name_en)


def _point(case: Case) -> Point | None:
    if case.lon is None or case.lat is None:
        return None
    return Point(lon=case.lon, lat=case.lat)


def _entry(line: Line) -> EntryOut:
    entry = line.entry
    return EntryOut(
        seq=entry.seq,
        at=moment(entry.at),
        action=Action(entry.action),
        from_state=None if entry.from_state is None else CaseState(entry.from_state),
        to_state=CaseState(entry.to_state),
        by_role=entry.by_role,
        reason=entry.reason,
        unit=entry.data.get("unit") or entry.data.get("checker_unit"),
        text=line.text,
    )
