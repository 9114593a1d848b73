"""The machine door: the reports a program brought in, as it sent them."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from gridgov.domain.errors import NotFound
from gridgov.domain.workflow import PUBLIC_STATE, CaseState
from gridgov.storage import cases, history, merges, photos, reports
from gridgov.storage.access import ApiKey
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only
from gridgov.web.access import KeyRefused, current_key, program
from gridgov.web.api_base import READS, api, described, limited, moment, said
from gridgov.web.api_input import id_cursor, query, read_id_cursor
from gridgov.web.api_schemas import (
    CaseBrief,
    Point,
    QuestionOut,
    ReportOut,
    ReportPage,
    ReportQuery,
    SentPosition,
)

SCOPE = "reports:read"
AREA = "reports that came in with this very key"


@api.get("/reports")
@program(SCOPE, staff=(), area=AREA)
@limited(READS)
@described("Reports", ReportPage, query=ReportQuery)
def list_reports() -> Response:
    """List the reports that came in with this key, the newest first."""
    asked, key = query(ReportQuery), calling_key()
    with read_only() as session:
        found = reports.of_key(
            session,
            key.id,
            limit=asked.limit + 1,
            external_id=asked.external_id,
            before=read_id_cursor(asked.cursor),
        )
        shown = found[: asked.limit]
        page = ReportPage(
            reports=_reports(session, shown),
            next=id_cursor(shown[-1].id) if len(found) > len(shown) else None,
        )
    return said(page)


@api.get("/reports/<report_id>")
@program(SCOPE, staff=(), area=AREA)
@limited(READS)
@described(
    "Reports",
    ReportOut,
    problems=(404,),
    path={"report_id": ("The id of a report.", "0199f1a0-0000-7000-8000-000000000000")},
)
def one_report(report_id: str) -> Response:
    """Return one report that came in with this key, as it was sent."""
    key = calling_key()
    with read_only() as session:
        return said(_reports(session, [own_report(session, key, report_id)])[0])


def own_report(session: Session, key: ApiKey, report_id: str) -> Report:
    """Return a report that came in with a key, by its id as text. Raises: NotFound."""
    report = session.get(Report, _id(report_id))
    if report is None or report.api_key_id != key.id:
        raise NotFound(f"no report {report_id} of this key")
    return report


def as_it_is(report_id: UUID) -> ReportOut:
    """Return a report as it stands after an act."""
    with read_only() as session:
        return _reports(session, [session.get_one(Report, report_id)])[0]


def calling_key() -> ApiKey:
    """Return the key that calls. Raises: KeyRefused for a session."""
    key = current_key()
    if key is None:
        raise KeyRefused("a session has no reports of its own")
    return key


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(f"no report {text}") from error


def _reports(session: Session, found: Sequence[Report]) -> list[ReportOut]:
    """Return reports with the state of their cases and the number of their pictures."""
    case_ids = {report.case_id for report in found}
    known = cases.of_ids(session, case_ids)
    followed = {case_id: merges.followed(session, case) for case_id, case in known.items()}
    pictures = photos.of_cases(session, sorted(case_ids))
    asked = history.questions(
        session, [case.id for case in followed.values() if case.state == CaseState.NEED_INFO]
    )
    return [
        _report(
            one,
            known[one.case_id],
            followed[one.case_id],
            pictures[one.case_id],
            asked.get(followed[one.case_id].id),
        )
        for one in found
    ]


def _report(
    report: Report,
    own: Case,
    case: Case,
    pictures: Sequence[Photo],
    asked: CaseEntry | None,
) -> ReportOut:
    state = PUBLIC_STATE[CaseState(case.state)]
    merged_into = case.number if case.id != own.id else None
    return ReportOut(
        id=report.id,
        external_id=report.external_id,
        case=CaseBrief(number=own.number, public_state=state, goes_on_with=merged_into),
        receipt_code=show_receipt_code(report.receipt_code),
        channel=report.channel,
        category=report.category_code,
        text=report.text,
        place_words=report.place_words,
        sent_position=_sent_position(report),
        position=_position(report),
        answers=report.answers or {},
        photos=sum(picture.report_id == report.id for picture in pictures),
        joined=report.joined,
        received_at=moment(report.received_at),
        question=_question(asked),
        withdrawn_at=None if report.withdrawn_at is None else moment(report.withdrawn_at),
    )


def _question(asked: CaseEntry | None) -> QuestionOut | None:
    if asked is None:
        return None
    return QuestionOut(text=asked.text or "", asked_at=moment(asked.at))


def _sent_position(report: Report) -> SentPosition | None:
    if report.raw_lon is None or report.raw_lat is None or report.datum is None:
        return None
    return SentPosition(
        lon=report.raw_lon,
        lat=report.raw_lat,
        datum=report.datum,
        source=report.position_source,
        accuracy_m=report.accuracy_m,
    )


def _position(report: Report) -> Point | None:
    if report.lon is None or report.lat is None:
        return None
    return Point(lon=report.lon, lat=report.lat)
